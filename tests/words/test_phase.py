"""What is said of where a network stands between order and chaos."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure import theory
from initviz.measure.phase import measured, predicted, sigmas
from initviz.plots import picture
from initviz.plots.phase import PhaseScene
from initviz.words.phase import compare_phase, explain_phase

QUICK = replace(iv.explore_phase.start, hidden_layers=(20,) * 6, restarts=3)


def train(experiment=QUICK, **settings):
    return iv.train(replace(experiment, **settings))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"scale": 3.0}, "there is chaos: every layer multiplies the gradient by {:.3g}"),
        ({"scale": 0.5, "bias_std": 0.5}, "there is order: every layer leaves {:.2g} of"),
        ({"scale": 0.5, "bias_std": 0.0}, "and the signal dies out"),
        ({"activation": "identity", "bias_std": 0.0}, "the edge of chaos"),
        ({"activation": "identity", "bias_std": 0.0}, "sets no limit"),
        ({"scale": 0.5, "bias_std": 0.0}, "a depth of about 4.3 layers"),
    ],
)
def test_the_words_name_the_phase_and_the_reach(settings, words):
    run = train(**{"hidden_layers": (200,) * 6, "scale": 1.0, **settings})
    where = run.experiment.activation, *sigmas(run.network_at(0))
    assert words.format(theory.gradient_factor(*where)) in explain_phase(run, 0)


def test_the_words_compare_theory_and_measurement_in_the_last_layer():
    run = train()
    found = measured(run)
    ours, theirs = found.correlation[-1], predicted(run).correlation[-1]
    assert (
        f"In layer 6 the two inputs have a correlation of {theirs:.2f} by theory, and of "
        f"{np.median(ours):.2f} ({ours.min():.2f} to {ours.max():.2f}) in these networks before "
        "training."
    ) in explain_phase(run, 0)


def test_the_pinned_start_is_told_by_its_settings():
    assert compare_phase(train(), train(bias_std=0.5)) == "Pinned: σ_b 0.5."
    assert compare_phase(train(), train()) == "Pinned: this start."


def test_zeros_are_no_accident():
    run = train(initializer="zeros", bias_std=0.0)
    assert "nothing is left to correlate" in explain_phase(run, 0)
    picture(PhaseScene, run)


def test_a_correlation_that_rounds_to_zero_has_no_sign():
    usual = {"epochs": 1, "restarts": 3, "seed": 218}
    run = iv.train(iv.Experiment("moons", (8, 8), "relu", "he_normal", **usual))
    assert -0.005 < measured(run).correlation[-1].max() < 0
    assert "to 0.00) in these networks" in explain_phase(run, 0)


def test_a_pinned_map_of_the_same_settings_is_this_start():
    start = replace(iv.explore_trainability.start, hidden_layers=(2,), epochs=1, restarts=1)
    *_, trained = iv.stream_trainability(start)
    assert iv.explore_trainability.compare(trained, trained) == "Pinned: this start."


@pytest.mark.parametrize("explorer", [iv.explore_phase, iv.explore_trainability])
@pytest.mark.parametrize(
    ("setting", "value"), [("norm", "batch"), ("norm", "layer"), ("skip", True)]
)
def test_theory_is_not_laid_over_networks_that_it_does_not_speak_of(explorer, setting, value):
    with pytest.raises(
        ValueError, match=f"^{setting}={value!r}: this theory is of networks without"
    ):
        explorer(**{setting: value})
