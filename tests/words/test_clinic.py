"""What is said of one patient alone, and of a treatment."""

from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.words.clinic import card_in_words, compare_clinic, explain_clinic
from initviz.words.patients import PATIENTS, treat


def alone(number, treatment="none", epochs=60):
    experiment = treat(PATIENTS[number].experiment, treatment)
    return iv.train(replace(experiment, restarts=1, epochs=epochs))


def test_one_network_is_spoken_of_as_one():
    assert "After 60 epochs the network is well (a loss below 0.17, a" in explain_clinic(
        alone(8), 60
    )
    text = explain_clinic(alone(1, epochs=1), 1)
    assert text.startswith("After 1 epoch the network is not well (a loss below 0.17, a quarter of")
    assert "and the loss is 0.69." in text
    assert "and it overflows." in explain_clinic(alone(7), 60)


@pytest.mark.parametrize("treatment", ["none", "He weights"])
def test_a_treatment_is_named_where_there_was_one(treatment):
    text = explain_clinic(alone(7, treatment, 1), 1)
    assert text.startswith("Treated with: He weights. ") == (treatment != "none")
    how = "untreated" if treatment == "none" else "with He weights"
    pinned = compare_clinic(alone(7, epochs=1), alone(7, treatment, 1))
    assert pinned.startswith(f"Pinned: patient 7, {how}; its median loss ")


def test_how_many_overflow_is_counted():
    run = iv.train(replace(PATIENTS[7].experiment, restarts=3, epochs=10))
    assert explain_clinic(run, 0).startswith("Before training none of 3 networks is well (")
    for lost, words in (([1, 1, 1], "all overflow"), ([1, 1, 0], "2 overflow")):
        losses = np.where(lost, np.nan, np.ones_like(run.losses))
        assert f", and {words}." in explain_clinic(replace(run, losses=losses), 10)


def test_no_share_of_a_loss_beyond_all_numbers_is_named():
    X = np.random.default_rng(0).normal(size=(12, 2))
    huge = iv.Dataset("huge", X, X[:, 0] * 1e200, "regression")
    text = explain_clinic(iv.train(replace(PATIENTS[1].experiment, restarts=3), huge), 60)
    assert text.startswith("All 3 networks have overflowed: ")
    assert "below overflow" not in text
    assert "Symptoms before training: none" not in text


def test_a_card_is_told_in_words_and_none_is_its_diagnosis():
    told = {n: card_in_words(iv.train(patient.experiment)) for n, patient in PATIENTS.items()}
    assert all("After 60 epochs no network is well; " in told[n] for n in range(1, 8))
    assert told[1].count("zero") == 1
    assert "units of a layer are alike" in told[2]
    assert "median loss is above guessing. Before training the loss is far above" in told[4]
    assert "Before" not in told[6]
    assert "Now" in told[6]
    assert told[6].endswith("units of a layer are dead (no slope at any sample).")
    assert "median loss overflows. Before training the loss is far above guessing and" in told[7]
    assert told[8].startswith("After 60 epochs every network is well; ")
    for text in told.values():
        assert not any(word in text for word in ("weight", "step", "scale", "Glorot", "sigmoid"))


def test_a_card_before_training_tells_that_moment():
    eighth = replace(PATIENTS[8].experiment, epochs=1)
    assert card_in_words(iv.train(eighth), 0) == (
        "Before training no network is well; the median loss is at guessing. "
        "At this moment the gradient of a layer is zero."
    )
