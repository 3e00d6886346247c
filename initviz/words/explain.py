"""Two or three plain sentences on what a run shows and why, computed from the run.

They stand under the picture, and they are its text alternative. What became of the run is said of
the epoch shown; the cause is looked for at its start, because that is where an initialisation acts.
"""

from dataclasses import replace

import numpy as np

from ..measure import standards
from ..measure.layers import activation_statistics, gradient_by_layer, saturation
from ..measure.standards import EQUAL, FEW, MANY, SOME, Learnt, learnt
from ..measure.symmetry import symmetry
from ..networks.activations import ACTIVATIONS
from ..training.run import Run, chance_loss, check_run, guessing_loss
from .numbers import count, how_many, short


def explain(run: Run, epoch: int | None = None) -> str:
    """What happened, and why. ``epoch``: the moment that the picture shows; None is the last.

    >>> import initviz as iv
    >>> iv.explain(iv.train(iv.Experiment(initializer="zeros", epochs=5, restarts=1)))[:52]
    'After 5 epochs the network has learnt nothing: the l'
    """
    check_run(run)
    run = _until(run, run.epoch if epoch is None else run.snapshot_at(epoch))
    start = _Start(run)
    cause = next(filter(None, (find(run, start) for find in CAUSES)), "")
    return f"{outcome(run)} {cause}".strip()


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


def outcome(run: Run, epoch: int | None = None) -> str:
    """How many networks have learnt by ``epoch`` (None is the last), and what guessing gives."""
    if epoch is not None:
        run = _until(run, run.snapshot_at(epoch))
    final, counted, lost = run.losses[-1], learnt(run), run.diverged
    if lost.any():
        who = how_many(lost.sum(), len(lost), "network", "has", "have").capitalize()
        rest = "" if lost.all() else f" {_shares(counted[~lost], others=True)}."
        return f"{who} overflowed: numbers grew beyond what the computer can hold.{rest}"
    losses = f"the loss is {short(final[0])}"
    if len(final) > 1:
        losses = f"the best loss is {short(final.min())}, the median {short(np.median(final))}"
    moment = f"After {count(run.epoch, 'epoch')}" if run.epoch else "Before training"
    return f"{moment} {_shares(counted)}: {losses}, guessing gives {short(guessing_loss(run))}."


def _shares(counted: np.ndarray, others: bool = False) -> str:
    """ "3 of 16 networks have learnt well, 5 a little, 8 nothing"; others: "Of the other 16, …"."""
    levels = {"well": Learnt.WELL, "a little": Learnt.A_LITTLE, "nothing": Learnt.NOTHING}
    numbers = {word: int((counted == level).sum()) for word, level in levels.items()}
    (first, number), *rest = [item for item in numbers.items() if item[1]]
    who, total = how_many(number, len(counted), "network", "has", "have"), len(counted)
    if others:
        who = f"The other {total} have" if total > 1 else "The other one has"
        if rest:
            who = f"Of the other {total}, {number} {'has' if number == 1 else 'have'}"
    return f"{who} learnt {first}" + "".join(f", {more} {word}" for word, more in rest)


class _Start:
    """What is measured on the networks before training.

    gradients: (layers, restarts), rms of d loss / d weight; gradient: (layers,), their median.
    flat: (hidden layers, restarts), share of units with hardly any slope; layer, counted from 1,
        has the most of them, and share is how many; 0 where there is no hidden layer.
    """

    def __init__(self, run: Run) -> None:
        self.network = run.network_at(0)
        self.gradients, self.flat = gradient_by_layer(run, 0), saturation(self.network, run.probe)
        self.gradient = np.median(self.gradients, axis=1)
        self.layer, self.share = _flattest(self.flat)


def _flattest(flat: np.ndarray) -> tuple[int, float]:
    shares = flat.mean(axis=1)
    return (int(shares.argmax()) + 1, float(shares.max())) if len(flat) else (0, 0.0)


# The causes: each gives its sentence, or "" where it is not the one.


def _overflow(run: Run, start: _Start) -> str:
    if not run.diverged.any():
        return ""
    first = int(np.isfinite(run.losses[:, run.diverged]).argmin(axis=0).min())
    if first == 0:
        return "That was so from the start: these weights are too large for this depth and width."
    why = "steps this long, with weights this large, overshoot further every time"
    return f"The first to go went at epoch {first:,}: {why}."


