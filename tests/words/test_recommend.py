"""Which start to take: the choice, its evidence, and the lines of code that it gives."""

import re
import runpy
from dataclasses import replace
from math import inf
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_allclose

import initviz as iv
from initviz.measure import starts
from initviz.measure.starts import BASE, Build, Start, choose
from initviz.words import recommend as said

pytestmark = pytest.mark.once  # no version changes what was measured, nor the lines of others
ROOT = Path(__file__).parents[2]
BUILD = Build("relu", "none", True, 8, 16)


def start(name="he_normal", alpha="1.0", loss=0.5, spread=0.1, learnt=1.0, build=BUILD):
    return Start(build, name, alpha, 0.004, loss - spread, loss, loss + spread, learnt)


@pytest.fixture
def only(monkeypatch):
    def put(*found):
        monkeypatch.setattr(starts, "kept", lambda: {BUILD: list(found)})

    return put


def test_the_usual_start_is_taken_where_no_other_is_clearly_better(only):
    only(start("lecun_normal", loss=0.45), start(loss=0.5), start(alpha="rezero", loss=0.5))
    assert choose(BUILD).taken[1:3] == ("he_normal", "1.0")
    assert not choose(BUILD).matters


def test_a_clearly_better_one_is_taken_and_the_worst_is_named(only):
    only(start(loss=0.9), start("fixup", loss=2.3, learnt=0), start(alpha="rezero", loss=0.2))
    choice = choose(BUILD)
    assert choice.taken.alpha == "rezero"
    assert choice.worst.initializer == "fixup"
    assert choice.matters


def test_where_no_start_learns_the_sentence_says_so(only):
    only(start("fixup", loss=2.31), start(loss=2.3))
    assert not choose(BUILD).learns
    assert said._evidence(choose(BUILD)).endswith("so change the network first.")


def test_the_one_to_take_is_not_compared_with_itself(only):
    only(start("lecun_normal", loss=0.45), start(loss=0.5))
    assert said._evidence(choose(BUILD)).endswith("as well or a little better.")


def test_one_that_learns_is_taken_where_the_usual_one_does_not(only):
    only(start(loss=2.15, spread=0.4), start("lecun_normal", loss=1.6, spread=0.4))
    assert choose(BUILD).taken.initializer == "lecun_normal"
    assert choose(BUILD).learns


def test_the_choice_matters_where_any_start_is_clearly_worse(only):
    far = start("fixup", loss=0.8, spread=0.5), start("lecun_normal", loss=0.7, spread=0.05)
    only(start(loss=0.5), *far)
    assert choose(BUILD).matters
    assert "Fixup ended at 0.8" in said._evidence(choose(BUILD))


def test_what_diverges_is_worst_and_never_taken(only):
    only(start("siren", loss=inf, spread=0.0), start(loss=2.0))
    choice = choose(BUILD)
    assert (choice.taken.initializer, choice.worst.initializer) == ("he_normal", "siren")
    assert "the SIREN start ended at no number" in said._evidence(choice)


def test_starts_are_measured_written_and_read_again(tmp_path):
    base = replace(BASE, dataset="moons", epochs=1, restarts=3, loss=None)
    few = {"activation": ["relu", "sine"], "norm": ["layer"], "hidden_layers": [(4, 4)]}
    found = starts.measure(base, few, progress=False, n_jobs=1)
    builds = {each.build for each in found}
    assert builds == {Build(a, "layer", s, 2, 4) for a in ("relu", "sine") for s in (False, True)}
    plain = [each for each in found if each.build == Build("relu", "layer", False, 2, 4)]
    assert {each.initializer for each in plain} == set(starts.PLAIN)
    for each in plain:
        runs = [
            iv.train(replace(base, **few_of(each), learning_rate=rate)).loss
            for rate in starts.RATES
        ]
        medians = np.median(runs, axis=1)
        assert each.rate == starts.RATES[int(medians.argmin())]
        assert_allclose(each.loss, medians.min())
    starts.write(found, tmp_path / "starts.csv")
    again = [each for row in starts.kept(tmp_path / "starts.csv").values() for each in row]
    assert [each[:3] for each in again] == [each[:3] for each in found]
    assert_allclose([each[3:] for each in again], [each[3:] for each in found], rtol=6e-3)


def few_of(each):
    build = each.build
    settings = {"activation": build.activation, "norm": build.norm, "skip": build.skip}
    return settings | {"hidden_layers": (4, 4), "initializer": each.initializer}


# What is kept


def test_every_build_was_measured():
    assert len(starts.kept()) == 8 * 3 * 2 * 3 * 2
    for build, found in starts.kept().items():
        own = build.activation == "sine"
        assert len(found) == (7 if build.skip else 4) + own, build
        assert all(each.low <= each.loss <= each.high for each in found)


