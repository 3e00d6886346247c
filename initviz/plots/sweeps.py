"""Pictures of a finished sweep: a heat map, a fan of losses, and what was best in each row."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import NullLocator
from pandas import DataFrame

from ..measure.tables import SHARES, best, fan, grid, has_halves, shades
from ..words.numbers import short
from ..words.sweeps import SHOWN, form_of, one, title, value_name
from .charts import FAR, check_axes, dots, lines_behind
from .curves import Fan
from .maps import cells
from .style import BLUE, GREY, INK, PALE_BLUE, Drawn, heading, literal, note, styled

WRITTEN = 12  # columns, up to which there is room for numbers in the cells
TICKS = 6  # along a fan
BESIDE, OVER = 18, 14  # letters: of what is best, beside its axes; of a setting, over them


def heat_map(axes: Axes, frame: DataFrame, across: str, down: str, shown: str = "learnt") -> None:
    """Settings across and down, the bluer the better; few enough columns have their number."""
    check_axes(axes)
    values, rows, columns = grid(frame, across, down, shown)
    text = form_of(shown)
    few = len(columns) <= WRITTEN
    written = [[text(v) if few and not np.isnan(v) else "" for v in row] for row in values]
    names = [value_name(column) for column in columns]
    cells(axes, shades(values, shown), written, [value_name(row) for row in rows], names)
    axes.set(xlabel=literal(title(across)), ylabel=literal(title(down)))
    # Long names are turned, and those for which there is no room left out.
    turned = max(map(len, names)) > 6 and len(names) > 3
    how = {"rotation": 25, "ha": "right", "rotation_mode": "anchor"} if turned else {}
    step = -(-len(names) // WRITTEN)
    axes.set_xticks(range(0, len(names), step), [*map(literal, names[::step])], **how)


def fan_chart(axes: Axes, frame: DataFrame, across: str, shown: str = "loss") -> None:
    """The median of the networks along one setting, their middle half and nine tenths of them."""
    check_axes(axes)
    settings, levels, top = fan(frame, across, shown)
    x = _positions(axes, settings)
    levels, top = np.clip(levels, None, FAR), min(top, FAR) if top > 0 else 1.0
    low, quarter, middle, three, high = levels
    Fan(axes, (PALE_BLUE, "#8db4da"), alpha=0.55).draw(x, [(low, high), (quarter, three)])
    axes.plot(x, middle, color=BLUE, lw=1.6, marker="o", ms=3)
    axes.set(ylim=(0, top), xlabel=literal(title(across)))
    if not 1e-2 < top < 1e5:  # else a power of ten stands over the axis, in the heading
        axes.yaxis.set_major_formatter(lambda value, _: short(value))
    lines_behind(axes)


def _positions(axes: Axes, settings: list) -> np.ndarray:
    """Numbers over more than a decade on a log axis, others as they are; in a row names, and
    numbers beyond what an axis holds."""
    plain = [s for s in settings if isinstance(s, int | float) and not isinstance(s, bool)]
    numbers = len(plain) == len(settings) and all(abs(s) < FAR for s in plain)
    if not numbers or len(settings) == 1:
        axes.set_xticks(range(len(settings)), [literal(value_name(s)) for s in settings])
        return np.arange(len(settings))
    x = np.array(settings, dtype=float)
    if x.min() > 0 and x.max() > 8 * x.min():
        axes.set_xscale("log")
        axes.xaxis.set_minor_locator(NullLocator())
    step = -(-len(x) // TICKS)
    axes.set_xticks(x[::step], [f"{value:g}" for value in x[::step]])
    return x


def best_per(
    axes: Axes, frame: DataFrame, of: Sequence[str], per: str, shown: str = "learnt"
) -> None:
    """A row for every value of ``per``: its ``best`` choice by name, with its 95 % interval."""
    check_axes(axes)
    chosen = best(frame, of, per, shown)
    dots(axes, {value_name(value): interval for value, (_, interval) in chosen.items()})
    # A scheme says by itself what it is.
    titles = ["" if setting == "initializer" else f"{one(setting)} " for setting in of]
    for y, (settings, _) in enumerate(reversed(chosen.values())):
        names = [title + value_name(v) for title, v in zip(titles, settings, strict=True)]
        edge = {"xycoords": ("axes fraction", "data"), "va": "center"}
        note(axes, literal(", ".join(names), BESIDE), (1, y), (8, 0), color=INK, **edge)
    if shown in SHARES:
        axes.set_xlim(-0.03, 1.03)
        axes.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
    axes.set_ylabel(literal(title(per)))


def sweep_figure(
    frame: DataFrame, across: str, down: str, row: Any, shown: str = "learnt"
) -> Figure:
    """The heat map, the losses along the row of ``down`` that is ``row``, and the best of each."""
    with styled():
        figure = Drawn((8.0, 4.3))
        left = figure.add_axes((0.11, 0.17, 0.38, 0.68))
        heat_map(left, frame, across, down, shown)
        heading(left, SHOWN[shown].capitalize(), dy=6)
        rows = list(dict.fromkeys(frame[down]))
        place, columns = rows.index(row), len(set(frame[across]))
        look = {"fill": False, "color": INK, "lw": 1.4, "clip_on": False}
        left.add_patch(Rectangle((-0.5, place - 0.5), columns, 1, **look))
        right = figure.add_axes((0.565, 0.61, 0.40, 0.24))
        there = frame.loc[[value == row for value in frame[down]]]
        fan_chart(right, there, across)
        heading(right, "Last loss, framed row", dy=6)
        figure.text(0.965, 0.945, "median, middle half and nine tenths", color=GREY, ha="right")
        if has_halves(frame, across, down):
            below = figure.add_axes((0.605, 0.115, 0.22, 0.215))
            best_per(below, frame, [across], down, shown)
            below.set_ylabel("")
            sides = [literal(one(setting), OVER) for setting in (across, down)]
            heading(below, "Best {} for each {}".format(*sides), dy=16)
            note(
                below, "on the other half of the restarts", (0, 1), (0, 5), xycoords="axes fraction"
            )
    return figure
