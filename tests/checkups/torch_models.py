"""PyTorch models that the check-ups are tried on, the sick with what they have."""

from dataclasses import replace
from html.parser import HTMLParser
from math import sqrt

import numpy as np
import pytest

import initviz as iv
from initviz.checkups import table

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
        "symmetry",
        "worth a look",
        "2",
    ),
    "all constant": (lambda: mlp(nn.Tanh, draw=constant(0.1)), "symmetry", "serious", "0"),
    "wide N(0, 1), tanh": (
        lambda: mlp(nn.Tanh, 5, nn.init.normal_, width=128),
        "weights",
        "serious",
        "4",
    ),
    "20 sigmoids": (lambda: mlp(nn.Sigmoid, 20), "gradient", "serious", "0"),
    "dead ReLU": (lambda: biased(mlp(), -5.0), "saturated", "serious", "0"),
    "tanh far on one side": (lambda: biased(mlp(nn.Tanh), -5.0), "saturated", "serious", "0"),
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
    assert 1 <= len(finding.mend.splitlines()) <= 2
    scope = {"model": model, "X": X, "y": y, "loss": None, "torch": torch, "nn": nn, "iv": iv}
    exec(finding.mend, scope | {"replace": replace}, scope)
    return scope["model"], scope["X"], scope["y"], scope["loss"]


def grouped(kind, dims):
    return kind(4, 8, (3,) * dims, groups=2)


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
    rows = table.that_matter(report.layers, {n for f in report.findings for n in f.layers})
    assert page.counts["tr"] == len(rows) + 1 <= max(len(report.layers), 2 * table.SHOWN) + 1
    assert frame.shape == (len(report.layers), 12)
    for layer in (row for row in rows if not isinstance(row, int)):
        assert layer.name in str(report)
        assert layer.name in page.text
    for finding in report.findings:
        assert finding.sentence in str(report)
        assert finding.mend in page.text
    figure.canvas.draw()
    return page, frame, figure


NOISE = np.random.default_rng(0)
