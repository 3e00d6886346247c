"""Two or three plain sentences on what a run shows and why, computed from the run.

They stand under the picture, and they are its text alternative. What became of the run is said of
the epoch shown; the cause is looked for at its start, because that is where an initialisation acts.
"""

from dataclasses import replace
from math import ceil

import numpy as np

from ..measure import standards
from ..measure.examination import size_of_inputs
from ..measure.layers import activation_statistics, gradient_by_layer, passing_little
from ..measure.standards import EQUAL, FEW, MANY, SOME, Learnt, learnt, misjudging, saturated_word
from ..measure.symmetry import symmetry
from ..networks.activations import ACTIVATIONS
from ..networks.network import forward
from ..training.run import Run, chance_loss, check_run, guessing_loss
from .numbers import INFINITE, after, count, how_many, how_many_times, short, some_of


@np.errstate(all="ignore")
def explain(run: Run, epoch: int | None = None) -> str:
    """What happened, and why. ``epoch``: the moment that the picture shows; None is the last.

    >>> import initviz as iv
    >>> iv.explain(iv.train(iv.Experiment(initializer="zeros", epochs=5, restarts=1)))[:52]
    'After 5 epochs the network has learnt nothing: the l'
    """
    check_run(run)
    said, run = outcome(run, epoch), _until(run, epoch)
    start, causes = _Start(run), CAUSES if guessing_loss(run) else (_overflow,)
    cause = next(filter(None, (find(run, start) for find in causes)), "")
    return f"{said} {cause}".strip()


def _until(run: Run, epoch: int | None) -> Run:
    """The run as if ``epoch`` had been its last; only its losses end there."""
    return run if epoch is None else replace(run, losses=run.losses[: run.snapshot_at(epoch) + 1])


def outcome(run: Run, epoch: int | None = None) -> str:
    """How many networks have learnt by ``epoch`` (None is the last), and what guessing gives."""
    whole, run = run, _until(run, epoch)
    final, counted, lost = run.losses[-1], learnt(run), run.diverged
    if lost.any():
        who = how_many(lost.sum(), len(lost), "network", "has", "have").capitalize()
        rest = "" if lost.all() else f" {_shares(counted[~lost], others=True)}."
        return f"{who} overflowed: numbers grew beyond what the computer can hold.{rest}"
    if guessing_loss(run) == 0 and np.ptp(run.dataset.y, axis=0).any():
        return "The targets differ by so little that its square is 0 to the computer: scale them."
    if guessing_loss(run) == 0:
        return "All targets are equal: one guess is always right, and there is nothing to learn."
    losses = f"the loss is {short(final[0])}"
    if len(final) > 1:
        losses = f"the best loss is {short(final.min())}, the median {short(np.median(final))}"
    moment = f"{after(run.epoch)} {_shares(counted)}:" if run.epoch else f"{after(0)},"
    said = f"{moment} {losses}; guessing gives {short(guessing_loss(run))}."
    return f"{said} {_rightly(whole, run.epoch)}".rstrip()


def _rightly(run: Run, epoch: int) -> str:
    """Where nothing is learnt: why the network whose decision is shown is often right all the same.

    It is the one that is best in the end.
    """
    found = misjudging(run, epoch)
    if not found or learnt(run, epoch).any():
        return ""
    assert run.accuracies is not None  # there are classes
    right = f"{run.accuracies[epoch, run.best]:.0%} of the samples right"
    best = "The best one gets" if epoch == run.epoch else "The one that ends best gets"
    who = best if len(run.losses[-1]) > 1 else "It gets"
    how = "so unsure that its loss is hardly better than guessing"
    if found == "too sure":
        how = "so sure where it is wrong that its loss is hardly better than guessing"
        if run.losses[epoch, run.best] > guessing_loss(run):
            how = "so sure where it is wrong that its loss is no better than guessing"
    return f"{who} {right}, but is {how}."


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
    """What is measured on the networks before training, and the median loss ``before`` and after.

    gradients: (layers, restarts), rms of d loss / d weight; gradient: (layers,), their median.
    flat: (hidden layers, restarts), see ``passing_little``; share is how many the layer has that
        has the most of them; 0 where there is no hidden layer. word: what they are called.
    barring: the same without the layers that a skip goes around.
    """

    def __init__(self, run: Run) -> None:
        self.network = run.network_at(0)
        self.gradients = gradient_by_layer(run, 0)
        self.gradient = np.median(self.gradients, axis=1)
        self.flat = passing_little(self.network, run.probe)
        self.word = saturated_word(run.experiment.activation)
        _, self.share = _flattest(self.flat)
        self.barring = _barring(self.flat, self.network.skips)
        self.before, self.after = (float(np.median(run.losses[n])) for n in (0, -1))


def _barring(flat: np.ndarray, skips: tuple[int, ...]) -> np.ndarray:
    """``passing_little``, and 0 where the gradient has another way."""
    bypassed = np.isin(np.arange(len(flat)), skips)
    return np.where(bypassed[:, np.newaxis], 0, flat)


