"""Luo et al. 2021 run again: measured on small jobs, and every verdict seen."""

import numpy as np
import pytest
from verdicts import drawn

from initviz.papers import luo


def moved(slopes=(-0.5, 0.0, 0.5), after=3.0):
    """Made from how the distance goes with the width at each γ, and the directions at γ = 2."""
    spread = np.linspace(0.98, 1.02, 16)
    return [
        {
            "gamma": gamma,
            "width": width,
            "distance": (width**slope * spread).tolist(),
            "before": (9 * spread).tolist(),
            "after": ((after if gamma == 2 else 9) * spread).tolist(),
            "loss": [0.01] * 16,
        }
        for gamma, slope in zip(luo.GAMMAS, slopes, strict=True)
        for width in luo.WIDTHS
    ]


@pytest.mark.parametrize(
    ("made", "agrees"),
    [
        (moved(), "yes"),
        (moved(after=8), "partly"),
        (moved((0.0, 0.0, 0.5)), "partly"),
        (moved((-0.5, 0.3, 0.5)), "partly"),
        (moved((-0.5, 0.0, 0.0)), "partly"),
        (moved((0.5, 0.0, -0.5), after=8), "no"),
    ],
)
def test_luo_is_right_if_the_slopes_have_their_signs_and_small_starts_condense(made, agrees):
    verdict = drawn("luo-condensation", made)
    assert verdict.agrees == agrees


def test_the_slope_is_that_of_the_logs():
    found = luo.slope(moved((-0.7, 0.0, 0.4)), 0.5)
    assert found.value == pytest.approx(-0.7, abs=1e-6)


def test_both_layers_are_drawn_with_the_width_to_the_minus_half_gamma():
    small = luo.measure(gamma=2.0, width=30, epochs=300)
    large = luo.measure(gamma=0.5, width=30, epochs=300)
    assert np.median(small["distance"]) > 3 * np.median(large["distance"])
    np.testing.assert_allclose(small["before"], large["before"], rtol=1e-4)  # one draw, other sizes
    assert np.median(large["loss"]) < 0.2  # guessing has 0.3
