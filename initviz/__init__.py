"""initviz: why does a neural network start from random weights, and how large should they be?"""

from . import theory
from .activations import ACTIVATIONS
from .datasets import DATASETS, Dataset
from .diagnostics import (
    activation_statistics,
    cosine,
    dead,
    gradient_statistics,
    jacobian,
    jacobian_singular_values,
    mean_slope,
    participation,
    saturation,
    signal_spread,
    stuck,
    symmetry,
)
from .explain import explain
from .initializers import INITIALIZERS
from .intervals import Interval, median, proportion
from .losses import LOSSES
from .network import Network, forward, gradients, init_network, lsuv
from .progress import progress
from .trainability import stream_trainability
from .training import Experiment, Run, stream, train

__version__ = "0.1.0"

# Loaded only when somebody asks for them: these with pandas, joblib or the frameworks,
BESIDE = {"checkup": "checkups", "sweep": "sweeps"}

# and these with matplotlib and ipywidgets.
UPSTAIRS = (
    "check",
    "explore",
    "explore_checkup",
    "explore_clinic",
    "explore_depth",
    "explore_jacobian",
    "explore_phase",
    "explore_race",
    "explore_restarts",
    "explore_saturation",
    "explore_schemes",
    "explore_sweep",
    "explore_symmetry",
    "explore_trainability",
    "predict",
)

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "INITIALIZERS",
    "LOSSES",
    "Dataset",
    "Experiment",
    "Interval",
    "Network",
    "Run",
    "activation_statistics",
    "checkup",
    "cosine",
    "dead",
    "explain",
    "forward",
    "gradient_statistics",
    "gradients",
    "init_network",
    "jacobian",
    "jacobian_singular_values",
    "lsuv",
    "mean_slope",
    "median",
    "participation",
    "plots",
    "progress",
    "proportion",
    "saturation",
    "signal_spread",
    "stream",
    "stream_trainability",
    "stuck",
    "sweep",
    "symmetry",
    "theory",
    "train",
    "widgets",
    *UPSTAIRS,
]


def __getattr__(name: str):
    from importlib import import_module

    if name in BESIDE:
        return getattr(import_module(f".{BESIDE[name]}", __name__), name)
    if name in UPSTAIRS:
        return getattr(import_module(".widgets", __name__), name)
    if name in ("plots", "widgets"):
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
