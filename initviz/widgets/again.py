"""A cell that runs again shows something new in place of what it has shown before.

Nobody sees that any more, and nobody would close it: ipywidgets holds every widget until then, with
its pictures and its networks.
"""

from typing import Any

from IPython.core.getipython import get_ipython

# Of every cell: the request that ran it last, and what that has both made and shown.
_shown: dict[str, tuple[str, list[Any]]] = {}


def request() -> tuple[str, str] | None:
    """(the cell, this run of it), where a cell runs whose front end says which one it is."""
    asked = getattr(get_ipython(), "get_parent", dict)() or {}
    cell = asked.get("metadata", {}).get("cellId")
    return (cell, asked["header"]["msg_id"]) if cell else None


def make_room(widget: Any, made: tuple[str, str] | None) -> None:
    """``widget`` is shown now: close what the same cell made and showed when it last ran.

    made: the request in which the widget was made. What a cell shows of another one is not its own:
    whoever has kept that will want to see it again.
    """
    now = request()
    if now is None:
        return
    cell, run = now
    before, shown = _shown.get(cell, (run, []))
    if before != run:
        for each in shown:
            each.close()
        shown = []
    _shown[cell] = run, [*shown, *([widget] if made == now else [])]
