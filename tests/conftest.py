"""What several of the test files share."""

import gc
import os
import sys

import pytest
from hypothesis import settings
from made_up import PROBLEMS, TINY, swept
from threadpoolctl import threadpool_limits

from initviz.training import sweeps

threadpool_limits(1, user_api="blas")  # on a busy machine BLAS threads wait for one another

settings.register_profile("initviz", deadline=None, max_examples=60, derandomize=True)
# Which examples it takes is nothing to a library's version: fewer do where versions are compared.
settings.register_profile("platforms", settings.get_profile("initviz"), max_examples=10)
settings.load_profile("initviz")


def pytest_configure(config):
    """A core for each of pytest-xdist's workers, and for all that it starts.

    Trainings on two threads in both of two workers would mostly wait for one another. A worker more
    than there are cores shares one with another: some of them wait for a browser at any time.
    """
    worker = getattr(config, "workerinput", None)
    if worker and hasattr(os, "sched_setaffinity"):
        cores, number = sorted(os.sched_getaffinity(0)), int(worker["workerid"].removeprefix("gw"))
        os.sched_setaffinity(0, {cores[number % len(cores)]})


def pytest_collection_finish():
    """What is there now stays to the end; the garbage collector need not look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def no_widgets_left():
    """ipywidgets keeps every widget until it is closed, and an explorer has its pictures with it:
    in the end 2 GB, through which the garbage collector goes again and again."""
    yield
    if widgets := sys.modules.get("ipywidgets"):
        widgets.Widget.close_all()


@pytest.fixture(params=PROBLEMS, ids=lambda problem: f"{problem.loss}-{problem.output}")
def problem(request):
    """Every loss with every output layer that it goes with."""
    return request.param


@pytest.fixture
def few_widths(monkeypatch):
    """What is trained at many widths and rates takes a second or two, whenever a control moves."""
    monkeypatch.setattr("initviz.measure.width.WIDTHS", (4, 8, 16))
    monkeypatch.setattr("initviz.measure.width.STEP_WIDTHS", (8, 16))
    monkeypatch.setattr("initviz.measure.width.RATES", {"adam": (0.001, 0.1), "sgd": (0.1, 1.0)})


@pytest.fixture
def small_map(monkeypatch):
    """The map of trainability takes seconds at its real depths, and is moved hundreds of times."""
    monkeypatch.setattr("initviz.measure.trainability.DEPTHS", (1, 2, 8))


@pytest.fixture
def one_look(monkeypatch):
    """Explorers draw a setting once, with one pixel a point, not coarsely and then sharply: for
    tests of hundreds of settings. That the two looks go together, other tests see of each explorer.
    """
    from initviz.widgets import live_figure

    draw = live_figure.LiveFigure.draw

    def draw_at_rest(figure, run, epoch, pinned=None, sharp=True):
        if sharp:
            draw(figure, run, epoch, pinned)

    monkeypatch.setattr(live_figure.LiveFigure, "draw", draw_at_rest)
    monkeypatch.setattr(live_figure, "SHARP", live_figure.COARSE)


@pytest.fixture(scope="session")
def table():
    """OVER, swept in one go."""
    return swept()


@pytest.fixture
def small_blocks(monkeypatch):
    """Of two settings, so of six networks: six blocks."""
    monkeypatch.setattr(sweeps, "BLOCK", 2 * TINY.restarts)


@pytest.fixture
def no_rest(monkeypatch):
    """A hand that rests at once, and a training thread that ends with its work."""
    monkeypatch.setattr("initviz.widgets.trainer.REST", 0.0)
    monkeypatch.setattr("initviz.widgets.trainer.LINGER", 0.0)


@pytest.fixture(scope="session")
def torch():
    """PyTorch, where it is installed, on one thread."""
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    return torch


@pytest.fixture(scope="session")
def torch_activations(torch):
    F = torch.nn.functional
    return {
        "sigmoid": torch.sigmoid,
        "tanh": torch.tanh,
        "lecun_tanh": lambda z: 1.7159 * torch.tanh(2 * z / 3),
        "relu": F.relu,
        "leaky_relu": F.leaky_relu,
        "selu": F.selu,
        "gelu": F.gelu,
        "silu": F.silu,
        "elu": F.elu,
        "mish": F.mish,
        "softplus": F.softplus,
        "softsign": F.softsign,
        "sine": lambda z: torch.sin(30 * z),
        "identity": lambda z: 1 * z,
    }
