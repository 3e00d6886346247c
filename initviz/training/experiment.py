"""``Experiment``: everything that decides what a run will be, as plain values."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, asdict, dataclass, fields
from functools import wraps
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, cut, flag, number, one_of, same_name, whole
from ..networks.activations import activation_name
from ..networks.arguments import (
    check_alpha,
    check_bias,
    check_initializer,
    check_layers,
    check_seed,
    each_layer,
)
from ..networks.blocks import NORMS
from ..networks.datasets import DATASETS, TASKS, Dataset, as_dataset
from ..networks.initializers import INITIALIZERS
from ..networks.losses import check_loss
from ..networks.network import DTYPES, Network, init_network
from .rates import OPTIMIZERS, PARAMETRIZATIONS

# What people call our settings at first, as scikit-learn, Keras and PyTorch do.
LAYERS = ("layers", "n_layers", "units", "width", "depth")
THEIRS = {
    "learning_rate": ("lr", "learning_rate_init", "eta"),
    "initializer": ("init", "weight_init", "kernel_initializer"),
    "bias": ("bias_initializer",),
    "restarts": ("n_restarts", "n_init", "n_networks"),
    "seed": ("random_state",),
    "hidden_layers": ("hidden", "hidden_layer_sizes", *LAYERS),
    "batch_size": ("batch",),
    "epochs": ("n_epochs", "num_epochs", "max_iter", "steps"),
    "activation": ("nonlinearity",),
    "norm": ("normalization", "norm_layer"),
    "skip": ("residual", "skips"),
    "optimizer": ("solver",),
    "warmup": ("warmup_steps",),
    "scale": ("gain", "std"),
    "loss": ("loss_name", "loss_function", "criterion"),
    "dataset, a name, which @initviz.datasets.dataset gives to data of your own; arrays go to "
    "initviz.train(experiment, X, y)": ("data", "X", "y"),
}
ELSEWHERE = {theirs: ours for ours, names in THEIRS.items() for theirs in names}
# How networks of one shape may be drawn.
DRAWN = ("initializer", "scale", "bias", "noise", "bias_std")

C = TypeVar("C", bound=type)


def setting_name(name: str, argument: str = "setting") -> str:
    """The field of an experiment that ``name`` is; ValueError says what it is called here."""
    names = [field.name for field in fields(Experiment)]
    elsewhere = same_name(name, ELSEWHERE)
    if elsewhere is not None:
        raise ValueError(f"{cut(name)}: this setting is called {ELSEWHERE[elsewhere]}")
    return one_of(argument, name, names)


def _names_checked(cls: C) -> C:
    """A class whose ``__init__`` says more of a wrong name than Python's TypeError does."""
    init, names = cls.__init__, {field.name for field in fields(cls)}

    @wraps(init)
    def checked(self, /, *values, **settings) -> None:
        if not settings.keys() <= names:  # nearly always they are, and a slider is in a hurry
            settings = {setting_name(name): value for name, value in settings.items()}
        init(self, *values, **settings)

    cls.__init__ = checked
    return cls


