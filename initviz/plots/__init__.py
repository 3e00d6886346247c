"""Pictures: made on axes, then ``update(run, epoch)``. Imports words and what is below it."""

from importlib import import_module

from matplotlib.figure import Figure

from ..training.run import Run, check_run
from .charts import dots, matrix
from .curves import AccuracyCurves, LossCurves
from .decision import DecisionMap
from .gradients import GradientByLayer
from .histograms import ActivationHistograms
from .overview import Overview
from .scene import Scene, picture
from .style import STYLE

__all__ = [
    "STYLE",
    "AccuracyCurves",
    "ActivationHistograms",
    "DecisionMap",
    "GradientByLayer",
    "LossCurves",
    "Overview",
    "Scene",
    "dots",
    "matrix",
    "overview",
    "picture",
]

# The pictures of single chapters, loaded when a notebook asks for them.
CHAPTERS = (
    "symmetry",
    "saturation",
    "schemes",
    "restarts",
    "landscape",
    "race",
    "depth",
    "phase",
    "trainability",
    "jacobian",
    "vitals",
    "sweeps",
)


def overview(run: Run, epoch: int | None = None, pinned: Run | None = None) -> Figure:
    """The main picture of a run as a matplotlib figure, at ``epoch`` (None: the last one)."""
    check_run(run)
    return picture(Overview, run, epoch, pinned)


def __getattr__(name: str):
    if name in CHAPTERS:
        return import_module(f".{name}", __name__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
