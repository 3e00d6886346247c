"""The controls of an explorer: an ``Experiment`` as sliders and menus.

A control is described once, as a ``Menu``, a ``Slider`` or a ``Seed``, and every explorer takes the
ones it needs. Each stands for one part of an experiment: it reads it (``get``), and it makes a new
experiment in which that part is another (``put``).
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, replace
from math import isnan
from typing import Any

import ipywidgets as w
from traitlets import Int

from ..errors import bad, printable
from ..networks.activations import ACTIVATIONS
from ..networks.blocks import NORMS
from ..networks.datasets import DATASETS, TASKS, available
from ..networks.initializers import ALIASES, INITIALIZERS
from ..training.experiment import Experiment
from ..words.numbers import title
from .panel import WIDE, button, close_all
from .versions import describe, give_tip

MAX_SEED = 2**31 - 1

# What the sliders offer: numbers as people say them, about a tenth apart, so that 0.01 is 0.01.
DECADE = (1, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.7, 3)
DECADE += (3.3, 3.6, 4, 4.5, 5, 5.5, 6, 6.5, 7, 8, 9)
FIVE_DECADES = (*(float(f"{n}e{power}") for power in range(-3, 2) for n in DECADE), 100.0)
HUNDREDS = (*range(10, 100, 10), *range(100, 1001, 50))


@dataclass(frozen=True)
class Control(ABC):
    """What one control shows, and the part of an experiment that it stands for.

    name: of the field of ``Experiment``, unless ``get`` and ``put`` say otherwise.
    """

    name: str
    tooltip: str
    _: KW_ONLY
    label: str = ""  # where it is another than the sentences have
    get: Callable[[Experiment], Any] | None = None
    put: Callable[[Experiment, Any], Experiment] | None = None

    @property
    def description(self) -> str:
        return self.label or title(self.name)

    def read(self, experiment: Experiment) -> Any:
        return self.get(experiment) if self.get else getattr(experiment, self.name)

    def write(self, experiment: Experiment, value: Any) -> Experiment:
        if self.put:
            return self.put(experiment, value)
        return replace(experiment, **{self.name: value})

    @abstractmethod
    def make(self) -> Any:
        """A widget for it."""

    @abstractmethod
    def move(self, widget: Any, value: Any) -> None:
        """Let the widget show a value. Raises ValueError for one that it cannot show."""


@dataclass(frozen=True)
class Menu(Control):
    """A choice. options(): names, or pairs (what is shown, value); asked for at every opening."""

    options: Callable[[], Iterable[Any]]

    def make(self) -> w.Dropdown:
        pairs = [(o, o) if isinstance(o, str) else o for o in self.options()]
        made = w.Dropdown(options=[(printable(text), value) for text, value in pairs])
        give_tip(made, self.tooltip)
        describe(made, self.description, self.tooltip)
        return made

    def move(self, widget: w.Dropdown, value: Any) -> None:
        values = [each for _, each in widget.options]
        if value not in values:
            raise bad(self.name, value, f"this explorer takes {', '.join(map(repr, values))}")
        widget.value = value


class _QuietSlider(w.SelectionSlider):
    """A slider whose moves are not repeated to the browser that made them.

    The widgets do that for a second browser on the same kernel. To the first one it is work for
    nothing, in the very moment in which the networks are trained.
    """

    index = Int(None, allow_none=True).tag(sync=True, echo_update=False)
    growing = False  # gets another step, and stands at its first one meanwhile


@dataclass(frozen=True)
class Slider(Control):
    """A number out of ``values``, which rise. typed: whether a field for it stands beside."""

    values: Sequence[float] = FIVE_DECADES
    typed: bool = False

    def make(self) -> _QuietSlider:
        made = _QuietSlider(options=_named(self.values), readout=not self.typed)
        made.description = self.description
        give_tip(made, self.tooltip)
        return made

    def field(self, widget: _QuietSlider) -> w.BoundedFloatText:
        """A field to type a number into, which follows the slider and moves it."""
        low, high = self.values[0], self.values[-1]
        room = {"width": "160px", "margin": "2px 2px 2px 10px"}  # for the handle at the right end
        made = w.BoundedFloatText(value=widget.value, min=low, max=high, layout=room)
        made.description, made.style.description_width = "as a number", "initial"
        give_tip(made, f"{self.description}, from {low:g} to {high:g}")

        def type_in(change) -> None:
            if isnan(made.value):  # which is no place on the slider
                made.value = widget.value
            self.move(widget, made.value)

        def follow(change) -> None:
            if not widget.growing:
                made.value = widget.value

        made.observe(type_in, "value")
        widget.observe(follow, "value")
        return made

    def move(self, widget: _QuietSlider, value: float) -> None:
        values = [each for _, each in widget.options]
        low, high = values[0], values[-1]
        if not low <= value <= high:
            raise bad(self.name, value, f"the explorer's slider goes from {low:g} to {high:g}")
        if value not in values:  # a value between two steps becomes a step of its own
            widget.growing = True
            widget.options = _named(sorted([*values, value]))
            widget.growing = False
        widget.value = value


def _named(values: Sequence[float]) -> list[tuple[str, float]]:
    return [(f"{value:,g}", value) for value in values]


@dataclass(frozen=True)
class Seed(Control):
    """A number to type, with a button beside it for the next one."""

    def make(self) -> w.BoundedIntText:
        made = w.BoundedIntText(min=0, max=MAX_SEED, description=self.description)
        give_tip(made, self.tooltip)
        return made

    def move(self, widget: w.BoundedIntText, value: int) -> None:
        if not 0 <= value <= MAX_SEED:
            raise bad(self.name, value, f"the explorer takes whole numbers from 0 to {MAX_SEED:,}")
        widget.value = value


# The controls that most explorers take. Some know more of an experiment than their own field.


def _equal_width(experiment: Experiment) -> int:
    hidden = experiment.hidden_layers
    if not hidden or len(set(hidden)) > 1:
        raise bad("hidden_layers", hidden, "the explorer takes at least one, all of one width")
    return hidden[0]


def _depth(experiment: Experiment) -> int:
    """Of layers that are all alike, so that there can be more of them or fewer."""
    _equal_width(experiment)
    for name in ("initializer", "bias"):
        value = getattr(experiment, name)
        if isinstance(value, tuple):
            raise bad(name, value, "the explorer takes one for all layers")
    return len(experiment.hidden_layers)


def _put_dataset(experiment: Experiment, name: str) -> Experiment:
    """Another data set; a loss that does not fit it gives way to the data's own."""
    fitting: Sequence[str] = ()
    with suppress(BaseException):  # of somebody's function: the training meets it too, and says so
        fitting, _ = TASKS[DATASETS[name].task]
    loss = experiment.loss if experiment.loss in fitting else None
    return replace(experiment, dataset=name, loss=loss)


