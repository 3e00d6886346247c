"""Keras models that the check-ups are tried on."""

import random

import keras
import numpy as np
import pytest
from keras import layers as kinds

BACKEND = keras.backend.backend()


SAMPLES, FEATURES, CLASSES = 64, 20, 5


rng = np.random.default_rng(0)


X = rng.normal(size=(SAMPLES, FEATURES)).astype("float32")


Y = rng.integers(0, CLASSES, SAMPLES)


IMAGES = rng.normal(size=(16, 12, 12, 3)).astype("float32")


WORDS = rng.integers(0, 50, (16, 8))


LABELS = rng.integers(0, CLASSES, 16)


@pytest.fixture(autouse=True)
def seeded():
    """The same weights for every test, whatever ran before it."""
    keras.utils.set_random_seed(0)
    keras.utils.clear_session(free_memory=False)


def mlp(
    bend="relu", depth=3, draw="glorot_uniform", width=32, *, outputs=CLASSES, last=None, bias=0.0
):
    hidden = [
        kinds.Dense(
            width, bend, kernel_initializer=draw, bias_initializer=keras.initializers.Constant(bias)
        )
        for _ in range(depth)
    ]
    head = kinds.Dense(outputs, last, kernel_initializer=draw)
    return keras.Sequential([keras.Input((FEATURES,)), *hidden, head])


def normal(std):
    return keras.initializers.RandomNormal(stddev=std)


def cnn():
    return keras.Sequential(
        [
            keras.Input((12, 12, 3)),
            kinds.Conv2D(8, 3, padding="same"),
            kinds.BatchNormalization(),
            kinds.ReLU(),
            kinds.MaxPooling2D(),
            kinds.Conv2D(16, 3, activation="relu"),
            kinds.Dropout(0.3),
            kinds.GlobalAveragePooling2D(),
            kinds.Dense(CLASSES, "softmax"),
        ]
    )


def reader(*body):
    return keras.Sequential(
        [keras.Input((8,)), kinds.Embedding(50, 16), *body, kinds.Dense(CLASSES)]
    )


class Nested(keras.Model):
    """Two parts with equal names, a weight of its own, a layer that is called twice."""

    def __init__(self, bend="relu"):
        super().__init__()
        self.one = keras.Sequential([kinds.Dense(32, bend, name="same")], name="part")
        self.two = keras.Sequential([kinds.Dense(32, bend, name="same")], name="part")
        self.shared = kinds.Dense(32, bend)
        self.unused = kinds.Dense(3)
        self.scale = self.add_weight(shape=(32,), initializer="ones", name="scale")
        self.head = kinds.Dense(CLASSES)

    def build(self, shape):
        """What is not used is built by hand, and only if somebody wants it."""

    def call(self, x):
        return self.head(self.shared(self.shared(self.two(self.one(x)))) * self.scale)


def run_once(model, inputs=X):
    model(inputs)
    return model


def numpy(tensor):
    """A copy. NumPy warns of ``ops.convert_to_numpy`` with PyTorch and TensorFlow."""
    tensor = tensor.value if isinstance(tensor, keras.Variable) else tensor
    if BACKEND == "torch":
        tensor = tensor.detach()
    return np.array(tensor if BACKEND == "jax" else tensor.numpy())


def by_name(report):
    assert len({layer.name for layer in report.layers}) == len(report.layers)
    return {layer.name: layer for layer in report.layers}


def state(model):
    """All there is of a model, and of the generators."""
    layers = list(dict.fromkeys(model._flatten_layers()))
    variables = [*model.variables, *(model.optimizer.variables if model.compiled else [])]
    return {
        "values": [numpy(v.value).tobytes() for v in variables],
        "trainable": [(layer.trainable, [v.trainable for v in layer.weights]) for layer in layers],
        "layers": [
            {
                key: id(value)
                for key, value in layer.__dict__.items()
                if key in ("call", "activation") or callable(value)
            }
            for layer in layers
        ],
        "attributes": [set(layer.__dict__) - {"torch_params", "_torch_params"} for layer in layers],
        "modes": [getattr(layer, "training", None) for layer in layers],
        "compiled": model.compiled and (model.loss, [metric.name for metric in model.metrics]),
        "numpy": np.random.get_state()[1].tobytes(),  # noqa: NPY002
        "python": random.getstate(),
        "torch": _torch_state(),
    }


def _torch_state():
    if BACKEND != "torch":
        return b""
    import torch

    return bytes(torch.random.get_rng_state().numpy())


SEQUENCE = IMAGES[:, :2].reshape(16, 4, 18)


class Own(keras.Layer):
    """Weights that nobody knows, and that look like somebody's."""

    def build(self, shape):
        self.a = self.add_weight(shape=(shape[-1],), name="kernel")
        self.b = self.add_weight(shape=(shape[-1], 7), name="kernel")
        self.c = self.add_weight(shape=(7,), initializer="zeros", name="bias")

    def call(self, x):
        return (x * self.a) @ self.b + self.c


def nll(p):
    return -np.log(p[np.arange(SAMPLES), Y]).mean()


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


BITS = (X[:, :CLASSES] > 0).astype(int)


YES = Y % 2


def mended(finding, model, inputs=X):
    """X, after its line of code."""
    assert "\n" not in finding.mend
    scope = {"model": model, "keras": keras, "X": inputs}
    exec(finding.mend, scope)
    return scope["X"]
