"""The picture of an explorer: several views of one run on one figure."""

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..training.run import Run
from .fast import Label
from .style import GREY, styled


class View:
    """One part of the picture. ``artists`` are what changes, in the order of drawing."""

    def __init__(self, axes: Axes) -> None:
        self.axes, self.artists = axes, []

    def live(self, artist, behind: bool = False):
        """Have this one drawn anew in every frame, over the others or behind them."""
        self.artists.insert(0 if behind else len(self.artists), artist)
        return artist

    def line(self, *marks: str, behind: bool = False, **look) -> Line2D:
        return self.live(self.axes.plot([], [], *marks, **look)[0], behind)

    def dashed(self, width: float = 1.2) -> Line2D:
        """The line of a pinned run."""
        return self.line(color=GREY, lw=width, ls=(0, (2, 1.5)))

    def cursor(self) -> Line2D:
        """The upright line at the epoch shown."""
        return self.line(color=GREY, lw=0.7)

    def segments(self, **look) -> LineCollection:
        lines = LineCollection([], **look)
        self.axes.add_collection(lines, autolim=False)
        return self.live(lines)

    def name(self, color: str, **place) -> Label:
        """A text at a place of the data."""
        return self.live(Label(self.axes, color, self.axes.transData, **place))

    def remark(self, x: float, y: float, dy: float, color: str, size: float = 7.5) -> Label:
        """A text beside the axes, from (0, 0) to (1, 1); at their right edge it ends there."""
        place = {"x": x, "y": y, "dy": dy, "size": size, "ha": "right" if x == 1 else "left"}
        return self.live(Label(self.axes, color, self.axes.transAxes, **place))


class Scene:
    """Views on a figure.

    What stays the same from run to run (axes, ticks, headings) is drawn when it is made; ``update``
    changes the rest, which is the views' ``artists``. A scene serves every run with the same
    ``frame``; a run with another one needs a new scene.
    """

    size = (9.0, 4.5)  # inches
    views: list

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        """A subclass puts axes on the figure, and sets ``views``."""

    @property
    def artists(self) -> list[Artist]:
        return [artist for view in self.views for artist in view.artists]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        for view in self.views:
            view.update(run, epoch, pinned)

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        """Everything that the unchanging part of the picture depends on."""
        e = run.experiment
        settings = len(e.hidden_layers), e.activation, e.epochs, e.restarts
        theirs = None if pinned is None else len(pinned.experiment.hidden_layers)
        # The data and not their name, to which a reader may give others.
        return *settings, run.dataset, run.loss_name, theirs


def picture(
    scene: type[Scene], run: Run, epoch: int | None = None, pinned: Run | None = None
) -> Figure:
    """A scene as a matplotlib figure, at ``epoch`` (None: the last one).

    >>> import initviz as iv
    >>> run = iv.train(iv.Experiment(hidden_layers=(4,), epochs=5, restarts=2))
    >>> figure = picture(iv.plots.race.RaceScene, run, epoch=3)
    >>> figure.savefig("race.png")  # doctest: +SKIP
    """
    with styled():
        figure = Figure(figsize=scene.size, dpi=200)
        FigureCanvasAgg(figure)
        shown = run.snapshot_at(run.epoch if epoch is None else epoch)
        scene(figure, run, pinned).update(run, shown, pinned)
    return figure


Moment = tuple[Run, int]


def against_start(run: Run, epoch: int, pinned: Run | None) -> tuple[Moment, Moment]:
    """The moment shown, and the pinned run then, or the same run before training."""
    return (run, epoch), (run, 0) if pinned is None else (pinned, min(epoch, pinned.epoch))


def start_against(run: Run, epoch: int, pinned: Run | None) -> tuple[Moment, Moment]:
    """What is shown is the start: compared with the pinned run's, or with the epoch shown."""
    return (run, 0), (run, epoch) if pinned is None else (pinned, 0)


def against_pinned(run: Run, epoch: int, pinned: Run | None) -> tuple[Moment, Moment | None]:
    """What is shown, and the pinned run at the same epoch, if there is one."""
    return (run, epoch), None if pinned is None else (pinned, min(epoch, pinned.epoch))