def _flattest(flat: np.ndarray) -> tuple[int, float]:
    shares = flat.mean(axis=1)
    return (int(shares.argmax()) + 1, float(shares.max())) if len(flat) else (0, 0.0)


# The causes: each gives its sentence, or "" where it is not the one.


def _overflow(run: Run, start: _Start) -> str:
    if not run.diverged.any():
        return ""
    first = int(np.isfinite(run.losses).all(axis=1).argmin())
    if first == 0:
        return f"That was so from the start: {_too_large(run)}.{_scaled(run)}"
    why = "steps this long overshoot, and each time by more"
    return f"The first overflow came at epoch {first:,}: {why}.{_scaled(run, shorter=True)}"


def _scaled(run: Run, shorter: bool = False) -> str:
    """What helps where nobody has scaled the targets of a regression. shorter: steps, too."""
    size = np.sqrt(np.mean(np.square(run.dataset.y)))
    if run.dataset.task != "regression" or not size > standards.FAR:
        return ""
    remedy = "Scale the targets to a mean of 0 and a standard deviation of 1"
    return f" {remedy}, or take a smaller learning rate." if shorter else f" {remedy}."


def _too_large(run: Run) -> str:
    """What makes the first loss so large; said of weights only where nothing else is to blame."""
    outputs = np.median(np.abs(forward(run.network_at(0), run.probe)[-1]))
    far = np.abs(run.probe_targets).max() / standards.FAR
    if run.dataset.task == "regression" and outputs < far:
        return "the targets are too far from the outputs"
    if size_of_inputs(run.probe) > standards.INPUTS:
        return "the numbers in X are too large"
    e = run.experiment
    if e.norm != "none" and not e.skip:  # it forgives the size of all weights in front of it
        return "the output layer's weights are too large for its width"
    others = " and what the skips add are" if e.skip else " are"
    return f"these weights{others} too large for this depth and width"


def equal_units(run: Run, start: object = None) -> str:
    """Units that start exactly equal, and so do those that they go to, stay equal."""
    first, end = run.network_at(0), run.network_at(run.epoch)
    if max(first.layers[1:-1], default=1) == 1 or (symmetry(first).distinct > 1).any():
        return ""
    text = "Every hidden layer began with equal units"
    largest = max(np.abs(W).max() for W in end.weights)
    if symmetry(end).spread.max() > EQUAL * max(1, largest):
        return f"{text}; they have come apart since."
    going_out = any(np.ptp(W, axis=2).any() for W in first.weights[1:])
    if going_out or (symmetry(first, tolerance=0).distinct > 1).any():
        if not gradient_by_layer(run, 0)[:-1].any():
            return ""  # nothing moves: another cause says why
        return f"{text}. Their gradients differ, so they part, though it does not show yet."
    why = ". Equal units get equal gradients, so each layer still does the work of a single unit"
    hidden = zip(first.weights[:-1], end.weights, strict=False)
    if run.epoch and all(np.array_equal(W, V) for W, V in hidden):
        why = ", and not one of their weights has moved: the gradient that reaches them is zero"
    return f"{text}{why}, and more epochs would not change that."


def _zero_gradient(run: Run, start: _Start) -> str:
    zero = start.gradients[0] == 0
    if not zero.any():
        return ""
    who = "this network" if len(zero) == 1 else some_of(zero.sum(), len(zero), "network")
    text = f"In {who} the gradient that reached layer 1 at the start was exactly zero"
    above = [n for n in range(1, len(start.network.weights)) if n not in start.network.skips]
    empty = [n + 1 for n in above if not start.network.weights[n][zero].any()]
    if empty:
        where = "the output layer" if empty[-1] > len(start.flat) else f"layer {empty[-1]}"
        text = f"{text}: all weights of {where} were 0, and what is multiplied by 0 is gone."
        return text + _back_again(run, zero)
    layer, share = _flattest(start.barring[:, zero])
    if share > MANY:
        return f"{text}: in layer {layer}, {share:.0%} of the units were {start.word}."
    return f"{text}: nothing of it was left on its way through the layers."


def _back_again(run: Run, zero: np.ndarray) -> str:
    """Zeros can move, and then the gradient passes."""
    if run.epoch == 0 or not gradient_by_layer(run, run.epoch)[0, zero].all():
        return ""
    return f" By epoch {run.epoch:,} these have moved, and the gradient gets through."


def _single_samples(run: Run, start: _Start) -> str:
    e = run.experiment
    if not run.epoch or e.norm != "batch" or e.batch_size != 1 or not len(start.flat):
        return ""
    left = "and of a batch of one sample that leaves nothing: no gradient reached the hidden layers"
    return f"A batch norm takes the mean of each batch away, {left}."


def _overshoot(run: Run, start: _Start) -> str:
    if start.after <= standards.ROUNDING * max(start.before, guessing_loss(run)):
        return ""
    rise, why = f"from {short(start.before)} to {short(start.after)}", "the steps are too long"
    said = f"The median loss has risen since the start, {rise}: {why} for this loss surface."
    return said + _scaled(run, shorter=True)


