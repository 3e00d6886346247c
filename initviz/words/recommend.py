"""``recommend``: in one sentence the start to take, what that rests on, and how it is written."""

from __future__ import annotations

from dataclasses import dataclass

from ..errors import flag, one_of, whole
from ..measure.starts import ACTIVATIONS, BASE, DEPTHS, NORMS, WIDTHS, Build, Choice, choose
from ..networks.activations import activation_name
from .numbers import count, short

# Where each start comes from.
SOURCES = {
    "he_normal": "He et al. 2015, arXiv 1502.01852",
    "glorot_uniform": "Glorot & Bengio 2010, proceedings.mlr.press/v9/glorot10a",
    "lecun_normal": "LeCun et al. 1998, Efficient BackProp",
    "pytorch_default": "torch.nn.Linear, which draws biases likewise",
    "siren": "Sitzmann et al. 2020, arXiv 2006.09661",
    "fixup": "Zhang, Dauphin & Ma 2019, arXiv 1901.09321",
    "1/sqrt(depth)": "De & Smith 2020, arXiv 2002.10444",
    "rezero": "Bachlechner et al. 2020, arXiv 2003.04887",
}
NAMES = {
    "he_normal": "He normal",
    "glorot_uniform": "Glorot uniform",
    "lecun_normal": "LeCun normal",
    "pytorch_default": "PyTorch's own start",
    "siren": "the SIREN start",
    "fixup": "Fixup",
}
# How each is written for the weights of one layer, in PyTorch, Keras and JAX; Keras and JAX cut
# their normal distributions at two sigma.
LINES = {
    "he_normal": (
        'torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")',
        'keras.layers.Dense(units, kernel_initializer="he_normal")',
        "jax.nn.initializers.he_normal()(key, (fan_in, fan_out))",
    ),
    "glorot_uniform": (
        "torch.nn.init.xavier_uniform_(layer.weight)",
        'keras.layers.Dense(units, kernel_initializer="glorot_uniform")',
        "jax.nn.initializers.glorot_uniform()(key, (fan_in, fan_out))",
    ),
    "lecun_normal": (
        'torch.nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")',
        'keras.layers.Dense(units, kernel_initializer="lecun_normal")',
        "jax.nn.initializers.lecun_normal()(key, (fan_in, fan_out))",
    ),
    "pytorch_default": (
        "torch.nn.Linear(fan_in, fan_out)",
        "keras.layers.Dense(units, kernel_initializer=keras.initializers.VarianceScaling("
        '1 / 3, "fan_in", "uniform"))',
        'jax.nn.initializers.variance_scaling(1 / 3, "fan_in", "uniform")(key, (fan_in, fan_out))',
    ),
    "siren": (
        "torch.nn.init.uniform_(layer.weight, -(6 / fan_in) ** 0.5 / 30, (6 / fan_in) ** 0.5 / 30)",
        "keras.layers.Dense(units, kernel_initializer=keras.initializers.VarianceScaling("
        '2 / 30**2, "fan_in", "uniform"))',
        "jax.nn.initializers.variance_scaling("
        '2 / 30**2, "fan_in", "uniform")(key, (fan_in, fan_out))',
    ),
}
FIRST = "  # in the first layer U(-1 / fan_in, 1 / fan_in)"
_torch, _keras, _jax = LINES["siren"]
LINES["siren"] = _torch + FIRST, _keras + FIRST, _jax + FIRST
SCALED = "  # divided by depth ** 0.5 in branches; 0 in the output layer"
_torch, _keras, _jax = LINES["he_normal"]
LINES["fixup"] = _torch + SCALED, _keras + SCALED, _jax + SCALED


@dataclass(frozen=True, repr=False)
class Recommendation:
    """What to take. It prints as a few lines.

    start: the name of the initializer here, ``alpha`` of the skips (None without them).
    sentence: what to take, and what that was measured on. source: where it comes from.
    matters: whether another of the usual starts does clearly worse in such a network.
    pytorch, keras, jax: the line that draws the weights of a layer so.
    """

    start: str
    alpha: float | str | None
    sentence: str
    source: str
    matters: bool
    pytorch: str
    keras: str
    jax: str

    def __repr__(self) -> str:
        lines = [("PyTorch", self.pytorch), ("Keras", self.keras), ("JAX", self.jax)]
        said = [self.sentence, f"Source: {self.source}.", *(f"  {n}: {line}" for n, line in lines)]
        return "\n".join(said)


