"""A check-up for a model of your own. Imports plots and what is below it."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from ..errors import bad, number
from ..measure.examination import Examination
from ..measure.vitals import vitals
from ..networks.losses import check_loss
from ..networks.network import Network, init_network
from ..words.rules import findings
from ..words.vitals import examination
from .coordinates import coordinate_check
from .report import Report
from .trial import Scope, tried

__all__ = ["Report", "checkup", "coordinate_check"]

LOSS_OF = {
    "sigmoid": "binary_cross_entropy",
    "softmax": "softmax_cross_entropy",
    "identity": "squared_error",
}


def checkup(
    model, X=None, y=None, loss=None, *, learning_rate: float | None = None, mend: bool = True
) -> Report:
    """Send one batch through a model, forward and backward, and report how its start looks.

    model: a PyTorch ``nn.Module``, a Keras 3 model, or an ``initviz.Network``. It is left exactly
        as it was: weights, buffers, norms' statistics, training mode, gradients, random states.
    X: a batch with the samples first, as in the first step of training; a tuple, list or dict
        where the model takes several inputs.
    y: its targets; whole numbers are classes, everything else is regression. Without y there is
        no loss, and the gradients are those of a random projection of the output.
    loss: None takes cross-entropy for classes, the mean squared error for regression, and of a
        compiled Keras model its own. A function of (output, y), for Keras of (y, output) as there;
        or of the output alone where there is no y. Or a name: PyTorch's, such as "cross_entropy",
        Keras', or one in ``LOSSES``.
    learning_rate: of plain gradient descent, for the size of the first step. None shows it for
        0.01; of a Network the first step is judged where a rate is given.
    mend: whether mends are tried before they are told, each with one more batch. (Those of Keras'
        models are told as they are.)

    Raises ValueError in one sentence where model, batch and loss do not fit together.

    >>> import initviz as iv
    >>> data = iv.DATASETS["moons"]
    >>> network = iv.init_network((2, 16, 16, 1), "tanh", "zeros")
    >>> report = checkup(network, data.X, data.y)
    >>> report.verdict, report.findings[0].sign, report.findings[0].level
    ('1 serious finding.', 'zeros', 'serious')
    """
    if X is None:
        raise bad("X", None, "give a batch of your data, and its targets: checkup(model, X, y)")
    rate = learning_rate
    if rate is not None:
        rate = number("learning_rate", rate, above=0)
    examine, kept = _adapter(model)
    examination = examine(model, X, y, loss, rate)
    found = findings(examination)
    if not mend or kept is None:
        return Report(examination, found)

    @contextmanager
    def scope() -> Iterator[Scope]:
        with kept(model) as names:
            told = {"model": model, "X": X, "y": y, "loss": loss, "learning_rate": rate}
            yield told | names

    def again(now: Scope) -> Examination:
        return examine(*(now[name] for name in ("model", "X", "y", "loss", "learning_rate")))

    return Report(examination, tried(found, examination, again, scope))


Kept = Callable[[Any], AbstractContextManager[Scope]]


def _adapter(model) -> tuple[Callable[..., Examination], Kept | None]:
    """What understands the model, and what keeps it while mends are tried. A framework is imported
    only if the model is its."""
    if isinstance(model, Network):
        return _of_network, _as_it_is
    if "keras" in sys.modules:  # before PyTorch, whose modules Keras' may be
        from . import keras

        if isinstance(model, keras.keras.Layer):
            return keras.examine, None
    if "torch" in sys.modules:
        from . import torch

        if isinstance(model, torch.nn.Module):
            return torch.examine, torch.kept
    remedy = "give a torch.nn.Module, a keras.Model or an initviz.Network"
    raise bad("model", type(model).__name__, remedy)


@contextmanager
def _as_it_is(network: Network) -> Iterator[Scope]:
    """A Network is frozen: its mends make another one."""
    yield {"iv": SimpleNamespace(init_network=init_network), "replace": replace}


def _of_network(network: Network, X, y, loss, learning_rate=None) -> Examination:
    """y is needed, and loss is a name in ``LOSSES``. Of several restarts it takes the median."""
    if y is None:
        raise bad("y", None, "a Network is checked with its targets: give them")
    loss = check_loss(LOSS_OF[network.output] if loss is None else loss)
    return examination(vitals(network, X, y, loss, learning_rate))
