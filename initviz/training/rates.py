"""How large the steps of each layer are, beside each other.

A step adds up over the inputs of a layer, so what is right for a narrow network is too much for a
wide one. A parametrization says how rates follow the width, so that the best one stays where it is:

"mup": table 3 of Tensor Programs V (Yang, Hu et al. 2022, https://arxiv.org/abs/2203.03466).
"spectral": steps as large as the weights, by what a matrix does to a vector (Yang, Simon &
    Bernstein 2023, https://arxiv.org/abs/2310.17813).

Both only say in what proportion; in a network of ``WIDTH`` units a layer all rates are the standard
ones, so that a learning rate means the same there.
"""

from itertools import pairwise

from ..networks.initializers import WIDTH
from ..networks.network import Network

OPTIMIZERS = ("sgd", "adam")

Pair = tuple[float, float]  # of the weights of a layer, and of its biases


def standard(optimizer: str, fan_in: int, fan_out: int, first: bool, last: bool) -> Pair:
    return 1, 1


def mup(optimizer: str, fan_in: int, fan_out: int, first: bool, last: bool) -> Pair:
    """The inputs' number and the outputs' are no widths: they stay when a network grows."""
    wide_in, wide_out = 1 if first else fan_in / WIDTH, 1 if last else fan_out / WIDTH
    if optimizer == "adam":
        return 1 / wide_in, 1
    return wide_out / wide_in, wide_out


def spectral(optimizer: str, fan_in: int, fan_out: int, first: bool, last: bool) -> Pair:
    if optimizer == "adam":
        return WIDTH / fan_in, 1
    return fan_out / fan_in, fan_out / WIDTH


RULES = {rule.__name__: rule for rule in (standard, mup, spectral)}
PARAMETRIZATIONS = tuple(RULES)


def rates(
    network: Network, optimizer: str, parametrization: str, alpha_learns: bool
) -> list[float]:
    """What the learning rate is multiplied by, for each of ``network.arrays``.

    Gains and shifts of a norm are vectors, as biases are, and take their rates.

    >>> from initviz import init_network
    >>> rates(init_network((2, 128, 128, 1)), "adam", "mup", False)
    [1.0, 1, 0.5, 1, 0.5, 1]
    """
    rule, fans = RULES[parametrization], list(pairwise(network.layers))
    ends = [(n == 0, n == len(fans) - 1) for n in range(len(fans))]
    pairs = [rule(optimizer, *each, *end) for each, end in zip(fans, ends, strict=True)]
    norms = [pairs[n][1] for n in range(len(network.gains)) for _ in ("gain", "shift")]
    alphas = [1.0 if alpha_learns else 0.0] * len(network.alphas)
    return [*(rate for pair in pairs for rate in pair), *norms, *alphas]
