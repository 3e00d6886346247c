"""The check-up of a start: every sign against arithmetic of its own, the alarms, the pictures."""

import re
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from legible import texts
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.examination import size_of_inputs
from initviz.measure.standards import SCHEMES, ZONES
from initviz.measure.vitals import against_schemes, decades, vitals, vitals_of, weight_sizes
from initviz.plots import picture
from initviz.plots.scales import Linear
from initviz.plots.scene import against_start
from initviz.plots.style import RUST
from initviz.plots.vitals import PANELS, CheckupScene, VitalSign, before_and_after
from initviz.words.numbers import short
from initviz.words.rules import LEVELS
from initviz.words.vitals import explain_checkup, findings

MOONS = iv.DATASETS["moons"]
START = iv.Experiment(
    hidden_layers=(16, 16, 16), activation="tanh", learning_rate=0.3, epochs=2, restarts=8
)
RELU = {"activation": "relu", "initializer": "he_normal"}
# Settings, and the signs that must then be out of their zone, and those that must not.
SICK = {
    "zeros": ({"initializer": "zeros"}, {"weights", "signal", "symmetry", "gradient"}, {"loss"}),
    "equal": ({"initializer": "constant"}, {"weights", "symmetry"}, set()),
    "small": ({"scale": 0.01}, {"weights", "signal", "update"}, {"loss", "saturated", "symmetry"}),
    "large": ({"scale": 30.0}, {"weights", "saturated", "loss"}, {"symmetry", "signal"}),
    "sigmoid": (
        {"activation": "sigmoid", "hidden_layers": (16,) * 5},
        {"gradient", "signal"},
        {"weights", "saturated", "symmetry", "loss"},
    ),
    "dead": ({**RELU, "bias": -5.0}, {"saturated", "signal", "gradient"}, {"weights", "symmetry"}),
    "short steps": ({"learning_rate": 1e-3}, {"update"}, set(ZONES) - {"update"}),
    "long steps": ({"learning_rate": 100.0}, {"update"}, set(ZONES) - {"update"}),
}


def trained(**settings):
    return iv.train(replace(START, **settings))


def one_network(seed=0):
    """2-3-2-1, sigmoid, small enough to work everything out."""
    return iv.init_network((2, 3, 2, 1), "sigmoid", "normal", seed=seed, bias="same")


# Each sign


def test_the_signs_of_a_small_network_are_what_arithmetic_gives():
    network, rate = one_network(), 0.7
    X, y = MOONS.X[:7], MOONS.y[:7]
    signs = vitals(network, X, y, "binary_cross_entropy", rate).values

    def losses_with(layer, W):
        weights = [*network.weights[:layer], W, *network.weights[layer + 1 :]]
        return iv.gradients(replace(network, weights=tuple(weights)), X, y, "binary_cross_entropy")

    sizes = []
    for layer, W in enumerate(network.weights):  # the gradient, by finite differences
        slope = np.zeros_like(W)
        for index in np.ndindex(W.shape):
            step = np.zeros_like(W)
            step[index] = 1e-6
            up, down = (losses_with(layer, W + way * step)[0][0] for way in (1, -1))
            slope[index] = (up - down) / 2e-6
        sizes.append(np.sqrt((slope**2).mean()))
    np.testing.assert_allclose(signs["gradient"][:, 0], np.array(sizes) / sizes[-1], rtol=1e-5)
    weights = [np.sqrt((W**2).mean()) for W in network.weights]
    np.testing.assert_allclose(signs["update"][:, 0], rate * np.divide(sizes, weights), rtol=1e-5)

    a = X.T
    for layer in range(2):
        z = network.weights[layer][0] @ a + network.biases[layer][0]
        a = 1 / (1 + np.exp(-z))
        slope = a * (1 - a)
        assert signs["signal"][layer, 0] == pytest.approx(np.sqrt(np.mean(a.std(axis=1) ** 2)))
        assert signs["saturated"][layer, 0] == pytest.approx((slope < 0.1 * 0.25).mean())
    p = 1 / (1 + np.exp(-(network.weights[2][0] @ a + network.biases[2][0])))[0]
    loss = -np.mean(np.log(np.where(y == 1, p, 1 - p)))
    assert signs["loss"][0, 0] == pytest.approx(loss / np.log(2))


