"""Chapter 02: how the units of a layer part, in numbers, in pictures and in words; and dropout."""

from dataclasses import replace

import numpy as np
import pytest
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.standards import count_distinct
from initviz.measure.symmetry import parting
from initviz.networks.losses import LOSSES, encode_targets
from initviz.plots.symmetry import PLANE, DistinctUnits, LargestGap, SymmetryScene, UnitPaths
from initviz.training.dropout import masked_gradients, train_with_dropout
from initviz.words.numbers import short
from initviz.words.symmetry import explain_symmetry

START = replace(iv.explore_symmetry.start, epochs=60)
R, C, Z = "normal", "constant", "zeros"


def run(**settings):
    return iv.train(replace(START, **settings))


def words(**settings):
    trained = run(**settings)
    return explain_symmetry(trained, trained.epoch)


# Counting units.


def test_distinct_units_are_counted_as_iv_symmetry_counts_them():
    rng = np.random.default_rng(0)
    units = rng.choice([-1.0, 0.0, 1.0], size=(200, 6, 3))  # many twins among them
    weights = (units[:, :, :2], rng.normal(size=(200, 1, 6)))
    biases = (units[:, :, 2:], np.zeros((200, 1, 1)))
    network = iv.Network(weights, biases, "tanh", "sigmoid")
    counted = count_distinct(units)
    assert len(set(counted)) > 3
    np.testing.assert_array_equal(counted, iv.symmetry(network).distinct[0])
    np.testing.assert_array_equal(counted, [len({tuple(u) for u in each}) for each in units])


def test_rounding_dust_makes_no_unit_different():
    units = np.zeros((1, 4, 3))
    units[0, 1, 0] = 1e-17
    assert count_distinct(units, least=1.0) == [1]
    units[0, 1, 0] = 1e-4
    assert count_distinct(units, least=1.0) == [2]
    assert count_distinct(1e6 + units, least=1.0) == [1]  # beside weights so large it is nothing


def test_parting_is_what_iv_symmetry_says_of_every_snapshot():
    trained = run(initializer=(R, C, Z), restarts=3)
    part = parting(trained)
    for epoch in (0, 7, 60):
        network = trained.network_at(epoch).restart(trained.best)
        measured = iv.symmetry(network)
        np.testing.assert_array_equal(part.distinct[:, epoch], measured.distinct[:, 0])
        np.testing.assert_allclose(part.rank[:, epoch], measured.effective_rank[:, 0])
        for layer in (0, 1):
            one = np.concatenate([network.weights[layer][0], network.biases[layer][0]], axis=1)
            largest = max(np.abs(a - b).max() for a in one for b in one)
            assert part.gap[layer, epoch] == pytest.approx(largest)


def test_a_small_gap_grows_as_the_curvature_of_the_activation_says():
    """Fukumizu & Amari 2000: units part along the most negative eigenvalue of v Σ e f''(z) x xᵀ."""
    lone = {"hidden_layers": (6,), "learning_rate": 1.5, "initializer": C, "noise": 1e-9}
    trained = run(epochs=400, **lone)
    gap = np.log(parting(trained).gap[0])
    growth = (gap[400] - gap[250]) / 150

    moons = iv.DATASETS["moons"]
    network = trained.network_at(325)
    _, hidden, output = (a[0] for a in iv.forward(network, moons.X))
    a, v = hidden[0], network.weights[1].flat[0]
    x = np.vstack([moons.X.T, np.ones(100)])
    K = v * ((output[0] - moons.y) / 100 * -2 * a * (1 - a**2) * x) @ x.T
    trace = 1 + 0.9 - 1.5 * np.linalg.eigvalsh(K).min()
    mu = (trace + np.sqrt(trace**2 - 4 * 0.9)) / 2
    assert growth == pytest.approx(np.log(mu), rel=0.05)


# The views.


@pytest.fixture
def axes():
    return Figure().add_subplot()


