"""Whatever panels a picture is put together of, all of it can be read."""

from dataclasses import replace
from itertools import combinations

import pytest
from legible import assert_legible
from matplotlib.text import Text

import initviz as iv
from initviz.plots import Overview, picture
from initviz.plots.depth import DepthScene
from initviz.plots.fast import Label
from initviz.plots.saturation import SaturationScene
from initviz.plots.scene import HIGH, LOW, SHARP, WIDTH, part_of
from initviz.plots.schemes import SchemesScene
from initviz.plots.style import LETTERS
from initviz.widgets.compare import NARROW

SMALL = replace(iv.explore.start, epochs=4, restarts=3)
RUNS = {
    "some layers": SMALL,
    "ten layers": replace(SMALL, hidden_layers=(8,) * 10, scale=10.0),
    "saturated": replace(SMALL, scale=100.0),
    "overflow": replace(SMALL, activation="relu", scale=100.0, learning_rate=100.0),
    "one layer": replace(SMALL, hidden_layers=(6,), restarts=1),
    "no layer": replace(SMALL, hidden_layers=()),
    "digits": replace(SMALL, dataset="digits", learning_rate=0.1),
}
SCENES = {"main": Overview, "03": SaturationScene, "04": SchemesScene, "07": DepthScene}
PANELS = [(name, panel) for name, scene in SCENES.items() for panel in scene.panels]


@pytest.fixture(scope="module", params=RUNS, ids=str)
def run(request):
    return iv.train(RUNS[request.param])


def drawn(scene, run, pinned=None):
    figure = picture(scene, run, pinned=pinned)
    assert_legible(figure)
    sizes = [float(text.get_fontsize()) for text in figure.findobj(Text) if text.get_text()]
    sizes += [label.size for label in figure.findobj(Label) if label.text]
    assert min(sizes) >= LETTERS
    return figure


@pytest.mark.parametrize(("scene", "panel"), PANELS)
def test_each_panel_alone(run, scene, panel):
    drawn(part_of(SCENES[scene], [panel]), run)
    if SCENES[scene].panels[panel].wide:
        drawn(part_of(SCENES[scene], [panel], width=NARROW), run)


@pytest.mark.parametrize("scene", SCENES)
def test_the_whole_picture_and_a_pinned_run_on_it(run, scene):
    pinned = run if run.dataset.name == "digits" else iv.train(SMALL)
    drawn(SCENES[scene], run)
    drawn(SCENES[scene], run, pinned)


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("count", [2, 3])
def test_several_panels_are_legible_and_not_high(scene, count):
    run, deep = iv.train(SMALL), iv.train(RUNS["ten layers"])
    for names in combinations(SCENES[scene].panels, count):
        part = part_of(SCENES[scene], names)
        drawn(part, run)
        drawn(part, deep, run)
        beside = sum(not part.panels[name].wide for name in names)
        if count - beside <= 1 and beside <= 3:
            assert part.size[1] <= (LOW if beside < count else 3)
        assert part.size[0] == WIDTH


def test_the_same_name_is_the_same_panel_in_every_picture():
    run = iv.train(SMALL)
    headings = {}
    for scene in SCENES.values():
        for name in {"losses", "gradient"} & scene.panels.keys():
            figure = drawn(part_of(scene, [name]), run)
            bold = [t.get_text() for t in figure.findobj(Text) if t.get_fontweight() == "bold"]
            headings.setdefault(name, set()).add(tuple(bold))
    assert {name: len(found) for name, found in headings.items()} == {"losses": 1, "gradient": 1}


def test_the_row_below_a_wide_one_gives_what_a_high_one_takes():
    assert part_of(Overview, ["activations", "losses"]).size[1] < LOW
    part = part_of(SaturationScene, ["curve", "losses"])
    assert part.size[1] == LOW
    assert 0.7 < part.panels["losses"].box[3] * LOW < HIGH


def test_where_jupyterlab_gives_a_picture_844_pixels_it_has_two_dots_for_each():
    # With any other number a browser has to mix dots, and letters and thin lines are blurred.
    assert SHARP * WIDTH == 2 * 844
