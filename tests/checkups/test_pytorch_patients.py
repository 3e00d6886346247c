"""Check-ups: known patients and healthy models, held against their training."""

from math import log

import pytest
from checkups.torch_models import (
    CLASSES,
    HEALTHY,
    NEW_X,
    NEW_Y,
    SICK,
    F,
    X,
    Y,
    at,
    mended,
    nn,
    torch,
)

import initviz as iv

# nn.TransformerEncoder copies one layer for all, and they part.
HARMLESS = {"saturated", "twins"}


@pytest.mark.parametrize("name", SICK)
def test_the_first_finding_names_the_illness(name):
    make, sign, level, layer = SICK[name]
    first = iv.checkup(at(0, make), X, Y).findings[0]
    assert (first.sign, first.level) == (sign, level)
    assert layer in first.layers
    assert f"`{layer}`" in first.sentence or "layers (" in first.sentence


@pytest.mark.parametrize("name", SICK)
def test_an_illness_is_told_once_and_its_effects_are_not(name):
    report = iv.checkup(at(0, SICK[name][0]), X, Y)
    assert [finding.level != "fine" for finding in report.findings].count(True) == 1
    look = "No serious finding. 1 worth a look."
    assert report.verdict == ("1 serious finding." if report.serious else look)


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_model_has_no_serious_finding(name, seed):
    make, inputs, targets = HEALTHY[name]
    report = iv.checkup(at(seed, make), inputs, targets)
    assert not report.serious, report.findings
    assert {f.sign for f in report.findings if f.level == "worth a look"} <= HARMLESS, report


@pytest.mark.parametrize("name", SICK)
def test_a_mend_takes_its_finding_away_and_three_of_them_all_that_is_serious(name):
    model, first_round = at(0, SICK[name][0]), True
    for _ in range(3):
        report = iv.checkup(model, X, Y)
        if not report.serious and not first_round:
            break
        first, first_round = report.findings[0], False
        mended(first, model)
        assert (first.sign, first.mend) not in {
            (f.sign, f.mend) for f in iv.checkup(model, X, Y).findings
        }
    assert not iv.checkup(model, X, Y).serious


def trained(model, X, y, new_X=NEW_X, new_y=NEW_Y, *, steps=200, optimiser=None):
    """(loss, accuracy on new samples) after plain gradient descent."""
    model.train()
    optimiser = optimiser or torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(steps):
        loss = F.cross_entropy(model(X), y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    with torch.no_grad():
        return loss.item(), float((model(new_X).argmax(1) == new_y).float().mean())


@pytest.mark.parametrize("name", [name for name in SICK if SICK[name][2] == "serious"])
def test_the_seriously_ill_learn_clearly_worse_than_after_the_mend(name):
    """On new samples: weights that are too large may well learn the others by heart."""
    ill, well = at(0, SICK[name][0]), at(0, SICK[name][0])
    while (report := iv.checkup(well, X, Y)).serious:
        mended(report.findings[0], well)
    steps = 400 if name == "20 sigmoids" else 250
    before, after = (trained(model, X, Y, steps=steps)[1] for model in (ill, well))
    assert after > before + 0.1


@pytest.mark.parametrize("name", [name for name in HEALTHY if len(HEALTHY[name][2].shape) == 1])
def test_those_called_fine_learn(name):
    make, inputs, targets = HEALTHY[name]
    model = at(0, make)
    if name == "sigmoid and BCE":
        model = model[:-1].append(nn.Linear(1, 2))
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=0.01)
    steps = 60 if inputs is X else 40
    loss, _ = trained(model, inputs, targets, inputs, targets, steps=steps, optimiser=optimiser)
    assert loss < 0.75 * log(CLASSES)
