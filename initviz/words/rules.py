"""What a check-up finds: rules that look at the layers, each with its sentence and its mend.

The limits are those of ``measure.standards``, wide on purpose; the tests hold them against known
patients, and train these to see whether the verdict was right.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import hypot, inf, isfinite, isnan, nan, sqrt
from statistics import median

from ..measure import standards
from ..measure.examination import DEFAULT, Examination, Layer, asked_for, misfit, size_against
from ..networks.activations import ACTIVATIONS
from .numbers import CALLED, are, how_many_times, listed, share, short
from .zones import is_out, said

LEVELS = ("serious", "worth a look", "fine")
SERIOUS, LOOK, FINE = LEVELS

# Causes come before effects.
CAUSES = ("not finite", "inputs", "zeros", "symmetry", "weights", "scheme")
EFFECTS = ("saturated", "gradient", "signal", "targets", "update", "loss")
SIGNS = (*CAUSES, *EFFECTS, "unlisted", "twins", "unbent", "twice", "unused")

# What a finding explains: mended, it takes these with it, and so they are not told, unless they
# are worse.
EXPLAINS = {
    "not finite": set(standards.ZONES),  # nothing else that was measured means anything
    "inputs": {"weights", "saturated", "gradient", "signal", "scheme", "update", "loss"},
    "zeros": {"symmetry", "saturated", "gradient", "signal", "weights", "update"},
    "symmetry": {"weights", "saturated", "gradient", "signal", "update"},
    "weights": {"saturated", "gradient", "signal", "scheme", "update", "loss"},
    "saturated": {"gradient", "signal"},
    "gradient": {"signal", "update"},
    "scheme": {"signal"},
    "targets": {"update", "loss"},
}


@dataclass(frozen=True)
class Finding:
    """One thing that a check-up has found.

    sign: what was looked at. level: one of ``LEVELS``. sentence: with the number behind it.
    mend: a line of code or two, for a model called ``model``; "" where there is nothing to mend, or
        no mend is known. others: what else might help, if that does not.
    layers: the names of those concerned.
    """

    sign: str
    level: str
    sentence: str
    mend: str
    layers: tuple[str, ...]
    others: tuple[str, ...] = ()


def findings(e: Examination) -> tuple[Finding, ...]:
    """The findings, the worst first, without those that another one explains."""
    return unexplained(judged(e))


def unexplained(found: Sequence[Finding]) -> tuple[Finding, ...]:
    """Those that no other of the findings explains."""

    def explains(one: Finding, other: Finding) -> bool:
        return other.sign in EXPLAINS.get(one.sign, ()) and rank(one) <= rank(other)

    return tuple(f for f in found if not any(explains(other, f) for other in found))


def judged(e: Examination) -> list[Finding]:
    """All findings, the worst first; where they are equally bad, causes come before effects."""
    found = list(not_finite(e)) or [one for rule in RULES for one in rule(e)]
    return sorted([*found, *out_of_zone(e, found)], key=lambda f: (rank(f), SIGNS.index(f.sign)))


def rank(found: Finding) -> int:
    """0 is the worst."""
    return LEVELS.index(found.level)


def out_of_zone(e: Examination, found: Sequence[Finding]) -> Iterator[Finding]:
    """The signs out of their zone in the median restart that are not ``found`` yet.

    Each is worth a look. A layer that starts at 0 and will move (``found`` as fine) excuses what is
    exactly 0 in consequence.
    """
    if e.vitals is None:
        return
    excused = any((one.sign, one.level) == ("zeros", FINE) for one in found)
    known = {one.sign for one in found}
    for sign in standards.ZONES:
        if sign not in known and is_out(e.vitals, sign):
            layer, value = e.vitals.worst(sign)
            level = FINE if excused and value == 0 else LOOK
            layers = () if sign == "loss" else (e.layers[layer].name,)
            mend = e.mends.shrink(e.matrices[-1]) if sign == "loss" else redraw(e, e.matrices)
            mend = "" if sign == "update" else mend  # that is up to whoever trains
            yield Finding(sign, level, said(e.vitals, sign), mend, layers)


def concerned(e: Examination) -> dict[str, set[str]]:
    """The layers that findings speak of, by sign, those included that another finding explains."""
    ill: dict[str, set[str]] = {}
    for found in judged(e):
        if found.level != FINE:
            ill.setdefault(found.sign, set()).update(found.layers)
    return ill


# What the rules have in common.


def finding(
    sign: str, level: str, layers: Sequence[Layer], sentence: str, mend: str, *others: str
) -> Finding:
    return Finding(sign, level, sentence, mend, tuple(layer.name for layer in layers), others)


def level_of(sign: str, value: float) -> str:
    """How bad it is if a sign has this value; "" where it is healthy."""
    if standards.outside(value, standards.SERIOUS.get(sign, (-inf, inf))):
        return SERIOUS
    return LOOK if standards.outside(value, standards.ZONES[sign]) else ""


def named(layers: Sequence[Layer]) -> str:
    names = [f"`{layer.name}`" for layer in layers]
    if len(names) > 3:
        return f"{len(names)} layers ({names[0]} to {names[-1]})"
    return listed(names)


def redraw(e: Examination, layers: Sequence[Layer]) -> str:
    """By the scheme that most of them ask for, those with an activation counting first."""
    schemes = [asked_for(layer) for layer in layers if layer.activation]
    schemes = schemes or [asked_for(layer) for layer in layers]
    return e.mends.redraw(layers, max(schemes, key=schemes.count)) if schemes else ""


# The rules, causes before effects. Each takes the examination, and gives what it finds.


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


STANDARDISE = "{0} = ({0} - {0}.mean(0)) / ({0}.std(0) + 1e-6)"


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


def zeros(e: Examination) -> Iterator[Finding]:
    """Weights that are all 0: without a gradient, in the way of the signal, or fine."""
    trained = [layer for layer in e.layers if layer.trainable]
    weights = [x for x in trained if x.role != "other" or len(x.shape) > 1]  # and no biases
    zero = [layer for layer in weights if layer.zero]
    still = [layer for layer in zero if layer.gradient_rms <= standards.NO_GRADIENT]
    lost = [layer for layer in still if not _excused(e, layer)]
    moving = [layer for layer in zero if layer.moving]
    blocking = [layer for layer in moving if layer.role == "matrix" and _blocks(e, layer)]
    fine = [layer for layer in moving if layer not in blocking]
    norms = [layer for layer in lost if layer.role == "norm"]  # start at 1, not at random
    for ill in ([layer for layer in lost if layer not in norms], norms):
        if ill:
            said = f"All weights of {named(ill)} are 0, and their gradient is 0 too: they stay 0."
            every_other = redraw(e, ill[::2])  # of two in a row, one may stay: LoRA's B does
            yield finding("zeros", SERIOUS, ill, said, redraw(e, ill), every_other)
    if blocking:
        gets = f"It gets a gradient (rms {short(blocking[0].gradient_rms)})"
        zero = f"All weights of {named(blocking)} are 0, and behind it all samples look alike"
        said = f"{zero}. {gets}, and will move, but a step late."
        yield finding("zeros", LOOK, blocking, said, redraw(e, blocking))
    if fine:
        one = len(fine) == 1
        start = f"{named(fine)} {'starts' if one else 'start'} at 0, and that is fine"
        moves = f"{'it gets' if one else 'they get'} a gradient (rms {short(fine[0].gradient_rms)})"
        said = f"{start}: {moves}, so step 1 moves {'it' if one else 'them'}."
        yield finding("zeros", FINE, fine, said, "")


def _excused(e: Examination, layer: Layer) -> bool:
    """Whether a gradient of 0 is due to weights elsewhere that start at 0, but will move.

    Further on they let no gradient through, further up no signal.
    """
    further_on = (other for other in e.layers if e.leads(layer, other))
    return any(other.moving for other in further_on) or _behind_a_block(e, layer)


def _behind_a_block(e: Examination, layer: Layer) -> bool:
    before = (other for other in e.layers if e.leads(other, layer))
    return any(other.moving and _blocks(e, other) for other in before)


def _blocks(e: Examination, layer: Layer) -> bool:
    """Whether no sample differs from another in the output, nor in a layer on the way there."""
    later = (x for x in e.layers if x.role == "matrix" and e.leads(layer, x))
    on_the_way = any(other.spread == 0 and not other.zero for other in later)
    return layer.spread == 0 and e.output_spread < standards.LOST and on_the_way


def symmetry(e: Examination) -> Iterator[Finding]:
    """Units that are equal: for ever where their gradients are equal too."""
    least = standards.ZONES["symmetry"][0]
    inner = _inner(e, e.matrices)  # outputs have targets
    several = [x for x in inner if x.units > 1 and not (x.zero and _excused(e, x))]
    for_ever = [x for x in several if x.distinct <= least * x.units]
    drawn = [layer for layer in several if not layer.zero]
    parting = [x for x in drawn if x.differing <= least * x.units < x.distinct]
    if for_ever:
        worst = min(for_ever, key=lambda layer: layer.distinct / layer.units)
        differ = f"only {worst.distinct:.0f} {are(worst.distinct)} distinct, and it stays so"
        units = f"of {worst.units} units in `{worst.name}`"
        also = "are equal, and so are their gradients"
        said = f"Units of {named(for_ever)} {also}: {units}, {differ}."
        flat = [layer for layer in e.final if layer.weight_std == 0]  # would make all alike again
        mend = redraw(e, [*for_ever, *flat])
        yield finding("symmetry", SERIOUS, for_ever, said, mend)
    if parting:
        worst = min(parting, key=lambda layer: layer.differing / layer.units)
        differ = f"only {worst.differing:.0f} {are(worst.differing)} distinct"
        but = "Their gradients differ, so they part, but all from the same point."
        said = f"The units of {named(parting)} start equal: of {worst.units}, {differ}. {but}"
        yield finding("symmetry", LOOK, parting, said, redraw(e, parting))


def sizes(e: Examination) -> Iterator[Finding]:
    """Weights of a size that nobody's scheme would draw, or that has done serious harm."""
    harm, judged = _harm(e), _scaled(e)
    sized = {layer: size_against(layer) for layer in judged}
    least, most = _sizes_allowed(sized, harm)
    for word in ("large", "small"):
        times = {x: misfit(s) if (s > 1) == (word == "large") else 0 for x, s in sized.items()}
        outside = (x for x in judged if (sized[x] > most if word == "large" else sized[x] < least))
        ill = list(outside)
        if word == "small" and word not in harm:  # in a residual branch it is fine
            inner = [layer for layer in _inner(e, ill) if not layer.joins]
            ill = [layer for layer in inner if layer.spread < standards.FADED]
        if ill:
            worst = max(ill, key=times.__getitem__)
            by = f", which is {e.framework}'s default" if DEFAULT in worst.schemes else ""
            against = f"{how_many_times(sized[worst])} than {asked_for(worst)}'s"
            std = f"in `{worst.name}` their std is {short(worst.weight_std)}{by}, {against}"
            said = f"The weights of {named(ill)} are too {word}: {std}.{harm.get(word, '')}"
            level = SERIOUS if word in harm else LOOK
            yield finding("weights", level, ill, said, redraw(e, ill))


