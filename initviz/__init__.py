"""initviz: why does a neural network start from random weights, and how large should they be?"""

from .activations import ACTIVATIONS
from .datasets import DATASETS, Dataset
from .diagnostics import activation_statistics, gradient_statistics, saturation, symmetry
from .explain import explain
from .initializers import INITIALIZERS
from .losses import LOSSES
from .network import Network, forward, gradients, init_network, lsuv
from .training import Experiment, Run, stream, train

__version__ = "0.1.0"

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "INITIALIZERS",
    "LOSSES",
    "Dataset",
    "Experiment",
    "Network",
    "Run",
    "activation_statistics",
    "explain",
    "explore",
    "forward",
    "gradient_statistics",
    "gradients",
    "init_network",
    "lsuv",
    "plots",
    "saturation",
    "stream",
    "symmetry",
    "train",
]


def __getattr__(name: str):
    """Load the plots and widgets, and with them matplotlib, only when somebody asks for them."""
    from importlib import import_module

    if name == "explore":
        return import_module(".widgets", __name__).explore
    if name in ("plots", "widgets"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
