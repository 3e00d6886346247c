"""A laptop sleeps, a clock is set: every run gets to its end all the same."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest
from hands import put, words

import initviz as iv
from initviz.training.place import Place
from initviz.training.train import stream

SMALL = iv.Experiment(hidden_layers=(4,), epochs=60, restarts=2)
CLOCKS = {
    "stands still": lambda tick: 100.0,
    "jumps by hours": lambda tick: 3600.0 * tick,
    "jumps once": lambda tick: 1e-6 * tick + 3e4 * (tick > 40),
    "is set back once": lambda tick: 1e6 + 1e-6 * tick - 3e4 * (tick > 40),
    "runs backwards": lambda tick: -60.0 * tick,
}


@pytest.fixture(params=CLOCKS, ids=str)
def clock(request, monkeypatch):
    ticks = count()
    for module in ("training.ensemble", "widgets.trainer"):
        name = f"initviz.{module}.perf_counter"
        monkeypatch.setattr(name, lambda: CLOCKS[request.param](next(ticks)))


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("loop", ["plain", None])
def test_what_is_trained_does_not_depend_on_the_clock(loop):
    *_, run = stream(SMALL, seconds=0.01, loop=loop)
    assert run.finished
    assert np.isfinite(run.losses).all()


@pytest.mark.usefixtures("clock", "no_rest")
@pytest.mark.parametrize("heard", [True, False])
def test_an_explorer_gets_to_the_end_of_every_run(heard, monkeypatch):
    monkeypatch.setattr("initviz.widgets.trainer.place", lambda: Place("here", heard, heard))
    monkeypatch.setattr("initviz.widgets.trainer.AT_ONCE", 1e3)
    explorer = iv.explore(SMALL, views=["losses"])
    put(explorer, "scale", 2.0)
    assert explorer.run.finished
    assert "After 60 epochs" in words(explorer)
    assert "Given up" not in words(explorer)
    explorer.close()


def test_a_night_of_sleep_is_not_counted_as_training(monkeypatch):
    """In the middle of a run that keeps everything waiting."""
    hours = iter([0.0, 0.1, 0.2, *(30_000.0 + 0.01 * n for n in range(10_000))])
    monkeypatch.setattr("initviz.widgets.trainer.perf_counter", lambda: next(hours))
    monkeypatch.setattr("initviz.widgets.trainer.place", lambda: Place("here", False, False))
    explorer = iv.explore(SMALL, views=["losses"])
    explorer.train(replace(SMALL, scale=2.0))
    assert explorer.run.finished
    assert explorer.experiment.scale == 2.0
    explorer.close()
