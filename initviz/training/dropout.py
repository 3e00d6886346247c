"""Training with dropout, to see what chance *during* training does for units that start equal.

Srivastava et al. 2014, https://jmlr.org/papers/v15/srivastava14a.html: in every step, every hidden
unit is switched off with probability ``rate``, for each sample anew. Those that stay are made
1 / (1 - rate) times as loud, so that what the next layer hears is the same on average.
"""

from dataclasses import replace

import numpy as np

from ..errors import bad, number, whole
from ..networks.activations import ACTIVATIONS
from ..networks.losses import LOSSES, OUTPUTS, encode_targets
from ..networks.network import Network


def train_with_dropout(
    network: Network,
    X: np.ndarray,
    y: np.ndarray,
    loss: str,
    *,
    rate: float,
    learning_rate: float,
    epochs: int,
    seed: int = 0,
) -> Network:
    """The networks after ``epochs`` steps of gradient descent on the full batch.

    X: (samples, features). y: (samples,) or (samples, outputs). loss: a name in ``LOSSES``.
    rate: from 0, which is no dropout, to below 1. seed: of the masks; each restart has its own.
    """
    if network.norm != "none" or network.alphas:
        raise bad("network", network, "give one without a norm and without skips")
    number("rate", rate, least=0, below=1)
    number("learning_rate", learning_rate, above=0)
    targets = encode_targets(y, loss, outputs=network.layers[-1])
    inputs = np.broadcast_to(np.transpose(X), (network.restarts, *np.shape(X)[::-1]))
    rng = np.random.default_rng(seed)
    for _ in range(whole("epochs", epochs, least=0)):
        masks = [
            (rng.random((network.restarts, units, len(X))) >= rate) / (1 - rate)
            for units in network.layers[1:-1]
        ]
        slopes = masked_gradients(network, inputs, targets, loss, masks)
        weights, biases = (
            tuple(p - learning_rate * slope for p, slope in zip(parameters, each, strict=True))
            for parameters, each in zip((network.weights, network.biases), slopes, strict=True)
        )
        network = replace(network, weights=weights, biases=biases)
    return network


def masked_gradients(
    network: Network, inputs: np.ndarray, targets: np.ndarray, loss: str, masks: list[np.ndarray]
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Gradients of weights and biases while each hidden layer's activations meet their mask.

    inputs: (restarts, features, samples). targets: (outputs, samples).
    masks: one a hidden layer, (restarts, units, samples), what each activation is multiplied by.
    """
    f = ACTIVATIONS[network.activation]
    zs, activations = [], [inputs]
    for W, b, mask in zip(network.weights, network.biases, [*masks, None], strict=True):
        zs.append(W @ activations[-1] + b)
        last = mask is None
        activations.append(OUTPUTS[network.output](zs[-1]) if last else f.function(zs[-1]) * mask)

    delta = LOSSES[loss].gradient(zs[-1], targets, network.output)
    weights, biases = [], []
    for layer in reversed(range(len(zs))):
        weights.insert(0, delta @ activations[layer].swapaxes(1, 2))
        biases.insert(0, delta.sum(axis=2, keepdims=True))
        if layer > 0:
            back = network.weights[layer].swapaxes(1, 2) @ delta
            delta = back * masks[layer - 1] * f.derivative(zs[layer - 1])
    return weights, biases
