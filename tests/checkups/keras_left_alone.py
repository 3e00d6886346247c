"""A Keras model is as before a check-up, and what does not fit it is said in one sentence."""

import random
from math import nan

import keras
import numpy as np
import pytest
from checkups.keras_models import (
    BACKEND,
    CLASSES,
    FEATURES,
    IMAGES,
    LABELS,
    X,
    Y,
    cnn,
    mlp,
    numpy,
    run_once,
    seeded,  # noqa: F401 (for every test)
    state,
)
from keras import layers as kinds

import initviz as iv

# Nothing of the model changes.


class Random(keras.Layer):
    """Draws from everybody's generator."""

    def call(self, x):
        noise = np.random.normal() + random.random()  # noqa: NPY002
        if BACKEND == "torch":
            import torch

            return x + noise * torch.randn(x.shape)
        return x + noise


class Failing(keras.Layer):
    fails = True

    def call(self, x):
        if self.fails:
            raise RuntimeError("out of\nluck")
        return x


def noisy():
    return keras.Sequential(
        [
            keras.Input((FEATURES,)),
            Random(),
            kinds.Dense(32),
            kinds.BatchNormalization(),
            kinds.Activation("tanh"),
            kinds.Dropout(0.5),
            kinds.Dense(CLASSES),
        ]
    )


def spectral():
    """A layer that changes its weights whenever it is called, and one that adds to the loss."""
    return keras.Sequential(
        [
            keras.Input((FEATURES,)),
            kinds.SpectralNormalization(kinds.Dense(16, "relu")),
            kinds.Dense(CLASSES, activity_regularizer="l2"),
        ]
    )


def compiled(model):
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(IMAGES, LABELS, verbose=0, epochs=1)
    return model


@pytest.mark.parametrize(
    ("make", "inputs", "targets"),
    [
        (noisy, X, Y),
        (spectral, X, Y),
        (lambda: compiled(cnn()), IMAGES, LABELS),
        (
            lambda: keras.Sequential(
                [
                    keras.Input(batch_shape=(16, 8, 3)),
                    kinds.SimpleRNN(4, stateful=True),
                    kinds.Dense(1),
                ]
            ),
            IMAGES[:, 0, :8],
            None,
        ),
    ],
    ids=["noisy, every_backend", "spectral", "compiled", "stateful, every_backend"],
)
def test_the_model_is_as_before(make, inputs, targets):
    model = run_once(make(), inputs)  # after which Keras' recurrent cells have two attributes more
    before = state(model)
    first = iv.checkup(model, inputs, targets)
    assert state(model) == before
    assert str(iv.checkup(model, inputs, targets)) == str(first)


def test_the_model_is_as_before_if_something_fails_every_backend():
    model = keras.Sequential([*noisy().layers, failing := Failing()])
    failing.fails = False
    model.build((None, FEATURES))
    before = state(model)
    with pytest.raises(ValueError, match=r"loss=broken: it does not fit the .*: Zero"):
        iv.checkup(model, X, Y, broken)
    assert state(model) == before
    failing.fails = True
    with pytest.raises(ValueError, match=r"^X of shape \(64, 20\) does not go .*: .*out of luck"):
        iv.checkup(model, X, Y)
    assert state(model) == before


def broken(y, output):
    raise ZeroDivisionError("Zero")


def test_dropout_is_on_as_in_training_and_the_same_in_both_passes():
    drop = kinds.Dropout(0.5, seed=3)
    model = keras.Sequential([keras.Input((FEATURES,)), kinds.Dense(64), drop, kinds.Dense(3)])
    report = iv.checkup(model, X, X[:, :3])
    with keras.StatelessScope():
        output = numpy(model(X, training=True))
    assert report.loss == pytest.approx(((output - X[:, :3]) ** 2).mean(), rel=1e-5)
    off = ((numpy(model(X, training=False)) - X[:, :3]) ** 2).mean()
    assert abs(report.loss / off - 1) > 1e-3