def centred(e: Examination) -> Iterator[Finding]:
    """Weights that are not drawn around 0: they add up to the same sum in every unit."""

    def lean(layer: Layer) -> float:
        return abs(layer.weight_mean) / layer.weight_std * sqrt(layer.fan_in)

    ill = [x for x in _scaled(e) if lean(x) > standards.LEAN and x.units > 1 and x.fan_in > 1]
    ill = [x for x in ill if abs(x.weight_mean) > x.weight_std / 2]
    if ill:
        worst, harm = max(ill, key=lean), _harm(e)
        numbers = (
            f"their mean is {short(worst.weight_mean)}, and their std {short(worst.weight_std)}"
        )
        said = f"The weights of {named(ill)} are not drawn around 0: in `{worst.name}` {numbers}."
        yield finding("weights", SERIOUS if harm else LOOK, ill, said, redraw(e, ill))


def sizes_allowed(e: Examination) -> tuple[float, float]:
    """The least and the largest that weights may be here, in units of what is asked for."""
    return _sizes_allowed({layer: size_against(layer) for layer in _scaled(e)}, _harm(e))


def _sizes_allowed(sized: dict[Layer, float], harm: dict[str, str]) -> tuple[float, float]:
    """Narrower on the side on which half of the layers, all slightly off, do serious harm."""
    anywhere, in_half = standards.WEIGHTS

    def limit(word: str) -> float:
        off = [size > in_half if word == "large" else size < 1 / in_half for size in sized.values()]
        return in_half if word in harm and sum(off) >= len(off) / 2 else anywhere

    return 1 / limit("small"), float(limit("large"))


