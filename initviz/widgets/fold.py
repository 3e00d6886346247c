"""What a folded cell prints and shows stays folded when the cell runs.

JupyterLab shows the output of a cell that runs, even if it was saved folded, and so "Run All" would
lay out every answer beside its question. But it also tells the kernel the tags of the cell.
"""

import html
from functools import cache
from typing import Any

from IPython.core.displayhook import CapturingDisplayHook
from IPython.core.getipython import get_ipython
from IPython.display import HTML, display
from IPython.utils.capture import capture_output

TAG = "hide-output"  # which Jupyter Book knows, too
SUMMARY = "What this cell found"
KEPT = ("text/html", "image/png", "text/plain")  # the first of these that an output has is shown


@cache
def keep_folded() -> None:
    """From now on put what a cell with ``TAG`` prints and shows behind a fold.

    Nothing changes outside of Jupyter, and where nobody tells the kernel a cell's tags.
    """
    shell: Any = get_ipython()
    if hasattr(shell, "kernel"):
        fold = _Fold(shell)
        shell.events.register("pre_run_cell", fold.begin)
        shell.events.register("post_run_cell", fold.end)


class _Fold:
    """What it takes between the start of a cell and its end."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._taken: Any = None
        self._capture = capture_output()
        self._hook: Any = None  # what shows the value of a cell's last line

    def begin(self, info: object) -> None:
        told = self._shell.kernel.get_parent("shell").get("metadata", {})
        if TAG in told.get("tags", ()):
            self._taken = self._capture.__enter__()
            self._hook = self._shell.display_trap.hook
            outputs = self._shell.display_pub.outputs
            self._shell.display_trap.hook = CapturingDisplayHook(self._shell, outputs)

    def end(self, result: object) -> None:
        if self._taken is None:
            return
        taken, self._taken = self._taken, None
        self._shell.display_trap.hook = self._hook
        self._capture.__exit__(None, None, None)
        printed = taken.stdout + taken.stderr
        parts = [f"<pre>{html.escape(printed)}</pre>"] if printed else []
        if parts := parts + [_shown(output.data) for output in taken.outputs]:
            inside = "\n".join(parts)
            display(HTML(f"<details><summary>{SUMMARY}</summary>\n{inside}\n</details>"))


def _shown(data: dict[str, Any]) -> str:
    kind = next((kind for kind in KEPT if kind in data), "")
    if kind == "image/png":
        return f'<img style="max-width: 100%" src="data:image/png;base64,{data[kind]}">'
    return data[kind] if kind == "text/html" else f"<pre>{html.escape(data.get(kind, ''))}</pre>"