# Bad input: one sentence, and nothing has changed.


def two_outputs():
    start = keras.Input((FEATURES,))
    return keras.Model(start, [kinds.Dense(1)(start), kinds.Dense(2)(start)])


def compiled_for_two():
    model = two_outputs()
    model.compile(loss=["mse", "mse"])
    return model


def frozen():
    model = mlp()
    model.trainable = False
    return model


def unbuilt():
    return keras.Sequential([kinds.Dense(3)])


BAD = {
    "unbuilt": (unbuilt, X, Y, None, "it has no weights yet: run model(X) once first"),
    "frozen": (frozen, X, Y, None, "it has no weights that are trained"),
    "no weights": (
        lambda: keras.Sequential([keras.Input((3,)), kinds.ReLU()]),
        X,
        Y,
        None,
        "it has no weights that are trained",
    ),
    "shape": (mlp, X[:, :3], Y, None, "X of shape (64, 3) does not go through the model: "),
    "one sample": (mlp, X[:1], Y[:1], None, "X='1 samples': give a batch of at least 2"),
    "NaN": (mlp, np.where(X > 2, nan, X), Y, None, "not finite"),
    "infinite y": (mlp, X, np.full((64, 5), np.inf), None, "y: 320 of"),
    "words": (mlp, np.array(["a", "b"]), Y, None, "dtype='<U1'): give an array of numbers"),
    "ragged": (
        mlp,
        [[1.0], [1.0, 2.0]],
        Y,
        None,
        "X=[[1.0], [1.0, 2.0]]: give an array of numbers",
    ),
    "fewer targets": (mlp, X, Y[:9], None, "loss=sparse_categorical_crossentropy: it does not fit"),
    "regression's shape": (mlp, X, X, None, "y of shape (64, 20) does not fit the model's outputs"),
    "unknown loss": (mlp, X, Y, "mes", "loss='mes': give a loss of Keras, or a function of (y, "),
    "no function": (mlp, X, Y, 3, "loss=3: give a loss of Keras"),
    "a loss without y": (mlp, X, None, "mse", "loss='mse': it compares with targets: give y as"),
    "two outputs": (two_outputs, X, Y, None, "the model gives a list, not one tensor: give a"),
    "two outputs, no y": (two_outputs, X, None, None, "the model gives a list, not one tensor"),
    "compiled for two": (compiled_for_two, X, Y, None, "it is one for each of several outputs"),
    "two targets": (mlp, X, [Y, Y], None, "y has several parts"),
    "detached": (mlp, X, Y, lambda y, o: "no number", "it does not fit the output and y"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_one_sentence(case):
    make, inputs, y, loss, sentence = BAD[case]
    model = make()
    before = state(model)
    with pytest.raises(ValueError) as error:  # noqa: PT011
        iv.checkup(model, inputs, y, loss)
    assert sentence in str(error.value)
    assert not any(part in str(error.value) for part in ("\n", "\x1b", "Arguments received"))
    assert state(model) == before


def test_a_loss_without_a_gradient_every_backend():
    def detached(y, output):
        return np.square(numpy(output)).mean()

    with pytest.raises(ValueError, match=r"^loss(=detached|=[\d.]+)?: "):
        iv.checkup(mlp(), X, Y, detached)


class Remembering(keras.Layer):
    """Notes what it saw."""

    def __init__(self):
        super().__init__()
        self.seen, self.inside = None, kinds.Dense(8)

    def build(self, shape):
        self.inside.build(shape)

    def call(self, x):
        self.seen = self.inside(x)
        return self.seen


def test_what_a_layer_notes_is_as_before_every_backend():
    model = keras.Sequential([keras.Input((FEATURES,)), Remembering(), kinds.Dense(CLASSES)])
    before = model.layers[0].seen
    iv.checkup(model, X, Y, steps=2)
    assert model.layers[0].seen is before