def _scaled(e: Examination) -> list[Layer]:
    """The layers in which the size of the weights matters: no norm follows, and they are drawn."""
    called = [layer for layer in e.matrices if layer.calls and not layer.normed]
    return [layer for layer in called if layer.weight_std > 0]


def _harm(e: Examination) -> dict[str, str]:
    """What weights that are too large, or too small, have done, where it is serious."""
    harm, seen, limit = {}, _seen(e), standards.HARM
    flat = max((layer.saturated for layer in seen if layer.dead_word == "saturated"), default=0)
    largest = max((layer.spread for layer in seen), default=1)
    smallest = min((layer.spread for layer in _inner(e, seen) if layer.spread > 0), default=1)
    if level_of("saturated", flat) == SERIOUS:
        harm["large"] = f" Up to {flat:.0%} of the units are saturated."
    elif largest > limit:
        harm["large"] = f" The signal grows to {short(largest)}."
    elif _first_loss(e) == SERIOUS and not any(targets(e)):
        harm["large"] = f" The first loss is {_losses(e)}."
    if 0 < e.gradient_ratio < standards.SERIOUS["gradient"][0]:
        times = how_many_times(e.gradient_ratio)
        harm["small"] = f" The first layer's gradient is {times} than the last one's."
    elif smallest < 1 / limit and not _arrives(e):
        harm["small"] = f" The signal fades to {short(smallest)}."
    return harm


