"""The verdict on a network's vital signs, and its mends."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.vitals import vitals_of
from initviz.words.vitals import NetworkMends, explain_checkup, findings

START = replace(iv.explore_checkup.start, epochs=1, restarts=3)


def trained(**settings):
    return iv.train(replace(START, **settings))


def test_two_findings_are_said_and_the_others_named():
    run = trained(initializer="normal", scale=30.0)
    found = findings(vitals_of(run, 0))
    text = explain_checkup(run, 1)
    assert all((finding.sentence in text) == (n < 2) for n, finding in enumerate(found))
    assert [finding.sign for finding in found[2:]] == ["loss", "gradient", "update"]
    assert text.endswith(" Also outside their zones: first loss, gradient and first step.")


def test_of_a_healthy_start_it_says_so():
    text = explain_checkup(trained(), 1)
    assert text.endswith("Before training all seven signs were in their healthy zones.")


def test_what_is_fine_is_told_before_what_it_excuses():
    text = explain_checkup(trained(initializer=(*["glorot_normal"] * 4, "zeros")), 1)
    start, _, excused = text.partition("Before training: ")[2].partition(". For that reason ")
    assert start.startswith("The output layer starts at 0, and that is fine: it gets a gradient (")
    assert excused == "alone outside their zones: weights and gradient."


def test_a_sentence_begins_with_a_capital_and_holds_no_code():
    for initializer in ("zeros", "constant", (*["glorot_normal"] * 4, "zeros")):
        for finding in findings(vitals_of(trained(initializer=initializer), 0)):
            assert finding.sentence[0].isupper()
            assert "`" not in finding.sentence


@pytest.mark.parametrize("scheme", ["Glorot", "He", "LeCun"])
def test_a_mend_is_a_line_that_runs(scheme):
    network = iv.init_network((2, 4, 1), "sigmoid", "zeros", restarts=2, bias=1.0)
    mends = NetworkMends(network)

    def mended(line):
        scope = {"model": network, "iv": iv, "replace": replace}
        exec(line, scope)
        return scope["model"]

    assert mended(mends.redraw((), scheme)).weights[0].std() > 0
    assert not mended(mends.unbias(())).biases[0].any()
    assert mended(mends.bend(())).activation == "tanh"
    drawn = iv.init_network((2, 4, 1), "sigmoid", "normal")
    network = drawn
    assert mended(mends.shrink(None)).weights[-1] == pytest.approx(0.1 * drawn.weights[-1])


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("skip", [False, True])
def test_who_is_drawn_anew_keeps_its_norm_its_skips_and_their_alphas(norm, skip):
    network = iv.init_network(
        (2, 8, 8, 1), "tanh", "zeros", restarts=2, norm=norm, skip=skip, alpha=0.3
    )
    scope = {"model": network, "iv": iv, "replace": replace}
    exec(NetworkMends(network).redraw((), "Glorot"), scope)
    fresh = iv.init_network((2, 8, 8, 1), "tanh", "glorot_normal", restarts=2, norm=norm)
    assert all(map(np.array_equal, scope["model"].weights, fresh.weights))
    assert (scope["model"].norm, scope["model"].skips) == (norm, network.skips)
    assert all(map(np.array_equal, scope["model"].alphas, network.alphas))
