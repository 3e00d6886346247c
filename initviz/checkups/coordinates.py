"""A coordinate check: does a model's start, and do its first steps, stay put as it grows wider?"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from ..errors import bad, items, number, printable, whole
from ..measure.coordinates import Coordinates, middle
from ..words.coordinates import by_steps, goes, verdict
from ..words.numbers import short
from ..words.text import escaped
from .table import aligned

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from pandas import DataFrame

FEWEST = 3  # widths: a line goes through any two points
MANY = 10_000  # steps or seeds, each of which trains models of every width


def coordinate_check(
    make: Callable[[int], Any],
    widths: Iterable[int],
    X,
    y=None,
    loss=None,
    *,
    optimizer=None,
    learning_rate: float | None = None,
    steps: int = 3,
    seeds: int = 5,
) -> CoordinateCheck:
    """Train PyTorch models of several widths for a few steps: what depends on the width?

    Of every layer with weights two sizes are measured: the rms of its outputs before training, and
    the rms of what the steps have changed them by. If both are about the same at every width, then
    a learning rate that suits a narrow model may suit a wide one too, as μP is made for; if they
    grow or shrink with it, the slope of log size over log width says how. This is the coordinate
    check of Tensor Programs V (Yang & Hu 2022, arXiv 2203.03466, appendix D.1).

    A layer's outputs are all its numbers for the whole batch. Where the model's output is the last
    layer's times a number, it counts for that layer. An output layer may start smaller in wider
    models, as it does in μP (1/√width); its change may not.

    make: a function of the width. It returns a new ``torch.nn.Module`` each time, or (module, its
        optimizer), where layers have learning rates of their own, as they have in μP.
    widths: at least three whole numbers, each above the one before, such as 64, 128, 256, 512.
    X, y, loss: one batch, as ``checkup`` takes them. Every step is on this batch.
    optimizer: "adam" (None means this one), "sgd", or what makes one of a model's parameters, such
        as ``torch.optim.AdamW``.
    learning_rate: None takes 0.001 with Adam, 0.1 with SGD, and an optimizer's own.
    steps, seeds: how many steps are taken, and how often each model is drawn anew.

    Random states are left as they were. What overflows is a result: it is shown, and raises
    nothing. Raises ValueError in one sentence where make, widths, batch and loss do not fit
    together, and where PyTorch is not installed.

    An example, with PyTorch's own weights and one rate for all layers::

        from torch import nn, randn

        def make(width):
            hidden = nn.Linear(10, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU()
            return nn.Sequential(*hidden, nn.Linear(width, 1))

        check = iv.coordinate_check(make, [64, 128, 256, 512], randn(32, 10), randn(32))
        print(check.verdict)
        check.plot()
    """
    if not callable(make):
        raise bad("make", make, "give a function of the width that returns a new torch.nn.Module")
    if X is None:
        raise bad("X", None, "give a batch of your data: coordinate_check(make, widths, X, y)")
    rate = None if learning_rate is None else number("learning_rate", learning_rate, above=0)
    counts = [whole(n, c, least=1, below=MANY) for n, c in (("steps", steps), ("seeds", seeds))]
    widths = _checked(widths)
    try:
        from .torch.coordinates import coordinates
    except ModuleNotFoundError:
        raise bad("make", make, "PyTorch, whose models are checked, is not installed") from None
    return CoordinateCheck(coordinates(make, widths, X, y, loss, optimizer, rate, *counts))


def _checked(widths: Iterable[int]) -> tuple[int, ...]:
    remedy = f"give at least {FEWEST} whole numbers, each above the one before"
    given = items("widths", widths, remedy)
    found = tuple(whole("widths", width, least=1) for width in given)
    if len(found) < FEWEST or any(b <= a for a, b in pairwise(found)):
        raise bad("widths", given, remedy)
    return found


@dataclass(frozen=True)
class CoordinateCheck:
    """What ``coordinate_check`` found. It prints as text; a notebook shows verdict and picture.

    coordinates: the measured sizes, and their slopes over the width.
    """

    coordinates: Coordinates

    @property
    def verdict(self) -> str:
        """What stays put and what does not, in words."""
        return printable(verdict(self.coordinates))

    @property
    def steady(self) -> bool:
        """Whether nothing was found to grow, to shrink or to overflow with the width."""
        return not any(self.coordinates.astray)

    @property
    def widths(self) -> tuple[int, ...]:
        return self.coordinates.widths

    @property
    def layers(self) -> tuple[str, ...]:
        """Their names, in the order of the forward pass."""
        return self.coordinates.layers

    @property
    def start_slopes(self) -> dict[str, float]:
        """By layer: outputs before training are as large as width ** slope. NaN: there is none."""
        return self._slopes(self.coordinates.start_trends)

    @property
    def change_slopes(self) -> dict[str, float]:
        """By layer: the steps change outputs by as much as width ** slope. NaN: there is none."""
        return self._slopes(self.coordinates.change_trends)

    def _slopes(self, trends) -> dict[str, float]:
        return {name: t.slope.value for name, t in zip(self.layers, trends, strict=True)}

    def to_frame(self) -> DataFrame:
        """A pandas DataFrame with a row for every layer, width, seed and step: the rms of the
        layer's outputs at the start, and of their change since then. Step 0 is the start."""
        import pandas as pd

        c, rows = self.coordinates, []
        for step in range(c.steps + 1):
            for seed in range(c.seeds):
                for w, width in enumerate(c.widths):
                    for n, layer in enumerate(c.layers):
                        start = float(c.starts[seed, w, n])
                        change = float(c.changes[step - 1, seed, w, n]) if step else 0.0
                        rows.append((layer, width, seed, step, start, change))
        return pd.DataFrame(rows, columns=["layer", "width", "seed", "step", "start", "change"])

    def plot(self) -> Figure:
        """A matplotlib Figure: size at the start and size of the change over the width, a line a
        layer. Orange is what does not stay put."""
        from ..plots.coordinates import coordinate_figure

        return coordinate_figure(self.coordinates)

    def __str__(self) -> str:
        return printable("\n".join([self.verdict, "", *aligned(_rows(self.coordinates))]))

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from ..plots.style import png

        said, picture = escaped(self.verdict), b64encode(png(self.plot())).decode()
        return f'<div><p>{said}</p><img alt="{said}" src="data:image/png;base64,{picture}"></div>'


def _rows(c: Coordinates) -> list[list[str]]:
    """Of every layer both sizes at the least and the greatest width, and how they go."""
    ends = [f"width {c.widths[0]:,}", f"{c.widths[-1]:,}", "each doubling"]
    head = ["layer", f"start: {ends[0]}", *ends[1:], f"change {by_steps(c)}: {ends[0]}", *ends[1:]]
    kinds = (middle(c.starts), c.start_trends), (middle(c.changes[-1]), c.change_trends)
    rows = [head]
    for n, layer in enumerate(c.layers):
        row = [layer]
        for sizes, trends in kinds:
            row += [short(sizes[0, n]), short(sizes[-1, n]), goes(trends[n])]
        rows.append(row)
    return rows
