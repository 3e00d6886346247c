"""Check-ups: known patients, held against PyTorch's own numbers and against their training."""

import copy
import dataclasses
import random
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from math import inf, isnan, log, nan, sqrt

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

import initviz as iv
from initviz.checkups import Report
from initviz.checkups.arrays import moments, note_saturated, on_lines
from initviz.checkups.command import main
from initviz.checkups.layer import GRID, Answers, distinct_points, flat_ends, is_rectifier
from initviz.measure.examination import Layer, size_of_inputs
from initviz.words.finding import LEVELS
from initviz.words.rules import EXPLAINS, RULES, SIGNS, findings

torch = pytest.importorskip("torch")
nn, F = torch.nn, torch.nn.functional
torch.set_num_threads(1)

SAMPLES, FEATURES, CLASSES = 128, 20, 4


def _problem():
    """Four classes that a narrow network can learn, and new samples of them."""
    rng = torch.Generator().manual_seed(1)
    X = torch.randn(2 * SAMPLES, FEATURES, generator=rng)
    y = torch.argmax(torch.tanh(X @ torch.randn(FEATURES, CLASSES, generator=rng)), dim=1)
    return X[:SAMPLES], y[:SAMPLES], X[SAMPLES:], y[SAMPLES:]


X, Y, NEW_X, NEW_Y = _problem()
IMAGES = torch.randn(12, 3, 16, 16, generator=torch.Generator().manual_seed(2))
WORDS = torch.randint(0, 50, (12, 8), generator=torch.Generator().manual_seed(3))
LABELS = torch.arange(12) % CLASSES


# The models.


def mlp(bend=nn.ReLU, depth=3, draw=None, width=32, outputs=CLASSES):
    layers, fan = [], FEATURES
    for _ in range(depth):
        layers += [nn.Linear(fan, width), bend()]
        fan = width
    model = nn.Sequential(*layers, nn.Linear(fan, outputs))
    for layer in model[::2] if draw else ():
        draw(layer.weight)
        nn.init.zeros_(layer.bias)
    return model


def with_layer(model, n, draw):
    draw(model[n].weight)
    nn.init.zeros_(model[n].bias)
    return model


def biased(model, value):
    for layer in model[::2]:
        nn.init.constant_(layer.bias, value)
    return model


he = nn.init.kaiming_normal_
glorot = nn.init.xavier_normal_
zeros = nn.init.zeros_


def scaled(factor, draw=he):
    return lambda w: draw(w).data.mul_(factor)


def constant(value):
    return lambda w: nn.init.constant_(w, value)


def lecun(w):
    return he(w, nonlinearity="linear")


class Residual(nn.Module):
    def __init__(self, zero_gamma=False):
        super().__init__()
        self.c1, self.c2 = (nn.Conv2d(8, 8, 3, padding=1, bias=False) for _ in range(2))
        self.n1, self.n2 = nn.BatchNorm2d(8), nn.BatchNorm2d(8)
        if zero_gamma:
            nn.init.zeros_(self.n2.weight)

    def forward(self, x):
        return F.relu(x + self.n2(self.c2(F.relu(self.n1(self.c1(x)), inplace=True))))


def resnet(zero_gamma=False):
    blocks = [Residual(zero_gamma) for _ in range(3)]
    head = nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, CLASSES)
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), *blocks, *head)


def cnn():
    return nn.Sequential(
        nn.Conv2d(3, 8, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(16 * 16, 32),
        nn.ReLU(),
        nn.Dropout(),
        nn.Linear(32, CLASSES),
    )


def mobile():
    """ReLU6 is off half of the time by nature, and is no saturated sigmoid."""
    layers = [nn.Conv2d(3, 16, 3), nn.BatchNorm2d(16), nn.ReLU6()]
    for _ in range(4):
        layers += [nn.Conv2d(16, 16, 3, padding=1, groups=16), nn.BatchNorm2d(16), nn.ReLU6()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, CLASSES))


class Reader(nn.Module):
    """Words to one answer, through whatever stands between."""

    def __init__(self, body, width=16, wide=16):
        super().__init__()
        self.words, self.body = nn.Embedding(50, width), body
        self.place = nn.Parameter(0.02 * torch.randn(1, 8, width))
        self.head = nn.Linear(wide, CLASSES)

    def forward(self, words):
        answer = self.body(self.words(words) + self.place)
        return self.head((answer[0] if isinstance(answer, tuple) else answer).mean(1))


def transformer(norm_first):
    torch.manual_seed(0)
    layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True, norm_first=norm_first)
    return Reader(nn.TransformerEncoder(layer, 2, enable_nested_tensor=False))


class LoRA(nn.Module):
    def __init__(self, fan_in, fan_out, rank=4):
        super().__init__()
        self.base = nn.Linear(fan_in, fan_out).requires_grad_(False)
        self.A = nn.Parameter(torch.randn(rank, fan_in) / sqrt(fan_in))
        self.B = nn.Parameter(torch.zeros(fan_out, rank))

    def forward(self, x):
        return self.base(x) + x @ self.A.T @ self.B.T


class LinearLoRA(nn.Module):
    def __init__(self, fan_in, fan_out, rank=4):
        super().__init__()
        self.base = nn.Linear(fan_in, fan_out).requires_grad_(False)
        self.A, self.B = nn.Linear(fan_in, rank, bias=False), nn.Linear(rank, fan_out, bias=False)
        nn.init.zeros_(self.B.weight)

    def forward(self, x):
        return self.base(x) + self.B(self.A(x))


class Gated(nn.Module):
    """Squeeze and excitation: the gate's signal is faint, and the main path has its own."""

    def __init__(self):
        super().__init__()
        self.c, self.head = nn.Conv2d(3, 16, 3, padding=1), nn.Linear(16, CLASSES)
        self.a, self.b = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)

    def forward(self, x):
        x = F.relu(self.c(x))
        gate = self.b(F.relu(self.a(x.mean((2, 3), keepdim=True)))).sigmoid()
        return self.head((x * gate).mean((2, 3)))


class LanguageModel(nn.Module):
    def __init__(self, std=0.02):
        super().__init__()
        self.words, self.norm = nn.Embedding(500, 32), nn.LayerNorm(32)
        self.mix, self.head = nn.Linear(32, 32), nn.Linear(32, 500, bias=False)
        self.head.weight = self.words.weight
        nn.init.normal_(self.words.weight, std=std)

    def forward(self, words):
        x = self.words(words)
        return self.head(self.norm(x + F.gelu(self.mix(x))))


class ReZero(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.head = nn.Linear(FEATURES, 32), nn.Linear(32, CLASSES)
        self.hidden = nn.ModuleList(nn.Linear(32, 32) for _ in range(3))
        self.gates = nn.ParameterList(nn.Parameter(torch.zeros(())) for _ in range(3))

    def forward(self, x):
        x = self.first(x)
        for layer, gate in zip(self.hidden, self.gates, strict=True):
            x = x + gate * F.relu(layer(x))
        return self.head(x)


def zero_branches():
    """A transformer whose residual branches all end in 0."""
    model = transformer(True)
    for layer in model.body.layers:
        nn.init.zeros_(layer.self_attn.out_proj.weight)
        nn.init.zeros_(layer.linear2.weight)
    return model


def unet_like():
    return nn.Sequential(
        nn.Conv2d(3, 16, 3, 2, 1),
        nn.ReLU(),
        nn.Conv2d(16, 32, 3, 2, 1),
        nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 4, 2, 1),
        nn.ReLU(),
        nn.ConvTranspose2d(16, 3, 4, 2, 1),
    )


def at(seed, make):
    torch.manual_seed(seed)
    return make()


