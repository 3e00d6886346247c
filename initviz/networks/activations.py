"""Activation functions, each beside its derivative.

An activation bends the weighted sum z of a unit. Its derivative decides how much of the gradient
gets back through that unit, and that is why a unit that sits where f is flat stops learning.

Every function here works elementwise, on arrays of any shape, and keeps the dtype it is given.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from math import pi, sqrt

import numpy as np

from ..errors import one_of, same_name
from .table import Table


@dataclass(frozen=True)
class Activation:
    """One row of the table ``ACTIVATIONS``.

    function, derivative: take z, of any shape, and return an array of the same shape.
    range: lowest and highest value that f can take.
    pytorch_gain: what ``torch.nn.init.calculate_gain`` says, where it says anything.
    unit: the size of z at which f has begun to bend.
    """

    name: str
    function: Callable[[np.ndarray], np.ndarray]
    derivative: Callable[[np.ndarray], np.ndarray]
    range: tuple[float, float] = (-np.inf, np.inf)
    pytorch_gain: float | None = None
    unit: float = 1.0

    @cached_property
    @np.errstate(all="ignore")
    def gain(self) -> float:
        """The factor on the weights with which a layer neither shrinks nor grows its signal.

        PyTorch's value where there is one; elsewhere 1 / sqrt(E[f(z)^2]) for z ~ N(0, 1).
        """
        if self.pytorch_gain is not None:
            return self.pytorch_gain
        z = np.linspace(-10, 10, 4001)
        density = np.exp(-(z**2) / 2) / sqrt(2 * pi)
        return float(1 / np.sqrt(np.trapezoid(density * self.function(z) ** 2, z)))

    @property
    def rectifies(self) -> bool:
        """Flat on one whole side, as ReLU is: half of the units without slope is then normal."""
        return self.name in ("relu", "leaky_relu")

    @cached_property
    @np.errstate(all="ignore")
    def steepest(self) -> float:
        """The largest |f'(z)|, which saturation is measured against."""
        z = np.linspace(-40, 40, 80001)
        return float(np.abs(self.derivative(z)).max())


# Sigmoid: squashes z into (0, 1). Its slope never exceeds 1/4.
def sigmoid(z: np.ndarray) -> np.ndarray:
    with np.errstate(over="ignore"):  # exp(-z) = inf gives 1 / inf = 0, which is the limit
        return 1 / (1 + np.exp(-z))


def sigmoid_derivative(z: np.ndarray) -> np.ndarray:
    e = np.exp(-np.abs(z))  # a (1 - a) would be 0 on the one side, and 1e-17 on the other
    return e / (1 + e) ** 2


# Tanh: a sigmoid stretched to (-1, 1), so that its output is centred. Its slope at 0 is 1.
def tanh_derivative(z: np.ndarray) -> np.ndarray:
    return 1 - np.tanh(z) ** 2


# LeCun's tanh: scaled so that f(1) = 1 and f(-1) = -1 (LeCun et al. 1998, "Efficient BackProp").
def lecun_tanh(z: np.ndarray) -> np.ndarray:
    return 1.7159 * np.tanh(2 / 3 * z)


def lecun_tanh_derivative(z: np.ndarray) -> np.ndarray:
    return 1.7159 * 2 / 3 * (1 - np.tanh(2 / 3 * z) ** 2)


# ReLU: passes what is positive, drops the rest. At z = 0 we take the derivative to be 0.
def relu(z: np.ndarray) -> np.ndarray:
    return np.maximum(z, 0)


def relu_derivative(z: np.ndarray) -> np.ndarray:
    return (z > 0).astype(z.dtype)


# Leaky ReLU: a hundredth of the gradient still gets through where ReLU says 0.
LEAK = 0.01


def leaky_relu(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, z, LEAK * z)


def leaky_relu_derivative(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, 1, LEAK).astype(z.dtype)


# SELU: constants chosen so that mean 0 and variance 1 are a fixed point (Klambauer et al. 2017).
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805


def selu(z: np.ndarray) -> np.ndarray:
    return SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0)))


def selu_derivative(z: np.ndarray) -> np.ndarray:
    return SELU_SCALE * np.where(z > 0, 1, SELU_ALPHA * np.exp(np.minimum(z, 0))).astype(z.dtype)


# GELU: z times the probability that a standard normal falls below z (Hendrycks & Gimpel 2016).
def gelu(z: np.ndarray) -> np.ndarray:
    return z * _normal_cdf(z)


def gelu_derivative(z: np.ndarray) -> np.ndarray:
    # z exp(-z²/2) tends to 0; taking |z| at most 40 keeps inf x 0 = NaN out of it.
    t = np.clip(z, -40, 40)
    return _normal_cdf(z) + t * np.exp(-(t**2) / 2) / sqrt(2 * pi)


