"""Experiments: plain values that are checked, kept and read again."""

import json
from dataclasses import asdict, replace
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from training.problems import FIELDS, SMALL, refuses

import initviz as iv

# Experiments


finite = {"allow_nan": False, "allow_infinity": False}


EXPERIMENTS = st.builds(
    iv.Experiment,
    dataset=st.sampled_from(list(iv.DATASETS)) | st.text(),
    hidden_layers=st.lists(st.integers(1, 5000), max_size=6),
    activation=st.sampled_from(list(iv.ACTIVATIONS)),
    initializer=st.sampled_from(list(iv.INITIALIZERS)),
    scale=st.floats(0, **finite),
    bias=st.floats(**finite) | st.just("same"),
    loss=st.none() | st.sampled_from(list(iv.LOSSES)),
    learning_rate=st.floats(0, exclude_min=True, **finite),
    momentum=st.floats(0, 1, exclude_max=True),
    batch_size=st.none() | st.integers(1),
    epochs=st.integers(1),
    restarts=st.integers(1),
    seed=st.integers(0),
    dtype=st.sampled_from(["float32", "float64"]),
)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


@given(EXPERIMENTS)
def test_an_experiment_comes_back_from_json_as_it_was(experiment):
    restored = iv.Experiment.from_json(experiment.to_json())
    assert restored == experiment
    assert hash(restored) == hash(experiment)


@given(st.sampled_from(FIELDS), JSON_VALUES)
def test_any_value_in_json_is_either_taken_or_named(field, value):
    text = json.dumps({field: value})
    try:
        experiment = iv.Experiment.from_json(text)
    except ValueError:
        with refuses(f"{field}="):
            iv.Experiment.from_json(text)
    else:
        assert json.loads(experiment.to_json())[field] == value
        assert replace(iv.Experiment(), **{field: getattr(experiment, field)}) == experiment


@given(st.text())
def test_text_that_is_no_json_object_is_refused(text):
    with refuses("text="):
        iv.Experiment.from_json(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"epochs": 20', """text='{"epochs": 20': this is not JSON"""),
        ("[1, 2]", "text='[1, 2]': give a JSON object"),
        ("x" * 500, f"text='{'x' * 78}…: this is not JSON"),
        (None, "text=None"),
        ('{"learning_rates": 1}', "setting='learning_rates': did you mean 'learning_rate'"),
        ('{"epochs": "20"}', "epochs='20'"),
        ('{"epochs": 2.0}', "epochs=2.0"),
        ('{"scale": NaN}', "scale=nan"),
        ('{"hidden_layers": [16, null]}', "hidden_layers=None"),
        ('{"momentum": null}', "momentum=None"),
        ('{"dataset": 3}', "dataset=3"),
    ],
)
def test_what_is_wrong_with_the_json_is_named(text, message):
    with refuses(message):
        iv.Experiment.from_json(text)


def test_settings_that_the_json_leaves_out_are_the_usual_ones():
    assert iv.Experiment.from_json("{}") == iv.Experiment()
    assert iv.Experiment.from_json('{"seed": 7}') == iv.Experiment(seed=7)


def test_the_usual_settings_are_those_of_the_design():
    assert asdict(iv.Experiment()) == {
        "dataset": "moons",
        "hidden_layers": (16, 16),
        "activation": "sigmoid",
        "initializer": "glorot_uniform",
        "scale": 1.0,
        "bias": 0.0,
        "loss": None,
        "learning_rate": 0.5,
        "momentum": 0.0,
        "batch_size": None,
        "epochs": 200,
        "restarts": 16,
        "seed": 0,
        "dtype": "float32",
        "noise": 0.0,
        "bias_std": 0.0,
        "norm": "none",
        "skip": False,
        "alpha": 1.0,
        "optimizer": "sgd",
        "warmup": 0,
        "parametrization": "standard",
    }


def test_numpy_numbers_become_plain_ones():
    e = iv.Experiment(hidden_layers=[np.int64(4)], scale=np.float32(0.5), epochs=np.int8(3))
    assert json.loads(e.to_json())["hidden_layers"] == [4]
    assert e == iv.Experiment(hidden_layers=(4,), scale=0.5, epochs=3)


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("dataset", 3),
        ("dataset", None),
        ("hidden_layers", 16),
        ("hidden_layers", "16"),
        ("hidden_layers", {16}),
        ("activation", "rleu"),
        ("activation", None),
        ("initializer", "hee"),
        ("scale", -0.1),
        ("scale", inf),
        ("scale", nan),
        ("scale", "1"),
        ("scale", True),
        ("bias", "random"),
        ("bias", nan),
        ("bias", False),
        ("bias", None),
        ("loss", "mse"),
        ("loss", 1),
        ("learning_rate", 0),
        ("learning_rate", -1),
        ("learning_rate", inf),
        ("learning_rate", nan),
        ("learning_rate", True),
        ("momentum", 1),
        ("momentum", -0.1),
        ("momentum", nan),
        ("batch_size", 0),
        ("batch_size", 2.5),
        ("batch_size", True),
        ("epochs", 0),
        ("epochs", True),
        ("epochs", 1.5),
        ("restarts", 0),
        ("restarts", True),
        ("seed", -1),
        ("seed", 1.5),
        ("dtype", "float16"),
        ("dtype", float),
    ],
)
def test_a_bad_setting_is_named_with_its_value(setting, value):
    with refuses(f"{setting}={value!r}: "):
        iv.Experiment(**{setting: value})


@pytest.mark.parametrize("units", [-1, 0, 2.5, True, "16", None])
def test_bad_units_of_one_hidden_layer_are_named(units):
    with refuses(f"hidden_layers={units!r}: "):
        iv.Experiment(hidden_layers=(16, units))


def test_an_experiment_cannot_be_changed():
    with pytest.raises(AttributeError):
        SMALL.epochs = 7


# Starts that differ from layer to layer, and starts that are given


def test_names_are_known_whatever_their_case_and_kept_as_we_write_them():
    e = iv.Experiment(
        dataset="Moons",
        activation="ReLU",
        initializer=("He_Normal", "ZEROS", "normal"),
        bias=("Same", 0, "Normal"),
        loss="Squared_Error",
        dtype="FLOAT64",
    )
    assert (e.dataset, e.activation, e.loss, e.dtype) == (
        "moons",
        "relu",
        "squared_error",
        "float64",
    )
    assert (e.initializer, e.bias) == (("he_normal", "zeros", "normal"), ("same", 0.0, "normal"))
    assert iv.Experiment.from_json('{"Scale": 2}').scale == 2


def test_a_seed_of_any_length_can_be_printed_and_saved():
    seed = 10**4400
    e = iv.Experiment(seed=seed, epochs=1)
    assert len(repr(e)) < 1000
    assert iv.Experiment.from_json(e.to_json()) == e
    kept, given = (iv.init_network((2, 3, 1), seed=s).weights[0] for s in (e.seed, seed))
    assert np.array_equal(kept, given)
    assert iv.Experiment(seed=2**128 - 1).seed == 2**128 - 1
