"""Still pictures of chapter 05: where restarts end, and the surface that they walk on."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure, SubFigure

from ..measure import landscape
from ..measure.intervals import Interval, proportion_interval
from ..training.run import Run
from .charts import dots, whisker
from .restarts import TRIES, OneRestart, law_axes
from .style import BLUE, GREY, INK, LETTERS, ORANGE, Drawn, heading, note

# Of the loss from 0 to 0.3: a colour of its own for the floor and for the height of 1/8.
TERRACES = LinearSegmentedColormap.from_list(
    "terraces", [(0, BLUE), (0.42, "#8fb7de"), (0.56, "#c9ddf0"), (0.83, "#f3f7fb"), (1, "#ffffff")]
)
# Of a start, by where training from it ends: at 0 and at the levels of XOR.
COUNTRIES = (BLUE, "#eaa861", "#a8560a", "#9aa7b3")
LABEL = {"facecolor": "white", "edgecolor": "none", "pad": 1}  # the ground of a name on a picture


def histogram(axes: Axes, run: Run) -> None:
    """How many restarts end with which loss, the plateaus named."""
    losses, done = run.losses[-1], landscape.solved(run)
    edges = ((np.arange(74) - 0.5) / 240).tolist()  # every level is the middle of a bin
    axes.hist(losses[done], edges, color=BLUE)
    axes.hist(losses[~done], edges, color=ORANGE)
    axes.set(yscale="log", ylim=(0.7, 3 * len(losses)))
    axes.set_yticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
    axes.minorticks_off()
    axes.set(xlabel="loss after training (mean squared error)", ylabel="restarts, log scale")
    ticks = {"0": 0.0, **landscape.levels(run)}
    axes.set_xticks(list(ticks.values()), list(ticks))
    axes.set_xlim(-0.015, 0.3)
    found = (int(done.sum()), *landscape.on_levels(run).values())
    for level, number in zip(ticks.values(), found, strict=True):
        top = (level, max(number, 1))
        note(axes, f"{number}", top, (0, 3), color=INK, fontsize=9, ha="center")
    away = np.abs(losses[:, np.newaxis] - list(ticks.values()))
    there = (away < landscape.NEAR).any(axis=1).sum()
    heading(axes, f"{there:,} of {len(losses):,} restarts end at one of {len(ticks)} losses", 6)


def answers(
    shown: Mapping[str, tuple[Run, int]], figure: Figure | SubFigure | None = None
) -> Figure | SubFigure:
    """What some networks answer, side by side.

    shown: title → (run, which restart). figure: where to draw; None makes one.
    """
    figure = figure or Drawn(figsize=(1.9 * len(shown), 1.95))
    width = 1 / len(shown)
    for i, (title, (run, restart)) in enumerate(shown.items()):
        axes = figure.add_axes((width * (i + 0.06), 0.1, 0.86 * width, 0.76))
        OneRestart(axes, run, title, None).show(run, run.epoch, restart)
    return figure


def copies(axes: Axes, tables: np.ndarray, kinds: Mapping[str, np.ndarray]) -> None:
    """How many networks have which table of what their hidden units say, kind beside kind.

    tables: (networks, units, points) bool. kinds: name → which of the networks, in two colours.
    """
    first = 0
    for (name, which), color in zip(kinds.items(), (BLUE, GREY), strict=True):
        counts = np.unique(tables[which], axis=0, return_counts=True)[1]
        axes.bar(np.arange(first, first + len(counts)), counts, color=color)
        middle = (first + (len(counts) - 1) / 2, counts.max())
        note(axes, f"{name}: {which.sum()}", middle, (0, 4), color=color, ha="center")
        first += len(counts)
    axes.set_xticks([])
    axes.set_ylim(top=1.15 * axes.get_ylim()[1])
    axes.set(xlabel="a bar for every table", ylabel="runs")
    heading(axes, f"{len(tables):,} solved runs, {first} tables, {len(kinds)} solutions", 6)


def without_end(axes: Sequence[Axes], run: Run, groups: Mapping[str, tuple]) -> None:
    """Left, how far the loss still is from its level; right, how long the weights have become.

    groups: name → (level, which restarts); of each the median is drawn, in blue towards 0.
    """
    epochs, lengths = landscape.lengths_over_epochs(run, since=100, points=60)
    for name, (level, which) in groups.items():
        color = ORANGE if level else BLUE
        left = np.median(run.losses[epochs][:, which], axis=1) - level
        axes[0].plot(epochs, left, color=color)
        axes[1].plot(epochs, np.median(lengths[:, which], axis=1), color=color)
        end = (epochs[-1], np.median(lengths[-1, which]))
        note(axes[1], name, end, (5, -3), color=color)
    axes[0].plot(epochs[-30:], 0.3 / epochs[-30:], color=GREY, ls=(0, (2, 2)))
    end = (epochs[-1], 0.3 / epochs[-1])
    note(axes[0], "halved when the\nepochs double", end, (5, -8))
    axes[0].set_yscale("log")
    for ax in axes:
        ax.set_xscale("log")
        ax.set_xticks([100, 1000, epochs[-1]], ["100", "1,000", f"{epochs[-1]:,}"])
        ax.set_xlabel("epoch")
        ax.minorticks_off()
    axes[1].set_ylim(0)
    heading(axes[0], "Loss above the level it is heading for", 6)
    heading(axes[1], "Length of all weights as one vector", 6)


def surface(
    axes: Axes, run: Run, plane: landscape.Plane, restarts: Sequence[int], margin=7.0
) -> None:
    """The heights of a slice of the loss surface, and the ways of some restarts seen from above."""
    ways = [plane.coordinates(landscape.path(run, r)) for r in restarts]
    x, y, heights = landscape.heights_around(ways, plane, run, margin, size=120)
    axes.contourf(x, y, heights, levels=np.linspace(0, 0.3, 25), cmap=TERRACES, extend="max")
    steps = [1 / 64, 1 / 16, *landscape.levels(run).values()]
    lines = axes.contour(x, y, heights, levels=steps, colors="white", linewidths=0.7)
    axes.clabel(lines, fmt=landscape.fraction, fontsize=LETTERS, colors=[INK])
    for way, restart in zip(ways, restarts, strict=True):
        done = landscape.solved(run)[restart]
        color = BLUE if done else ORANGE
        axes.plot(*way.T, color="white", lw=3)
        axes.plot(*way.T, color=color, lw=1.5)
        axes.plot(*way[0], "o", color="white", mec=color, ms=5)
        axes.plot(*way[-1], "o", color=color, mec="white", ms=6)
        color = "white" if done else INK
        note(axes, "solved" if done else "stuck", way[-1], (0, 7), color=color, ha="center")
    axes.set(aspect="equal", xlabel="along the plane (distance between networks)", ylabel="across")


def map_of_starts(
    axes: Axes, plane: landscape.Plane, half: float, run: Run, marked: Mapping[str, np.ndarray]
) -> None:
    """A plane full of starts, each coloured by the level where training from it ended.

    run: its restarts are the starts of ``plane.grid``, from (-half, -half) to (half, half).
    marked: name → a start to be marked, (parameters,).
    """
    size = round(len(run.losses[-1]) ** 0.5)
    colours = np.array([to_rgb(colour) for colour in COUNTRIES])
    picture = colours[landscape.nearest_level(run)].reshape(size, size, 3)
    extent = (-half, half, -half, half)
    axes.imshow(picture, origin="lower", extent=extent, interpolation="nearest")
    places = {name: tuple(plane.coordinates(start)) for name, start in marked.items()}
    middle = np.mean([x for x, _ in places.values()])
    for name, at in places.items():
        ha, dx = ("left", 8) if at[0] > middle else ("right", -8)
        axes.plot(*at, "o", color="white", mec=INK, ms=6)
        note(axes, name, at, (dx, 6), color=INK, ha=ha, bbox=LABEL)
    axes.set(xlabel="along the plane", ylabel="across")
    for row, (name, colour) in enumerate(zip(("0", *landscape.levels(run)), colours, strict=True)):
        at = (1.05, 0.95 - 0.09 * row)
        axes.plot(*at, "s", color=colour, ms=8, transform=axes.transAxes, clip_on=False)
        note(axes, f"ends at {name}", at, (9, -3), xycoords="axes fraction", color=INK)


def law(axes: Axes, groups: Mapping[str, np.ndarray]) -> None:
    """The law of the best of k, and groups of k as measured: name → (restarts,) bool, solved."""
    k = np.geomspace(1, TRIES[-1], 61)
    law_axes(axes)
    heading(axes, "Chance that the best of k solves it", 6)
    for name, hits in groups.items():
        axes.plot(k, landscape.best_of(hits.mean(), k), color=INK, lw=1)
        words, place = f"{name}: {hits.mean():.0%}", (1, hits.mean())
        note(axes, words, place, (8, -10), color=INK, zorder=5, bbox=LABEL)
        for tries in TRIES:
            whisker(axes, tries, proportion_interval(landscape.groups_of(hits, tries)))


def success(axes: Sequence[Axes], tables: Mapping[str, Mapping[str, Interval]]) -> None:
    """Shares that solve it, one table an axes."""
    for ax, (title, rows) in zip(axes, tables.items(), strict=True):
        dots(ax, rows, {name: ORANGE for name, row in rows.items() if row.value < 0.5})
        ax.set_xlim(-0.02, 1.02)
        ax.set_xticks([0, 0.5, 1], ["0%", "50%", "100%"])
        heading(ax, title, 6)