def test_a_relu_counts_as_dead_only_where_it_is_off_on_every_sample():
    weights = (np.array([[[1.0], [1.0], [-1.0], [-1.0]]]), np.ones((1, 1, 4)))
    biases = (np.array([[[0.0], [-9.0], [0.0], [0.0]]]), np.zeros((1, 1, 1)))
    network = iv.Network(weights, biases, "relu", "sigmoid")
    X, y = np.array([[0.5], [1.0], [2.0]]), np.array([0, 1, 1])
    idle = vitals(network, X, y, "binary_cross_entropy", 1.0).values["saturated"]
    assert idle.tolist() == [[0.75]]
    idle = vitals(network, np.vstack([X, -X]), np.tile(y, 2), "binary_cross_entropy", 1.0)
    assert idle.values["saturated"].tolist() == [[0.25]]


@pytest.mark.parametrize(("activation", "word"), [("relu", "dead"), ("leaky_relu", "saturated")])
def test_only_units_that_pass_no_gradient_at_all_are_called_dead(activation, word):
    network = iv.init_network((2, 3, 1), activation, "zeros", bias=-1.0)
    X, y = np.array([[0.5, 1.0], [1.0, 2.0]]), np.array([0, 1])
    layer = vitals(network, X, y, "binary_cross_entropy").layers[0]
    assert (layer.saturated, layer.dead_word) == (1, word)
    assert iv.dead(network, X).item() == (word == "dead")


@pytest.mark.parametrize("copies", [0, 1, 5, 11])
def test_distinct_units_are_counted_as_by_comparing_every_pair(copies):
    network = iv.init_network((5, 12, 7, 2), "tanh", "normal", restarts=3)
    for array in (network.weights[0], network.biases[0]):
        array[:, 12 - copies :] = array[:, :1]
    network.weights[1][:, :, 12 - copies :] = network.weights[1][:, :, :1]
    found = vitals(network, np.eye(5), [0, 1, 0, 1, 1], "softmax_cross_entropy", 1.0)
    np.testing.assert_allclose(found.values["symmetry"][0], (12 - copies) / 12)
    np.testing.assert_allclose(found.values["symmetry"][1], 1)
    assert (iv.symmetry(network).distinct[0] == 12 - copies).all()


def test_units_that_differ_only_in_what_goes_out_are_distinct():
    """Equal incoming weights do not trap units whose outgoing weights differ."""
    run = trained(initializer=("constant", "normal", "normal", "normal"))
    assert (iv.symmetry(run.network_at(0)).distinct[0] == 1).all()
    assert (vitals_of(run).values["symmetry"] == 1).all()


def test_weights_that_are_no_numbers_are_not_equal_ones():
    network = iv.init_network((2, 4, 1), "tanh", "normal", restarts=2)
    lost = replace(network, weights=tuple(np.full_like(W, np.nan) for W in network.weights))
    assert np.isnan(weight_sizes(lost)).all()


def test_a_single_weight_has_no_standard_deviation_to_judge():
    checked = vitals_of(trained(hidden_layers=(1, 1)))
    assert np.isnan(checked.values["weights"][1:]).all()
    assert "weights" not in {finding.sign for finding in findings(checked)}


# Which scheme


@pytest.mark.parametrize(
    ("name", "scheme"),
    [
        ("Glorot", "glorot_normal"),
        ("He", "he_uniform"),
        ("LeCun", "lecun_normal"),
        ("PyTorch", "pytorch_default"),
    ],
)
def test_a_scheme_is_recognised_by_its_size(name, scheme):
    network = iv.init_network((64, 32, 48, 10), "tanh", scheme, restarts=16)
    for r in range(16):
        found, ratios = against_schemes(network.restart(r))
        assert found == name
        np.testing.assert_allclose(ratios, 1, atol=0.2)
    W = iv.INITIALIZERS[scheme](np.random.default_rng(0), (400, 300))
    assert SCHEMES[name](300, 400) == pytest.approx(W.std(), rel=0.02)


def test_a_layer_of_equal_weights_has_no_say():
    network = iv.init_network((64, 32, 32, 10), initializer="he_normal")
    network.weights[1][:] = 0.7
    found, ratios = against_schemes(network)
    assert found == "He"
    assert ratios[1] == 0


# Alarms and findings


@pytest.mark.parametrize("name", SICK)
def test_every_illness_rings_its_bells_and_leaves_the_others(name):
    settings, loud, silent = SICK[name]
    checked = vitals_of(trained(**settings))
    found = {finding.sign for finding in findings(checked)}
    assert loud <= found
    assert not silent & found
    for sign in loud:
        assert checked.alarms[sign].mean() > 0.5
    assert checked.alarmed.mean() > 0.9


