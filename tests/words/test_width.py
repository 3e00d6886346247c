"""What is said of widths and rates."""

import made_up
import numpy as np
import pytest

import initviz as iv
from initviz.words.width import compare_width, explain_width

FALLING = [2.0**power for power in (-5, -6, -7, -8, -9)]
LEVEL = [2.0**-7] * 5


@pytest.mark.parametrize(
    ("best", "said"),
    [
        (FALLING, "the best of these rates is 2⁻⁵ (0.031), at width 256 2⁻⁹ (0.002): it becomes "),
        (FALLING, "16 times smaller."),
        (FALLING[::-1], "16 times larger."),
        (LEVEL, "at width 256 2⁻⁷ (0.0078): it stays where it is."),
        ([*LEVEL[:-1], 2.0**-6], "it hardly moves."),
        ([*LEVEL[:-1], 2.0**-11], "at width 256 2⁻¹¹ (4.9·10⁻⁴) or less"),
        ([2.0**-3, *LEVEL[1:]], "At width 16 the best of these rates is 2⁻³ (0.12) or more"),
    ],
)
def test_it_says_where_the_best_rate_goes(best, said):
    assert said in explain_width(made_up.widths(best), 3)


@pytest.mark.parametrize(
    ("steps", "said"),
    [
        (
            (0, 0.5, 1),
            "grows at each doubling of the width: in layer 2 × 1.41, in the output × 2.00.",
        ),
        ((0, 0, 0), "grows with the width in no layer."),
        ((-1, 0, 0), "grows with the width in no layer."),
    ],
)
def test_it_says_where_a_step_adds_up(steps, said):
    assert said in explain_width(made_up.widths(LEVEL, steps), 3)


def test_of_what_is_not_there_it_says_so():
    found = made_up.widths(LEVEL)
    losses = np.full(found.losses.shape, np.nan)
    losses[0] = found.losses[0]
    words = explain_width(made_up.replace(found, losses=losses), 3)
    assert words.startswith("At width 16 the best of these rates is 2⁻⁷ (0.0078). The")
    nothing = made_up.replace(found, losses=np.full(found.losses.shape, np.inf))
    assert explain_width(nothing, 3).startswith("No rate has a loss yet, or all of them overflow.")
    wild = made_up.replace(found.coordinates, changes=found.coordinates.changes * np.inf)
    words = explain_width(made_up.replace(found, coordinates=wild), 3)
    assert words.endswith("At the rate 0.001 the first step overflows.")


def test_of_what_is_not_shown_nothing_is_said():
    """A question may be about it."""
    found, falling = made_up.widths(LEVEL, (0, 0.5, 1)), made_up.widths(FALLING)
    level = "Before training the sums of each layer are about as large at every width."
    assert explain_width(found, 3, ["starts"]) == level
    assert iv.explore_width.part(None, ["starts"]).explain(found, 3) == level
    assert explain_width(found, 3, ["changes"]).startswith("The change by the first step grows")
    assert "step" not in explain_width(found, 3, ["best"])
    mup = made_up.widths(LEVEL, parametrization="mup", initializer="mup")
    assert compare_width(mup, falling, ["starts"]).endswith("parametrization standard.")


def test_a_pinned_one_is_compared_by_its_best_rates():
    found = made_up.widths(LEVEL, parametrization="mup", initializer="mup")
    words = compare_width(found, made_up.widths(FALLING))
    assert words.startswith("Pinned: scheme he_normal, parametrization standard. At width 16 the")
    assert words.endswith("16 times smaller.")
    assert compare_width(found, found) == "Pinned: these networks."
