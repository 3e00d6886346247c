"""Yang, Hu et al. 2022 run again: measured on small jobs, and every verdict seen."""

import numpy as np
import pytest
from verdicts import drawn

import initviz as iv
from initviz.papers import yang_hu
from initviz.widgets.width import STARTS

FALLING, STILL = (-5, -7, -8, -8, -8), (-6, -6, -7, -6, -6)


def trained(rates=(FALLING, STILL), lowest=(0.03, 0.02), fall=0.3, mup_grows=(0, 0, 0)):
    """Of the standard way and of μP: log2 of each width's best rate, and the widest one's loss
    there, from which narrower ones are up by width ** -fall. mup_grows: powers of the width."""
    found = []
    for job in yang_hu.jobs(False):
        which, width = list(yang_hu.WAYS).index(job["way"]), job["width"]
        best = rates[which][yang_hu.WIDTHS.index(width)]
        away = np.abs(np.log2(yang_hu.RATES) - best)[:, np.newaxis]
        level = lowest[which] * (512 / width) ** (fall if which else 0.1)
        powers = np.array(mup_grows if which else (0, 0.5, 1))
        spread = np.linspace(0.99, 1.01, 16)
        found.append(
            {
                "way": job["way"],
                "width": width,
                "losses": (level * (1 + 0.1 * away) * spread).tolist(),
                "changes": (width**powers * spread[:, np.newaxis]).tolist(),
            }
        )
    return found


def test_yang_hu_is_right_where_mup_holds_the_rate_and_wins():
    verdict = drawn("yang-hu-transfer", trained())
    assert verdict.agrees == "yes"
    assert "with 32, 64, 128, 256, 512 units the best rates are 2⁻⁵, 2⁻⁷, 2⁻⁸" in verdict.measured
    # By least squares (-2 · -5 - -7 - 8 + 2 · -8) / 10.
    assert "as width to the power -0.70 (" in verdict.measured
    assert "0.50 (0.50 to 0.50) in layer 2, 1.00 (1.00 to 1.00) in the output" in verdict.measured
    # The first, 2⁻⁵, is three steps of 10 % away from the last.
    tuned, carried = "0.03 (0.03 to 0.03)", "0.039 (0.039 to 0.039)"
    assert f"512 units end at the loss {tuned} with the last of them, {carried}" in verdict.measured
    assert "in μP 512 units end lower than 32 at every rate" in verdict.why


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rates": (FALLING, FALLING)}, "falls in the usual way and falls in μP"),
        ({"rates": (STILL, STILL)}, "stays where it is in the usual way"),
        ({"fall": 0}, "in μP 512 units end lower than 32 at 0 of 8 rates only"),
        ({"mup_grows": (0, 0.5, 0)}, "stays put in layer 1, grows in layer 2, stays put in the"),
        ({"lowest": (0.03, 0.04)}, "its own best rate each, μP is behind the usual way: what"),
        ({"lowest": (0.03, 0.03)}, "μP is not surely ahead of the usual way"),
    ],
)
def test_yang_hu_is_partly_right_where_one_claim_is_not_seen(change, words):
    verdict = drawn("yang-hu-transfer", trained(**change))
    assert verdict.agrees == "partly"
    assert words in verdict.why


def test_yang_hu_is_wrong_where_mup_is_no_better_in_anything():
    nothing = trained((FALLING, FALLING), (0.03, 0.04), fall=-0.1, mup_grows=(0, 0.5, 1))
    assert drawn("yang-hu-transfer", nothing).agrees == "no"


def test_at_64_units_the_two_ways_are_the_same_and_beyond_they_are_not():
    def both(width):
        job = {"data": "digits", "samples": 128, "epochs": 1, "restarts": 3}
        return [yang_hu.measure(way, width, **job) for way in yang_hu.WAYS]

    one, other = both(64)
    assert np.shape(one["losses"]) == (len(yang_hu.RATES), 3)
    assert one["losses"] == other["losses"]
    assert one["changes"] == other["changes"]
    one, other = both(128)
    assert np.all(np.array(one["losses"]) != other["losses"])


def test_losses_are_those_of_trainings_of_their_own_from_the_starts_of_the_explorer():
    assert yang_hu.WAYS.items() <= STARTS.items()
    job = {"data": "digits", "samples": 128, "epochs": 1, "restarts": 3}
    digits, adam = iv.DATASETS["digits"], {"batch_size": 64, "optimizer": "adam"}
    for way, start in yang_hu.WAYS.items():
        given = {"learning_rate": 2**-8, "epochs": 1, "restarts": 3, "parametrization": way}
        e = iv.Experiment("digits", (32, 32), "relu", start, **adam, **given)
        alone = iv.train(e, digits.X[:128], digits.y[:128]).loss
        assert yang_hu.measure(way, 32, **job)["losses"][3] == alone.tolist()


def test_a_first_step_changes_the_answers_by_the_width_in_the_usual_way_alone():
    """At four times the width a step adds up four times the inputs."""
    job = {"data": "digits", "samples": 64, "epochs": 1, "restarts": 4}

    def output(way):
        found = [yang_hu.measure(way, n, **job)["changes"] for n in (64, 256)]
        narrow, wide = np.mean(found, axis=1)[:, -1]
        return wide / narrow

    assert 2.8 < output("standard") < 5
    assert 0.5 < output("mup") < 1.5
