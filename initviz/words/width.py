"""In words: which learning rate is best at which width, and what the first step does."""

from collections.abc import Sequence

import numpy as np

from ..measure.coordinates import Trend
from ..measure.width import Widths
from .common import unlike
from .numbers import SUPERSCRIPTS, how_many_times, short, times

SAME = 2.5  # best rates less than two steps of a factor of 2 apart hardly differ
VIEWS = ("losses", "best", "starts", "changes")


def explain_width(run: Widths, epoch: int, views: Sequence[str] = VIEWS) -> str:
    """Where the best rate goes as the network grows, and where the first step does.

    views: those that are shown. Of the others nothing is said: a question may be about them.
    """
    rates = _best(run) if {"losses", "best"} & {*views} else ""
    starts = _starts(run) if "starts" in views and "changes" not in views else ""
    step = _step(run) if "changes" in views else ""
    return " ".join(filter(None, (rates, starts, step)))


def _best(run: Widths) -> str:
    """Of the widths that are trained already."""
    widths = [w for w, rate in enumerate(run.best) if np.isfinite(rate)]
    if not widths:
        return "No rate has a loss yet, or all of them overflow."
    first, last = widths[0], widths[-1]
    narrow, wide = run.best[first], run.best[last]
    said = f"At width {run.widths[first]} the best of these rates is {_rate(run, narrow)}"
    if first == last:
        return f"{said}."
    said = f"{said}, at width {run.widths[last]} {_rate(run, wide)}"
    if 1 / SAME < wide / narrow < SAME:
        return f"{said}: it {'stays where it is' if wide == narrow else 'hardly moves'}."
    return f"{said}: it becomes {how_many_times(wide / narrow)}."


def _rate(run: Widths, rate: float) -> str:
    """As at the axis, too. A best rate at an end of what is tried could as well lie beyond."""
    end = {run.rates[0]: " or less", run.rates[-1]: " or more"}.get(rate, "")
    power = f"{np.log2(rate):.0f}".translate(SUPERSCRIPTS)
    return f"2{power} ({short(rate)}){end}"


def _starts(run: Widths) -> str:
    c = run.coordinates
    if not np.isfinite(c.starts).all():
        return "The sums before training overflow."
    if where := _at_each_doubling(c.layers, c.start_trends, "grows", "shrinks"):
        return f"At each doubling of the width the sums before training change: {where}."
    return "Before training the sums of each layer are about as large at every width."


def _step(run: Widths) -> str:
    c, rate = run.coordinates, short(run.experiment.learning_rate)
    if not np.isfinite(c.changes).all():
        return f"At the rate {rate} the first step overflows."
    if where := _at_each_doubling(c.layers, c.change_trends, "grows"):
        return f"The change by the first step grows at each doubling of the width: {where}."
    return "The change by the first step grows with the width in no layer."


def _at_each_doubling(layers: Sequence[str], trends: Sequence[Trend], *kinds: str) -> str:
    """The factors of the layers whose trend is of one of these kinds."""
    told = [each for each in zip(layers, trends, strict=True) if each[1].kind in kinds]
    return ", ".join(f"in {_place(layer)} × {times(trend.factor)}" for layer, trend in told)


def _place(layer: str) -> str:
    return "the output" if layer == "output" else layer


def compare_width(run: Widths, pinned: Widths, views: Sequence[str] = VIEWS) -> str:
    """What the pinned one had otherwise, and the same of it."""
    settings = unlike(pinned.experiment, run.experiment)
    if not settings:
        return "Pinned: these networks."
    rates = _best(pinned) if {"losses", "best"} & {*views} else ""
    return f"Pinned: {settings}. {rates}".strip()
