"""Answers kept as a file and compared; and the networks that the ten questions speak of."""

import csv
import io
from dataclasses import replace
from math import isnan, sqrt

import numpy as np
import pytest

import initviz as iv
from initviz.measure.layers import gradient_by_layer
from initviz.measure.standards import Learnt, learnt, well
from initviz.training.dropout import train_with_dropout
from initviz.words.questions import survey
from initviz.words.survey import Answers, count_right, normalised_gain, rows, tell

ASKED = survey()
RIGHT = {name: asked.answer for name, asked in ASKED.items()}
WRONG = {name: min(asked.wrong) for name, asked in ASKED.items()}


def mixed(right):
    """The first so many right, the others wrong."""
    return {name: (RIGHT if n < right else WRONG)[name] for n, name in enumerate(ASKED)}


# What is kept.


@pytest.mark.parametrize("answers", [Answers(), Answers(mixed(3)), Answers(mixed(3), mixed(8))])
def test_what_is_kept_comes_back(answers):
    assert Answers.from_csv(answers.to_csv()) == answers


def test_right_answers_are_in_the_file_only_after_the_second_time():
    before, both = (Answers(mixed(3), after).to_csv() for after in ({}, mixed(8)))
    assert before.splitlines()[0] == "name,question,before,after"
    table = list(csv.DictReader(io.StringIO(both)))
    assert [row["right"] for row in table] == list(RIGHT.values())
    assert sum(int(row["before_right"]) for row in table) == 3
    assert sum(int(row["after_right"]) for row in table) == 8


def test_who_has_no_before_has_no_points_for_it():
    table = list(csv.DictReader(io.StringIO(Answers(after=RIGHT).to_csv())))
    assert {row["before_right"] for row in table} == {""}


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_what_a_spreadsheet_has_saved_again_is_read(delimiter):
    answers, file = Answers(mixed(3), mixed(8)), io.StringIO()
    table = csv.reader(io.StringIO(answers.to_csv()))
    csv.writer(file, delimiter=delimiter).writerows(
        [cell.upper() if len(cell) == 1 else f" {cell} " for cell in row] if n else row
        for n, row in enumerate(table)
    )
    assert Answers.from_csv(file.getvalue()) == answers


def spoil(old, new):
    return Answers(RIGHT).to_csv().replace(old, new)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "columns name, before and after"),
        ("\x00\x01", "columns name, before and after|no CSV"),
        ("day,rain\nMonday,3\n", "columns name, before and after"),
        (spoil("\r\nlast,", "\r\nlost,"), "name='lost': did you mean 'last'"),
        (spoil(",c,\r\n", ",z,\r\n"), "before='z': give one of a, b, c, d"),
        (spoil(",c,\r\n", ",,\r\n"), "before=''"),
        ("\n".join(Answers(RIGHT).to_csv().splitlines()[:5]), "name=.*is missing"),
    ],
)
def test_a_file_of_something_else_is_told_apart(text, message):
    with pytest.raises(ValueError, match=message):
        Answers.from_csv(text)


# What is said of it.


def test_the_comparison_has_the_misconception_of_each_wrong_answer_and_of_no_other():
    compared = rows(Answers(mixed(3), mixed(8)))
    for n, ((name, asked), row) in enumerate(zip(ASKED.items(), compared, strict=True)):
        assert row.asked == asked
        assert row.behind == ({} if n < 3 else {WRONG[name]: asked.wrong[WRONG[name]]})


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (4, 8, "Right before: 4 of 10. Right after: 8 of 10. The normalised gain is 0.67: "),
        (4, 4, "The normalised gain is 0.00: the change of +0, divided by the 6 left to gain"),
        (5, 4, "The normalised gain is −0.20: the change of −1, divided by the 5 left to gain."),
        (10, 9, "Before there was nothing left to gain, so there is no normalised gain."),
    ],
)
def test_the_gain_is_told_in_words(before, after, said):
    assert said in tell(Answers(mixed(before), mixed(after)))


def test_the_gain_is_what_hake_has():
    assert normalised_gain(4, 7, 10) == 0.5
    assert isnan(normalised_gain(10, 10, 10))
    assert count_right({}) == 0


def test_without_before_there_is_nothing_to_compare():
    assert tell(Answers(after=mixed(7))).startswith("7 of 10 are right. There is no “before”")


# What the questions claim, on networks that are trained for it.

TANH = iv.Experiment(
    hidden_layers=(16,), activation="tanh", learning_rate=1.0, epochs=400, restarts=16
)


def distinct(run):
    return iv.symmetry(run.network_at(run.epoch)).distinct


def test_parting():
    zero = replace(TANH, initializer="zeros")
    for same in (zero, replace(zero, batch_size=10), replace(zero, epochs=4000, restarts=2)):
        run = iv.train(same)
        assert (distinct(run) == 1).all()
        assert not run.network_at(run.epoch).weights[0].any()
        assert (learnt(run) == Learnt.NOTHING).all()
    moons = iv.DATASETS["moons"]
    network = iv.init_network((2, 16, 1), "tanh", "zeros", restarts=4)
    fixed = {"rate": 0.2, "learning_rate": 1.0, "epochs": 400}
    dropped = train_with_dropout(network, moons.X, moons.y, "binary_cross_entropy", **fixed)
    assert not any(weights.any() for weights in dropped.weights)
    biased = iv.train(replace(zero, bias_std=0.5))
    assert (distinct(biased) == 16).all()
    assert (learnt(biased) > Learnt.NOTHING).all()