def test_the_page_is_what_the_program_writes():
    written = runpy.run_path(str(ROOT / "docs" / "which_start.py"))["page"]()
    assert (ROOT / "docs" / "which_start.md").read_text(encoding="utf-8") == written


@pytest.mark.parametrize("build", starts.kept(), ids=lambda build: "-".join(map(str, build)))
def test_a_recommendation_says_all(build):
    depth = {"depth": build.depth, "width": build.width}
    found = iv.recommend(build.activation, norm=build.norm, skip=build.skip, **depth)
    assert found.sentence.startswith("Take ")
    assert f"{build.depth} layers of {build.width} units ({build.activation}" in found.sentence
    assert found.sentence.count(". ") <= 1
    assert found.sentence.endswith(".")
    assert (found.alpha is None) == (not build.skip)
    for line in (found.pytorch, found.keras, found.jax, found.source):
        assert line in repr(found)


def test_a_network_between_those_measured_is_the_nearest():
    nearest = [iv.recommend(depth=depth).sentence for depth in (1, 3, 5, 12, 13, 1000)]
    layers = [int(re.search(r"in (\d+) layers", sentence)[1]) for sentence in nearest]
    assert layers == [2, 2, 8, 8, 20, 20]


def test_where_skips_bring_more_than_any_start_it_says_so(monkeypatch):
    plain = BUILD._replace(skip=False)
    found = {plain: [start(loss=1.5, build=plain)], BUILD: [start(alpha="rezero", loss=0.2)]}
    monkeypatch.setattr(starts, "kept", lambda: found)
    assert said._with_skips(choose(plain)) == " With skips, He normal and α = rezero: 0.2."
    assert said._with_skips(choose(BUILD)) == ""
    found[BUILD] = [start(loss=0.9)]  # a little better
    assert said._with_skips(choose(plain)) == ""


def test_it_is_said_where_another_network_was_measured_than_the_one_asked_for():
    assert "nearest" not in iv.recommend(depth=20, width=16).sentence
    far = iv.recommend(depth=50, width=16).sentence
    assert " Of the networks measured, this one is nearest to 50 layers of 16 units." in far


def test_what_others_call_silu_is_silu():
    assert iv.recommend("Swish") == iv.recommend("silu")


@pytest.mark.parametrize("build", starts.kept(), ids=lambda build: "-".join(map(str, build)))
def test_what_is_said_of_the_others_is_true(build):
    found, choice = starts.kept()[build], choose(build)
    taken, sentence = choice.taken, said._evidence(choice)
    best = min(found, key=lambda each: each.loss)
    assert best.high >= taken.low
    if "no usual start learns" in sentence:
        assert min(each.loss for each in found) >= 0.9 * np.log(10)
    elif "as well or a little better" in sentence:
        assert max(each.loss for each in found) == taken.loss
    elif "no other usual start was clearly worse" in sentence:
        assert max(each.low for each in found) <= taken.high
    else:
        assert max(each.low for each in found) > taken.high


# The lines of code draw what the start is


def sizes(name):
    """The standard deviation and the largest value of a hidden layer's weights, here."""
    network = iv.init_network((5, 300, 200, 1), "relu", name)
    return network.weights[1].std(), np.abs(network.weights[1]).max()


@pytest.mark.parametrize("name", said.LINES)
def test_the_line_of_pytorch(name, torch):
    layer = torch.nn.Linear(300, 200)
    made = eval(
        said.LINES[name][0], {"torch": torch, "layer": layer, "fan_in": 300, "fan_out": 200}
    )
    weights = getattr(made, "weight", layer.weight).detach().numpy()
    std, largest = sizes(name)
    assert_allclose(weights.std(), std, rtol=0.03)
    assert_allclose(np.abs(weights).max(), largest, rtol=0.2)


@pytest.mark.parametrize("name", said.LINES)
def test_the_line_of_keras(name):
    keras = pytest.importorskip("keras")
    layer = eval(said.LINES[name][1], {"keras": keras, "units": 200})
    layer.build((None, 300))
    assert_allclose(
        float(keras.ops.std(keras.ops.stop_gradient(layer.kernel))), sizes(name)[0], rtol=0.03
    )


@pytest.mark.parametrize("name", said.LINES)
def test_the_line_of_jax(name):
    jax = pytest.importorskip("jax")
    given = {"jax": jax, "key": jax.random.key(0), "fan_in": 300, "fan_out": 200}
    assert_allclose(np.std(eval(said.LINES[name][2], given)), sizes(name)[0], rtol=0.03)