INITIALIZER = Menu(
    "initializer",
    "How the weights are drawn before any training",
    lambda: [name for name in INITIALIZERS if name not in ALIASES],
)
SCALE = Slider("scale", "Every weight that the scheme draws is multiplied by this", typed=True)
NOISE = Slider(
    "noise",
    "How large a random noise is added to every weight and bias",
    (0, *(float(f"1e{power}") for power in range(-12, 1))),
    label="ε",
)
ACTIVATION = Menu("activation", "What a hidden unit does to its weighted sum", lambda: ACTIVATIONS)
LAYERS = Slider(
    "layers",
    "How many hidden layers",
    range(1, 11),
    label="hidden layers",
    get=_depth,
    put=lambda e, n: replace(e, hidden_layers=e.hidden_layers[:1] * n),
)
WIDTH = Slider(
    "width",
    "Units in every hidden layer",
    range(1, 65),
    get=_equal_width,
    put=lambda e, n: replace(e, hidden_layers=(n,) * len(e.hidden_layers)),
)
DATASET = Menu("dataset", "What the networks learn", available, put=_put_dataset)
WAYS = {1.0: "α = 1", "1/sqrt(depth)": "α = 1/√depth", "rezero": "ReZero: α = 0"}


def _way(experiment: Experiment) -> tuple[bool, float | str]:
    """Of a skip; ValueError for an α that is not in the menu, or of no skip."""
    skip, alpha = experiment.skip, experiment.alpha
    if alpha not in WAYS:
        raise bad("alpha", alpha, f"this explorer takes {', '.join(map(repr, WAYS))}")
    if not skip and alpha != 1.0:
        raise bad("alpha", alpha, "it is that of a skip; give skip=True beside it")
    return skip, alpha