@pytest.mark.parametrize("batch_size", [None, 10])
def test_incoming(batch_size):
    start = replace(TANH, initializer=("constant", "normal"), scale=0.5, batch_size=batch_size)
    run = iv.train(start)
    assert (iv.symmetry(run.network_at(0)).distinct == 1).all()
    assert (distinct(run) == 16).all()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_fixed(activation):
    start = replace(TANH, hidden_layers=(16, 16), activation=activation, learning_rate=0.3)
    assert well(iv.train(replace(start, initializer="zero_hadamard", restarts=1))).all()
    for batch_size in (None, 10):
        equal = replace(start, initializer="constant", scale=0.5, batch_size=batch_size)
        run = iv.train(replace(equal, restarts=1))
        assert (distinct(run) == 1).all()
        assert not well(run).any()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_last(activation):
    start = replace(TANH, hidden_layers=(16, 16), activation=activation, learning_rate=0.5)
    zero = iv.train(replace(start, initializer=("glorot_uniform", "glorot_uniform", "zeros")))
    drawn = iv.train(start)
    assert well(zero).all()
    assert well(drawn).all()
    assert np.median(zero.losses[-1]) < 1.2 * np.median(drawn.losses[-1])
    hidden = [zero.network_at(epoch).weights[0] for epoch in (0, 1)]
    assert (hidden[0] == hidden[1]).all()  # not in the first step


def test_depth():
    start = replace(TANH, hidden_layers=(32,), learning_rate=0.03, momentum=0.9, epochs=600)
    start = replace(start, restarts=6)
    for scale in (0.25, 1.0, 10.0):
        assert (learnt(iv.train(replace(start, scale=scale))) > Learnt.NOTHING).all()
    deep = replace(start, hidden_layers=(32,) * 10)
    assert (learnt(iv.train(replace(deep, scale=0.25))) == Learnt.NOTHING).all()
    assert well(iv.train(deep)).all()
    assert well(iv.train(replace(deep, scale=10.0))).mean() < 0.5


@pytest.mark.parametrize("learning_rate", [1.0, 10.0])
def test_sigmoid(learning_rate):
    start = replace(TANH, hidden_layers=(16,) * 10, activation="sigmoid", epochs=300)
    run = iv.train(replace(start, learning_rate=learning_rate, restarts=8))
    assert not iv.saturation(run.network_at(0), run.dataset.X).any()
    assert (learnt(run) == Learnt.NOTHING).all()
    assert (iv.symmetry(run.network_at(0)).distinct == 16).all()
    sizes = np.median(gradient_by_layer(run, 0), axis=1)
    assert sizes[-1] / sizes[0] > 1e5
    assert (sizes[2:-1] / sizes[1:-2]).min() > 3.5


def test_narrowing():
    rng = np.random.default_rng(0)
    weights = iv.INITIALIZERS["normal"](rng, (64, 100, 900), scale=sqrt(1 / 100))
    forward = weights @ rng.normal(size=(64, 900, 1))
    back = weights.swapaxes(1, 2) @ rng.normal(size=(64, 100, 1))
    assert forward.std() == pytest.approx(3, rel=0.03)
    assert back.std() == pytest.approx(1, rel=0.03)


def test_shape():
    start = iv.Experiment("digits", (32, 32), "tanh", learning_rate=0.05, batch_size=32, epochs=5)

    def loss(name, scale):
        run = iv.train(replace(start, initializer=name, scale=scale, restarts=32))
        return iv.median_interval(run.losses[-1])

    even, bell = loss("uniform", 0.1), loss("normal", 0.1)
    assert bell.high < 0.7 * even.low
    fair = loss("normal", 0.1 / sqrt(3)), loss("uniform", 0.1 * sqrt(3))
    assert fair[0].value == pytest.approx(even.value, rel=0.05)
    assert fair[1].value == pytest.approx(bell.value, rel=0.05)


def test_angle():
    network = iv.init_network((256,) * 51 + (1,), "relu", "he_normal", restarts=12)
    images = 16 * np.eye(2, 256)  # at right angles, as different as can be
    last = iv.forward(network, images)[50]
    lengths = np.linalg.norm(last, axis=1) / 16
    cosine = (last[..., 0] * last[..., 1]).sum(axis=1) / (256 * lengths.prod(axis=1))
    assert sqrt((lengths**2).mean()) == pytest.approx(1, abs=0.3)
    assert cosine.mean() > 0.97


def test_again():
    xor = iv.Experiment("xor", (2,), "relu", "uniform", bias="same", learning_rate=0.1)
    run = iv.train(replace(xor, momentum=0.9, epochs=2000, restarts=400))
    one, ten = well(run).mean(), well(run).reshape(40, 10).any(axis=1).mean()
    assert ten == pytest.approx(1 - (1 - one) ** 10, abs=0.12)
    assert round(1000 * 0.6**10) == 6


def test_every_question_is_measured():
    assert {f"test_{name}" for name in ASKED} <= set(globals())
