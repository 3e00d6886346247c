"""What every explorer is: a picture, and sentences under it that are its text alternative too."""

import base64
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO
from typing import Any

import ipywidgets as w
from PIL import Image

from ..errors import printable
from ..words.text import escaped
from .again import make_room, request
from .live_figure import Picture
from .paragraphs import live, paragraph

WIDE = {"max_width": "1500px"}
ROW = {**WIDE, "flex_flow": "row wrap"}


# One sheet for all that we put on a page. The number beside a slider looks as if it could be typed
# into, which it cannot. In JupyterLab's dark theme pictures are turned from light to dark, and
# their hues back. Where no kernel answers any more, JupyterLab says so in its toolbar only.
CSS = """<style>
.initviz .widget-readout { pointer-events: none; -webkit-user-modify: read-only; min-width: 44px; }
[data-jp-theme-light="false"] .initviz img { filter: invert(1) hue-rotate(180deg); }
.initviz-option { text-align: left; height: auto; white-space: normal; line-height: 1.45;
  padding: 6px 12px; border: 1px solid var(--jp-border-color1, #b7c3ce); border-radius: 3px;
  max-width: 52em; }
.initviz-chosen { border: 2px solid var(--jp-ui-font-color1, #22303c); }
.widget-button.initviz-option:disabled { opacity: 0.85; }
.initviz-measured { border-collapse: collapse; font-size: 14px; line-height: 1.35; margin: 4px 0; }
.initviz-measured th, .initviz-measured td { padding: 3px 22px 3px 0; text-align: left;
  vertical-align: bottom; }
.initviz-measured [scope=row] { white-space: nowrap; font-weight: normal; }
.initviz.jupyter-widgets-disconnected:not(.initviz .initviz)::before,
.jp-NotebookPanel:has(.jp-Notebook-ExecutionIndicator:is([data-status=unknown],
  [data-status=terminating], [data-status=dead])) .initviz:not(.initviz .initviz)::before {
  content: "Nothing moves any more: the kernel has gone. Choose Run > Run All Cells.";
  font: bold 14px sans-serif; padding: 4px 0; }
</style>"""


class Whole(w.VBox):
    """A widget that brings its style along, and takes its parts along when it is closed."""

    _ipython_display_ = None  # that of ipywidgets 7 leaves no room for a picture

    def __init__(self, children: Iterable[w.Widget]) -> None:
        super().__init__([*children, w.HTML(CSS, layout={"display": "none"})])
        self.add_class("initviz")
        self._made = request()

    def _alive(self) -> dict[str, Any]:
        """By what a front end with a kernel shows it, and what a terminal does."""
        make_room(self, self._made)
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        return {"text/plain": repr(self), "application/vnd.jupyter.widget-view+json": view}

    def _repr_mimebundle_(self, **kwargs) -> Any:
        return self._alive()

    def close(self) -> None:
        """Let go of everything: each widget that this one is made of is closed with it."""
        close_all(parts_of(self))
        super().close()

    def __del__(self) -> None:
        """ipywidgets holds what is not closed until Python ends, and then it is too late."""


class Asked(Whole):
    """What is asked of a reader. A subclass says by ``__repr__`` and ``_repr_html_`` what stands in
    its place where no kernel runs."""

    def _repr_html_(self) -> str:
        """The question open, the answer behind a fold."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **kwargs) -> Any:
        return {**self._alive(), "text/html": self._repr_html_()}


class Panel(Whole):
    """A subclass sets ``picture`` and ``words``, and says by ``_png`` what is saved of it."""

    picture: Picture
    words: w.HTML
    called = "initviz explorer"

    def _say(self, *words: str) -> None:
        self.words.value = live("".join(paragraph(escaped(text)) for text in words))
        self.picture.tooltip = printable(" ".join(words))

    def _png(self) -> bytes:
        """The picture as a PNG file, in few colours."""
        raise NotImplementedError

    def __repr__(self) -> str:
        return self.called

    def _repr_mimebundle_(self, **kwargs) -> Any:
        """The living widget, and a picture of it for where no kernel runs, with what it shows in
        words."""
        still = {"image/png": encoded(self._png())}
        return self._alive() | still, {"image/png": {"alt": self.picture.tooltip}}


def close_all(widgets: Iterable[w.Widget]) -> None:
    """Close widgets with all that they are made of; nobody observes them any more."""
    for widget in widgets:
        close_all(parts_of(widget))
        widget.unobserve_all()
        widget.close()


def parts_of(widget: w.Widget) -> Iterator[w.Widget]:
    """Its children, its layout and its style."""
    for value in (getattr(widget, key) for key in widget.keys):
        for part in value if isinstance(value, tuple | list) else (value,):
            if isinstance(part, w.Widget):
                yield part


def button(label: str, tooltip: str, width: str, act: Callable[[w.Button], None]) -> w.Button:
    made = w.Button(description=label, tooltip=tooltip, layout={"width": width})
    made.on_click(act)
    return made


def unfolding(settings: w.Box, tooltip: str) -> w.ToggleButton:
    """A button that shows what it folds away at first."""
    made = w.ToggleButton(description="More settings", tooltip=tooltip, layout={"width": "124px"})
    settings.layout.display = "none"

    def unfold(change) -> None:
        made.description = "Fewer settings" if made.value else "More settings"
        settings.layout.display = None if made.value else "none"

    made.observe(unfold, "value")
    return made


def in_few_colours(content: bytes) -> bytes:
    """The same picture at a third of the bytes: a saved notebook holds several."""
    small, large = BytesIO(), Image.open(BytesIO(content)).convert("RGB")
    colours = large.quantize(256, dither=Image.Dither.NONE)
    colours.save(small, "PNG", optimize=True)
    return small.getvalue()


def encoded(content: bytes) -> str:
    """In base 64, as pages hold files."""
    return base64.b64encode(content).decode()


def link_to(name: str, kind: str, content: bytes, text: str = "") -> str:
    """A file in a link that holds it, so that no server is needed.

    name: under which it is saved. kind: its media type. text: what the link says, if not the name.
    """
    address, saved = f"data:{kind};base64,{encoded(content)}", escaped(name)
    look = 'style="text-decoration: underline"'
    return f'<a {look} download="{saved}" href="{address}">{escaped(text) or saved}</a>'
