"""What a check-up looks at: the layers as measured, the loss, and how to mend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import inf, isnan, nan, sqrt
from typing import TYPE_CHECKING, Protocol

import numpy as np

from . import standards

if TYPE_CHECKING:
    from .vitals import Vitals

# The standard deviation that each scheme aims at, from (fan_in, fan_out).
SCHEMES = {name: standards.SCHEMES[name] for name in ("Glorot", "He", "LeCun")}
USUAL_RATE = 0.01  # for the size of a step, where no learning rate is told
DEFAULT = "default"  # what the framework does when nobody says anything

# Which scheme an activation asks for. What is not named here gets Glorot's.
RECTIFIERS = {"celu", "elu", "gelu", "leaky_relu", "mish", "relu", "silu", "softplus", "swish"}
RECTIFIERS |= {"relu6", "hardswish", "hard_swish", "hard_silu"}  # as frameworks spell them
ASKS_FOR = dict.fromkeys(RECTIFIERS, "He") | {"selu": "LeCun"}


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
    before: the parameters of the weights that its inputs have gone through; None where that is not
        known, and then it is all weights of the layers listed above.
    bypassed: whether its inputs also go on past all weights, as they do in a residual block.
    joins: whether its output is added at once to what it was made of, at the end of such a block.
    straight: the parameters of the matrices whose products it takes as they are.
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
    before: frozenset[str] | None = None
    bypassed: bool = False
    joins: bool = False
    straight: frozenset[str] = frozenset()
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
    def steepness(self) -> float:
        """rms of d loss / d weight, for weights in units of what the scheme that fits them draws.

        It tells whether a gradient fades or explodes on its way. The gradient itself is large just
        because weights before a norm are small, and those of all other layers are small just
        because the last one's weights are.
        """
        size = size_against(self)
        return self.gradient_rms * (size if size > 0 else 1)

    @property
    def input_spread(self) -> float:
        """About how far its inputs lie apart: that of the outputs, without the weights' doing."""
        return self.spread / (self.weight_std * sqrt(self.fan_in)) if self.weight_std else nan

    @property
    def against(self) -> dict[str, float]:
        """The weights' std, divided by what each scheme aims at."""
        if self.role != "matrix":
            return {}
        targets = {name: std(self.fan_in, self.fan_out) for name, std in SCHEMES.items()}
        if not isnan(self.default_std):
            targets[DEFAULT] = self.default_std
        return {name: self.weight_std / target for name, target in targets.items()}

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


def misfit(ratio: float) -> float:
    """How many times too large or too small."""
    return max(ratio, 1 / ratio) if ratio > 0 else inf if ratio == 0 else 0.0


def asked_for(layer: Layer) -> str:
    """The scheme that fits what the layer's output goes into."""
    return ASKS_FOR.get(layer.activation or "", "Glorot")


def size_against(layer: Layer) -> float:
    """The weights' std, divided by what the activation asks for; without one, by the nearest.

    NaN where weights have no fan-in.
    """
    if layer.activation or not layer.against:
        return layer.against.get(asked_for(layer), nan)
    return min(layer.against.values(), key=misfit)


@dataclass(frozen=True)
class Head:
    """Where a model's output meets its loss and its targets. Nothing is known as a rule.

    takes: "logits", "probabilities", "log-probabilities" or "numbers", whatever the loss is made
        for; "" where that is not known. several: whether of several classes one is right; else
        every output is a yes or a no, or a number.
    bent: the function that the outputs have been through, where one was seen.
    units: how many numbers the model gives for a sample. low, high: the least and the largest.
    y: the targets; None where they are no single array.
    summed: whether the loss is the sum of that of the samples; mean: what its ``reduction`` is
        called where it is their mean, "" where it has none.
    crossed: whether the loss compares each output with each target, since one has an axis more.
    """

    takes: str = ""
    several: bool = False
    bent: str = ""
    units: int = 0
    low: float = nan
    high: float = nan
    y: np.ndarray | None = None
    summed: bool = False
    mean: str = ""
    crossed: bool = False


