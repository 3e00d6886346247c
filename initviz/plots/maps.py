"""Maps: a table of shaded cells, and the answers of a network all over the plane."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from ..errors import bad, items
from ..measure.standards import misjudging
from ..networks.arrays import real_array
from ..networks.network import forward
from ..training.run import Run
from .charts import FAR, bare, check_axes
from .fast import SmoothImage
from .scene import View
from .style import BLUE, DECISION, GREY, INK, ORANGE, heading, literal

MOST_CELLS = 10_000  # with a number in each
# From nothing to all. Dark enough at the end for white letters, pale at the start for black ones.
SHARE = LinearSegmentedColormap.from_list("share", ["#ffffff", "#bcd3ea", "#2b6cb0"])


def matrix(
    axes: Axes,
    values: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    text: str = "{:.0%}",
) -> None:
    """A table (rows, columns) of shares from 0 to 1, the first row on top, each cell its number.

    text: how a number is written. A cell that is NaN stays empty.

    >>> from matplotlib.figure import Figure
    >>> axes = Figure().add_subplot()
    >>> matrix(axes, [[0.1, 1.0]], rows=["zeros"], columns=["sigmoid", "relu"])
    >>> [cell.get_text() for cell in axes.texts]
    ['10%', '100%']
    """
    check_axes(axes)
    with np.errstate(over="ignore"):  # of long doubles
        values = real_array(values, "values", "give shares, (rows, columns)").astype(float)
    rows, columns = _names("rows", rows), _names("columns", columns)
    if values.shape != (len(rows), len(columns)):
        raise bad("values.shape", values.shape, f"give {(len(rows), len(columns))}")
    if values.size > MOST_CELLS:
        raise bad("values.shape", values.shape, f"give at most {MOST_CELLS:,} cells, to be read")
    written = [[_written(text, v) if np.isfinite(v) else "" for v in row] for row in values]
    cells(axes, values, written, rows, columns)


def _names(argument: str, names: object) -> list[str]:
    remedy = "give a list of names"
    listed = items(argument, names, remedy)
    try:
        return [str(name) for name in listed]
    except Exception:  # whatever a class of somebody's raises
        raise bad(argument, names, remedy) from None


def _written(text: str, value: float) -> str:
    try:
        return str.format(text, value)
    except (TypeError, ValueError, LookupError, AttributeError):
        raise bad("text", text, 'give how a number is written, such as "{:.0%}"') from None


def cells(
    axes: Axes,
    shades: np.ndarray,
    written: Sequence[Sequence[str]],
    rows: Sequence[str],
    columns: Sequence[str],
) -> None:
    """A table (rows, columns) of text on shades from 0 (white) to 1 (blue)."""
    axes.imshow(shades, cmap=SHARE, vmin=0, vmax=1, aspect="auto")
    bare(axes, framed=False)
    axes.set_xticks(range(len(columns)), [*map(literal, columns)])
    axes.set_yticks(range(len(rows)), [*map(literal, rows)])
    axes.tick_params(length=0)
    for (row, column), shade in np.ndenumerate(shades):
        color = "white" if shade > 0.85 else INK
        if said := written[int(row)][int(column)]:
            axes.text(column, row, said, color=color, ha="center", va="center")


def key(axes: Axes, colours: LinearSegmentedColormap) -> None:
    """A strip with all colours of a map."""
    axes.imshow(np.linspace(0, 1, 64)[np.newaxis], cmap=colours, aspect="auto")
    axes.set(xticks=[], yticks=[])


def on_the_plane(run: Run) -> np.ndarray:
    """Where the samples are drawn, (samples, 2): as far out as an axis reaches."""
    return np.clip(run.dataset.X, -FAR, FAR)


class OutputMap(View):
    """What one network of a run answers all over the plane, the data on top.

    reach: from the middle of the data to each edge, in its units. grid: points a side at which the
    network is asked. dot: size of a sample, in points; those of class 0 are squares.
    """

    def __init__(self, axes: Axes, run: Run, reach: float, grid: int, dot: float = 3) -> None:
        super().__init__(axes)
        X, y = on_the_plane(run), run.dataset.y
        middle = (X.max(axis=0) + X.min(axis=0)) / 2
        self._xs, self._ys = np.linspace(middle - reach, middle + reach, grid).T
        self._points = np.stack(np.meshgrid(self._xs, self._ys), axis=-1).reshape(-1, 2)
        axes.set(xlim=(self._xs[0], self._xs[-1]), ylim=(self._ys[0], self._ys[-1]))
        bare(axes)
        self._map = self.live(SmoothImage(axes))
        for label, mark, size, color in ((0, "s", 0.8, ORANGE), (1, "o", 1, BLUE)):
            samples = self.line(mark, color=color, ms=size * dot + 0.7, mew=0.7, mec="white")
            samples.set_data(*X[y == label].T)
        self._words = self.remark(1, 0, dy=-8, color=GREY)

    def _over_the_plane(self, run: Run, epoch: int, restart: int) -> np.ndarray:
        answers = forward(run.network_at(epoch).restart(restart), self._points)[-1]
        return answers.reshape(len(self._ys), len(self._xs))

    def _colour(self, run: Run, epoch: int, restart: int) -> None:
        self._map.colours = DECISION(self._over_the_plane(run, epoch, restart), bytes=True)


class DecisionMap(OutputMap):
    """The output of the best restart, for data of two classes with two features."""

    def __init__(self, axes: Axes, run: Run) -> None:
        reach = 0.55 * np.ptp(on_the_plane(run), axis=0).max() or 1.0
        super().__init__(axes, run, reach, grid=64)
        heading(axes, "Best restart's decision" if run.experiment.restarts > 1 else "Decision")

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        self._colour(run, epoch, run.best)
        assert run.accuracies is not None  # there are classes
        share = run.accuracies[epoch, run.best]
        lost = not np.isfinite(run.losses[epoch, run.best])
        how = misjudging(run, epoch)
        said = f"{share:.0%} right, but {how}" if how else f"{share:.0%} classified correctly"
        self._words.text = "its output overflows" if lost else said
