"""What a framework's adapter hands over: the layers as measured, the loss, and how to mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Protocol

from ..errors import bad
from .layer import Layer


class Mends(Protocol):
    """Each is one line of code in the framework's own words, for a model called ``model``."""

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str:
        """Draw the weights again, by "Glorot", "He" or "LeCun"."""

    def unbias(self, layers: Sequence[Layer]) -> str:
        """Set the biases to 0."""

    def shrink(self, layer: Layer) -> str:
        """Make the weights ten times smaller."""

    def bend(self, layers: Sequence[Layer]) -> str:
        """Replace sigmoids by tanh, but not the one that the model ends in."""

    def freeze(self, layers: Sequence[Layer]) -> str:
        """Say that weights are not to be trained."""


@dataclass(frozen=True)
class Examination:
    """One batch, forward and backward.

    layers: in the order of the forward pass. loss_name: "" where no loss was asked for; the
        gradients are then those of a random projection of the output.
    output_spread: how a number in the output varies over the batch; NaN if it is not one tensor.
    loss: before any step. guessing: the loss of a model that knows nothing. Both may be NaN.
    input_size: rms of the numbers in X that are not 0; NaN where X is not one array of them.
    twice: the function that the model's answers have been through, and that the loss applies
        again; "" as a rule.
    """

    framework: str
    layers: tuple[Layer, ...]
    output_spread: float
    loss_name: str
    loss: float
    guessing: float
    learning_rate: float
    mends: Mends
    input_size: float = nan
    twice: str = ""

    @property
    def matrices(self) -> list[Layer]:
        """The trained weights that have units and a fan-in and took part, in their order."""
        return [
            layer
            for layer in self.layers
            if layer.role == "matrix" and layer.trainable and not isnan(layer.gradient_rms)
        ]

    @property
    def gradient_ratio(self) -> float:
        """rms of the first layer's gradient, divided by the last one's. NaN where there are none.

        Layers that are listed only ("other") stand in where no others are trained.
        """
        trained = self.matrices or [layer for layer in self.layers if layer.role == "other"]
        sizes = [layer.gradient_rms for layer in trained if layer.gradient_rms >= 0]
        return sizes[0] / sizes[-1] if sizes and sizes[-1] > 0 else nan


def finite_batch(name: str, samples: int, numbers: int, not_finite: int) -> None:
    """Raise ValueError unless a batch has samples to compare, and all its numbers are finite."""
    if samples < 2 or not numbers:
        raise bad(name, f"{samples} samples", "give a batch of at least 2")
    if not_finite:
        raise ValueError(
            f"{name}: {not_finite:,} of its {numbers:,} numbers are not finite (NaN or infinite): "
            "mend the data first"
        )
