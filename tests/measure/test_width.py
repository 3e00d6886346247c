"""Which learning rate is best at which width, and what the first step does there."""

from dataclasses import replace

import made_up
import numpy as np
import pytest

import initviz as iv
from initviz.measure import width
from initviz.measure.width import Widths, first_step, stream_widths

QUICK = replace(iv.explore_width.start, epochs=1, restarts=3)


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(width, "WIDTHS", (4, 8))
    monkeypatch.setattr(width, "RATES", {"adam": (0.001, 0.01), "sgd": (0.1, 1e30)})


def whole(experiment) -> Widths:
    *_, last = stream_widths(experiment)
    return last


@pytest.mark.usefixtures("few")
def test_every_loss_is_what_a_training_of_its_own_gives():
    found = whole(replace(QUICK, parametrization="mup", initializer="mup", scale=0.9))
    digits = iv.DATASETS["digits"]
    kept = np.linspace(0, len(digits.X) - 1, 400).astype(int)
    assert found.losses.shape == (2, 2, 3)
    for w, units in enumerate((4, 8)):
        for k, rate in enumerate((0.001, 0.01)):
            alone = replace(found.experiment, hidden_layers=(units,) * 2, learning_rate=rate)
            run = iv.train(alone, digits.X[kept], digits.y[kept])
            np.testing.assert_array_equal(found.losses[w, k], run.loss)


@pytest.mark.usefixtures("few")
def test_it_is_handed_out_rate_by_rate_and_read_only():
    steps = list(stream_widths(QUICK))
    assert [step.coordinates.widths for step in steps[:2]] == [(32, 64, 128), (32, 64, 128, 256)]
    assert [np.isnan(step.losses).all() for step in steps[:2]] == [True, True]
    assert [step.progress[0] for step in steps] == ["0", "0", "0", "1", "1", "2"]
    assert steps[0].progress == "0 of 2 widths"
    assert [step.finished for step in steps] == [*[False] * 5, True]
    assert np.isnan(steps[2].best).all()
    assert np.isfinite(steps[3].best).tolist() == [True, False]
    with pytest.raises(ValueError, match="read-only"):
        steps[-1].losses[:] = 0


@pytest.mark.usefixtures("few")
def test_its_table_has_a_line_for_every_network():
    found = whole(QUICK)
    head, *lines = found.to_csv().splitlines()
    assert head == "width,learning_rate,restart,loss"
    assert len(lines) == found.losses.size
    assert lines[-1] == f"8,0.01,2,{float(found.losses[-1, -1, -1])}"


@pytest.mark.usefixtures("few")
def test_what_overflows_is_no_best_rate():
    found = whole(replace(QUICK, optimizer="sgd", activation="identity"))
    assert np.isinf(found.losses[:, 1]).all()
    assert found.finished
    assert found.best.tolist() == [0.1, 0.1]
    nowhere = replace(found, losses=np.full(found.losses.shape, np.inf))
    assert np.isnan(nowhere.best).all()


@pytest.mark.parametrize("drift", [-1, -0.5, 0, 0.5])
def test_the_best_rates_and_how_they_go_with_the_width(drift):
    rates = [2.0 ** (-6 + drift * step) for step in range(-2, 3)]
    found = made_up.widths(rates)
    if drift in (-1, 0):  # all of them are among the rates that are tried
        np.testing.assert_array_equal(found.best, rates)
        np.testing.assert_array_equal(found.best_of_each, np.transpose([rates, rates]))
    np.testing.assert_allclose(found.drift, drift, atol=0.1)


def test_one_step_of_adam_moves_every_weight_by_the_rate_downhill():
    e = replace(QUICK, learning_rate=1e-3, dtype="float64")
    found = first_step(e)
    assert found.layers == ("layer 1", "layer 2", "output")
    assert found.readout.tolist() == [False, False, True]
    digits = iv.DATASETS["digits"]
    kept = np.linspace(0, len(digits.X) - 1, width.BATCH).astype(int)
    X, y = digits.X[kept], digits.y[kept]
    for w, units in enumerate(found.widths):
        layers = (64, units, units, 10)
        start = iv.init_network(
            layers, "relu", "he_normal", output="softmax", restarts=3, dtype="float64"
        )
        _, slopes, biases = iv.gradients(start, X, y, "softmax_cross_entropy")
        change = -1e-3 * (np.sign(slopes[0]) @ X.T + np.sign(biases[0]))
        expected = np.sqrt((change**2).mean(axis=(1, 2)))
        np.testing.assert_allclose(found.changes[0, :, w, 0], expected, rtol=1e-3)
        sums = start.weights[0] @ X.T
        np.testing.assert_allclose(
            found.starts[:, w, 0], np.sqrt((sums**2).mean(axis=(1, 2))), rtol=1e-12
        )


def test_steps_add_up_over_the_inputs_and_mup_and_spectral_rates_undo_it():
    kinds = {}
    for name, start in (("standard", "he_normal"), ("mup", "mup"), ("spectral", "spectral")):
        found = first_step(replace(QUICK, parametrization=name, initializer=start, restarts=8))
        kinds[name] = [trend.kind for trend in found.change_trends]
    assert kinds["standard"] == ["steady", "grows", "grows"]
    assert "grows" not in kinds["mup"]
    assert kinds["spectral"] == ["steady"] * 3
