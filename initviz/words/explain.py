"""Two or three plain sentences on what a run shows and why, computed from the run.

They stand under the picture, and they are its text alternative. What became of the run is said of
the epoch shown; the cause is looked for at its start, because that is where an initialisation acts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..measure.layers import activation_statistics, gradient_statistics, saturation
from ..measure.standards import EQUAL, FEW, MANY, Learnt, learnt
from ..measure.symmetry import symmetry
from ..networks.activations import ACTIVATIONS
from ..networks.network import Network
from ..training.run import Run, chance_loss, check_run, guessing_loss
from .numbers import short

SILENT = 30  # the gradient gets so many times smaller from the output to the first layer
EXPLOSIVE = 10  # a start so many times worse than chance
FAINT = 1e-4  # rms of a gradient below which nothing moves within some hundred steps


def explain(run: Run, epoch: int | None = None) -> str:
    """What happened, and why. ``epoch``: the moment that the picture shows; None is the last.

    >>> import initviz as iv
    >>> iv.explain(iv.train(iv.Experiment(initializer="zeros", epochs=5, restarts=1)))[:52]
    'After 5 epochs the network has learnt nothing: the l'
    """
    check_run(run)
    run = _until(run, run.epoch if epoch is None else run.snapshot_at(epoch))
    start = _Start.of(run)
    causes = (
        _overflow,
        _equal_units,
        _zero_gradient,
        _overshoot,
        _saturation,
        _silence,
        _faintness,
        _explosion,
        _undershoot,
        _health,
    )
    cause = next(text for text in (find(run, start) for find in causes) if text)
    return f"{outcome(run)} {cause}"


def _until(run: Run, epoch: int) -> Run:
    """The run as it was when ``epoch``, whose weights were kept, was done."""
    kept = np.searchsorted(run.snapshots, epoch) + 1
    return replace(
        run,
        losses=run.losses[: epoch + 1],
        accuracies=None if run.accuracies is None else run.accuracies[: epoch + 1],
        snapshots=run.snapshots[:kept],
        weights=tuple(W[:kept] for W in run.weights),
        biases=tuple(b[:kept] for b in run.biases),
    )


@dataclass(frozen=True)
class _Start:
    """What is measured on the networks before training."""

    network: Network
    gradients: np.ndarray  # (layers, restarts), rms of d loss / d weight
    flat: np.ndarray  # (hidden layers, restarts), share of units with hardly any slope

    @classmethod
    def of(cls, run: Run) -> _Start:
        network = run.network_at(0)
        gradients = gradient_statistics(network, run.probe, run.probe_targets, run.loss_name).rms
        return cls(network, gradients, saturation(network, run.probe))

    @property
    def typical_gradient(self) -> np.ndarray:
        """(layers,), the median of the restarts."""
        return np.median(self.gradients, axis=1)


def outcome(run: Run, epoch: int | None = None) -> str:
    """How many networks have learnt by ``epoch`` (None is the last), and what guessing gives."""
    if epoch is not None:
        run = _until(run, run.snapshot_at(epoch))
    final, diverged = run.losses[-1], run.diverged
    lost = int(diverged.sum())
    if lost:
        who, left = _who(lost, len(final)).capitalize(), len(final) - lost
        rest = f" Of the other {left}, {_shares(learnt(run)[~diverged])}." if left else ""
        return f"{who} overflowed: numbers grew beyond what the computer can hold.{rest}"
    counted = learnt(run)
    losses = f"the loss is {short(final[0])}"
    if len(final) > 1:
        losses = f"the best loss is {short(final.min())}, the median {short(np.median(final))}"
    who = _shares(counted)
    if (counted == counted[0]).all():
        who = f"{_who(len(final), len(final))} learnt {_LEARNT[counted[0]]}"
    moment = f"After {_epochs(run)}" if run.epoch else "Before training"
    return f"{moment} {who}: {losses}, guessing gives {short(guessing_loss(run))}."


_LEARNT = {Learnt.WELL: "well", Learnt.A_LITTLE: "a little", Learnt.NOTHING: "nothing"}


def _shares(counted: np.ndarray) -> str:
    """ "3 of 16 networks have learnt well, 5 a little, 8 nothing"."""
    numbers = {word: int((counted == level).sum()) for level, word in _LEARNT.items()}
    (first, number), *others = [item for item in numbers.items() if item[1]]
    more = "".join(f", {count} {word}" for word, count in others)
    return f"{_who(number, len(counted))} learnt {first}{more}"


def _who(some: int, networks: int) -> str:
    """ "the network has", "all 16 networks have", "7 of 16 networks have"."""
    if networks == 1:
        return "the network has"
    some_of_them = f"all {networks}" if some == networks else f"{some} of {networks}"
    return f"{some_of_them} networks {'has' if some == 1 else 'have'}"


def _overflow(run: Run, start: _Start) -> str:
    if not run.diverged.any():
        return ""
    first = int(np.isfinite(run.losses[:, run.diverged]).argmin(axis=0).min())
    if first == 0:
        return "That was so from the start: these weights are too large for this depth and width."
    return (
        f"The first to go went at epoch {first:,}: steps this long, with weights this large, "
        "overshoot further every time."
    )


def _equal_units(run: Run, start: _Start) -> str:
    """Units that start equal get equal gradients, and stay equal."""
    hidden = list(zip(start.network.weights[:-1], start.network.biases[:-1], strict=True))
    alike = all(not np.ptp(W, axis=1).any() and not np.ptp(b, axis=1).any() for W, b in hidden)
    if not hidden or not alike or max(start.network.layers[1:-1]) == 1:
        return ""
    end = run.network_at(run.epoch)
    largest = max(np.abs(W).max() for W in end.weights)
    if symmetry(end).spread.max() > EQUAL * max(1, largest):
        return "Every hidden layer began with equal units; they have come apart since."
    if all(np.array_equal(W, V) for (W, _), V in zip(hidden, end.weights, strict=False)):
        return (
            "Every hidden layer began with equal units, and not one of their weights has moved: "
            "the gradient that reaches them is zero."
        )
    return (
        "Every hidden layer began with equal units. Equal units get equal gradients, "
        "so each layer still does the work of a single unit."
    )


def _zero_gradient(run: Run, start: _Start) -> str:
    zero = start.gradients[0] == 0
    if not zero.any():
        return ""
    who = "In this network" if len(zero) == 1 else f"In {zero.sum()} of {len(zero)} networks"
    text = f"{who} the gradient that reached layer 1 at the start was exactly zero"
    empty = [n for n, W in enumerate(start.network.weights, start=1) if not W[zero].any()]
    if empty:
        where = "the output layer" if empty[-1] > len(start.flat) else f"layer {empty[-1]}"
        return f"{text}: all weights of {where} are 0, and what is multiplied by 0 is gone."
    layer, share = _flattest(start.flat[:, zero]) if len(start.flat) else (0, 0.0)
    if share > MANY:
        return f"{text}: in layer {layer}, {share:.0%} of the units were saturated."
    return f"{text}: nothing of it was left on its way through the layers."


def _saturation(run: Run, start: _Start) -> str:
    if ACTIVATIONS[run.experiment.activation].rectifies or not len(start.flat):
        return ""
    layer, share = _flattest(start.flat)
    if share < MANY:
        return ""
    text = f"Layer {layer}: {share:.0%} of the units were saturated at the start"
    gradient, deep = start.typical_gradient, len(start.flat) > 1
    last = gradient[-2] if deep else gradient[-1]  # the output layer's own counts differently
    if last > SILENT * gradient[0]:
        where = f"layer {len(start.flat)}" if deep else "the output"
        times = _times(last / gradient[0])
        return f"{text}, so the gradient that reached layer 1 was {times} smaller than at {where}."
    return (
        f"{text}. Those pass hardly any gradient; the few others steer alone, "
        "and learning is rough."
    )


def _silence(run: Run, start: _Start) -> str:
    gradient = start.typical_gradient
    if not gradient[-1] > SILENT * gradient[0]:
        return ""
    slope = ACTIVATIONS[run.experiment.activation].steepest
    times, (_, share) = _times(gradient[-1] / gradient[0]), _flattest(start.flat)
    few = "Few" if share < 0.1 else f"At most {share:.0%} of a layer's"
    return (
        f"{few} units were saturated at the start, and yet the gradient that reached layer 1 "
        f"was {times} smaller than at the output: every layer multiplies it by its weights "
        f"and by a slope of at most {slope:.2g}."
    )


def _faintness(run: Run, start: _Start) -> str:
    gradient = start.typical_gradient
    if not len(start.flat) or gradient[:-1].max() > FAINT:
        return ""
    signal = np.median(activation_statistics(start.network, run.probe).std[-2])
    return (
        f"At the start the gradient was tiny in every hidden layer, {short(gradient[:-1].max())} "
        "at most, because the signal fades on its way forward: the activations of the last hidden "
        f"layer varied by {short(signal)} only."
    )


def _explosion(run: Run, start: _Start) -> str:
    loss = np.median(run.losses[0])
    if not loss > EXPLOSIVE * chance_loss(run):
        return ""
    return (
        f"The start was far off, a median loss of {short(loss)}: weights this large make the "
        "outputs large, and the steps with them."
    )


def _overshoot(run: Run, start: _Start) -> str:
    before, after = np.median(run.losses[0]), np.median(run.losses[-1])
    if after <= 1.01 * max(before, guessing_loss(run)):  # less than that may be rounding
        return ""
    return (
        f"The median loss has risen since the start, from {short(before)} to {short(after)}: "
        "the steps are too long for this loss surface."
    )


def _undershoot(run: Run, start: _Start) -> str:
    before, after = np.median(run.losses[0]), np.median(run.losses[-1])
    if run.epoch == 0 or np.median(learnt(run)) > Learnt.NOTHING:
        return ""
    return (
        f"The start was sound, but {_epochs(run)} of steps this short were not enough: "
        f"the median loss went from {short(before)} to {short(after)}."
    )


def _health(run: Run, start: _Start) -> str:
    gradient = start.typical_gradient
    ratio = short(gradient.max() / gradient.min()) if gradient.min() > 0 else "10 or more"
    text = f"At the start the gradients of all layers lay within a factor of {ratio}"
    if not len(start.flat):
        return f"{text}."
    _, share = _flattest(start.flat)
    most = "hardly any unit was" if share < FEW else f"at most {share:.0%} of a layer's units were"
    return f"{text}, and {most} saturated."


def _flattest(flat: np.ndarray) -> tuple[int, float]:
    """The hidden layer, counted from 1, with the most units without slope, and their share."""
    shares = flat.mean(axis=1)
    return int(shares.argmax()) + 1, float(shares.max())


def _epochs(run: Run) -> str:
    return f"{run.epoch:,} epoch{'' if run.epoch == 1 else 's'}"


def _times(ratio: float) -> str:
    return f"{short(ratio)} times" if np.isfinite(ratio) else "infinitely many times"
