"""What is said of a sweep."""

import numpy as np
import pandas as pd

from initviz.measure.sweeps import MEASURES
from initviz.words.sweeps import explain_sweep


def table(restarts=4):
    """All learn at scale 1, none at scale 3; by their losses it is the other way round."""
    rows = [("tanh", 1.0, r) for r in range(restarts)] + [("tanh", 3.0, r) for r in range(restarts)]
    frame = pd.DataFrame(rows, columns=["activation", "scale", "restart"])
    frame = frame.assign(**dict.fromkeys(MEASURES, 0.0)).astype({"diverged": bool})
    frame["learnt"] = frame["scale"] == 1.0
    return frame.assign(loss=np.where(frame["learnt"], 0.5, 0.25))


def test_it_counts_who_has_learnt_and_names_the_best_of_every_row():
    text = explain_sweep(table(), "scale", "activation", "learnt")
    assert text.startswith(
        "Of 8 networks 50% have learnt well. The best scale for each activation, "
    )
    assert "tanh: 1 (100%, " in text
    assert text.endswith("; in its cell 100%). A cell of the map counts all restarts.")
    assert "tanh: 3 (0.25" in explain_sweep(table(), "scale", "activation", "loss")


def test_a_number_measured_anew_stands_beside_the_one_of_its_cell():
    """The best cell is chosen by the restarts 0 and 2, which learn; of 1 and 3 one does."""
    frame = table().query("scale == 1").assign(learnt=[True, False, True, True])
    frame = pd.concat([frame, frame.assign(scale=3.0, learnt=[False, True, False, False])])
    text = explain_sweep(frame, "scale", "activation", "learnt")
    assert "tanh: 1 (50%, " in text
    assert "in its cell 75%)" in text


def test_of_one_restart_there_is_no_half_to_choose_on():
    assert explain_sweep(table(1), "scale", "activation", "learnt") == (
        "Of 2 networks 50% have learnt well."
    )
    assert explain_sweep(table(1)[:1], "scale", "activation", "loss") == (
        "Of 1 network 100% have learnt well."
    )
