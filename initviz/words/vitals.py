"""In words: the vital signs of a network, with the same verdict as its check-up.

What is wrong, and how badly, is found by the check-up's rules; a sign that is out of its zone, and
that no rule has found, is worth a look.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..measure.examination import Examination, Layer, size_of_inputs
from ..measure.vitals import USUAL_RATE, Vitals
from .finding import Finding
from .rules import judged, unexplained
from .zones import is_out, said

SCHEMES = {"Glorot": "glorot_normal", "He": "he_normal", "LeCun": "lecun_normal"}


class NetworkMends:
    """Lines that make a new network, since a ``Network`` is frozen; with ``iv`` and ``replace``."""

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        return (
            f"model = iv.init_network(model.layers, model.activation, {SCHEMES[scheme]!r}, "
            "restarts=model.restarts, output=model.output)"
        )

    def unbias(self, layers: Sequence[Layer]) -> str:
        return "model = replace(model, biases=tuple(0 * b for b in model.biases))"

    def shrink(self, layer: Layer) -> str:
        return "model = replace(model, weights=(*model.weights[:-1], 0.1 * model.weights[-1]))"

    def bend(self, layers: Sequence[Layer]) -> str:
        return 'model = replace(model, activation="tanh")'

    def freeze(self, layers: Sequence[Layer]) -> str:
        raise NotImplementedError("every weight of a Network takes part")


def examination(v: Vitals) -> Examination:
    """A network's vital signs as a check-up sees them."""
    layers = v.layers
    return Examination(
        framework="initviz",
        layers=layers,
        output_spread=layers[-1].spread,
        loss_name=v.loss_name,
        loss=float(np.median(v.losses)),
        guessing=v.guessing,
        chance=v.chance,
        learning_rate=v.learning_rate or USUAL_RATE,
        mends=NetworkMends(),
        input_size=size_of_inputs(v.X),
        vitals=v,
    )


def findings(v: Vitals) -> list[Finding]:
    """What is out of order before training, the worst first, as ``initviz.checkup`` judges it.

    What is out of its zone is told beside its cause. An empty list is a clean bill of health.

    >>> import initviz as iv
    >>> from initviz.measure.vitals import vitals_of
    >>> run = iv.train(iv.Experiment(initializer="zeros", activation="tanh", epochs=1))
    >>> [finding.sign for finding in findings(vitals_of(run))][:2]
    ['zeros', 'distinct']
    """
    found, by_sign = judged(examination(v)), {}
    causes = unexplained(found)
    for finding in found:
        if finding in causes or is_out(v, finding.sign):
            by_sign.setdefault(finding.sign, finding)
    return [
        replace(finding, sentence=said(v, sign))
        if is_out(v, sign)
        else replace(finding, sentence=finding.sentence.replace("`", ""))
        for sign, finding in by_sign.items()
    ]
