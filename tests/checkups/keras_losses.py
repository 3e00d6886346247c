"""The losses of Keras: what each is called, what it is from the output, and what guessing has."""

from math import isnan, log, nan

import keras
import numpy as np
import pytest
from checkups.keras_models import (
    BITS,
    CLASSES,
    FEATURES,
    LABELS,
    SAMPLES,
    SEQUENCE,
    YES,
    X,
    Y,
    mlp,
    nll,
    numpy,
    seeded,  # noqa: F401 (for every test)
    softmax,
)
from keras import layers as kinds
from keras import ops

import initviz as iv


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def entropy(y):
    """The least cross-entropy of one answer to all: that of the classes' own shares."""
    shares = np.unique(y, return_counts=True)[1] / len(y)
    return -(shares * np.log(shares)).sum()


def bce(p, y):
    return -np.where(y, np.log(p), np.log(1 - p)).mean()


ONE_HOT = np.eye(CLASSES)[Y]


LOGITS = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


# The last activation, the outputs, y, the loss; its name, its value from the output, and guessing.
LOSSES = {
    "classes, logits": (
        None,
        CLASSES,
        Y,
        None,
        "sparse_categorical_crossentropy",
        lambda o: nll(softmax(o)),
        entropy(Y),
    ),
    "classes, softmax": (
        "softmax",
        CLASSES,
        Y,
        None,
        "sparse_categorical_crossentropy",
        nll,
        entropy(Y),
    ),
    "yes or no, logits": (
        None,
        1,
        YES,
        None,
        "binary_crossentropy",
        lambda o: bce(sigmoid(o[:, 0]), YES),
        entropy(YES),
    ),
    "yes or no, sigmoid": (
        "sigmoid",
        1,
        YES,
        None,
        "binary_crossentropy",
        lambda o: bce(o[:, 0], YES),
        entropy(YES),
    ),
    "list of NumPy's numbers": (
        "sigmoid",
        1,
        list(YES),
        None,
        "binary_crossentropy",
        lambda o: bce(o[:, 0], YES),
        entropy(YES),
    ),
    "column": (
        "sigmoid",
        1,
        YES[:, None],
        None,
        "binary_crossentropy",
        lambda o: bce(o[:, 0], YES),
        entropy(YES),
    ),
    "several yes or no": (
        "sigmoid",
        CLASSES,
        BITS,
        None,
        "binary_crossentropy",
        lambda o: bce(o, BITS),
        np.mean([entropy(bits) for bits in BITS.T]),
    ),
    "regression": (
        None,
        2,
        X[:, :2],
        None,
        "mean_squared_error",
        lambda o: ((o - X[:, :2]) ** 2).mean(),
        X[:, :2].var(axis=0).mean(),
    ),
    "regression, no column": (
        None,
        1,
        X[:, 0],
        None,
        "mean_squared_error",
        lambda o: ((o[:, 0] - X[:, 0]) ** 2).mean(),
        X[:, 0].var(),
    ),
    "a name": (
        None,
        1,
        X[:, 0],
        "mse",
        "mean_squared_error",
        lambda o: ((o[:, 0] - X[:, 0]) ** 2).mean(),
        X[:, 0].var(),
    ),
    "a name, no column": (
        "sigmoid",
        1,
        YES,
        "binary_crossentropy",
        "binary_crossentropy",
        lambda o: bce(o[:, 0], YES),
        entropy(YES),
    ),
    "one-hot": (
        "softmax",
        CLASSES,
        ONE_HOT,
        "categorical_crossentropy",
        "categorical_crossentropy",
        nll,
        entropy(Y),
    ),
    "an object": (
        None,
        CLASSES,
        Y,
        LOGITS,
        "sparse_categorical_crossentropy",
        lambda o: nll(softmax(o)),
        entropy(Y),
    ),
    "a sum": (
        "softmax",
        CLASSES,
        Y,
        keras.losses.SparseCategoricalCrossentropy(reduction="sum"),
        "sparse_categorical_crossentropy",
        lambda o: SAMPLES * nll(o),
        nan,
    ),
    "one a sample": (
        "softmax",
        CLASSES,
        Y,
        keras.losses.SparseCategoricalCrossentropy(reduction=None),
        "sparse_categorical_crossentropy",
        nll,
        entropy(Y),
    ),
    "a function of (y, output)": (
        None,
        1,
        X[:, 0],
        lambda y, o: ops.abs(y - o) + 0 * y,
        "<lambda>",
        lambda o: np.abs(o[:, 0] - X[:, 0]).mean(),
        nan,
    ),
    "of the output alone": (None, 3, None, ops.square, "square", lambda o: (o**2).mean(), nan),
    "none": (None, 3, None, None, "", None, nan),
}


