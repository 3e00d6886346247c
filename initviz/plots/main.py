"""The main picture: what the hidden layers say, how the losses fall, the gradient, the outcome."""

from typing import ClassVar

from matplotlib.figure import Figure

from ..measure.standards import SATURATED
from ..training.run import Run, check_run
from .by_layer import GradientByLayer
from .curves import AccuracyCurves, LossCurves
from .histograms import ActivationHistograms, is_brief
from .maps import DecisionMap
from .scene import Panel, Scene, picture
from .style import GREY


class Overview(Scene):
    """The main picture, of any run."""

    panels: ClassVar = {
        "activations": Panel((0.05, 0.625, 0.93, 0.24), wide=True, left=0.45, right=0.18),
        "losses": Panel((0.05, 0.105, 0.30, 0.315)),
        "gradient": Panel((0.50, 0.105, 0.205, 0.315)),
        "decision": Panel((0.775, 0.065, 0.205, 0.355), left=0.3, right=0.2),
    }
    zones = f"shaded: slope below {SATURATED:.0%} of its maximum   ·   outline"

    def legend(self, run: Run, pinned: Run | None) -> str:
        thin = "before training" if pinned is None else "the pinned run"
        return f"{self.zones}: {thin}"

    def activations(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        """A row of histograms, one a hidden layer."""
        hidden = len(run.experiment.hidden_layers)
        left, bottom, whole, height = box
        gap = 0.02 if is_brief(hidden) else 0.035
        width = (whole - gap * (hidden - 1)) / max(hidden, 1)
        boxes = [(left + i * (width + gap), bottom, width, height) for i in range(hidden)]
        top = bottom + height + 0.39 / self.size[1]
        figure.text(left, top, "What each hidden layer says", fontsize=10, fontweight="bold")
        if not hidden:
            middle = left + whole / 2, bottom + height / 2
            figure.text(*middle, "no hidden layer", color=GREY, ha="center")
        return [ActivationHistograms([figure.add_axes(each) for each in boxes], run)]

    def losses(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        return [LossCurves(figure.add_axes(box), run)]

    def gradient(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        return [GradientByLayer(figure.add_axes(box), run)]

    def decision(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        """The decision boundary of points in a plane, else the accuracy; for regression nothing."""
        if run.accuracies is None:
            return []
        if run.dataset.features == 2 and run.dataset.task == "binary":
            return [DecisionMap(figure.add_axes(box), run)]
        left, bottom, width, height = box
        narrow = (left, bottom + 0.04, 0.6 * width, height - 0.04)  # names stand at its right
        return [AccuracyCurves(figure.add_axes(narrow), run)]


def overview(run: Run, epoch: int | None = None, pinned: Run | None = None) -> Figure:
    """The main picture of a run as a matplotlib figure, at ``epoch`` (None: the last one).

    >>> import initviz as iv
    >>> run = iv.train(iv.Experiment(hidden_layers=(4, 4), epochs=5, restarts=2))
    >>> len(overview(run).axes)  # two layers, the losses, the gradient, the decision
    5
    """
    check_run(run)
    return picture(Overview, run, epoch, pinned)
