"""Where a model meets its loss and its targets, in PyTorch; and what comes of it in training."""

from functools import partial
from math import log

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
    he,
    mended,
    mlp,
    nn,
    torch,
)

import initviz as iv

YES = (X[:, :1] > X[:, 1:2]).float()
SHARES = F.one_hot(Y, CLASSES).float()
AMOUNTS = (X[:, :1] + X[:, 1:2]).detach()

LOSSES = {
    "cross_entropy": (F.cross_entropy, CLASSES, Y, "logits", True),
    "CrossEntropyLoss": (nn.CrossEntropyLoss(), CLASSES, Y, "logits", True),
    "with smoothing": (nn.CrossEntropyLoss(label_smoothing=0.1), CLASSES, Y, "logits", True),
    "with weights": (nn.CrossEntropyLoss(torch.rand(CLASSES)), CLASSES, Y, "logits", True),
    "its sum": (nn.CrossEntropyLoss(reduction="sum"), CLASSES, Y, "logits", True),
    "of shares": (F.cross_entropy, CLASSES, SHARES, "logits", True),
    "own": (lambda z, y: -z.log_softmax(1)[range(len(y)), y].mean(), CLASSES, Y, "logits", True),
    "yes or no": (nn.BCEWithLogitsLoss(), 1, YES, "logits", False),
    "its sum, yes or no": (nn.BCEWithLogitsLoss(reduction="sum"), 1, YES, "logits", False),
    "of probabilities": (
        lambda p, y: F.binary_cross_entropy(p.sigmoid(), y),
        1,
        YES,
        "logits",
        False,
    ),
    "nll": (partial(F.nll_loss, reduction="mean"), CLASSES, Y, "log-probabilities", True),
    "squares": (F.mse_loss, 1, AMOUNTS, "numbers", False),
    "distances": (nn.L1Loss(), 1, AMOUNTS, "numbers", False),
    "Huber's": (lambda z, y: F.huber_loss(z, y, delta=0.5), 1, AMOUNTS, "numbers", False),
    "a hinge": (lambda z, y: F.relu(1 - (2 * y - 1) * z).mean(), 1, YES, "", False),
}


@pytest.mark.parametrize("name", LOSSES)
def test_what_a_loss_takes_is_found_by_asking(name):
    loss, outputs, y, takes, several = LOSSES[name]
    head = iv.checkup(at(0, lambda: mlp(outputs=outputs)), X, y, loss, mend=False).examination.head
    assert (head.takes, head.several) == (takes, several)
    assert head.summed == ("sum" in name)
    assert head.units == outputs


def test_a_loss_of_probabilities_is_known_too():
    model = nn.Sequential(mlp(outputs=1), nn.Sigmoid())
    head = iv.checkup(model, X, YES, nn.BCELoss()).examination.head
    assert (head.takes, head.several, head.bent) == ("probabilities", False, "sigmoid")


def softmax_of_one(x):
    return torch.softmax(x, 1)


WITH_LOGITS = F.binary_cross_entropy_with_logits

# (the model's end, its loss, its outputs, y, the level, a part of the sentence)
SICK = {
    "softmax twice": (
        nn.Softmax(1),
        F.cross_entropy,
        CLASSES,
        Y,
        "worth a look",
        "ends in a softmax",
    ),
    "sigmoids as logits": (
        nn.Sigmoid(),
        F.cross_entropy,
        CLASSES,
        Y,
        "worth a look",
        "cannot fall",
    ),
    "tanh as logits": (
        nn.Tanh(),
        F.cross_entropy,
        CLASSES,
        Y,
        "worth a look",
        "cannot fall below 0.34",
    ),
    "ReLU as logits": (nn.ReLU(), F.cross_entropy, CLASSES, Y, "worth a look", "cut off"),
    "sigmoid twice": (nn.Sigmoid(), WITH_LOGITS, 1, YES, "worth a look", "ends in a sigmoid"),
    "never no": (nn.ReLU(), WITH_LOGITS, 1, YES, "serious", "ends in a relu"),
    "softmax of one": (nn.Softmax(1), F.mse_loss, 1, YES, "serious", "which is 1 whatever goes in"),
    "no logarithm": (nn.Softmax(1), F.nll_loss, CLASSES, Y, "serious", "logarithms"),
    "nothing at the end": (nn.Identity(), F.nll_loss, CLASSES, Y, "serious", "no activation"),
    "softmax, squared": (nn.Softmax(1), F.mse_loss, CLASSES, SHARES, "worth a look", "squares"),
    "out of reach": (nn.Sigmoid(), F.mse_loss, 1, 4 + AMOUNTS, "serious", "lie outside"),
    "half out of reach": (nn.ReLU(), F.mse_loss, 1, AMOUNTS, "serious", "% of the targets"),
    "some out of reach": (nn.Tanh(), F.mse_loss, 1, 0.4 * AMOUNTS, "worth a look", "lie outside"),
}