def test_equal_units_lie_on_one_spot_and_are_counted_there(axes):
    trained = run()
    view = UnitPaths(axes, trained)
    view.update(trained, 60)
    weights = trained.network_at(60).weights[0][0]
    spots = np.array(view._dots.get_data()).T
    np.testing.assert_allclose(spots, PLANE(weights))
    assert [label.text for label in view._counts if label.text] == ["×6"]
    path = view._paths.get_segments()[0]
    assert path.shape == (61, 2)
    np.testing.assert_allclose(path[0], PLANE(np.array([0.5, 0.5])))


def test_a_path_ends_at_the_epoch_that_is_shown(axes):
    trained = run(initializer=(R, R, R))
    view = UnitPaths(axes, trained)
    view.update(trained, 20)
    assert all(path.shape == (21, 2) for path in view._paths.get_segments())
    assert not any(label.text for label in view._counts)
    here = PLANE(trained.network_at(20).weights[0][0])
    np.testing.assert_allclose(np.array(view._dots.get_data()).T, here)


def test_the_pinned_paths_are_drawn_behind(axes):
    trained, pinned = run(), run(initializer=(R, R, R), epochs=30)
    view = UnitPaths(axes, trained)
    view.update(trained, 60, pinned)
    then = PLANE(pinned.network_at(30).weights[0][0])
    np.testing.assert_allclose(np.array(view._pinned_dots.get_data()).T, then)
    view.update(trained, 60)
    assert len(view._pinned_dots.get_data()[0]) == 0
    assert not view._pinned.get_segments()


def test_the_lines_show_the_counts_and_the_decades(axes):
    trained = run(initializer=(C, C, R))
    view = DistinctUnits(axes, trained)
    view.update(trained, 60)
    first, second = (line.get_ydata() for line in view._lines)
    assert set(first) == {1}
    assert second[0] == 1
    assert second[-1] == 6
    noisy = run(noise=1e-3, initializer=(Z, Z, Z), epochs=1)
    gaps = LargestGap(axes, noisy)
    gaps.update(noisy, 1)
    assert gaps._lines[0].get_ydata()[0] == pytest.approx(np.log10(parting(noisy).gap[0, 0]))
    silent = run(initializer=(Z, Z, Z), epochs=1)
    gaps.update(silent, 1)
    assert gaps._lines[0].get_ydata()[0] == LargestGap.scale.low


def test_the_names_of_two_lines_keep_apart(axes):
    trained = run()
    view = DistinctUnits(axes, trained)
    view.update(trained, 60)
    first, second = (name.y for name in view._names)
    assert first - second > 0.5
    other = run(initializer=(C, C, R))
    view.update(other, 60)
    first, second = (name.y for name in view._names)
    assert second - first > 4


def test_a_run_that_overflows_is_drawn_without_a_warning():
    trained = run(activation="identity", initializer=(R, R, R), learning_rate=100)
    assert trained.diverged.all()
    weights = [W.copy() for W in trained.weights]
    weights[0][30] = np.inf  # on its way to NaN it may pass here, or not
    trained = replace(trained, weights=tuple(weights))
    figure = Figure()
    scene = SymmetryScene(figure, trained)
    for epoch in (0, 30, 60):
        scene.update(trained, epoch)
        assert ("overflow" in explain_symmetry(trained, epoch)) == (epoch > 0)


# The sentences.


def test_the_words_name_what_holds_equal_units_together():
    text = words()
    assert "all 6 units of layer 1 are equal, and so are the 6 of layer 2" in text
    assert "equal units get equal gradients" in text
    assert "guessing gives 0.69" in text


@pytest.mark.parametrize("activation", ["tanh", "relu", "sigmoid"])
def test_the_words_say_that_zero_does_not_move(activation):
    text = words(initializer=(Z, Z, Z), activation=activation)
    assert "In both layers not one weight has moved" in text
    assert "stayed at 0.69" in text