def _normal_cdf(z: np.ndarray) -> np.ndarray:
    from scipy.special import erf  # here, because it would make up most of `import initviz`

    return (1 + erf(z / sqrt(2))) / 2


# SiLU, or Swish: GELU with a sigmoid for the probability (Elfwing et al. 2017, arXiv 1702.03118).
def silu(z: np.ndarray) -> np.ndarray:
    return z * sigmoid(z)


def silu_derivative(z: np.ndarray) -> np.ndarray:
    return sigmoid(z) + _finite(z) * sigmoid_derivative(z)


def _finite(z: np.ndarray) -> np.ndarray:
    """For products with what is 0 beyond: exp(-800) is, and inf x 0 would be NaN."""
    return np.clip(z, -800, 800)


# ELU: SELU before its constants, with a slope of 1 at 0 (Clevert et al. 2015, arXiv 1511.07289).
def elu(z: np.ndarray) -> np.ndarray:
    return np.where(z > 0, z, np.expm1(np.minimum(z, 0)))


def elu_derivative(z: np.ndarray) -> np.ndarray:
    return np.exp(np.minimum(z, 0))


# Mish: z tanh(softplus(z)), much like SiLU (Misra 2019, arXiv 1908.08681).
def mish(z: np.ndarray) -> np.ndarray:
    return z * np.tanh(softplus(z))


def mish_derivative(z: np.ndarray) -> np.ndarray:
    t = np.tanh(softplus(z))
    return t + _finite(z) * (1 - t**2) * sigmoid(z)


# Softplus: a smooth ReLU. Its derivative is the sigmoid.
def softplus(z: np.ndarray) -> np.ndarray:
    return np.logaddexp(0, z)


# Softsign: like tanh, but it closes in on its limits like 1/z, not like exp(-z).
def softsign(z: np.ndarray) -> np.ndarray:
    return z / (1 + np.abs(z))


def softsign_derivative(z: np.ndarray) -> np.ndarray:
    return (1 / (1 + np.abs(z))) ** 2


# Sine: bends back again and again, and knows no far out (SIREN: Sitzmann et al. 2020, arXiv
# 2006.09661, with this frequency).
OMEGA = 30.0


def sine(z: np.ndarray) -> np.ndarray:
    return np.sin(OMEGA * z)


def sine_derivative(z: np.ndarray) -> np.ndarray:
    return OMEGA * np.cos(OMEGA * z)


# Identity: no bend at all. A deep network of these is one linear map.
def identity(z: np.ndarray) -> np.ndarray:
    return z


# Softmax turns K outputs into K probabilities. It belongs to the output layer alone: it mixes the
# units (axis -2), so it has no elementwise derivative, and the cross-entropy supplies the gradient.
def softmax(z: np.ndarray) -> np.ndarray:
    exponentials = np.exp(z - z.max(axis=-2, keepdims=True))
    return exponentials / exponentials.sum(axis=-2, keepdims=True)


ACTIVATIONS = Table(
    "activation",
    {
        row.name: row
        for row in (
            Activation("sigmoid", sigmoid, sigmoid_derivative, (0, 1), 1.0),
            Activation("tanh", np.tanh, tanh_derivative, (-1, 1), 5 / 3),
            Activation("lecun_tanh", lecun_tanh, lecun_tanh_derivative, (-1.7159, 1.7159)),
            Activation("relu", relu, relu_derivative, (0, np.inf), sqrt(2)),
            Activation(
                "leaky_relu",
                leaky_relu,
                leaky_relu_derivative,
                pytorch_gain=sqrt(2 / (1 + LEAK**2)),
            ),
            Activation("selu", selu, selu_derivative, (-SELU_SCALE * SELU_ALPHA, np.inf), 3 / 4),
            Activation("gelu", gelu, gelu_derivative, (-0.17, np.inf)),
            Activation("silu", silu, silu_derivative, (-0.2785, np.inf)),
            Activation("elu", elu, elu_derivative, (-1, np.inf)),
            Activation("mish", mish, mish_derivative, (-0.3089, np.inf)),
            Activation("softplus", softplus, sigmoid, (0, np.inf)),
            Activation("softsign", softsign, softsign_derivative, (-1, 1)),
            Activation("sine", sine, sine_derivative, (-1, 1), unit=1 / OMEGA),
            Activation("identity", identity, np.ones_like, pytorch_gain=1.0),
        )
    },
)

# What Keras and JAX, scikit-learn, and papers call them.
ALIASES = {"swish": "silu", "logistic": "sigmoid", "linear": "identity", "sin": "sine"}


def activation_name(name: object, allowed: Iterable[str] = ACTIVATIONS) -> str:
    """The name among ``allowed`` that an activation has here; ValueError where it is none.

    >>> activation_name("Swish")
    'silu'
    """
    alias = same_name(name, ALIASES)
    return one_of("activation", name if alias is None else ALIASES[alias], allowed)