@pytest.mark.parametrize("case", LOSSES)
def test_losses(case):
    last, outputs, y, loss, name, expected, guessing = LOSSES[case]
    model = mlp(outputs=outputs, last=last, depth=1)
    report = iv.checkup(model, X, y, loss)
    assert report.examination.loss_name == name
    value = expected(numpy(model(X)).astype(float)) if expected else nan
    assert report.loss == pytest.approx(value, rel=1e-5, nan_ok=True)
    assert report.guessing == pytest.approx(guessing, nan_ok=True)
    classes = name.endswith("categorical_crossentropy")
    chance = log(CLASSES) if classes else log(2) if name == "binary_crossentropy" else guessing
    chance *= SAMPLES if case == "a sum" else 1
    assert report.examination.chance == pytest.approx(chance, nan_ok=True)
    assert all(layer.gradient_rms > 0 for layer in report.layers)


ENDS = {
    "a layer of its own": kinds.Softmax,
    "an activation": lambda: kinds.Activation("softmax"),
    "the answer in another shape": lambda: kinds.Reshape((1, CLASSES)),
    "mixed precision's way": lambda: kinds.Activation("linear", dtype="float32"),
}


@pytest.mark.parametrize("end", ENDS)
def test_a_softmax_is_recognised_wherever_it_is(end):
    last = None if end in ("a layer of its own", "an activation") else "softmax"
    model = keras.Sequential([*mlp(last=last).layers, ENDS[end]()])
    model.build((None, FEATURES))
    y = Y[:, None] if "shape" in end else Y
    report = iv.checkup(model, X, y)
    p = numpy(model(X)).astype(float).reshape(SAMPLES, CLASSES)
    assert report.loss == pytest.approx(nll(p), rel=1e-5)


def test_a_gate_in_front_of_the_output_is_not_its_activation():
    start = keras.Input((FEATURES,))
    gate = kinds.Dense(1, "sigmoid")
    model = keras.Model(start, kinds.Multiply()([kinds.Dense(1)(start), gate(start)]))
    report = iv.checkup(model, X, YES)
    assert report.loss == pytest.approx(bce(sigmoid(numpy(model(X)).astype(float)[:, 0]), YES))
    assert not any(layer.last for layer in report.layers)


def test_answers_of_one_axis_are_no_classes():
    start = keras.Input((FEATURES,))
    model = keras.Model(start, kinds.Reshape(())(kinds.Dense(1, "sigmoid")(start)))
    report = iv.checkup(model, X, YES)
    assert report.loss == pytest.approx(bce(numpy(model(X)).astype(float), YES), rel=1e-5)


def test_answers_of_one_axis_may_be_logits():
    start = keras.Input((FEATURES,))
    model = keras.Model(start, kinds.Reshape(())(kinds.Dense(1)(start)))
    report = iv.checkup(model, X, YES)
    assert report.loss == pytest.approx(bce(sigmoid(numpy(model(X)).astype(float)), YES), rel=1e-5)


def test_sigmoids_of_classes_are_no_logits():
    """What Keras makes of them depends on the backend: TensorFlow's goes back to the sums."""
    model = mlp(last="sigmoid")
    loss = keras.losses.SparseCategoricalCrossentropy()(Y, model(X))
    assert iv.checkup(model, X, Y).loss == pytest.approx(float(numpy(loss)), rel=1e-5)


