"""A ``Network`` of ours: its vital signs, and its mends."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

from ..errors import bad
from ..measure.examination import Examination
from ..measure.vitals import vitals
from ..networks.losses import check_loss
from ..networks.network import Network, init_network
from ..words.vitals import examination
from .adapter import Scope

LOSS_OF = {
    "sigmoid": "binary_cross_entropy",
    "softmax": "softmax_cross_entropy",
    "identity": "squared_error",
}


def is_model(thing: object) -> bool:
    return isinstance(thing, Network)


def examine(network: Network, X, y, loss, learning_rate: float | None = None) -> Examination:
    """y is needed, and loss is a name in ``LOSSES``. Of several restarts it takes the median."""
    if y is None:
        raise bad("y", None, "a Network is checked with its targets: give them")
    loss = check_loss(LOSS_OF[network.output] if loss is None else loss)
    return examination(vitals(network, X, y, loss, learning_rate))


@contextmanager
def kept(network: Network) -> Iterator[Scope]:
    """A Network is frozen: its mends make another one."""
    yield {"iv": SimpleNamespace(init_network=init_network), "replace": replace}


def train(network: Network, X, y, loss, rate: float, steps: int) -> tuple[float, ...]:
    raise bad("steps", steps, "a Network is trained by iv.train: leave steps out")
