"""In words: which learning rate is best at which width, and what the first step does."""

import numpy as np

from ..measure.width import Widths
from .common import unlike
from .numbers import how_many_times, short, times

SAME = 2.5  # best rates less than two steps of a factor of 2 apart hardly differ


def explain_width(run: Widths, epoch: int) -> str:
    """Where the best rate goes as the network grows, and where the first step does."""
    return f"{_best(run)} {_step(run)}"


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
    """A best rate at an end of what is tried could as well lie beyond."""
    end = {run.rates[0]: " or less", run.rates[-1]: " or more"}.get(rate, "")
    return f"{short(rate)}{end}"


def _step(run: Widths) -> str:
    c, rate = run.coordinates, short(run.experiment.learning_rate)
    if not np.isfinite(c.changes).all():
        return f"At the rate {rate} the first step overflows."
    wider = [n for n, trend in enumerate(c.change_trends) if trend.kind == "grows"]
    if not wider:
        return "The change by the first step grows with the width in no layer."
    where = [f"in {_place(c.layers[n])} × {times(c.change_trends[n].factor)}" for n in wider]
    return f"The change by the first step grows at each doubling of the width: {', '.join(where)}."


def _place(layer: str) -> str:
    return "the output" if layer == "output" else layer


def compare_width(run: Widths, pinned: Widths) -> str:
    """What the pinned one had otherwise, and where its best rate goes."""
    settings = unlike(pinned.experiment, run.experiment)
    return f"Pinned: {settings}. {_best(pinned)}" if settings else "Pinned: these networks."
