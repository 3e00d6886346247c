"""The picture of an explorer: several views of one run on one figure."""

from collections.abc import Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import ClassVar, NamedTuple

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..errors import bad, one_of
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


class Panel(NamedTuple):
    """Where one part of a scene stands.

    box: left, bottom, width and height of its axes, as shares of the whole picture. wide: whether
    it takes a row of its own where a picture is put together. left, right: inches that it needs
    beside its axes there, for names and numbers.
    """

    box: tuple[float, float, float, float]
    wide: bool = False
    left: float = 0.5
    right: float = 0.85


class Scene:
    """Panels on a figure.

    What stays the same from run to run (axes, ticks, headings) is drawn when it is made; ``update``
    changes the rest, which is the views' ``artists``. A scene serves every run with the same
    ``frame``; a run with another one needs a new scene.

    A subclass names its ``panels``, and has a method of each name that puts it on the figure and
    gives its views: ``losses(figure, box, run, pinned)``.
    """

    size = (9.0, 4.5)  # inches
    panels: ClassVar[Mapping[str, Panel]] = MappingProxyType({})

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        self.views = [
            view
            for name, panel in self.panels.items()
            for view in getattr(self, name)(figure, panel.box, run, pinned)
        ]
        height = self.size[1]
        figure.text(0.98, 1 - 0.2 / height, self.legend(run, pinned), color=GREY, ha="right")

    def legend(self, run: Run, pinned: Run | None) -> str:
        """What thin lines and shaded grounds mean, over the right edge of the picture."""
        return ""

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


WIDTH = 9.0  # inches of a picture that is put together
STRIP, ABOVE, BELOW = 0.12, 0.5, 0.4  # over all rows; over and under the axes of each
WIDE, HIGH, ALONE = 0.8, 1.2, 1.75  # of the axes in a wide row, in another, in the only one


def part_of(scene: type[Scene], names: Sequence[str], width: float = WIDTH) -> type[Scene]:
    """A scene with some of the panels: the wide ones below each other, the others side by side.

    names: of ``scene.panels``. width: in inches; where it is small, all stand below each other.

    Raises ValueError where a name is none of the scene's.

    >>> import initviz as iv
    >>> part_of(iv.plots.Overview, ["activations", "losses"]).size
    (9.0, 3.92)
    """
    if isinstance(names, str) or not names:
        raise bad("views", names, f"give a list of some of {', '.join(scene.panels)}")
    return _part_of(scene, tuple(one_of("view", n, scene.panels) for n in names), width)


@cache
def _part_of(scene: type[Scene], names: tuple[str, ...], width: float) -> type[Scene]:
    """Kept, so that the same names give the same scene."""
    beside = [name for name in names if not scene.panels[name].wide]
    rows = [[name] for name in names if scene.panels[name].wide]
    rows += [beside] if width >= WIDTH and beside else [[name] for name in beside]
    high = HIGH if len(rows) > 1 else ALONE
    inches = [WIDE if scene.panels[row[0]].wide else high for row in rows]
    height = STRIP + sum(inches) + len(rows) * (ABOVE + BELOW)
    panels, top = {}, height - STRIP
    for row, high in zip(rows, inches, strict=True):
        room = sum(scene.panels[name].left + scene.panels[name].right for name in row)
        wide, left = (width - room) / len(row), 0.0
        top -= ABOVE + high
        for name in row:
            panel = scene.panels[name]
            left += panel.left
            box = (left / width, top / height, wide / width, high / height)
            panels[name] = panel._replace(box=box)
            left += wide + panel.right
        top -= BELOW
    size = (width, round(height, 2))
    return type(scene.__name__, (scene,), {"size": size, "panels": panels})


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
