"""The main picture: what the hidden layers say, how the losses fall, the gradient, the outcome."""

from matplotlib.figure import Figure

from ..measure.standards import SATURATED
from ..training.run import Run, check_run
from .by_layer import GradientByLayer
from .curves import AccuracyCurves, LossCurves
from .histograms import ActivationHistograms, is_brief
from .maps import DecisionMap
from .scene import Scene, picture
from .style import GREY


class Overview(Scene):
    """The main picture, of any run."""

    zones = f"shaded: slope below {SATURATED:.0%} of its maximum   ·   outline"

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        hidden = len(run.experiment.hidden_layers)
        left, right, gap = 0.05, 0.98, 0.02 if is_brief(hidden) else 0.035
        width = (right - left - gap * (hidden - 1)) / max(hidden, 1)
        boxes = [(left + i * (width + gap), 0.625, width, 0.24) for i in range(hidden)]
        self.views = [
            ActivationHistograms([figure.add_axes(box) for box in boxes], run),
            LossCurves(figure.add_axes((0.05, 0.105, 0.30, 0.315)), run),
            GradientByLayer(figure.add_axes((0.50, 0.105, 0.205, 0.315)), run),
            *self.outcome(figure, run),
        ]
        figure.text(left, 0.952, "What each hidden layer says", fontsize=10, fontweight="bold")
        outline = "before training" if pinned is None else "the pinned run"
        figure.text(right, 0.952, f"{self.zones}: {outline}", color=GREY, ha="right")
        if not hidden:
            figure.text(0.5, 0.745, "no hidden layer", color=GREY, ha="center")

    def outcome(self, figure: Figure, run: Run) -> list:
        """The decision boundary of points in a plane, else the accuracy; for regression nothing."""
        if run.accuracies is None:
            return []
        if run.dataset.features == 2 and run.dataset.task == "binary":
            return [DecisionMap(figure.add_axes((0.775, 0.065, 0.205, 0.355)), run)]
        return [AccuracyCurves(figure.add_axes((0.77, 0.105, 0.125, 0.315)), run)]


def overview(run: Run, epoch: int | None = None, pinned: Run | None = None) -> Figure:
    """The main picture of a run as a matplotlib figure, at ``epoch`` (None: the last one).

    >>> import initviz as iv
    >>> run = iv.train(iv.Experiment(hidden_layers=(4, 4), epochs=5, restarts=2))
    >>> len(overview(run).axes)  # two layers, the losses, the gradient, the decision
    5
    """
    check_run(run)
    return picture(Overview, run, epoch, pinned)