def _equal_units(run: Run, start: _Start) -> str:
    """Units that start equal get equal gradients, and stay equal."""
    hidden = list(zip(start.network.weights[:-1], start.network.biases[:-1], strict=True))
    equal = all(not np.ptp(W, axis=1).any() and not np.ptp(b, axis=1).any() for W, b in hidden)
    if not hidden or not equal or max(start.network.layers[1:-1]) == 1:
        return ""
    text, end = "Every hidden layer began with equal units", run.network_at(run.epoch)
    largest = max(np.abs(W).max() for W in end.weights)
    if symmetry(end).spread.max() > EQUAL * max(1, largest):
        return f"{text}; they have come apart since."
    if all(np.array_equal(W, V) for (W, _), V in zip(hidden, end.weights, strict=False)):
        why = "the gradient that reaches them is zero"
        return f"{text}, and not one of their weights has moved: {why}."
    work = "each layer still does the work of a single unit"
    return f"{text}. Equal units get equal gradients, so {work}."


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
    layer, share = _flattest(start.flat[:, zero])
    if share > MANY:
        return f"{text}: in layer {layer}, {share:.0%} of the units were saturated."
    return f"{text}: nothing of it was left on its way through the layers."


def _overshoot(run: Run, start: _Start) -> str:
    before, after = _losses(run)
    if after <= standards.ROUNDING * max(before, guessing_loss(run)):
        return ""
    rise, why = f"from {short(before)} to {short(after)}", "the steps are too long"
    return f"The median loss has risen since the start, {rise}: {why} for this loss surface."


def _losses(run: Run) -> tuple[float, float]:
    """The medians before training and in the end."""
    return float(np.median(run.losses[0])), float(np.median(run.losses[-1]))


def _saturation(run: Run, start: _Start) -> str:
    if ACTIVATIONS[run.experiment.activation].rectifies or start.share < MANY:
        return ""
    text = f"Layer {start.layer}: {start.share:.0%} of the units were saturated at the start"
    gradient, deep = start.gradient, len(start.flat) > 1
    last = gradient[-2] if deep else gradient[-1]  # the output layer's own counts differently
    if last > standards.FADING * gradient[0]:
        where = f"layer {len(start.flat)}" if deep else "the output"
        times = _times(last / gradient[0])
        return f"{text}, so the gradient that reached layer 1 was {times} smaller than at {where}."
    others = "the few others steer alone, and learning is rough"
    return f"{text}. Those pass hardly any gradient; {others}."


def _fading(run: Run, start: _Start) -> str:
    first, last = start.gradient[0], start.gradient[-1]
    if not last > standards.FADING * first:
        return ""
    few = "Few" if start.share < SOME else f"At most {start.share:.0%} of a layer's"
    return (
        f"{few} units were saturated at the start, and yet the gradient that reached layer 1 "
        f"was {_times(last / first)} smaller than at the output: every layer multiplies it by its "
        f"weights and by a slope of at most {ACTIVATIONS[run.experiment.activation].steepest:.2g}."
    )


def _times(ratio: float) -> str:
    return f"{short(ratio)} times" if np.isfinite(ratio) else "infinitely many times"


def _faintness(run: Run, start: _Start) -> str:
    if not len(start.flat) or start.gradient[:-1].max() > standards.FAINT:
        return ""
    gradient = short(start.gradient[:-1].max())
    signal = short(np.median(activation_statistics(start.network, run.probe).std[-2]))
    text = f"At the start the gradient was tiny in every hidden layer, {gradient} at most"
    last = f"the activations of the last hidden layer varied by {signal} only"
    return f"{text}, because the signal fades on its way forward: {last}."


def _explosion(run: Run, start: _Start) -> str:
    before, _ = _losses(run)
    if not before > standards.EXPLOSIVE * chance_loss(run):
        return ""
    why = "weights this large make the outputs large, and the steps with them"
    return f"The start was far off, a median loss of {short(before)}: {why}."


def _undershoot(run: Run, start: _Start) -> str:
    if run.epoch == 0 or np.median(learnt(run)) > Learnt.NOTHING:
        return ""
    before, after = map(short, _losses(run))
    steps = f"{count(run.epoch, 'epoch')} of steps this short were not enough"
    return f"The start was sound, but {steps}: the median loss went from {before} to {after}."


def _health(run: Run, start: _Start) -> str:
    if not len(start.flat):  # nothing to compare
        return ""
    least, largest, share = start.gradient.min(), start.gradient.max(), start.share
    if least > 0:
        text = f"the gradients of all layers lay within a factor of {short(largest / least)}"
    else:
        text = f"the gradient of layer {start.gradient.argmin() + 1} was exactly zero"
    most = "hardly any unit was" if share < FEW else f"at most {share:.0%} of a layer's units were"
    return f"At the start {text}, and {most} saturated."


CAUSES = (_overflow, _equal_units, _zero_gradient, _overshoot, _saturation)
CAUSES += (_fading, _faintness, _explosion, _undershoot, _health)
