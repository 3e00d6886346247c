"""The explorer of a finished sweep: nothing is trained, so every look at it is there at once."""

from collections.abc import Iterable
from typing import Any

import ipywidgets as w
from pandas import DataFrame

from ..errors import bad, one_of, printable
from ..measure.tables import MISSING, NONE, swept, worded
from ..plots.style import png
from ..plots.sweeps import sweep_figure
from ..words.numbers import title, value_name
from ..words.sweeps import SHOWN, explain_sweep
from .controls import Menu
from .live_figure import Picture
from .panel import ROW, WIDE, Panel, in_few_colours, unfolding
from .versions import describe

ALL = "all"


class SweepExplorer(Panel):
    """Menus for what lies across and down, what the cells show, and which other settings count.

    across, down, shown, row: the menus and the slider. others: a menu for each other setting.
    picture, words: what is seen, and the same in words.
    settings: the other menus, folded away until ``more`` is pressed.
    """

    called = "initviz sweep explorer"

    def __init__(self, frame: DataFrame, only: dict[str, Any]) -> None:
        self._settings = swept(frame)
        self.frame = frame = worded(frame)
        only = {one_of("setting", name, self._settings): value for name, value in only.items()}
        free = [name for name in self._settings if name not in only]
        if len(free) < 2:
            raise bad("frame", self._settings, "give one with two settings to lay across and down")
        names = [(title(name), name) for name in self._settings]
        across, down = _sides(frame, free)
        self.across = _menu("across", "What changes from column to column", names, across)
        self.down = _menu("down", "What changes from row to row", names, down)
        measured = [(text, name) for name, text in SHOWN.items() if bool(frame[name].notna().any())]
        self.shown = _menu("shown", "What a cell shows of its networks", measured, "learnt")
        self.others = {name: self._other(name, only.get(name, ALL)) for name in self._settings}
        self.row = w.SelectionSlider(options=[0])
        self.row.layout.flex, self.row.style.description_width = "1 1 0", "initial"
        self.picture = Picture("png")
        self.words = w.HTML(layout={**WIDE, "min_height": "64px"})
        self._busy = True  # until all is there
        lead = [self.across, self.down, self.shown]
        self.settings = w.Box([*self.others.values()], layout=ROW)
        self.more = unfolding(self.settings, "Take the networks of some settings only")
        row = w.HBox([self.row, self.more], layout=ROW)
        parts = [w.HBox(lead, layout=ROW), self.picture, row, self.settings, self.words]
        super().__init__(parts)
        for control in (*lead, self.row, *self.others.values()):
            control.observe(self._on_change, "value")
        self._show()
        self._busy = False

    def _other(self, name: str, value: Any) -> w.Dropdown:
        values = _named(self.frame[name])
        there = [each for _, each in values]
        value = NONE.get(name, MISSING) if value is None else value
        try:
            known = value in (ALL, *there)
        except Exception:  # an array, whose comparison is another one
            known = False
        if not known:
            raise bad(name, value, f"the sweep has {', '.join(map(repr, there))}")
        tooltip = "Take the networks of this setting only"
        return _menu(title(name), tooltip, [(ALL, ALL), *values], value)

    @property
    def part(self) -> DataFrame:
        """The rows of the table that the picture shows."""
        frame = self.frame
        for name in self._free:
            if self.others[name].value != ALL:
                frame = frame.loc[[each == self.others[name].value for each in frame[name]]]
        return frame

    @property
    def _free(self) -> list[str]:
        return [n for n in self._settings if n not in (self.across.value, self.down.value)]

    def _on_change(self, change) -> None:
        if not self._busy:
            self._busy = True
            try:
                self._swap_sides(change.owner, change.old)
                self._show()
            finally:
                self._busy = False

    def _swap_sides(self, moved: w.Widget, before: Any) -> None:
        """Across and down change places when one is set to the other."""
        if moved in (self.across, self.down) and self.across.value == self.down.value:
            (self.down if moved is self.across else self.across).value = before

    def _show(self) -> None:
        for name, menu in self.others.items():
            menu.layout.display = None if name in self._free else "none"
        part = self.part
        across, down, shown = (str(menu.value) for menu in (self.across, self.down, self.shown))
        if part.empty:  # some rows of a sweep need not have every combination
            self._say("No network of this table has these settings together.")
            return
        rows = _named(part[down])
        if list(self.row.options) != rows:
            self.row.options = rows  # and the first of them is chosen
        tooltip = "The framed row, whose losses are drawn at the right"
        describe(self.row, title(down), tooltip)
        figure = sweep_figure(part, across, down, self.row.value, shown)
        self.picture.value = png(figure, dpi=200, pil_kwargs={"compress_level": 1})
        self._say(explain_sweep(part, across, down, shown))

    def _png(self) -> bytes:
        return in_few_colours(self.picture.value)


def _sides(frame: DataFrame, free: list[str]) -> tuple[str, str]:
    """(across, down): depth goes down, else what has fewer values."""
    by_size = sorted(free, key=lambda name: (name != "hidden_layers", frame[name].nunique()))
    return by_size[-1], by_size[0] if "hidden_layers" in free else by_size[-2]


def _menu(label: str, tooltip: str, options: list[tuple[str, Any]], value: Any) -> w.Dropdown:
    menu = Menu(label, tooltip, lambda: options).make()
    menu.value, menu.layout.width, menu.style.description_width = value, "270px", "initial"
    return menu


def _named(values: Iterable[Any]) -> list[tuple[str, Any]]:
    return [(printable(value_name(value)), value) for value in dict.fromkeys(values)]


def explore_sweep(frame: DataFrame, **only) -> SweepExplorer:
    """Look at a finished sweep from all sides, without training anything.

    frame: the table of ``initviz.sweep``, or some of its rows.
    only: where the menus of other settings begin, such as ``activation="tanh"``; without it, a cell
        of the heat map is of all of them together.

    Raises ValueError where it is no such table, or has no such setting or value.
    """
    return SweepExplorer(frame, only)