SICK = {  # the maker, and the sign, the level and a layer of the first finding
    "zero layer, ReLU": (lambda: with_layer(mlp(draw=he), 2, zeros), "zeros", "serious", "2"),
    "zero layer, tanh": (
        lambda: with_layer(mlp(nn.Tanh, draw=glorot), 2, zeros),
        "zeros",
        "worth a look",
        "2",
    ),
    "all zero, ReLU": (lambda: mlp(draw=zeros), "zeros", "serious", "0"),
    "all zero, tanh": (lambda: mlp(nn.Tanh, draw=zeros), "zeros", "serious", "0"),
    "constant layer": (
        lambda: with_layer(mlp(draw=he), 2, constant(0.1)),
        "distinct",
        "worth a look",
        "2",
    ),
    "all constant": (lambda: mlp(nn.Tanh, draw=constant(0.1)), "distinct", "serious", "0"),
    "wide N(0, 1), tanh": (
        lambda: mlp(nn.Tanh, 5, nn.init.normal_, width=128),
        "weights",
        "serious",
        "4",
    ),
    "20 sigmoids": (lambda: mlp(nn.Sigmoid, 20), "gradient", "serious", "0"),
    "dead ReLU": (lambda: biased(mlp(), -5.0), "saturated", "serious", "0"),
    "He and tanh": (lambda: mlp(nn.Tanh, 5, he), "scheme", "worth a look", "2"),
    "× 0.01, ReLU": (lambda: mlp(draw=scaled(0.01)), "weights", "serious", "2"),
    "× 0.01, tanh": (lambda: mlp(nn.Tanh, 4, scaled(0.01, glorot)), "weights", "serious", "2"),
    "× 4, ReLU": (lambda: mlp(depth=8, draw=scaled(4)), "weights", "serious", "2"),
    "12 ReLU of PyTorch's default": (lambda: mlp(depth=12), "weights", "serious", "2"),
}
ON_IMAGES, ON_WORDS = (IMAGES, LABELS), (WORDS, LABELS)
HEALTHY = {
    "muP's zero readout": (lambda: with_layer(mlp(draw=he), -1, zeros), X, Y),
    "LoRA": (lambda: nn.Sequential(LoRA(FEATURES, 32), nn.ReLU(), LoRA(32, CLASSES)), X, Y),
    "LoRA of Linear": (
        lambda: nn.Sequential(LinearLoRA(FEATURES, 32), nn.ReLU(), LinearLoRA(32, CLASSES)),
        X,
        Y,
    ),
    "ResNet": (resnet, *ON_IMAGES),
    "ResNet, last gamma 0": (lambda: resnet(True), *ON_IMAGES),
    "CNN": (cnn, *ON_IMAGES),
    "MobileNet's ReLU6": (mobile, *ON_IMAGES),
    "squeeze and excitation": (Gated, *ON_IMAGES),
    "LSTM": (lambda: Reader(nn.LSTM(16, 16, batch_first=True)), *ON_WORDS),
    "GRU": (
        lambda: Reader(nn.GRU(16, 16, batch_first=True, bidirectional=True), wide=32),
        *ON_WORDS,
    ),
    "post-LN transformer": (lambda: transformer(False), *ON_WORDS),
    "pre-LN transformer": (lambda: transformer(True), *ON_WORDS),
    "ReZero": (ReZero, X, Y),
    "transformer of zero branches": (zero_branches, *ON_WORDS),
    "He and ReLU": (lambda: mlp(depth=8, draw=he), X, Y),
    "LeCun and SELU": (lambda: mlp(nn.SELU, 8, lecun), X, Y),
    "He and GELU": (lambda: mlp(nn.GELU, 5, he), X, Y),
    "shallow defaults": (mlp, X, Y),
    "leaky ReLU": (lambda: mlp(nn.LeakyReLU), X, Y),
    "tied language model": (LanguageModel, WORDS, WORDS.roll(-1, 1)),
    "U-Net's ways": (unet_like, IMAGES, IMAGES),
    "one layer": (lambda: nn.Linear(FEATURES, CLASSES), X, Y),
    "sigmoid and BCE": (lambda: nn.Sequential(*mlp(outputs=1), nn.Sigmoid()), X, Y % 2),
}


def mended(finding, model, X=X, y=Y):
    """(model, X, y, loss) after its line of code."""
    assert "\n" not in finding.mend
    scope = {"model": model, "X": X, "y": y, "loss": None, "torch": torch, "nn": nn, "iv": iv}
    exec(finding.mend, scope | {"replace": replace}, scope)
    return scope["model"], scope["X"], scope["y"], scope["loss"]


# Known patients.


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
    assert report.verdict == ("1 serious finding." if report.serious else "No serious finding.")


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_model_has_no_serious_finding(name, seed):
    make, inputs, targets = HEALTHY[name]
    report = iv.checkup(at(seed, make), inputs, targets)
    assert not report.serious, report.findings
    assert {f.sign for f in report.findings if f.level == "worth a look"} <= {"saturated"}, report


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


def trained(model, X, y, new_X=NEW_X, new_y=NEW_Y, steps=200, optimiser=None):
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
    loss, _ = trained(model, inputs, targets, inputs, targets, steps, optimiser)
    assert loss < 0.75 * log(CLASSES)


# What is measured, against PyTorch's own.


def grouped(kind, dims):
    return kind(4, 8, (3,) * dims, groups=2)


LAYERS = {
    "Linear": (lambda: nn.Linear(40, 30), (40,)),
    "Conv1d": (lambda: nn.Conv1d(6, 20, 5), (6, 9)),
    "Conv2d": (lambda: nn.Conv2d(6, 20, 3), (6, 9, 9)),
    "Conv2d, grouped": (lambda: nn.Conv2d(6, 24, 3, groups=3), (6, 9, 9)),
    "Conv3d": (lambda: nn.Conv3d(3, 8, 3), (3, 5, 5, 5)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(10, 20, 3), (10, 5, 5)),
}
DRAWS = {
    "Glorot": nn.init.xavier_normal_,
    "He": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "LeCun": lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"),
    "default": lambda w: w,
}


@pytest.mark.parametrize("scheme", DRAWS)
@pytest.mark.parametrize("name", LAYERS)
def test_fans_and_schemes_are_those_of_torch(name, scheme):
    make, shape = LAYERS[name]
    layer = at(5, make)
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    if "Transpose" in name:  # PyTorch has them the wrong way round
        fan_in, fan_out = fan_out, fan_in
        DRAWS[scheme](layer.weight.data.transpose(0, 1))
    else:
        DRAWS[scheme](layer.weight.data)
    measured = iv.checkup(nn.Sequential(layer), torch.randn(4, *shape)).layers[0]
    assert (measured.kind, measured.shape) == (type(layer).__name__, tuple(layer.weight.shape))
    assert (measured.fan_in, measured.fan_out) == (fan_in, fan_out)
    if not ("Transpose" in name and scheme in ("He", "LeCun")):
        assert scheme in measured.schemes
    std = layer.weight.std(correction=0).item()
    assert measured.weight_std == pytest.approx(std, rel=1e-4)
    targets = {"Glorot": sqrt(2 / (fan_in + fan_out)), "He": sqrt(2 / fan_in)}
    for target, value in targets.items():
        assert measured.against[target] == pytest.approx(std / value, rel=1e-4)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN, nn.LSTMCell])
def test_the_default_of_recurrent_layers_is_known(kind):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.r = kind(30, 40)

        def forward(self, x):
            return self.r(x)[0]

    layers = iv.checkup(
        Model(), torch.randn(5, 30) if kind is nn.LSTMCell else torch.randn(5, 3, 30)
    ).layers
    assert len(layers) == 2
    assert all("default" in layer.schemes for layer in layers)


def test_the_default_of_attention_is_known():
    layers = {layer.name: layer for layer in iv.checkup(transformer(True), *ON_WORDS).layers}
    assert "default" in layers["body.layers.0.self_attn"].schemes
    assert layers["body.layers.0.self_attn"].shape == (48, 16)
    assert layers["words"].role == "embedding"
    assert layers["body.layers.0.norm1"].role == "norm"


