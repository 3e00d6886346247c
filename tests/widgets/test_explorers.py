"""What every explorer promises, tried on each of them without a browser."""

import html
import io
import pydoc
import re
import subprocess
import sys

import numpy as np
import pytest
from hands import pixels, put, settle, words
from PIL import Image

import initviz as iv
from initviz.plots.scene import SHARP
from initviz.widgets import CHAPTERS
from initviz.widgets.controls import Menu, Slider
from initviz.widgets.live_figure import LiveFigure
from initviz.widgets.versions import open_widgets

pytestmark = pytest.mark.usefixtures("no_rest", "small_map", "few_widths")


@pytest.fixture(params=CHAPTERS)
def name(request):
    return request.param


@pytest.fixture
def chapter(name):
    return getattr(iv, name)


@pytest.fixture
def explorer(chapter):
    return chapter()


@pytest.mark.once
def test_it_opens_where_its_chapter_says(explorer, chapter):
    assert explorer.experiment == chapter.start
    assert explorer.controls.experiment == chapter.start
    assert explorer.run.finished
    assert pixels(explorer).std() > 10
    assert chapter.explain(explorer.run, explorer.run.epoch) in words(explorer)


@pytest.mark.once
def test_its_saved_form_is_a_short_line_and_a_sharp_picture(explorer, chapter):
    import base64

    bundle, _ = explorer._repr_mimebundle_()
    assert re.fullmatch(r"initviz (\w+ )?explorer", bundle["text/plain"])
    saved = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    np.testing.assert_allclose(saved.size, SHARP * np.array(chapter.scene.size), atol=1)


@pytest.mark.once  # test_without_threads.py moves every control on every platform
@pytest.mark.usefixtures("one_look")
def test_every_control_can_be_moved_all_the_way_and_gives_a_picture(explorer, chapter):
    for control in (*chapter.lead, *chapter.others):
        if not isinstance(control, Menu | Slider):
            continue
        widget = explorer.controls.widgets[control.name]
        before, options = widget.value, [value for _, value in widget.options]
        for value in options if isinstance(control, Menu) else (options[-1], options[0]):
            put(explorer, control.name, value)
            assert explorer.experiment == explorer.controls.experiment, (control.name, value)
            assert explorer.run.finished
            assert pixels(explorer).std() > 5
            assert len(words(explorer)) > 20
            assert "cannot be" not in words(explorer)
            if value == "relu":  # of which units die
                assert explorer.picture.value == drawn_anew(explorer), control.name
        assert explorer.picture.value == drawn_anew(explorer), control.name
        put(explorer, control.name, before)


def drawn_anew(explorer):
    """The same run on a figure of its own, which has kept nothing from the runs before."""
    figure = LiveFigure(explorer.chapter.scene)
    figure.draw(explorer.run, explorer._shown_epoch, explorer._comparable_pin())
    return figure.picture.value


def other(explorer, control):
    """A position of the control that is not the one where it stands."""
    widget = explorer.controls.widgets[control.name]
    values = [value for _, value in widget.options]
    return values[values.index(widget.value) - 1]


@pytest.mark.once
def test_a_pinned_run_stays_to_compare_with(explorer, chapter):
    control = chapter.lead[-1]
    explorer.pin.value = True
    pinned = explorer.run
    put(explorer, control.name, other(explorer, control))
    with_pin = pixels(explorer)
    assert explorer.pinned is pinned
    assert "Pinned:" in words(explorer)
    assert explorer.picture.value == drawn_anew(explorer)
    explorer.pin.value = False
    assert "Pinned" not in words(explorer)
    assert np.abs(pixels(explorer) - with_pin).mean() > 0.02


@pytest.mark.once
def test_the_line_that_export_gives_opens_it_again(explorer, chapter):
    some = chapter(controls=[chapter.lead[0].name], views=list(chapter.scene.panels)[-1:])
    for control in chapter.lead:
        put(some, control.name, other(some, control))
    some.controls.new_draw.click()
    settle()
    some.export.click()
    (line,) = re.findall("<code>(.*)</code>", some.links.value)
    again = eval(html.unescape(line), {"iv": iv})
    assert again.experiment == some.experiment != chapter.start
    assert pixels(again).shape == pixels(some).shape != pixels(explorer).shape
    assert list(again.controls.widgets) == list(some.controls.widgets)
    explorer.export.click()
    assert f"<code>iv.{explorer.chapter.function}()</code>" in explorer.links.value


