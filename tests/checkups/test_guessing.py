"""What knowing nothing gives: the best constant by brute force, and chance."""

from math import isnan, log

import numpy as np
import pytest
from checkups.torch_models import (
    CLASSES,
    FEATURES,
    SAMPLES,
    F,
    X,
    Y,
    at,
    glorot,
    he,
    mended,
    mlp,
    nn,
    torch,
)

import initviz as iv

RARE = (torch.arange(SAMPLES) % 64 == 0).long()  # two of 128
BITS = torch.stack([RARE, Y % 2], dim=1).float()
SHARES = torch.softmax(3 * X[:, :CLASSES], dim=1)
SEQUENCE = torch.stack([Y, RARE, Y, Y, RARE], dim=1)  # (samples, 5)


class Constant(nn.Module):
    """The same output for every input."""

    def __init__(self, shape, last=None):
        super().__init__()
        self.output, self.last = nn.Parameter(torch.zeros(shape)), last or nn.Identity()

    def forward(self, x):
        return self.last(self.output.expand(len(x), *self.output.shape))


def least(model, y, loss):
    """The lowest loss that a constant can have, found by following its gradient."""
    optimiser = torch.optim.LBFGS(model.parameters(), max_iter=500, line_search_fn="strong_wolfe")

    def step():
        optimiser.zero_grad()
        value = loss(model(X), y)
        value.backward()
        return value

    optimiser.step(step)
    return loss(model(X), y).item()


CE, BCE, MSE = F.cross_entropy, F.binary_cross_entropy_with_logits, F.mse_loss
CASES = {  # the shape of an output, what is last, y, the loss, and the loss of chance
    "classes": ((CLASSES,), None, Y, CE, log(CLASSES)),
    "a rare class": ((2,), None, RARE, CE, log(2)),
    "a class that never comes": ((CLASSES + 3,), None, Y, CE, log(CLASSES + 3)),
    "shares of classes": ((CLASSES,), None, SHARES, CE, log(CLASSES)),
    "without the rare": ((2,), None, RARE, nn.CrossEntropyLoss(ignore_index=1), log(2)),
    "padded": ((CLASSES,), None, Y.where(Y > 0, -100), CE, log(CLASSES)),
    "yes or no": ((1,), None, RARE[:, None].float(), BCE, log(2)),
    "several yes or no": ((2,), None, BITS, nn.BCEWithLogitsLoss(), log(2)),
    "a sigmoid": ((2,), nn.Sigmoid(), BITS, F.binary_cross_entropy, log(2)),
    "squares": ((3,), None, X[:, :3] * torch.tensor([1, 5, 0.1]), MSE, None),
    "squares of places": ((3, 2), None, X[:, :6].reshape(-1, 3, 2), nn.MSELoss(), None),
    "squares behind a sigmoid": ((2,), nn.Sigmoid(), BITS, MSE, 0.25),
}


@pytest.mark.parametrize("name", CASES)
def test_guessing_is_the_best_constant_and_chance_has_equal_probabilities(name):
    shape, last, y, loss, chance = CASES[name]
    report = iv.checkup(Constant(shape, last), X, y, loss)
    best = least(Constant(shape, last), y, loss)
    assert report.guessing == pytest.approx(best, rel=1e-3, abs=1e-5)
    chance = report.guessing if chance is None else chance
    assert report.examination.chance == pytest.approx(chance)
    assert report.guessing <= 1.0001 * report.examination.chance


@pytest.mark.parametrize("last", [True, False])
def test_classes_of_places_are_guessed_alike_at_all_of_them(last):
    class Places(Constant):
        def forward(self, x):
            z = super().forward(x)[:, None].expand(-1, 5, -1)
            return z if last else z.movedim(-1, 1)

    report = iv.checkup(Places((CLASSES,)), X, SEQUENCE)
    expected = least(Constant((CLASSES,)), SEQUENCE, lambda z, y: CE(z.repeat(5, 1), y.T.flatten()))
    assert report.guessing == pytest.approx(expected, rel=1e-4)
    assert report.examination.chance == pytest.approx(log(CLASSES))


def mse_loss(output, y):
    """Of PyTorch's name, and another one."""
    return 7 * F.mse_loss(output, y)


UNKNOWN = {
    "weights of classes": (2, RARE, nn.CrossEntropyLoss(weight=torch.tensor([1.0, 64])), log(2)),
    "label smoothing": (2, RARE, nn.CrossEntropyLoss(label_smoothing=0.1), log(2)),
    "a sum": (2, RARE, nn.CrossEntropyLoss(reduction="sum"), SAMPLES * log(2)),
    "nobody's shares": (CLASSES, 2 * SHARES, nn.CrossEntropyLoss(), 2 * log(CLASSES)),
    "weights of the rare": (
        1,
        RARE[:, None].float(),
        nn.BCEWithLogitsLoss(pos_weight=torch.tensor([64.0])),
        (63 * 2 / 128 + 1) * log(2),
    ),
    "another of that name": (1, X[:, :1], mse_loss, None),
    "a function": (1, X[:, :1], lambda output, y: (output - y).abs().mean(), None),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_is_no_plain_loss_has_no_guessing_and_keeps_its_chance(name):
    outputs, y, loss, chance = UNKNOWN[name]
    report = iv.checkup(mlp(outputs=outputs, draw=he), X, y, loss)
    assert isnan(report.guessing)
    if chance is None:
        assert isnan(report.examination.chance)
    else:
        assert report.examination.chance == pytest.approx(chance, rel=1e-4)
    assert not report.serious, report
    assert "guessing" not in report.summary


@pytest.mark.parametrize("outputs", [1, 2])
@pytest.mark.parametrize("bend", [nn.ReLU, nn.Tanh])
def test_a_healthy_start_is_fine_however_rare_a_class_is(outputs, bend):
    """Its first loss is many times that of guessing, since it cannot know the shares."""
    model = at(0, lambda: mlp(bend, draw=he if bend is nn.ReLU else glorot, outputs=outputs))
    model[-1].weight.data *= 0.3
    report = iv.checkup(model, X, RARE)
    assert report.loss > 6 * report.guessing
    assert report.loss == pytest.approx(log(2), rel=0.3)
    (found,) = report.findings
    assert (found.sign, found.level) == ("priors", "worth a look")
    mended(found, model)
    report = iv.checkup(model, X, RARE)
    assert report.loss < 1.5 * report.guessing
    assert not report.findings, report
    model[-1].weight.data *= 300
    assert iv.checkup(model, X, RARE).serious  # sure of what it cannot know


def test_a_healthy_network_of_ours_is_fine_however_rare_a_class_is():
    x, y = X.double().numpy(), RARE.numpy()
    network = iv.init_network((FEATURES, 32, 32, 1), "tanh", "glorot_normal", restarts=9)
    report = iv.checkup(network, x, y)
    shares = np.bincount(y) / SAMPLES
    assert report.guessing == pytest.approx(-(shares * np.log(shares)).sum())
    assert report.loss > 6 * report.guessing
    assert not report.findings, report