def _seen(e: Examination) -> list[Layer]:
    """The layers whose output was seen, without those whose weights are all 0."""
    return [layer for layer in e.layers if layer.calls and not layer.zero]


def _inner(e: Examination, layers: Sequence[Layer]) -> list[Layer]:
    """All but the final ones: small outputs are a model's own business, and fade no further."""
    return [layer for layer in layers if layer not in e.final]


def _arrives(e: Examination) -> bool:
    """Whether the samples differ in the output, or at least in front of the final weights."""
    spreads = [e.output_spread, *(layer.input_spread for layer in e.final)]
    return any(spread > 1 / standards.HARM for spread in spreads)


def saturated(e: Examination) -> Iterator[Finding]:
    """Units that pass hardly any gradient: saturated, or dead."""
    many = share(standards.ZONES["saturated"][1])
    for word, said_of_it in CALLED.items():
        called = [layer for layer in e.layers if layer.dead_word == word]
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
            if word == "saturated" and all(x.role == "activation" for x in ill) and _arrives(e):
                level = LOOK  # gates beside the way, of a softplus for one, may be nearly closed
            yield finding("saturated", level, ill, said, mend)


def gradient(e: Examination) -> Iterator[Finding]:
    """No gradient at all, or one that fades or explodes on its way back."""
    drawn = [layer for layer in e.matrices if not layer.zero]
    none = [layer for layer in drawn if layer.gradient_rms == 0 and not _excused(e, layer)]
    if none:
        said = f"No gradient reaches {named(none)}: it is exactly 0."
        yield finding("gradient", SERIOUS, none, said, redraw(e, e.matrices))
        return
    ratio, mends = e.gradient_ratio, (mend := redraw(e, e.matrices),)
    level = level_of("gradient", ratio)
    if not level or ratio == 0:
        return
    first, last = e.ends
    if level == LOOK and (first.bypassed or (ratio > 1 and first.normed)):
        return  # a branch may be faint; and weights before a norm grow, which makes steps smaller
    gradients = f"the gradient of `{first.name}` is {how_many_times(ratio)} than that of"
    said = f"Measured against their weights, {gradients} `{last.name}`."
    inner = [layer for layer in e.layers if not layer.last]
    bent = [layer for layer in inner if "sigmoid" in (layer.activation, layer.kind)]
    if ratio < 1 and len(bent) >= len(e.matrices) / 2:
        slope = f"{ACTIVATIONS['sigmoid'].steepest:.2g}"
        said += f" The slope of a sigmoid is at most {slope}, and there are {len(bent)} in a row."
        mends = (bend := e.mends.bend(bent), f"{bend}\n{mend}".strip())
    yield finding("gradient", level, [first, last], said, *mends)