def sick(name):
    end, loss, outputs, y, *_ = SICK[name]
    return at(0, lambda: nn.Sequential(*mlp(outputs=outputs, draw=he), end)), y, loss


@pytest.mark.parametrize("name", SICK)
def test_an_end_that_does_not_fit_is_the_first_finding(name):
    model, y, loss = sick(name)
    *_, level, part = SICK[name]
    first = iv.checkup(model, X, y, loss).findings[0]
    assert (first.sign, first.level) == ("output", level)
    assert part in first.sentence


def share_learnt(model, y, loss):
    """After 60 steps: of the classes those that are right, of amounts their variance
    explained, of yes and no the pairs in right order."""
    adam = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(60):
        adam.zero_grad()
        loss(model(X), y).backward()
        adam.step()
    output = model(X).detach()
    if output.shape[1] > 1:
        return float((output.argmax(1) == (y if y.dim() == 1 else y.argmax(1))).float().mean())
    if y is YES:
        return float((output[y == 1][:, None] > output[y == 0]).float().mean())
    return 1 - float(F.mse_loss(output, y) / y.var())


@pytest.mark.parametrize("name", SICK)
def test_after_the_mend_it_learns_no_worse(name):
    model, y, loss = sick(name)
    first = iv.checkup(model, X, y, loss).findings[0]
    if first.mend:
        before = share_learnt(sick(name)[0], y, loss)
        model, _, y, other = mended(first, model, X, y)
        assert share_learnt(model, y, other or loss) > before - 0.02
    else:  # a function that nothing can be put in the place of, and a loss that takes no other
        assert name == "no logarithm"


def test_minus_ones_are_no_answer_to_yes_or_no():
    model = mlp(outputs=1)
    first = iv.checkup(model, X, 2 * YES - 1, WITH_LOGITS).findings[0]
    assert (first.sign, first.level) == ("labels", "serious")
    _, _, y, _ = mended(first, model, X, 2 * YES - 1)
    assert torch.equal(y, YES)


def test_classes_that_do_not_sum_to_1_may_be_several_yes_and_no():
    both = (X[:, :CLASSES] > 0).float()
    found = iv.checkup(mlp(), X, both, F.cross_entropy).findings
    assert [f.sign for f in found if f.sign == "labels"] == ["labels"]
    assert not iv.checkup(mlp(), X, both, WITH_LOGITS).findings


@pytest.mark.parametrize("y", [Y + 1, Y - 1])
def test_classes_that_are_none_are_named(y):
    with pytest.raises(ValueError, match=rf"^y=.*from 0 to {CLASSES - 1}, as the model has"):
        iv.checkup(mlp(), X, y, F.cross_entropy)


@pytest.mark.parametrize("loss", [nn.MSELoss(reduction="sum"), lambda z, y: ((z - y) ** 2).sum()])
def test_a_sum_is_told_from_a_mean(loss):
    model = at(0, lambda: mlp(outputs=1, draw=he))
    found = {f.sign: f for f in iv.checkup(model, X, AMOUNTS, loss).findings}
    assert f"the gradient is {SAMPLES} times" in found["summed"].sentence
    if isinstance(loss, nn.Module):
        scope = {"loss": loss}
        exec(found["summed"].mend, scope)
        assert scope["loss"](model(X), AMOUNTS) == F.mse_loss(model(X), AMOUNTS)
        assert loss.reduction == "sum"  # the user's own is left as it was


@pytest.mark.parametrize("loss", ["mse_loss", nn.MSELoss(), lambda z, y: ((z - y) ** 2).mean()])
def test_each_with_each_is_seen_and_mended(loss):
    model, y = at(0, lambda: mlp(outputs=1, draw=he)), AMOUNTS[:, 0]
    first = iv.checkup(model, X, y, loss).findings[0]
    assert (first.sign, first.level) == ("shapes", "serious")
    _, _, better, _ = mended(first, model, X, y)
    assert better.shape == AMOUNTS.shape
    assert not iv.checkup(model, X, better, loss).findings