class Holder(keras.Layer):
    """A weight of its own, and the answer of the layer inside."""

    def __init__(self):
        super().__init__()
        self.inner = kinds.Dense(1, "sigmoid")

    def build(self, shape):
        self.scale = self.add_weight(shape=(shape[-1],), initializer="ones", name="scale")
        self.inner.build(shape)

    def call(self, x):
        return self.inner(x * self.scale)


def test_the_answer_of_a_layer_inside_is_that_layers():
    report = iv.checkup(keras.Sequential([keras.Input((FEATURES,)), Holder()]), X, YES)
    assert [(layer.last, layer.activation) for layer in report.layers] == [
        (False, None),
        (True, "sigmoid"),
    ]


def test_an_activation_behind_another_is_on_its_own():
    start = keras.Input((FEATURES,))
    shared = kinds.Dense(FEATURES)
    x = kinds.Activation("tanh")(shared(kinds.ReLU()(shared(start))))
    x = kinds.Activation("tanh")(kinds.Dense(8, "tanh")(x))
    report = iv.checkup(keras.Model(start, kinds.Dense(2)(x)), X, Y % 2)
    assert [(layer.kind, layer.activation, layer.calls) for layer in report.layers] == [
        ("Dense", "relu", 2),
        ("tanh", "tanh", 1),
        ("Dense", "tanh", 1),
        ("tanh", "tanh", 1),
        ("Dense", None, 1),
    ]


class Cell(keras.Layer):
    state_size = output_size = 6

    def __init__(self):
        super().__init__()
        self.inner = kinds.Dense(6, "tanh")

    def build(self, shape):
        self.inner.build((None, shape[-1] + 6))

    def call(self, x, states):
        state = self.inner(ops.concatenate([x, states[0]], axis=-1))
        return state, [state]


class Mapped(keras.Layer):
    """Calls its layer in a loop of the backend, where there are no numbers."""

    def __init__(self):
        super().__init__()
        self.inner = kinds.Dense(6, "tanh")

    def build(self, shape):
        self.inner.build((None, shape[-1]))

    def call(self, x):
        return ops.vectorized_map(self.inner, x)


@pytest.mark.parametrize("make", [lambda: kinds.RNN(Cell()), Mapped])
def test_layers_in_a_loop_of_the_backend_are_listed_with_their_gradients(make):
    model = keras.Sequential([keras.Input((8, 3)), make(), kinds.Flatten(), kinds.Dense(CLASSES)])
    report = iv.checkup(model, SEQUENCE[:, :1].repeat(8, 1)[..., :3], LABELS)
    inner = next(layer for layer in report.layers if layer.shape[-1:] == (6,))
    assert inner.gradient_rms > 0
    assert isnan(inner.output_std)
    assert inner.calls == (1 if make is Mapped else 0)
    assert not report.serious


def test_a_compiled_model_has_its_own_loss_unless_another_is_given():
    model = mlp(outputs=1, depth=1)
    model.compile(loss="mae")
    assert iv.checkup(model, X, X[:, 0]).examination.loss_name == "mean_absolute_error"
    assert iv.checkup(model, X, X[:, 0], "mse").examination.loss_name == "mean_squared_error"
    assert iv.checkup(model, X).examination.loss_name == ""
    model = mlp(outputs=1, depth=1)
    model.compile()
    assert iv.checkup(model, X, X[:, 0]).examination.loss_name == "mean_squared_error"


def test_gradients_of_a_projection_without_a_loss_every_backend():
    model = keras.Sequential([keras.Input((FEATURES,)), kinds.Dense(3)])
    (layer,) = iv.checkup(model, X).layers
    noise = np.random.default_rng(0).standard_normal((SAMPLES, 3))
    slope = X.T @ noise / SAMPLES
    assert layer.gradient_rms == pytest.approx(np.sqrt((slope**2).mean()), rel=1e-4)