NORM = Menu("norm", "What every unit's sums are divided by before they are bent", lambda: NORMS)
SKIP = Menu(
    "skip",
    "Whether a layer adds its answers, times α, to those of the layer below",
    lambda: (("no skip", (False, 1.0)), *((text, (True, way)) for way, text in WAYS.items())),
    get=_way,
    put=lambda e, way: replace(e, skip=way[0], alpha=way[1]),
)
LEARNING_RATE = Slider("learning_rate", "How far one step follows the gradient")
EPOCHS = Slider("epochs", "Passes over the data", HUNDREDS)
BIAS = Menu(
    "bias",
    "Where the biases start: at a constant, or drawn like the weights",
    lambda: [("0", 0.0), ("0.1", 0.1), ("1", 1.0), ("like the weights", "same")],
)
RESTARTS = Slider("restarts", "How many networks, alike but for their random weights", range(1, 65))
SEED = Seed("seed", "Where all randomness comes from: the same seed, the same weights")


Row = Sequence[Control]


class Controls:
    """The widgets of some controls, and ``experiment``, which is what they say together.

    start: where they stand at first; what has no control keeps its setting.
    lead: those that it is about; others: the rest, but for the seed.
    changed: called with the new experiment after every change that a person makes.
    front: those of the first row. widgets: by the controls' names.
    new_draw: the button for the next seed.
    box: a row of the first ones; more: columns of the others, and the seed after them.
    """

    def __init__(self, start: Experiment, lead: Row, others: Row, changed: Callable) -> None:
        self.front = tuple(lead)
        rest = (*others, SEED)
        self._controls = (*lead, *(each for each in rest if each not in lead))
        self._changed, self._quiet = changed, False
        self.widgets = {control.name: control.make() for control in self._controls}
        for widget in self.widgets.values():
            widget.style.description_width = "92px"
            widget.layout.width = "auto"
            widget.observe(self._on_change, "value")
        try:
            self.set(start)
        except ValueError:
            close_all(self.widgets.values())
            raise
        tooltip = "Draw other random weights: the next seed"
        self.new_draw = button("New draw", tooltip, "90px", self._on_new_draw)
        self.new_draw.layout.flex = "0 0 auto"
        cells = {name: self._cell(name) for name in self.widgets}
        self.box = _in_a_row([cells.pop(control.name) for control in lead])
        columns = "repeat(auto-fit, minmax(230px, 1fr))"  # three, or two on a narrow screen
        columned = {"grid_template_columns": columns, "grid_gap": "0 18px", **WIDE}
        self.more = w.GridBox([*cells.values()], layout=columned)

    @property
    def experiment(self) -> Experiment:
        experiment = self._start
        for control in self._controls:
            experiment = control.write(experiment, self.widgets[control.name].value)
        return experiment

    def set(self, experiment: Experiment) -> None:
        """Move every control; nobody is told. Raises ValueError for what no control can show."""
        values = [control.read(experiment) for control in self._controls]
        self._start = experiment
        self._quiet = True
        try:
            for control, value in zip(self._controls, values, strict=True):
                control.move(self.widgets[control.name], value)
        finally:
            self._quiet = False

    def _on_change(self, change) -> None:
        if not (self._quiet or getattr(change.owner, "growing", False)):
            self._changed(self.experiment)

    def _on_new_draw(self, button) -> None:
        seed = self.widgets["seed"]
        seed.value = (seed.value + 1) % (MAX_SEED + 1)

    def _cell(self, name: str) -> w.DOMWidget:
        """A control with what stands beside it: a field for its number, a button for the next."""
        widget: Any = self.widgets[name]
        control = next(each for each in self._controls if each.name == name)
        if isinstance(control, Slider) and control.typed:
            beside = control.field(widget)
        elif control is SEED:
            beside = self.new_draw
        else:
            return widget
        widget.layout.width, widget.layout.flex = "0", "1 1 0"
        widget.layout.min_width = "160px"  # with less, a slider has no length beside its name
        return w.HBox([widget, beside], layout={"flex_flow": "row wrap"})


def _in_a_row(cells: list[w.DOMWidget]) -> w.HBox:
    """A menu a third of the width, sliders the rest; on a narrow screen below each other."""
    for cell in cells:
        menu = isinstance(cell, w.Dropdown) and len(cells) > 1
        cell.layout.flex, cell.layout.min_width = "1 1 0" if menu else "2 1 0", "230px"
    return w.HBox(cells, layout={"grid_gap": "0 18px", "flex_flow": "row wrap", **WIDE})
