"""Check-ups of our own networks with norms and skips: first, do no harm."""

from dataclasses import replace

import numpy as np
import pytest
from checkups.torch_models import mended

import initviz as iv
from initviz.measure.vitals import vitals
from initviz.words.vitals import findings

CIRCLES = iv.DATASETS["circles"]
BATCH = CIRCLES.X, CIRCLES.y
FITTING = {"tanh": "glorot_normal", "relu": "he_normal"}


def network(activation="tanh", depth=3, **more):
    layers = (2, *[16] * depth, 1)
    return iv.init_network(layers, activation, FITTING[activation], restarts=3, **more)


def found(network, rate=0.1):
    return findings(vitals(network, *BATCH, "binary_cross_entropy", rate))


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("alpha", [None, "1/sqrt(depth)", "rezero"])
@pytest.mark.parametrize("activation", FITTING)
@pytest.mark.parametrize("depth", [3, 10])
def test_nobody_who_starts_well_is_called_ill(norm, alpha, activation, depth):
    skips = {"skip": True, "alpha": alpha} if alpha else {}
    made = network(activation, depth, norm=norm, **skips)
    ill = [one for one in found(made) if one.level != "fine"]
    assert {(one.sign, one.level) for one in ill} <= {("update", "worth a look")}  # short steps
    assert not iv.checkup(made, *BATCH).serious


@pytest.mark.parametrize("norm", ["batch", "layer"])
@pytest.mark.parametrize("scale", [0.01, 100.0])
def test_in_front_of_a_norm_weights_of_any_size_only_change_the_step(norm, scale):
    made = network(norm=norm)
    weights = *(scale * W for W in made.weights[:-1]), made.weights[-1]
    ((sign, level),) = {(one.sign, one.level) for one in found(replace(made, weights=weights))}
    assert (sign, level) == ("update", "worth a look")


def test_equal_weights_are_told_in_front_of_a_norm_too():
    made = network(norm="layer")
    equal = tuple(np.full_like(W, 0.1) for W in made.weights)
    assert ("symmetry", "serious") in {
        (f.sign, f.level) for f in found(replace(made, weights=equal))
    }


def test_units_that_only_their_norm_tells_apart_are_distinct():
    made = network(norm="batch")
    equal = tuple(np.full_like(W, 0.1) for W in made.weights)
    rng = np.random.default_rng(0)
    gains = tuple(1 + rng.normal(size=gain.shape) for gain in made.gains)
    apart = vitals(replace(made, weights=equal, gains=gains), *BATCH, "binary_cross_entropy")
    assert (apart.values["symmetry"] == 1).all()


def test_a_closed_branch_is_fine_and_says_why_no_gradient_comes():
    first, *others = found(network("relu", skip=True, alpha="rezero"))
    assert first.sentence.startswith("Alpha of layer 2 and alpha of layer 3 start at 0, and that")
    assert {one.level for one in others} <= {"fine"}


def test_gains_drawn_around_0_are_told_and_mended():
    made, rng = network(norm="batch"), np.random.default_rng(0)
    gains = tuple(rng.normal(0, 0.02, gain.shape) for gain in made.gains)
    ill = replace(made, gains=gains)
    (one,) = iv.checkup(ill, *BATCH).findings
    assert one.sign == "norms"
    healed = mended(one, ill, *BATCH)[0]
    assert all((gain == 1).all() for gain in healed.gains)
    assert all(map(np.array_equal, healed.weights, made.weights))


def test_blocks_that_add_up_are_calmed_by_their_alphas():
    ill = network("relu", 16, skip=True)
    report = iv.checkup(ill, *BATCH)
    assert (report.findings[0].sign, report.serious) == ("loss", 1)
    healed = mended(report.findings[0], ill, *BATCH)[0]
    assert [alpha[0].item() for alpha in healed.alphas] == pytest.approx([1 / 15] * 15)
    assert not iv.checkup(healed, *BATCH).serious
