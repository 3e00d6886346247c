"""The pictures of a finished sweep, and the explorer that reads one."""

import base64
import html
import io

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

import initviz as iv
from initviz.measure import tables as grids
from initviz.measure.intervals import median_interval, proportion_interval
from initviz.measure.sweeps import MEASURES
from initviz.plots import sweeps
from initviz.words.sweeps import explain_sweep

DEPTHS, SCALES = [1, 2, 4], [0.1, 1.0, 30.0]


@pytest.fixture(scope="module")
def table():
    """Really trained: three depths, three scales, two schemes, six restarts."""
    base = iv.Experiment(hidden_layers=(4,), activation="tanh", epochs=30, restarts=6)
    over = {"initializer": ["glorot_normal", "normal"], "hidden_layers": DEPTHS, "scale": SCALES}
    return iv.sweep(base, over, n_jobs=1, progress=False)


@pytest.fixture
def axes():
    return Figure().add_subplot()


def made_up(**columns):
    """A table of one's own numbers: two settings, four restarts."""
    rows = [(a, b, r) for a in ("x", "y") for b in (1, 2) for r in range(4)]
    frame = pd.DataFrame(rows, columns=["initializer", "hidden_layers", "restart"])
    for name in MEASURES:
        frame[name] = columns.get(name, 0.0)
    for name in ("learnt", "diverged"):
        frame[name] = frame[name].astype(bool)
    return frame


def written(axes):
    return [text.get_text() for text in axes.texts]


@pytest.mark.parametrize("shown", MEASURES)
def test_a_cell_is_the_share_or_the_median_of_its_networks(table, shown):
    values, rows, columns = grids.grid(table, "scale", "hidden_layers", shown)
    assert (rows, columns) == (DEPTHS, SCALES)
    for (r, c), value in np.ndenumerate(values):
        there = table[(table.hidden_layers == rows[r]) & (table.scale == columns[c])][shown]
        assert len(there) == 12
        expected = there.mean() if there.dtype == bool else np.median(there)
        assert value == pytest.approx(expected, nan_ok=True)


def test_the_heat_map_writes_the_numbers_and_is_bluest_where_it_is_best(table, axes):
    sweeps.heat_map(axes, table, "scale", "hidden_layers", "learnt")
    values, *_ = grids.grid(table, "scale", "hidden_layers", "learnt")
    assert written(axes) == [f"{value:.0%}" for value in values.ravel()]
    assert np.allclose(axes.images[0].get_array(), values)
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0.1", "1", "30"]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["1", "2", "4"]


@pytest.mark.parametrize(("shown", "best"), [("loss", "least"), ("accuracy", "most")])
def test_the_heat_map_knows_whether_more_is_better(table, axes, shown, best):
    sweeps.heat_map(axes, table, "scale", "hidden_layers", shown)
    values, *_ = grids.grid(table, "scale", "hidden_layers", shown)
    shades = axes.images[0].get_array()
    assert shades.max() == 1
    assert shades.min() == 0
    where = values.argmin() if best == "least" else values.argmax()
    assert shades.ravel()[where] == 1


def test_a_share_that_has_diverged_is_whiter_the_larger_it_is(axes):
    frame = made_up(diverged=np.repeat([1, 0, 0, 1], 4))
    sweeps.heat_map(axes, frame, "hidden_layers", "initializer", "diverged")
    assert written(axes) == ["100%", "0%", "0%", "100%"]
    assert np.allclose(axes.images[0].get_array(), [[0, 1], [1, 0]])


def test_what_overflows_is_white_and_said(axes):
    loss = np.repeat([0.5, np.inf, 0.1, 0.3], 4)
    sweeps.heat_map(axes, made_up(loss=loss), "hidden_layers", "initializer", "loss")
    assert written(axes) == ["0.5", "overflow", "0.1", "0.3"]
    assert np.allclose(axes.images[0].get_array(), [[0, 0], [1, 0.5]])


def test_many_columns_have_no_numbers_and_not_too_many_labels(axes):
    base = iv.Experiment(hidden_layers=(2,), epochs=1, restarts=1)
    over = {"scale": np.linspace(0.1, 3, 30), "hidden_layers": [1, 2]}
    sweeps.heat_map(axes, iv.sweep(base, over, n_jobs=1, progress=False), "scale", "hidden_layers")
    assert not written(axes)
    assert len(axes.get_xticks()) <= sweeps.WRITTEN


def test_the_fan_holds_the_median_the_half_and_nine_tenths(table, axes):
    part = table[(table.hidden_layers == 2) & (table.initializer == "normal")]
    sweeps.fan_chart(axes, part, "scale")
    losses = [np.sort(part[part.scale == scale]["loss"]) for scale in SCALES]
    (line,) = axes.lines
    assert np.allclose(line.get_xdata(), SCALES)
    for height, values in zip(line.get_ydata(), losses, strict=True):
        assert values[0] <= height <= values[-1]
        assert (values <= height).sum() >= 3
        assert (values >= height).sum() >= 3
    assert len(axes.patches) == 2
    assert axes.get_xscale() == "log"
    assert axes.get_ylim()[0] == 0


