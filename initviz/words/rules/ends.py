"""Where a model meets its data: the targets, the loss, and the first step."""

from collections.abc import Iterator
from math import hypot, nan, sqrt

from ...measure import standards
from ...measure.examination import Examination
from ..numbers import short
from .finding import LOOK, SERIOUS, Finding, finding, level_of

STANDARDISE = "{0} = ({0} - {0}.mean(0)) / ({0}.std(0) + 1e-6)"


def targets(e: Examination) -> Iterator[Finding]:
    """Targets that lie far from the model's outputs, though these are of a usual size."""
    level = first_loss(e)
    squares = e.loss_name in ("mse_loss", "mean_squared_error", "squared_error")
    if not squares or not e.matrices:
        return
    last, away, vary = e.matrices[-1], sqrt(e.loss), sqrt(e.guessing)
    if vary > standards.INPUTS:
        said = f"The targets vary by {short(vary)} (std), and models are made for about 1."
        yield finding("targets", LOOK, [last], said, STANDARDISE.format("y"))
    elif level and hypot(last.output_mean, e.output_spread) < away / standards.FAR:
        where = f"The targets are {short(away)} away from the model's outputs (rms)"
        said = f"{where}, and vary by only {short(vary)}: their mean is far from 0."
        yield finding("targets", level, [last], said, STANDARDISE.format("y"))


def loss(e: Examination) -> Iterator[Finding]:
    """A first loss that is far above that of chance."""
    level = first_loss(e)
    if level and e.matrices:
        last, why = e.matrices[-1], "the model is sure before it has learnt anything"
        said = f"The first loss is {losses(e)}: {why}."
        yield finding("loss", level, [last], said, e.mends.shrink(last))


def first_loss(e: Examination) -> str:
    return level_of("loss", e.loss / e.chance if e.chance else nan)


def losses(e: Examination) -> str:
    return f"{short(e.loss)}, where knowing nothing gives {short(e.chance)}"


def twice(e: Examination) -> Iterator[Finding]:
    """A softmax or a sigmoid at the end of a model, and another one in the loss."""
    mends = {
        "softmax": "loss = lambda p, y: torch.nn.functional.nll_loss(p.log(), y)",
        "sigmoid": "loss = torch.nn.functional.binary_cross_entropy",
    }
    if e.twice:
        another = f"ends in a {e.twice}, and {e.loss_name} applies another one"
        said = f"The model {another}: give it the outputs without, or take a loss without."
        yield Finding("twice", LOOK, said, mends[e.twice], ())


def update(e: Examination) -> Iterator[Finding]:
    """A first step that is longer than the weights themselves, where a learning rate was told."""
    long = [x for x in e.matrices if e.rate_told and x.update > standards.ZONES["update"][1]]
    if long:
        worst = max(long, key=lambda layer: layer.update)
        level = SERIOUS if worst.update > standards.LONG else LOOK
        rate, right = e.learning_rate, e.learning_rate * standards.A_STEP / worst.update
        step = f"the first step of plain gradient descent is {short(worst.update)} times as long"
        said = f"At a learning rate of {short(rate)}, {step} as the weights of `{worst.name}`."
        yield finding("update", level, long, said, f"learning_rate = {right:.1g}")
