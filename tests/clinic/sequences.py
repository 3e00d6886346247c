"""Classic networks of words and waves, written by hand in PyTorch."""

from math import sqrt

import torch
from clinic.cases import Batch, F, Healthy, words
from clinic.classics import CLASSES, Made, N, classes, numbers, perceptron
from torch import nn


def reader(kind, **options) -> Batch:
    def forward(net, x):
        return net.head(net.body(net.words(x))[0].mean(1))

    wide = 64 if options.get("bidirectional") else 32
    body = kind(16, 32, batch_first=True, **options)
    parts = {"words": nn.Embedding(100, 16), "body": body, "head": nn.Linear(wide, CLASSES)}
    return Batch(Made(forward, **parts), words(samples=32), classes(32))


def translator() -> Batch:
    """nn.Transformer as it is, over embeddings scaled as in 2017."""

    def forward(net, source, target):
        source, target = (net.words(x) * sqrt(32) + net.place for x in (source, target))
        return net.head(net.body(source, target))

    body = nn.Transformer(32, 4, 2, 2, 64, batch_first=True)
    place = nn.Parameter(0.02 * torch.randn(1, 16, 32))
    embedding = nn.Embedding(100, 32)
    nn.init.normal_(embedding.weight, std=32**-0.5)
    model = Made(forward, words=embedding, place=place, body=body, head=nn.Linear(32, 100))
    return Batch(model, (words(), words()), words(), "cross_entropy")


def attending() -> Batch:
    """Bahdanau's: a GRU reads, another one writes and looks back at every step."""

    def forward(net, x):
        read, state = net.reads(net.words(x))
        state, written = state[0], []
        for _ in range(4):
            scores = net.score(torch.tanh(net.query(state)[:, None] + net.key(read)))
            state = net.writes((scores.softmax(1) * read).sum(1), state)
            written.append(net.head(state))
        return torch.stack(written, 1)

    parts = {
        "words": nn.Embedding(100, 16),
        "reads": nn.GRU(16, 32, batch_first=True),
        "query": nn.Linear(32, 32),
        "key": nn.Linear(32, 32),
        "score": nn.Linear(32, 1),
        "writes": nn.GRUCell(32, 32),
        "head": nn.Linear(32, 100),
    }
    return Batch(Made(forward, **parts), words(), words(length=4), "cross_entropy")


def wavenet() -> Batch:
    """Gated convolutions with gaps that double, added up on their way out."""

    def forward(net, x):
        x, out = net.first(x), 0
        for gap, (wave, gate, onward) in zip((1, 2, 4, 8), net.blocks, strict=True):
            past = F.pad(x, (gap, 0))
            z = onward(wave(past).tanh() * gate(past).sigmoid())
            x, out = x + z, out + z
        return net.head(F.relu(out))

    blocks = nn.ModuleList(
        nn.ModuleList([*(nn.Conv1d(16, 16, 2, dilation=gap) for _ in "ab"), nn.Conv1d(16, 16, 1)])
        for gap in (1, 2, 4, 8)
    )
    model = Made(forward, first=nn.Conv1d(1, 16, 1), blocks=blocks, head=nn.Conv1d(16, 32, 1))
    return Batch(model, numbers(8, 1, 64), torch.randint(32, (8, 64)), "cross_entropy")


def char_rnn() -> Batch:
    """A plain recurrent network that starts as the identity (Le et al. 2015)."""
    body = nn.RNN(8, 32, nonlinearity="relu", batch_first=True)
    nn.init.eye_(body.weight_hh_l0)

    def forward(net, x):
        return net.head(net.body(net.words(x))[0])

    X = words(30, 12)
    model = Made(forward, words=nn.Embedding(30, 8), body=body, head=nn.Linear(32, 30))
    return Batch(model, X, X.roll(-1, 1), "cross_entropy")


def recommender() -> Batch:
    """Factors of users and of things, and their products."""

    def forward(net, pairs):
        who, what = net.users(pairs[:, 0]), net.things(pairs[:, 1])
        return (who * what).sum(1, keepdim=True) + net.head(torch.cat([who, what], 1))

    users, things = nn.Embedding(50, 16), nn.Embedding(80, 16)
    nn.init.normal_(users.weight, std=0.1)
    nn.init.normal_(things.weight, std=0.1)
    model = Made(forward, users=users, things=things, head=perceptron(32, 32, 1))
    X = torch.stack([torch.randint(50, (N,)), torch.randint(80, (N,))], 1)
    return Batch(model, X, torch.randn(N, 1))


MAKERS = {
    "LSTM": lambda: reader(nn.LSTM),
    "GRU both ways": lambda: reader(nn.GRU, bidirectional=True),
    "LSTM of two layers": lambda: reader(nn.LSTM, num_layers=2),
    "nn.Transformer": translator,
    "attention of 2015": attending,
    "WaveNet": wavenet,
    "IRNN": char_rnn,
    "recommender": recommender,
}
CASES = [Healthy(name, "by hand, PyTorch", make) for name, make in MAKERS.items()]
