"""In words: the vital signs of a network, with the same verdict as its check-up.

What is wrong, and how badly, is found by the check-up's rules; a sign that is out of its zone, and
that no rule has found, is worth a look.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..measure.examination import Examination, Layer, size_of_inputs
from ..measure.vitals import USUAL_RATE, Vitals, vitals_of
from ..networks.network import Network
from ..training.run import Run
from .explain import outcome
from .numbers import listed
from .rules import FINE, SIGNS, Finding, judged, unexplained
from .zones import is_out, said

# The signs as a sentence calls them.
NAMES = {sign: sign for sign in SIGNS} | {
    "saturated": "saturated units",
    "symmetry": "distinct units",
    "update": "first step",
    "loss": "first loss",
}
TOLD = 2  # findings of one moment that are said; the picture shows the others
SCHEMES = {"Glorot": "glorot_normal", "He": "he_normal", "LeCun": "lecun_normal"}


@dataclass(frozen=True)
class NetworkMends:
    """Lines that make a new network, since a ``Network`` is frozen; with ``iv`` and ``replace``."""

    network: Network

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        if {layer.role for layer in layers} == {"norm"}:
            return "model = replace(model, gains=tuple(0 * g + 1 for g in model.gains))"
        settings = f"model.layers, model.activation, {SCHEMES[scheme]!r}"
        settings += ", restarts=model.restarts, output=model.output"
        if self.network.gains:
            settings += ", norm=model.norm"
        if self.network.alphas:
            fresh = f"iv.init_network({settings}, skip=True)"
            return f"model = replace({fresh}, alphas=model.alphas)"
        return f"model = iv.init_network({settings})"

    def unbias(self, layers: Sequence[Layer]) -> str:
        return "model = replace(model, biases=tuple(0 * b for b in model.biases))"

    def shrink(self, layer: Layer) -> str:
        return "model = replace(model, weights=(*model.weights[:-1], 0.1 * model.weights[-1]))"

    def bend(self, layers: Sequence[Layer]) -> str:
        return 'model = replace(model, activation="tanh")'

    def freeze(self, layers: Sequence[Layer]) -> str:
        raise NotImplementedError("every weight of a Network takes part")

    def enlist(self, names: Sequence[str]) -> str:
        raise NotImplementedError("a Network lists all of its weights")

    def end_in(self, activation: str) -> str:
        raise NotImplementedError("the losses of a Network fit its outputs")

    def compare(self, bent: str, several: bool, shares: bool) -> str:
        raise NotImplementedError("the losses of a Network fit its outputs")

    def begin_at(self, layer: Layer, biases: Sequence[float]) -> str:
        raise NotImplementedError("what a Network's loss takes is not asked")

    def silence(self, layers: Sequence[Layer]) -> str:
        return "model = replace(model, alphas=tuple(a / len(model.alphas) for a in model.alphas))"


@np.errstate(all="ignore")
def examination(v: Vitals) -> Examination:
    """A network's vital signs as a check-up sees them."""
    return Examination(
        framework="initviz",
        layers=v.layers,
        output_spread=v.layers[-1].spread,
        loss_name=v.loss_name,
        loss=float(np.median(v.losses)),
        guessing=v.guessing,
        chance=v.chance,
        learning_rate=v.learning_rate or USUAL_RATE,
        mends=NetworkMends(v.network),
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
    ['zeros', 'symmetry']
    """
    found, by_sign = judged(examination(v)), {}
    causes = unexplained(found)
    for finding in found:
        if finding in causes or is_out(v, finding.sign):
            by_sign.setdefault(finding.sign, finding)
    return [
        replace(f, sentence=said(v, sign) if is_out(v, sign) else _in_words(f.sentence))
        for sign, f in by_sign.items()
    ]


def _in_words(sentence: str) -> str:
    """A rule's sentence without the marks of code: the names of our layers are plain words."""
    plain = sentence.replace("`output layer`", "the output layer").replace("`", "")
    return plain[:1].upper() + plain[1:]


def explain_checkup(run: Run, epoch: int) -> str:
    """What became of the run, and the findings of its start, the worst first."""
    found = findings(vitals_of(run, 0))
    ill = [finding for finding in found if finding.level != FINE]
    fine = [finding for finding in found if finding.level == FINE]
    told = ill[:TOLD] or fine[:1]  # the first of these says why the others do no harm
    if not told:
        healthy = "Before training all seven signs were in their healthy zones."
        return f"{outcome(run, epoch)} {healthy}"
    said = " ".join(finding.sentence for finding in told)
    if rest := [NAMES[finding.sign] for finding in (ill or fine) if finding not in told]:
        side = "Also outside their zones" if ill else "For that reason alone outside their zones"
        said += f" {side}: {listed(rest)}."
    return f"{outcome(run, epoch)} Before training: {said}"