@pytest.mark.parametrize("settings", [{}, RELU, {"initializer": "orthogonal"}], ids=str)
def test_a_healthy_start_gives_no_finding(settings):
    checked = vitals_of(trained(**settings))
    assert findings(checked) == []
    assert not checked.alarmed.any()
    assert set(checked.values) == set(checked.alarms) == set(ZONES)


def test_findings_are_told_worst_first_with_their_numbers():
    run = trained(scale=0.01)
    checked = vitals_of(run)
    levels = [LEVELS.index(finding.level) for finding in findings(checked)]
    assert levels == sorted(levels)
    signal = np.median(checked.values["signal"], axis=1)
    assert signal.argmin() == 2
    said = {finding.sign: finding for finding in findings(checked)}
    assert f"the units of layer 3 vary by only {short(signal[2])} " in said["signal"].sentence
    assert decades("signal", signal[2]) == pytest.approx(np.log10(0.01 / signal[2]))
    ratio = np.median(checked.values["weights"], axis=1).min()
    assert f"{short(1 / ratio)} times smaller than" in said["weights"].sentence


def test_units_that_are_all_equal_come_first():
    found = findings(vitals_of(trained(initializer="constant", scale=0.3)))
    assert (found[0].sign, found[0].level) == ("symmetry", "serious")
    assert found[0].sentence == "Layer 1 has 16 units, but only 1 of them is distinct."


def test_weights_of_zero_have_no_update_ratio_and_no_alarm_for_it():
    run = trained(initializer=("glorot_normal",) * 3 + ("zeros",))
    checked = vitals_of(run)
    assert np.isnan(checked.values["update"][-1]).all()
    assert not checked.alarms["update"][checked.values["update"][-1] > 0].any()
    assert "gradient" in {f.sign for f in findings(checked)}
    assert "update" not in {f.sign for f in findings(checked)}
    assert vitals_of(run, 1).values["gradient"].min() > 0


@pytest.mark.parametrize(
    "settings",
    [
        {"activation": "relu", "initializer": "normal", "scale": 1e20},
        {"activation": "identity", "initializer": "constant", "scale": 1e30, "bias": 1e30},
        {**RELU, "scale": 10.0, "learning_rate": 100.0},
    ],
    ids=str,
)
def test_overflow_is_a_finding_and_never_a_warning(settings):
    run = trained(hidden_layers=(16,) * 5, **settings)
    for epoch in (0, run.epoch):
        checked = vitals_of(run, epoch)
        assert checked.alarmed.all()
        text = " ".join(finding.sentence for finding in findings(checked))
        assert not re.search(r"\bnan\b|\binf\b", text)
    lost = ~np.isfinite(run.weights[0][-1]).all(axis=(1, 2))
    assert np.isnan(vitals_of(run, run.epoch).values["symmetry"][0, lost]).all()


@pytest.mark.parametrize("layers", [(2, 1), (2, 3, 3, 1)])
@pytest.mark.parametrize("inputs", [1e-320, 1e-310, 1.0, 1e300])
@pytest.mark.parametrize("scale", [1e-320, 1e-310, 1e-200, 1.0, 1e300])
def test_numbers_at_the_ends_of_what_a_float_holds_are_judged_too(layers, inputs, scale):
    network = iv.init_network(layers, "sigmoid", "normal", scale=scale, dtype="float64", restarts=4)
    with np.errstate(all="ignore"):
        X = MOONS.X * inputs
    with np.errstate(all="raise"):
        said = str(iv.checkup(network, X, MOONS.y, learning_rate=0.1))
        checked = vitals(network, X, MOONS.y, "binary_cross_entropy", 0.1)
        said += " ".join(finding.sentence for finding in findings(checked))
    assert not re.search(r"\bnan\b|\binf\b|overflow times", said)
    if scale < 1e-300:
        assert "infinitely many times smaller than" in said


@pytest.mark.parametrize("size", [1e-310, 1e-200, 1.0, 1e300])
def test_the_size_of_the_inputs_is_known_wherever_a_float_can_hold_it(size):
    with np.errstate(all="raise"):
        assert size_of_inputs([[0, -3 * size], [4 * size, 0]]) == pytest.approx(12.5**0.5 * size)
        assert np.isnan(size_of_inputs(np.zeros((2, 2))))


