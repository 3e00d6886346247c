"""Mishkin & Matas 2016 run again: measured on small jobs, and every verdict seen."""

import numpy as np
import pytest
from verdicts import drawn

from initviz.papers import mishkin


def accuracies(**changed):
    """activation_start=accuracy of all networks; 0.9 where nothing is said, 0.1 for sigmoid."""
    return [
        {
            "activation": a,
            "start": s,
            "accuracies": (
                changed.get(f"{a}_{s}", 0.1 if a == "sigmoid" else 0.9) + 0.01 * np.arange(8)
            ).tolist(),
        }
        for a in mishkin.ACTIVATIONS
        for s in mishkin.STARTS
    ]


@pytest.mark.parametrize(
    ("changed", "agrees", "words"),
    [
        ({}, "yes", "none of the others beats it"),
        ({f"relu_{s}": 0.5 for s in ("orthogonal", "He", "Xavier")}, "yes", "others with relu;"),
        ({"relu_He": 0.5}, "yes", "none of the others beats it"),  # and it does not beat all
        ({"tanh_orthogonal": 0.95}, "partly", "with tanh it is beaten by orthogonal"),
        ({"tanh_LSUV": 0.5}, "partly", "with tanh it is beaten by orthogonal and He and Xavier"),
        ({f"{a}_LSUV": 0.3 for a in mishkin.CLAIMED}, "no", "with relu it is beaten"),
        ({"sigmoid_He": 0.8}, "yes", "none"),
    ],
)
def test_lsuv_is_compared_with_each_of_the_others(changed, agrees, words):
    verdict = drawn("mishkin-lsuv", accuracies(**changed))
    assert verdict.agrees == agrees
    assert words in verdict.why
    assert ("sigmoid networks" in verdict.why) == ("sigmoid_He" not in changed)
    assert ("better than all" in verdict.why) == ("relu_orthogonal" in changed)


def test_lsuv_counts_who_learns():
    verdict = mishkin.conclude(accuracies(relu_Xavier=0.1))
    assert "LSUV 100% (86% to 100%), orthogonal 100%" in verdict.measured
    assert "Xavier 67% (47% to 82%)" in verdict.measured


def test_lsuv_trains_the_rescaled_networks():
    job = {
        "activation": "relu",
        "seed": 0,
        "data": "digits",
        "samples": 60,
        "units": 8,
        "layers": 4,
        "epochs": 3,
    }
    found = {start: mishkin.measure(start=start, **job)["accuracies"] for start in mishkin.STARTS}
    assert found["LSUV"] == mishkin.measure(start="LSUV", **job)["accuracies"]
    assert found["LSUV"] != found["orthogonal"]
    assert len({tuple(each) for each in found.values()}) == 4
