"""The weights themselves: how they were drawn, and which of them are the same."""

from collections.abc import Iterator
from math import sqrt
from statistics import median

from ...measure import standards
from ...measure.examination import DEFAULT, Examination, Layer, asked_for, misfit, size_against
from ..numbers import are, how_many_times, short
from .ends import first_loss, losses, targets
from .excuses import arrives, blocks, gates, inner_of, is_excused, seen
from .finding import FINE, LOOK, SERIOUS, Finding, finding, level_of, named, redraw


def zeros(e: Examination) -> Iterator[Finding]:
    """Weights that are all 0: without a gradient, in the way of the signal, or fine."""
    trained = [layer for layer in e.layers if layer.trainable]
    weights = [x for x in trained if x.role != "other" or len(x.shape) > 1]  # and no biases
    zero = [layer for layer in weights if layer.zero]
    still = [layer for layer in zero if layer.gradient_rms <= standards.NO_GRADIENT]
    lost = [layer for layer in still if not is_excused(e, layer) or _cuts_through(e, layer)]
    moving = [layer for layer in zero if layer.moving]
    blocking = [layer for layer in moving if layer.role == "matrix" and blocks(e, layer)]
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


def _cuts_through(e: Examination, layer: Layer) -> bool:
    """Whether nothing of a sample gets past it, nor past any later layer but the final ones."""
    later = inner_of(e, [x for x in e.matrices if e.leads(layer, x)])
    alone = layer.role == "matrix" and not (layer.joins or layer.bypassed)
    return alone and layer.spread == 0 and all(x.zero and x.spread == 0 for x in later)


def symmetry(e: Examination) -> Iterator[Finding]:
    """Units that are equal: for ever where their gradients are equal too."""
    least = standards.ZONES["symmetry"][0]
    inner = inner_of(e, e.matrices)  # outputs have targets
    several = [x for x in inner if x.units > 1 and not (x.zero and is_excused(e, x))]
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
    harm, judged = harm_done(e), scaled(e)
    sized = {layer: size_against(layer) for layer in judged}
    if any(found.level == SERIOUS for found in mismatch(e)):  # which says why they are small
        harm = {word: said for word, said in harm.items() if word != "small"}
    least, most = _sizes_allowed(sized, harm)
    for word in ("large", "small"):
        times = {x: misfit(s) if (s > 1) == (word == "large") else 0 for x, s in sized.items()}
        outside = (x for x in judged if (sized[x] > most if word == "large" else sized[x] < least))
        ill = list(outside)
        if word not in harm:
            ill = [layer for layer in inner_of(e, ill) if _shows(e, layer, word)]
        if ill:
            worst = max(ill, key=times.__getitem__)
            by = f", which is {e.framework}'s default" if DEFAULT in worst.schemes else ""
            against = f"{how_many_times(sized[worst])} than {asked_for(worst)}'s"
            where = f"in `{worst.name}` " if len(ill) > 1 else ""
            std = f"{where}their std is {short(worst.weight_std)}{by}, {against}"
            said = f"The weights of {named(ill)} are too {word}: {std}.{harm.get(word, '')}"
            level = SERIOUS if word in harm else LOOK
            yield finding("weights", level, ill, said, redraw(e, ill))


def _shows(e: Examination, layer: Layer, word: str) -> bool:
    """Whether a size that has done no harm shows in what the layer gives.

    Where shortcuts go past layers, small branches are fine as long as the samples arrive.
    """
    if word == "large":
        squashed = layer.activation and asked_for(layer) != "He"
        gated = any(kind in layer.kind for kind in ("RNN", "LSTM", "GRU"))
        return bool(squashed) or gated or not layer.spread <= standards.WEIGHTS[1]
    in_branches = any(x.joins for x in e.layers) and arrives(e)
    return layer.spread < standards.FADED and not in_branches


def sizes_allowed(e: Examination) -> tuple[float, float]:
    """The least and the largest that weights may be here, in units of what is asked for."""
    return _sizes_allowed({layer: size_against(layer) for layer in scaled(e)}, harm_done(e))


def _sizes_allowed(sized: dict[Layer, float], harm: dict[str, str]) -> tuple[float, float]:
    """Narrower on the side on which half of the layers, all slightly off, do serious harm."""
    anywhere, in_half = standards.WEIGHTS

    def limit(word: str) -> float:
        off = [size > in_half if word == "large" else size < 1 / in_half for size in sized.values()]
        return in_half if word in harm and sum(off) >= len(off) / 2 else anywhere

    return 1 / limit("small"), float(limit("large"))


