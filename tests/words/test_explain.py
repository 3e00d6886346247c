"""The sentences under the picture: the right cause, with the numbers that the diagnostics give."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from matplotlib.figure import Figure

import initviz as iv
from initviz.measure.standards import learnt
from initviz.plots.maps import DecisionMap
from initviz.words.explain import explain as sentences
from initviz.words.explain import outcome
from initviz.words.numbers import short

MOONS = iv.DATASETS["moons"]
UNBALANCED = iv.Dataset("part", MOONS.X[:60], MOONS.y[:60], "binary")  # 32 to 28


@cache
def trained(data=None, **settings):
    usual = {"activation": "tanh", "epochs": 20}
    return iv.train(iv.Experiment(**{**usual, **settings}), data=data)


def explain(run, epoch=None):
    """The sentences, with one way of writing per cent."""
    return sentences(run, epoch).replace(" %", "%")


def gradients_at_start(run):
    """(layers,), the median of the restarts."""
    network = run.network_at(0)
    statistics = iv.gradient_statistics(network, run.probe, run.probe_targets, run.loss_name)
    return np.median(statistics.rms, axis=1)


def saturation_at_start(run):
    """(hidden layers,), the mean of the restarts."""
    return iv.saturation(run.network_at(0), run.probe).mean(axis=1)


# What became of the run


def test_of_healthy_networks_it_says_how_well_they_learnt():
    run = trained(hidden_layers=(16,), epochs=200)
    text, best, median = explain(run), run.losses[-1].min(), np.median(run.losses[-1])
    assert text.startswith("After 200 epochs 2 of 16 networks have learnt well, 14 a little: ")
    assert f"best loss is {short(best)}, the median {short(median)}; guessing gives 0.69." in text


def test_it_counts_the_networks_that_have_learnt():
    run = trained(scale=30.0)
    shares = run.losses[-1] / np.log(2)
    little, none = ((shares >= 0.25) & (shares < 0.9)).sum(), (shares >= 0.9).sum()
    assert 0 < little < 16 == little + none
    assert f" {little} of 16 networks have learnt a little, {none} nothing: " in explain(run)


def test_it_tells_three_kinds_of_networks_apart():
    losses = np.full((21, 6), np.log(2))
    losses[-1] *= [0.1, 0.24, 0.26, 0.89, 0.91, 2]
    text = explain(replace(trained(restarts=6), losses=losses))
    assert text.startswith(
        "After 20 epochs 2 of 6 networks have learnt well, 2 a little, 2 nothing: the best loss is"
    )


@pytest.mark.parametrize(("scale", "epochs"), [(1.0, 200), (0.0, 1)])
def test_of_a_single_network_it_speaks_in_the_singular(scale, epochs):
    run = trained(restarts=1, scale=scale, epochs=epochs)
    text = explain(run)
    learnt = "learnt well:" if scale else "learnt nothing:"
    assert text.startswith(
        f"After {epochs} epoch{'s' if epochs > 1 else ''} the network has {learnt}"
    )
    assert f"loss is {short(run.losses[-1, 0])}; guessing gives 0.69." in text
    assert "networks" not in text


def test_what_guessing_gives_follows_the_loss():
    assert "guessing gives 0.25." in explain(trained(loss="squared_error"))
    assert "guessing gives 2.3." in explain(trained(dataset="digits", epochs=1, restarts=2))


# Why


def test_of_healthy_networks_it_names_the_range_of_the_gradients():
    run = trained(hidden_layers=(16, 16))
    gradient, share = gradients_at_start(run), saturation_at_start(run).max()
    assert share < 0.005
    assert explain(run).endswith(
        f"At the start the largest gradient of a layer was "
        f"{short(gradient.max() / gradient.min())} times the smallest, and hardly any unit was "
        "saturated."
    )


def test_of_relu_units_it_says_that_they_are_dead():
    run = trained(activation="relu", initializer="he_normal", bias=-1.0)
    share = iv.dead(run.network_at(0), run.probe).mean(axis=1).max()
    assert 0.01 < share < 0.9
    assert f"at most {100 * share:.0f}% of the units of any layer were dead." in explain(run)


@pytest.mark.parametrize("activation", ["tanh", "sigmoid", "softsign"])
def test_of_large_weights_it_names_the_layer_that_is_most_saturated(activation):
    run = trained(activation=activation, scale=30.0)
    shares = saturation_at_start(run)
    layer, share = 1 + shares.argmax(), shares.max()
    assert share > 0.5
    said = f"In layer {layer}, {100 * share:.0f}% of the units were saturated at the start"
    assert said in explain(run)


def test_of_saturation_that_stops_the_gradient_it_says_how_much():
    run = trained(activation="sigmoid", bias=5.0, hidden_layers=(16, 16, 16))
    gradient = gradients_at_start(run)
    times = gradient[-2] / gradient[0]
    assert 100 < times < 1e6
    said = f"the gradient that reached layer 1 was {short(times)} times smaller"
    assert f"{said} than at layer 3." in explain(run)


@pytest.mark.parametrize(("scale", "depth"), [(0.3, 3), (0.5, 3), (1.0, 4), (0.01, 6)])
def test_of_a_gradient_that_fades_without_saturation_it_says_how_much(scale, depth):
    run = trained(activation="sigmoid", scale=scale, hidden_layers=(16,) * depth)
    gradient = gradients_at_start(run)
    times = gradient[-1] / gradient[0]
    assert f"was {short(times)} times smaller than at the output" in explain(run)
    assert explain(run).endswith("a slope of at most 0.25.")


@pytest.mark.parametrize("activation", ["tanh", "relu", "identity"])
def test_of_zeros_it_says_that_nothing_moved(activation):
    text = explain(trained(UNBALANCED, activation=activation, initializer="zeros"))
    assert "Every hidden layer began with equal units, and not one of their weights" in text
    assert "learnt nothing" in text


@pytest.mark.parametrize("initializer", ["zeros", "constant"])
def test_of_equal_units_that_move_it_says_that_they_stay_equal(initializer):
    settings = {"hidden_layers": (16,), "activation": "sigmoid", "dtype": "float64"}
    run = trained(UNBALANCED, initializer=initializer, epochs=100, **settings)
    assert np.abs(run.weights[0][-1] - run.weights[0][0]).min() > 0.01
    assert "Equal units get equal gradients, so each layer still does the work" in explain(run)


@pytest.mark.parametrize("settings", [{"hidden_layers": (1, 1)}, {"initializer": "identity"}])
def test_it_does_not_take_one_unit_or_the_identity_for_equal_units(settings):
    assert "equal units" not in explain(trained(**settings))


def test_of_overflow_it_says_how_many_and_when_the_first_one_went():
    run = trained(activation="relu", scale=1e2, learning_rate=1e2)
    lost = [losses for losses in run.losses.T if not np.isfinite(losses).all()]
    epochs = {int(np.isfinite(losses).argmin()) for losses in lost}
    assert len(epochs) > 1
    assert explain(run).startswith(f"{len(lost)} of 16 networks have overflowed")
    assert f"The first overflow came at epoch {min(epochs)}: steps this long" in explain(run)


def test_it_counts_in_words_when_every_network_overflows():
    run = trained(activation="relu", scale=1e2, learning_rate=1e2, hidden_layers=(16, 16, 16))
    assert not np.isfinite(run.losses[-1]).any()
    assert explain(run).startswith("All 16 networks have overflowed")


def test_of_overflow_before_any_step_it_blames_the_weights():
    run = trained(activation="relu", scale=1e20, restarts=1, hidden_layers=(16, 16, 16))
    assert explain(run).startswith("The network has overflowed")
    assert "That was so from the start: these weights are too large" in explain(run)


@pytest.mark.parametrize(("restarts", "who"), [(1, "In this network"), (16, "In all 16 networks")])
def test_of_dead_relu_units_it_says_that_all_are_dead(restarts, who):
    text = explain(trained(activation="relu", bias=-100.0, restarts=restarts))
    assert f"{who} the gradient that reached layer 1 at the start was exactly zero" in text
    assert text.endswith("in layer 1, 100% of the units were dead.")


def test_of_a_gradient_that_underflows_it_says_so():
    run = trained(activation="sigmoid", scale=1e-4, hidden_layers=(16,) * 14)
    assert gradients_at_start(run)[0] == 0
    assert explain(run).endswith("nothing of it was left on its way through the layers.")


@pytest.mark.parametrize("activation", ["tanh", "relu"])
def test_of_weights_far_too_small_it_says_that_every_gradient_is_tiny(activation):
    run = trained(activation=activation, scale=0.01, hidden_layers=(16,) * 6)
    hidden = gradients_at_start(run)[:-1].max()
    signal = iv.activation_statistics(run.network_at(0), run.probe).std[-2]
    assert hidden < 1e-11
    assert f"tiny in every hidden layer, {short(hidden)} at most" in explain(run)
    assert f"last hidden layer says varied by only {short(np.median(signal))}" in explain(run)


def test_of_steps_too_long_it_says_how_far_the_loss_rose():
    falling = trained(hidden_layers=(16,))
    run = replace(falling, losses=falling.losses[::-1].copy())
    before, after = np.median(run.losses[0]), np.median(run.losses[-1])
    assert before < np.log(2) < after
    assert (
        f"The median loss has risen since the start, from {short(before)} to {short(after)}"
        in explain(run)
    )


def test_it_does_not_say_that_no_gradient_gets_past_where_it_does():
    run = trained(scale=30.0, hidden_layers=(16,) * 4)
    gradient = gradients_at_start(run)
    assert gradient[0] > 10 * gradient[-1]
    assert "hardly any gradient gets past" not in explain(run)


# When


def test_it_speaks_of_the_epoch_shown_as_if_training_had_ended_there():
    run, short_run = trained(epochs=200), trained(epochs=5)
    assert explain(run, 5) == explain(short_run) != explain(run) == explain(run, 200)
    assert f"the median {short(np.median(run.losses[5]))}; guessing" in explain(run, 5)


@pytest.mark.parametrize("settings", [{}, {"scale": 30.0}, {"learning_rate": 1e-3}], ids=str)
def test_before_training_it_blames_no_steps(settings):
    text = explain(trained(**settings), 0)
    assert text.startswith("Before training, the best loss is ")
    assert "steps" not in text.replace("and the steps with them", "")


def test_an_overflow_that_is_still_to_come_is_not_told():
    run = trained(activation="relu", scale=1e2, learning_rate=1e2)
    assert run.diverged.any()
    assert "overflow" not in explain(run, 0)


def test_it_speaks_of_the_epochs_done_so_far(monkeypatch):
    monkeypatch.setattr("initviz.training.ensemble.SLICE", 0)
    e = replace(trained().experiment, epochs=2000)
    part = next(run for run in iv.stream(e, seconds=0) if run is not None and run.epoch == 1)
    assert explain(part).startswith("After 1 epoch ")


# What it must not say


def test_a_network_without_a_hidden_layer_is_explained_too():
    assert explain(trained(hidden_layers=())).startswith("After 20 epochs")


def test_a_number_that_rounds_to_a_hundred_is_written_as_people_write_it():
    data = iv.Dataset("two", [[0.0], [1.0]], [0.0, 2 * np.sqrt(99.7)], "regression")
    assert "guessing gives 100." in explain(trained(data, learning_rate=1e-3))


def test_where_the_bias_saturates_every_unit_large_weights_are_not_to_blame():
    run = trained(activation="sigmoid", hidden_layers=(16,), bias=5.0)
    assert saturation_at_start(run)[0] > 0.99
    assert gradients_at_start(run)[0] < 0.01 * gradients_at_start(run)[1]
    assert "enlarged by the large weights" not in explain(run)


def test_a_network_that_has_not_moved_has_not_learnt():
    run = trained(restarts=1, learning_rate=1e-9, epochs=1)
    assert run.losses[0] == pytest.approx(run.losses[-1], rel=1e-6)
    assert "has learnt nothing" in explain(run)


# Rounding, which differs between processors, moves the weights by 1e-17 and each by another amount.
@pytest.mark.parametrize("width", [3, 5, 16, 31, 33])
def test_rounding_alone_does_not_count_as_coming_apart(width):
    settings = {"hidden_layers": (width, width), "initializer": "zeros", "dtype": "float64"}
    run = trained(activation="sigmoid", **settings)
    assert np.abs(run.weights[0]).max() < 1e-12
    assert "come apart" not in explain(run)


def test_of_an_explosive_start_it_says_how_far_off_it_was():
    run = trained(activation="relu", scale=100.0)
    assert not run.diverged.any()
    loss = short(np.median(run.losses[0]))
    assert f"a median loss of {loss}: these weights are too large for" in explain(run)


def test_of_a_layer_of_zeros_it_does_not_say_that_the_gradient_faded():
    run = trained(initializer="zeros", hidden_layers=(1, 1))
    assert "all weights of the output layer were 0" in explain(run)


def test_of_a_gradient_that_fades_past_saturated_units_it_says_how_many():
    run = trained(activation="relu", scale=0.1, hidden_layers=(8,) * 10, bias="same", restarts=12)
    share = iv.dead(run.network_at(0), run.probe).mean(axis=1).max()
    assert share > 0.1
    if "exactly zero" not in explain(run):
        assert f"At most {share:.0%} of a layer's units were dead at the start" in explain(run)


def test_an_epoch_that_was_not_trained_is_refused():
    with pytest.raises(ValueError, match="epoch=77"):
        explain(trained(), 77)


def test_of_steps_too_short_it_says_that_they_were_not_enough():
    run = trained(learning_rate=1e-3)
    before, after = np.median(run.losses[0]), np.median(run.losses[-1])
    assert f"the median loss went from {short(before)} to {short(after)}." in explain(run)


def test_steps_that_are_too_long_are_blamed_before_saturation():
    run = trained(activation="sigmoid", learning_rate=100.0, scale=12.0, hidden_layers=(16, 16))
    assert saturation_at_start(run).max() > 0.5
    assert np.median(run.losses[-1]) > np.median(run.losses[0])
    assert "the steps are too long" in explain(run)


def test_of_the_networks_that_did_not_overflow_it_says_how_many_learnt():
    run = trained(activation="relu", scale=1e2, learning_rate=1e2)
    kept = ~run.diverged
    assert (run.losses[-1, kept] > 0.9 * np.log(2)).all()
    rest = f"The other {kept.sum()} have learnt nothing."
    assert rest in explain(run)


@pytest.mark.parametrize(
    ("shares", "who", "rest"),
    [
        ([np.nan, 0.1], "1 of 2 networks has", " The other one has learnt well."),
        ([np.nan, np.nan, 2], "2 of 3 networks have", " The other one has learnt nothing."),
        ([np.nan, 0.1, 0.1], "1 of 3 networks has", " The other 2 have learnt well."),
        ([np.nan, 0.1, 0.5, 2], "1 of 4 networks has", " Of the other 3, 1 has learnt well, 1 a"),
        ([np.nan, np.nan], "Both networks have", ""),
        ([np.nan], "The network has", ""),
    ],
)
def test_beside_those_that_overflowed_it_counts_the_others(shares, who, rest):
    losses = np.full((21, len(shares)), np.log(2))
    losses[-1] *= shares
    text = outcome(replace(trained(restarts=len(shares)), losses=losses))
    reason = "numbers grew beyond what the computer can hold."
    assert text.startswith(f"{who} overflowed: {reason}{rest}")
    assert text.endswith(rest or reason) or text.endswith(" a little, 1 nothing.")


def test_without_a_hidden_layer_there_are_no_gradients_to_compare():
    for restarts in (1, 3):
        text = explain(trained(hidden_layers=(), restarts=restarts, epochs=200))
        assert "factor" not in text
        assert text.endswith("guessing gives 0.69.")


def test_a_layer_without_a_gradient_is_named():
    run = trained(initializer=("zeros", "normal", "normal"), hidden_layers=(5, 4), epochs=3)
    assert gradients_at_start(run)[1] == 0
    assert "At the start the gradient of layer 2 was exactly zero, and" in explain(run, 0)


LEAKY = {"activation": "leaky_relu", "initializer": "he_normal", "hidden_layers": (8,) * 4}


def test_units_that_are_all_saturated_are_the_cause_of_a_gradient_that_fades():
    run = trained(**LEAKY, bias=-5.0)
    share = iv.always_saturated(run.network_at(0), run.probe).mean(axis=1)
    gradient = gradients_at_start(run)
    assert share.max() > 0.999
    times = short(gradient[-2] / gradient[0])
    assert "100% of the units were saturated at the start, so the gradient that" in explain(run)
    assert f"was {times} times smaller than at layer 4." in explain(run)
    assert "and yet" not in explain(run)


@pytest.mark.parametrize(("bias", "others"), [(-50.0, False), (-5.0, True)])
def test_other_units_are_spoken_of_where_there_are_any(bias, others):
    run = trained(hidden_layers=(8,), activation="sigmoid", scale=2.0, bias=bias, epochs=1)
    share = saturation_at_start(run).max()
    assert (share < 0.99) == others
    assert share > 0.5
    end = ": nearly all of it comes through the others." if others else "."
    assert explain(run).endswith(f"They let hardly any gradient through{end}")


EQUAL_UNITS = {"dataset": "circles", "hidden_layers": (8,), "activation": "sigmoid"}
EQUAL_UNITS |= {"dtype": "float64", "learning_rate": 2.0, "momentum": 0.9, "restarts": 2}


def test_units_that_differ_too_little_to_see_part_and_are_not_said_to_stay():
    run = trained(**EQUAL_UNITS, initializer="constant", noise=1e-7)
    late = trained(**EQUAL_UNITS, initializer="constant", noise=1e-7, epochs=1500)
    assert iv.symmetry(run.network_at(20)).distinct.max() == 1
    assert iv.symmetry(late.network_at(1500)).distinct.max() > 1
    for text in (explain(run), iv.explore_race.explain(run, 20)):
        assert "began with equal units. Their gradients differ, so they part, though" in text
        assert "would not change" not in text
    assert "they have come apart since" in explain(late)
    found = iv.checkup(run.network_at(0).restart(0), run.dataset.X, run.dataset.y).findings
    said = " ".join(finding.sentence for finding in found)
    assert "of 8, only 1 is distinct. Their gradients differ, so they part" in said
    assert "stays so" not in said


def test_equal_units_with_unequal_ways_out_part():
    text = explain(trained(initializer=("constant", "normal"), hidden_layers=(8,)), 0)
    assert "began with equal units. Their gradients differ, so they part" in text


def test_of_equal_units_it_claims_no_zero_gradient_before_a_step():
    text = explain(trained(**EQUAL_UNITS, initializer="constant"), 0)
    assert "not one of their weights has moved" not in text
    assert "Equal units get equal gradients" in text


def of_targets(y, X=MOONS.X, **settings):
    data = iv.Dataset("made up", X, y, "regression")
    return explain(trained(data, hidden_layers=(4, 3), epochs=3, restarts=3, **settings), 3)


def test_an_overflow_from_the_start_is_blamed_on_what_is_too_large():
    y, huge = MOONS.X[:, 0], {"activation": "identity", "dtype": "float64"}
    blamed = "That was so from the start: "
    assert f"{blamed}the targets are too far from the outputs. Scale " in of_targets(1e200 * y)
    large = of_targets(y, 1e200 * MOONS.X, **huge)
    assert large.endswith(f"{blamed}the numbers in X are too large.")
    assert "these weights are too large" in of_targets(y, scale=1e100, **huge)
    far = of_targets(1000 + y, learning_rate=1e-9)
    assert "The start was far off, a median loss of 10⁶: the targets are too far" in far


def test_where_all_targets_are_equal_there_is_nothing_to_learn():
    text = of_targets(np.full(len(MOONS.X), 3.0))
    assert text.endswith("one guess is always right, and there is nothing to learn.")


def test_steps_that_are_too_short_are_counted_in_the_singular():
    text = explain(trained(learning_rate=1e-3, epochs=1))
    assert "steps this short were not enough in 1 epoch: " in text


def test_zeros_that_have_moved_are_said_to_let_the_gradient_through():
    run = trained(initializer=("normal", "zeros"), hidden_layers=(8,))
    text = "all weights of the output layer were 0, and what is multiplied by 0 is gone."
    assert explain(run, 0).endswith(text)
    assert explain(run).endswith(
        f"{text} By epoch 20 these have moved, and the gradient gets through."
    )
    dead = trained(initializer=("zeros", "normal"), hidden_layers=(8,), activation="relu")
    assert explain(dead).endswith("in layer 1, 100% of the units were dead.")


def test_units_that_the_steps_have_killed_are_not_said_to_need_more_epochs():
    settings = {"activation": "relu", "initializer": "normal", "scale": 0.5, "momentum": 0.9}
    run = trained(hidden_layers=(8,) * 3, learning_rate=1.5, epochs=60, **settings)
    share = iv.dead(run.network_at(60), run.probe).mean(axis=1)
    assert share.max() > 0.5 > iv.dead(run.network_at(0), run.probe).mean(axis=1).max()
    left = f"the steps have left {share.max():.0%} of the units of layer {1 + share.argmax()} dead."
    assert explain(run).endswith(f"The start was sound, but by epoch 60 {left}")


def test_who_is_often_right_and_has_learnt_nothing_is_said_to_be_unsure():
    """As the picture of its decision says it, at the epoch shown."""
    sigmoid = replace(
        iv.explore.start, activation="sigmoid", initializer="glorot_normal", scale=0.3
    )
    run = iv.train(sigmoid)
    view = DecisionMap(Figure().add_subplot(), run)
    for epoch in range(0, 61, 5):
        text, right = outcome(run, epoch), run.accuracies[epoch, run.best]
        view.update(run, epoch)
        if epoch and not learnt(run, epoch).any() and right > 0.6:
            assert f"{right:.0%} of the samples right, but is so unsure" in text
            assert "its loss is hardly better than guessing." in text
            assert view._words.text == f"{right:.0%} right, but unsure"
        else:
            assert "unsure" not in text
    assert "The best one gets 83% of the samples right" in outcome(run)


def test_what_is_wrong_and_sure_of_it_is_said_to_be_too_sure():
    run = iv.train(replace(iv.explore.start, epochs=1, restarts=1))
    losses, right = np.array([[0.7], [2.0]]), np.array([[0.5], [0.8]])
    text = outcome(replace(run, losses=losses, accuracies=right))
    assert text.endswith(
        "It gets 80% of the samples right, but is so sure where it is wrong that "
        "its loss is no better than guessing."
    )


def test_who_is_surer_than_it_is_right_is_not_said_to_be_unsure():
    run = iv.train(replace(iv.explore.start, epochs=1, restarts=1))
    seen = {"losses": np.array([[0.7], [0.66]]), "accuracies": np.array([[0.5], [0.8]])}
    assert "so unsure that" in outcome(replace(run, **seen))
    sure = replace(run, **seen, weights=tuple(100 * W for W in run.weights))
    assert outcome(sure).endswith(
        "so sure where it is wrong that its loss is hardly better than guessing."
    )


# Targets that nobody has scaled


@pytest.mark.parametrize("size", [100.0, 1e200])
def test_of_targets_that_nobody_has_scaled_it_says_what_helps_and_it_does(size):
    X = np.random.default_rng(0).normal(size=(40, 2))
    y = size * X[:, 0]
    start = iv.Experiment(hidden_layers=(16,), activation="relu", epochs=20, restarts=4)
    run = iv.train(start, X, y)
    assert run.diverged.all()
    text = explain(run)
    assert "Scale the targets to a mean of 0 and a standard deviation of 1" in text
    scaled = iv.train(start, X, X[:, 0] / X[:, 0].std())
    assert not scaled.diverged.any()
    assert "Scale" not in explain(scaled)
    shorter = "or take a smaller learning rate" in text
    assert shorter == (size == 100)
    assert shorter != iv.train(replace(start, learning_rate=1e-4), X, y).diverged.any()


def test_it_does_not_call_targets_equal_whose_square_is_zero():
    X = np.random.default_rng(0).normal(size=(12, 2))
    assert "scale them" in explain(trained(iv.Dataset("own", X, 1e-300 * X[:, 0], "regression")))
    equal = iv.Dataset("own", X, np.full(12, 1e-300), "regression")
    assert "All targets are equal" in explain(trained(equal))


# Norms and skips


def test_a_layer_that_a_skip_goes_around_stops_no_gradient():
    relu = {"activation": "relu", "hidden_layers": (6,) * 4, "skip": True, "learning_rate": 0.01}
    ways = ["he_normal"] + 3 * ["zeros"] + ["he_normal"]
    assert "100% of the units" not in explain(trained(initializer=tuple(ways), **relu))
    said = explain(trained(initializer=("zeros", *ways[1:]), **relu))
    assert "exactly zero: in layer 1, 100% of the units were dead" in said  # and not layer 4


def test_behind_norms_only_the_weights_of_the_output_can_be_too_large():
    said = explain(trained(norm="batch", scale=1e4, learning_rate=1e-9))
    assert "the output layer's weights are too large for its width" in said
    said = explain(trained(skip=True, alpha=1e4, hidden_layers=(16,) * 3, learning_rate=1e-15))
    assert "these weights and what the skips add are too large" in said


def test_a_norm_has_its_share_in_a_gradient_that_fades():
    deep = {"activation": "sigmoid", "hidden_layers": (16,) * 10, "learning_rate": 0.01}
    share = "slope of at most 0.25, and its norm divides it by the size of the sums."
    assert share in explain(trained(initializer="glorot_normal", norm="layer", **deep))
    assert explain(trained(**deep)).endswith("slope of at most 0.25.")


def test_a_batch_norm_of_single_samples_leaves_no_gradient():
    run = trained(UNBALANCED, norm="batch", batch_size=1, epochs=3)
    for W, V in zip(*(run.network_at(n).weights[:-1] for n in (0, 3)), strict=True):
        np.testing.assert_array_equal(W, V)
    assert "of a batch of one sample that leaves nothing: no gradient" in explain(run)
    assert "batch of one" not in explain(run, 0)
    assert "batch of one" not in explain(trained(UNBALANCED, norm="layer", batch_size=1, epochs=3))


DEEP_NORMS = {"hidden_layers": (8,) * 40, "activation": "relu", "initializer": "he_normal"}
DEEP_NORMS |= {"norm": "batch", "restarts": 3, "epochs": 2, "learning_rate": 0.01}


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_of_a_gradient_that_grows_behind_norms_it_says_how_much(optimizer):
    run = trained(**DEEP_NORMS, optimizer=optimizer)
    run = replace(run, losses=run.losses[[0, 0, 0]])  # in so many layers they hang on rounding
    gradients = gradients_at_start(run)
    text = explain(run)
    assert gradients[0] / gradients[-1] > 1000
    assert f"{short(gradients[0] / gradients[-1])} times larger in layer 1 than at" in text
    assert "sound" not in text
    assert ("no step is long enough for one" in text) == (optimizer == "sgd")


def test_of_steps_that_a_warm_up_has_kept_short_it_says_so():
    settings = {"batch_size": 50, "epochs": 3, "restarts": 2, "learning_rate": 0.01}
    steps = 3 * int(np.ceil(len(MOONS.X) / 50))
    texts = [explain(trained(**settings, warmup=warmup)) for warmup in (steps, steps + 1)]
    assert all("steps this short" in text for text in texts)
    assert ["(the warm-up was not over)" in text for text in texts] == [False, True]
