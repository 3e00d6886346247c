"""The picture of an explorer, and what is left of it when it is closed."""

import gc
import weakref

import pytest
from matplotlib import rc_context

import initviz as iv
from initviz.plots import Overview
from initviz.widgets.live_figure import LiveFigure

RUN = iv.Experiment(hidden_layers=(4,), epochs=2, restarts=2)


def test_a_closed_picture_keeps_no_figure():
    live, run = LiveFigure(Overview), iv.train(RUN)
    for sharp in (False, True):
        live.draw(run, 2, sharp=sharp)
    stages = [stage for each in live.stages.values() for stage in each.values()]
    figures = [weakref.ref(stage.canvas.figure) for stage in stages]
    del stages
    live.close()
    gc.collect()
    assert len(figures) == 2
    assert not [figure for figure in figures if figure() is not None]
    assert live.picture.value == b""


@pytest.mark.parametrize("key", ["figure.autolayout", "figure.constrained_layout.use"])
def test_it_is_drawn_as_ever_under_the_users_settings(key):
    run, shown = iv.train(RUN), []
    for theirs in (False, True):
        live = LiveFigure(Overview)
        with rc_context({key: theirs}):
            live.draw(run, 2)
        shown.append(live.picture.value)
    assert shown[0] == shown[1]
