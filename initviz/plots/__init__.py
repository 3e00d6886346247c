"""Pictures of a run. Each class draws one thing: made on axes, then ``update(run, epoch)``."""

from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..training import Run
from .curves import AccuracyCurves, LossCurves
from .decision import DecisionMap
from .gradients import GradientByLayer
from .histograms import ActivationHistograms
from .overview import SIZE, Overview
from .style import STYLE

__all__ = [
    "SIZE",
    "STYLE",
    "AccuracyCurves",
    "ActivationHistograms",
    "DecisionMap",
    "GradientByLayer",
    "LossCurves",
    "Overview",
    "overview",
]


def overview(run: Run, epoch: int | None = None, pinned: Run | None = None) -> Figure:
    """The main picture of a run as a matplotlib figure, at ``epoch`` (None: the last one)."""
    with rc_context(STYLE):
        figure = Figure(figsize=SIZE, dpi=200)
        FigureCanvasAgg(figure)
        shown = run.snapshot_at(run.epoch if epoch is None else epoch)
        Overview(figure, run, pinned).update(run, shown, pinned)
    return figure
