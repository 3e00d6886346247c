"""The main picture: what the hidden layers say, how the losses fall, the gradient, the outcome."""

from typing import ClassVar

from matplotlib.figure import Figure

from ..training.run import Run, check_run
from .by_layer import GradientByLayer
from .curves import AccuracyCurves, LossCurves
from .histograms import ActivationHistograms, side_by_side, zones_and
from .maps import DecisionMap
from .scene import Panel, Scene, picture
from .style import GREY


class Overview(Scene):
    """The main picture, of any run."""

    draws_activation = True
    panels: ClassVar = {
        "activations": Panel(
            (0.0575, 0.62, 0.9225, 0.24), wide=True, left=0.46, right=0.16, below=0.28
        ),
        "losses": Panel((0.0575, 0.11, 0.235, 0.31), view=LossCurves),
        "gradient": Panel((0.4725, 0.11, 0.2, 0.31), right=0.65, view=GradientByLayer),
        "decision": Panel((0.765, 0.07, 0.215, 0.35), left=0.35, right=0.9, square=True),
    }

    def activations(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        """A row of histograms, one a hidden layer."""
        hidden = len(run.experiment.hidden_layers)
        left, bottom, whole, height = box
        key = zones_and("outline", pinned, self.size[0])
        self.title(figure, box, "What each hidden layer says", key)
        lefts, width = side_by_side(left, whole, hidden, 1 / self.size[0])
        boxes = [(each, bottom, width, height) for each in lefts]
        if not hidden:
            middle = left + whole / 2, bottom + height / 2
            figure.text(*middle, "no hidden layer", color=GREY, ha="center")
        return [ActivationHistograms([figure.add_axes(each) for each in boxes], run)]

    def decision(self, figure: Figure, box: tuple, run: Run, pinned: Run | None) -> list:
        """The decision boundary of points in a plane, else the accuracy; for regression nothing."""
        if run.accuracies is None:
            return []
        if run.dataset.features == 2 and run.dataset.task == "binary":
            return [DecisionMap(figure.add_axes(box), run)]
        left, bottom, width, height = box
        # The names at its right take from its width what is not free beside it.
        right = min(left + width, 1 - 0.9 / self.size[0])
        left, low = left + 0.2 / self.size[0], 0.17 / self.size[1]
        narrow = (left, bottom + low, right - left, height - low)
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
