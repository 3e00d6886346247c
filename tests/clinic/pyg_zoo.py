"""Networks for graphs, of PyG, at their own start."""

import torch
import torch_geometric.nn as pyg
from clinic.cases import CLASSES, Batch, F, Healthy, labels
from torch import nn

NODES, FEATURES = 64, 16


def ring() -> torch.Tensor:
    """(2, edges): every node and its neighbours, and some that are far away."""
    here = torch.arange(NODES)
    pairs = [torch.stack([here, (here + step) % NODES]) for step in (1, 2, 11)]
    edges = torch.cat(pairs, 1)
    return torch.cat([edges, edges.flip(0)], 1)


class OnGraph(nn.Module):
    """A class for every node. The edges are not the network's input here, but part of it."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net
        self.register_buffer("edges", ring())

    def forward(self, x):
        return self.net(x, self.edges)


class Layers(nn.Module):
    """Two of PyG's layers and a ReLU between them."""

    def __init__(self, kind, **options):
        super().__init__()
        self.first = kind(FEATURES, 32, **options)
        self.second = kind(32, CLASSES, **options)

    def forward(self, x, edges):
        return self.second(F.relu(self.first(x, edges)), edges)


class OfGraphs(nn.Module):
    """A class for each of eight parts of the graph."""

    def __init__(self):
        super().__init__()
        perceptron = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, 32))
        self.conv, self.head = pyg.GINConv(perceptron), nn.Linear(32, CLASSES)
        self.register_buffer("edges", ring())
        self.register_buffer("part", torch.arange(NODES) // 8)

    def forward(self, x):
        x = pyg.global_mean_pool(F.relu(self.conv(x, self.edges)), self.part)
        return self.head(x)


def on_nodes(net: nn.Module) -> Batch:
    return Batch(OnGraph(net), torch.randn(NODES, FEATURES), labels(NODES))


def of_graphs() -> Batch:
    return Batch(OfGraphs(), torch.randn(NODES, FEATURES), labels())


def pna() -> nn.Module:
    options = {"aggregators": ["mean", "max", "std"], "scalers": ["identity", "amplification"]}
    return pyg.PNA(FEATURES, 32, 2, CLASSES, deg=torch.tensor([0, 0, 0, 0, 0, 0, NODES]), **options)


MAKERS = {
    "GCN": lambda: pyg.GCN(FEATURES, 32, 3, CLASSES),
    "GraphSAGE": lambda: pyg.GraphSAGE(FEATURES, 32, 3, CLASSES),
    "GIN": lambda: pyg.GIN(FEATURES, 32, 3, CLASSES),
    "GAT": lambda: pyg.GAT(FEATURES, 32, 3, CLASSES, heads=4),
    "GATv2": lambda: pyg.GAT(FEATURES, 32, 3, CLASSES, heads=4, v2=True),
    "EdgeCNN": lambda: pyg.EdgeCNN(FEATURES, 32, 3, CLASSES),
    "PNA": pna,
    "GCN with JumpingKnowledge": lambda: pyg.GCN(FEATURES, 32, 3, CLASSES, jk="cat"),
    "ChebConv": lambda: Layers(pyg.ChebConv, K=3),
    "TAGConv": lambda: Layers(pyg.TAGConv),
    "TransformerConv": lambda: Layers(pyg.TransformerConv),
    "GraphConv": lambda: Layers(pyg.GraphConv),
    "ARMAConv": lambda: Layers(pyg.ARMAConv),
    "SGConv": lambda: Layers(pyg.SGConv, K=2),
}
CASES = [
    *(Healthy(name, "PyG", lambda make=make: on_nodes(make())) for name, make in MAKERS.items()),
    Healthy("GIN of graphs", "PyG", of_graphs),
]
