"""A check-up for a model of your own. Imports plots and what is below it."""

import sys
from collections.abc import Callable

from ..errors import bad, number
from ..measure.examination import Examination
from ..measure.vitals import vitals
from ..networks.losses import check_loss
from ..networks.network import Network
from ..words.vitals import examination
from .report import Report

__all__ = ["Report", "checkup"]

LOSS_OF = {
    "sigmoid": "binary_cross_entropy",
    "softmax": "softmax_cross_entropy",
    "identity": "squared_error",
}


def checkup(model, X=None, y=None, loss=None, *, learning_rate: float | None = None) -> Report:
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
    told = {}
    if learning_rate is not None:
        told["learning_rate"] = number("learning_rate", learning_rate, above=0)
    return Report(_examiner(model)(model, X, y, loss, **told))


def _examiner(model) -> Callable[..., Examination]:
    """What understands the model; a framework is imported only if the model is its."""
    if isinstance(model, Network):
        return _of_network
    if "keras" in sys.modules:  # before PyTorch, whose modules Keras' may be
        from . import keras

        if isinstance(model, keras.keras.Layer):
            return keras.examine
    if "torch" in sys.modules:
        from . import torch

        if isinstance(model, torch.nn.Module):
            return torch.examine
    remedy = "give a torch.nn.Module, a keras.Model or an initviz.Network"
    raise bad("model", type(model).__name__, remedy)


def _of_network(network: Network, X, y, loss, learning_rate=None) -> Examination:
    """y is needed, and loss is a name in ``LOSSES``. Of several restarts it takes the median."""
    if y is None:
        raise bad("y", None, "a Network is checked with its targets: give them")
    loss = check_loss(LOSS_OF[network.output] if loss is None else loss)
    return examination(vitals(network, X, y, loss, learning_rate))
