"""Sweeps: their numbers against single trainings, their table, and bad input."""

import json
from dataclasses import replace
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from made_up import CLASSES, NETWORKS, OVER, REGRESSION, TINY, X, assert_same, swept

import initviz as iv
from initviz.measure.sweeps import MEASURES
from initviz.training import sweeps


@pytest.fixture
def trained(monkeypatch):
    """The tasks that are begun in this process."""
    tasks = []
    monkeypatch.setattr(sweeps, "_train", lambda *task: tasks.append(task))
    return tasks


# The numbers.


def by_hand(run, guessing):
    """A run's rows, number by number."""
    for r in range(run.losses.shape[1]):
        losses = run.losses[:, r].tolist()
        accuracy = np.nan if run.accuracies is None else run.accuracies[-1, r]
        numbers = [loss for loss in losses if loss == loss]
        first = {}
        for part in (2, 4):
            there = [epoch for epoch, loss in enumerate(losses) if loss <= guessing / part]
            first[part] = min(there, default=np.inf)
        yield (
            losses[-1],
            accuracy,
            losses[0],
            min(numbers),
            first[2],
            first[4],
            losses[-1] < guessing / 4,
            not all(map(np.isfinite, losses)),
        )


@pytest.mark.parametrize(
    ("settings", "data", "guessing"),
    [
        ({"epochs": 60, "learning_rate": 1.0}, None, np.log(2)),
        ({"batch_size": 16, "momentum": 0.5}, None, np.log(2)),
        ({"batch_size": 100, "dtype": "float64", "activation": "relu"}, None, np.log(2)),
        ({"noise": 0.1, "bias_std": 0.2, "bias": "same"}, CLASSES, None),
        ({"learning_rate": 30.0, "activation": "identity"}, REGRESSION, REGRESSION.y.var()),
    ],
    ids=["full", "batches", "one batch", "classes", "regression"],
)
def test_every_row_is_what_a_training_of_its_own_gives(settings, data, guessing, small_blocks):
    base = replace(TINY, **settings)
    if guessing is None:
        shares = np.bincount(CLASSES.y) / len(CLASSES.y)
        guessing = -(shares * np.log(shares)).sum()
    over = {"scale": [0.3, 1, 3], "hidden_layers": [1, (5, 3)], "seed": [0, 5]}
    found = swept(base, over, data=data)
    rows = []
    for scale, layers, seed in product([0.3, 1, 3], [(4,), (5, 3)], [0, 5]):
        alone = replace(base, scale=scale, hidden_layers=layers, seed=seed)
        rows += by_hand(iv.train(alone, data), guessing)
    for name, column in zip(MEASURES, zip(*rows, strict=True), strict=True):
        np.testing.assert_array_equal(found[name], column, err_msg=name)
    if data is REGRESSION:
        assert found.diverged.any()
    if "epochs" in settings:
        assert 0 < found.learnt.mean() < 1