def test_the_fan_bears_networks_that_overflow(axes):
    loss = np.tile([0.1, 0.2, np.nan, np.inf], 4)
    sweeps.fan_chart(axes, made_up(loss=loss), "initializer")
    axes.figure.canvas.draw()
    assert axes.get_ylim()[1] < 1
    assert np.isfinite(axes.lines[0].get_ydata()).all()


def test_the_best_is_chosen_on_the_even_restarts_and_measured_on_the_odd():
    # x learns on the even restarts only, y on the odd ones and one even one.
    learnt = np.array([1, 0, 1, 0] * 2 + [0, 1, 1, 1] * 2, dtype=float)
    chosen = grids.best(made_up(learnt=learnt), ["initializer"], "hidden_layers")
    for depth in (1, 2):
        assert chosen[depth] == (("x",), proportion_interval([False, False]))


def test_of_equally_good_choices_the_one_with_the_lower_loss_is_taken():
    loss = np.repeat([0.3, 0.1, 0.2, 0.2], 4)
    chosen = grids.best(made_up(learnt=1.0, loss=loss), ["initializer"], "hidden_layers")
    assert [settings for settings, _ in chosen.values()] == [("y",), ("x",)]


def test_the_best_of_several_settings_and_of_a_measure_that_is_no_share(table):
    chosen = grids.best(table, ["initializer", "scale"], "hidden_layers", "loss")
    for depth, ((scheme, scale), interval) in chosen.items():
        part = table[table.hidden_layers == depth]
        even, odd = part[part.restart % 2 == 0], part[part.restart % 2 == 1]
        medians = even.groupby(["initializer", "scale"])["loss"].median()
        assert medians[scheme, scale] == medians.min()
        there = odd[(odd.initializer == scheme) & (odd.scale == scale)]["loss"]
        assert interval == median_interval(there)


def test_the_best_of_each_row_is_named_beside_its_dot(table, axes):
    sweeps.best_per(axes, table, ["initializer", "scale"], "hidden_layers")
    chosen = grids.best(table, ["initializer", "scale"], "hidden_layers")
    names = [f"{scheme}, scale {scale:g}" for (scheme, scale), _ in chosen.values()]
    assert written(axes) == names
    dots = [line.get_xdata()[0] for line in axes.lines[1::2]]
    assert dots == [interval.value for _, interval in chosen.values()]


def test_layers_as_tuples_are_settings_like_all_others(axes):
    base = iv.Experiment(epochs=2, restarts=2)
    over = {"hidden_layers": [(3, 3), (4,), ()], "scale": [1.0, 2.0]}
    table = iv.sweep(base, over, n_jobs=1, progress=False)
    sweeps.heat_map(axes, table, "scale", "hidden_layers")
    labels = [label.get_text() for label in axes.get_yticklabels()]
    assert labels == ["2 × 3", "4", "none"]
    explorer = iv.explore_sweep(table)
    explorer.row.value = (3, 3)
    assert "2 × 3" in dict(explorer.row.options)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("scale", "no_such", "learnt"), "no_such"),
        (("scale", "hidden_layers", "los"), "did you mean 'loss'"),
        (("scale", "scale", "learnt"), "two different"),
    ],
)
def test_what_is_no_setting_or_measure_is_named(table, arguments, said):
    with pytest.raises(ValueError, match=said):
        grids.grid(table, *arguments)


def test_one_restart_is_too_few_to_choose_and_measure(table):
    with pytest.raises(ValueError, match="at least two"):
        grids.best(table[table.restart == 0], ["scale"], "hidden_layers")


# The explorer.


@pytest.fixture
def explorer(table):
    return iv.explore_sweep(table)


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.picture.value)).convert("L"))


def moved(explorer, widget, value):
    before = pixels(explorer)
    widget.value = value
    return (pixels(explorer) != before).any()


def test_it_opens_with_a_picture_and_words(explorer):
    assert pixels(explorer).std() > 10
    assert "Of 108 networks" in explorer.words.value
    assert explorer.picture.tooltip in explorer.words.value


def test_every_menu_and_the_row_move_the_picture(explorer):
    assert moved(explorer, explorer.row, 4)
    assert moved(explorer, explorer.shown, "loss")
    assert moved(explorer, explorer.others["initializer"], "normal")
    assert "Of 54 networks" in explorer.words.value
    assert set(explorer.part.initializer) == {"normal"}
    assert moved(explorer, explorer.down, "initializer")
    assert set(dict(explorer.row.options)) == {"glorot_normal", "normal"}
    assert len(explorer.part) == 108  # what lies down is not filtered


