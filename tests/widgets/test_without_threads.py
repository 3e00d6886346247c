"""Where no thread can be started, and where nothing is shown that one sends."""

import sys
import threading
from dataclasses import replace
from threading import Thread
from types import ModuleType

import numpy as np
import pytest
from hands import pixels, words

import initviz as iv
from initviz.training.place import place
from initviz.widgets import CHAPTERS, trainer
from initviz.widgets.controls import Menu, Slider


def refuse(thread):
    raise RuntimeError("can't start new thread")


@pytest.fixture
def no_threads(monkeypatch):
    monkeypatch.setattr(Thread, "start", refuse)


@pytest.fixture
def on_colab(monkeypatch):
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))


def test_the_place_says_what_it_found(no_threads):
    assert not place().threads
    assert not place().heard


def test_on_colab_threads_work_but_are_not_heard(on_colab):
    assert (place().name, place().threads, place().heard) == ("Colab", True, False)


def test_in_a_browser_none_is_tried(monkeypatch):
    monkeypatch.setattr(sys, "platform", "emscripten")
    assert not place().threads


def test_elsewhere_they_are_heard():
    assert place().threads
    assert place().heard


@pytest.mark.usefixtures("few_widths", "small_map", "one_look")
@pytest.mark.parametrize("name", CHAPTERS)
def test_every_control_of_every_explorer_is_followed(name, no_threads):
    chapter = getattr(iv, name)
    explorer = chapter()
    for control in (*chapter.lead, *chapter.others):
        widget = explorer.controls.widgets[control.name]
        if isinstance(control, Menu | Slider):
            values = [value for _, value in widget.options]
            widget.value = values[values.index(widget.value) - 1]
        assert explorer.run.experiment == explorer.experiment == explorer.controls.experiment
        assert explorer.run.finished or "Given up at" in words(explorer)
        assert pixels(explorer).std() > 5
        assert "cannot be" not in words(explorer)
        explorer.reset.click()
        assert explorer.run.experiment == chapter.start
    explorer.close()


def test_colab_is_shown_each_picture_before_the_handler_returns(on_colab):
    explorer = iv.explore()
    before = pixels(explorer)
    explorer.controls.widgets["scale"].value = 30.0
    assert explorer.run.experiment.scale == 30
    assert np.abs(pixels(explorer) - before).mean() > 1
    assert iv.explain(explorer.run) in words(explorer)
    explorer.close()


def test_a_long_run_shows_how_far_it_is_and_is_given_up_in_time(no_threads, monkeypatch):
    monkeypatch.setattr(trainer, "AT_ONCE", 2.0)
    explorer, said = iv.explore(iv.Experiment(epochs=20)), []
    explorer.words.observe(lambda change: said.append(change.new), "value")
    explorer._trainer.start(replace(explorer.experiment, epochs=200_000))
    assert any("Training… epoch" in each for each in said)
    assert not explorer.run.finished
    assert f"Given up at {explorer.run.progress}: This kernel" in words(explorer)
    assert explorer.epoch.max == explorer.run.epoch > 0
    explorer.epoch.value = 0
    assert "Given up at" in words(explorer)
    assert "Before training" in words(explorer)
    explorer.controls.widgets["scale"].value = 3.0
    assert explorer.run.finished
    assert "Given up" not in words(explorer)
    explorer.close()


def test_large_ensembles_and_sweeps_give_the_same_numbers(monkeypatch):
    experiment, scales = iv.Experiment(restarts=200, epochs=3), {"scale": [0.5, 2.0]}

    def numbers():
        table = iv.sweep(experiment, scales, restarts=4)
        return iv.train(experiment).losses, table.to_numpy()

    expected = numbers()
    monkeypatch.setattr(Thread, "start", refuse)
    for found, wanted in zip(numbers(), expected, strict=True):
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize("most", [1, 2])
def test_where_fewer_threads_start_than_there_are_cores_those_do_it(most, monkeypatch):
    """Another one is refused while so many live."""
    start = Thread.start
    before = threading.active_count()

    def start_few(thread):
        if threading.active_count() - before >= most:
            refuse(thread)
        start(thread)

    experiment = iv.Experiment(restarts=12, epochs=3000)
    expected = iv.train(experiment).losses
    monkeypatch.setattr("initviz.training.train.cores", lambda: 4)
    monkeypatch.setattr(Thread, "start", start_few)
    np.testing.assert_array_equal(iv.train(experiment).losses, expected)
