"""What several chapters say, and what the pinned run had otherwise and how it did."""

from typing import Any

import numpy as np

from ..measure.layers import factor_per_layer, gradient_by_layer
from ..measure.standards import KEPT
from ..networks.datasets import Dataset
from ..training.experiment import Experiment, changed_settings
from ..training.run import Run, guessing_loss
from .explain import outcome
from .numbers import count, how_many_times, power_of_ten, short, times, title, value_name

NO_LAYER = "There is no hidden layer: the inputs go straight to the output."


def no_line(run: Run, epoch: int) -> str:
    """Why no share of guessing's loss can be reached; empty where it can."""
    return "" if 0 < guessing_loss(run) < np.inf else outcome(run, epoch)


@np.errstate(all="ignore")
def gradient_back(run: Run, epoch: int) -> str:
    """The gradient in the first hidden layer, and against the last; the restarts' median.

    Where training has made the larger of the two the smaller one, it is said how it was before.
    """
    *hidden, _ = np.median(gradient_by_layer(run, epoch), axis=1)
    first, last, layers = hidden[0], hidden[-1], len(hidden)
    if not np.isfinite(hidden).all():
        return "The gradient overflows."
    if first == 0:
        return "Nothing of the gradient reaches layer 1."
    text = f"The gradient in layer 1 is {short(first)}"
    if layers == 1 or last == 0:
        return f"{text}."
    if kept(first / last):
        return f"{text}, about as large as in layer {layers}."
    text = f"{text}, {how_many_times(first / last)} than in layer {layers}"
    *hidden, _ = np.median(gradient_by_layer(run, 0), axis=1)
    before = hidden[0] / hidden[-1]
    turned = 0 < before < np.inf and not kept(before) and (before > 1) != (first > last)
    return f"{text}; before training it was {how_many_times(before)}." if turned else f"{text}."


def change(what: str, sizes: np.ndarray, first: int, last: int) -> str:
    """What the layers between do to a size. sizes: (layers, restarts), in the order of the way."""
    factor = factor_per_layer(sizes)
    if not np.isfinite(sizes).all() and not np.isfinite(factor):
        return f"{what} overflows"
    if not np.isfinite(factor):
        where = f" in layer {first}" if sizes.any() else ""  # a skip has gone around it
        return f"{what} is exactly zero{' in some networks' if sizes[0].any() else where}"
    if factor == 0:
        return f"{what} is lost: it is exactly zero in layer {last}"
    decades = abs((last - first) * np.log10(factor))  # a float cannot hold every power of this
    # Of the whole way: many factors that are nearly 1 still make a large one.
    if kept(factor) and decades < np.log10(2):
        return f"{what} keeps its size (× {times(factor)} a layer)"
    total = short(10**decades) if decades < 300 else power_of_ten(round(decades))
    if factor < 1:
        end = f"in layer {last} it is {total} times smaller than in layer {first}"
        return f"each layer leaves {times(factor)} of {what}: {end}"
    end = f"in layer {last} it is {total} times larger than in layer {first}"
    return f"each layer multiplies {what} by {times(factor)}: {end}"


def kept(factor: float) -> bool:
    """Whether what is multiplied by this stays about as large as it is."""
    return 1 / KEPT <= factor <= KEPT


def comparable(run: Run, pinned: Run) -> bool:
    """Whether both learn the same data by the same loss."""
    return same_data(run.dataset, pinned.dataset) and run.loss_name == pinned.loss_name


def same_data(a: Dataset, b: Dataset) -> bool:
    """The numbers count and not the name: an edited data set is another one."""
    return a is b or (np.array_equal(a.X, b.X) and np.array_equal(a.y, b.y))


def differences(run: Run, pinned: Run) -> str:
    """The settings that the pinned run had otherwise; empty if none."""
    changed = unlike(pinned.experiment, run.experiment)
    if not changed and isinstance(run, Run) and _redrawn(run, pinned):
        return f"another version of {value_name(run.experiment.initializer)}"
    return changed


def unlike(experiment: Experiment, other: Experiment) -> str:
    """The settings in which an experiment differs from another one.

    >>> unlike(Experiment(scale=0.01), Experiment())
    'scale 0.01'
    """
    changed = changed_settings(experiment, other)
    return ", ".join(_said(n, value, getattr(other, n)) for n, value in changed.items())


def _said(setting: str, value: Any, other: Any) -> str:
    """A setting with its value: of hidden layers what is another in them, width or number; of
    schemes that there is one a layer.

    >>> _said("hidden_layers", (2,), (4,)), _said("hidden_layers", (8, 8), (8, 8, 8))
    ('width 2', '2 hidden layers')
    """
    if setting == "hidden_layers":
        widths = set(value)
        if len(value) == len(other) and len(widths) == 1:
            return f"width {value[0]}"
        if not value or (widths == set(other) and len(widths) == 1):
            return count(len(value), "hidden layer") if value else "no hidden layer"
    if setting == "initializer" and isinstance(value, tuple) and len(set(value)) > 1:
        return f"schemes layer by layer: {value_name(value)}"
    return f"{title(setting)} {value_name(value)}"


def _redrawn(run: Run, pinned: Run) -> bool:
    """Whether the first weights differ in networks of one shape."""
    pairs = [(W[0], V[0]) for W, V in zip(run.weights, pinned.weights, strict=True)]
    same_shape = all(W.shape == V.shape for W, V in pairs)
    return same_shape and not all(np.array_equal(W, V, equal_nan=True) for W, V in pairs)


def compare(run: Run, pinned: Run, more: str = "") -> str:
    """What the pinned run had otherwise, and how it did; ``more`` is said where it is another one.

    >>> import initviz as iv
    >>> run, pinned = (iv.train(iv.Experiment(scale=s, epochs=1, restarts=1)) for s in (1, 2))
    >>> compare(run, pinned).partition(";")[0]
    'Pinned: scale 2'
    """
    settings = differences(run, pinned)
    if not comparable(run, pinned):
        return f"Pinned: {settings or 'the same'}. It learnt other data, so it is not drawn."
    if not settings:
        return "Pinned: this run."
    then, now = (short(r.losses[-1, r.best]) for r in (pinned, run))
    return f"Pinned: {settings}; in the end its best loss is {then}, here {now}. {more}".rstrip()
