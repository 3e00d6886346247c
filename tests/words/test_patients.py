"""The ward: admitted, treated, recognised."""

import json
from dataclasses import replace

import numpy as np
import pytest

import initviz as iv
from initviz.measure.standards import well
from initviz.measure.vitals import vitals_of
from initviz.words import questions
from initviz.words.patients import PATIENTS, TREATMENTS, VISITORS, admit, recognise, treat
from initviz.words.vitals import findings


def test_who_is_admitted_keeps_seed_epochs_and_restarts():
    usual = replace(PATIENTS[1].experiment, seed=5, epochs=7, restarts=2)
    patient = admit(usual, 4)
    assert patient == replace(PATIENTS[4].experiment, seed=5, epochs=7, restarts=2)
    assert recognise(patient) == (4, "none")


def test_a_treatment_changes_its_settings_and_no_others():
    for name, settings in TREATMENTS.items():
        treated = treat(PATIENTS[7].experiment, name)
        assert treated == replace(PATIENTS[7].experiment, **settings)
    assert recognise(treat(PATIENTS[7].experiment, "big steps")) == (7, "big steps")


def test_nobody_is_not_recognised_and_no_such_patient_or_treatment_is_refused():
    assert recognise(iv.Experiment()) == (None, "none")
    with pytest.raises(ValueError, match=r"^number=9: the patients are 1 to 8$"):
        admit(iv.Experiment(), 9)
    with pytest.raises(ValueError, match="did you mean 'tanh units'"):
        treat(iv.Experiment(), "tanh unit")


@pytest.mark.parametrize("number", PATIENTS)
def test_the_questions_of_notebook_09_open_on_the_patients_as_they_are(number):
    start = questions.page("09")["starts"][f"patient{number}"]
    assert iv.Experiment.from_json(json.dumps(start)) == PATIENTS[number].experiment


@pytest.mark.parametrize("number", VISITORS)
def test_a_visitor_is_as_ill_as_it_is_said_and_gets_well(number):
    visitor = VISITORS[number]
    before = iv.proportion_interval(well(visitor.run(32)))
    after = iv.proportion_interval(well(iv.train(replace(visitor.cured, restarts=32))))
    assert after.low > 0.85
    assert before == after if visitor.illness.startswith("none") else before.high < 0.15


@pytest.mark.parametrize("number", VISITORS)
def test_a_visitor_is_the_same_among_any_number_of_others(number):
    few, many = (VISITORS[number].run(n).network_at(0) for n in (2, 3))
    for one, other in zip(few.arrays, many.arrays, strict=True):
        np.testing.assert_array_equal(one, other[:2])


def test_what_visitors_have_is_what_their_rules_find():
    first = {n: findings(vitals_of(VISITORS[n].run()))[0].sign for n in (9, 10, 11)}
    assert first == {9: "norms", 10: "twins", 11: "loss"}