@pytest.mark.parametrize("shape", ["vectors", "images", "words"])
def test_answers_are_those_of_an_independent_pass(shape):
    make, inputs, axes = {
        "vectors": (lambda: mlp(nn.Tanh), X, (0,)),
        "images": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.Tanh()), IMAGES, (0, 2, 3)),
        "words": (lambda: nn.Sequential(nn.Embedding(50, 8), nn.Tanh()), WORDS, (0, 1)),
    }[shape]
    model = at(1, make)
    with torch.no_grad():
        answers = model[:2](inputs).double().numpy()
    layer = iv.checkup(model, inputs).layers[0]
    assert layer.activation == "tanh"
    assert layer.output_mean == pytest.approx(answers.mean(), abs=1e-6)
    assert layer.output_std == pytest.approx(answers.std(), rel=1e-4)
    assert layer.spread == pytest.approx(np.sqrt(answers.var(axes).mean()), rel=1e-4)


@pytest.mark.parametrize("loss", [None, nn.CrossEntropyLoss(label_smoothing=0.1)])
def test_gradients_are_those_of_backward_on_a_copy(loss):
    model = at(2, mlp)
    report = iv.checkup(model, X, Y, loss, learning_rate=0.3)
    twin = copy.deepcopy(model)
    value = (loss or F.cross_entropy)(twin(X), Y)
    value.backward()
    assert report.loss == pytest.approx(value.item())
    assert report.guessing == pytest.approx(log(CLASSES))
    sizes = []
    for layer in report.layers:
        W, slope = twin.get_parameter(layer.parameter), twin.get_parameter(layer.parameter).grad
        sizes.append(slope.square().mean().sqrt().item())
        assert layer.gradient_std == pytest.approx(slope.std(correction=0).item(), rel=1e-4)
        assert layer.gradient_rms == pytest.approx(sizes[-1], rel=1e-4)
        rms = W.square().mean().sqrt().item()
        assert layer.update == pytest.approx(0.3 * sizes[-1] / rms, rel=1e-4)
    assert report.gradient_ratio == pytest.approx(sizes[0] / sizes[-1], rel=1e-4)


def test_saturated_is_a_share_of_answers_and_dead_a_share_of_units():
    model = nn.Sequential(nn.Linear(FEATURES, 40), nn.Tanh(), nn.Linear(40, 30), nn.ReLU())
    nn.init.normal_(model[0].weight)
    nn.init.constant_(model[2].bias[:12], -50)
    tanh, relu = iv.checkup(model, X).layers
    z = model[0](X).detach()
    slope = 1 - torch.tanh(z) ** 2
    assert tanh.dead_word == "saturated"
    assert tanh.saturated == pytest.approx((slope < 0.1).float().mean().item(), abs=0.01)
    assert relu.dead_word == "dead"
    assert relu.saturated == (model(X) == 0).all(0).float().mean().item() == pytest.approx(12 / 30)


def test_functions_modules_and_methods_are_the_same_activations():
    class Model(nn.Module):
        def __init__(self, bend):
            super().__init__()
            self.a, self.b, self.bend = nn.Linear(FEATURES, 8), nn.Linear(8, 2), bend

        def forward(self, x):
            return self.b(self.bend(self.a(x)))

    bends = [
        nn.ReLU(),
        nn.ReLU(inplace=True),
        F.relu,
        torch.relu,
        F.relu_,
        torch.Tensor.relu,
        torch.Tensor.relu_,
        lambda z: F.relu(input=z),
    ]
    seen = [iv.checkup(at(0, lambda bend=bend: Model(bend)), X).layers[0] for bend in bends]
    assert {layer.activation for layer in seen} == {"relu"}
    assert len({(layer.output_std, layer.saturated) for layer in seen}) == 1


def test_a_layer_that_is_called_again_is_one_layer():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.step, self.head = nn.Linear(FEATURES, FEATURES), nn.Linear(FEATURES, CLASSES)

        def forward(self, x):
            for _ in range(3):
                x = torch.tanh(self.step(x))
            return self.head(x)

    report = iv.checkup(Loop(), X, Y)
    assert [layer.calls for layer in report.layers] == [3, 1]
    assert "called 3 times" in str(report)


def test_tied_weights_are_counted_once_and_have_the_gradient_of_both():
    model = at(0, LanguageModel)
    report = iv.checkup(model, WORDS, WORDS.roll(-1, 1))
    F.cross_entropy(model(WORDS).movedim(-1, 1), WORDS.roll(-1, 1)).backward()
    tied = [layer for layer in report.layers if layer.parameter == "words.weight"]
    assert [layer.name for layer in tied] == ["words", "head"]
    size = model.words.weight.grad.square().mean().sqrt().item()
    assert all(layer.gradient_rms == pytest.approx(size, rel=1e-4) for layer in tied)
    assert f"{500 * 32 + 32 * 32 + 32:,} weights" in report.summary
    assert not report.findings


def test_several_inputs_come_as_a_tuple_a_list_or_a_dict():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(FEATURES, 2), nn.Linear(5, 2)

        def forward(self, u, v):
            return torch.relu(self.a(u)) + self.b(v)

    model, u, v = Two(), X, X[:, :5]
    losses = [
        iv.checkup(model, both, Y % 2).loss for both in ((u, v), [u.numpy(), v], {"v": v, "u": u})
    ]
    assert losses[0] == losses[1] == losses[2]
    assert iv.checkup(mlp(), X.tolist(), Y.tolist()).loss > 0


def test_an_output_of_several_parts_needs_a_loss_function():
    class Parts(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(FEATURES, 3)

        def forward(self, x):
            return {"mean": self.a(x)}

    with pytest.raises(ValueError, match=r"gives a dict.*give a function"):
        iv.checkup(Parts(), X, X[:, :3])
    assert iv.checkup(Parts(), X, X[:, :3], lambda o, y: (o["mean"] - y).abs().mean()).loss > 0
    report = iv.checkup(Parts(), X, None, lambda o: o["mean"].square().mean())
    assert report.examination.loss_name == "<lambda>"
    report.plot()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_every_precision_has_the_same_verdict(dtype):
    report = iv.checkup(at(0, lambda: mlp(width=512)).to(dtype), X, Y)
    assert not report.serious, report.findings
    full = iv.checkup(at(0, lambda: mlp(width=512)), X, Y)
    for layer, other in zip(report.layers, full.layers, strict=True):
        assert layer.weight_std == pytest.approx(other.weight_std, rel=1e-3)
        assert layer.gradient_rms == pytest.approx(other.gradient_rms, rel=0.05)
        assert layer.distinct == other.distinct == layer.units  # a coarse grid makes no twins
    ill = at(0, lambda: mlp(nn.Tanh, draw=constant(0.1))).to(dtype)
    assert iv.checkup(ill, X, Y).findings[0].sign == "distinct"


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_it_works_where_gradients_are_switched_off(context):
    model = mlp()
    with context():
        assert iv.checkup(model, X.clone(), Y).layers[0].gradient_rms > 0


def test_what_is_not_understood_is_listed_and_not_judged():
    def normed(wrap):
        return nn.Sequential(wrap(nn.Linear(FEATURES, 32)), nn.ReLU(), nn.Linear(32, CLASSES))

    parametrized = nn.utils.parametrizations
    for wrap in (parametrized.weight_norm, parametrized.spectral_norm):
        report = iv.checkup(normed(wrap), X, Y)
        assert report.listed
        assert all(layer.name.startswith("0.parametrizations") for layer in report.listed)
        assert all(isnan(layer.fan_in) for layer in report.listed)
        assert not report.findings
    lora = iv.checkup(nn.Sequential(LoRA(FEATURES, CLASSES)), X, Y)
    assert [layer.name for layer in lora.listed] == ["0.A", "0.B"]
    assert "Listed, not judged: 0.A, 0.B" in str(lora)
    assert [layer.name for layer in iv.checkup(nn.PReLU(), X).listed] == ["weight"]


def test_a_dead_layer_with_weight_norm_is_still_seen():
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(FEATURES, 32))
    nn.init.constant_(layer.bias, -50.0)
    report = iv.checkup(nn.Sequential(layer, nn.ReLU(), nn.Linear(32, CLASSES)), X, Y)
    assert report.findings[0].sign == "saturated"
    assert "`0`" in report.findings[0].sentence


