"""The two still pictures: what is drawn is what was given."""

import numpy as np
import pytest
from matplotlib import colors
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

import initviz as iv


@pytest.fixture
def axes():
    return Figure().add_subplot()


def test_every_interval_is_a_line_and_a_dot_the_first_on_top(axes):
    given = {"first": iv.Interval(1, 2, 4), "second": iv.Interval(3, 5, np.inf)}
    iv.plots.dots(axes, given, colors={"second": "#d9730d"})
    lines = [line.get_xydata().tolist() for line in axes.lines]
    assert lines == [[[1, 1], [4, 1]], [[2, 1]], [[3, 0], [1e100, 0]], [[5, 0]]]
    names = dict(
        zip(axes.get_yticks(), [t.get_text() for t in axes.get_yticklabels()], strict=True)
    )
    assert names == {1: "first", 0: "second"}
    assert [line.get_color() for line in axes.lines[1::2]] == ["#2b6cb0", "#d9730d"]


def test_a_table_writes_every_number_but_nan_and_darkens_with_it(axes):
    iv.plots.matrix(axes, [[0.0, 0.25], [np.nan, 1.0]], ["a", "b"], ["x", "y"])
    assert {t.get_text(): t.get_position() for t in axes.texts} == {
        "0%": (0, 0),
        "25%": (1, 0),
        "100%": (1, 1),
    }
    shades = axes.images[0].to_rgba(np.array([[0.0, 0.25, 1.0]]))[0, :, :3].mean(axis=1)
    assert (np.diff(shades) < 0).all()


def test_every_number_can_be_read_on_its_ground(axes):
    """Contrast of at least 3 : 1 (WCAG 2.1, large text), over the whole range of shares."""
    shares = np.linspace(0, 1, 51)
    iv.plots.matrix(axes, shares[np.newaxis], ["a"], [str(s) for s in shares])
    grounds = axes.images[0].to_rgba(shares[np.newaxis])[0, :, :3]
    for text, ground in zip(axes.texts, grounds, strict=True):
        pair = [_luminance(ground), _luminance(colors.to_rgb(text.get_color()))]
        light, dark = max(pair), min(pair)
        assert (light + 0.05) / (dark + 0.05) >= 3, text.get_text()


def _luminance(rgb):
    rgb = np.asarray(rgb)
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    return linear @ [0.2126, 0.7152, 0.0722]


def test_a_table_of_another_shape_is_refused(axes):
    with pytest.raises(ValueError, match=r"values.shape=\(1, 2\): give \(2, 1\)"):
        iv.plots.matrix(axes, [[1, 2]], ["a", "b"], ["x"])


def inked_columns(interval, scale="linear"):
    axes = (figure := Figure(figsize=(4, 1), dpi=100)).add_axes((0, 0, 1, 1))
    iv.plots.dots(axes, {"a": interval})
    axes.set_xscale(scale)
    axes.grid(visible=False)
    (canvas := FigureCanvasAgg(figure)).draw()
    pixels = np.asarray(canvas.buffer_rgba()).astype(int)
    return (pixels[..., 2] > pixels[..., 0] + 30).any(axis=0)


@pytest.mark.parametrize("scale", ["linear", "log"])
def test_an_infinite_limit_is_drawn_to_the_axis_end(scale):
    inked = inked_columns(iv.Interval(1, 2, np.inf), scale)
    assert inked[-1]
    assert inked.mean() > 0.5


def test_a_table_of_small_shares_is_pale_and_its_numbers_written_as_asked():
    axes = Figure().add_subplot()
    iv.plots.matrix(axes, [[0.1, 0.2]], ["a"], ["x", "y"], text="{:.2f}")
    assert axes.images[0].get_clim() == (0, 1)
    assert [t.get_text() for t in axes.texts] == ["0.10", "0.20"]
