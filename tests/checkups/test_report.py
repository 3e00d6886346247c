"""The report of a check-up: its table and its pictures."""

import dataclasses
import re
from dataclasses import replace
from math import inf, isnan, nan

import pytest
from checkups.torch_models import FEATURES, HEALTHY, SICK, Tags, X, Y, at, he, mlp, nn, shown, zeros

import initviz as iv
from initviz.checkups import Report, table
from initviz.measure.examination import Layer
from initviz.words.rules import findings


@pytest.mark.parametrize("name", ["CNN", "pre-LN transformer", "LoRA", "muP's zero readout"])
def test_a_report_shows_itself(name):
    make, *batch = HEALTHY[name]
    report = iv.checkup(make(), *batch)
    _, frame, figure = shown(report)
    assert "No serious finding." in str(report) == repr(report)
    assert frame["std_ratio"].count() == sum(bool(layer.against) for layer in report.layers)
    assert list(frame["std"].dropna()) == [
        layer.weight_std for layer in report.layers if not isnan(layer.weight_std)
    ]
    assert [len(ax.lines) for ax in figure.axes] == [3, 3, 3, 3]
    assert sum(len(line.get_xdata()) for line in figure.axes[0].lines) == len(report.layers)


def test_of_a_long_table_the_rows_that_matter_are_shown():
    report = iv.checkup(at(0, lambda: mlp(depth=30, draw=he)), X, Y)

    def shown_for(*ill):
        rows = table.that_matter(report.layers, ill)
        return [row if isinstance(row, int) else row.name for row in rows]

    assert shown_for() == ["0", 29, "60"]
    assert shown_for("24") == ["0", 11, "24", 17, "60"]
    assert shown_for("2", "58") == ["0", "2", 27, "58", "60"]
    assert len(shown_for(*(layer.name for layer in report.layers))) == 7
    every = iv.checkup(at(0, lambda: mlp(depth=5)), X, Y).layers
    assert table.that_matter(every, ()) == [*every]


def test_a_report_says_what_is_wrong_first():
    report = iv.checkup(at(0, lambda: mlp(nn.Sigmoid, depth=20)), X, Y)
    text = str(report)
    (mend, *_) = report.findings[0].mend.splitlines()
    places = [
        text.index(part) for part in (report.verdict, mend, "PyTorch, ", "layer  ", "more like")
    ]
    assert places == sorted(places)
    assert f"{len(report.layers)}" not in report.verdict
    frame = report.to_frame()
    assert list(frame[frame.findings == "gradient"].layer) == ["0"]


def test_no_name_moves_a_terminals_cursor():
    model = nn.Sequential()
    model.add_module("\x1b[2Jred\x07", nn.Linear(FEATURES, 4))
    zeros(model[0].weight)
    assert not {"\x1b", "\x07"} & set(str(iv.checkup(model, X, Y)))


def test_steps_tell_whether_the_verdict_holds():
    sick, well = (at(0, lambda draw=draw: mlp(draw=draw)) for draw in (zeros, he))
    before = {name: W.clone() for name, W in well.named_parameters()}
    stuck, learns = (iv.checkup(model, X, Y, steps=40) for model in (sick, well))
    assert len(stuck.losses) == len(learns.losses) == 41
    assert learns.losses[0] == pytest.approx(learns.loss)
    assert learns.losses[-1] < 0.9 * learns.losses[0]
    assert stuck.trained.endswith("it has hardly learnt anything, as what was found lets expect.")
    assert learns.trained.endswith("it learns.")
    assert all(W.equal(before[name]) for name, W in well.named_parameters())
    assert all(W.grad is None for W in well.parameters())
    wild = iv.checkup(well, X, Y, steps=40, learning_rate=1e30)
    assert "not finite after 1 step of Adam" in wild.trained
    with pytest.raises(ValueError, match=r"^steps=3: .*give y"):
        iv.checkup(well, X, steps=3)


def test_names_are_escaped():
    model = nn.Sequential()
    model.add_module("<b>&amp;", nn.Linear(FEATURES, 4))
    zeros(model[0].weight)
    page = iv.checkup(model, X, Y)._repr_html_()
    assert "<b>&" not in page
    assert "<b>&amp;" in Tags(page).text


def orange(figure):
    return [len(ax.lines[1].get_xdata()) for ax in figure.axes]


@pytest.mark.parametrize("depth", [0, 100])
def test_pictures_of_one_layer_and_of_a_hundred(depth):
    shown(iv.checkup(mlp(depth=depth, draw=he), X, Y))


def test_pictures_show_what_is_out_of_bounds():
    healthy = iv.checkup(at(0, lambda: mlp(draw=he)), X, Y).plot()
    ill = iv.checkup(at(0, SICK["wide N(0, 1), tanh"][0]), X, Y).plot()
    assert orange(healthy) == [0, 0, 0, 0]
    assert orange(ill)[0] == 6
    assert orange(ill)[2] >= 4


def test_what_a_finding_speaks_of_is_orange_and_nothing_else():
    """Weights 2.5 times smaller than He's are a finding where the signal fades through them."""
    model = at(0, lambda: mlp(depth=10, draw=he))
    for layer in model:
        if isinstance(layer, nn.Linear):
            layer.weight.data *= 0.4
    report = iv.checkup(model, X, Y)
    (finding,) = [f for f in report.findings if f.sign == "weights"]
    weights, *_ = report.plot().axes
    fine, ill, excused = (line.get_xdata() for line in weights.lines)
    names = [layer.name for layer in report.layers]
    assert [names[x - 1] for x in ill] == list(finding.layers)
    assert len(ill) + len(fine) + len(excused) == len(names)
    zone = weights.patches[0].get_extents().transformed(weights.transData.inverted())
    assert (zone.y0, zone.y1) == pytest.approx((0.5, 4))


@pytest.mark.parametrize("name", HEALTHY)
def test_where_nothing_is_found_nothing_is_orange(name):
    make, *batch = HEALTHY[name]
    report = iv.checkup(make(), *batch)
    if not any(report.findings):
        assert orange(report.plot()) == [0, 0, 0, 0]


def test_only_the_cells_of_which_a_finding_speaks_are_coloured():
    page = iv.checkup(at(0, lambda: mlp(draw=zeros)), X, Y)._repr_html_()
    bold = re.findall("<td [^>]*bold[^>]*>([^<]*)</td>", page)
    assert set(bold) == {"0", "all 0"}
    assert 0 < len(bold) < page.count("<td") / 4


def test_pictures_survive_every_kind_of_number():
    values = (nan, inf, 0.0, 1e-300, 1e300, -inf)
    numbers = (
        "weight_std",
        "weight_rms",
        "spread",
        "saturated",
        "gradient_rms",
        "output_std",
        "update",
    )
    layers = tuple(
        Layer(f"layer {n}", "Linear", "matrix", "w", (3, 3), 3, 3, 1.0, **dict.fromkeys(numbers, v))
        for n, v in enumerate(values)
    )
    examination = replace(iv.checkup(mlp(), X, Y).examination, layers=layers, loss=nan)
    report = Report(examination, findings(examination))
    shown(report)
    alone = replace(examination, layers=layers[:1], output_spread=nan)
    shown(Report(alone, findings(alone)))


def test_reports_and_their_parts_are_frozen():
    report = iv.checkup(mlp(draw=zeros), X, Y)
    parts = (report, report.examination, report.layers[0], report.findings[0])
    for part in parts:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, dataclasses.fields(part)[0].name, None)