def test_a_network_without_a_hidden_layer_is_checked_too():
    checked = vitals_of(trained(hidden_layers=()))
    assert checked.values["signal"].shape == (0, 8)
    assert checked.values["weights"].shape == (1, 8)
    assert {f.sign for f in findings(checked)} <= {"weights", "update", "loss"}


def test_a_learning_rate_of_zero_is_refused():
    with pytest.raises(ValueError, match="learning_rate=0"):
        vitals(one_network(), MOONS.X, MOONS.y, "binary_cross_entropy", 0)


# One doctor


def drawn_at_random(rng):
    """A network of a random kind and what it is to learn, ill or healthy, of one restart."""
    data = iv.DATASETS[rng.choice(["moons", "circles", "digits"])]
    outputs, output = (10, "softmax") if data.task == "multiclass" else (1, "sigmoid")
    layers = (data.X.shape[1], *[int(rng.choice([4, 16, 32]))] * int(rng.integers(0, 7)), outputs)
    network = iv.init_network(
        layers,
        str(rng.choice(list(iv.ACTIVATIONS))),
        str(rng.choice(list(iv.INITIALIZERS))),
        output=output,
        seed=int(rng.integers(1000)),
    )
    factor = 10 ** rng.uniform(-2, 2) * rng.choice([1, 1, 1, 1e-8, 1e40])
    return replace(network, weights=tuple(factor * W for W in network.weights)), data


def verdict(found):
    return (found[0].level, found[0].sign) if found else ("fine", None)


@pytest.mark.once
@pytest.mark.parametrize("seed", range(200))
def test_the_vital_signs_and_the_check_up_give_the_same_verdict(seed):
    rng = np.random.default_rng(seed)
    network, data = drawn_at_random(rng)
    X, y, rate = data.X[:200], data.y[:200], 10 ** rng.uniform(-3, 1)
    loss = "softmax_cross_entropy" if network.output == "softmax" else "binary_cross_entropy"
    for rates in ({}, {"learning_rate": rate}):
        report = iv.checkup(network, X, y, **rates)
        found = findings(vitals(network, X, y, loss, **rates))
        assert verdict(report.findings) == verdict(found)
        serious = {f.sign for f in report.findings if f.level == "serious"}
        assert serious <= {f.sign for f in found if f.level == "serious"}


def test_random_networks_get_verdicts_of_every_level():
    levels = set()
    for seed in range(60):
        network, data = drawn_at_random(np.random.default_rng(seed))
        found = iv.checkup(network, data.X[:200], data.y[:200]).findings
        levels.add(verdict(found)[0])
    assert levels == set(LEVELS)


def test_weights_a_third_of_glorots_are_worth_a_look_to_both():
    run = trained(scale=0.3)
    report = iv.checkup(run.network_at(0), run.probe, run.probe_targets, learning_rate=0.3)
    assert verdict(report.findings) == verdict(findings(vitals_of(run)))
    assert verdict(report.findings) == ("worth a look", "weights")
    assert not report.serious


@pytest.mark.parametrize("settings", [{}, RELU, {"initializer": "orthogonal"}], ids=str)
def test_a_healthy_start_is_healthy_to_the_check_up_too(settings):
    run = trained(**settings)
    for rates in ({}, {"learning_rate": 0.3}):
        assert not iv.checkup(run.network_at(0), run.probe, run.probe_targets, **rates).findings


def test_an_output_layer_at_zero_is_fine_to_both():
    run = trained(initializer=("glorot_normal",) * 3 + ("zeros",))
    report = iv.checkup(run.network_at(0), run.probe, run.probe_targets)
    assert verdict(report.findings) == verdict(findings(vitals_of(run))) == ("fine", "zeros")


def test_without_a_learning_rate_nothing_is_said_of_the_first_step():
    data, network = iv.DATASETS["moons"], iv.init_network((2, 16, 1), "tanh", "glorot_normal")
    signs = vitals(network, data.X, data.y, "binary_cross_entropy")
    assert np.isnan(signs.values["update"]).all()
    assert not signs.alarms["update"].any()


# The picture


def panel_of(sign, run, epoch, pinned=None, **how):
    view = VitalSign(Figure().add_subplot(), run, sign, **how)
    view.update(run, epoch, pinned)
    return view


def orange(panel):
    """Which layers, counted from 1, have an orange dot."""
    return panel._beyond.get_xdata().tolist()


