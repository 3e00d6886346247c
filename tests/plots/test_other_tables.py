"""Tables that come out of somebody's file: a picture and words of each, or one sentence."""

import io
from html import unescape

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

import initviz as iv
from initviz.measure.tables import best, swept, worded
from initviz.plots.style import literal
from initviz.plots.sweeps import sweep_figure
from initviz.words.sweeps import explain_sweep

BASE = iv.Experiment(hidden_layers=(2,), epochs=1, restarts=2, dataset="xor")
BIG = 1e308 * np.array([1, -1, 1, 1, 0, 1, -1, 1])


@pytest.fixture(scope="module")
def table():
    over = {"initializer": ["normal", "zeros"], "scale": [0.5, 1.0]}
    return iv.sweep(BASE, over, n_jobs=1, progress=False)


def twice(*values):
    """A column of settings: either value for both restarts of either scheme."""
    return {"scale": [value for value in values for _ in range(2)] * 2}


@pytest.mark.parametrize(
    "columns",
    [
        {"loss": np.inf},
        {"loss": [np.inf, np.nan] * 4},
        {"loss": BIG, "first_loss": BIG},
        {"loss": 0.0},
        {"loss": 1e-9},
        {"loss": None},
        twice(np.nan, 1.0),
        twice(None, 1.0),
        twice(np.inf, 1.0),
        twice(1e308, -1e308),
        twice(1e308, 1.0),
        twice("a", 1.0),
        twice(None, (1.0, 2.0)),
        twice(True, False),
        twice(r"$\frac", "数据\n\x1b[2J"),
        twice(pd.Timestamp("2026-01-01"), pd.NaT),
        twice(1.0, 1.0) | {"initializer": "zeros"},
    ],
    ids=str,
)
def test_whatever_the_cells_hold_there_is_a_picture_and_words(table, columns):
    frame = worded(table.assign(**columns))
    for across, down in (("scale", "initializer"), ("initializer", "scale")):
        for shown in ("learnt", "loss"):
            sweep_figure(frame, across, down, frame[down][0], shown).draw_without_rendering()
            assert "8 networks" in explain_sweep(frame, across, down, shown)


def test_its_explorer_has_a_menu_of_what_is_missing(table):
    explorer = iv.explore_sweep(table.assign(**twice(None, np.inf), seed=0), scale=None)
    assert explorer.others["scale"].value == "none"
    explorer.down.value = "scale"
    assert [value for _, value in explorer.row.options] == ["none", np.inf]
    explorer.close()


@pytest.mark.parametrize("rows", [[0], [0, 1, 2, 7], [0, 3, 4, 7], [1, 3, 5, 7], range(8)], ids=str)
def test_some_rows_of_it_have_a_picture_and_words(table, rows):
    part = table.iloc[[*rows]]
    explorer = iv.explore_sweep(part)
    assert f"Of {len(part)} network" in unescape(explorer.words.value)
    explorer.close()


def test_what_has_restarts_of_one_kind_only_is_not_chosen_from(table):
    found = best(
        table.iloc[[0, 1, 2, 7]].assign(learnt=[True, False, True, True]), ["scale"], "initializer"
    )
    assert {scheme: chosen for scheme, (chosen, _) in found.items()} == {"normal": (0.5,)}
    with pytest.raises(ValueError, match="give at least two"):
        best(table[table.restart == 1], ["scale"], "initializer")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda t: t.iloc[:0], "frame="),
        (lambda t: [t], "frame="),
        (lambda t: pd.concat([t, t[["scale"]]], axis=1), "frame.columns="),
        (lambda t: pd.concat([t, t[["loss"]]], axis=1), "frame.columns="),
        (lambda t: t.rename(columns={"scale": 5}), "frame.columns="),
        (lambda t: t.assign(loss="=1+1"), "loss='=1"),
        (lambda t: t.assign(loss=t["loss"].astype(str)), "loss='0."),
        (lambda t: t.assign(learnt=["True", "False"] * 4), "learnt="),
        (lambda t: t.assign(restart=np.nan), "restart="),
        (lambda t: t.assign(initializer=[["a"], ["b"]] * 4), "initializer="),
    ],
)
def test_what_is_no_table_of_a_sweep_is_said_in_a_sentence(table, change, named):
    with pytest.raises(
        ValueError, match=f"^{named.replace('.', '[.]')}.*: give .*(?:column|each|rows)"
    ):
        swept(change(table))


def test_a_table_read_from_a_file_is_the_same_to_look_at(table):
    again = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    first, second = iv.explore_sweep(table), iv.explore_sweep(again)
    assert first.words.value == second.words.value
    for each in (first, second):
        each.close()


@pytest.mark.parametrize("name", [r"$\frac", r"$\frac$", r"a$b\$c$", "x_1", "a\\", "½ μ", "a" * 40])
def test_a_name_is_drawn_letter_by_letter(name):
    text = Figure().text(0, 0, literal(name))
    assert text._preprocess_math(text.get_text()) == (name, False)


def test_a_name_that_cannot_be_drawn_is_drawn_all_the_same(table):
    assert literal("数\n据\x1b") == "� �" + "�"
    assert len(literal("a" * 5000)) <= 40
    name = r"$\frac数" + "a" * 50
    frame = table.rename(columns={"scale": name})
    figure = sweep_figure(frame, name, "initializer", "zeros")
    figure.draw_without_rendering()
    shown = [text for text in figure.findobj(Text) if "frac" in text.get_text()]
    assert len(shown) == 5
    assert all(text.get_window_extent().x1 <= figure.bbox.x1 for text in shown)
