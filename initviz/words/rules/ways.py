"""What becomes of the batch, and of the gradient, on their way."""

from collections.abc import Iterator
from math import inf, isfinite, isnan

from ...measure import standards
from ...measure.examination import Examination, Layer, misfit
from ...networks.activations import ACTIVATIONS
from ..numbers import CALLED, how_many_times, listed, share, short
from .ends import STANDARDISE, loss
from .excuses import arrives, gates, inner_of, is_behind_a_block, is_excused, is_normed_later, seen
from .finding import LOOK, SERIOUS, Finding, calm, finding, level_of, named, rank, redraw
from .weights import sizes


def not_finite(e: Examination) -> Iterator[Finding]:
    """Weights or biases that are NaN or infinite, or else outputs, the loss, or gradients."""
    drawn = [layer for layer in e.layers if layer.parameter and not isfinite(layer.weight_rms)]
    biased = [layer for layer in e.layers if abs(layer.bias_mean) == inf]
    outputs = [layer for layer in e.layers if layer.output_std == inf][:1]
    steep = [layer for layer in e.layers if layer.gradient_rms == inf]
    ill, mend = drawn or biased or outputs, ""
    if drawn:
        said, mend = f"The weights of {named(ill)} are", redraw(e, ill)
    elif biased:
        said, mend = f"The biases of {named(ill)} are", e.mends.unbias(ill)
    elif outputs:
        drawn = [layer for layer in e.layers if layer.role == "matrix" and layer.trainable]
        said, mend = f"{named(ill)} is the first layer whose outputs are", redraw(e, drawn)
    elif e.loss_name and not isfinite(e.loss):
        said = "Every layer's outputs are finite, but the loss is"
    elif steep:
        ill, said = steep, f"The loss is finite, but the gradients of {named(steep)} are"
    else:
        return
    yield finding("not finite", SERIOUS, ill, f"{said} not finite (NaN or infinite).", mend)


def inputs(e: Examination) -> Iterator[Finding]:
    """Inputs of an unusual size, where something else has come of it."""
    if e.input_normed or not misfit(e.input_size) > standards.INPUTS:
        return
    effects = [effect for rule in (sizes, saturated, gradient, signal, loss) for effect in rule(e)]
    what = "large" if e.input_size > 1 else "small"
    numbers = f"The numbers in X are {what}: their rms is {short(e.input_size)}"
    if effects:
        worst = min(effects, key=rank)
        said = f"{numbers}, and layers are made for about 1. {worst.sentence}"
        yield Finding("inputs", worst.level, said, STANDARDISE.format("X"), worst.layers)
    elif misfit(e.input_size) > standards.HUGE:
        said = f"{numbers} where they reach the first layer, and layers are made for about 1."
        yield Finding("inputs", LOOK, said, STANDARDISE.format("X"), ())


def saturated(e: Examination) -> Iterator[Finding]:
    """Units that pass hardly any gradient: saturated, or dead."""
    many = share(standards.ZONES["saturated"][1])
    for word, said_of_it in CALLED.items():
        called = [x for x in e.layers if x.dead_word == word and not is_behind_a_block(e, x)]
        called = [x for x in called if x.kind != "softplus"]  # a gate that starts nearly closed
        ill = [layer for layer in called if level_of("saturated", layer.saturated)]
        if ill:
            worst = max(ill, key=lambda layer: layer.saturated)
            others = [layer for layer in ill if layer is not worst]
            more = f"; more than {many} are in {named(others)}" if others else ""
            said = f"In `{worst.name}`, {worst.saturated:.0%} of the units are {said_of_it}{more}."
            pushed = [x for x in ill if x.bias_mean < -standards.BIASED * x.weight_std]
            drawn = [layer for layer in ill if layer.role == "matrix"] or e.matrices
            mend = e.mends.unbias(pushed) if pushed else redraw(e, drawn)
            level = level_of("saturated", worst.saturated)
            if word == "saturated" and all(x.role == "activation" for x in ill) and arrives(e):
                level = LOOK  # it may be beside the way
            yield finding("saturated", level, ill, said, mend)


RECURRENT = ("weight_hh", "recurrent_kernel")  # what takes the state of the step before


