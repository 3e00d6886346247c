"""The pictures of widths and rates draw what was measured."""

import made_up
import numpy as np
import pytest
from legible import assert_legible
from matplotlib.figure import Figure

from initviz.plots import picture, width
from initviz.plots.scene import part_of
from initviz.plots.style import BLUE, ORANGE

FALLING = [2.0**power for power in (-5, -6, -7, -8, -9)]
LEVEL = [2.0**-7] * 5


def view(made, found, pinned=None):
    shown = made(Figure().add_subplot(), found)
    shown.update(found, found.epoch, pinned)
    return shown


def test_a_line_a_width_with_a_dot_where_it_is_least():
    found = made_up.widths(FALLING)
    shown = view(width.LossesOverRates, found)
    for line, dot, loss, best in zip(shown._lines, shown._dots, found.median, FALLING, strict=True):
        np.testing.assert_allclose(line.get_ydata(), np.log10(loss))
        np.testing.assert_allclose(dot.get_xydata(), [[np.log2(best), np.log10(loss.min())]])
    assert {label.text for label in shown._names} == {f"width {n}" for n in found.widths}


def test_a_width_that_is_not_trained_yet_has_no_dot_and_no_name():
    found = made_up.widths(FALLING)
    losses = found.losses.copy()
    losses[3:] = np.nan
    losses[2, 4:] = np.nan
    partly = made_up.replace(found, losses=losses)
    shown = view(width.LossesOverRates, partly)
    assert [np.isfinite(dot.get_xdata()[0]) for dot in shown._dots] == [True] * 2 + [False] * 3
    assert [label.text for label in shown._names] == ["width 16", "width 32", "", "", ""]
    assert np.isfinite(view(width.BestRates, partly)._line.get_ydata()).sum() == 2


def test_the_best_rates_stand_over_their_widths_beside_the_pinned_ones():
    found, pinned = made_up.widths(LEVEL), made_up.widths(FALLING)
    shown = view(width.BestRates, found, pinned)
    assert shown._line.get_xdata().tolist() == [4, 5, 6, 7, 8]
    assert shown._line.get_ydata().tolist() == [-7] * 5
    assert shown._pinned.get_ydata().tolist() == [-5, -6, -7, -8, -9]
    assert shown._names[0].text == "pinned"
    other = made_up.widths([0.25] * 5, optimizer="sgd")  # among other rates
    assert not len(view(width.BestRates, found, other)._pinned.get_xdata())


def test_what_grows_is_orange_and_every_layer_has_its_factor():
    shown = view(width.changes, made_up.widths(LEVEL), made_up.widths(LEVEL, steps=(0, 0, 0)))
    assert [line.get_color() for line in shown._lines] == [BLUE, ORANGE, ORANGE]
    np.testing.assert_allclose(shown._lines[2].get_ydata(), np.log10([0.5, 1, 2, 4]), atol=0.01)
    assert [label.text for label in shown._names] == [
        "layer 1 × 1.00",
        "layer 2 × 1.41",
        "output × 2.00",
    ]
    np.testing.assert_allclose(shown._pinned[2].get_ydata(), 0, atol=0.01)
    assert shown._words.text == "at the rate 0.001"


@pytest.mark.parametrize("names", [list(width.WidthScene.panels), ["losses"], ["best", "changes"]])
@pytest.mark.parametrize("pinned", [None, made_up.widths(FALLING)])
def test_everything_in_the_picture_can_be_read(names, pinned):
    for found in (made_up.widths(LEVEL), made_up.widths(FALLING, steps=(0.1, 0, 0.05))):
        assert_legible(picture(part_of(width.WidthScene, names), found, None, pinned))
    assert_legible(picture(width.WidthScene, made_up.widths(LEVEL), None, pinned))
