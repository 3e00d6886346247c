"""A batch through an ``initviz.Network``; of several restarts, every number is the median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from math import log

import numpy as np

from ..errors import bad, one_of
from ..networks.activations import ACTIVATIONS
from ..networks.losses import LOSSES
from ..networks.network import Network, forward, gradients, weighted_sums
from .arrays import measured, note_answers, note_idle, size_of_inputs
from .examination import Examination
from .layer import GRID, Answers, Layer, quiet_ends

LOSS_OF = {
    "sigmoid": "binary_cross_entropy",
    "softmax": "softmax_cross_entropy",
    "identity": "squared_error",
}


def examine(network: Network, X, y=None, loss=None, learning_rate: float = 0.01) -> Examination:
    """See ``checkups.checkup``; y is needed, and loss is a name in ``LOSSES``."""
    if y is None:
        raise bad("y", None, "a Network is checked with its targets: give them")
    loss = one_of("loss", loss or LOSS_OF[network.output], LOSSES)
    checked = [_one(network.restart(r), X, y, loss, learning_rate) for r in range(network.restarts)]
    return replace(
        checked[0],
        layers=tuple(_median(layers) for layers in zip(*(e.layers for e in checked), strict=True)),
        loss=float(np.median([e.loss for e in checked])),
        output_spread=float(np.median([e.output_spread for e in checked])),
    )


def _one(network: Network, X, y, loss: str, learning_rate: float) -> Examination:
    losses, slopes, _ = gradients(network, X, y, loss)
    answers, (zs, _) = forward(network, X)[1:], weighted_sums(network, X)
    layers = []
    for n, (W, b, slope) in enumerate(zip(network.weights, network.biases, slopes, strict=True)):
        hidden = n < len(network.weights) - 1
        seen = Answers(calls=1, activation=network.activation if hidden else None)
        note_answers(seen, answers[n][0].T)
        if hidden:
            f = ACTIVATIONS[network.activation].function
            note_idle(seen, zs[n][0].T, quiet_ends(f(GRID)))
        layers.append(_layer(n, hidden, W[0], b[0], slope[0], seen, learning_rate))
    return Examination(
        framework="initviz",
        layers=tuple(layers),
        output_spread=layers[-1].spread,
        loss_name=loss,
        loss=float(losses[0]),
        guessing=_guessing(loss, network.layers[-1], y),
        learning_rate=learning_rate,
        mends=OurMends(),
        input_size=size_of_inputs(X),
    )


def _layer(n: int, hidden: bool, W, b, slope, seen: Answers, learning_rate: float) -> Layer:
    return Layer(
        name=f"layer {n + 1}" if hidden else "output layer",
        kind="Dense",
        role="matrix",
        parameter=f"weights[{n}]",
        shape=W.shape,
        fan_in=W.shape[1],
        fan_out=W.shape[0],
        bias_mean=float(b.mean()),
        last=not hidden,
        **measured(W, slope, 0, learning_rate),
        **seen.measured(),
    )


def _guessing(loss: str, outputs: int, y) -> float:
    if loss == "squared_error":
        return float(np.var(np.asarray(y, float), axis=0).sum())
    return log(max(2, outputs))


def _median(layers: Sequence[Layer]) -> Layer:
    numbers = [f.name for f in fields(Layer) if isinstance(getattr(layers[0], f.name), float)]
    middle = {
        name: float(np.median([getattr(layer, name) for layer in layers])) for name in numbers
    }
    return replace(layers[0], **middle)


SCHEMES = {"Glorot": "glorot_normal", "He": "he_normal", "LeCun": "lecun_normal"}


class OurMends:
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
