"""Every panel of every chapter: alone, in pairs and in threes, with and without a pinned run."""

from dataclasses import replace
from functools import cache
from itertools import combinations

import pytest
from legible import assert_legible, texts
from matplotlib.text import Text

import initviz as iv
from initviz.measure.trainability import stream_trainability
from initviz.plots import picture
from initviz.plots.blocks import BlocksScene
from initviz.plots.fast import Label
from initviz.plots.jacobian import SpectrumScene
from initviz.plots.phase import PhaseScene
from initviz.plots.race import RaceScene
from initviz.plots.restarts import RestartsScene
from initviz.plots.scene import LETTERS, WIDTH, part_of
from initviz.plots.symmetry import SymmetryScene
from initviz.plots.trainability import TrainabilityScene
from initviz.plots.vitals import CheckupScene, ClinicScene

SCENES = {
    "symmetry": (SymmetryScene, iv.explore_symmetry.start, {"noise": 1e-3, "epochs": 30}),
    "jacobian": (SpectrumScene, iv.explore_jacobian.start, {"epochs": 5}),
    "blocks": (BlocksScene, iv.explore_blocks.start, {"epochs": 5}),
    "phase": (PhaseScene, iv.explore_phase.start, {}),
    "race": (RaceScene, iv.explore_race.start, {"epochs": 20}),
    "restarts": (RestartsScene, iv.explore_restarts.start, {}),
    "checkup": (CheckupScene, iv.explore_checkup.start, {"epochs": 20}),
    "clinic": (ClinicScene, iv.explore_clinic.start, {"epochs": 20}),
}
NAMES = {
    "symmetry": ["units", "distinct", "rank", "losses", "gap"],
    "jacobian": ["spectrum", "stretch", "losses"],
    "blocks": ["signal", "gradient", "losses"],
    "phase": ["plane", "variance", "correlation", "gradient"],
    "race": ["losses", "across", "seeds"],
    "restarts": ["ways", "ends", "best_of", "best", "failing"],
    "checkup": ["weights", "signal", "saturated", "distinct", "gradient", "step", "losses"],
    "clinic": ["activations", "losses", "gradient", "distinct"],
}
PARTS = [
    (chapter, names)
    for chapter, every in NAMES.items()
    for names in [(name,) for name in every] + list(combinations(every, 2))
]
PARTS += [
    ("symmetry", ("units", "distinct", "losses")),
    ("jacobian", ("spectrum", "stretch", "losses")),
    ("blocks", ("signal", "gradient", "losses")),
    ("phase", ("plane", "correlation", "gradient")),
    ("phase", ("variance", "correlation", "gradient")),
    ("race", ("losses", "across", "seeds")),
    ("restarts", ("ways", "ends", "best_of")),
    ("restarts", ("best_of", "best", "failing")),
    ("checkup", ("weights", "signal", "saturated", "distinct", "gradient", "step")),
    ("checkup", ("signal", "gradient", "losses")),
    ("clinic", ("activations", "distinct", "losses")),
]


@cache
def runs(chapter):
    _, start, settings = SCENES[chapter]
    run = iv.train(replace(start, **settings))
    return run, iv.train(replace(start, **settings | {"seed": start.seed, "scale": 3.0}))


def sizes(figure):
    """In points, of every text that is there."""
    found = [t.get_fontsize() for t in figure.findobj(Text) if t.get_text().strip()]
    return found + [label.size for label in figure.findobj(Label) if label.text]


@pytest.mark.parametrize("chapter", NAMES)
def test_the_panels_have_these_names(chapter):
    assert list(SCENES[chapter][0].panels) == NAMES[chapter]


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize("chapter", NAMES)
def test_the_whole_picture_can_be_read(chapter, pinned):
    run, other = runs(chapter)
    figure = picture(SCENES[chapter][0], run, None, other if pinned else None)
    assert_legible(figure)
    assert figure.get_figwidth() == WIDTH
    assert min(sizes(figure)) >= LETTERS


@pytest.mark.parametrize("pinned", [False, True])
@pytest.mark.parametrize(("chapter", "names"), PARTS)
def test_a_part_of_it_can_be_read_and_is_low(chapter, names, pinned):
    run, other = runs(chapter)
    scene = part_of(SCENES[chapter][0], names)
    figure = picture(scene, run, None, other if pinned else None)
    assert_legible(figure)
    assert min(sizes(figure)) >= LETTERS
    squares = all(scene.panels[name].square for name in names)
    rows = {scene.panels[name].box[1] for name in names}
    assert figure.get_figheight() < (2.9 if len(rows) == 1 and not squares else 4.7)


@pytest.mark.parametrize("pinned", [False, True])
def test_a_map_alone_can_be_read(pinned):
    few = replace(iv.explore_trainability.start, epochs=2, hidden_layers=(4,))
    *_, found = stream_trainability(few)
    assert list(TrainabilityScene.panels) == ["map"]
    for scene in (TrainabilityScene, part_of(TrainabilityScene, ["map"])):
        figure = picture(scene, found, None, found if pinned else None)
        assert_legible(figure)
        assert min(sizes(figure)) >= LETTERS


@pytest.mark.parametrize("chapter", NAMES)
def test_what_is_pinned_is_named_on_every_part_that_shows_it(chapter):
    """In the panel itself, or in the line above it."""
    run, other = runs(chapter)
    for name in NAMES[chapter]:
        figure = picture(part_of(SCENES[chapter][0], [name]), run, None, other)
        assert any("pinned" in text for text, _ in texts(figure)), name


def test_a_square_stays_one_and_leaves_its_room_to_the_others():
    alone = part_of(SymmetryScene, ["units"])
    beside = part_of(SymmetryScene, ["units", "distinct"])
    for scene in (alone, beside):
        (width, height), (left, _, wide, high) = scene.size, scene.panels["units"].box
        assert wide * width == pytest.approx(high * height)
    assert beside.panels["distinct"].box[2] > 2 * beside.panels["units"].box[2]
    (left, _, wide, _) = alone.panels["units"].box
    assert 0.3 < left < 1 - wide < 0.8
