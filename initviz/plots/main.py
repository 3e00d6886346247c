"""The main picture: what the hidden layers say, how the losses fall, the gradient, the outcome."""

from matplotlib.figure import Figure

from ..training.run import Run, check_run
from .by_layer import GradientByLayer
from .curves import AccuracyCurves, LossCurves
from .histograms import ActivationHistograms
from .maps import DecisionMap
from .scene import Scene, picture
from .style import GREY


class Overview(Scene):
    """The main picture, of any run."""

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        hidden = len(run.experiment.hidden_layers)
        self.views = [
            ActivationHistograms(row_of_axes(figure, hidden), run),
            LossCurves(figure.add_axes((0.05, 0.105, 0.30, 0.315)), run),
            GradientByLayer(figure.add_axes((0.50, 0.105, 0.205, 0.315)), run),
            *_outcome(figure, run),
        ]
        figure.text(0.05, 0.952, "What each hidden layer says", fontsize=10, fontweight="bold")
        outline = "before training" if pinned is None else "the pinned run"
        text = f"shaded: slope below 10% of its maximum   ·   outline: {outline}"
        figure.text(0.98, 0.952, text, color=GREY, ha="right")
        if not hidden:
            figure.text(0.5, 0.745, "no hidden layer", color=GREY, ha="center")


def overview(run: Run, epoch: int | None = None, pinned: Run | None = None) -> Figure:
    """The main picture of a run as a matplotlib figure, at ``epoch`` (None: the last one).

    >>> import initviz as iv
    >>> run = iv.train(iv.Experiment(hidden_layers=(4, 4), epochs=5, restarts=2))
    >>> len(overview(run).axes)  # two layers, the losses, the gradient, the decision
    5
    """
    check_run(run)
    return picture(Overview, run, epoch, pinned)


def row_of_axes(figure: Figure, count: int, bottom: float = 0.625, height: float = 0.24) -> list:
    """``count`` axes side by side, one a hidden layer; in shares of the figure's height."""
    left, right, gap = 0.05, 0.98, 0.035 if count <= 5 else 0.02
    width = (right - left - gap * (count - 1)) / max(count, 1)
    return [
        figure.add_axes((left + i * (width + gap), bottom, width, height)) for i in range(count)
    ]


def _outcome(figure: Figure, run: Run) -> list:
    """The decision boundary of points in a plane, else the accuracy; for regression nothing."""
    if run.accuracies is None:
        return []
    if run.dataset.features == 2 and run.dataset.task == "binary":
        return [DecisionMap(figure.add_axes((0.775, 0.065, 0.205, 0.355)), run)]
    return [AccuracyCurves(figure.add_axes((0.77, 0.105, 0.125, 0.315)), run)]
