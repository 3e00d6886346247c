"""How far training has moved the weights, along how many directions, and how many are in use.

From a large start a network can learn while it hardly moves, as a linear model would ("lazy":
Chizat, Oyallon & Bach 2019, https://arxiv.org/abs/1812.07956). From a small one the units' incoming
weights turn to a few directions ("condense": Luo et al. 2021, https://jmlr.org/papers/v22/20-1123).
"""

from dataclasses import dataclass

import numpy as np

from ..errors import bad
from ..networks.memory import check_room
from ..networks.network import Network, check_network
from ..training.run import Run
from .jacobian import check_widths
from .layers import by_layer, rms
from .once import once_per_run
from .symmetry import effective_rank

POINTS = 31  # of a course, which is measured anew while a hand moves
ALIKE = 0.95  # of the cosine: units whose weights are within 18° point the same way


@dataclass(frozen=True, eq=False)
class Movement:
    """How the weights of each layer have moved; every array is (layers, restarts).

    distance: how long the change is, over how long the weights were before. inf where they were 0
        and have moved, 0 where nothing has.
    directions: the effective rank of the change, see ``Symmetry``: 1 where all weights of a layer
        have moved along one pair of directions, in its inputs and units.
    """

    distance: np.ndarray
    directions: np.ndarray


@np.errstate(all="ignore")
def movement(network: Network, start: Network) -> Movement:
    """How far the weights of ``network`` are from those of ``start``, layer by layer.

    Weights alone: biases mostly start at 0, from where no distance is small.

    >>> import initviz as iv
    >>> run = iv.train(iv.Experiment(epochs=5, restarts=4))
    >>> iv.movement(run.network_at(5), run.network_at(0)).distance.shape
    (3, 4)
    """
    check_network(network)
    check_like(network, "start", start)
    check_widths(network)
    pairs = zip(network.weights, start.weights, strict=True)
    changes = [W.astype(np.float64) - W0 for W, W0 in pairs]
    before = by_layer(network, start.weights, rms)
    distance = by_layer(network, changes, rms)
    return Movement(
        distance=np.where(distance == 0, 0.0, distance / before),
        directions=by_layer(network, changes, effective_rank),
    )


@np.errstate(all="ignore")
def directions_in_use(network: Network) -> np.ndarray:
    """In how many directions the units of a layer look: (hidden layers, restarts).

    Each unit's incoming weights and bias point somewhere; two units look the same way where the
    cosine is above 0.95. Units count by what they weigh, the length of what comes in times that of
    what goes out: of shares p, the number is 1 / Σ p p' over all pairs that look the same way
    (Leinster & Cobbold 2012, order 2). So it goes from 1, where all that counts looks one way, to
    the number of units. NaN where a layer is all zero or overflows.
    """
    check_network(network)
    check_pairs(network, 3 * network.restarts)
    layers = zip(network.weights[:-1], network.biases[:-1], network.weights[1:], strict=True)
    units = [
        np.concatenate([W, b, np.linalg.norm(out, axis=1)[..., np.newaxis]], axis=2)
        for W, b, out in layers
    ]
    return by_layer(network, units, _directions)


def _directions(units: np.ndarray) -> np.ndarray:
    """(restarts, units, weights, then a bias and the length of what goes out) to (restarts,)."""
    into, out = units[..., :-1].astype(np.float64), units[..., -1].astype(np.float64)
    length = np.linalg.norm(into, axis=2)
    share = length * out / (length * out).sum(axis=1, keepdims=True)
    unit = into / np.where(length > 0, length, 1)[..., np.newaxis]
    alike = unit @ unit.swapaxes(1, 2) > ALIKE
    return 1 / np.einsum("ri,rij,rj->r", share, alike, share)


@dataclass(frozen=True, eq=False)
class Course:
    """What becomes of layer 1 in training, see ``movement`` and ``directions_in_use``.

    epochs: (points,), some of those that were kept. distance, directions: (points, restarts).
    """

    epochs: np.ndarray
    distance: np.ndarray
    directions: np.ndarray


@once_per_run
@np.errstate(all="ignore")
def course(run: Run) -> Course:
    kept = np.unique(np.linspace(0, len(run.snapshots) - 1, POINTS).astype(int))
    networks = [run.network_at(int(epoch)) for epoch in run.snapshots[kept]]
    first, length = networks[0].weights[0], rms(networks[0].weights[0])
    distance = np.array([rms(each.weights[0] - first) for each in networks])
    return Course(
        epochs=run.snapshots[kept],
        distance=np.where(distance == 0, 0.0, distance / length),
        directions=np.array([directions_in_use(each)[0] for each in networks]),
    )


@np.errstate(all="ignore")
def looks(network: Network) -> tuple[np.ndarray, np.ndarray]:
    """Where the units of layer 1 look, (restarts, units, 2), and whether they raise the answer.

    By the weights from the first two inputs, or of a single one by its weight and the bias; as long
    as the unit weighs, where the heaviest of each restart has the length 1.
    """
    into = np.concatenate([network.weights[0], network.biases[0]], axis=2)[..., :2]
    out = network.weights[1].astype(np.float64)
    weighed = into * np.linalg.norm(out, axis=1)[..., np.newaxis]
    longest = np.linalg.norm(weighed, axis=2).max(axis=1)[:, np.newaxis, np.newaxis]
    return np.nan_to_num(weighed / np.where(longest > 0, longest, 1)), out.sum(axis=1) > 0


def check_like(network: Network, name: str, other: object) -> None:
    """ValueError unless ``other`` is a network of the same kind as ``network``."""
    if not isinstance(other, Network):
        raise bad(name, type(other).__name__, "give an initviz.Network")
    for part in ("layers", "restarts", "activation", "output", "norm", "skips"):
        found, wanted = getattr(other, part), getattr(network, part)
        if found != wanted:
            raise bad(f"{name}.{part}", found, f"network has {wanted!r}")


def check_pairs(network: Network, numbers: int) -> None:
    """ValueError where memory cannot hold so many numbers for each pair of units of a layer."""
    needed = 8 * numbers * max(network.layers[1:-1], default=0) ** 2
    check_room("network.layers", network.layers, needed, "give one with fewer units")
