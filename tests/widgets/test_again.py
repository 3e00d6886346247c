"""A cell that runs again leaves nothing of what it showed before; and nothing stays of what is
closed."""

import gc
import os
import threading

import pytest
from hands import settle
from made_up import TINY, swept
from matplotlib.figure import Figure

import initviz as iv
from initviz.training.run import Run
from initviz.widgets import again
from initviz.widgets.versions import open_widgets

comm = pytest.importorskip("comm", reason="ipywidgets 7 is Colab's, which names no cell")

SMALL = iv.Experiment(hidden_layers=(4,), epochs=10, restarts=2)


def small():
    return iv.explore(SMALL, views=["losses"])


class Notebook:
    """A front end that says which cell it runs, or says nothing."""

    def __init__(self):
        self.asked = {}

    def get_parent(self):
        return self.asked

    def run(self, cell, code):
        """The last line's value, which is shown."""
        metadata = {"cellId": cell} if cell else {}
        self.asked = {"metadata": metadata, "header": {"msg_id": object()}}
        value = code()
        value._repr_mimebundle_()
        self.asked = {"metadata": {}, "header": {"msg_id": object()}}
        return value


@pytest.fixture
def notebook(monkeypatch):
    made = Notebook()
    monkeypatch.setattr(again, "get_ipython", lambda: made)
    monkeypatch.setattr(again, "_shown", {})
    return made


def opened():
    """A prediction with its explorer open, as after two clicks."""
    asked = iv.predict("00.tiny")
    asked.choose("a")
    return asked


@pytest.mark.parametrize("show", [small, lambda: iv.compare(SMALL, SMALL), opened])
def test_a_cell_that_runs_again_leaves_nothing_of_what_it_showed(notebook, show):
    first = notebook.run("a", show)
    count = len(open_widgets())
    for _ in range(2):
        second = notebook.run("a", show)
        assert first.comm is None
        assert second.comm is not None
        assert len(open_widgets()) == count
        first = second
    first.close()
    assert not open_widgets()


def test_what_other_cells_show_stays(notebook):
    one, other = (notebook.run(cell, small) for cell in "ab")
    notebook.run("b", lambda: one)  # made by the first cell, shown by the second
    third = notebook.run("b", small)
    assert one.comm is not None
    assert other.comm is None
    for each in (one, third):
        each.close()


def test_a_front_end_that_names_no_cell_keeps_all(notebook):
    shown = [notebook.run(None, small) for _ in range(2)]
    assert all(each.comm is not None for each in shown)
    for each in shown:
        each.close()


def counted():
    """What a long day could pile up."""
    gc.collect()
    kinds = [type(each) for each in gc.get_objects()]
    return {
        "widgets": len(open_widgets()),
        "comms": len(comm.get_comm_manager().comms),
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")) if os.path.exists("/proc/self/fd") else 0,
        "figures": sum(issubclass(kind, Figure) for kind in kinds),
        "runs": sum(kind is Run for kind in kinds),
    }


@pytest.mark.usefixtures("no_rest")
def test_of_what_is_closed_nothing_is_left():
    table = swept(TINY, {"scale": [1, 2], "seed": [0, 1]})
    kinds = [small, opened, lambda: iv.compare(SMALL, SMALL)]
    kinds.append(lambda: iv.explore_sweep(table))

    def a_day():
        for show in kinds:
            explorer = show()
            if hasattr(explorer, "chapter"):
                explorer.controls.widgets["seed"].value += 1
            explorer.close()
        settle()

    a_day()
    before = counted()
    a_day()
    assert counted() == before