def recommend(
    activation: str = "relu",
    *,
    norm: str = "none",
    skip: bool = False,
    depth: int = 2,
    width: int = 32,
) -> Recommendation:
    """Which start to take for a network, by what was measured of the nearest one.

    activation: one of those measured, which are those most in use. norm: "none", "batch" or
    "layer". skip: whether hidden layers have one. depth: hidden layers; width: units in each.
    ``docs/which_start.md`` has them all, and how they were measured.

    Raises ValueError naming the argument that is wrong.

    >>> recommend("relu", depth=2).start
    'he_normal'
    """
    asked = whole("depth", depth, least=1), whole("width", width, least=1)
    build = Build(
        activation_name(activation, ACTIVATIONS),
        one_of("norm", norm, NORMS),
        flag("skip", skip),
        _nearest(asked[0], DEPTHS),
        _nearest(asked[1], WIDTHS),
    )
    choice = choose(build)
    taken = choice.taken
    names = [taken.initializer, *([taken.alpha] if taken.alpha in SOURCES else [])]
    pytorch, keras, jax = LINES[taken.initializer]
    more = f"{_farther(build, *asked)}{_with_skips(choice)}"
    return Recommendation(
        start=taken.initializer,
        alpha=_alpha(choice),
        sentence=f"{_take(choice)} {_evidence(choice)}{more}",
        source="; ".join(SOURCES[name] for name in names),
        matters=choice.matters,
        pytorch=pytorch,
        keras=keras,
        jax=jax,
    )


def _nearest(value: int, measured: tuple[int, ...]) -> int:
    """By their ratio."""
    return min(measured, key=lambda each: max(each / value, value / each))


def _alpha(choice: Choice) -> float | str | None:
    if not choice.taken.build.skip:
        return None
    return float(choice.taken.alpha) if choice.taken.alpha == "1.0" else choice.taken.alpha


def _take(choice: Choice) -> str:
    branch = {
        "1/sqrt(depth)": ", and branches multiplied by 1/√depth",
        "rezero": ", and branches multiplied by a learnt number that starts at 0 (ReZero)",
    }
    return f"Take {named(choice)}{branch.get(choice.taken.alpha, '')}:"


def named(choice: Choice) -> str:
    return NAMES[choice.taken.initializer]


def _evidence(choice: Choice) -> str:
    taken, worst, build = choice.taken, choice.worst, choice.taken.build
    norm = f", {build.norm} norm" if build.norm != "none" else ""
    skips = ", skips" if build.skip else ""
    layers = (
        f"{build.depth} layers of {count(build.width, 'unit')} ({build.activation}{norm}{skips})"
    )
    other = NAMES[worst.initializer]
    other += f" and α = {worst.alpha}" if build.skip and worst.alpha != "1.0" else ""
    if not choice.learns:
        said = "no usual start learns in such a network, so change the network first"
    elif choice.matters:
        said = f"{other} ended at {_loss(worst.loss)}"
    elif worst == taken:
        said = "the other usual starts did as well or a little better"
    else:
        said = f"no other usual start was clearly worse ({other}: {_loss(worst.loss)})"
    ended = f"{_loss(taken.loss)} ({_loss(taken.low)} to {_loss(taken.high)})"
    return (
        f"in {layers}, {BASE.restarts} seeds ended at a median loss of {ended} "
        f"after {count(BASE.epochs, 'epoch')} on the {BASE.dataset}; {said}."
    )


def _farther(build: Build, depth: int, width: int) -> str:
    """Where another network was asked for than the one that was measured."""
    if (depth, width) == (build.depth, build.width):
        return ""
    asked = f"{count(depth, 'layer')} of {count(width, 'unit')}"
    return f" Of the networks measured, this one is nearest to {asked}."


def _with_skips(choice: Choice) -> str:
    """What skips alone would bring, where that is more than any start brings without them."""
    build = choice.taken.build
    better = choose(build._replace(skip=True)).taken
    if build.skip or not better.high < choice.taken.low / 2:
        return ""
    name = NAMES[better.initializer]
    name += f" and α = {better.alpha}" if better.alpha != "1.0" else ""
    return f" With skips, {name}: {_loss(better.loss)}."


def _loss(value: float) -> str:
    return "no number" if value == float("inf") else short(value)