def test_the_framed_row_stays_when_another_menu_moves(explorer):
    explorer.row.value = 2
    explorer.shown.value = "loss"
    explorer.others["initializer"].value = "normal"
    assert explorer.row.value == 2


def test_a_menu_stands_only_for_what_lies_neither_across_nor_down(explorer):
    seen = {name for name, menu in explorer.others.items() if menu.layout.display != "none"}
    assert seen == {"initializer"}


def test_settings_that_no_network_has_together_are_said_so():
    base = iv.Experiment(hidden_layers=(2,), epochs=1, restarts=2)
    over = {"hidden_layers": [1, 2], "scale": [1, 2, 3], "seed": [0, 1], "bias": [0.0, 1.0]}
    table = iv.sweep(base, over, n_jobs=1, progress=False)
    explorer = iv.explore_sweep(table[(table.seed == 0) | (table.bias == 0)], seed=1)
    before = pixels(explorer)
    explorer.others["bias"].value = 1.0
    assert "No network of this table" in explorer.words.value
    assert (pixels(explorer) == before).all()
    explorer.others["seed"].value = 0
    assert "Of 12 networks" in explorer.words.value


def test_only_the_sides_and_what_is_shown_stand_over_the_picture(explorer):
    first, picture, *_ = explorer.children
    assert first.children == (explorer.across, explorer.down, explorer.shown)
    assert picture is explorer.picture
    assert explorer.settings.layout.display == "none"
    explorer.more.value = True
    assert explorer.settings.layout.display is None
    assert explorer.more.description == "Fewer settings"


def test_across_and_down_change_places(explorer):
    across, down = explorer.across.value, explorer.down.value
    explorer.across.value = down
    assert (explorer.across.value, explorer.down.value) == (down, across)


def test_it_may_open_on_a_part(table):
    explorer = iv.explore_sweep(table, initializer="normal")
    assert set(explorer.part.initializer) == {"normal"}


def test_the_words_hold_the_numbers_of_the_picture(table):
    text = explain_sweep(table, "scale", "hidden_layers", "learnt")
    assert f"Of 108 networks {table.learnt.mean():.0%} have learnt" in text
    for depth, ((scale,), interval) in grids.best(table, ["scale"], "hidden_layers").items():
        assert f"{depth}: {scale:g} ({interval.value:.0%}" in text


def test_one_restart_has_a_picture_too(table):
    explorer = iv.explore_sweep(table[table.restart == 0])
    assert "The best" not in explorer.words.value


def test_its_saved_form_is_a_short_line_and_a_picture(explorer):
    bundle, _ = explorer._repr_mimebundle_()
    assert bundle["text/plain"] == "initviz sweep explorer"
    saved = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert saved.size == (1600, 860)


@pytest.mark.parametrize(
    ("frame", "only", "said"),
    [
        (pd.DataFrame({"a": [1]}), {}, "the table of initviz.sweep.*no column restart, loss"),
        ("sweep.csv", {}, "the table of initviz.sweep.*pandas.read_csv"),
        (None, {"scale": 7.0}, r"scale=7.0: the sweep has 0.1, 1.0, 30.0"),
        (None, {"momentum": 0.9}, "momentum"),
        (None, {"scale": 1.0, "initializer": "normal"}, "two settings"),
    ],
)
def test_what_cannot_be_shown_is_said(table, frame, only, said):
    with pytest.raises(ValueError, match=said):
        iv.explore_sweep(table if frame is None else frame, **only)


def test_a_table_that_was_saved_and_read_again_is_as_good(table, tmp_path):
    table.to_csv(tmp_path / "sweep.csv", index=False)
    explorer = iv.explore_sweep(pd.read_csv(tmp_path / "sweep.csv"))
    assert "Of 108 networks" in explorer.words.value


@pytest.mark.parametrize(
    ("column", "word"), [("batch_size", "full batch"), ("loss_function", "the data's own")]
)
def test_none_is_a_value_like_all_others(tmp_path, column, word):
    over = {"batch_size": [None, 5], "loss": [None, "squared_error"], "scale": [1, 2]}
    base = iv.Experiment(hidden_layers=(3,), epochs=2, restarts=2)
    frame = iv.sweep(base, over, n_jobs=1, progress=False)
    frame["learnt"] = frame[column].isna()
    shares, (first, _), _ = grids.grid(frame, "scale", column)
    assert first == word
    assert np.array_equal(shares, [[1, 1], [0, 0]])
    assert grids.fan(frame, column, "loss")[0][0] == word
    assert grids.best(frame, [column], "scale")[1][0] == (word,)
    frame.to_csv(tmp_path / "sweep.csv", index=False)
    for table in (frame, pd.read_csv(tmp_path / "sweep.csv")):
        explorer = iv.explore_sweep(table, **{column: None})
        assert "Of 8 networks 100% have learnt well." in explorer.words.value
        explorer.across.value, explorer.down.value = "scale", column
        assert html.escape(f"other: {word}: 2 (100%") in explorer.words.value
