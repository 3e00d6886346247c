"""The lottery ticket: which weights a network needs, and whether it needs their first values.

Frankle & Carbin 2019, https://arxiv.org/abs/1803.03635: train a network, keep the largest of its
weights, put them back to what they were before training, and train those alone. It works about as
well as the whole network. With other first values in the same places it works less well.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, number, whole
from ..networks.arguments import check_seed
from ..networks.arrays import check_inputs
from ..networks.network import Network, check_network, gradient
from .landscape import as_network, as_points, slopes_at
from .movement import check_like


def ticket(trained: Network, start: Network, keep: float) -> Network:
    """``start`` with nothing but the weights that are largest in ``trained``; the others are 0.

    keep: the share of the weights of each layer that stays, from 0 to 1; biases all do. With
    the start that ``trained`` came from this is its ticket, with another one the ticket redrawn.
    """
    check_network(trained)
    check_like(trained, "start", start)
    if number("keep", keep, least=0) > 1:
        raise bad("keep", keep, "give a share from 0 to 1")

    def kept(W: np.ndarray, W0: np.ndarray) -> np.ndarray:
        size = np.abs(W).reshape(len(W), -1)
        rank = size.argsort(axis=1, kind="stable").argsort(axis=1)  # 0 is the smallest
        stay = rank >= round((1 - keep) * rank.shape[1])
        return np.where(stay.reshape(W.shape), W0, 0)

    pairs = zip(trained.weights, start.weights, strict=True)
    return replace(start, weights=tuple(kept(*pair) for pair in pairs))


@np.errstate(all="ignore")
def train_sparse(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    loss: str,
    *,
    learning_rate: float,
    epochs: int,
    momentum: float = 0.0,
    batch_size: int | None = None,
    seed: int = 0,
) -> Network:
    """The networks after so many epochs of gradient descent. A weight that starts at 0 stays there.

    X: (samples, features). y: (samples,) or (samples, outputs). loss: a name in ``LOSSES``.
    batch_size: None is the full batch. seed: of the batches, the same for all restarts.
    """
    check_network(network)
    rate = number("learning_rate", learning_rate, above=0)
    number("momentum", momentum, least=0, below=1)
    X, y = check_inputs(X), np.asarray(y)
    gradient(network, X, y, loss)  # says what does not fit, which a batch of them might hide
    size = len(X) if batch_size is None else whole("batch_size", batch_size, least=1)
    there = tuple((W != 0).astype(W.dtype) for W in network.weights)
    moving = as_points(replace(network.each_array(np.ones_like), weights=there))
    point, velocity = as_points(network), np.zeros_like(moving)
    rng = np.random.default_rng(check_seed(seed))
    for _ in range(whole("epochs", epochs, least=0)):
        order = np.arange(len(X)) if size >= len(X) else rng.permutation(len(X))
        for some in np.split(order, range(size, len(order), size)):
            slope = slopes_at(point, network, X[some], y[some], loss)
            velocity = momentum * velocity + rate * moving * slope
            point = point - velocity
    return as_network(point, network)
