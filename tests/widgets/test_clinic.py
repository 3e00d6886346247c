"""The clinic: patients who are ill, cures that work, and words that do not give it away."""

import html
import json
import re
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hands import put
from matplotlib.figure import Figure
from matplotlib.text import Text

import initviz as iv
from initviz.measure.standards import well
from initviz.measure.vitals import vitals_of
from initviz.plots import picture
from initviz.plots.fast import Label
from initviz.plots.vitals import ClinicScene, card, healed
from initviz.words.clinic import compare_clinic, explain_clinic
from initviz.words.numbers import short
from initviz.words.patients import PATIENTS, TREATMENTS, admit, recognise, treat, ward
from initviz.words.vitals import findings

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "09_clinic.ipynb"
SECRETS = re.compile(
    r"\b(Glorot|Xavier|He|Kaiming|LeCun|PyTorch|normal|constant|scheme|(?<!log )scale)\b"
)


@cache
def trained(number, treatment="none", restarts=6):
    return iv.train(treat(replace(PATIENTS[number].experiment, restarts=restarts), treatment))


# The patients


@pytest.mark.parametrize("number", PATIENTS)
def test_a_patient_is_ill_and_its_cure_works(number):
    before = iv.proportion_interval(well(trained(number, restarts=32)))
    after = iv.proportion_interval(well(trained(number, PATIENTS[number].cure, restarts=32)))
    assert after.low > 0.75
    assert before == after if PATIENTS[number].cure == "none" else before.high < 0.2


def test_one_patient_is_healthy_and_looks_ill():
    healthy = [number for number, patient in PATIENTS.items() if patient.cure == "none"]
    assert healthy == [8]
    start = vitals_of(trained(8))
    assert (start.values["gradient"][:-1] == 0).all()
    assert (start.values["symmetry"] == 1).all()


def test_well_is_below_a_quarter_of_guessing():
    run = trained(1)
    losses = np.full_like(run.losses, np.nan)
    losses[-1] = np.log(2) * np.array([0.1, 0.24, 0.26, 1, np.inf, np.nan])
    assert well(replace(run, losses=losses)).tolist() == [True, True, False, False, False, False]


def test_every_patient_lies_in_the_same_ward():
    """What ``admit`` does not change is the same for all, so that nothing gets lost."""
    for number, patient in PATIENTS.items():
        assert admit(ward(), number) == patient.experiment


@pytest.mark.parametrize("number", PATIENTS)
@pytest.mark.parametrize("treatment", TREATMENTS)
def test_patient_and_treatment_are_recognised_again(number, treatment):
    experiment = replace(treat(PATIENTS[number].experiment, treatment), seed=7, restarts=3)
    changes = treat(PATIENTS[number].experiment, treatment) != PATIENTS[number].experiment
    assert recognise(experiment) == (number, treatment if changes else "none")


def test_strangers_are_not_recognised():
    assert recognise(iv.Experiment()) == (None, "none")
    with pytest.raises(ValueError, match="number=9"):
        admit(ward(), 9)
    with pytest.raises(ValueError, match="treatment='prayer'"):
        treat(ward(), "prayer")


# The words


@pytest.mark.parametrize("number", PATIENTS)
def test_before_a_treatment_the_words_do_not_give_it_away(number):
    run = trained(number)
    for text in (explain_clinic(run, epoch) for epoch in (0, 5, 60)):
        assert not SECRETS.search(text), text
        assert "Treated" not in text
        assert PATIENTS[number].illness not in text


@pytest.mark.parametrize("number", [3, 7])
def test_before_a_treatment_the_picture_does_not_give_it_away(number):
    figure = picture(ClinicScene, trained(number))
    said = [t.get_text() for t in figure.findobj(Text)] + [t.text for t in figure.findobj(Label)]
    assert not [text for text in said if SECRETS.search(text)]


def counted(healthy):
    usual = f"{healthy.sum()} of 6 networks are"
    return {0: "none of 6 networks is", 1: "1 of 6 networks is", 6: "all 6 networks are"}.get(
        healthy.sum(), usual
    )


@pytest.mark.parametrize("number", PATIENTS)
def test_the_words_count_who_is_well(number):
    for treatment in ("none", PATIENTS[number].cure, "big steps"):
        run = trained(number, treatment)
        assert f"After 60 epochs {counted(well(run))} well" in explain_clinic(run, 60)
        if treatment != "none":
            assert explain_clinic(run, 60).startswith(f"Treated with: {treatment}.")
        assert f"After 5 epochs {counted(well(run, 5))} well" in explain_clinic(run, 5)


def test_the_symptoms_are_the_findings_of_the_start():
    run = trained(3)
    symptoms = [f.sentence for f in findings(vitals_of(run)) if f.sign not in ("weights", "zeros")]
    assert all(sentence in explain_clinic(run, 60) for sentence in symptoms[:2])


