"""The controls of an explorer: an ``Experiment`` as sliders and menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace

import ipywidgets as w

from ..activations import ACTIVATIONS
from ..datasets import DATASETS, TASKS, available
from ..errors import bad
from ..initializers import ALIASES, INITIALIZERS
from ..training import Experiment

MAX_SEED = 2**31 - 1


# What the sliders offer: numbers as people say them, about a tenth apart, so that 0.01 is 0.01.
DECADE = (1, 1.1, 1.2, 1.3, 1.5, 1.6, 1.8, 2, 2.2, 2.5, 2.7, 3,
          3.3, 3.6, 4, 4.5, 5, 5.5, 6, 6.5, 7, 8, 9)  # fmt: skip
FIVE_DECADES = [float(f"{n}e{power}") for power in range(-3, 2) for n in DECADE] + [100.0]
EPOCHS = [*range(10, 100, 10), *range(100, 1001, 50)]


def _menu(label: str, options: list, tooltip: str) -> w.Dropdown:
    # A menu that has a description shows no tooltip of its own, so the description carries it.
    description = f'<span title="{tooltip}">{label}</span>'
    return w.Dropdown(
        options=options, description=description, description_allow_html=True, tooltip=tooltip
    )


def _slider(label: str, values: Sequence[float], tooltip: str) -> w.SelectionSlider:
    return w.SelectionSlider(options=_named(values), description=label, tooltip=tooltip)


def _named(values: Sequence[float]) -> list[tuple[str, float]]:
    return [(f"{value:,g}", value) for value in values]


class Controls:
    """Widgets for every setting, and ``experiment``, which is what they say together.

    start: where the controls stand at first; its settings that have no control are kept.
    changed: called with the new experiment after every change that a person makes.
    """

    def __init__(self, start: Experiment, changed: Callable[[Experiment], None]) -> None:
        self._start, self._changed, self._quiet = start, changed, False
        schemes = [name for name in INITIALIZERS if name not in ALIASES]
        self.widgets = {
            "initializer": _menu(
                "scheme", schemes, "How the weights are drawn before any training"
            ),
            "scale": _slider(
                "scale", FIVE_DECADES, "Every weight that the scheme draws is multiplied by this"
            ),
            "activation": _menu(
                "activation", list(ACTIVATIONS), "What a hidden unit does to its weighted sum"
            ),
            "layers": _slider("hidden layers", range(1, 11), "How many hidden layers"),
            "width": _slider("width", range(1, 65), "Units in every hidden layer"),
            "dataset": _menu(
                "data", [n for n in DATASETS if n in available()], "What the networks learn"
            ),
            "learning_rate": _slider(
                "learning rate", FIVE_DECADES, "How far one step follows the gradient"
            ),
            "epochs": _slider("epochs", EPOCHS, "Passes over the data"),
            "bias": _menu(
                "bias",
                [("0", 0.0), ("0.1", 0.1), ("1", 1.0), ("like the weights", "same")],
                "Where the biases start: at a constant, or drawn like the weights",
            ),
            "restarts": _slider(
                "restarts", range(1, 65), "How many networks, alike but for their random weights"
            ),
            "seed": w.BoundedIntText(
                min=0, max=MAX_SEED, description="seed",
                tooltip="Where all randomness comes from: the same seed, the same weights",
            ),
        }  # fmt: skip
        self.new_draw = w.Button(
            description="New draw",
            tooltip="Draw other random weights: the next seed",
            layout={"width": "90px", "flex": "0 0 auto"},
        )
        for widget in self.widgets.values():
            widget.style.description_width = "92px"
            widget.layout.width = "auto"
            widget.observe(self._on_change, "value")
        self.new_draw.on_click(self._on_new_draw)
        self.set(start)
        self.box = self._arrange()

    @property
    def experiment(self) -> Experiment:
        values = {name: widget.value for name, widget in self.widgets.items()}
        hidden = (values.pop("width"),) * values.pop("layers")
        fitting, _ = TASKS[DATASETS[values["dataset"]].task]
        loss = self._start.loss if self._start.loss in fitting else None
        return replace(self._start, hidden_layers=hidden, loss=loss, **values)

    def set(self, experiment: Experiment) -> None:
        """Move every control; nobody is told. Raises ValueError for what no control can show."""
        hidden = experiment.hidden_layers
        if not hidden or len(set(hidden)) > 1:
            raise bad("hidden_layers", hidden, "the explorer takes at least one, all of one width")
        values = {
            **asdict(experiment),
            "initializer": ALIASES.get(experiment.initializer, experiment.initializer),
            "layers": len(hidden),
            "width": hidden[0],
        }
        with self._silence():
            for name, widget in self.widgets.items():
                _put(widget, name, values[name])

    @contextmanager
    def _silence(self):
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False

    def _on_change(self, change) -> None:
        if not self._quiet:
            self._changed(self.experiment)

    def _on_new_draw(self, button) -> None:
        seed = self.widgets["seed"]
        seed.value = (seed.value + 1) % MAX_SEED

    def _arrange(self) -> w.Widget:
        """The scheme and the scale, which is what it is all about; below them three columns."""
        cell = dict(self.widgets)
        cell["initializer"].layout.width = "calc((100% - 36px) / 3 - 4px)"
        cell["scale"].layout.flex = "1 1 0"
        first = w.HBox([cell.pop("initializer"), cell.pop("scale")], layout={"grid_gap": "18px"})
        cell["seed"].layout.width, cell["seed"].layout.flex = "0", "1 1 0"
        cell["seed"] = w.HBox([cell["seed"], self.new_draw])
        columns = "repeat(auto-fit, minmax(230px, 1fr))"  # three, or two on a narrow screen
        others = w.GridBox(
            list(cell.values()), layout={"grid_template_columns": columns, "grid_gap": "0 18px"}
        )
        return w.VBox([first, others], layout={"max_width": "1100px"})


def _put(widget: w.Widget, name: str, value) -> None:
    """Set a control to a value, or say that it cannot show it, instead of showing another one."""
    if isinstance(widget, w.SelectionSlider):
        values = [each for _, each in widget.options]
        if not values[0] <= value <= values[-1]:
            limits = f"from {values[0]:g} to {values[-1]:g}"
            raise bad(name, value, f"the explorer's slider goes {limits}")
        if value not in values:  # a value between two steps becomes a step of its own
            widget.options = _named(sorted([*values, value]))
    elif isinstance(widget, w.Dropdown):
        values = [each if isinstance(each, str) else each[1] for each in widget.options]
        if value not in values:
            raise bad(name, value, f"the explorer's menu has {', '.join(map(str, values))}")
    elif not widget.min <= value <= widget.max:
        raise bad(name, value, f"the explorer takes whole numbers from 0 to {widget.max:,}")
    widget.value = value