@pytest.mark.parametrize("sign", PANELS)
def test_a_dot_is_the_median_at_the_start_and_orange_out_of_its_zone(sign):
    run = trained(scale=0.03)
    panel = panel_of(sign, run, run.epoch)
    middle = np.median(vitals_of(run).values[sign], axis=1)
    low, high = ZONES[sign]
    heights = middle if isinstance(PANELS[sign][2], Linear) else np.log10(middle)
    np.testing.assert_allclose(panel._median.get_ydata(), heights)
    outside = [n + 1 for n, value in enumerate(middle) if not low <= value <= high]
    assert orange(panel) == outside
    assert bool(outside) == (sign in ("weights", "signal", "update"))


def test_the_number_is_of_the_worst_layer_and_the_scheme_stands_beside():
    run = trained(scale=0.01, initializer="he_normal")
    worst = panel_of("signal", run, 0)._worst
    assert worst.text == short(np.median(vitals_of(run).values["signal"], axis=1).min())
    assert worst.color == RUST
    assert vitals_of(run).scheme in panel_of("weights", run, 0)._unit.text
    assert panel_of("saturated", run, 0)._worst.text == "0%"
    assert panel_of("saturated", run, 0)._worst.color != RUST


def test_the_thin_line_is_the_epoch_shown_until_something_is_pinned():
    run, pinned = trained(), trained(scale=3.0, hidden_layers=(16, 16))
    for epoch, other, thin in ((0, None, (run, 0)), (2, None, (run, 2)), (2, pinned, (pinned, 0))):
        panel = panel_of("signal", run, epoch, other)
        expected = np.log10(np.median(vitals_of(*thin).values["signal"], axis=1))
        np.testing.assert_allclose(panel._thin.get_ydata(), expected)
    start = np.log10(np.median(vitals_of(run).values["signal"], axis=1))
    np.testing.assert_allclose(panel._median.get_ydata(), start)


def test_the_output_layer_of_a_pinned_run_stands_where_the_output_does():
    run, pinned = trained(), trained(hidden_layers=(16, 16))
    panel = panel_of("gradient", run, 2, pinned)
    assert panel._thin.get_xdata().tolist() == [1, 2, len(run.experiment.hidden_layers) + 1]
    expected = np.log10(np.median(vitals_of(pinned).values["gradient"], axis=1))
    np.testing.assert_allclose(panel._thin.get_ydata(), expected)


def test_of_a_patient_the_dots_are_of_now_and_the_line_of_the_start():
    run = trained()
    panel = panel_of("gradient", run, 2, compared=against_start)
    for epoch, line in ((2, panel._median), (0, panel._thin)):
        expected = np.log10(np.median(vitals_of(run, epoch).values["gradient"], axis=1))
        np.testing.assert_allclose(line.get_ydata(), expected)


@pytest.mark.parametrize("name", ["healthy", "ten layers", "zeros", "small", "large"])
def test_no_text_is_cut_off_or_runs_into_another(name):
    settings = {"healthy": {}, "ten layers": {"hidden_layers": (4,) * 10}}
    run = trained(**(settings[name] if name in settings else SICK[name][0]))
    figure = picture(CheckupScene, run)
    figure.canvas.draw()
    for text, box in texts(figure):
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y1 <= figure.bbox.y1, text
    for (one, box), (other, other_box) in combinations(texts(figure), 2):
        width = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
        height = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
        assert min(width, height) < 2, f"{one!r} runs into {other!r}"


def test_before_and_after_are_named_with_their_medians():
    before, after = trained(scale=0.01), trained()
    axes = Figure().add_subplot()
    before_and_after(axes, before.losses, after.losses)
    said = {text.get_text() for text in axes.texts}
    assert f"before {short(np.median(before.losses[-1]))}" in said
    assert f"after {short(np.median(after.losses[-1]))}" in said


# The words


def test_the_words_of_a_healthy_start_say_so():
    run = iv.train(iv.explore_checkup.start)
    assert "all seven signs were in their healthy zones" in explain_checkup(run, run.epoch)


def test_the_words_tell_the_worst_findings_and_name_the_rest():
    run = trained(initializer="constant", scale=3.0)
    found = findings(vitals_of(run))
    text = explain_checkup(run, run.epoch)
    assert len(found) > 2
    assert all(finding.sentence in text for finding in found[:2])
    assert found[2].sentence not in text
    assert " Also outside their zones: " in text
