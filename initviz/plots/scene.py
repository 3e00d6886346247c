"""The picture of an explorer: several views of one run on one figure."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import MappingProxyType
from typing import Any, ClassVar, NamedTuple

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ..errors import bad, some_of
from ..measure.trainability import Trainability
from ..measure.width import Widths
from ..training.run import Run
from .fast import Label
from .style import GREY, LETTERS, Drawn, styled


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

    def remark(self, x: float, y: float, dy: float, color: str, size: float = LETTERS) -> Label:
        """A text beside the axes, from (0, 0) to (1, 1); at their right edge it ends there."""
        place = {"x": x, "y": y, "dy": dy, "size": size, "ha": "right" if x == 1 else "left"}
        return self.live(Label(self.axes, color, self.axes.transAxes, **place))


class Panel(NamedTuple):
    """Where one part of a scene stands.

    box: left, bottom, width and height of its axes, as shares of the whole picture. wide: whether
    it takes a row of its own where a picture is put together. square: whether it is as wide as it
    is high there. left, right, above, below: inches that it needs around its axes there, for
    names, numbers and headings. high: inches of its axes in a row of its own below or above others.
    view: what draws on its axes; None where the scene has a method for it.
    """

    box: tuple[float, float, float, float]
    wide: bool = False
    left: float = 0.5
    right: float = 1.05
    above: float = 0.5
    below: float = 0.42
    square: bool = False
    high: float = 0.8
    view: Callable[[Axes, Any], Any] | None = None


class Scene:
    """Panels on a figure.

    What stays the same from run to run (axes, ticks, headings) is drawn when it is made; ``update``
    changes the rest, which is the views' ``artists``. A scene serves every run with the same
    ``frame``; a run with another one needs a new scene.

    A subclass names its ``panels``. One that is more than a view on axes has a method of its name,
    which puts it on the figure and gives its views: ``activations(figure, box, run, pinned)``.
    """

    size = (8.0, 4.2)  # inches
    panels: ClassVar[Mapping[str, Panel]] = MappingProxyType({})
    draws_activation = False  # whether what stays the same is drawn from it

    def __init__(self, figure: Figure, run: Run, pinned: Run | None = None) -> None:
        self.views = [
            view
            for name, panel in self.panels.items()
            for view in self._put(name, panel, figure, run, pinned)
        ]
        height = self.size[1]
        figure.text(0.98, 1 - 0.2 / height, self.legend(run, pinned), color=GREY, ha="right")

    def _put(self, name: str, panel: Panel, figure: Figure, run: Run, pinned: Run | None) -> list:
        if panel.view is not None:
            return [panel.view(figure.add_axes(panel.box), run)]
        return getattr(self, name)(figure, panel.box, run, pinned)

    def legend(self, run: Run, pinned: Run | None) -> str:
        """What thin lines and shaded grounds mean, over the right edge of the picture."""
        return ""

    def title(self, figure: Figure, box: tuple, text: str, key: str = "") -> None:
        """A heading over a panel that is made of several axes, and at its right a line in grey."""
        left, bottom, width, height = box
        top = bottom + height + 0.3 / self.size[1]
        figure.text(left, top, text, fontsize=10, fontweight="bold")
        # Of a narrow picture, over the heading instead of beside it.
        above = 0 if self.size[0] >= WIDTH else LEGEND / self.size[1]
        figure.text(left + width, top + above, key, color=GREY, ha="right")

    @property
    def artists(self) -> list[Artist]:
        return [artist for view in self.views for artist in view.artists]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        for view in self.views:
            view.update(run, epoch, pinned)

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        """Everything that the unchanging part of the picture depends on. A scene that shows more of
        the run there says so."""
        e = run.experiment
        settings = len(e.hidden_layers), e.epochs, e.restarts, cls.draws_activation and e.activation
        theirs = None if pinned is None else len(pinned.experiment.hidden_layers)
        # The data and not their name, to which a reader may give others.
        return *settings, run.dataset, run.loss_name, theirs


SHARP = 211  # dots an inch: two for each of the 844 pixels that JupyterLab gives a picture
WIDTH = 8.0  # inches of a picture that is put together
ACROSS = 3  # panels side by side, at most
STRIP, LEGEND = 0.12, 0.22  # inches over all rows; of a legend that has no heading to its left
# Inches of the axes in one of several rows, in the only one, and in one of squares only.
HIGH, ALONE, SQUARE = 1.2, 1.55, 1.8
LOW = 3.98  # inches of two rows, one of them wide: a screen shows them and their controls


def part_of(scene: type[Scene], names: Sequence[str], width: float = WIDTH) -> type[Scene]:
    """A scene with some of the panels: the wide ones below each other, the others side by side, up
    to three in a row.

    names: of ``scene.panels``. width: in inches; where it is small, all stand below each other.

    Raises ValueError where a name is none of the scene's.

    >>> import initviz as iv
    >>> part_of(iv.plots.Overview, ["activations", "losses"]).size
    (8.0, 3.82)
    """
    known = some_of("views", names, "view", scene.panels)
    if not known:
        raise bad("views", known, f"give a list of some of {', '.join(scene.panels)}")
    return _part_of(scene, tuple(known), width)


@cache
def _part_of(scene: type[Scene], names: tuple[str, ...], width: float) -> type[Scene]:
    """Kept, so that the same names give the same scene."""
    table = {name: scene.panels[name] for name in names}
    rows = _rows(table, ACROSS if width >= WIDTH else 1)
    inches = [_height(row, alone=len(rows) == 1, narrow=width < WIDTH) for row in rows]
    around = [
        (max(p.above for p in row.values()), max(p.below for p in row.values())) for row in rows
    ]
    strip = STRIP if width >= WIDTH else STRIP + LEGEND
    height = strip + sum(inches) + sum(above + below for above, below in around)
    low = width >= WIDTH and len(rows) == 2 and len(rows[0]) == 1 and inches[1] == HIGH
    if low and height > LOW:
        inches[1] -= height - LOW
        height = LOW
    panels, top = {}, height - strip
    for row, high, (above, below) in zip(rows, inches, around, strict=True):
        top -= above + high
        for name, (left, wide) in _beside(row, width, high).items():
            box = (left / width, top / height, wide / width, high / height)
            panels[name] = row[name]._replace(box=box)
        top -= below
    size = (width, round(height, 2))
    return type(scene.__name__, (scene,), {"size": size, "panels": panels})


def _rows(panels: Mapping[str, Panel], across: int) -> list[dict[str, Panel]]:
    """The wide ones one by one; then the others, at most ``across`` in a row, shared out evenly."""
    beside = [name for name, panel in panels.items() if not panel.wide]
    count = -(-len(beside) // across)
    rows = [[name] for name, panel in panels.items() if panel.wide]
    rows += [each.tolist() for each in np.array_split(beside, count)] if count else []
    return [{name: panels[name] for name in row} for row in rows]


def _height(row: Mapping[str, Panel], alone: bool, narrow: bool) -> float:
    """Inches of the axes of a row. alone: whether there is no other row."""
    if all(panel.wide for panel in row.values()) and not alone:
        return max(panel.high for panel in row.values())
    if all(panel.square for panel in row.values()) and (alone or narrow):
        return SQUARE
    return ALONE if alone else HIGH


def _beside(row: Mapping[str, Panel], width: float, high: float) -> dict[str, tuple[float, float]]:
    """By name the left edge and the width of the axes in inches: those that are no squares share
    what these leave; squares alone stand in the middle."""
    squares = sum(panel.square for panel in row.values())
    room = width - sum(panel.left + panel.right for panel in row.values()) - high * squares
    share, start = (room / (len(row) - squares), 0.0) if squares < len(row) else (0.0, room / 2)
    places = {}
    for name, panel in row.items():
        wide = high if panel.square else share
        places[name] = (start + panel.left, wide)
        start += panel.left + wide + panel.right
    return places


def picture(
    scene: type[Scene], run: Run, epoch: int | None = None, pinned: Run | None = None
) -> Figure:
    """A scene as a matplotlib figure, at ``epoch`` (None: the last one).

    >>> import initviz as iv
    >>> run = iv.train(iv.Experiment(hidden_layers=(4,), epochs=5, restarts=2))
    >>> figure = picture(iv.plots.race.RaceScene, run, epoch=3)
    >>> figure.savefig("race.png")  # doctest: +SKIP
    """
    if not (isinstance(scene, type) and issubclass(scene, Scene)):
        raise bad("scene", scene, "give a class of scenes, such as initviz.plots.Overview")
    for name, given in {"run": run, "pinned": run if pinned is None else pinned}.items():
        if not isinstance(given, Run | Trainability | Widths):
            remedy = "give an initviz.Run, as train(experiment) returns"
            raise bad(name, type(given).__name__, remedy)
    with styled():
        figure = Drawn(figsize=scene.size, dpi=SHARP)
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


def named_moments(shown: Moment, thin: Moment | None, pinned: Run | None) -> tuple[str, str]:
    """What the line of each is called on the picture; "" where there is none, or the same again."""
    name = "before\ntraining" if shown[1] == 0 else f"at epoch\n{shown[1]:,}"
    if thin is None or (pinned is None and thin[1] == shown[1]):
        return name, ""
    if pinned is not None:
        return name, "pinned"
    return name, "before\ntraining" if thin[1] == 0 else f"at epoch\n{thin[1]:,}"
