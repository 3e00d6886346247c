"""Programs in PyTorch whose last activation, loss and targets do not fit one another."""

import torch
from clinic.cases import Batch, F, Sick
from clinic.classics import perceptron
from clinic.sick_starts import CLASSES, FEATURES, N, classes, numbers
from torch import nn


def ending(*last: nn.Module, outputs: int = CLASSES) -> nn.Sequential:
    return nn.Sequential(*perceptron(FEATURES, 64, 64, outputs), *last)


def several(*last: nn.Module, loss="cross_entropy", shift: int = 0) -> Batch:
    """Classes, and a model that ends in what is given."""
    X = numbers()
    return Batch(ending(*last), X, classes(X) + shift, loss)


def two(*last: nn.Module, loss, y=lambda yes: yes.float()[:, None]) -> Batch:
    """Yes or no. y: from booleans."""
    X = numbers()
    return Batch(ending(*last, outputs=1), X, y(X[:, 0] + X[:, 1] > 0), loss)


def amounts(*last: nn.Module, scale: float = 1.0, mean: float = 0.0, loss="mse_loss", rate=None):
    X = numbers()
    y = mean + scale * torch.tanh(X[:, :1] + X[:, 1:2])
    return Batch(ending(*last, outputs=1), X, y, loss, rate)


def shares() -> Batch:
    X = numbers()
    return Batch(ending(nn.Softmax(1)), X, F.one_hot(classes(X), CLASSES).float(), "mse_loss")


def flat_targets() -> Batch:
    """(N, 1) against (N,): every output with every target."""
    X = numbers()
    y = torch.tanh(X[:, 0] + X[:, 1])
    return Batch(ending(outputs=1), X, y, lambda output, y: ((output - y) ** 2).mean())


def flat_targets_of_torch() -> Batch:
    X = numbers()

    def loss(output, y):
        return nn.MSELoss()(output, y)

    return Batch(ending(outputs=1), X, torch.tanh(X[:, 0]), loss)


def rare() -> Batch:
    X = torch.randn(400, FEATURES)
    y = (X[:, 0] > X[:, 0].sort().values[-5]).float()[:, None]
    return Batch(ending(outputs=1), X, y, "binary_cross_entropy_with_logits")


def many_rare() -> Batch:
    """As of a detector: of a hundred labels, one is there."""
    X = numbers()
    y = torch.zeros(N, 100)
    y[torch.arange(N), classes(X)] = 1
    return Batch(ending(outputs=100), X, y, nn.BCEWithLogitsLoss())


def log_of_zero() -> Batch:
    """A cross-entropy of one's own, of probabilities that are exactly 0."""

    def loss(p, y):
        return -torch.log(p.gather(1, y[:, None])).mean()

    return several(nn.ReLU(), loss=loss)


def argmax() -> Batch:
    X = numbers()

    def loss(output, y):
        return (output.argmax(1).float() - y.float()).square().mean()

    return Batch(ending(), X, classes(X), loss)


class Clamp(nn.Module):
    def forward(self, x):
        return x.clamp(0, 1)


def signs(yes):
    return 2 * yes.float()[:, None] - 1


BCE, WITH_LOGITS = "binary_cross_entropy", "binary_cross_entropy_with_logits"
OUTPUT = "output"
PROGRAMS = (
    ("softmax of one unit", "softmax of one", OUTPUT, lambda: two(nn.Softmax(1), loss=BCE)),
    ("softmax, then cross-entropy", "twice", "output|twice", lambda: several(nn.Softmax(1))),
    ("sigmoid, then logits", "twice", "output|twice", lambda: two(nn.Sigmoid(), loss=WITH_LOGITS)),
    ("logits into BCE", "last activation", OUTPUT, lambda: two(loss=BCE)),
    ("logits into NLL", "last activation", OUTPUT, lambda: several(loss=F.nll_loss)),
    (
        "probabilities into NLL",
        "last activation",
        OUTPUT,
        lambda: several(nn.Softmax(1), loss=F.nll_loss),
    ),
    ("ReLU, then cross-entropy", "last activation", OUTPUT, lambda: several(nn.ReLU())),
    ("sigmoid, then cross-entropy", "last activation", OUTPUT, lambda: several(nn.Sigmoid())),
    ("tanh, then logits", "last activation", OUTPUT, lambda: two(nn.Tanh(), loss=WITH_LOGITS)),
    ("tanh into BCE", "last activation", OUTPUT, lambda: two(nn.Tanh(), loss=BCE)),
    ("ReLU, then logits", "last activation", OUTPUT, lambda: two(nn.ReLU(), loss=WITH_LOGITS)),
    ("clamped, then BCE", "last activation", "output|gradient", lambda: two(Clamp(), loss=BCE)),
    ("softmax, then squares", "last activation", OUTPUT, shares),
    (
        "sigmoid, for thousands",
        "targets out of reach",
        "output|targets",
        lambda: amounts(nn.Sigmoid(), scale=800, mean=2000),
    ),
    (
        "ReLU, for negative targets",
        "targets out of reach",
        OUTPUT,
        lambda: amounts(nn.ReLU(), mean=-1.5),
    ),
    (
        "tanh, up to 20",
        "targets out of reach",
        "output|targets",
        lambda: amounts(nn.Tanh(), scale=20),
    ),
    ("prices as they are", "targets", "targets", lambda: amounts(scale=1e5, mean=3e5)),
    ("degrees Kelvin", "targets", "targets", lambda: amounts(scale=5, mean=290)),
    ("-1 and +1 into logits", "labels", "labels", lambda: two(loss=WITH_LOGITS, y=signs)),
    ("-1 and +1 into BCE", "labels", "labels", lambda: two(nn.Sigmoid(), loss=BCE, y=signs)),
    ("classes from 1", "labels", "output", lambda: several(shift=1)),
    (
        "the sum of squares",
        "sum for mean",
        "summed",
        lambda: amounts(loss=nn.MSELoss(reduction="sum")),
    ),
    (
        "the sum of BCE",
        "sum for mean",
        "summed",
        lambda: two(loss=nn.BCEWithLogitsLoss(reduction="sum")),
    ),
    (
        "the sum of cross-entropy",
        "sum for mean",
        "summed",
        lambda: several(loss=nn.CrossEntropyLoss(reduction="sum")),
    ),
    ("(N, 1) against (N,)", "shapes", "shapes", flat_targets),
    ("(N, 1) against (N,), MSELoss", "shapes", "shapes", flat_targets_of_torch),
    ("one in a hundred", "priors", "priors", rare),
    ("a hundred rare labels", "priors", "priors", many_rare),
    ("log of 0", "not finite", "not finite|output", log_of_zero),
    ("argmax in the loss", "no gradient", "detached", argmax),
    (
        "rate of 1 for squares",
        "learning rate",
        "update|targets",
        lambda: amounts(scale=20, mean=50, rate=1.0),
    ),
)
SOURCES = {
    "softmax of one": "DeepDiagnosis: StackOverflow",
    "twice": "PyTorch's forum",
    "last activation": "UMLAUT A3; DeepDiagnosis",
    "targets out of reach": "DeepDiagnosis: StackOverflow",
    "targets": "UMLAUT; StackOverflow",
    "sum for mean": "PyTorch's forum",
    "shapes": "PyTorch's forum",
}
SICK = [
    Sick(name, kind, frozenset(causes.split("|")), SOURCES.get(kind, "PyTorch's forum"), make)
    for name, kind, causes, make in PROGRAMS
]
