"""Bachlechner et al. 2021 run again: measured on small jobs, and every verdict seen."""

import numpy as np
import pytest
from verdicts import drawn

from initviz.papers import bachlechner


def trained(never=(), **losses):
    """never: those who learn nothing, as (kind, layers). kind_layers=loss of all networks; where
    nothing is said, 0.01, and less for ReZero and Fixup."""
    found = []
    for job in bachlechner.jobs(False):
        kind, layers = job["kind"], job["layers"]
        lost = (kind, layers) in never
        usual = 2.0 if lost else {"ReZero": 0.001, "Fixup": 0.004}.get(kind, 0.01)
        loss = losses.get(f"{kind.replace(' ', '_')}_{layers}", usual)
        found.append(
            {
                "kind": kind,
                "layers": layers,
                "rate": job["rate"],
                "epochs": 12,
                "learnt": [None if lost else 4.0] * 8,
                "losses": (loss * (1 + 0.01 * np.arange(8))).tolist(),
                "guessing": 2.3,
            }
        )
    return found


def test_rezero_is_right_where_its_networks_and_fixups_learn_at_every_depth():
    verdict = drawn("rezero-depth", trained(never=[("plain", 128), ("skips", 32)]))
    assert verdict.agrees == "yes"
    assert "plain 0% (to 19%)" in verdict.measured
    assert "512 layers: ReZero 100% at epoch 4 (4 to 4)" in verdict.measured


@pytest.mark.parametrize(
    ("never", "losses", "words"),
    [
        ([("ReZero", 512)], {}, "ReZero does not learn at every depth"),
        ([], {"skips_32": 0.0005}, "it does not leave lower losses than all"),
        ([("Fixup", 128)], {}, "beats the others at 32 layers, and has learnt in 0% (0% to 19%)"),
        ([], {"Fixup_32": 0.5}, "beats the others at 128 layers"),
    ],
)
def test_rezero_is_partly_right_where_one_claim_is_not_seen(never, losses, words):
    verdict = drawn("rezero-depth", trained(never, **losses))
    assert verdict.agrees == "partly"
    assert words in verdict.why


def test_rezero_is_wrong_where_nobody_learns_at_depth():
    nobody = [(kind, layers) for kind in bachlechner.KINDS for layers in (32, 128, 512)]
    assert drawn("rezero-depth", trained(nobody)).agrees == "no"


def test_every_kind_is_judged_at_its_better_rate():
    measured = trained()
    for m in measured:
        if m["rate"] == 0.001:
            m["losses"] = [100.0] * 8
    best = bachlechner.at_its_rate(measured, "plain", 8)
    assert {m["rate"] for m in best} == {0.003}
    assert len(best) == 2


def test_rezero_learns_where_plain_networks_of_the_same_depth_do_not():
    job = {"layers": 40, "rate": 0.01, "data": "digits", "samples": 200, "units": 16}
    job |= {"epochs": 8, "restarts": 3, "seed": 0}
    found = {kind: bachlechner.measure(kind, **job) for kind in ("plain", "ReZero")}
    assert max(found["ReZero"]["losses"]) < min(found["plain"]["losses"])
    assert None not in found["ReZero"]["learnt"]
    assert set(found["plain"]["learnt"]) == {None}