def test_what_is_new_is_told_with_its_epoch():
    text = explain_clinic(trained(6), 60)
    assert "New at epoch 60: " in text
    assert "100% of the units are dead" in text.partition("New at epoch")[2]
    assert "dead" not in explain_clinic(trained(6), 0)


def test_that_the_gradient_fades_once_the_patient_is_well_is_no_new_symptom():
    run = trained(4, "He weights")
    assert "update" in {finding.sign for finding in findings(vitals_of(run, 60))}
    assert "New at" not in explain_clinic(run, 60)


def test_of_networks_that_overflow_it_says_so():
    text = explain_clinic(trained(7), 60)
    assert "and 5 overflow." in text  # and in one all units of a layer are dead
    assert "New at" not in text


def test_the_pinned_patient_is_named_by_its_number():
    text = compare_clinic(trained(3, "He weights"), trained(3))
    medians = (np.median(run.losses[-1]) for run in (trained(3), trained(3, "He weights")))
    then, now = map(short, medians)
    assert text == f"Pinned: patient 3, untreated; its median loss {then}, here {now}."
    other = compare_clinic(trained(3), trained(1, "He weights"))
    assert other.startswith("Pinned: patient 1, with He weights. It learnt other data")


def test_both_sentences_tell_the_same_median_where_one_network_overflowed():
    run = trained(6, "4 × Glorot weights")
    assert 0 < run.diverged.sum() < 3
    told = explain_clinic(run, 60).partition("the median loss is ")[2].split()[0]
    assert compare_clinic(run, trained(6)).endswith(f"here {told}")
    assert "100% of the units are dead" in explain_clinic(run, 60).partition("New at")[2]


# The explorer


@pytest.fixture
def clinic(no_rest):
    return iv.explore_clinic()


def test_the_menus_are_patient_and_treatment_and_name_no_illness():
    controls = (*iv.explore_clinic.lead, *iv.explore_clinic.others)
    assert [control.name for control in controls] == ["patient", "treatment"]
    assert [label for label, _ in controls[0].options()] == [f"patient {n}" for n in PATIENTS]


def test_another_patient_is_treated_like_the_one_before(clinic):
    put(clinic, "patient", 4)
    put(clinic, "treatment", "He weights")
    assert clinic.experiment == treat(PATIENTS[4].experiment, "He weights")
    put(clinic, "patient", 3)
    assert clinic.experiment == treat(PATIENTS[3].experiment, "He weights")
    put(clinic, "treatment", "none")
    assert clinic.experiment == PATIENTS[3].experiment
    words = html.unescape(re.sub(r"<[^>]+>", " ", clinic.words.value))
    assert explain_clinic(clinic.run, 60) in words


def test_it_opens_on_any_patient_treated_or_not():
    start = replace(treat(PATIENTS[5].experiment, "tanh units"), seed=3)
    clinic = iv.explore_clinic(start)
    assert clinic.experiment == start
    assert clinic.controls.widgets["patient"].value == 5
    assert clinic.controls.widgets["treatment"].value == "tanh units"
    with pytest.raises(ValueError, match="setting='scale'"):
        iv.explore_clinic(scale=7.0)


# Still pictures


@pytest.mark.parametrize("number", [2, 7])
def test_no_two_texts_of_the_picture_overlap(number):
    figure = picture(ClinicScene, trained(number))
    renderer = figure.canvas.get_renderer()
    still = [(t.get_text(), t) for t in figure.findobj(Text) if t.get_visible()]
    moving = [(label.text, label) for label in figure.findobj(Label)]
    boxes = [(text, t.get_window_extent(renderer)) for text, t in still + moving if text.strip()]
    for (one, box), (other, other_box) in combinations(boxes, 2):
        width = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
        height = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
        assert min(width, height) < 2, f"{one!r} runs into {other!r}"


@pytest.mark.parametrize("number", PATIENTS)
def test_every_patient_has_a_card(number):
    assert card(trained(number)).mode == "P"


def test_a_card_is_small_and_sharp():
    image = card(trained(2))
    assert image.size == (1688, 822)
    assert image.mode == "P"
    assert len(image._repr_png_()) < 100_000
    assert not np.array_equal(np.asarray(image), np.asarray(card(trained(2), epoch=0)))


def test_what_overflows_is_named_and_has_no_dot():
    axes = Figure().add_subplot()
    before = {3: iv.Interval(0.6, 0.7, 0.8), 7: iv.Interval(np.inf, np.inf, np.inf)}
    after = {3: iv.Interval(0.01, 0.02, 0.03), 7: iv.Interval(0.02, 0.03, 0.04)}
    healed(axes, before, after)
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert sorted(float(line.get_xdata()[0]) for line in dots) == [0.02, 0.03, 0.7]
    assert [text.get_text() for text in axes.texts].count("overflow") == 1


# The notebook


def test_the_notebook_quotes_every_complaint():
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    text = " ".join(" ".join("".join(cell["source"]).split()) for cell in cells)
    for patient in PATIENTS.values():
        assert patient.complaint in text
