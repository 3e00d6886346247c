"""Sick programs in Keras, of the kinds that people have asked about on StackOverflow."""

import keras
import numpy as np
from clinic.cases import Batch, Sick
from keras import layers as kinds

N, FEATURES, CLASSES = 256, 20, 4
SPARSE, CATEGORICAL = "sparse_categorical_crossentropy", "categorical_crossentropy"
BINARY = "binary_crossentropy"
initializers = keras.initializers


def numbers() -> np.ndarray:
    return np.random.default_rng(1).normal(size=(N, FEATURES)).astype("float32")


def classes(X: np.ndarray) -> np.ndarray:
    return (X @ np.random.default_rng(2).normal(size=(X.shape[1], CLASSES))).argmax(1)


def dense(*last, bend="relu", depth: int = 2, width: int = 64, bias="zeros", draw="glorot_uniform"):
    hidden = [
        kinds.Dense(width, bend, kernel_initializer=draw, bias_initializer=bias)
        for _ in range(depth)
    ]
    return keras.Sequential([keras.Input((FEATURES,)), *hidden, *last])


def several(last="softmax", loss=SPARSE, X=None, rate=None, **options) -> Batch:
    X = numbers() if X is None else X
    draw = options.get("draw", "glorot_uniform")
    model = dense(kinds.Dense(CLASSES, last, kernel_initializer=draw), **options)
    y = classes(X)
    one_hot = loss in (CATEGORICAL, "mse")
    return Batch(model, X, np.eye(CLASSES, dtype="float32")[y] if one_hot else y, loss, rate)


def two(last, loss=BINARY, low: float = 0.0, high: float = 1.0) -> Batch:
    X = numbers()
    y = np.where(X[:, :1] + X[:, 1:2] > 0, high, low).astype("float32")
    return Batch(dense(kinds.Dense(1, last)), X, y, loss)


def amounts(last=None, scale: float = 1.0, mean: float = 0.0, loss="mse") -> Batch:
    X = numbers()
    y = mean + scale * np.tanh(X[:, :1] + X[:, 1:2])
    return Batch(dense(kinds.Dense(1, last)), X, y.astype("float32"), loss)


def pixels(*first, scale: float = 1.0) -> Batch:
    hidden = (kinds.Flatten(), kinds.Dense(128, "relu"), kinds.Dense(64, "relu"))
    last = kinds.Dense(10, "softmax")
    model = keras.Sequential([keras.Input((28, 28, 1)), *first, *hidden, last])
    X, y = np.random.default_rng(0).integers(0, 128, (N, 28, 28, 1)), np.arange(N) % 10
    X[np.arange(N), y] += 127  # one row is bright
    return Batch(model, (X * scale).astype("float32"), y, SPARSE)


def labelled(y) -> Batch:
    """With labels that are no classes."""
    return Batch(dense(kinds.Dense(10, "softmax")), numbers(), y, SPARSE)


def rare() -> Batch:
    X = np.random.default_rng(1).normal(size=(400, FEATURES)).astype("float32")
    y = (X[:, :1] > np.sort(X[:, 0])[-5]).astype("float32")
    return Batch(dense(kinds.Dense(1, "sigmoid")), X, y, BINARY)


def reader() -> Batch:
    draw = initializers.RandomNormal(stddev=3)
    body = kinds.LSTM(32, kernel_initializer=draw, recurrent_initializer=draw)
    last = kinds.Dense(CLASSES, "softmax")
    model = keras.Sequential([keras.Input((12,)), kinds.Embedding(100, 16), body, last])
    X = np.random.default_rng(0).integers(0, 100, (N, 12))
    return Batch(model, X, X[:, -1] % CLASSES, SPARSE)


def norms_around_zero() -> Batch:
    layers = []
    for _ in range(2):
        gamma = initializers.RandomNormal(stddev=0.02)
        norm = kinds.BatchNormalization(gamma_initializer=gamma)
        layers += [kinds.Dense(64), norm, kinds.Activation("relu")]
    X = numbers()
    return Batch(dense(*layers, kinds.Dense(CLASSES, "softmax"), depth=0), X, classes(X), SPARSE)


def cut_off() -> Batch:
    start = keras.Input((FEATURES,))
    x = kinds.Dense(64, "relu")(kinds.Dense(64, "relu")(start))
    x = kinds.Lambda(keras.ops.stop_gradient, output_shape=(64,))(x)
    X = numbers()
    model = keras.Model(start, kinds.Dense(CLASSES, "softmax")(x))
    return Batch(model, X, classes(X), SPARSE)


def sparse(**options):
    return keras.losses.SparseCategoricalCrossentropy(**options)


def case(name: str, kind: str, causes: str, make, source: str = "StackOverflow") -> Sick:
    return Sick(name, kind, frozenset(causes.split("|")), source, make, "Keras")


