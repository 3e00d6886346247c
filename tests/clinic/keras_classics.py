"""Classic networks, written by hand in Keras."""

import keras
import numpy as np
from clinic.cases import Batch, Healthy
from keras import layers as kinds

N, FEATURES, CLASSES = 64, 20, 5
SPARSE = "sparse_categorical_crossentropy"


def numbers(*shape: int) -> np.ndarray:
    return np.random.default_rng(0).normal(size=shape or (N, FEATURES)).astype("float32")


def classes(samples: int = N) -> np.ndarray:
    return np.arange(samples) % CLASSES


def stack(shape: tuple[int, ...], *layers) -> keras.Sequential:
    return keras.Sequential([keras.Input(shape), *layers])


def on_numbers(*layers, y=None, loss=SPARSE) -> Batch:
    return Batch(stack((FEATURES,), *layers), numbers(), classes() if y is None else y, loss)


def perceptron() -> Batch:
    dense = kinds.Dense
    return on_numbers(dense(64, "relu"), dense(64, "relu"), dense(CLASSES, "softmax"))


def regression() -> Batch:
    X = numbers()
    y = np.sin(X[:, :1])
    return on_numbers(
        kinds.Dense(64, "relu"), kinds.Dense(64, "relu"), kinds.Dense(1), y=y, loss="mse"
    )


def logits() -> Batch:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    return on_numbers(kinds.Dense(64, "tanh"), kinds.Dense(CLASSES), loss=loss)


def self_normalising() -> Batch:
    layers = [kinds.Dense(64, "selu", kernel_initializer="lecun_normal") for _ in range(6)]
    return on_numbers(*layers, kinds.AlphaDropout(0.1), kinds.Dense(CLASSES, "softmax"))


def with_norms() -> Batch:
    layers = []
    for _ in range(4):
        layers += [kinds.Dense(64), kinds.BatchNormalization(), kinds.Activation("relu")]
    return on_numbers(*layers, kinds.Dropout(0.3), kinds.Dense(CLASSES, "softmax"))


def many_labels() -> Batch:
    y = (numbers(N, CLASSES) > 0).astype("float32")
    last = kinds.Dense(CLASSES, "sigmoid")
    return on_numbers(kinds.Dense(64, "relu"), last, y=y, loss="binary_crossentropy")


def mnist_cnn() -> Batch:
    model = stack(
        (28, 28, 1),
        *(kinds.Conv2D(32, 3, activation="relu"), kinds.MaxPooling2D()),
        *(kinds.Conv2D(64, 3, activation="relu"), kinds.MaxPooling2D()),
        *(kinds.Flatten(), kinds.Dropout(0.5), kinds.Dense(CLASSES, "softmax")),
    )
    return Batch(model, numbers(16, 28, 28, 1), classes(16), SPARSE)


def scaled_inside() -> Batch:
    model = stack(
        (16, 16, 3),
        *(kinds.Rescaling(1 / 255), kinds.Conv2D(16, 3, activation="relu")),
        *(kinds.GlobalAveragePooling2D(), kinds.Dense(CLASSES, "softmax")),
    )
    X = np.random.default_rng(0).integers(0, 256, (32, 16, 16, 3)).astype("float32")
    return Batch(model, X, classes(32), SPARSE)


def residual() -> Batch:
    start = keras.Input((16, 16, 3))
    x = kinds.Conv2D(16, 3, padding="same")(start)
    for _ in range(3):
        y = kinds.Activation("relu")(kinds.BatchNormalization()(x))
        y = kinds.Conv2D(16, 3, padding="same")(y)
        y = kinds.Activation("relu")(kinds.BatchNormalization()(y))
        x = kinds.Add()([x, kinds.Conv2D(16, 3, padding="same")(y)])
    end = kinds.Dense(CLASSES, "softmax")(kinds.GlobalAveragePooling2D()(x))
    return Batch(keras.Model(start, end), numbers(16, 16, 16, 3), classes(16), SPARSE)


def autoencoder() -> Batch:
    X = np.random.default_rng(0).uniform(size=(N, 64)).astype("float32")
    sizes = ((32, "relu"), (8, "relu"), (32, "relu"), (64, "sigmoid"))
    model = stack((64,), *(kinds.Dense(*each) for each in sizes))
    return Batch(model, X, X, "binary_crossentropy")


def reader(*body) -> Batch:
    model = stack((16,), kinds.Embedding(100, 16), *body, kinds.Dense(CLASSES, "softmax"))
    X = np.random.default_rng(0).integers(0, 100, (32, 16))
    return Batch(model, X, classes(32), SPARSE)


def transformer() -> Batch:
    start = keras.Input((16,))
    x = kinds.Embedding(100, 32)(start)
    for _ in range(2):
        a = kinds.LayerNormalization()(x)
        x = x + kinds.MultiHeadAttention(4, 8)(a, a)
        z = kinds.Dense(64, "gelu")(kinds.LayerNormalization()(x))
        x = x + kinds.Dense(32)(z)
    x = kinds.GlobalAveragePooling1D()(kinds.LayerNormalization()(x))
    end = kinds.Dense(CLASSES, "softmax")(x)
    X = np.random.default_rng(0).integers(0, 100, (32, 16))
    return Batch(keras.Model(start, end), X, classes(32), SPARSE)


def wide_and_deep() -> Batch:
    start = keras.Input((FEATURES,))
    deep = kinds.Dense(32, "relu")(kinds.Dense(32, "relu")(start))
    end = kinds.Dense(1)(kinds.Concatenate()([start, deep]))
    X = numbers()
    return Batch(keras.Model(start, end), X, X[:, :1] * X[:, 1:2], "mse")


MAKERS = {
    "perceptron": perceptron,
    "regression": regression,
    "logits": logits,
    "self-normalising": self_normalising,
    "batch norms": with_norms,
    "many labels": many_labels,
    "Keras' MNIST": mnist_cnn,
    "pixels, rescaled inside": scaled_inside,
    "ResNet v2": residual,
    "autoencoder": autoencoder,
    "LSTM": lambda: reader(kinds.LSTM(32)),
    "GRU both ways": lambda: reader(kinds.Bidirectional(kinds.GRU(16))),
    "convolutions of words": lambda: reader(
        kinds.Conv1D(32, 3, activation="relu"), kinds.GlobalMaxPooling1D()
    ),
    "transformer": transformer,
    "wide and deep": wide_and_deep,
}
CASES = [Healthy(name, "by hand, Keras", make) for name, make in MAKERS.items()]
