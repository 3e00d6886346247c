"""A chapter is one row of a table: its start, its words, its picture, its controls."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Never

from ..errors import one_of, some_of
from ..plots import Scene
from ..plots.scene import part_of
from ..training.experiment import Experiment, changed_settings, setting_name
from ..training.run import Run
from ..training.train import stream
from ..words.common import compare
from .controls import SEED, Row
from .explorer import Explorer
from .share import settings_of

# What is no setting of an experiment, as somebody may write it who means the parts of an explorer.
PARTS = {"control": "controls", "view": "views", "panel": "views", "panels": "views"}


def moons(
    hidden_layers: tuple[int, ...],
    activation: str = "tanh",
    initializer: str | Sequence[str] = "glorot_normal",
    **settings: Any,
) -> Experiment:
    """What most chapters open on, but for what they are about."""
    usual = {"momentum": 0.9, "epochs": 60, "restarts": 12} | settings
    return Experiment("moons", hidden_layers, activation, initializer, **usual)


@dataclass(frozen=True, repr=False)
class Chapter:
    """What one explorer has of its own; all else is common. Calling it opens the explorer.

    name: what it is called, beside "initviz" and "explorer"; empty for the main one.
    summary: one sentence on what it shows; it becomes the row's docstring.
    start: the settings that it opens on.
    lead: the one or two controls that it is about; others: the rest of them, but for the seed.
    scene: the picture.
    explain(run, epoch): what the picture shows, in a few plain sentences.
    compare(run, pinned): a sentence on the pinned run, beginning with "Pinned:".
    stream: what trains an experiment, and gives what the scene draws: a ``Run``, or a map of many.
    by_view: which of ``explain`` and ``compare`` take ``views``, and speak only of what is shown.
    player: whether there are moments of the training to move through.
    settings: the fields of ``Experiment`` that may be given when it is opened.
    asked: the controls and views that ``part`` was asked for, by these two names.
    """

    name: str
    summary: str
    start: Experiment
    lead: Row
    others: Row
    scene: type[Scene]
    explain: Callable[[Any, int], str]
    compare: Callable[[Any, Any], str] = compare
    stream: Callable[..., Iterator[Any]] = stream
    by_view: Sequence[str] = ()
    player: bool = True
    settings: Sequence[str] = tuple(each.name for each in fields(Experiment))
    asked: dict[str, list[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "__doc__", self.summary)

    def __call__(
        self,
        experiment: Experiment | Run | str | Path | None = None,
        *arrays: Never,
        controls: Sequence[str] | None = None,
        views: Sequence[str] | None = None,
        **settings: Any,
    ) -> Explorer:
        """Open the explorer.

        experiment: where it starts; None is where the chapter does. A run starts it on its own
            settings, and the name of a file on those that Export has written there.
        controls: names of those above the picture; the others lie under "More settings".
        views: names of the panels to draw, such as "losses"; None are all that the chapter has.
        settings: fields of ``Experiment`` to change in it, such as ``scale=10``.

        Raises ValueError naming a setting that is wrong or that no control can show, a control or a
        view that is not there.

        >>> import initviz as iv
        >>> iv.explore(iv.Experiment(epochs=10), controls=["scale"], views=["losses"])
        initviz explorer
        """
        if arrays:
            setting_name("X")  # which is none, and this says where they go
        for name in PARTS.keys() & settings.keys():
            raise ValueError(f"{name}: this is called {PARTS[name]}, a list of names")
        start = self.start if experiment is None else settings_of(experiment)
        named = ((setting_name(name), value) for name, value in settings.items())
        known = {one_of("setting", name, self.settings): value for name, value in named}
        return Explorer(self.part(controls, views), replace(start, **known))

    def part(
        self, controls: Sequence[str] | None, views: Sequence[str] | None, **size: float
    ) -> "Chapter":
        """The same with other controls in front and fewer views. size: of ``part_of``."""
        lead, others, scene, asked, words = self.lead, self.others, self.scene, {}, {}
        if controls is not None:
            table = {control.name: control for control in (*lead, *others, SEED)}
            asked["controls"] = some_of("controls", controls, "control", table)
            lead = [table[name] for name in asked["controls"]]
            others = [each for each in table.values() if each not in (*lead, SEED)]
        if views is not None:
            asked["views"] = some_of("views", views, "view", scene.panels)
            for name in self.by_view:
                words[name] = partial(getattr(self, name), views=asked["views"])
        if views is not None or size:
            scene = part_of(scene, asked.get("views", list(scene.panels)), **size)
        return replace(self, lead=lead, others=others, scene=scene, asked=asked, **words)

    def line_for(self, experiment: Experiment) -> str:
        """The line of Python that opens this explorer on these settings."""
        changed = changed_settings(experiment, self.start)
        if changed.keys() <= set(self.settings):
            return _call(f"iv.{self.function}", **changed, **self.asked)
        whole = _call("iv.Experiment", **changed_settings(experiment, Experiment()))
        return _call(f"iv.{self.function}", whole, **self.asked)

    @property
    def function(self) -> str:
        """The public name that opens it."""
        return "_".join(("explore", *self.name.split()))

    def __repr__(self) -> str:
        return f"initviz.{self.function}(experiment=None, **settings): {self.summary}"


def _call(function: str, *arguments: str, **named: Any) -> str:
    each = [*arguments, *(f"{name}={value!r}" for name, value in named.items())]
    return f"{function}({', '.join(each)})"
