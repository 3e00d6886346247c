"""The columns of a prediction's table."""

from dataclasses import replace

import numpy as np
from made_up import NEVER, finishing

import initviz as iv
from initviz.words.measured import COLUMNS, table


def cell(name, run):
    return COLUMNS[name][1](run)


def test_a_table_has_a_row_of_headings_and_a_row_for_every_run():
    run = iv.train(iv.Experiment(hidden_layers=(4,), epochs=3, restarts=2))
    head, row = table({"this": run}, ["learnt", "loss"])
    assert head == ["", COLUMNS["learnt"][0], COLUMNS["loss"][0]]
    assert row[0] == "this"
    assert row[1].endswith(" of 2")


def test_a_loss_that_is_not_a_number_has_overflowed():
    run = iv.train(iv.Experiment(hidden_layers=(4,), epochs=1, restarts=7))
    lost = replace(run, losses=np.full_like(run.losses, np.nan))
    assert cell("loss", lost) == "overflow"


def test_restarts_are_counted_until_one_of_them_has_surely_learnt_well():
    run = iv.train(iv.Experiment("xor", (2,), "sigmoid", loss="squared_error", epochs=1))
    none = np.full(run.losses.shape, 0.2)
    assert cell("tries", replace(run, losses=none)) == "no number is enough"
    half = np.where(np.arange(run.experiment.restarts) % 2, none, 0.01)
    assert cell("tries", replace(run, losses=half)) == "5"  # 1 - 0.5 ** 5 is 97 %


def test_epochs_to_the_finish_line_have_their_interval():
    assert cell("finish", finishing(*range(2, 12))) == "6 (3 to 10)"
    assert cell("finish", finishing(*[NEVER] * 10)) == "never"


def test_luck_is_the_slow_tenth_against_the_fast_one():
    assert cell("luck", finishing(*[4] * 5, *[10] * 5)) == "2.5 times as long"
    assert cell("luck", finishing(4, NEVER)) == "never"


def test_more_units_are_saturated_the_further_in_the_line_is_drawn():
    run = iv.train(iv.Experiment(initializer="normal", scale=3, epochs=1, restarts=4))
    shares = [float(cell(f"line at {part}", run).rstrip("%")) for part in (5, 10, 20)]
    assert shares == sorted(set(shares))
    assert cell("line at 10", run) == cell("saturated", run)


def test_what_a_layer_does_to_signal_and_gradient_of_a_straight_network():
    """Twice the identity, in layers of equal width: each layer doubles both."""
    chain = iv.Experiment("pair", (64,) * 4, "identity", "identity", 2.0, epochs=1, restarts=8)
    run = iv.train(chain)
    assert cell("forward", run) == "× 2.00"
    assert cell("back", run) == "× 2.00"
    assert cell("signal left", run) == "8 times"
    assert cell("correlation", run) == "0.50 (0.50 to 0.50)"  # the cosine of 60°


def test_alarms_are_the_signs_that_most_networks_have_out_of_their_zones():
    start = replace(iv.explore_checkup.start, epochs=1, restarts=3)
    assert cell("alarms", iv.train(start)) == "none"
    faint = iv.train(replace(start, scale=0.1))
    assert cell("alarms", faint) == "weights, signal and first step"


DEEP = iv.Experiment("moons", (2,) * 4, "identity", "orthogonal", scale=0.5, epochs=1)


def test_what_the_signal_loses_on_its_way_the_gradient_loses_on_its_own():
    assert cell("balance", iv.train(DEEP)) == "1 (1 to 1)"


def test_directions_are_counted_that_keep_a_tenth():
    assert cell("directions", iv.train(DEEP)) == "2 of 2"
    assert cell("directions", iv.train(replace(DEEP, scale=0.4))) == "0 of 2"  # 0.4 ** 3


def test_the_mean_answers_are_those_of_the_hidden_layers_at_the_end():
    still = iv.train(replace(DEEP, activation="sigmoid", initializer="zeros", restarts=1))
    assert cell("answers", still) == "0.5, 0.5, 0.5, 0.5"


def test_the_rank_is_that_of_every_hidden_layer_at_the_end():
    equal = iv.train(iv.Experiment(hidden_layers=(4, 3), initializer="constant", restarts=2))
    assert cell("rank", equal) == "1.0, 1.0"
    drawn = iv.train(iv.Experiment(hidden_layers=(4, 3), epochs=1, restarts=2))
    ranks = np.median(iv.symmetry(drawn.network_at(1)).effective_rank, axis=1)
    assert cell("rank", drawn) == f"{ranks[0]:.1f}, {ranks[1]:.1f}"


def test_how_far_layer_1_has_moved_and_where_it_looks_are_those_of_the_end():
    run = iv.train(replace(iv.explore_movement.start, scale=0.01, restarts=8))
    end = run.network_at(300)
    distance = iv.median_interval(iv.movement(end, run.network_at(0)).distance[0])
    assert cell("moved", run).startswith(f"{distance.value:.2g} (")
    assert cell("moved", run).endswith(" times")
    looks = iv.median_interval(iv.directions_in_use(end)[0])
    assert cell("in use", run) == f"{looks[1]:.1f} ({looks[0]:.1f} to {looks[2]:.1f})"