OUTPUT = "output"
SICK = [
    case("pixels from 0 to 255", "inputs", "inputs", pixels, "UMLAUT A1"),
    case(
        "divided by 255, and rescaled inside",
        "inputs",
        "inputs",
        lambda: pixels(kinds.Rescaling(1 / 255), scale=1 / 255),
        "TheDeepChecker",
    ),
    case("a table as it is", "inputs", "inputs", lambda: several(X=2000 * numbers())),
    case("all weights 0", "zeros", "zeros", lambda: several(draw="zeros"), "AutoTrainer"),
    case("all weights 1", "constant", "symmetry", lambda: several(draw="ones"), "AutoTrainer"),
    case(
        "all weights 0.1, tanh",
        "constant",
        "symmetry",
        lambda: several(bend="tanh", draw=initializers.Constant(0.1)),
    ),
    case(
        "N(0, 1) and tanh",
        "too large",
        "weights",
        lambda: several(bend="tanh", draw=initializers.RandomNormal(stddev=1), width=256, depth=4),
        "AutoTrainer",
    ),
    case(
        "N(0, 0.001²) and ReLU",
        "too small",
        "weights",
        lambda: several(draw=initializers.RandomNormal(stddev=1e-3), depth=6),
        "AutoTrainer",
    ),
    case(
        "U(0, 1), all positive",
        "not centred",
        "weights",
        lambda: several(draw=initializers.RandomUniform(0, 1)),
    ),
    case("10 sigmoids", "stacked sigmoids", "gradient", lambda: several(bend="sigmoid", depth=10)),
    case("24 ReLU of Glorot's weights", "scheme", "scheme|weights", lambda: several(depth=24)),
    case(
        "biases of -10, ReLU",
        "dead",
        "saturated",
        lambda: several(bias=initializers.Constant(-10)),
        "AutoTrainer",
    ),
    case(
        "exp of anything",
        "not finite",
        "not finite|inputs",
        lambda: several(bend="exponential", X=100 * numbers()),
        "AutoTrainer",
    ),
    case("an LSTM of N(0, 9)", "gates and attention", "weights", reader),
    case("norms around 0", "norms", "norms", norms_around_zero),
    case(
        "one initializer for all layers",
        "twins",
        "twins",
        lambda: several(draw=initializers.HeNormal(seed=1), depth=4),
        "Keras warns of it",
    ),
    case("stop_gradient on the way", "cut off", "detached", cut_off),
    case(
        "6 layers, no activation",
        "linear",
        "unbent",
        lambda: several(bend=None, depth=5),
        "UMLAUT B1",
    ),
    case(
        "a learning rate of 10", "learning rate", "update", lambda: several(rate=10.0), "UMLAUT B2"
    ),
    case("softmax of one unit", "softmax of one", OUTPUT, lambda: two("softmax")),
    case(
        "softmax, from_logits=True", "twice", OUTPUT, lambda: several(loss=sparse(from_logits=True))
    ),
    case(
        "sigmoid, from_logits=True",
        "twice",
        OUTPUT,
        lambda: two("sigmoid", keras.losses.BinaryCrossentropy(from_logits=True)),
    ),
    case("logits into cross-entropy", "last activation", OUTPUT, lambda: several(None, sparse())),
    case("logits into binary", "last activation", OUTPUT, lambda: two(None)),
    case("ReLU into categorical", "last activation", OUTPUT, lambda: several("relu", CATEGORICAL)),
    case(
        "sigmoid into categorical",
        "last activation",
        OUTPUT,
        lambda: several("sigmoid", CATEGORICAL),
    ),
    case("ReLU into binary", "last activation", OUTPUT, lambda: two("relu")),
    case("tanh into binary", "last activation", OUTPUT, lambda: two("tanh")),
    case("softmax, then squares", "last activation", OUTPUT, lambda: several("softmax", "mse")),
    case(
        "sigmoid, for thousands",
        "targets out of reach",
        "output|targets",
        lambda: amounts("sigmoid", 800, 2000),
    ),
    case(
        "ReLU, for negative targets",
        "targets out of reach",
        OUTPUT,
        lambda: amounts("relu", 1, -1.5),
    ),
    case("prices as they are", "targets", "targets", lambda: amounts(None, 1e5, 3e5)),
    case("-1 and +1 into binary", "labels", OUTPUT, lambda: two("sigmoid", low=-1)),
    case("classes divided by 255", "labels", OUTPUT, lambda: labelled(np.arange(N) % 10 / 255)),
    case("classes from 1", "labels", OUTPUT, lambda: labelled(np.arange(N) % 10 + 1)),
    case(
        "the sum of squares",
        "sum for mean",
        "summed",
        lambda: amounts(loss=keras.losses.MeanSquaredError(reduction="sum")),
    ),
    case(
        "the sum of cross-entropy",
        "sum for mean",
        "summed",
        lambda: several(loss=sparse(reduction="sum")),
    ),
    case("one in a hundred", "priors", "priors", rare),
]