@pytest.mark.once
def test_reset_goes_back_to_the_very_same_picture(explorer, chapter):
    first = pixels(explorer)
    for control in chapter.lead:
        put(explorer, control.name, other(explorer, control))
    assert np.abs(pixels(explorer) - first).mean() > 0.05
    explorer.controls.new_draw.click()
    settle()
    assert explorer.experiment.seed == chapter.start.seed + 1
    explorer.reset.click()
    settle()
    assert explorer.experiment == chapter.start
    np.testing.assert_array_equal(pixels(explorer), first)


@pytest.mark.once
def test_the_past_can_be_looked_at_without_training_again(explorer, chapter, monkeypatch):
    shown = [widget for row in explorer.children for widget in getattr(row, "children", ())]
    assert (explorer.play in shown) == (explorer.epoch in shown) == chapter.player
    if not chapter.player:
        return
    monkeypatch.setattr(explorer._trainer, "_stream", None)  # to train now would fail
    last = pixels(explorer)
    explorer.epoch.value = 0
    assert np.abs(pixels(explorer) - last).mean() > 0.02
    explorer.epoch.value = explorer.epoch.max
    np.testing.assert_array_equal(pixels(explorer), last)


def test_the_words_are_plain_text_and_the_pictures_alternative(explorer):
    assert not re.search(r"\bnan\b|\binf\b|array\(|np\.", words(explorer))
    assert explorer.picture.tooltip.strip() in re.sub(r"\s+", " ", words(explorer))


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("explore_race", {"hidden_layers": (6, 7)}, "hidden_layers"),
        ("explore_saturation", {"initializer": ("normal",) * 5}, "initializer"),
        ("explore_race", {"bias": ("same", 0.0, 0.0)}, "bias"),
        ("explore_clinic", {"scale": 3}, "scale"),
        ("explore_symmetry", {"hidden_layers": (6,)}, "hidden_layers"),
        ("explore", {"bias": 0.3}, "'same'"),
        ("explore_width", {"hidden_layers": (8, 16)}, "hidden_layers"),
        ("explore_width", {"parametrization": "mup"}, "initializer"),
        ("explore_jacobian", {"norm": "batch"}, "^norm='batch': a Jacobian is of networks without"),
        (
            "explore_blocks",
            {"skip": True, "alpha": 2.0},
            r"^alpha=2\.0: this explorer takes 1\.0, ",
        ),
        ("explore_blocks", {"alpha": "rezero"}, "^alpha='rezero': .*skip=True beside it"),
    ],
)
def test_what_an_explorer_would_change_unasked_is_refused(name, settings, message):
    with pytest.raises(ValueError, match=message):
        getattr(iv, name)(**settings)


def test_a_chapter_says_what_it_is(name, chapter):
    assert repr(chapter).startswith(f"initviz.{name}(experiment=None, **settings): Open the ")
    assert chapter.__doc__ == chapter.summary
    assert chapter.summary.endswith(".")
    assert chapter.summary in pydoc.render_doc(chapter, renderer=pydoc.plaintext)


def test_it_closes_whole(explorer):
    explorer.close()
    assert not open_widgets()


def test_a_chapter_is_loaded_when_it_is_asked_for():
    code = "import sys, initviz as iv; iv.widgets.CHAPTERS; {} print(*sys.modules)"
    loaded = [
        subprocess.run(
            [sys.executable, "-c", code.format(use)], capture_output=True, text=True, check=True
        ).stdout.split()
        for use in ("", "iv.explore_depth;")
    ]
    assert [m for m in loaded[0] if m.startswith("initviz.widgets.")] == []
    assert {"initviz.widgets.depth", "initviz.plots.depth"} <= set(loaded[1])
    assert not {"initviz.widgets.race", "initviz.plots.race"} & set(loaded[1])


@pytest.mark.parametrize(("word", "meant"), [("control", "controls"), ("panels", "views")])
def test_who_means_the_parts_is_told_what_they_are_called(word, meant):
    with pytest.raises(ValueError, match=f"^{word}: this is called {meant}, a list of names$"):
        iv.explore_depth(**{word: ["losses"]})


def test_a_setting_with_the_name_of_another_library_is_named_as_ours():
    with pytest.raises(ValueError, match=r"^lr: this setting is called learning_rate$"):
        iv.explore_depth(lr=0.1)


@pytest.mark.parametrize("ask", [lambda X, y: iv.explore(X, y), lambda X, y: iv.explore(X=X, y=y)])
def test_who_gives_arrays_is_told_how_they_get_a_name(ask):
    with pytest.raises(ValueError, match=r"^X: .*@initviz\.datasets\.dataset .*train\("):
        ask([[0.0], [1.0]], [0, 1])
