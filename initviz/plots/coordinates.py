"""The picture of a coordinate check: sizes at the start, and of their change, over the width."""

from collections.abc import Sequence
from math import ceil, floor

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from ..measure.coordinates import Coordinates, Trend, middle
from ..words.coordinates import by_steps
from ..words.numbers import short, times
from .charts import line_height, lines_behind, say_nothing_to_see
from .curves import apart
from .style import ALARM, BLUE, EDGE, GREY, ORANGE, RUST, Drawn, heading, literal, note, styled

BOXES = ((0.06, 0.125, 0.225, 0.69), (0.565, 0.125, 0.225, 0.69))
COLUMN = 118  # points from the axes to the end of the column with factors
NAMED = 13  # lines that have a name at their end
LONGEST = 14  # letters of a name
DECADES = 1.3  # that an axis has at least, so that what stays put looks flat
ROOM = 0.12  # decades above and below all that is drawn
TICKS = 6  # along the widths


def coordinate_figure(c: Coordinates) -> Figure:
    """Two panels, a line a layer: the geometric mean over the seeds, each of which is a dot.

    A decade is as high in both, so that a slope looks the same.
    """
    panels = (
        ("Size at the start", c.starts, c.start_trends, c.astray[0]),
        (f"Change {by_steps(c)}", c.changes[-1], c.change_trends, c.astray[1]),
    )
    shown = [np.where(np.isfinite(s) & (s > 0), s, np.nan) for _, s, *_ in panels]
    decades = max([DECADES, *(np.ptp(_ends(sizes)) + 2 * ROOM for sizes in shown)])
    with styled():
        figure = Drawn((8.0, 3.9))
        figure.text(BOXES[0][0], 0.955, _legend(c), color=GREY)
        for box, (name, _, trends, astray), sizes in zip(BOXES, panels, shown, strict=True):
            axes = figure.add_axes(box)
            heading(axes, name, dy=6)
            _mark(axes, c.widths, sizes, decades)
            _draw(axes, c.widths, sizes, trends, astray)
            _name(axes, c.layers, sizes, trends, astray)
    return figure


def _legend(c: Coordinates) -> str:
    parts = ["rms of outputs, and of their change"]
    parts += ["dots: single seeds"] if c.seeds > 1 else []
    parts += [f"{ALARM}orange: does not stay put"] if any(c.astray) else []
    unsure = any(trend.kind == "unsure" for trend in (*c.start_trends, *c.change_trends))
    return "   ·   ".join([*parts, *(["dashed: unsure"] if unsure else [])])


def _ends(sizes: np.ndarray) -> np.ndarray:
    """log10 of the least and the greatest size, or of 1 where there is none."""
    there = sizes[~np.isnan(sizes)]
    return np.log10([there.min(), there.max()]) if there.size else np.zeros(2)


def _mark(axes: Axes, widths: Sequence[int], sizes: np.ndarray, decades: float) -> None:
    axes.set(xscale="log", yscale="log", xlim=(widths[0] / 1.1, widths[-1]), xlabel="width")
    ticks = widths[:: -(-len(widths) // TICKS)]
    axes.set_xticks(ticks, [f"{width:,}" for width in ticks])
    centre = float(_ends(sizes).mean())
    low, high = centre - decades / 2, centre + decades / 2
    axes.set_ylim(10**low, 10**high)
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_minor_locator(NullLocator())
    if np.isnan(sizes).all():
        say_nothing_to_see(axes, "nothing to draw")
        axes.set_yticks([])
        return
    steps = (1,) if decades > 3 else (1, 3) if decades > 2 else (1, 2, 5)
    apart_by = max(1, round(decades / 6))  # decades from tick to tick
    powers = range(apart_by * floor(low / apart_by), ceil(high), apart_by)
    places = [step * 10.0**power for power in powers for step in steps]
    places = [place for place in places if low <= np.log10(place) <= high]
    axes.set_yticks(places, [short(place) for place in places])
    lines_behind(axes)


def _draw(
    axes: Axes,
    widths: Sequence[int],
    sizes: np.ndarray,
    trends: Sequence[Trend],
    astray: Sequence[int],
) -> None:
    """sizes: (seeds, widths, layers)."""
    for n, trend in enumerate(trends):
        color = ORANGE if n in astray else BLUE
        dots = {"ms": 2.4, "mew": 0, "alpha": 0.4, "clip_on": False}
        if len(sizes) > 1:
            axes.plot(widths, sizes[..., n].T, "o", color=color, **dots)
        dashes = (0, (3, 2)) if trend.kind == "unsure" else "-"
        axes.plot(widths, middle(sizes[..., n]), color=color, lw=1.4, ls=dashes)


def _name(
    axes: Axes,
    layers: Sequence[str],
    sizes: np.ndarray,
    trends: Sequence[Trend],
    astray: Sequence[int],
) -> None:
    """At the ends of the lines their names, and in a column how they go. Of many lines, those that
    stay put have none."""
    worst = sorted(range(len(layers)), key=lambda n: (n not in astray, -_steepness(trends[n])))
    named = sorted(worst[:NAMED])
    left = len(layers) - len(named)
    bottom, top = np.log10(axes.get_ylim())
    gap = 1.15 * _line_height(axes)
    ends = np.array([(_end(sizes[..., n]) - bottom) / (top - bottom) for n in named])
    ends = np.clip(np.nan_to_num(ends, nan=0), 0, 1)
    column = {"xycoords": "axes fraction", "va": "center"}
    note(axes, "per doubling", (1, 1), (COLUMN, 6), xycoords="axes fraction", ha="right")
    places = apart(ends, gap, ceiling=0.97, floor=gap if left else 0.0)
    for n, end, y in zip(named, ends, places, strict=True):
        ill = n in astray
        color = RUST if ill else BLUE
        text = f"{ALARM if ill else ''}{literal(_cut(layers[n]))}"
        note(axes, text, (1, y), (11, 0), color=color, **column)
        note(axes, _factor(trends[n]), (1, y), (COLUMN, 0), color=color, ha="right", **column)
        if not np.isnan(_end(sizes[..., n])):
            hair = {"color": EDGE, "lw": 0.6, "clip_on": False, "transform": axes.transAxes}
            axes.plot([1.01, 1.07], [end, y], **hair)
    if left:
        note(axes, f"and {left:,} more", (1, 0), (11, 0), **column)


def _line_height(axes: Axes) -> float:
    """Of a line of text, as a share of the height of the axes."""
    bottom, top = axes.get_ylim()
    return line_height(axes) / (top - bottom)


def _steepness(trend: Trend) -> float:
    return float(np.nan_to_num(abs(trend.slope.value), nan=np.inf))


def _end(sizes: np.ndarray) -> float:
    """log10 of the last size that is there; NaN where there is none. sizes: (seeds, widths)."""
    line = middle(sizes)
    there = line[np.isfinite(line)]
    return float(np.log10(there[-1])) if len(there) else np.nan


def _factor(trend: Trend) -> str:
    if trend.kind in ("zero", "overflows"):
        return {"zero": "0", "overflows": "overflow"}[trend.kind]
    return f"× {times(trend.factor)}" if np.isfinite(trend.factor) else "0 at some"


def _cut(name: str) -> str:
    return name if len(name) <= LONGEST else "…" + name[1 - LONGEST :]