def scaled(e: Examination) -> list[Layer]:
    """The layers in which the size of the weights matters: no norm follows, and they are drawn.

    What a sine takes is multiplied before, and its weights are divided by the same number.
    """
    called = [layer for layer in e.matrices if layer.calls and not layer.normed]
    return [layer for layer in called if layer.weight_std > 0 and layer.activation != "sin"]


def harm_done(e: Examination) -> dict[str, str]:
    """What weights that are too large, or too small, have done, where it is serious."""
    harm, called, limit = {}, seen(e), standards.HARM
    flat = max((layer.saturated for layer in called if layer.dead_word == "saturated"), default=0)
    largest = max((layer.spread for layer in called), default=1)
    smallest = min((layer.spread for layer in inner_of(e, called) if layer.spread > 0), default=1)
    if level_of("saturated", flat) == SERIOUS:
        harm["large"] = f" Up to {flat:.0%} of the units are saturated."
    elif largest > limit:
        harm["large"] = f" The signal grows to {short(largest)}."
    elif first_loss(e) == SERIOUS and not any(targets(e)):
        harm["large"] = f" The first loss is {losses(e)}."
    if 0 < e.gradient_ratio < standards.SERIOUS["gradient"][0] and not any(gates(e)):
        times = how_many_times(e.gradient_ratio)
        harm["small"] = f" The first layer's gradient is {times} than the last one's."
    elif smallest < 1 / limit and not arrives(e):
        harm["small"] = f" The signal fades to {short(smallest)}."
    return harm


def centred(e: Examination) -> Iterator[Finding]:
    """Weights that are not drawn around 0: they add up to the same sum in every unit."""

    def lean(layer: Layer) -> float:
        return abs(layer.weight_mean) / layer.weight_std * sqrt(layer.fan_in)

    ill = [x for x in scaled(e) if lean(x) > standards.LEAN and x.units > 1 and x.fan_in > 1]
    ill = [x for x in ill if abs(x.weight_mean) > x.weight_std / 2]
    if ill:
        worst, harm = max(ill, key=lean), harm_done(e)
        mean, std = short(worst.weight_mean), short(worst.weight_std)
        numbers = f"their mean is {mean}, and their std {std}"
        where = f"in `{worst.name}` " if len(ill) > 1 else ""
        said = f"The weights of {named(ill)} are not drawn around 0: {where}{numbers}."
        yield finding("weights", SERIOUS if harm else LOOK, ill, said, redraw(e, ill))


def mismatch(e: Examination) -> Iterator[Finding]:
    """A scheme that was made for another activation."""
    fed = [layer for layer in scaled(e) if layer.activation]
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


def twins(e: Examination) -> Iterator[Finding]:
    """Layers that hold the very same numbers."""
    drawn: dict[tuple, list[Layer]] = {}
    for x in (x for x in e.matrices if x.weight_std > 0):
        drawn.setdefault((x.shape, x.weight_mean, x.weight_std, x.weight_rms), []).append(x)
    groups = [each for each in drawn.values() if len({x.parameter for x in each}) > 1]
    if groups:
        first, alike = groups[0], [layer for group in groups for layer in group]
        copies = [layer for group in groups for layer in group[1:]]
        why = "copied (as PyTorch's TransformerEncoder does), or drawn with one seed"
        said = f"The weights of {named(first)} are the same numbers: {why}."
        said += f" {len(groups) - 1} more arrays have copies." if len(groups) > 1 else ""
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
        them = named([*ill.values()])
        said = f"Without an activation between them, {them} act as one linear layer."
        yield finding("unbent", LOOK, [*ill.values()], said, "")


def norms(e: Examination) -> Iterator[Finding]:
    """Norms whose own weights were drawn like those of other layers, and are made to begin at 1.

    Between two norms no other weights can make a signal fade, so if it does, it is these.
    """
    called = [layer for layer in e.layers if layer.role == "norm" and layer.weight_std > 0]
    ill = [layer for layer in called if abs(layer.weight_mean) < layer.weight_std]
    if ill:
        worst = ill[0]
        numbers = f"mean {short(worst.weight_mean)}, std {short(worst.weight_std)}"
        said = f"The weights of {named(ill)} multiply what has been normed, and were drawn around "
        said += f"0 ({numbers} in `{worst.name}`). They are made to begin at 1."
        harm, mend = harm_done(e).get("small", ""), redraw(e, ill)
        others = redraw(e, inner_of(e, scaled(e)))
        level = SERIOUS if harm else LOOK
        yield finding("norms", level, ill, f"{said}{harm}", mend, f"{mend}\n{others}".strip())