def signal(e: Examination) -> Iterator[Finding]:
    """Outputs that hardly differ from sample to sample, or grow too large."""
    judged = [layer for layer in _seen(e) if not _behind_a_block(e, layer)]
    faded = [] if _arrives(e) else _inner(e, judged)
    out = [layer for layer in judged if level_of("signal", layer.spread)]
    ill = [layer for layer in out if layer.spread > 1 or layer in faded]
    if ill:
        worst = max(ill, key=lambda layer: misfit(layer.spread))
        what = "has grown too large" if worst.spread > 1 else "has faded"
        size, level = short(worst.spread), level_of("signal", worst.spread)
        said = f"The signal {what}: a unit of `{worst.name}` varies by {size} over the batch."
        ends = [layer for layer in e.layers if layer.joins]
        calm = e.mends.silence(ends) if worst.spread > 1 and ends else ""
        yield finding("signal", level, ill, said, redraw(e, e.matrices), calm)


def mismatch(e: Examination) -> Iterator[Finding]:
    """A scheme that was made for another activation."""
    fed = [layer for layer in _scaled(e) if layer.activation]
    hot = [layer for layer in fed if asked_for(layer) != "He" and _only(layer, {"He"})]
    asking = [layer for layer in fed if asked_for(layer) == "He"]
    cold = [layer for layer in asking if _only(layer, {"Glorot", "LeCun"})]
    faded = cold and cold[-1].spread < cold[0].spread / 2  # a residual path would have kept it
    if hot:
        ratio = f"{how_many_times(median(map(size_against, hot)))} than {asked_for(hot[0])}'s"
        said = f"{named(hot)}: He's weights suit ReLU. For {hot[0].activation} they are {ratio}."
        yield finding("scheme", LOOK, hot, said, redraw(e, hot))
    if faded and len(cold) >= standards.DEEP:
        ratio = f"{how_many_times(median(map(size_against, cold)))} than He's"
        weights = f"{named(cold)}: {cold[0].schemes[0]}'s weights are {ratio}"
        said = f"{weights}, which {cold[0].activation} asks for, in {len(cold)} layers."
        lost = cold[-1].spread < cold[0].spread / standards.HARM
        yield finding("scheme", SERIOUS if lost else LOOK, cold, said, redraw(e, cold))


