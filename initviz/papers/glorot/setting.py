"""What the networks of the paper have in common."""

from ...training.experiment import Experiment
from ..result import Paper

PAPER = Paper(
    "Glorot & Bengio 2010",
    "Understanding the difficulty of training deep feedforward neural networks",
    "https://proceedings.mlr.press/v9/glorot10a.html",
)
SCHEMES = {"standard": "pytorch_default", "normalised": "glorot_uniform"}
DEPTH = 5  # hidden layers
QUIET = 0.3  # a control: the same images, their pixels multiplied by this


def experiment(data: str, layers: tuple, activation: str, scheme: str, **training) -> Experiment:
    """In batches of 10. scheme: a key of ``SCHEMES``; training: as ``Experiment`` takes it."""
    return Experiment(data, layers, activation, SCHEMES[scheme], batch_size=10, **training)