def gradient(e: Examination) -> Iterator[Finding]:
    """No gradient at all, or one that fades or explodes on its way back."""
    drawn = [layer for layer in e.matrices if not layer.zero]
    none = [layer for layer in drawn if layer.gradient_rms == 0 and not is_excused(e, layer)]
    again = [x for x in drawn if any(word in x.parameter for word in RECURRENT)]
    if len(again) < len(drawn) and all(x.gradient_rms == 0 for x in again):
        none = [x for x in none if x not in again]  # sequences of one step have no step before
    if none:
        said = f"No gradient reaches {named(none)}: it is exactly 0."
        passed = [x for x in drawn if x.gradient_rms > 0]
        aside = all(any(e.leads(x, layer) for x in passed) for layer in none)
        said += " The loss does not look at what they give." if aside else ""
        yield finding("gradient", LOOK if aside else SERIOUS, none, said, redraw(e, e.matrices))
        return
    ratio, mends = e.gradient_ratio, (mend := redraw(e, e.matrices),)
    level = level_of("gradient", ratio)
    if not level or ratio == 0:
        return
    first, last = e.ends
    if ratio > 1 and is_normed_later(e, first):
        yield from _between_norms(e)
        return
    if ratio < 1 and any(gates(e)):
        return  # branches open later
    if level == LOOK and first.bypassed:
        return  # a branch may be faint
    gradients = f"the gradient of `{first.name}` is {how_many_times(ratio)} than that of"
    said = f"Relative to their weights, {gradients} `{last.name}`."
    inner = [layer for layer in e.layers if not layer.last]
    bent = [layer for layer in inner if "sigmoid" in (layer.activation, layer.kind)]
    if ratio < 1 and len(bent) >= len(e.matrices) / 2:
        slope = f"{ACTIVATIONS['sigmoid'].steepest:.2g}"
        said += f" The slope of a sigmoid is at most {slope}, and there are {len(bent)} in a row."
        mends = (bend := e.mends.bend(bent), f"{bend}\n{mend}".strip())
    yield finding("gradient", level, [first], said, *mends)


def _between_norms(e: Examination) -> Iterator[Finding]:
    """A gradient that explodes between norms, which without skips it does whatever the weights.

    A little of it is harmless: weights before a norm grow, which makes their steps smaller.
    """
    (first, last), ratio = e.ends, e.gradient_ratio
    if ratio > standards.EXPLODING and not any(x.bypassed or x.joins for x in e.layers):
        gradients = f"the gradient of `{first.name}` is {how_many_times(ratio)} than that of"
        said = f"Relative to their weights, {gradients} `{last.name}`. Norms keep the signal, and "
        said += "not the gradient, whatever the weights are: skips around the layers would, or "
        said += "fewer layers."
        yield finding("gradient", LOOK, [first], said, "")  # many still learn


def signal(e: Examination) -> Iterator[Finding]:
    """Outputs that hardly differ from sample to sample, or grow too large."""
    judged = [layer for layer in seen(e) if not is_behind_a_block(e, layer)]
    faded = [] if arrives(e) else inner_of(e, judged)
    out = [layer for layer in judged if level_of("signal", layer.spread)]
    ill = [layer for layer in out if layer.spread > 1 or layer in faded]
    if all(layer.spread > 1 and is_normed_later(e, layer) for layer in ill):
        ill = [layer for layer in ill if level_of("signal", layer.spread) == SERIOUS]
    if ill:
        worst = max(ill, key=lambda layer: misfit(layer.spread))
        what = "has grown too large" if worst.spread > 1 else "has faded"
        size, level = short(worst.spread), level_of("signal", worst.spread)
        said = f"The signal {what}: a unit of `{worst.name}` varies by {size} over the batch."
        if worst.spread == 0 and worst in e.first:
            said += " It is the first layer: are the samples in X all the same?"
        yield finding("signal", level, ill, said, redraw(e, e.matrices), calm(e))


def unlisted(e: Examination) -> Iterator[Finding]:
    """Weights that no optimizer will see."""
    if e.unlisted:
        names = listed([f"`{name}`" for name in e.unlisted[:3]])
        more = ", for one," if len(e.unlisted) > 3 else ""
        said = f"The loss depends on {names}{more} which model.parameters() does not list"
        why = "no optimizer will train them. Keep layers in a ModuleList, not in a list"
        yield Finding("unlisted", SERIOUS, f"{said}: {why}.", e.mends.enlist(e.unlisted), ())


def _apart(e: Examination) -> list[Layer]:
    """Weights that are to be trained, and that the loss does not depend on."""
    trained = [layer for layer in e.layers if layer.parameter and layer.trainable]
    return [layer for layer in trained if isnan(layer.gradient_rms)]


def detached(e: Examination) -> Iterator[Finding]:
    """Weights that change the output, and that no gradient comes back to."""
    cut = [layer for layer in _apart(e) if layer.parameter in e.detached]
    if cut:
        said = f"The output depends on {named(cut)}, and yet no gradient comes back: it is cut "
        said += "off, by detach, no_grad, or by a function that has no slope. If that is meant, "
        said += "freeze them."
        yield finding("detached", LOOK if e.matrices else SERIOUS, cut, said, "")


def unused(e: Examination) -> Iterator[Finding]:
    """Weights that are to be trained, and get no gradient because nothing leads there."""
    apart = [layer for layer in _apart(e) if layer.parameter not in e.detached]
    if apart:
        said = f"The loss does not depend on {named(apart)}: they are unused, and no step moves "
        said += "them."
        yield finding("unused", LOOK, apart, said, e.mends.freeze(apart))