def test_a_loss_that_brings_the_shapes_together_itself_is_left_alone():
    model, y = at(0, lambda: mlp(outputs=1, draw=he)), AMOUNTS[:, 0]
    assert not iv.checkup(model, X, y).findings  # where we choose the loss, we match them
    assert not iv.checkup(model, X, y, lambda z, y: F.mse_loss(z.squeeze(1), y)).findings


def test_norms_that_are_drawn_like_other_layers_are_told_and_mended():
    model = at(0, lambda: nn.Sequential(nn.LayerNorm(FEATURES), mlp(draw=he)))
    nn.init.normal_(model[0].weight, std=0.02)
    found = {f.sign: f for f in iv.checkup(model, X, Y).findings}
    assert found["norms"].layers == ("0",)
    mended(found["norms"], model)
    assert not iv.checkup(model, X, Y).findings


def batch_normed(depth):
    layers = [nn.Linear(FEATURES, 64)]
    for _ in range(depth):
        layers += [nn.BatchNorm1d(64), nn.ReLU(), nn.Linear(64, 64)]
    return nn.Sequential(*layers[:-1], nn.Linear(64, CLASSES))


def test_norms_that_make_the_signal_fade_are_to_blame_for_it_and_no_other_layer_is():
    model = at(0, lambda: batch_normed(12))
    for name, values in model.named_parameters():
        if "weight" in name:
            nn.init.normal_(values, std=0.02)
    (one,) = iv.checkup(model, X, Y).findings
    assert (one.sign, one.level) == ("norms", "serious")
    assert "The signal fades to" in one.sentence
    assert all((norm.weight == 1).all() for norm in mended(one, model)[0][1::3])
    assert not iv.checkup(model, X, Y).serious


@pytest.mark.parametrize(("depth", "told"), [(8, 0), (30, 1), (60, 1)])
def test_a_gradient_that_explodes_between_norms_is_told(depth, told):
    found = iv.checkup(at(0, lambda: batch_normed(depth)), X, Y).findings
    assert [(each.sign, each.level) for each in found] == [("gradient", "worth a look")] * told
    assert all("skips around" in each.sentence and not each.mend for each in found)


def test_rare_classes_need_samples_to_be_told():
    """Of 8 random labels among 1,000 classes nothing can be known."""
    model = at(0, lambda: mlp(outputs=1000, draw=he))
    assert "priors" not in {f.sign for f in iv.checkup(model, X[:8], Y[:8] * 200).findings}


def test_the_least_that_bent_logits_can_reach_is_told_truly():
    """ln(1 + (K - 1) exp(-2)) for tanh: all logits of the wrong classes -1, that of the right 1."""
    right = 2 * SHARES - 1
    assert float(F.cross_entropy(right, Y)) == pytest.approx(log(1 + (CLASSES - 1) * np.exp(-2)))


@pytest.mark.parametrize("outputs", [2, 4])
@pytest.mark.parametrize("loss", [nn.NLLLoss(), F.nll_loss, "nll_loss"])
def test_a_log_softmax_and_its_loss_are_healthy(loss, outputs):
    model = at(0, lambda: nn.Sequential(*mlp(outputs=outputs, draw=he), nn.LogSoftmax(1)))
    report = iv.checkup(model, X, Y % outputs, loss)
    assert report.examination.chance == pytest.approx(log(outputs))
    assert not report.findings


def test_shapes_do_not_depend_on_how_large_the_targets_are():
    report = iv.checkup(mlp(outputs=1), X, 1e5 * AMOUNTS[:, 0], nn.MSELoss())
    assert {"shapes", "targets"} <= {f.sign for f in report.findings}


def test_hidden_layers_that_are_all_zero_are_serious_whatever_the_biases():
    model = at(0, mlp)
    for layer in model[::2]:
        nn.init.zeros_(layer.weight)
    first = iv.checkup(model, X, Y).findings[0]
    assert (first.sign, first.level) == ("zeros", "serious")
    mended(first, model)
    assert not iv.checkup(model, X, Y).serious
