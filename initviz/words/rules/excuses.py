"""What forgives a layer that looks ill by itself: where it lies, and what arrives all the same."""

from collections.abc import Iterator, Sequence
from math import nan

from ...measure import standards
from ...measure.examination import Examination, Layer


def is_excused(e: Examination, layer: Layer) -> bool:
    """Whether a gradient of 0 is due to weights elsewhere that start at 0, but will move.

    Further on they let no gradient through, further up no signal. A branch that is nearly closed
    lets little through.
    """
    if layer.gradient_rms > 0 and any(gates(e)):
        return True
    further_on = (other for other in e.layers if e.leads(layer, other))
    return any(other.moving for other in further_on) or is_behind_a_block(e, layer)


def is_behind_a_block(e: Examination, layer: Layer) -> bool:
    """Whether weights that start at 0 and will move leave it without a signal, in a branch too."""
    if layer.spread > 0:
        return False
    alone = layer.before is None and layer.role == "activation"  # whose place is not known
    before = (other for other in e.layers if other.moving and (alone or e.leads(other, layer)))
    return any(blocks(e, other) or layer.spread == 0 for other in before)


def blocks(e: Examination, layer: Layer) -> bool:
    """Whether no sample differs from another in the output, nor in a layer on the way there."""
    later = (x for x in e.layers if x.role == "matrix" and e.leads(layer, x))
    on_the_way = any(other.spread == 0 and not other.zero for other in later)
    return layer.spread == 0 and e.output_spread < standards.LOST and on_the_way


def seen(e: Examination) -> list[Layer]:
    """The layers whose output was seen, without those whose weights are all 0.

    An embedding's outputs are its weights, of which each has its own scale, as words are frequent.
    """
    called = [layer for layer in e.layers if layer.calls and not layer.zero]
    return [layer for layer in called if layer.role != "embedding"]


def inner_of(e: Examination, layers: Sequence[Layer]) -> list[Layer]:
    """All but the final ones: small outputs are a model's own business, and fade no further."""
    return [layer for layer in layers if layer not in e.final]


def arrives(e: Examination) -> bool:
    """Whether the samples differ in the output, or at least in front of the final weights.

    Branches that a small number of their own closes at the start may keep all of it to themselves.
    """
    fronts = [_in_front_of(e, layer) for layer in e.final]
    limit = 1 / standards.HARM
    return any(spread > limit for spread in (e.output_spread, *fronts)) or any(gates(e))


def _in_front_of(e: Examination, layer: Layer) -> float:
    """How far the inputs of a layer lie apart; where its outputs do not tell, what leads to it."""
    if layer.weight_std and not layer.activation:
        return layer.input_spread
    before = [x for x in e.layers if x.calls and x.spread > 0 and e.leads(x, layer)]
    return before[-1].spread if before else nan


def gates(e: Examination) -> Iterator[Layer]:
    """Weights of one axis that all start at the same small number, as a layer scale's do."""
    for x in e.layers:
        small = x.weight_std == 0 < x.weight_rms <= standards.CLOSED
        if x.parameter and len(x.shape) <= 1 and small and x.gradient_rms > 0:
            yield x


def is_normed_later(e: Examination, layer: Layer) -> bool:
    """Whether a norm comes behind it, which forgives the size of what it takes."""
    return layer.normed or any(x.role == "norm" and e.leads(layer, x) for x in e.layers)