def _only(layer: Layer, schemes: set[str]) -> bool:
    return not schemes.isdisjoint(layer.schemes) and asked_for(layer) not in layer.schemes


def loss(e: Examination) -> Iterator[Finding]:
    """A first loss that is far above that of chance."""
    level = _first_loss(e)
    if level and e.matrices:
        last, why = e.matrices[-1], "the model is sure before it has learnt anything"
        said = f"The first loss is {_losses(e)}: {why}."
        yield finding("loss", level, [last], said, e.mends.shrink(last))


def _first_loss(e: Examination) -> str:
    return level_of("loss", e.loss / e.chance if e.chance else nan)


def _losses(e: Examination) -> str:
    return f"{short(e.loss)}, where knowing nothing gives {short(e.chance)}"


def targets(e: Examination) -> Iterator[Finding]:
    """Targets that lie far from the model's outputs, though these are of a usual size."""
    level = _first_loss(e)
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


def twins(e: Examination) -> Iterator[Finding]:
    """Layers that hold the very same numbers."""
    drawn: dict[tuple, list[Layer]] = {}
    for x in (x for x in e.matrices if x.weight_std > 0):
        drawn.setdefault((x.shape, x.weight_mean, x.weight_std, x.weight_rms), []).append(x)
    groups = [each for each in drawn.values() if len({x.parameter for x in each}) > 1]
    if groups:
        first, alike = groups[0], [layer for group in groups for layer in group]
        copies = [layer for group in groups for layer in group[1:]]
        why = "copied, or drawn with one seed"
        said = f"The weights of {named(first)} are the same numbers: {why}."
        said += f" {len(groups) - 1} more weights have twins." if len(groups) > 1 else ""
        yield finding("twins", LOOK, alike, said, redraw(e, copies))


def unbent(e: Examination) -> Iterator[Finding]:
    """Layers in a row that are one linear layer, because no activation is between them.

    A bottleneck, which is narrower than what it joins, is built so on purpose, and what also goes
    past a layer does so for the sake of the others.
    """
    by_parameter = {layer.parameter: layer for layer in e.matrices}
    ill: dict[str, Layer] = {}
    for x in e.matrices:
        before = [by_parameter[name] for name in x.straight & by_parameter.keys()]
        before = [] if x.bypassed or x.zero else before
        rows = [y for y in before if y.units >= min(y.fan_in, x.units)]
        ill |= {each.parameter: each for each in (*rows, x) if rows}
    if ill:
        said = f"There is no activation between {named([*ill.values()])}: in a row they are linear."
        yield finding("unbent", LOOK, [*ill.values()], said, "")


def unlisted(e: Examination) -> Iterator[Finding]:
    """Weights that no optimizer will see."""
    if e.unlisted:
        names = listed([f"`{name}`" for name in e.unlisted[:3]])
        more = ", for one," if len(e.unlisted) > 3 else ""
        said = f"The loss depends on {names}{more} which model.parameters() does not list"
        why = "no optimizer will train them. Keep layers in a ModuleList, not in a list"
        yield Finding("unlisted", SERIOUS, f"{said}: {why}.", e.mends.enlist(e.unlisted), ())


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


def unused(e: Examination) -> Iterator[Finding]:
    """Weights that are to be trained, and get no gradient because nothing leads there."""
    trained = [layer for layer in e.layers if layer.parameter and layer.trainable]
    apart = [layer for layer in trained if isnan(layer.gradient_rms)]
    if apart:
        on = f"The loss does not depend on {named(apart)}"
        said = f"{on}: unused, or cut off by detach or no_grad."
        yield finding("unused", LOOK, apart, said, e.mends.freeze(apart))


ON_THE_WAY = (inputs, zeros, symmetry, centred, sizes, saturated, gradient, signal)
ATSIDE = (mismatch, targets, loss, update, twins, unbent, unlisted, twice, unused)
RULES = (*ON_THE_WAY, *ATSIDE)