def _saturation(run: Run, start: _Start) -> str:
    usual = ACTIVATIONS[run.experiment.activation].rectifies  # half of them may be
    layer, share = _flattest(start.barring)
    if share < (standards.NEARLY_ALL if usual else MANY):
        return ""
    text = f"In layer {layer}, {share:.0%} of the units were {start.word} at the start"
    gradient, deep = start.gradient, len(start.flat) > 1
    last = gradient[-2] if deep else gradient[-1]  # the output layer's own counts differently
    if last > standards.FADING * gradient[0]:
        where = f"layer {len(start.flat)}" if deep else "the output"
        times = how_many_times(gradient[0] / last)
        return f"{text}, so the gradient that reached layer 1 was {times} than at {where}."
    others = "" if f"{share:.0%}" == "100%" else ": nearly all of it comes through the others"
    return f"{text}. They let hardly any gradient through{others}."


def _fading(run: Run, start: _Start) -> str:
    first, last = start.gradient[0], start.gradient[-1]
    if not last > standards.FADING * first:
        return ""
    steepest = ACTIVATIONS[run.experiment.activation].steepest
    divided = (
        "" if run.experiment.norm == "none" else ", and its norm divides it by the size of the sums"
    )
    return (
        f"{_few_units(start.share)} {start.word} at the start, and yet the gradient that reached "
        f"layer 1 was {how_many_times(first / last)} than at the output: every layer multiplies "
        f"it by its weights and by a slope of at most {steepest:.2g}{divided}."
    )


def _few_units(share: float) -> str:
    if share < SOME:
        return "Hardly any unit was" if share < FEW else "Few units were"
    return f"At most {share:.0%} of a layer's units were"


def _faintness(run: Run, start: _Start) -> str:
    if not len(start.flat) or start.gradient[:-1].max() > standards.FAINT:
        return ""
    gradient = short(start.gradient[:-1].max())
    signal = short(np.median(activation_statistics(start.network, run.probe).std[-2]))
    text = f"At the start the gradient was tiny in every hidden layer, {gradient} at most"
    last = f"what the last hidden layer says varied by only {signal}"
    return f"{text}, because the signal fades on its way forward: {last}."


def _explosion(run: Run, start: _Start) -> str:
    if not start.before > standards.SERIOUS["loss"][1] * chance_loss(run):
        return ""
    why = f"{_too_large(run)}.{_scaled(run)}"
    return f"The start was far off, a median loss of {short(start.before)}: {why}"


def _growing(run: Run, start: _Start) -> str:
    """As behind batch norms, which forgive the size of the signal alone."""
    first, last = start.gradient[0], start.gradient[-1]
    if not first > standards.SERIOUS["gradient"][1] * last:
        return ""
    if run.epoch == 0 or np.median(learnt(run)) > Learnt.NOTHING:
        return ""
    text = "The gradient grew on its way back: when training began, it was"
    by_size = run.experiment.optimizer == "sgd"  # Adam's steps are as long whatever it is
    steps = ", so no step is long enough for one and short enough for the other"
    times = how_many_times(first / last)
    return f"{text} {times} in layer 1 than at the output{steps if by_size else ''}."


def _lost_units(run: Run, start: _Start) -> str:
    """Units that the steps themselves have driven to where they pass nothing."""
    if run.epoch == 0 or np.median(learnt(run)) > Learnt.NOTHING:
        return ""
    end = run.network_at(run.epoch)
    layer, share = _flattest(_barring(passing_little(end, run.probe), end.skips))
    if share < MANY:
        return ""
    units = f"{share:.0%} of the units of layer {layer}"
    return (
        f"The start was sound, but by epoch {run.epoch:,} the steps have left {units} {start.word}."
    )


def _undershoot(run: Run, start: _Start) -> str:
    if run.epoch == 0 or np.median(learnt(run)) > Learnt.NOTHING:
        return ""
    e, samples = run.experiment, len(run.dataset.X)
    warming = e.warmup > run.epoch * ceil(samples / (e.batch_size or samples))
    why = " (the warm-up was not over)" if warming else ""
    steps = f"steps this short{why} were not enough in {count(run.epoch, 'epoch')}"
    went = f"went from {short(start.before)} to {short(start.after)}"
    return f"The start was sound, but {steps}: the median loss {went}."


def _health(run: Run, start: _Start) -> str:
    if not len(start.flat):  # nothing to compare
        return ""
    least, largest, share = start.gradient.min(), start.gradient.max(), start.share
    if least > 0:
        ratio = short(largest / least, INFINITE)
        text = f"the largest gradient of a layer was {ratio} times the smallest"
    else:
        text = f"the gradient of layer {start.gradient.argmin() + 1} was exactly zero"
    most = "hardly any unit was"
    if share >= FEW:
        most = f"at most {share:.0%} of the units of any layer were"
    return f"At the start {text}, and {most} {start.word}."


CAUSES = (_overflow, _single_samples, equal_units, _zero_gradient, _overshoot, _saturation)
CAUSES += (_fading, _faintness, _explosion, _growing, _lost_units, _undershoot, _health)