def test_the_words_name_a_dead_first_layer():
    text = words(initializer=(Z, R, R), activation="relu")
    assert "there is 1 kind among the 6 units of layer 1, and 6 among the 6 of layer 2" in text
    assert "In layer 1 not one weight has moved" in text


def test_the_words_say_which_difference_parts_a_layer():
    assert "Layer 1 parted at epoch 1: its units had equal weights coming in" in words(
        initializer=(C, R, C)
    )
    assert "when the noise had grown until it showed" in words(noise=3e-7, epochs=300)
    assert "They have differed from the start." in words(initializer=(R, R, R))


def test_the_words_measure_a_noise_that_does_not_show_yet():
    trained = run(noise=1e-12)
    first, last = (parting(trained).gap[:, k].max() for k in (0, 60))
    text = explain_symmetry(trained, 60)
    assert last > 10 * first
    assert f"by {short(first)} at the start, by {short(last)} now" in text


def test_the_words_blame_rounding_where_nothing_else_is_left():
    """A difference in the last digit, as a sum in another order leaves it."""
    trained = run(epochs=1)
    weights = [W.copy() for W in trained.weights]
    weights[0][1, 0, 3] += 1e-3  # after the first step, so that the start is equal
    for array in weights:
        array.flags.writeable = False
    text = explain_symmetry(replace(trained, weights=tuple(weights)), 1)
    assert "2 kinds among the 6 units of layer 1" in text
    parted = np.array(weights[1])
    parted[1, 0, 2] += 1e-3
    text = explain_symmetry(replace(trained, weights=(weights[0], parted, weights[2])), 1)
    assert "Layer 1 parted at epoch 1: nothing but the rounding" in text


def test_relu_units_from_biases_alone_are_copies_louder_or_softer():
    network = iv.init_network((2, 6, 6, 1), "relu", Z)
    biases = tuple(np.abs(np.random.default_rng(0).normal(size=b.shape)) for b in network.biases)
    experiment = replace(START, activation="relu", learning_rate=0.1, epochs=300)
    trained = iv.train(experiment, network=replace(network, biases=biases))
    network = trained.network_at(300)
    assert iv.symmetry(network).distinct[0, 0] == 6
    W, b = network.weights[0][0], network.biases[0][0]
    assert np.abs(W).max() > 0.05
    np.testing.assert_allclose(W / biases[0][0], np.broadcast_to((W / biases[0][0])[0], W.shape))
    np.testing.assert_allclose(b / biases[0][0], (b / biases[0][0])[0, 0])
    assert "only how loud they are differs" in explain_symmetry(trained, 300)


# The explorer.


def test_the_switches_set_one_matrix_each_and_the_biases():
    explorer = iv.explore_symmetry(epochs=10)
    explorer.controls.widgets["bias"].value = R
    start = iv.train(explorer.controls.experiment).network_at(0)
    assert all(np.ptp(b) > 0.1 for b in start.biases[:-1])
    assert {np.ptp(W) for W in start.weights} == {0}
    explorer.controls.widgets["layer_2"].value = R
    assert explorer.controls.experiment.initializer == (C, R, C)
    explorer.controls.widgets["output"].value = Z
    assert explorer.controls.experiment.initializer == (C, R, Z)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_layers", (6, 6, 6)),
        ("dataset", "digits"),
        ("dataset", "mine"),
        ("initializer", "glorot_uniform"),
    ],
)
def test_what_the_explorer_cannot_show_is_named(name, value):
    settings = {name: value}
    if name == "hidden_layers":
        settings["initializer"] = C
    with pytest.raises(ValueError, match="explorer"):
        iv.explore_symmetry(**settings)


# Dropout.


def shift(network, group, layer, index, step):
    arrays = list(getattr(network, group))
    arrays[layer] = arrays[layer].copy()
    arrays[layer][index] += step
    return replace(network, **{group: tuple(arrays)})