class Mends(Protocol):
    """Each is one line of code in the framework's own words, for a model called ``model``.

    redraw: the weights again, by "Glorot", "He" or "LeCun". unbias: set the biases to 0. shrink:
    make the weights ten times smaller. bend: replace sigmoids by tanh, but not the one that the
    model ends in. freeze: say that weights are not to be trained. silence: have branches add
    nothing at first, or less.
    enlist: have the model list the layers that these weights are in. end_in: have the model end in
    an activation, "linear" for none. compare: a cross-entropy for outputs that have been through a
    function, "" for logits; shares: whether targets are shares of the classes. begin_at: give the
    layer these biases.
    """

    def redraw(self, layers: Sequence[Layer], scheme: str) -> str: ...
    def unbias(self, layers: Sequence[Layer]) -> str: ...
    def shrink(self, layer: Layer) -> str: ...
    def bend(self, layers: Sequence[Layer]) -> str: ...
    def freeze(self, layers: Sequence[Layer]) -> str: ...
    def silence(self, layers: Sequence[Layer]) -> str: ...
    def enlist(self, names: Sequence[str]) -> str: ...
    def end_in(self, activation: str) -> str: ...
    def compare(self, bent: str, several: bool, shares: bool) -> str: ...
    def begin_at(self, layer: Layer, biases: Sequence[float]) -> str: ...


@dataclass(frozen=True)
class Examination:
    """One batch, forward and backward.

    layers: in the order of the forward pass. loss_name: "" where no loss was asked for; the
        gradients are then those of a random projection of the output.
    output_spread: how a number in the output varies over the batch; NaN if it is not one tensor.
    loss: before any step. guessing: of the best output for the targets that is the same for every
        input. chance: of equal probabilities for all classes, where the output is probabilities,
        else that of guessing. All may be NaN.
    rate_told: whether the learning rate is the user's.
    input_size: rms of the numbers in X that are not 0, as they reach the first layer; NaN where X
        is not one array of them. input_normed: whether the first layer is a norm.
    unlisted: the names of weights that the loss depends on, and that the model does not list.
    detached: the parameters of weights that change the output, though no gradient leads back.
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
    rate_told: bool = False
    input_size: float = nan
    input_normed: bool = False
    unlisted: tuple[str, ...] = ()
    detached: frozenset[str] = frozenset()
    head: Head = Head()
    vitals: Vitals | None = None

    @cached_property
    def matrices(self) -> list[Layer]:
        """The trained weights that have units and a fan-in and took part, in their order."""
        trained = [layer for layer in self.layers if layer.role == "matrix" and layer.trainable]
        return [layer for layer in trained if not isnan(layer.gradient_rms)]

    @cached_property
    def _place(self) -> dict[int, int]:
        return {id(layer): n for n, layer in enumerate(self.layers)}

    def leads(self, one: Layer, other: Layer) -> bool:
        """Whether what comes into the other has gone through the one's weights."""
        if other.before is None:
            return self._place[id(one)] < self._place[id(other)]
        return one.parameter in other.before

    def _follows(self, one: Layer, other: Layer) -> bool:
        """Those that are called again and again lead to one another, and none of them follows."""
        return self.leads(other, one) and not self.leads(one, other)

    @cached_property
    def first(self) -> list[Layer]:
        """The matrices that no other one leads to: of an attention its query, key and value."""
        every = self.matrices
        return [x for x in every if not any(self._follows(x, other) for other in every)]

    @cached_property
    def final(self) -> list[Layer]:
        """The matrices that lead to no other one."""
        every = self.matrices
        return [x for x in every if not any(self._follows(other, x) for other in every)]

    @property
    def ends(self) -> list[Layer]:
        """The one of the first layers, and the one of the final ones, with the largest gradient.

        Where the signal goes past the first ones, it is the one of all before the final ones: what
        fades on its way into a branch has not faded on the way past it.
        """
        inner = [x for x in self.matrices if x not in self.final] or self.final
        begin = inner if any(x.bypassed for x in self.first) else self.first
        return [max(some, key=lambda x: x.steepness) for some in (begin, self.final) if some]

    @property
    def gradient_ratio(self) -> float:
        """The first layer's gradient, divided by the last one's, as ``steepness`` has them.

        Where several layers are first, or last, it is the largest of theirs. NaN where there are
        none.
        """
        if not self.matrices:
            return nan
        first, final = (layer.steepness for layer in self.ends)
        return first / final if final else nan


@np.errstate(all="ignore")
def size_of_inputs(X) -> float:
    """The rms of the numbers that are not 0; NaN where there are none."""
    X = np.abs(np.asarray(X, dtype=float))
    largest = X.max(initial=0)  # in units of which no square overflows
    return float(largest * np.sqrt(((X[X > 0] / largest) ** 2).mean())) if largest else nan