def test_frozen_and_unused_weights_are_told_apart():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.frozen = nn.Linear(FEATURES, FEATURES).requires_grad_(False)
            self.head, self.spare = nn.Linear(FEATURES, CLASSES), nn.Linear(3, 3)

        def forward(self, x):
            return self.head(self.frozen(x))

    model = Model()
    report = iv.checkup(model, X, Y)
    (finding,) = report.findings
    assert (finding.sign, finding.level, finding.layers) == ("unused", "worth a look", ("spare",))
    assert "not trained" in str(report)
    mended(finding, model)
    assert not iv.checkup(model, X, Y).findings


def test_sparse_embeddings_are_measured():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.bag = (
                kind(50, 8, sparse=True) for kind in (nn.Embedding, nn.EmbeddingBag)
            )
            self.head = nn.Linear(8, CLASSES)

        def forward(self, x):
            return self.head(self.words(x).mean(1) + self.bag(x))

    report = iv.checkup(Model(), *ON_WORDS)
    assert all(layer.gradient_rms > 0 for layer in report.layers)
    assert not report.findings


# The model is left alone.


class Restless(nn.Module):
    """Everything that a forward pass may change, and an end of one's choice."""

    def __init__(self, fails=None):
        super().__init__()
        self.a, self.norm = nn.Linear(FEATURES, 8), nn.BatchNorm1d(8)
        self.spectral = nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8))
        self.drop, self.fails = nn.Dropout(), fails
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("empty", None)

    def forward(self, x):
        x.relu_()
        self.calls = self.calls + 1
        self.empty = torch.ones(3)
        random.random(), np.random.rand(), torch.rand(1)  # noqa: NPY002
        x = self.drop(self.spectral(self.norm(self.a(x))))
        if self.fails == "forward":
            raise RuntimeError("no\nway")
        if self.fails == "backward":
            x = x.exp()
            x.sum()
            x = x * x + x.mul_(2)
        return x


def state(model):
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    hooks = [
        len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks)
        for m in model.modules()
    ]
    return {
        "identities": {name: id(t) for name, t in tensors.items()},
        "values": {name: t.detach().clone() for name, t in tensors.items()},
        "gradients": [None if p.grad is None else p.grad.clone() for p in model.parameters()],
        "modes": [m.training for m in model.modules()],
        "hooks": hooks,
        "random": (torch.get_rng_state(), np.random.get_state()[1:3], random.getstate()),  # noqa: NPY002
        "buffers": [list(m._buffers) for m in model.modules()],
        "requires": [p.requires_grad for p in model.parameters()],
    }


def same(a, b):
    if isinstance(a, torch.Tensor | np.ndarray):
        return bool((torch.as_tensor(a) == torch.as_tensor(b)).all())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("fails", [None, "forward", "loss", "backward"])
@pytest.mark.parametrize("with_gradients", [False, True])
def test_the_model_is_as_it_was(fails, with_gradients):
    model = Restless(fails)
    model.norm.eval()
    model.a.weight.requires_grad_(False)
    if with_gradients:
        for p in model.parameters():
            p.grad = torch.randn_like(p)
    inputs, before = X.clone(), state(model)

    def loss(output, y):
        if fails == "loss":
            raise KeyError("y")
        return F.cross_entropy(output, y)

    if fails:
        with pytest.raises(ValueError, match=r"X of shape|loss") as error:
            iv.checkup(model, inputs, Y, loss)
        assert "\n" not in str(error.value)
    else:
        iv.checkup(model, inputs, Y, loss)
    after = state(model)
    for what, value in before.items():
        assert same(value, after[what]), what
    assert torch.equal(inputs, X)  # though the model works in place
    assert model.empty is None


def test_it_checks_the_first_step_of_training_whatever_the_mode():
    model = nn.Sequential(nn.Linear(FEATURES, 8), nn.BatchNorm1d(8), nn.Linear(8, CLASSES))
    model[1].running_mean += 100
    training = iv.checkup(model.train(), X, Y).loss
    assert iv.checkup(model.eval(), X, Y).loss == training


def test_the_same_check_up_gives_the_same_report():
    model = cnn()
    assert str(iv.checkup(model, *ON_IMAGES)) == str(iv.checkup(model, *ON_IMAGES))


def test_no_second_copy_of_the_weights_is_made():
    """Of 64 MB of weights, only the gradient is new, as PyTorch's profiler counts."""
    model = nn.Sequential(nn.Linear(4000, 4000, bias=False), nn.Linear(4000, 2))
    size = 4 * 4000 * 4000
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        iv.checkup(model, torch.randn(4, 4000), torch.tensor([0, 1, 0, 1]))
    events = [e for e in profile.events() if e.name == "[memory]" or e.cpu_memory_usage > size / 2]
    assert sum(e.self_cpu_memory_usage > size / 2 for e in events) <= 1


# What does not go together, and what is broken.


def no_gradients():
    return mlp().requires_grad_(False)


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(FEATURES, CLASSES)

    def forward(self, x):
        return self.a(x).detach()