@_names_checked
@dataclass(frozen=True)
class Experiment:
    """Everything that decides what a run will be. Plain values only, to and from JSON.

    >>> Experiment("circles", hidden_layers=(8,), scale=0.1).epochs
    200
    >>> Experiment(lr=0.1)
    Traceback (most recent call last):
    ValueError: lr: this setting is called learning_rate

    It is frozen: for another one take ``dataclasses.replace(experiment, scale=10)``.

    dataset: a name in ``DATASETS``, or of the ``Dataset`` that is given to ``train``.
    hidden_layers: units a layer, from the input on; kept as a tuple, like all that is a sequence,
        and 100,000 at most.
    initializer, bias: one for all layers, or a tuple with one a layer, the output's last.
    bias: a constant; "same", drawn like the layer's own weights; or a scheme to draw it by.
    noise: standard deviation of a normal noise on top of every weight and bias; bias_std: of
        another one on top of every bias.
    norm, skip, alpha: what else a hidden layer has, a ← a + α f(norm(W a + b)): norm is "none",
        "batch" or "layer"; a skip goes around hidden layers as wide as the one below; alpha is a
        number, "1/sqrt(depth)" or "rezero", which is 0 at first and learnt. See ``init_network``.
    optimizer: "sgd", with ``momentum``, or "adam", whose own numbers are 0.9, 0.999 and 1e-8.
    warmup: in so many steps the learning rate rises to its full size. A step is what ``momentum``
        carries on, at the rate that it had, as in Keras; PyTorch carries on the gradient.
    parametrization: how the rates of layers grow with their width, "standard" (not at all), "mup"
        or "spectral"; see ``rates``. How weights do is the initializer's affair.
    loss: None takes the data's own. batch_size: None is the full batch; all restarts see the same
        batches in the same order.
    seed: of weights and batches; its last 128 bits count. Restart r's numbers do not depend on how
        many restarts there are.

    Raises ValueError naming the argument that is wrong.
    """

    dataset: str = "moons"
    hidden_layers: Sequence[int] = (16, 16)
    activation: str = "sigmoid"
    initializer: str | Sequence[str] = "glorot_uniform"
    scale: float = 1.0
    bias: float | str | Sequence[float | str] = 0.0
    _: KW_ONLY
    loss: str | None = None
    learning_rate: float = 0.5
    momentum: float = 0.0
    batch_size: int | None = None
    epochs: int = 200
    restarts: int = 16
    seed: int = 0
    dtype: str = "float32"
    noise: float = 0.0
    bias_std: float = 0.0
    norm: str = "none"
    skip: bool = False
    alpha: float | str = 1.0
    optimizer: str = "sgd"
    warmup: int = 0
    parametrization: str = "standard"

    def __post_init__(self) -> None:
        if not isinstance(self.dataset, str):
            raise bad("dataset", self.dataset, "give a name; a Dataset goes to train(…, data=…)")
        checked = {
            "dataset": same_name(self.dataset, DATASETS) or self.dataset,
            "activation": activation_name(self.activation),
            "dtype": one_of("dtype", self.dtype, DTYPES),
            "loss": None if self.loss is None else check_loss(self.loss),
            "hidden_layers": check_layers("hidden_layers", self.hidden_layers),
            "initializer": check_initializer(self.initializer),
            "scale": number("scale", self.scale, least=0),
            "bias": check_bias(self.bias),
            "noise": number("noise", self.noise, least=0),
            "bias_std": number("bias_std", self.bias_std, least=0),
            "norm": one_of("norm", self.norm, NORMS),
            "skip": flag("skip", self.skip),
            "alpha": check_alpha(self.alpha),
            "optimizer": one_of("optimizer", self.optimizer, OPTIMIZERS),
            "warmup": whole("warmup", self.warmup, least=0, below=2**63),
            "parametrization": one_of("parametrization", self.parametrization, PARAMETRIZATIONS),
            "learning_rate": number("learning_rate", self.learning_rate, above=0),
            "momentum": number("momentum", self.momentum, least=0, below=1),
            "epochs": whole("epochs", self.epochs, least=1),
            "restarts": whole("restarts", self.restarts, least=1),
            "seed": check_seed(self.seed),
        }
        if self.batch_size is not None:
            checked["batch_size"] = whole("batch_size", self.batch_size, least=1)
        if checked["optimizer"] == "adam" and checked["momentum"]:
            raise bad("momentum", self.momentum, "adam has its own, 0.9; give 0 here")
        for name in ("initializer", "bias"):
            each_layer(name, checked[name], len(checked["hidden_layers"]) + 1)
        for name, value in checked.items():
            object.__setattr__(self, name, value)

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2)

    @classmethod
    def from_json(cls, text: str) -> Experiment:
        """The experiment that ``to_json`` wrote, or ValueError; missing settings take defaults."""
        try:
            settings = json.loads(text)
        except (TypeError, ValueError, RecursionError) as error:
            raise bad("text", text, f"this is not JSON: {error}") from None
        if not isinstance(settings, dict):
            raise bad("text", text, "give a JSON object, as Experiment.to_json writes")
        return cls(**settings)


def changed_settings(experiment: Experiment, other: Experiment) -> dict[str, Any]:
    """The settings of an experiment that the other one does not have, by name.

    >>> changed_settings(Experiment(scale=0.01), Experiment())
    {'scale': 0.01}
    """
    now, then = asdict(experiment), asdict(other)
    return {name: value for name, value in now.items() if value != then[name]}


def check_experiment(experiment: object, argument: str = "experiment") -> None:
    """ValueError where somebody gives the name of a data set, or X, or what else is none."""
    if not isinstance(experiment, Experiment):
        raise bad(argument, experiment, 'give an initviz.Experiment, such as Experiment("moons")')


def loss_and_output(experiment: Experiment, data: Dataset) -> tuple[str, str]:
    """The loss that an experiment is trained by on this data, and what its output layer does."""
    losses, output = TASKS[data.task]
    loss = experiment.loss or losses[0]
    if loss not in losses:
        raise bad("loss", loss, f"for a {data.task} task give {' or '.join(losses)}")
    return loss, output


def initial_network(experiment: Experiment, data: Dataset, first: int = 0) -> Network:
    """The networks that an experiment starts from, beginning with its restart ``first``."""
    names = (*DRAWN, "norm", "skip", "alpha", "activation", "restarts", "seed", "dtype")
    given: Any = {name: getattr(experiment, name) for name in names}
    layers, output = layers_of(experiment, data), TASKS[data.task][1]
    return init_network(layers, output=output, first=first, **given)


def initializers_of(experiment: Experiment) -> dict[str, Callable[..., np.ndarray]]:
    """The functions behind every name that an experiment draws weights or biases by."""
    named = (experiment.initializer, experiment.bias)
    names = {name for each in named for name in (each if isinstance(each, tuple) else (each,))}
    return {name: INITIALIZERS[name] for name in sorted(INITIALIZERS) if name in names}


def layers_of(experiment: Experiment, data: Dataset) -> tuple[int, ...]:
    return data.features, *experiment.hidden_layers, data.outputs


Data = Dataset | tuple[ArrayLike, ArrayLike]  # or (X, y), as scikit-learn has them


def dataset_for(
    experiment: Experiment, data: Data | ArrayLike | None = None, y: ArrayLike | None = None
) -> Dataset:
    """``data`` if there is any, which may be X where there is a y; else what the experiment names.

    Raises ValueError where it is no data, or does not fit the experiment's loss.
    """
    check_experiment(experiment)
    pair: Any = data if y is None else (data, y)
    if pair is None:
        found = DATASETS[one_of("dataset", experiment.dataset, DATASETS)]
    elif isinstance(pair, tuple) and len(pair) == 2:
        found = as_dataset(*pair)
    elif isinstance(pair, Dataset):
        found = pair
    else:
        remedy = "give an initviz.Dataset(name, X, y, task), or X and y"
        raise bad("data", type(data).__name__, remedy)
    loss_and_output(experiment, found)
    return found
