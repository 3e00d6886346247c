"""What the clinic's cases are made of: a model at its own start, a batch, and a loss."""

from collections.abc import Callable
from dataclasses import dataclass
from math import nan
from typing import Any

import torch

F = torch.nn.functional
CLASSES = 10
IMAGENET = 1000  # classes, with which public architectures for images come


@dataclass(frozen=True)
class Batch:
    """What ``checkup`` is asked about."""

    model: Any
    X: Any
    y: Any = None
    loss: Any = None
    learning_rate: float | None = None


@dataclass(frozen=True)
class Healthy:
    """Somebody's architecture at its own random start. make: builds it, and a batch for it."""

    name: str
    family: str
    make: Callable[[], Batch]


@dataclass(frozen=True)
class Sick:
    """A program with a fault that its start can show.

    kind: of the fault. causes: the signs that name it. source: where people ran into it. make:
    builds it.
    """

    name: str
    kind: str
    causes: frozenset[str]
    source: str
    make: Callable[[], Batch]
    framework: str = "PyTorch"


@dataclass(frozen=True)
class Result:
    """What came of one case.

    findings: (level, sign, sentence, mend), the worst first, without those that are fine. error:
    what the check-up raised, in one sentence; broken: what is wrong with the case itself. cost: of
    a check-up, without trying mends and with it, in units of one pass of the batch. effect: of the
    first mend, on training.
    """

    case: Healthy | Sick
    findings: tuple[tuple[str, str, str, str], ...] = ()
    error: str = ""
    broken: str = ""
    cost: tuple[float, float] = (nan, nan)
    effect: str = ""

    @property
    def levels(self) -> set[str]:
        return {level for level, *_ in self.findings}

    @property
    def seen(self) -> bool:
        return bool(self.findings or self.error)

    @property
    def named(self) -> bool:
        """An error names what does not fit: y, or the loss."""
        first = self.findings[0][1] if self.findings else ""
        return bool(self.error) or first in self.case.causes


def images(size: int = 64, samples: int = 8, channels: int = 3) -> torch.Tensor:
    return torch.randn(samples, channels, size, size)


def words(vocabulary: int = 100, length: int = 16, samples: int = 8) -> torch.Tensor:
    return torch.randint(5, vocabulary, (samples, length))


def labels(samples: int = 8, classes: int = CLASSES) -> torch.Tensor:
    return torch.arange(samples) % classes


def on_logits(output, y):
    """Cross-entropy of what Transformers calls logits; of a sequence's, for each of its places."""
    z = output["logits"] if isinstance(output, dict) else output
    return F.cross_entropy(z.flatten(0, -2), y.flatten())
