"""A check-up for a model of your own. Imports plots and what is below it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import bad, flag, number, whole
from ..measure.examination import Examination
from ..words.rules import findings
from . import ours
from .adapter import Adapter, Scope
from .coordinates import coordinate_check
from .report import Report
from .trial import tried

__all__ = ["Report", "checkup", "coordinate_check"]

ADAM = 0.001  # its usual learning rate
MOST_STEPS = 100_000  # of a look at a start: what takes as many is a training


def checkup(
    model,
    X=None,
    y=None,
    loss=None,
    *,
    learning_rate: float | None = None,
    mend: bool = True,
    steps: int = 0,
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
    mend: whether mends are tried before they are told, each with one more batch.
    steps: of Adam, taken on this batch and taken back, to see whether the verdict holds; at the
        learning rate given, or 0.001.

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
    steps = whole("steps", steps, least=0, below=MOST_STEPS)
    if steps and y is None and not callable(loss):
        raise bad("steps", steps, "there is nothing to learn without targets: give y as well")
    flag("mend", mend)
    adapter = _adapter(model)
    given = {"model": model, "X": X, "y": y, "loss": loss, "learning_rate": rate}

    def examine(now: Scope) -> Examination:
        return adapter.examine(*(now[name] for name in given))

    @contextmanager
    def kept() -> Iterator[Scope]:
        with adapter.kept(model) as imported:
            yield given | imported

    examination = examine(given)
    found = findings(examination)
    mended = tried(found, examination, examine, kept) if mend else (found, 0)
    losses = adapter.train(model, X, y, loss, rate or ADAM, steps) if steps else ()
    return Report(examination, *mended, losses)


def _adapter(model) -> Adapter:
    """What understands the model. A framework is imported only if the model may be its."""
    for adapter in _adapters():
        if adapter.is_model(model):
            return adapter
    remedy = "give a torch.nn.Module, a keras.Model or an initviz.Network"
    raise bad("model", type(model).__name__, remedy)


def _adapters() -> Iterator[Adapter]:
    yield ours
    if "keras" in sys.modules:  # before PyTorch, whose modules Keras' may be
        from . import keras

        yield keras
    if "torch" in sys.modules:
        from . import torch

        yield torch