MISFITS = {
    "shape of X": ((mlp, X[:, :5], Y), r"X of shape \(128, 5\) does not go through the mod"),
    "NaN": ((mlp, X * nan, Y), "X: 2,560 of its 2,560 numbers are not finite.*mend the data"),
    "one infinity": ((mlp, X.index_fill(0, torch.tensor(3), inf), Y), "X: 20 of its 2,560 numbers"),
    "NaN in y": ((mlp, X, X[:, :4] * nan), "y: 512 of its 512 numbers are not finite"),
    "no samples": ((mlp, X[:0], Y[:0]), "X='0 samples': give a batch of at least 2"),
    "one sample": ((mlp, X[:1], Y[:1]), "X='1 samples': give a batch of at least 2"),
    "one number": ((mlp, 3.0, Y), "X='0 samples'"),
    "length of y": ((mlp, X, Y[:5]), "loss=cross_entropy: it does not fit the output and y"),
    "length of y, squared error": (
        (mlp, X, X[:5, :4]),
        r"y of shape \(5, 4\) does not fit.*\(128, 4\): give one target",
    ),
    "width of y": ((mlp, X, X[:, :1]), r"y of shape \(128, 1\) does not fit"),
    "a class too many": ((mlp, X, Y + 9), "loss=cross_entropy: it does not fit.*out of bounds"),
    "loss": ((mlp, X, Y, "crossentropy"), "loss='crossentropy': did you mean 'cross_entropy'"),
    "loss, a number": ((mlp, X, Y, 3), "loss=3: give a function"),
    "loss without y": ((mlp, X, None, "mse_loss"), "loss='mse_loss': it compares.*give y"),
    "loss, no scalar": ((mlp, X, Y, lambda o, y: o), "loss='<lambda>': it should give one number"),
    "loss, no tensor": ((mlp, X, Y, lambda o, y: 3.0), "loss='<lambda>': it should give one"),
    "detached": ((Detached, X, Y), "no gradient leads back to the weights: is it detached"),
    "not a model": ((dict, X, Y), "model='dict': give a torch.nn.Module, a keras.Model or"),
    "nothing to train": ((no_gradients, X, Y), "model='Sequential': it has no weights that are tr"),
    "no weights": ((nn.ReLU, X, Y), "model='ReLU': it has no weights that are trained"),
    "lazy": ((lambda: nn.LazyLinear(4), X, Y), "model='LazyLinear': it has lazy layers.*run model"),
    "meta": ((lambda: nn.Linear(20, 4, device="meta"), X, Y), "model='Linear'.*meta device"),
    "strings": ((mlp, ["a", "b"], Y), "X='list': give an array of numbers$"),
    "an array of strings": ((mlp, np.array(["a", "b"]), Y), "X='ndarray': give an array of numb"),
    "None": ((mlp, None, Y), "X='NoneType': give an array of numbers"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_gets_one_clear_sentence_and_changes_nothing(name):
    (make, *batch), sentence = MISFITS[name]
    model = make()
    weighty = isinstance(model, nn.Module) and not name.startswith(("lazy", "meta"))
    before = state(model) if weighty else None
    with pytest.raises(ValueError, match=sentence) as error:
        iv.checkup(model, *batch)
    assert "\n" not in str(error.value)
    if before:
        after = state(model)
        assert all(same(before[what], after[what]) for what in before)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_script_module_cannot_be_watched():
    with pytest.raises(ValueError, match=r"model=.*a ScriptModule cannot be watched: give the"):
        iv.checkup(torch.jit.trace(mlp(), X), X, Y)


@pytest.mark.parametrize("rate", [0, -1, nan, inf, "a"])
def test_the_learning_rate_is_positive(rate):
    with pytest.raises(ValueError, match=r"learning_rate=.*give a finite number above 0"):
        iv.checkup(mlp(), X, Y, learning_rate=rate)


def broken(model, array, value):
    model.get_parameter(array).data.flatten()[3] = value
    return model


BROKEN = {
    "NaN weight": (lambda: broken(mlp(), "2.weight", nan), "The weights of `2` are not finite"),
    "infinite weight": (lambda: broken(mlp(), "2.weight", inf), "The weights of `2` are not fin"),
    "NaN bias": (lambda: broken(mlp(), "2.bias", nan), "The biases of `2` are not finite"),
    "overflow": (
        lambda: mlp(depth=40, draw=scaled(20.0)),
        "is the first layer whose answers are not finite",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_a_finding_and_not_an_error(name):
    make, sentence = BROKEN[name]
    model = at(0, make)
    report = iv.checkup(model, X, Y)
    (finding,) = report.findings  # and no effects of it
    assert (finding.sign, finding.level) == ("not finite", "serious")
    assert sentence in finding.sentence
    shown(report)
    mended(finding, model)
    assert not any(f.sign == "not finite" for f in iv.checkup(model, X, Y).findings)


def test_the_first_layer_that_overflows_is_named():
    model = mlp(draw=he)
    model[4].weight.data *= 1e38
    model[2].weight.data *= 1e10
    (finding,) = iv.checkup(model, X, Y).findings
    assert finding.layers == ("4",)


def test_a_loss_that_is_not_finite_is_said():
    report = iv.checkup(mlp(), X, Y, lambda o, y: (0 * o.sum() - 1).sqrt())
    assert "the loss is not finite" in report.findings[0].sentence
    assert report.serious
    shown(report)


def test_a_broken_norm_is_drawn_as_a_norm():
    model = nn.Sequential(nn.Linear(FEATURES, 8), nn.LayerNorm(8), nn.Linear(8, CLASSES))
    nn.init.constant_(model[1].weight, nan)
    mended(iv.checkup(model, X, Y).findings[0], model)
    assert (model[1].weight == 1).all()
    assert not iv.checkup(model, X, Y).findings


# Inputs, targets, and functions applied twice.


@pytest.mark.parametrize("bend", [nn.ReLU, nn.Tanh])
@pytest.mark.parametrize("factor", [1000, 1e-4])
def test_unscaled_inputs_are_to_blame_for_what_comes_of_them(bend, factor):
    model, inputs = at(0, lambda: mlp(bend, draw=glorot)), X * factor
    first = iv.checkup(model, inputs, Y).findings[0]
    assert first.sign == "inputs"
    assert ("large" if factor > 1 else "small") in first.sentence
    model, scaled_inputs, *_ = mended(first, model, inputs)
    assert torch.allclose(scaled_inputs, (X - X.mean(0)) / X.std(0), atol=0.05)
    assert not iv.checkup(model, scaled_inputs, Y).serious


def test_a_norm_forgives_the_size_of_inputs_and_one_hot_inputs_are_of_size_one():
    normed = nn.Sequential(nn.BatchNorm1d(FEATURES), *mlp())
    assert not iv.checkup(normed, 1000 * X, Y).findings
    assert size_of_inputs(np.eye(1000)) == 1
    assert isnan(size_of_inputs(np.zeros(3)))
    assert isnan(iv.checkup(Reader(nn.Identity()), *ON_WORDS).examination.input_size)  # indices
    assert iv.checkup(mlp(), torch.eye(FEATURES), Y[:FEATURES]).examination.input_size == (
        pytest.approx(1)
    )


def test_targets_far_from_0_are_named():
    model, y = at(0, lambda: mlp(outputs=1)), X[:, :1] + 1000
    first = iv.checkup(model, X, y).findings[0]
    assert (first.sign, first.level) == ("targets", "serious")
    _, _, scaled_y, _ = mended(first, model, X, y)
    assert not iv.checkup(model, X, scaled_y).findings
    assert not iv.checkup(model, X, torch.ones(SAMPLES, 1)).serious  # where guessing has 0


def test_a_model_that_is_sure_too_early_gets_a_smaller_last_layer():
    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.head = nn.LayerNorm(200), nn.Linear(200, CLASSES, bias=False)
            glorot(self.head.weight)

        def forward(self, x):
            return 40 * self.head(self.norm(x.repeat(1, 10)))

    model = at(0, Sum)
    first = iv.checkup(model, X, Y).findings[0]
    assert (first.sign, first.level) == ("loss", "serious")
    mended(first, model)
    assert not iv.checkup(model, X, Y).serious


@pytest.mark.parametrize(
    ("outputs", "end", "loss", "name"),
    [
        (CLASSES, nn.Softmax(1), None, "softmax"),
        (1, nn.Sigmoid(), "binary_cross_entropy_with_logits", "sigmoid"),
    ],
)
def test_a_function_that_is_applied_twice_is_seen(outputs, end, loss, name):
    model, y = nn.Sequential(*mlp(outputs=outputs), end), Y % outputs if outputs > 1 else Y % 2
    first = iv.checkup(model, X, y, loss).findings[0]
    assert (first.sign, first.level) == ("twice", "worth a look")
    assert f"ends in a {name}" in first.sentence
    *_, better = mended(first, model, X, y)
    targets = y if outputs > 1 else y[:, None].float()
    assert not iv.checkup(model, X, targets, better).findings


def test_two_heads_that_start_at_0_are_fine():
    class ActorAndCritic(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(*mlp(nn.Tanh)[:-1])
            self.actor, self.critic = nn.Linear(32, CLASSES), nn.Linear(32, 1)
            zeros(self.actor.weight)
            zeros(self.critic.weight)

        def forward(self, x):
            return self.actor(self.body(x)), self.critic(self.body(x))

    def loss(output, y):
        return F.cross_entropy(output[0], y) + (output[1] - 1).square().mean()

    report = iv.checkup(ActorAndCritic(), X, Y, loss)
    assert {finding.level for finding in report.findings} == {"fine"}


# The mends.


def test_many_layers_are_redrawn_in_a_loop_only_where_it_meets_no_others():
    make = SICK["12 ReLU of PyTorch's default"][0]
    model = at(0, make)
    assert "model.modules()" in iv.checkup(model, X, Y).findings[0].mend
    frozen = nn.Sequential(nn.Linear(FEATURES, FEATURES).requires_grad_(False), *at(0, make))
    kept = frozen[0].weight.clone()
    first = iv.checkup(frozen, X, Y).findings[0]
    assert "model.modules()" not in first.mend
    mended(first, frozen)
    assert torch.equal(frozen[0].weight, kept)


def test_sigmoids_that_are_functions_get_larger_weights():
    class Sigmoids(nn.Module):
        def __init__(self):
            super().__init__()
            fans = (FEATURES, 32, 32, 32, 32, 32)
            self.hidden = nn.ModuleList(nn.Linear(n, 32) for n in fans)
            self.head = nn.Linear(32, CLASSES)

        def forward(self, x):
            for layer in self.hidden:
                x = torch.sigmoid(layer(x))
            return self.head(x)

    model = at(0, Sigmoids)
    first = iv.checkup(model, X, Y).findings[0]
    assert (first.sign, first.level) == ("gradient", "serious")
    assert "gain=4" in first.mend
    mended(first, model)
    assert not iv.checkup(model, X, Y).serious


def test_the_sigmoid_that_a_model_ends_in_stays():
    hidden = [nn.Linear(FEATURES, 16), nn.Sigmoid()]
    for _ in range(9):
        hidden += [nn.Linear(16, 16), nn.Sigmoid()]
    model = at(0, lambda: nn.Sequential(*hidden, nn.Linear(16, 1), nn.Sigmoid()))
    first = iv.checkup(model, X, Y % 2).findings[0]
    assert "there are 10 in a row" in first.sentence
    mended(first, model)
    kinds = [type(module) for module in model if not isinstance(module, nn.Linear)]
    assert kinds == [nn.Tanh] * 10 + [nn.Sigmoid]
    assert iv.checkup(model, X, Y % 2).loss == pytest.approx(np.log(2), rel=0.2)


def test_an_unused_layer_at_the_end_is_not_taken_for_the_output():
    class Spare(nn.Module):
        def __init__(self):
            super().__init__()
            self.used = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, CLASSES))
            self.spare = nn.Linear(32, CLASSES)

        def forward(self, x):
            return 40 * self.used(x)

    model = at(0, Spare)
    found = {finding.sign: finding for finding in iv.checkup(model, X, Y).findings}
    assert found["unused"].layers == ("spare",)
    assert found["loss"].layers == ("used.2",)


def test_biases_are_found_whatever_the_layers_are_called():
    holder = nn.Sequential()
    holder.add_module("weight_map", nn.Linear(FEATURES, 32))
    model = nn.Sequential(holder, nn.ReLU(), nn.Linear(32, CLASSES))
    nn.init.constant_(holder[0].bias, -50.0)
    first = iv.checkup(model, X, Y).findings[0]
    assert first.sign == "saturated"
    mended(first, model)
    assert not iv.checkup(model, X, Y).serious


def test_norms_that_are_stuck_at_0_start_at_1():
    model = nn.Sequential(
        nn.Linear(FEATURES, 32),
        nn.BatchNorm1d(32),
        nn.ReLU(),
        nn.Linear(32, 32),
        nn.ReLU(),
        nn.Linear(32, CLASSES),
    )
    nn.init.zeros_(model[1].weight)
    nn.init.zeros_(model[3].weight)
    for _ in range(3):
        report = iv.checkup(model, X, Y)
        if report.serious:
            mended(report.findings[0], model)
    assert not report.serious
    assert (model[1].weight == 1).all()


# An iv.Network.

OURS = iv.DATASETS["digits"]


def network(activation="tanh", initializer="glorot_normal", hidden=(32, 32), scale=1.0, **more):
    made = iv.init_network((64, *hidden, 10), activation, initializer, output="softmax", **more)
    return replace(made, weights=tuple(scale * W for W in made.weights))


OUR_SICK = {
    "× 0.01": (lambda: network(scale=0.01, hidden=(32,) * 3), "weights"),
    "× 10": (lambda: network(scale=10.0), "weights"),
    "zeros": (lambda: network(initializer="zeros"), "zeros"),
    "constant": (lambda: network(initializer="constant"), "distinct"),
    "6 sigmoids": (lambda: network("sigmoid", hidden=(32,) * 6), "gradient"),
    "dead": (
        lambda: (lambda n: replace(n, biases=tuple(b - 20 for b in n.biases)))(
            network("relu", "he_normal")
        ),
        "saturated",
    ),
}


@pytest.mark.parametrize("name", OUR_SICK)
def test_our_own_networks_have_the_same_illnesses_and_mends(name):
    make, sign = OUR_SICK[name]
    model, batch = make(), (OURS.X[:200], OURS.y[:200])
    before = [W.copy() for W in (*model.weights, *model.biases)]
    first = iv.checkup(model, *batch).findings[0]
    assert (first.sign, first.level) == (sign, "serious")
    for W, kept in zip((*model.weights, *model.biases), before, strict=True):
        assert np.array_equal(W, kept)
    for _ in range(3):
        report = iv.checkup(model, *batch)
        if report.serious:
            model = mended(report.findings[0], model, *batch)[0]
    assert not iv.checkup(model, *batch).serious


def test_our_own_numbers_are_those_of_torch():
    """The same network in both worlds, float64 in both."""
    ours = network("relu", "he_normal")
    twin = nn.Sequential(
        nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 10)
    ).double()
    for layer, W, b in zip(twin[::2], ours.weights, ours.biases, strict=True):
        layer.weight.data, layer.bias.data = torch.tensor(W[0]), torch.tensor(b[0, :, 0])
    batch = OURS.X[:100], OURS.y[:100]
    one, other = iv.checkup(ours, *batch), iv.checkup(twin, *batch)
    assert one.loss == pytest.approx(other.loss)
    shares = np.bincount(OURS.y[:100]) / 100
    assert one.guessing == pytest.approx(-(shares * np.log(shares)).sum())
    assert one.examination.input_size == pytest.approx(other.examination.input_size, rel=1e-5)
    softmax = {"output_mean", "output_std", "spread"}  # a part of our network, not of the other
    for a, b in zip(one.layers, other.layers, strict=True):
        for field in dataclasses.fields(Layer):
            x, y = getattr(a, field.name), getattr(b, field.name)
            apart = {"default_std"} | (softmax if a is one.layers[-1] else set())
            if isinstance(x, float) and field.name not in apart:
                assert x == pytest.approx(y, rel=1e-4, abs=1e-12, nan_ok=True), field.name


def test_restarts_are_summed_up_by_their_median():
    many, batch = network(restarts=5), (OURS.X[:50], OURS.y[:50])
    each = [iv.checkup(many.restart(r), *batch) for r in range(5)]
    report = iv.checkup(many, *batch)
    assert report.loss == pytest.approx(np.median([one.loss for one in each]))
    assert report.layers[0].gradient_rms == pytest.approx(
        np.median([one.layers[0].gradient_rms for one in each])
    )


def test_a_network_of_ours_needs_targets_and_a_loss_of_ours():
    with pytest.raises(ValueError, match="y=None: a Network is checked with its targets"):
        iv.checkup(network(), OURS.X[:9])
    with pytest.raises(ValueError, match=r"loss='mse_loss': .*Give one of"):
        iv.checkup(network(), OURS.X[:9], OURS.y[:9], "mse_loss")


def test_checking_a_network_of_ours_imports_no_framework():
    code = (
        "import sys, numpy as np, initviz as iv;"
        "n = iv.init_network((3, 4, 1), 'tanh', 'glorot_normal');"
        "str(iv.checkup(n, np.eye(3), np.array([0, 1, 1])));"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"torch", "keras", "jax", "tensorflow"} & set(done.stdout.split())


# The report.


class Tags(HTMLParser):
    """Reads HTML, and sees that what is opened is closed."""

    def __init__(self, page):
        super().__init__()
        self.open, self.text, self.counts = [], "", {}
        self.feed(page)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.counts[tag] = self.counts.get(tag, 0) + 1
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def shown(report):
    """In every way there is; what is drawn."""
    page, frame, figure = Tags(report._repr_html_()), report.to_frame(), report.plot()
    assert page.counts["tr"] == len(report.layers) + 1
    assert len(frame) == len(report.layers)
    for layer in report.layers:
        assert layer.name in str(report)
        assert layer.name in page.text
    for finding in report.findings:
        assert finding.sentence in str(report)
        assert finding.mend in page.text
    figure.canvas.draw()
    return page, frame, figure


@pytest.mark.parametrize("name", ["CNN", "pre-LN transformer", "LoRA", "muP's zero readout"])
def test_a_report_shows_itself(name):
    make, *batch = HEALTHY[name]
    report = iv.checkup(make(), *batch)
    _, frame, figure = shown(report)
    assert "No serious finding." in str(report) == repr(report)
    assert list(frame["fan_in"].dropna()) == [
        layer.fan_in for layer in report.layers if not isnan(layer.fan_in)
    ]
    assert {"std / He", "std / Glorot", "std / LeCun", "std / default"} <= set(frame)
    assert [len(ax.lines) for ax in figure.axes] == [2, 2, 2, 2]
    assert len(figure.axes[0].lines[0].get_xdata()) + len(figure.axes[0].lines[1].get_xdata()) == (
        len(report.layers)
    )


def test_names_are_escaped():
    model = nn.Sequential()
    model.add_module("<b>&amp;", nn.Linear(FEATURES, 4))
    zeros(model[0].weight)
    page = iv.checkup(model, X, Y)._repr_html_()
    assert "<b>&" not in page
    assert "<b>&amp;" in Tags(page).text


def orange(figure):
    return [len(ax.lines[1].get_xdata()) for ax in figure.axes]


@pytest.mark.parametrize("depth", [0, 100])
def test_pictures_of_one_layer_and_of_a_hundred(depth):
    shown(iv.checkup(mlp(depth=depth, draw=he), X, Y))


def test_pictures_show_what_is_out_of_bounds():
    healthy = iv.checkup(at(0, lambda: mlp(draw=he)), X, Y).plot()
    ill = iv.checkup(at(0, SICK["wide N(0, 1), tanh"][0]), X, Y).plot()
    assert orange(healthy) == [0, 0, 0, 0]
    assert orange(ill)[0] == 6
    assert orange(ill)[2] >= 4


def test_pictures_survive_every_kind_of_number():
    values = (nan, inf, 0.0, 1e-300, 1e300, -inf)
    numbers = (
        "weight_std",
        "weight_rms",
        "spread",
        "saturated",
        "gradient_rms",
        "output_std",
        "update",
    )
    layers = tuple(
        Layer(f"layer {n}", "Linear", "matrix", "w", (3, 3), 3, 3, 1.0, **dict.fromkeys(numbers, v))
        for n, v in enumerate(values)
    )
    examination = replace(iv.checkup(mlp(), X, Y).examination, layers=layers, loss=nan)
    report = Report(examination)
    shown(report)
    shown(Report(replace(examination, layers=layers[:1], output_spread=nan)))


def test_reports_and_their_parts_are_frozen():
    report = iv.checkup(mlp(draw=zeros), X, Y)
    parts = (report, report.examination, report.layers[0], report.findings[0])
    for part in parts:
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(part, dataclasses.fields(part)[0].name, None)


# The command line.

FACTORIES = """
import torch
from torch import nn
X = torch.randn(16, 5, generator=torch.Generator().manual_seed(0))
y = torch.arange(16) % 2

def well():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 2)), X, y, "cross_entropy"

def ill():
    model = well()[0]
    for p in model.parameters():
        nn.init.zeros_(p)
    return model, X, y

def misfit():
    return well()[0], X[:, :2]

def short():
    return [well()[0]]

def bad():
    raise KeyError("two\\nlines")

number = 3
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "some_models.py").write_text(FACTORIES)
    (tmp_path / "half_a_module.py").write_text("def f(:")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield tmp_path
    sys.modules.pop("some_models", None)


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("some_models:well", 0, "No serious finding."),
        ("some_models:ill", 1, "1 serious finding."),
        ("some_models:misfit", 2, "X of shape (16, 2) does not go through the model"),
        ("some_models:short", 2, "short() should return (model, X)"),
        ("some_models:bad", 2, "KeyError"),
        ("some_models:number", 2, "some_models has no function 'number'"),
        ("some_models:nothing", 2, "some_models has no function 'nothing'"),
        ("some_models", 2, "give module:factory"),
        (":f", 2, "give module:factory"),
        ("no_such_module:f", 2, "No module named 'no_such_module'"),
        ("half_a_module:f", 2, "SyntaxError"),
    ],
)
def test_the_command_line(folder, capsys, address, status, said):
    assert main(["checkup", address]) == status
    out, err = capsys.readouterr()
    assert said in (err if status == 2 else out)
    assert (err.count("\n"), bool(out)) == ((1, False) if status == 2 else (0, True))


def test_the_command_line_for_real(folder):
    run = [sys.executable, "-m", "initviz"]
    done = subprocess.run([*run, "checkup", "some_models:ill"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert "✗ serious: All weights of `0` and `2` are 0" in done.stdout
    help_ = subprocess.run([*run, "checkup", "--help"], capture_output=True, text=True)
    assert help_.returncode == 0
    assert "module:factory" in help_.stdout
    assert "exit status" in help_.stdout
    assert subprocess.run(run, capture_output=True).returncode == 2


# The rules, one by one.

NOISE = np.random.default_rng(0)


@given(st.sampled_from(sorted(iv.ACTIVATIONS)), st.floats(-11.9, 11.9))
def test_an_activation_is_flat_where_its_exact_slope_is_below_a_tenth(name, z):
    bend = iv.ACTIVATIONS[name]
    low, high = flat_ends(bend.function(GRID))
    assume(min(abs(z - low), abs(z - high)) > 0.02)  # the grid's width, and more
    slopes = abs(bend.derivative(np.append(GRID, z)))
    if z <= low or z >= high:
        assert slopes[-1] < 0.1 * slopes.max()
    elif name != "gelu":  # which has a flat place in its valley
        assert slopes[-1] > 0.1 * slopes.max()


@pytest.mark.parametrize(
    ("function", "ends"),
    [
        (torch.relu, (0, inf)),
        (F.relu6, (0, 6)),
        (torch.tanh, (-1.818, 1.818)),  # artanh √0.9
        (torch.sigmoid, (-3.637, 3.637)),  # twice that
        (F.hardtanh, (-1, 1)),
        (F.hardsigmoid, (-3, 3)),
        (F.elu, (log(0.1), inf)),
        (F.softplus, (-log(9), inf)),
        (F.leaky_relu, (0, inf)),
        (lambda z: F.leaky_relu(z, 0.2), (-inf, inf)),
        (lambda z: z, (-inf, inf)),
    ],
)
def test_flat_ends_known_in_closed_form(function, ends):
    found = flat_ends(function(torch.tensor(GRID)).numpy())
    assert found == pytest.approx(ends, abs=0.006)


@pytest.mark.parametrize(
    ("ends", "word"), [((0, inf), "dead"), ((0, 6), "dead"), ((-1, 1), "saturated")]
)
def test_saturated_units(ends, word):
    z = np.array([[-9.0, -9, 9], [-9, 0.5, 9], [-9, 9, 9]])
    seen = Answers()
    note_saturated(seen, z, ends)
    expected = {(0, inf): 1 / 3, (0, 6): 2 / 3, (-1, 1): 8 / 9}[ends]
    assert (seen.saturated, seen.dead_word) == ([pytest.approx(expected)], word)
    assert is_rectifier(ends) == (word == "dead")


@given(st.integers(2, 40), st.integers(0, 39), st.integers(0, 5), st.booleans())
@example(3000, 7, 0, False)
def test_distinct_points_counts_planted_twins(units, twins, seed, in_weights_only):
    twins = min(twins, units - 1)
    rng = np.random.default_rng(seed)
    W, slopes = rng.normal(size=(2, units, 6))
    W[units - twins :] = W[0]
    if not in_weights_only:
        slopes[units - twins :] = slopes[0]
    points = on_lines(W.astype(np.float32), 0), on_lines(slopes.astype(np.float32), 0)
    both = units if in_weights_only else units - twins
    assert distinct_points(*points) == (both, units - twins)


def test_distinct_points_that_are_not_finite_say_nothing():
    points = np.array([[0.0, 1], [nan, 2]])
    assert all(map(isnan, distinct_points(points, np.zeros((2, 2)))))
    assert distinct_points(np.zeros((4, 2)), np.zeros((4, 2))) == (1, 1)


@given(
    st.floats(-100, 100),
    st.floats(1e-3, 100),
    st.integers(1, 500),
    st.sampled_from([np.float32, np.float64]),
)
def test_moments_are_those_of_numpy_in_float64(mean, std, size, dtype):
    from initviz.checkups.pytorch import _moments

    values = (mean + std * np.random.default_rng(size).normal(size=size)).astype(dtype)
    exact = values.astype(float)
    expected = exact.mean(), exact.std(), np.sqrt((exact**2).mean())
    assume(expected[1] > 1e-4 * expected[2])
    for found in (moments(values), _moments(torch.tensor(values))):
        assert found == pytest.approx(expected, rel=2e-3, abs=1e-5 * expected[2])


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_equal_numbers_have_no_std_and_half_precision_is_measured_in_full(dtype):
    from initviz.checkups.pytorch import _moments

    assert _moments(torch.full((70_001,), 0.1, dtype=dtype))[1] == 0
    assert moments(np.full(300_001, 0.1, np.float32))[1] == 0
    values = (0.5 + torch.randn(3_000_000)).to(dtype)
    found, exact = _moments(values), values.double()
    assert found[:2] == pytest.approx((exact.mean().item(), exact.std().item()), rel=1e-3)


@given(st.floats(-3, 3), st.sampled_from([nn.ReLU, nn.Tanh]))
def test_a_factor_on_all_weights_is_named_truly(power, bend):
    """Whatever is said about sizes agrees with the factor, and extreme ones are never missed."""
    factor, draw = 10**power, he if bend is nn.ReLU else glorot
    report = iv.checkup(at(0, lambda: mlp(bend, 4, scaled(factor, draw))), X, Y)
    (first, *_) = [*report.findings, None]
    if 0.6 < factor < 1.7:
        assert first is None
    if not 0.05 < factor < 20:
        assert (first.sign, first.level) == ("weights", "serious")
    for finding in report.findings:
        if finding.sign == "weights":
            assert ("too large" in finding.sentence) == (factor > 1)
            times = float(finding.sentence.split(" times ")[0].split(" ")[-1].replace(",", ""))
            assert times == pytest.approx(max(factor, 1 / factor), rel=0.3)


def test_what_is_explained_is_a_sign_and_causes_come_first():
    assert set(EXPLAINS) | set().union(*EXPLAINS.values()) <= set(SIGNS)
    for cause, effects in EXPLAINS.items():
        assert all(SIGNS.index(cause) < SIGNS.index(effect) for effect in effects)
    for make, *_ in SICK.values():
        e = iv.checkup(at(0, make), X, Y).examination
        levels = [LEVELS.index(finding.level) for finding in findings(e)]
        assert levels == sorted(levels)
        told = {(finding.sign, finding.level) for finding in findings(e)}
        assert told <= {(f.sign, f.level) for rule in RULES for f in rule(e)}


def test_checkpointed_layers_are_called_once():
    from torch.utils.checkpoint import checkpoint

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(FEATURES, 32), nn.Linear(32, CLASSES)

        def forward(self, x):
            return self.b(checkpoint(lambda x: torch.relu(self.a(x)), x, use_reentrant=False))

    report = iv.checkup(Model(), X, Y)
    assert [layer.calls for layer in report.layers] == [1, 1]


def test_the_loss_is_no_layer_of_the_model():
    def focal(output, y):
        return -((1 - torch.sigmoid(output)) * F.logsigmoid(output)).mean()

    report = iv.checkup(mlp(), X, Y, focal)
    assert [layer.activation for layer in report.layers] == ["relu", "relu", "relu", None]


def test_sequences_may_have_their_classes_last():
    logits = torch.randn(4, 7, 5)
    y = torch.randint(0, 5, (4, 7))

    class Constant(nn.Module):
        def __init__(self, last):
            super().__init__()
            self.shift, self.last = nn.Parameter(torch.zeros(())), last

        def forward(self, x):
            z = logits + self.shift
            return z if self.last else z.movedim(-1, 1)

    expected = F.cross_entropy(logits.flatten(0, 1), y.flatten()).item()
    for last in (True, False):
        report = iv.checkup(Constant(last), torch.randn(4, 2), y.int())
        assert (report.loss, report.guessing) == pytest.approx((expected, log(5)))


def test_another_default_device_does_not_matter():
    """The meta device stands in for a graphics card that this machine has not."""
    model = at(0, mlp)
    expected = str(iv.checkup(model, X, Y))
    with torch.device("meta"):
        assert str(iv.checkup(model, X, Y)) == expected


@pytest.mark.parametrize("inplace", [False, True])
def test_an_activation_that_works_in_place_spoils_nothing(inplace):
    iv.checkup(mlp(lambda: nn.ReLU(inplace=inplace)), X, Y)
    assert GRID[0] == -12
    assert flat_ends(np.tanh(GRID)) == pytest.approx((-1.818, 1.818), abs=0.006)


def test_gradients_that_are_not_finite_are_told_from_those_that_are_not_there():
    class Length(nn.Module):
        """The root of 0 has no slope: the commonest NaN there is."""

        def __init__(self):
            super().__init__()
            self.a, self.head = nn.Linear(FEATURES, 8), nn.Linear(1, CLASSES)

        def forward(self, x):
            x = self.a(x)
            return self.head((x - x).square().sum(1, keepdim=True).sqrt())

    report = iv.checkup(Length(), X, Y)
    (finding,) = report.findings
    assert finding.sentence.startswith("The loss is finite, but the gradients of `a` are not fin")
    assert report.serious
    shown(report)


def test_a_faint_branch_beside_a_healthy_path_is_no_illness():
    class Branched(nn.Module):
        def __init__(self, beside):
            super().__init__()
            self.main, self.faint = nn.Linear(FEATURES, 32), nn.Linear(FEATURES, 32, bias=False)
            self.head, self.beside = nn.Linear(32, CLASSES), beside
            self.faint.weight.data *= 1e-7

        def forward(self, x):
            return self.head(self.faint(x) + (self.main(x) if self.beside else 0))

    beside, alone = (iv.checkup(Branched(beside), X, Y) for beside in (True, False))
    assert not beside.serious
    assert {finding.sign for finding in beside.findings} <= {"weights"}
    assert alone.findings[0].level == "serious"


def test_a_small_last_layer_is_fine_and_a_small_hidden_one_is_worth_a_look():
    for n, factor, signs in ((-1, 0.03, []), (-1, 1e-3, []), (2, 0.03, ["weights"])):
        model = at(0, lambda: mlp(draw=he))
        model[n].weight.data *= factor
        report = iv.checkup(model, X, Y)
        assert [finding.sign for finding in report.findings] == signs
        assert not report.serious


def test_answers_that_are_nan_are_named_where_they_begin():
    class Log(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(FEATURES, 8), nn.Linear(8, CLASSES)

        def forward(self, x):
            return self.b(self.a(x).log())

    (finding,) = iv.checkup(Log(), X, Y).findings
    assert finding.sentence.startswith("`b` is the first layer whose answers are not finite")


def test_glorot_below_many_relus_is_worth_a_look():
    model = at(0, lambda: mlp(depth=8, draw=glorot, width=128))
    (finding,) = iv.checkup(model, X, Y).findings
    assert (finding.sign, finding.level) == ("scheme", "worth a look")
    assert "Glorot's weights are 1.4 times smaller than He's, which relu asks for" in (
        finding.sentence
    )
    mended(finding, model)
    assert not iv.checkup(model, X, Y).findings
    assert not iv.checkup(at(0, lambda: mlp(depth=3, draw=glorot, width=128)), X, Y).findings
