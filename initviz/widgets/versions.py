"""What ipywidgets 7, which Colab has, calls by another name than ipywidgets 8."""

from typing import Any

from ipywidgets.widgets import widget as module

from ..errors import printable
from ..words.text import escaped


def give_tip(widget: Any, text: str) -> None:
    """Say what the widget is for, where the mouse rests on it."""
    name = "tooltip" if widget.has_trait("tooltip") else "description_tooltip"
    if widget.has_trait(name):
        setattr(widget, name, printable(text))


def describe(widget: Any, label: str, tip: str) -> None:
    """Label a menu: one that has a description shows no tooltip of its own."""
    if widget.has_trait("description_allow_html"):  # without asking it is allowed in ipywidgets 7
        widget.description_allow_html = True
    widget.description = f'<span title="{escaped(tip)}">{escaped(label)}</span>'


def open_widgets() -> dict[str, Any]:
    """Those that are not closed, by their ids."""
    return dict(module._instances if hasattr(module, "_instances") else module.Widget.widgets)
