"""What a folded cell prints and shows stays folded when the cell runs.

JupyterLab shows the output of a cell that runs, even if it was saved folded, and so "Run All" would
lay out every answer beside its question. Elsewhere, in Colab or on GitHub, nothing is ever folded,
and few front ends tell the kernel a cell's tags. But all of them send its text.
"""

import re
import sys
from functools import cache
from io import StringIO
from typing import Any

from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.getipython import get_ipython
from IPython.display import HTML, display

from ..words.text import escaped
from .panel import encoded
from .paragraphs import folded
from .versions import open_widgets

MARK = "# Folded:"  # what the text of a folded cell begins with
SUMMARY = "What this cell found"
KEPT = ("text/html", "image/svg+xml", "image/png", "image/jpeg", "text/plain")  # the first is shown
WIDGET, SCRIPT = "application/vnd.jupyter.widget-view+json", "application/javascript"


@cache
def keep_folded() -> None:
    """From now on put what a cell with ``MARK`` prints and shows behind a fold.

    Nothing changes outside of Jupyter, and in kernels that let nobody see what is sent to the page.
    """
    shell: Any = get_ipython()
    if hasattr(shell, "kernel"):
        fold = _Fold(shell)
        shell.events.register("pre_run_cell", fold.begin)
        shell.events.register("post_run_cell", fold.end)


class _Fold:
    """What it takes between the start of a cell and its end.

    The shell keeps its own publisher: a slider that is moved meanwhile needs it, too, and so does a
    cell that runs another one.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._cell: str | None = None  # the source of the folded cell that runs
        self._shown: list[dict[str, Any]] = []  # what it displayed, each with data and metadata
        self._printed = StringIO()
        self._publisher: Any = None
        self._before: tuple = ()  # where printed lines went, and what showed a last line's value

    def begin(self, info: Any) -> None:
        heard = hasattr(self._shell.display_pub, "register_hook")  # not where %%capture is at work
        if self._cell is None and heard and info.raw_cell.startswith(MARK):
            self._cell, self._shown = info.raw_cell, []
            self._before = sys.stdout, sys.stderr, self._shell.display_trap.hook
            self._publisher = self._shell.display_pub
            self._printed = sys.stdout = sys.stderr = StringIO()
            self._shell.display_trap.hook = CapturingDisplayHook(self._shell, self._shown)
            self._publisher.register_hook(self._take)

    def end(self, result: Any) -> None:
        if self._cell is None or result.info.raw_cell != self._cell:
            return  # a folded cell runs this one
        self._cell = None
        sys.stdout, sys.stderr, self._shell.display_trap.hook = self._before
        self._publisher.unregister_hook(self._take)
        printed = _as_on_a_screen(self._printed.getvalue())
        parts = [f"<pre>{escaped(printed.expandtabs())}</pre>"] if printed.strip() else []
        parts += [_in_a_page(each) for each in self._shown if not _lives(each)]
        if parts:
            inside = "\n".join(parts)
            display(HTML(folded(SUMMARY, f"\n{inside}\n")))
        for each in filter(_is_there, self._shown):
            display(each["data"], metadata=each["metadata"], raw=True)

    def _take(self, message: dict[str, Any]) -> dict[str, Any] | None:
        """Keep what would be sent to the page, as the page would."""
        kind, content = message["msg_type"], message["content"]
        if kind == "clear_output":
            self._shown.clear()
            self._printed.seek(self._printed.truncate(0))
        elif kind == "display_data":
            self._shown.append(content)
        elif kind == "update_display_data":
            name = content["transient"]["display_id"]
            mine = [n for n, each in enumerate(self._shown) if _name(each) == name]
            for number in mine:
                self._shown[number] = content
            return None if mine else message
        else:
            return message
        return None


def _name(shown: dict[str, Any]) -> str | None:
    """What a display is called that can be updated."""
    return shown.get("transient", {}).get("display_id")


def _lives(shown: dict[str, Any]) -> bool:
    """Whether it would be dead in a fold, of which all is text."""
    return WIDGET in shown["data"] or SCRIPT in shown["data"]


def _is_there(shown: dict[str, Any]) -> bool:
    """Whether it lives, and is no progress bar that is gone."""
    return _lives(shown) and shown["data"].get(WIDGET, {}).get("model_id", "") in {
        "",
        *open_widgets(),
    }


def _as_on_a_screen(printed: str) -> str:
    """Of a line that was written over again and again, as progress bars are, the last state."""
    return re.sub(r"^.*\r(?=.)", "", printed.replace("\r\n", "\n"), flags=re.MULTILINE)


def _in_a_page(shown: dict[str, Any]) -> str:
    data = shown["data"]
    kind = next((kind for kind in KEPT if kind in data), "")
    if kind in ("image/png", "image/jpeg"):
        told = shown["metadata"].get(kind, {})
        alt = told.get("alt", "") or data.get("text/plain", "")
        width = f'width="{escaped(str(told["width"]))}"' if "width" in told else ""
        content = data[kind]  # bytes, or already as pages hold files
        held = encoded(content) if isinstance(content, bytes) else content
        source = escaped(f"data:{kind};base64,{held}")
        return f'<img {width} style="max-width: 100%" alt="{escaped(alt)}" src="{source}">'
    if kind in ("text/html", "image/svg+xml"):
        return data[kind]
    return f"<pre>{escaped(data.get(kind, ''))}</pre>"
