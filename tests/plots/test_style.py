"""Whatever is drawn can be seen, and whatever is written can be read, by every eye."""

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from matplotlib.colors import to_rgb

from initviz import Experiment, train
from initviz.plots import style

WHITE = "#ffffff"
# What is drawn, and what it is drawn on.
DRAWN = {
    "data": (style.BLUE, WHITE),
    "data on the log scale": (style.BLUE, style.GROUND),
    "bars": (style.FILL, WHITE),
    "bars on a saturated zone": (style.FILL, style.SATURATED_ZONE["facecolor"]),
    "many lines": (style.SOFT_BLUE, WHITE),
    "many lines on the log scale": (style.SOFT_BLUE, style.GROUND),
    "trouble": (style.ORANGE, WHITE),
    "trouble on the log scale": (style.ORANGE, style.GROUND),
    "stripes of a saturated zone": (
        style.SATURATED_ZONE["edgecolor"],
        style.SATURATED_ZONE["facecolor"],
    ),
    "edges of a healthy zone": (style.HEALTHY_ZONE["edgecolor"], style.HEALTHY_ZONE["facecolor"]),
    "edge of the log scale": (style.EDGE, style.GROUND),
    "axes": (style.EDGE, WHITE),
    "dotted lines, cursor": (style.GREY, WHITE),
    "dotted lines on the log scale": (style.GREY, style.GROUND),
    "the marks of data on what a network decides": (WHITE, style.BLUE),
}
WRITTEN = {
    "text": (style.INK, WHITE),
    "notes": (style.GREY, WHITE),
    "notes on the log scale": (style.GREY, style.GROUND),
    "numbers": (style.BLUE, WHITE),
    "numbers in orange": (style.RUST, WHITE),
}


def luminance(color):
    """Of WCAG 2.2: linear light, weighted as eyes do."""
    parts = np.array(to_rgb(color))
    linear = np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def contrast(one, other):
    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_the_ratio_is_that_of_the_standard():
    assert contrast("black", "white") == pytest.approx(21)
    assert contrast("#777777", "white") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", DRAWN)
def test_what_is_drawn_stands_out_by_3_to_1(name):
    assert contrast(*DRAWN[name]) >= 3


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_written_stands_out_by_4_and_a_half_to_1(name):
    assert contrast(*WRITTEN[name]) >= 4.5


@pytest.mark.parametrize("ground", [WHITE, style.FILL, style.SOFT_BLUE])
def test_a_thin_line_stands_out_on_the_bars_too(ground):
    alpha = style.THIN["alpha"]
    seen = alpha * np.array(to_rgb(style.THIN["color"])) + (1 - alpha) * np.array(to_rgb(ground))
    assert contrast(tuple(seen), ground) >= 3


def test_no_letter_has_fewer_than_12_pixels_where_jupyterlab_is_1280_wide():
    picture, inches = 844, 8
    assert style.LETTERS / 72 * picture / inches >= 12
    sizes = [value for name, value in style.STYLE.items() if name.endswith("size")]
    letters = [size for size in sizes if size > 3]  # the others are those of ticks
    assert len(letters) == 5
    assert min(letters) == style.LETTERS


def test_a_notebook_shows_a_figure_where_nobody_has_imported_pyplot():
    drawn = train(Experiment(epochs=1, restarts=1)).plot()
    shown, _ = DisplayFormatter().format(drawn)  # one that pyplot has told nothing
    assert shown["image/png"].startswith(b"\x89PNG")