@pytest.mark.parametrize("activation", ["tanh", "softplus"])
def test_masked_gradients_are_the_slopes_of_the_masked_loss(problem, activation):
    layers = (3, 4, 3, problem.data.outputs)
    network = iv.init_network(
        layers, activation, "normal", bias="same", restarts=2, output=problem.output
    )
    rng = np.random.default_rng(0)
    masks = [(rng.random((2, units, 5)) > 0.4) / 0.6 for units in (4, 3)]
    inputs = np.stack([problem.data.X.T] * 2)
    targets = encode_targets(problem.data.y, problem.loss, problem.data.outputs)
    f = iv.ACTIVATIONS[activation].function

    def masked_loss(network):
        a = inputs
        for W, b, mask in zip(network.weights, network.biases, masks, strict=False):
            a = f(W @ a + b) * mask
        z = network.weights[-1] @ a + network.biases[-1]
        return LOSSES[problem.loss].value(z, targets, problem.output)

    slopes = masked_gradients(network, inputs, targets, problem.loss, masks)
    for group, arrays in zip(("weights", "biases"), slopes, strict=True):
        for layer, array in enumerate(arrays):
            for index in np.ndindex(array.shape):
                above, below = (
                    masked_loss(shift(network, group, layer, index, h)) for h in (1e-5, -1e-5)
                )
                expected = (above - below)[index[0]] / 2e-5
                assert array[index] == pytest.approx(expected, abs=1e-7)


def test_dropout_of_rate_0_is_plain_gradient_descent():
    moons = iv.DATASETS["moons"]
    experiment = replace(START, initializer=R, bias="same", momentum=0.0, epochs=20, restarts=2)
    trained = iv.train(experiment)
    after = train_with_dropout(
        trained.network_at(0),
        moons.X,
        moons.y,
        trained.loss_name,
        rate=0,
        learning_rate=0.5,
        epochs=20,
    )
    for ours, theirs in zip(after.weights, trained.network_at(20).weights, strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)


def test_dropout_switches_off_the_share_it_should_and_keeps_the_mean(monkeypatch):
    seen = []
    monkeypatch.setattr(
        "initviz.training.dropout.masked_gradients",
        lambda network, inputs, targets, loss, masks: (
            seen.extend(masks) or (network.weights, network.biases)
        ),
    )
    moons = iv.DATASETS["moons"]
    network = iv.init_network((2, 50, 1), restarts=2)
    train_with_dropout(
        network, moons.X, moons.y, "squared_error", rate=0.3, learning_rate=0.1, epochs=3
    )
    masks = np.array(seen)
    assert masks.shape == (3, 2, 50, 100)
    assert (masks == 0).mean() == pytest.approx(0.3, abs=0.02)
    assert masks.mean() == pytest.approx(1, abs=0.02)
    assert not np.array_equal(masks[0], masks[1])


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_dropout_moves_nothing_from_all_zeros_and_parts_equal_units(activation):
    moons = iv.DATASETS["moons"]
    data = (moons.X, moons.y, "binary_cross_entropy")
    zero = iv.init_network((2, 6, 6, 1), activation, Z)
    after = train_with_dropout(zero, *data, rate=0.5, learning_rate=1, epochs=10)
    assert all((W == 0).all() for W in after.weights)
    equal = iv.init_network((2, 6, 6, 1), activation, C, 0.25)
    after = train_with_dropout(equal, *data, rate=0.5, learning_rate=0.5, epochs=10)
    assert (iv.symmetry(after).distinct == 6).all()


@pytest.mark.parametrize("bad", [{"rate": 1}, {"rate": -0.1}, {"learning_rate": 0}, {"epochs": -1}])
def test_dropout_names_a_bad_argument(bad):
    moons = iv.DATASETS["moons"]
    settings = {"rate": 0.5, "learning_rate": 1, "epochs": 1, **bad}
    network = iv.init_network((2, 6, 1))
    with pytest.raises(ValueError, match=next(iter(bad))):
        train_with_dropout(network, moons.X, moons.y, "binary_cross_entropy", **settings)
