"""What forgives a layer that looks ill by itself: where it lies, and what arrives all the same."""

from collections.abc import Sequence

from ...measure import standards
from ...measure.examination import Examination, Layer


def is_excused(e: Examination, layer: Layer) -> bool:
    """Whether a gradient of 0 is due to weights elsewhere that start at 0, but will move.

    Further on they let no gradient through, further up no signal.
    """
    further_on = (other for other in e.layers if e.leads(layer, other))
    return any(other.moving for other in further_on) or is_behind_a_block(e, layer)


def is_behind_a_block(e: Examination, layer: Layer) -> bool:
    before = (other for other in e.layers if e.leads(other, layer))
    return any(other.moving and blocks(e, other) for other in before)


def blocks(e: Examination, layer: Layer) -> bool:
    """Whether no sample differs from another in the output, nor in a layer on the way there."""
    later = (x for x in e.layers if x.role == "matrix" and e.leads(layer, x))
    on_the_way = any(other.spread == 0 and not other.zero for other in later)
    return layer.spread == 0 and e.output_spread < standards.LOST and on_the_way


def seen(e: Examination) -> list[Layer]:
    """The layers whose output was seen, without those whose weights are all 0."""
    return [layer for layer in e.layers if layer.calls and not layer.zero]


def inner_of(e: Examination, layers: Sequence[Layer]) -> list[Layer]:
    """All but the final ones: small outputs are a model's own business, and fade no further."""
    return [layer for layer in layers if layer not in e.final]


def arrives(e: Examination) -> bool:
    """Whether the samples differ in the output, or at least in front of the final weights."""
    spreads = [e.output_spread, *(layer.input_spread for layer in e.final)]
    return any(spread > 1 / standards.HARM for spread in spreads)
