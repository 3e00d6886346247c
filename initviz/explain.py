"""Two or three plain sentences on what a run shows and why, computed from the run.

They stand under the picture, and they are its text alternative. What became of the run is said of
its last epoch; the cause is looked for at its start, because that is where an initialisation acts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .activations import ACTIVATIONS
from .diagnostics import gradient_statistics, saturation, symmetry
from .network import Network
from .training import Run, guessing_loss

LEARNT = 0.9  # of the loss of guessing: below that, something has been learnt
SATURATED = 0.5  # half of a layer's units pass hardly any gradient
SILENT = 30  # the gradient gets so many times smaller from the output to the first layer
RECTIFIERS = ("relu", "leaky_relu")  # flat on one whole side: half of the units off is normal


def explain(run: Run, epoch: int | None = None) -> str:
    """What happened, and why. ``epoch``: the moment that the picture shows; None is the last."""
    start = _Start.of(run)
    causes = (_overflow, _equal_units, _zero_gradient, _saturation, _silence, _health)
    cause = next(text for text in (find(run, start) for find in causes) if text)
    moment = "" if epoch in (None, run.epoch) else f" The picture shows epoch {epoch:,}."
    return f"{_outcome(run)} {cause}{moment}"


@dataclass(frozen=True)
class _Start:
    """What is measured on the networks before training."""

    network: Network
    gradients: np.ndarray  # (layers, restarts), rms of d loss / d weight
    flat: np.ndarray  # (hidden layers,), share of units with hardly any slope

    @classmethod
    def of(cls, run: Run) -> _Start:
        network = run.network_at(0)
        gradients = gradient_statistics(network, run.probe, run.probe_targets, run.loss).rms
        return cls(network, gradients, saturation(network, run.probe).mean(axis=1))

    @property
    def typical_gradient(self) -> np.ndarray:
        """(layers,), the median of the restarts."""
        return np.median(self.gradients, axis=1)

    @property
    def flattest(self) -> tuple[int, float]:
        """The hidden layer, counted from 1, with the most units without slope, and their share."""
        return int(self.flat.argmax()) + 1, float(self.flat.max())


def _outcome(run: Run) -> str:
    final, guess = run.losses[-1], guessing_loss(run)
    learnt, lost, all_of_them = int((final < LEARNT * guess).sum()), int(run.diverged.sum()), len(final)
    guessing = f"guessing gives {_number(guess)}"
    if lost:
        who = "The network has" if all_of_them == 1 else f"{lost} of {all_of_them} networks have"
        return f"{who} overflowed: the numbers grew beyond what the computer can hold."
    if all_of_them == 1:
        verb = "learnt: its" if learnt else "learnt nothing: its"
        return f"After {_epochs(run)} the network has {verb} loss is {_number(final[0])}, {guessing}."
    best, median = _number(final.min()), _number(np.median(final))
    if not learnt:
        return f"After {_epochs(run)} none of {all_of_them} networks has learnt: the best loss is {best}, {guessing}."
    who = f"all {all_of_them}" if learnt == all_of_them else f"{learnt} of {all_of_them}"
    return f"After {_epochs(run)} {who} networks have learnt: the best loss is {best}, the median {median}, {guessing}."


def _overflow(run: Run, start: _Start) -> str:
    if not run.diverged.any():
        return ""
    first = int(np.isfinite(run.losses[:, run.diverged]).argmin(axis=0).min())
    if first == 0:
        return "That was so from the start: these weights are too large for this depth and width."
    return f"The first one did at epoch {first:,}: steps this long, with weights this large, overshoot."


def _equal_units(run: Run, start: _Start) -> str:
    """Units that start equal get equal gradients, and stay equal."""
    hidden = list(zip(start.network.weights[:-1], start.network.biases[:-1], strict=True))
    alike = all((W == W[:, :1]).all() and (b == b[:, :1]).all() for W, b in hidden)
    if not hidden or not alike or max(start.network.layers[1:-1]) == 1:
        return ""
    end = run.network_at(run.epoch)
    if symmetry(end).distinct.max() > 1:
        return "Every hidden layer began with equal units; they have come apart since."
    still = all(np.array_equal(W, V) for (W, _), V in zip(hidden, end.weights, strict=False))
    if still:
        return "Every hidden layer began with equal units, and not one of their weights has moved: the gradient that reaches them is zero."
    return "Every hidden layer began with equal units. Equal units get equal gradients, so each layer still does the work of a single unit."


def _zero_gradient(run: Run, start: _Start) -> str:
    silent = int((start.gradients[0] == 0).sum())
    if not silent:
        return ""
    restarts = len(start.gradients[0])
    who = "In this network" if restarts == 1 else f"In {silent} of {restarts} networks"
    text = f"{who} the gradient that reached layer 1 at the start was exactly zero"
    layer, share = start.flattest if len(start.flat) else (0, 0.0)
    if share > SATURATED:
        return f"{text}: in layer {layer}, {_percent(share)} of the units were {_word(run)}."
    return f"{text}: it became too small to be told from 0 on its way through the layers."


def _saturation(run: Run, start: _Start) -> str:
    if run.experiment.activation in RECTIFIERS or not len(start.flat):
        return ""
    layer, share = start.flattest
    if share < SATURATED:
        return ""
    text = f"Layer {layer}: {_percent(share)} of the units were saturated at the start"
    gradient = start.typical_gradient
    if len(gradient) > 2 and gradient[-2] > 2 * gradient[0]:
        times = _times(gradient[-2] / gradient[0])
        return f"{text}, so the gradient that reached layer 1 was {times} smaller than at layer {len(gradient) - 1}."
    return f"{text}, where the curve is flat, so hardly any gradient gets past them."


def _silence(run: Run, start: _Start) -> str:
    gradient = start.typical_gradient
    if not gradient[-1] > SILENT * gradient[0]:
        return ""
    slope = ACTIVATIONS[run.experiment.activation].steepest
    times = _times(gradient[-1] / gradient[0])
    return f"Few units were saturated at the start, and yet the gradient that reached layer 1 was {times} smaller than at the output: every layer multiplies it by its weights and by a slope of at most {slope:.2g}."


def _health(run: Run, start: _Start) -> str:
    gradient = start.typical_gradient
    ratio = _number(gradient.max() / gradient.min()) if gradient.min() > 0 else "10 or more"
    text = f"At the start the gradients of all layers lay within a factor of {ratio}"
    if not len(start.flat):
        return f"{text}."
    layer, share = start.flattest
    return f"{text}, and no layer had more than {_percent(share)} of its units {_word(run)}."


def _word(run: Run) -> str:
    return "off" if run.experiment.activation in RECTIFIERS else "saturated"


def _epochs(run: Run) -> str:
    return f"{run.epoch:,} epoch{'' if run.epoch == 1 else 's'}"


def _times(ratio: float) -> str:
    return f"{_number(ratio)} times" if np.isfinite(ratio) else "infinitely many times"


def _number(value: float) -> str:
    """Two digits, written as people write them."""
    if value >= 1e6:
        return f"10^{np.log10(value):.0f}"
    if value >= 100:
        return f"{float(f'{value:.2g}'):,.0f}"
    return f"{value:.2g}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