@given(
    block=st.integers(1, 40),
    restarts=st.integers(1, 7),
    scales=st.lists(st.floats(0, 30), min_size=1, max_size=4, unique=True),
    depths=st.lists(st.integers(0, 3), min_size=1, max_size=3, unique=True),
    batch_size=st.sampled_from([None, 30, 100]),
)
@example(block=2, restarts=5, scales=[1.0], depths=[1], batch_size=None)
@settings(max_examples=settings().max_examples // 5)
def test_the_blocks_change_nothing(block, restarts, scales, depths, batch_size):
    base = replace(TINY, batch_size=batch_size, epochs=2)
    over = {"hidden_layers": depths, "scale": scales, "seed": [1, 0]}
    expected = [
        iv.train(
            replace(base, hidden_layers=(4,) * depth, scale=scale, seed=seed, restarts=restarts)
        ).losses[-1]
        for depth, scale, seed in product(depths, scales, [1, 0])
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeps, "BLOCK", block)
        found = swept(base, over, restarts=restarts)
    np.testing.assert_array_equal(found.loss, np.concatenate(expected))


# The table.


def test_the_rows_are_in_the_grids_order_and_say_what_they_are(table):
    assert [*table] == [*OVER, "restart", *MEASURES]
    assert len(table) == NETWORKS
    expected = list(product(*OVER.values(), range(TINY.restarts)))
    assert [*table[[*OVER, "restart"]].itertuples(index=False, name=None)] == expected
    assert table.learnt.dtype == table.diverged.dtype == bool
    assert table.attrs == {"base": TINY.to_json(), "over": OVER}
    assert json.loads(json.dumps(table.attrs)) == table.attrs


def test_it_can_be_kept_and_read_again(table, tmp_path):
    table.to_pickle(tmp_path / "sweep.pkl")
    assert_same(pd.read_pickle(tmp_path / "sweep.pkl"), table)


def test_values_stay_what_was_given():
    over = {
        "hidden_layers": [2, [3], (4, 3)],
        "loss": [None, "squared_error"],
        "learning_rate": np.array([0.1, 1.0]),
        "epochs": range(1, 3),
        "bias": [0, "same"],
    }
    found = swept(over=over, restarts=1)
    assert found.hidden_layers.unique().tolist() == [2, (3,), (4, 3)]
    assert found.loss_function.unique().tolist() == [None, "squared_error"]
    assert found.loss.dtype == float
    assert found.learning_rate.unique().tolist() == [0.1, 1.0]
    assert found.bias.unique().tolist() == [0, "same"]
    assert found.attrs["over"] == over | {
        "hidden_layers": [2, [3], [4, 3]],
        "learning_rate": [0.1, 1.0],
        "epochs": [1, 2],
    }
    assert json.loads(json.dumps(found.attrs)) == found.attrs


def test_tuples_of_one_length_stay_tuples():
    found = swept(over={"initializer": [("zeros", "normal", "normal"), ("normal",) * 3]})
    assert found.initializer.tolist()[::3] == [("zeros", "normal", "normal"), ("normal",) * 3]


def test_restarts_are_the_bases_unless_they_are_given(table):
    fewer = swept(restarts=2)
    assert iv.Experiment.from_json(fewer.attrs["base"]) == replace(TINY, restarts=2)
    same = table[table.restart < 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(fewer, same, check_exact=True)


def test_settings_may_be_keywords(table):
    assert_same(swept(over=None, **OVER), table)
    first, *rest = OVER
    assert_same(swept(over={first: OVER[first]}, **{name: OVER[name] for name in rest}), table)


def test_data_sets_are_swept_by_name():
    found = swept(over={"dataset": ["circles", "moons"]})
    for name, rows in found.groupby("dataset"):
        losses = iv.train(replace(TINY, dataset=name)).losses[-1]
        np.testing.assert_array_equal(rows.loss, losses)


# Bad input.


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"base": "moons"}, r"^base='moons': give an initviz\.Experiment, such"),
        ({"over": {}}, r"^over=\{\}: give the values of at least one setting"),
        ({"over": [1, 2]}, r"^over=\[1, 2\]: give the values of at least one setting"),
        ({"over": {"scal": [1]}}, r"^over='scal': did you mean 'scale'\?"),
        ({"over": {3: [1]}}, r"^over=3: "),
        ({"over": None}, r"^over=\{\}: give the values of at least one setting"),
        ({"over": {"lr": [1]}}, "^lr: this setting is called learning_rate$"),
        ({"lr": [1]}, "^lr: this setting is called learning_rate$"),
        ({"over": {"scale": []}}, r"^over\['scale'\]=\[\]: give a list of values, at least one$"),
        ({"over": {"scale": 2.0}}, r"^over\['scale'\]=2\.0: give a list"),
        ({"over": {"scale": np.array(2.0)}}, r"^over\['scale'\]=array\(2\.\): give a list"),
        ({"over": {"scale": {1, 2}}}, r"^over\['scale'\]=\{1, 2\}: give a list"),
        ({"over": {"initializer": "normal"}}, r"^over\['initializer'\]='normal': give a list"),
        ({"over": {"scale": [1, -1]}}, r"^scale=-1: "),
        ({"over": {"scale": [1, "1"]}}, r"^scale='1': "),
        ({"over": {"activation": ["tan"]}}, r"^activation='tan': did you mean 'tanh'\?"),
        ({"over": {"hidden_layers": [True]}}, r"^hidden_layers=True: "),
        ({"over": {"hidden_layers": [1, -1]}}, r"^hidden_layers=-1: "),
        ({"over": {"hidden_layers": [1.5]}}, r"^hidden_layers=1\.5: "),
        (
            {"base": replace(TINY, hidden_layers=()), "over": {"hidden_layers": [2]}},
            r"^hidden_layers=2: base has no layer",
        ),
        ({"over": {"initializer": [("normal",) * 3], "hidden_layers": [2, 3]}}, r"^initializer="),
        ({"over": {"dataset": ["moons", "mons"]}}, r"^dataset='mons': did you mean 'moons'\?"),
        ({"over": {"dataset": ["moons"]}, "data": CLASSES}, r"^over='dataset': data= would"),
        ({"over": {"loss": ["squared_error"]}, "data": CLASSES}, r"^loss='squared_error': for a m"),
        ({"over": {"restarts": [1, 2]}}, r"^over='restarts': give their number as restarts=$"),
        (
            {"over": {"scale": [1, 2, 1.0]}},
            r"^over\['scale'\]=\[1, 2, 1\.0\]: one of them is there",
        ),
        ({"over": {"scale": [1]}, "scale": [2]}, r"^over=\['scale', 'scale'\]: one of them is th"),
        ({"over": {"scale": [1], "Scale": [2]}}, r"^over=\['scale', 'scale'\]: one of them is th"),
        ({"over": {"hidden_layers": [2, (4, 4)]}}, r"^over\['hidden_layers'\]=.*twice"),
        ({"restarts": 0}, r"^restarts=0: "),
        ({"data": X}, r"^data='ndarray': "),
        ({"n_jobs": 0}, r"^n_jobs=0: "),
        ({"n_jobs": 1.5}, r"^n_jobs=1\.5: "),
        ({"n_jobs": True}, r"^n_jobs=True: "),
        ({"cache": 3}, r"^cache=3: give the name of a folder$"),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_trained(arguments, sentence, trained):
    with pytest.raises(ValueError, match=sentence) as error:
        swept(**{"over": {"scale": [1]}} | arguments)
    assert "\n" not in str(error.value)
    assert trained == []


@pytest.mark.parametrize("size", [1e200, 1.7e308])
def test_targets_beyond_what_a_loss_can_hold_are_never_learnt(size):
    data = iv.Dataset("huge", [[0.0], [1.0]], [-size, size], "regression")
    base = iv.Experiment(hidden_layers=(2,), epochs=2, restarts=2)
    table = iv.sweep(base, scale=[1.0], data=data, n_jobs=1, progress=False)
    assert table.diverged.all()
    assert not table.learnt.any()
    assert np.isinf(table.epochs_to_half).all()
    assert np.isinf(table.epochs_to_quarter).all()
