"""How sharply the loss bends where a network stands: the largest eigenvalue of its Hessian.

Along the direction that it bends most, gradient descent with steps of size η overshoots further
every time as soon as the sharpness is above 2/η. On the full batch networks are seen to get there
and to stay: Cohen et al. 2021, https://arxiv.org/abs/2103.00065, who call it the edge of stability.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from ..networks.memory import check_room
from ..networks.network import Network, check_network
from .landscape import as_points, slopes_at

TOLERANCE = 1e-3  # of the sharpness, to which it is known
MOST = 100  # directions that are tried, unless there are fewer weights
# Of a layer's length: how far the gradients of a difference lie apart. Shorter would be rounding;
# longer, and a ReLU's kink may lie between, of which the difference makes a bend that is not there.
STEP = 1e-7
SHORTEST = 1e-3  # length that a layer counts as having, however small its weights are


@np.errstate(all="ignore")
def sharpness(network: Network, X: ArrayLike, y: ArrayLike, loss: str) -> np.ndarray:
    """The largest eigenvalue of the loss's Hessian: (restarts,).

    In all weights and biases, in gains and shifts of norms, and in the α of skips, learnt or not.

    By Lanczos' method: power iteration that forgets no direction it has been in. What the Hessian
    makes of a direction is a difference of two gradients. It ends where the residual says that an
    eigenvalue is within a thousandth of what is returned, or after 100 directions. NaN where the
    gradient is not finite. X: (samples, features). y: (samples,) or (samples, outputs). loss: a
    name in ``LOSSES``.

    >>> from initviz import init_network
    >>> network = init_network((1, 1), output="identity")  # the Hessian of (w x + b - y)² is
    >>> sharpness(network, [[2.0]], [0.0], "squared_error").round(4)  # 2 [[4, 2], [2, 1]]
    array([10.])
    """
    check_network(network)
    double = network.each_array(lambda array: array.astype(np.float64))
    point = as_points(double)
    steps = min(MOST, point.shape[1])
    check_room("network.restarts", network.restarts, 8 * steps * point.size, "give fewer restarts")
    apart = STEP * np.maximum(_shortest(double), SHORTEST)[:, np.newaxis]

    def slopes(points: np.ndarray) -> np.ndarray:
        return slopes_at(points, double, X, y, loss)

    def bend(directions: np.ndarray) -> np.ndarray:
        far = apart * directions
        return (slopes(point + far) - slopes(point - far)) / (2 * apart)

    finite = np.isfinite(slopes(point)).all(axis=1)
    return np.where(finite, _largest_eigenvalue(bend, point.shape, steps), np.nan)


def _shortest(network: Network) -> np.ndarray:
    """(restarts,): how long the weights of the layer are that has the shortest, but for those of 0.

    Behind a norm the loss bends the more the shorter they are, however long all else is."""
    lengths = np.array([np.linalg.norm(W, axis=(1, 2)) for W in network.weights])
    found = np.where(lengths > 0, lengths, np.inf).min(axis=0)
    return np.where(np.isfinite(found), found, 0)


def _largest_eigenvalue(
    bend: Callable[[np.ndarray], np.ndarray], shape: tuple[int, int], steps: int
) -> np.ndarray:
    """Of symmetric matrices (restarts, n, n), known by what ``bend`` makes of (restarts, n)."""
    rng = np.random.default_rng(0)
    basis = np.empty((steps, *shape))
    seen = np.zeros((shape[0], steps, steps))  # the matrices on the directions so far: tridiagonal
    values, rest = np.zeros((shape[0], 1)), np.zeros(shape)
    for n in range(steps):
        length = np.linalg.norm(rest, axis=1)
        if n > 0:
            seen[:, n, n - 1] = seen[:, n - 1, n] = length
        nothing_left = (length == 0)[:, np.newaxis]  # then any new direction will do
        fresh = _outside(basis[:n], rng.standard_normal(shape))
        rest = np.where(nothing_left, fresh, rest)
        basis[n] = rest / np.linalg.norm(rest, axis=1, keepdims=True)
        bent = np.nan_to_num(bend(basis[n]), posinf=0, neginf=0)
        seen[:, n, n] = (bent * basis[n]).sum(axis=1)
        rest = _outside(basis[: n + 1], bent)
        values, vectors = np.linalg.eigh(seen[:, : n + 1, : n + 1])
        residual = np.linalg.norm(rest, axis=1) * np.abs(vectors[:, -1, -1])
        if (residual <= TOLERANCE * np.abs(values[:, -1])).all():
            break
    return values[:, -1]


def _outside(basis: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    """What of (restarts, n) is at right angles to a basis (directions, restarts, n)."""
    for _ in range(2):  # once leaves more than rounding
        inside = np.einsum("drn,rn->dr", basis, vectors)
        vectors = vectors - np.einsum("dr,drn->rn", inside, basis)
    return vectors
