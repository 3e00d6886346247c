"""Programs in PyTorch whose inputs, weights or wiring are at fault, as people have asked about."""

import copy
from itertools import pairwise

import torch
from clinic.cases import Batch, F, Sick, images, labels, words
from clinic.classics import Made, perceptron
from torch import nn

N, FEATURES, CLASSES = 256, 20, 4
init = nn.init


def numbers() -> torch.Tensor:
    return torch.randn(N, FEATURES)


def classes(X: torch.Tensor) -> torch.Tensor:
    """Those that a narrow network can learn."""
    return (X @ torch.randn(X.shape[1], CLASSES)).argmax(1)


def on(model: nn.Module, X=None, **more) -> Batch:
    X = numbers() if X is None else X
    return Batch(model, X, classes(X), "cross_entropy", **more)


def drawn(draw, depth: int = 3, width: int = 64, bend=nn.ReLU) -> nn.Sequential:
    """A perceptron whose weights are drawn by somebody's own function, and whose biases are 0."""
    model = perceptron(FEATURES, *[width] * depth, CLASSES, bend=bend)
    for layer in model[::2]:
        draw(layer.weight)
        init.zeros_(layer.bias)
    return model


# Inputs.


def bright_rows(size: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pixels, of which one row is bright, and its number."""
    X, y = torch.randint(0, 128, (N, 1, size, size)), labels(N)
    X[torch.arange(N), 0, y] += 127
    return X.float(), y


def pixels() -> Batch:
    model = nn.Sequential(
        *(nn.Conv2d(1, 16, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(16, 32, 3), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * 16, 64), nn.ReLU(), nn.Linear(64, 10)),
    )
    X, y = bright_rows(14)
    return Batch(model, X, y, "cross_entropy")


def raw_table() -> Batch:
    """Age, income, and so on, each in its own unit."""
    X = torch.rand(N, FEATURES) * torch.logspace(0, 5, FEATURES)
    y = (X[:, -1] > X[:, -1].median()).float()[:, None]
    return Batch(perceptron(FEATURES, 64, 64, 1), X, y, "binary_cross_entropy_with_logits")


def scaled_twice() -> Batch:
    model = nn.Sequential(nn.Flatten(), *perceptron(784, 128, 64, 10))
    X, y = bright_rows(28)
    for layer in model:
        if isinstance(layer, nn.Linear):
            init.kaiming_normal_(layer.weight)
            init.zeros_(layer.bias)
    return Batch(model, X / 255 / 255, y, "cross_entropy")


def years() -> Batch:
    X = torch.randint(1900, 2021, (N, 1)).float()
    y = (X > 1960).float()
    return Batch(perceptron(1, 32, 32, 1, bend=nn.Tanh), X, y, "binary_cross_entropy_with_logits")


# Weights.


def zero_layer() -> Batch:
    model = perceptron(FEATURES, 64, 64, CLASSES)
    init.zeros_(model[2].weight)
    init.zeros_(model[2].bias)
    return on(model)


def loud_head() -> Batch:
    model = perceptron(FEATURES, 64, 64, CLASSES)
    init.normal_(model[-1].weight, std=5)
    return on(model)


def biased_down() -> Batch:
    model = perceptron(FEATURES, 64, 64, CLASSES)
    for layer in model[:-1:2]:
        init.constant_(layer.bias, -10.0)
    return on(model)


def gates() -> Batch:
    """An LSTM whose weights are all N(0, 9)."""
    body = nn.LSTM(16, 32, batch_first=True)
    for name, W in body.named_parameters():
        init.normal_(W, std=3) if "weight" in name else init.zeros_(W)

    def forward(net, x):
        return net.head(net.body(net.words(x))[0][:, -1])

    X = words(length=12, samples=N)
    model = Made(forward, words=nn.Embedding(100, 16), body=body, head=nn.Linear(32, CLASSES))
    return Batch(model, X, X[:, -1] % CLASSES, "cross_entropy")


def attention() -> Batch:
    """Queries and keys of N(0, 1): every place looks at one other one, whatever comes."""
    query, key, value = (nn.Linear(64, 64, bias=False) for _ in range(3))
    init.normal_(query.weight)
    init.normal_(key.weight)

    def forward(net, x):
        x = net.words(x)
        x = x + F.scaled_dot_product_attention(net.query(x), net.key(x), net.value(x))
        return net.head(x.mean(1))

    parts = {"query": query, "key": key, "value": value, "head": nn.Linear(64, CLASSES)}
    X = words(samples=N)
    return Batch(Made(forward, words=nn.Embedding(100, 64), **parts), X, X[:, 0] % CLASSES)


def loud_words() -> Batch:
    """Embeddings of N(0, 1), which are also the last layer's weights."""
    embedding = nn.Embedding(200, 256)

    def forward(net, x):
        return net.norm(net.words(x)) @ net.words.weight.T

    X = words(200, 16, 32)
    model = Made(forward, words=embedding, norm=nn.LayerNorm(256))
    return Batch(model, X, X.roll(-1, 1), "cross_entropy")


def norms_around_zero() -> Batch:
    """DCGAN's loop over all modules, which draws norms as it draws convolutions."""
    layers = []
    for fan in (3, 16):
        layers += [nn.Conv2d(fan, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU()]
    model = nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(16, CLASSES))
    for layer in model[:6]:
        if hasattr(layer, "weight"):
            init.normal_(layer.weight, 0, 0.02)
    X = images(16, N)
    return Batch(model, X, (X.mean((1, 2, 3)) > 0).long(), "cross_entropy")


def copied() -> Batch:
    layer = nn.Linear(64, 64)
    hidden = [nn.Sequential(copy.deepcopy(layer), nn.ReLU()) for _ in range(4)]
    first, last = nn.Linear(FEATURES, 64), nn.Linear(64, CLASSES)
    return on(nn.Sequential(first, nn.ReLU(), *hidden, last))


def one_seed() -> Batch:
    """A function that makes a layer, and seeds the generator first."""

    def layer(fan_in, fan_out):
        torch.manual_seed(42)
        return nn.Linear(fan_in, fan_out)

    hidden = [nn.Sequential(layer(64, 64), nn.Tanh()) for _ in range(3)]
    return on(nn.Sequential(layer(FEATURES, 64), nn.Tanh(), *hidden, layer(64, CLASSES)))


# Wiring.


def residual_growth() -> Batch:
    blocks = nn.ModuleList(perceptron(64, 64, 64) for _ in range(24))
    model = Made(
        lambda net, x: net.head(net.run(net.first(x))),
        first=nn.Linear(FEATURES, 64),
        blocks=blocks,
        head=nn.Linear(64, CLASSES),
    )

    def run(x):
        for block in blocks:
            x = x + block(x)
        return x

    model.run = run
    for module in model.modules():
        if isinstance(module, nn.Linear):
            init.kaiming_normal_(module.weight)
    return on(model)


def overflow() -> Batch:
    """exp of what has no bounds."""
    model = Made(
        lambda net, x: net.b(torch.exp(net.a(x))),
        a=nn.Linear(FEATURES, 64),
        b=nn.Linear(64, CLASSES),
    )
    return on(model, 100 * numbers())


def root_of_zero() -> Batch:
    """Distances of equal things: the slope of a root is infinite at 0."""
    X = numbers()
    model = Made(
        lambda net, x: net.head(torch.sqrt((net.embed(x) - net.embed(x)).square())),
        embed=nn.Linear(FEATURES, 32),
        head=nn.Linear(32, CLASSES),
    )
    return on(model, X)


def wrong_end() -> Batch:
    """A GRU of both directions, read at its last place, where the one back has seen one word."""
    model = Made(
        lambda net, x: net.head(net.body(net.words(x))[0][:, -1]),
        words=nn.Embedding(100, 16),
        body=nn.GRU(16, 16, batch_first=True, bidirectional=True),
        head=nn.Linear(32, CLASSES),
    )
    X = words(samples=N)
    return Batch(model, X, X[:, -1] % CLASSES, "cross_entropy")


def dropped_all() -> Batch:
    """What is to be kept, given as what is to be dropped."""
    model = nn.Sequential(
        nn.Linear(FEATURES, 64), nn.ReLU(), nn.Dropout(1.0), nn.Linear(64, CLASSES)
    )
    return on(model)


def plain_list() -> Batch:
    model = Made(lambda net, x: net.head(net.run(x)), head=nn.Linear(64, CLASSES))
    model.hidden = [nn.Linear(FEATURES, 64), nn.Linear(64, 64)]

    def run(x):
        for layer in model.hidden:
            x = F.relu(layer(x))
        return x

    model.run = run
    return on(model)


def cut_off(way) -> Batch:
    """way: from what the first layers give to what the last one takes."""
    model = Made(
        lambda net, x: net.head(way(F.relu(net.body(x)))),
        body=perceptron(FEATURES, 64, 64),
        head=nn.Linear(64, CLASSES),
    )
    return on(model)


def without_gradient(x: torch.Tensor) -> torch.Tensor:
    with torch.no_grad():
        return x * 2


def linear_rows() -> Batch:
    sizes = [FEATURES, *[64] * 5, CLASSES]
    return on(nn.Sequential(*(nn.Linear(*s) for s in pairwise(sizes))))


def forum(name: str, kind: str, causes: str, make, source: str = "PyTorch's forum") -> Sick:
    return Sick(name, kind, frozenset(causes.split("|")), source, make)


SICK = [
    forum("pixels from 0 to 255", "inputs", "inputs", pixels, "UMLAUT A1"),
    forum("a table as it is", "inputs", "inputs", raw_table, "DeepDiagnosis: StackOverflow"),
    forum("pixels divided by 255 twice", "inputs", "inputs", scaled_twice, "TheDeepChecker"),
    forum("years, into tanh", "inputs", "inputs", years),
    forum("all weights 0", "zeros", "zeros", lambda: on(drawn(init.zeros_)), "AutoTrainer"),
    forum("one layer of 0", "zeros", "zeros", zero_layer),
    forum(
        "all weights ½",
        "constant",
        "symmetry",
        lambda: on(drawn(lambda W: init.constant_(W, 0.5))),
        "AutoTrainer",
    ),
    forum(
        "all weights 1, tanh", "constant", "symmetry", lambda: on(drawn(init.ones_, bend=nn.Tanh))
    ),
    forum(
        "N(0, 1) and tanh",
        "too large",
        "weights",
        lambda: on(drawn(init.normal_, 5, 256, nn.Tanh)),
        "AutoTrainer",
    ),
    forum(
        "10 times He's",
        "too large",
        "weights",
        lambda: on(drawn(lambda W: init.kaiming_normal_(W).data.mul_(10), 6)),
    ),
    forum("a last layer of N(0, 25)", "too large", "weights|loss", loud_head),
    forum(
        "N(0, 0.001²) and ReLU",
        "too small",
        "weights",
        lambda: on(drawn(lambda W: init.normal_(W, std=0.001), 6)),
        "AutoTrainer",
    ),
    forum(
        "N(0, 0.01²) and tanh",
        "too small",
        "weights",
        lambda: on(drawn(lambda W: init.normal_(W, std=0.01), 8, bend=nn.Tanh)),
    ),
    forum(
        "rand(), all positive",
        "not centred",
        "weights",
        lambda: on(drawn(init.uniform_)),
        "DeepDiagnosis: StackOverflow",
    ),
    forum(
        "24 ReLU of Xavier's weights",
        "scheme",
        "scheme|weights",
        lambda: on(drawn(init.xavier_uniform_, 24)),
        "AutoTrainer",
    ),
    forum(
        "10 sigmoids",
        "stacked sigmoids",
        "gradient|scheme",
        lambda: on(perceptron(FEATURES, *[64] * 10, CLASSES, bend=nn.Sigmoid)),
        "AutoTrainer",
    ),
    forum(
        "20 tanh of PyTorch's default",
        "stacked sigmoids",
        "weights|gradient|scheme",
        lambda: on(perceptron(FEATURES, *[64] * 20, CLASSES, bend=nn.Tanh)),
    ),
    forum("biases of -10, ReLU", "dead", "saturated", biased_down, "AutoTrainer"),
    forum("an LSTM of N(0, 9)", "gates and attention", "weights", gates),
    forum("attention of N(0, 1)", "gates and attention", "weights", attention),
    forum("tied words of N(0, 1)", "too large", "weights|loss", loud_words),
    forum("norms around 0", "norms", "norms", norms_around_zero),
    forum("copies of one layer", "twins", "twins", copied, "pytorch#72253"),
    forum("one seed for every layer", "twins", "twins", one_seed),
    forum("24 branches without a norm", "growth", "signal", residual_growth),
    forum("exp of anything", "not finite", "not finite|inputs", overflow, "AutoTrainer"),
    forum("the root of 0", "not finite", "not finite", root_of_zero),
    forum("both directions, one end", "no gradient", "gradient", wrong_end),
    forum("all is dropped", "no gradient", "gradient|detached|saturated", dropped_all),
    forum("layers in a list", "unlisted", "unlisted", plain_list),
    forum("detach() on the way", "cut off", "detached", lambda: cut_off(torch.detach)),
    forum("no_grad on the way", "cut off", "detached", lambda: cut_off(without_gradient)),
    forum(
        "to NumPy and back",
        "cut off",
        "detached",
        lambda: cut_off(lambda x: torch.tensor(x.tolist())),
    ),
    forum("6 layers, no activation", "linear", "unbent", linear_rows, "UMLAUT B1"),
    forum(
        "a learning rate of 10",
        "learning rate",
        "update",
        lambda: on(perceptron(FEATURES, 64, 64, CLASSES), learning_rate=10.0),
        "UMLAUT B2",
    ),
]
