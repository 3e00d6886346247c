"""What a check-up looks at: the layers as measured, the loss, and how to mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan, sqrt
from typing import TYPE_CHECKING, Protocol

import numpy as np

from . import standards

if TYPE_CHECKING:
    from .vitals import Vitals

# The standard deviation that each scheme aims at, from (fan_in, fan_out).
SCHEMES = {name: standards.SCHEMES[name] for name in ("Glorot", "He", "LeCun")}
DEFAULT = "default"  # what the framework does when nobody says anything


@dataclass(frozen=True)
class Layer:
    """One weight array of a model, or one activation that stands on its own. NaN says nothing.

    name: as the model calls it. parameter: of the weights; "" where there are none.
    kind: the class of the layer, or the name of the activation that stands on its own.
    role: "matrix" (its rows are units, and their sums have a fan-in), "embedding", "norm",
        "activation", or "other": listed, and not judged by anything that needs a fan-in.
    shape, fan_in, fan_out: of the weights; fans are NaN where there is no such thing.
    default_std: the standard deviation that the framework's own default aims at.
    weight_mean, weight_std, weight_rms: of the weights, not of the bias.
    bias_mean: of the bias.
    units, distinct: how many there are, and how many of them differ, if only a little, in their
        weights or in the gradient of these; differing: visibly, in their weights alone.
    activation: what its output goes straight into; None where that was not seen.
    normed: whether its output goes straight into a norm, which forgives any scale.
    output_mean, output_std: of its outputs, behind the activation if there is one.
    spread: the std of a unit's outputs over samples and places (rms over the units).
    saturated: share of units that pass hardly any gradient; dead_word: "dead" or "saturated".
    gradient_std, gradient_rms: of d loss / d weight; infinite where it is NaN, and NaN where the
        loss does not depend on the weights. trainable: whether they are to get one.
    update: rms of the first step of plain gradient descent, divided by that of the weights.
    calls: how often the batch went through; 0 where that could not be seen.
    last: whether its output, activation included, is the model's.
    """

    name: str
    kind: str
    role: str
    parameter: str = ""
    shape: tuple[int, ...] = ()
    fan_in: float = nan
    fan_out: float = nan
    default_std: float = nan
    weight_mean: float = nan
    weight_std: float = nan
    weight_rms: float = nan
    bias_mean: float = nan
    units: int = 0
    distinct: float = nan
    differing: float = nan
    activation: str | None = None
    normed: bool = False
    output_mean: float = nan
    output_std: float = nan
    spread: float = nan
    saturated: float = nan
    dead_word: str = ""
    trainable: bool = True
    gradient_std: float = nan
    gradient_rms: float = nan
    update: float = nan
    calls: int = 0
    last: bool = False

    @property
    def zero(self) -> bool:
        return self.weight_rms == 0

    @property
    def moving(self) -> bool:
        """All weights are 0, and yet they get a gradient: they move in step 1."""
        return self.zero and self.gradient_rms > standards.NO_GRADIENT

    @property
    def against(self) -> dict[str, float]:
        """The weights' std, divided by what each scheme aims at."""
        if self.role != "matrix":
            return {}
        targets = {name: std(self.fan_in, self.fan_out) for name, std in SCHEMES.items()}
        return {n: self.weight_std / t for n, t in {**targets, DEFAULT: self.default_std}.items()}

    @property
    def schemes(self) -> list[str]:
        """The schemes that may have drawn the weights: more than one where their targets agree.

        The std of N numbers has a relative error of about 1 / √(2N); four of them are allowed, and
        at least 3 %.
        """
        if not self.weight_std > 0:
            return []
        allowed = max(0.03, 4 / sqrt(2 * np.prod(self.shape)))
        return [name for name, ratio in self.against.items() if abs(np.log(ratio)) < allowed]


class Mends(Protocol):
    """Each is one line of code in the framework's own words, for a model called ``model``.

    redraw: the weights again, by "Glorot", "He" or "LeCun". unbias: set the biases to 0. shrink:
    make the weights ten times smaller. bend: replace sigmoids by tanh, but not the one that the
    model ends in. freeze: say that weights are not to be trained.
    """

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str: ...
    def unbias(self, layers: Sequence[Layer]) -> str: ...
    def shrink(self, layer: Layer) -> str: ...
    def bend(self, layers: Sequence[Layer]) -> str: ...
    def freeze(self, layers: Sequence[Layer]) -> str: ...


@dataclass(frozen=True)
class Examination:
    """One batch, forward and backward.

    layers: in the order of the forward pass. loss_name: "" where no loss was asked for; the
        gradients are then those of a random projection of the output.
    output_spread: how a number in the output varies over the batch; NaN if it is not one tensor.
    loss: before any step. guessing: of the best output for the targets that is the same for every
        input. chance: of equal probabilities for all classes, where the output is probabilities,
        else that of guessing. All may be NaN.
    input_size: rms of the numbers in X that are not 0; NaN where X is not one array of them.
    twice: the function that the model's outputs have been through, and that the loss applies
        again; "" as a rule.
    vitals: the signs that have zones, for a chain of layers such as a ``Network`` is; None for
        models whose shortcuts and norms forgive what would harm a chain.
    """

    framework: str
    layers: tuple[Layer, ...]
    output_spread: float
    loss_name: str
    loss: float
    guessing: float
    chance: float
    learning_rate: float
    mends: Mends
    input_size: float = nan
    twice: str = ""
    vitals: Vitals | None = None

    @property
    def matrices(self) -> list[Layer]:
        """The trained weights that have units and a fan-in and took part, in their order."""
        trained = [layer for layer in self.layers if layer.role == "matrix" and layer.trainable]
        return [layer for layer in trained if not isnan(layer.gradient_rms)]

    @property
    def gradient_ratio(self) -> float:
        """rms of the first layer's gradient, divided by the last one's. NaN where there are none.

        Layers that are listed only ("other") stand in where no others are trained.
        """
        trained = self.matrices or [layer for layer in self.layers if layer.role == "other"]
        sizes = [layer.gradient_rms for layer in trained if layer.gradient_rms >= 0]
        return sizes[0] / sizes[-1] if sizes and sizes[-1] > 0 else nan


@np.errstate(all="ignore")
def size_of_inputs(X) -> float:
    """The rms of the numbers that are not 0; NaN where there are none."""
    X = np.abs(np.asarray(X, dtype=float))
    largest = X.max(initial=0)  # in units of which no square overflows
    return float(largest * np.sqrt(((X[X > 0] / largest) ** 2).mean())) if largest else nan
