"""The controls of an explorer: an ``Experiment`` as sliders and menus."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import asdict, replace

import ipywidgets as w

from ..activations import ACTIVATIONS
from ..datasets import DATASETS, available
from ..errors import bad
from ..initializers import ALIASES, INITIALIZERS
from ..training import Experiment

MAX_SEED = 2**31 - 1


def _menu(label: str, options: list, tooltip: str) -> w.Dropdown:
    return w.Dropdown(options=options, description=label, tooltip=tooltip)


def _slider(label: str, low: int, high: int, tooltip: str, step: int = 1) -> w.IntSlider:
    return w.IntSlider(min=low, max=high, step=step, description=label, tooltip=tooltip)


def _log_slider(label: str, low: int, high: int, tooltip: str) -> w.FloatLogSlider:
    return w.FloatLogSlider(
        min=low, max=high, step=0.05, readout_format=".3g", description=label, tooltip=tooltip
    )


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
            "scale": _log_slider(
                "scale", -3, 2, "Every weight that the scheme draws is multiplied by this"
            ),
            "activation": _menu(
                "activation", list(ACTIVATIONS), "What a hidden unit does to its weighted sum"
            ),
            "layers": _slider("hidden layers", 1, 10, "How many hidden layers"),
            "width": _slider("width", 1, 64, "Units in every hidden layer"),
            "dataset": _menu(
                "data", [n for n in DATASETS if n in available()], "What the networks learn"
            ),
            "learning_rate": _log_slider(
                "learning rate", -3, 2, "How far one step follows the gradient"
            ),
            "epochs": _slider("epochs", 10, 1000, "Passes over the data", step=10),
            "bias": _menu(
                "bias",
                [("0", 0.0), ("0.1", 0.1), ("1", 1.0), ("like the weights", "same")],
                "Where the biases start: at a constant, or drawn like the weights",
            ),
            "restarts": _slider(
                "restarts", 1, 64, "How many networks, alike but for their random weights"
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
        return replace(self._start, hidden_layers=hidden, **values)

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
        cell["initializer"].layout.width = "calc((100% - 36px) / 3)"
        cell["scale"].layout.flex = "1 1 0"
        first = w.HBox([cell.pop("initializer"), cell.pop("scale")], layout={"grid_gap": "18px"})
        cell["seed"].layout.width, cell["seed"].layout.flex = "0", "1 1 0"
        cell["seed"] = w.HBox([cell["seed"], self.new_draw])
        columns = "repeat(3, minmax(0, 1fr))"
        others = w.GridBox(
            list(cell.values()), layout={"grid_template_columns": columns, "grid_gap": "0 18px"}
        )
        return w.VBox([first, others], layout={"max_width": "1100px"})


def _put(widget: w.Widget, name: str, value) -> None:
    """Set a control to a value, or say that it cannot show it, instead of showing another one."""
    if isinstance(widget, w.Dropdown):
        allowed = dict(widget._options_full)
        if value not in allowed.values():
            raise bad(name, value, f"the explorer's menu has {', '.join(allowed)}")
    else:
        low, high = widget.min, widget.max
        if isinstance(widget, w.FloatLogSlider):
            low, high = widget.base**low, widget.base**high
        if not low <= value <= high:
            raise bad(name, value, f"the explorer's slider goes from {low:g} to {high:g}")
    widget.value = value
