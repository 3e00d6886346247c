"""Check-ups of Keras models, held against numbers that Keras gives without us.

``test_checkups_keras.py`` runs this file, on every backend. Tests with "every_backend" in their
names try what the backends do differently.
"""

import random
from math import isnan, log, nan

import keras
import numpy as np
import pytest
from keras import layers as kinds
from keras import ops

import initviz as iv
from initviz.checkups.keras_model import addresses, own_weights

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


# The models.


def mlp(
    bend="relu", depth=3, draw="glorot_uniform", width=32, outputs=CLASSES, last=None, bias=0.0
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


def residual():
    x = start = keras.Input((12, 12, 3))
    x = kinds.Conv2D(8, 3)(x)
    for _ in range(3):
        y = kinds.BatchNormalization()(kinds.Conv2D(8, 3, padding="same", use_bias=False)(x))
        y = kinds.Activation("relu")(y)
        y = kinds.BatchNormalization(gamma_initializer="zeros")(
            kinds.Conv2D(8, 3, padding="same", use_bias=False)(y)
        )
        x = kinds.ReLU()(kinds.Add()([x, y]))
    return keras.Model(start, kinds.Dense(CLASSES)(kinds.GlobalAveragePooling2D()(x)))


def transformer():
    words = keras.Input((8,))
    x = kinds.Embedding(50, 16)(words)
    y = kinds.LayerNormalization()(x)
    x = kinds.Add()([x, kinds.MultiHeadAttention(2, 8)(y, y)])
    y = kinds.Dense(32, "gelu")(kinds.LayerNormalization()(x))
    x = kinds.Add()([x, kinds.Dense(16)(y)])
    return keras.Model(words, kinds.Dense(CLASSES)(kinds.GlobalAveragePooling1D()(x)))


def reader(*body):
    return keras.Sequential(
        [keras.Input((8,)), kinds.Embedding(50, 16), *body, kinds.Dense(CLASSES)]
    )


def zero_head():
    model = mlp("relu", draw="he_normal")
    model.layers[-1].kernel.assign(ops.zeros((32, CLASSES)))
    return model


def rescaled():
    """X is large, but the model knows."""
    return keras.Sequential([keras.Input((FEATURES,)), kinds.Rescaling(0.01), *mlp().layers])


class Block(keras.Layer):
    """A layer of layers, which is no model."""

    def __init__(self, bend, width=32):
        super().__init__()
        self.inner = kinds.Dense(width)
        self.activation = kinds.Activation(bend)

    def call(self, x):
        return self.activation(self.inner(x))


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


# Nothing of the model changes.


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


# What a layer is, and who drew its weights.

SEQUENCE = IMAGES[:, :2].reshape(16, 4, 18)
# The maker, a batch, the last part of the name, the fans, and whether Keras counts them so too.
DRAWN = {
    "Dense": (lambda i: kinds.Dense(90, kernel_initializer=i), X, "dense", 20, 90, True),
    "Conv1D": (
        lambda i: kinds.Conv1D(60, 3, kernel_initializer=i),
        SEQUENCE,
        "conv1d",
        54,
        180,
        True,
    ),
    "Conv2D": (
        lambda i: kinds.Conv2D(60, 3, kernel_initializer=i),
        IMAGES,
        "conv2d",
        27,
        540,
        True,
    ),
    "Conv2D of groups": (
        lambda i: kinds.Conv2D(42, 3, groups=3, kernel_initializer=i),
        IMAGES,
        "conv2d",
        9,
        378,
        True,
    ),
    "DepthwiseConv2D": (
        lambda i: kinds.DepthwiseConv2D(5, depth_multiplier=9, depthwise_initializer=i),
        IMAGES,
        "depthwise_conv2d",
        25,
        225,
        False,
    ),
    "SeparableConv2D": (
        lambda i: kinds.SeparableConv2D(90, 3, depth_multiplier=20, pointwise_initializer=i),
        IMAGES,
        "separable_conv2d/pointwise_kernel",
        60,
        90,
        True,
    ),
    "depthwise half": (
        lambda i: kinds.SeparableConv2D(8, 5, depth_multiplier=9, depthwise_initializer=i),
        IMAGES,
        "separable_conv2d/depthwise_kernel",
        25,
        225,
        False,
    ),
    "Conv2DTranspose": (
        lambda i: kinds.Conv2DTranspose(40, 3, kernel_initializer=i),
        IMAGES,
        "conv2d_transpose",
        27,
        360,
        False,
    ),
    "EinsumDense": (
        lambda i: kinds.EinsumDense("abc,cde->abde", (4, 6, 20), kernel_initializer=i),
        SEQUENCE,
        "einsum_dense",
        18,
        120,
        None,
    ),
    "EinsumDense, inputs last": (
        lambda i: kinds.EinsumDense("ab,cb->ac", 90, kernel_initializer=i),
        X,
        "einsum_dense",
        20,
        90,
        None,
    ),
    "LSTM": (
        lambda i: kinds.LSTM(40, kernel_initializer=i),
        SEQUENCE,
        "lstm/lstm_cell/kernel",
        18,
        160,
        True,
    ),
    "GRU": (
        lambda i: kinds.GRU(40, kernel_initializer=i),
        SEQUENCE,
        "gru/gru_cell/kernel",
        18,
        120,
        True,
    ),
    "SimpleRNN": (
        lambda i: kinds.SimpleRNN(90, kernel_initializer=i),
        SEQUENCE,
        "simple_rnn/simple_rnn_cell/kernel",
        18,
        90,
        True,
    ),
}
SCHEMES = {
    "GlorotUniform": ["Glorot", "default"],
    "GlorotNormal": ["Glorot", "default"],
    "HeNormal": ["He"],
    "LecunNormal": ["LeCun"],
}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("kind", DRAWN)
def test_fans_and_the_scheme_that_drew_the_weights(kind, scheme):
    make, inputs, name, fan_in, fan_out, agreed = DRAWN[kind]
    layer = make(getattr(keras.initializers, scheme)(seed=1))
    model = keras.Sequential([keras.Input(inputs.shape[1:]), layer])
    seen = by_name(iv.checkup(model, inputs))[name]
    assert (seen.role, seen.fan_in, seen.fan_out) == ("matrix", fan_in, fan_out)
    variable = next(v for v in model.weights if v.path == seen.parameter)
    assert seen.shape == tuple(variable.shape)
    assert seen.weight_std == pytest.approx(numpy(variable.value).std(), rel=1e-5)
    if agreed or (agreed is None and scheme.startswith("Glorot")):
        assert seen.schemes == SCHEMES[scheme]
    elif scheme.startswith("Glorot"):
        assert "default" in seen.schemes


def test_units_are_what_a_kernel_gives_out():
    sizes = {
        "Dense": 90,
        "Conv2D": 60,
        "DepthwiseConv2D": 9,
        "Conv2DTranspose": 40,
        "EinsumDense, inputs last": 90,
        "LSTM": 160,
    }
    for kind, units in sizes.items():
        make, inputs, name, *_ = DRAWN[kind]
        model = keras.Sequential([keras.Input(inputs.shape[1:]), make("glorot_uniform")])
        seen = by_name(iv.checkup(model, inputs))[name]
        assert (seen.units, seen.distinct) == (units, units), kind


class Own(keras.Layer):
    """Weights that nobody knows, and that look like somebody's."""

    def build(self, shape):
        self.a = self.add_weight(shape=(shape[-1],), name="kernel")
        self.b = self.add_weight(shape=(shape[-1], 7), name="kernel")
        self.c = self.add_weight(shape=(7,), initializer="zeros", name="bias")

    def call(self, x):
        return (x * self.a) @ self.b + self.c


def test_roles():
    x = start = keras.Input((8,))
    x = kinds.Embedding(50, 16)(x)
    for norm in ("LayerNormalization", "BatchNormalization", "RMSNormalization"):
        if hasattr(kinds, norm):
            x = getattr(kinds, norm)()(x)
    x = kinds.GroupNormalization(4)(x)
    x = kinds.MultiHeadAttention(2, 8)(x, x)
    x = kinds.PReLU()(Own()(x))
    report = iv.checkup(keras.Model(start, x), WORDS)
    layers = by_name(report)
    roles = {layer.name.split("/")[-1]: layer.role for layer in report.layers}
    assert roles["embedding"] == "embedding"
    assert layers["embedding"].schemes == []
    assert layers["embedding"].weight_std == pytest.approx(
        layers["embedding"].default_std, rel=0.05
    )
    assert {roles[name] for name in roles if name.split("/")[0].endswith("ization")} == {"norm"}
    assert {
        roles[f"multi_head_attention/{part}".split("/")[-1]]
        for part in ("query", "key", "value", "attention_output")
    } == {"matrix"}
    assert [layer.name for layer in report.listed] == [
        "own/kernel",
        "own/kernel (2)",
        "p_re_lu/alpha",
    ]
    assert all(isnan(layer.fan_in) and isnan(layer.distinct) for layer in report.listed)
    query = layers["multi_head_attention/query"]
    assert (query.fan_in, query.fan_out, query.schemes) == (16, 16, ["Glorot", "LeCun", "default"])


@pytest.mark.parametrize("cell", ["LSTM", "GRU", "SimpleRNN"])
def test_recurrent_weights_are_orthogonal_by_default(cell):
    model = reader(getattr(kinds, cell)(24))
    layers = by_name(iv.checkup(model, WORDS, LABELS))
    (recurrent,) = [layer for layer in layers.values() if layer.name.endswith("recurrent_kernel")]
    assert (recurrent.fan_in, recurrent.fan_out) == (24, 24)
    assert "default" in recurrent.schemes


# What is seen: answers, idle units, gradients.


def intermediate(model, inputs, *names):
    """What layers give, by a model of Keras' own."""
    outputs = [model.get_layer(name).output for name in names]
    return [numpy(out) for out in keras.Model(model.inputs[0], outputs)(inputs, training=True)]


def test_answers_are_those_of_keras():
    x = start = keras.Input((FEATURES,))
    x = kinds.Dense(32, "tanh", kernel_initializer=normal(0.5), name="a")(x)
    x = kinds.Dense(32, kernel_initializer="he_normal", name="b")(x)
    x = kinds.LeakyReLU(name="bent")(x)
    x = kinds.Dense(16, bias_initializer=keras.initializers.Constant(-1.8), name="c")(x)
    x = kinds.Dropout(0.0)(kinds.ReLU(name="after")(x))
    x = kinds.Activation("sigmoid", name="alone")(x)
    model = keras.Model(start, kinds.Dense(CLASSES, "softmax", name="d")(x))
    seen = by_name(iv.checkup(model, X, Y))
    with keras.StatelessScope():
        answers = intermediate(model, X, "a", "bent", "after", "alone", "d")
    assert list(seen) == ["a", "b", "c", "alone", "d"]
    spread = iv.checkup(model, X, Y).examination.output_spread
    assert spread == pytest.approx(np.sqrt(answers[-1].var(axis=0).mean()), rel=1e-4)
    assert [layer.activation for layer in seen.values()] == [
        "tanh",
        "leaky_relu",
        "relu",
        "sigmoid",
        "softmax",
    ]
    assert seen["alone"].kind == "sigmoid"
    assert seen["alone"].role == "activation"
    for layer, answer in zip(seen.values(), answers, strict=True):
        assert layer.output_mean == pytest.approx(answer.mean(), abs=1e-6)
        assert layer.output_std == pytest.approx(answer.std(), rel=1e-4)
        assert layer.spread == pytest.approx(np.sqrt(answer.var(axis=0).mean()), rel=1e-4)
        assert layer.calls == 1
        assert layer.last == (layer.name == "d")
    dead = (answers[2].max(axis=0) == 0).mean()
    assert 0 < dead < 1
    assert (seen["c"].saturated, seen["c"].dead_word) == (dead, "dead")
    saturated = (1 - answers[0] ** 2 < 0.1).mean()
    assert seen["a"].saturated == pytest.approx(saturated, abs=0.002)
    assert (seen["a"].dead_word, seen["d"].dead_word) == ("saturated", "")


def test_answers_of_recurrent_layers_and_of_cells_inside():
    cells = kinds.StackedRNNCells([kinds.LSTMCell(6), kinds.GRUCell(5)])
    model = reader(kinds.Bidirectional(kinds.LSTM(7, return_sequences=True)), kinds.RNN(cells))
    report = iv.checkup(model, WORDS, LABELS)
    layers = by_name(report)
    assert [name.split("/")[-2] for name in layers if name.endswith("recurrent_kernel")] == [
        "lstm_cell",
        "lstm_cell",
        "lstm_cell",
        "gru_cell",
    ]
    assert list(layers)[-1] == "dense"
    with keras.StatelessScope():
        both = numpy(model.layers[1](model.layers[0](WORDS)))
    forward = next(
        layer for layer in report.layers if layer.output_std > 0 and layer.kind == "LSTMCell"
    )
    assert forward.output_std == pytest.approx(both[..., :7].std(), rel=1e-4)
    assert not report.serious


def test_units_of_images_with_channels_first():
    if BACKEND != "torch":
        pytest.skip("on processors only PyTorch has them")
    model = keras.Sequential(
        [
            keras.Input((3, 12, 12)),
            kinds.Conv2D(
                8,
                3,
                activation="relu",
                data_format="channels_first",
                bias_initializer=lambda shape, dtype: ops.convert_to_tensor(
                    np.where(np.arange(8) < 2, -9, 0).astype("float32")
                ),
            ),
            kinds.Conv2D(4, 3, data_format="channels_first"),
            kinds.BatchNormalization(axis=1),
            kinds.ReLU(),
        ]
    )
    first, second, norm = iv.checkup(model, IMAGES.transpose(0, 3, 1, 2)).layers
    assert first.saturated == 0.25
    assert second.normed
    assert norm.activation == "relu"
    one, two = intermediate(model, IMAGES.transpose(0, 3, 1, 2), "conv2d", "re_lu")
    assert norm.spread == pytest.approx(np.sqrt(two.var(axis=(0, 2, 3)).mean()), rel=1e-4)
    assert first.spread == pytest.approx(np.sqrt(one.var(axis=(0, 2, 3)).mean()), rel=1e-4)


def slopes(model, f, v, step=2e-2):
    """d f / d v by finite differences, entry by entry."""
    start = numpy(v.value).copy()
    found = np.zeros(start.shape)
    for n in np.ndindex(start.shape):
        for sign in (1, -1):
            moved = start.copy()
            moved[n] += sign * step
            v.assign(moved)
            found[n] += sign * f(model) / (2 * step)
    v.assign(start)
    return found


def test_gradients_are_those_of_finite_differences_every_backend():
    model = keras.Sequential([keras.Input((3,)), kinds.Dense(4, "tanh"), kinds.Dense(2)])
    inputs, targets = X[:8, :3], X[:8, 3:5]
    report = iv.checkup(model, inputs, targets, learning_rate=0.5)

    def f(model):
        return float(((numpy(model(inputs)).astype(float) - targets) ** 2).mean())

    assert report.loss == pytest.approx(f(model), rel=1e-5)
    for layer in report.layers:
        variable = next(v for v in model.weights if v.path == layer.parameter)
        slope = slopes(model, f, variable)
        assert layer.gradient_rms == pytest.approx(np.sqrt((slope**2).mean()), rel=0.01)
        assert layer.gradient_std == pytest.approx(slope.std(), rel=0.01)
        assert layer.update == pytest.approx(0.5 * layer.gradient_rms / layer.weight_rms, rel=1e-4)


def test_gradients_go_to_their_own_weights_every_backend():
    """Layers of equal names have equal paths; what is frozen or not used has no gradient."""
    model = run_once(Nested("tanh"))
    model.unused.build((None, 32))
    model.shared.trainable = False
    layers = by_name(report := iv.checkup(model, X, Y))
    assert {name.removeprefix("nested/") for name in layers} == {
        "nested/scale",
        "part/same",
        "part/same (2)",
        "dense",
        "dense_1",
        "dense_2",
    } or set(layers) >= {"part/same", "part/same (2)"}
    one, two = layers["part/same"], layers["part/same (2)"]
    assert one.shape == (FEATURES, 32)
    assert two.shape == (32, 32)
    assert one.parameter != two.parameter
    for part, seen in ((model.one, one), (model.two, two)):
        part.layers[0].trainable = False
        again = by_name(iv.checkup(model, X, Y))
        assert isnan(again[seen.name].gradient_rms)
        assert not again[seen.name].trainable
        part.layers[0].trainable = True
        assert by_name(iv.checkup(model, X, Y))[seen.name].gradient_rms == seen.gradient_rms > 0
    shared = next(layer for layer in report.layers if layer.calls == 2)
    assert not shared.trainable
    assert isnan(shared.gradient_rms)
    unused = next(layer for layer in report.layers if layer.shape == (32, 3))
    assert unused.trainable
    assert isnan(unused.gradient_rms)
    assert unused.calls == 0
    assert [f.sign for f in report.findings] == ["unused"]


def test_what_is_called_in_vain_is_unused_too_every_backend():
    start = keras.Input((FEATURES,))
    kept, dropped = kinds.Dense(8, "relu", name="kept")(start), kinds.Dense(8, name="dropped")

    class Vain(keras.Layer):
        def __init__(self):
            super().__init__()
            self.dropped = dropped

        def build(self, shape):
            self.dropped.build(shape)

        def call(self, x):
            self.dropped(x)
            return x

    model = keras.Model(start, kinds.Dense(CLASSES)(Vain()(kept)))
    (finding,) = iv.checkup(model, X, Y).findings
    assert finding.sign == "unused"
    assert "dropped" in finding.layers[0]
    mended(finding, model)
    assert not iv.checkup(model, X, Y).findings


# Losses.


def nll(p):
    return -np.log(p[np.arange(SAMPLES), Y]).mean()


def softmax(z):
    e = np.exp(z - z.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def bce(p, y):
    return -np.where(y, np.log(p), np.log(1 - p)).mean()


ONE_HOT = np.eye(CLASSES)[Y]
BITS = (X[:, :CLASSES] > 0).astype(int)
YES = Y % 2
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
        log(CLASSES),
    ),
    "classes, softmax": (
        "softmax",
        CLASSES,
        Y,
        None,
        "sparse_categorical_crossentropy",
        nll,
        log(CLASSES),
    ),
    "yes or no, logits": (
        None,
        1,
        YES,
        None,
        "binary_crossentropy",
        lambda o: bce(sigmoid(o[:, 0]), YES),
        log(2),
    ),
    "yes or no, sigmoid": (
        "sigmoid",
        1,
        YES,
        None,
        "binary_crossentropy",
        lambda o: bce(o[:, 0], YES),
        log(2),
    ),
    "list of NumPy's numbers": (
        "sigmoid",
        1,
        list(YES),
        None,
        "binary_crossentropy",
        lambda o: bce(o[:, 0], YES),
        log(2),
    ),
    "column": (
        "sigmoid",
        1,
        YES[:, None],
        None,
        "binary_crossentropy",
        lambda o: bce(o[:, 0], YES),
        log(2),
    ),
    "several yes or no": (
        "sigmoid",
        CLASSES,
        BITS,
        None,
        "binary_crossentropy",
        lambda o: bce(o, BITS),
        log(2),
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
        log(2),
    ),
    "one-hot": (
        "softmax",
        CLASSES,
        ONE_HOT,
        "categorical_crossentropy",
        "categorical_crossentropy",
        nll,
        log(CLASSES),
    ),
    "an object": (
        None,
        CLASSES,
        Y,
        LOGITS,
        "sparse_categorical_crossentropy",
        lambda o: nll(softmax(o)),
        log(CLASSES),
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
        log(CLASSES),
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
    "unbuilt": (unbuilt, X, Y, None, "it has no weights yet: run model(X) once before"),
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
    "words": (mlp, np.array(["a", "b"]), Y, None, "X='ndarray': give an array of numbers"),
    "ragged": (mlp, [[1.0], [1.0, 2.0]], Y, None, "X='list': give an array of numbers"),
    "fewer targets": (mlp, X, Y[:9], None, "loss=sparse_categorical_crossentropy: it does not fit"),
    "regression's shape": (mlp, X, X, None, "y of shape (64, 20) does not fit the model's answers"),
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

    if BACKEND == "tensorflow":
        assert {f.sign for f in iv.checkup(mlp(), X, Y, detached).findings} == {"unused"}
    else:
        with pytest.raises(ValueError, match=r"^loss(=detached)?: "):
            iv.checkup(mlp(), X, Y, detached)


# Models of many kinds.


def test_several_inputs():
    a, b = keras.Input((4,), name="a"), keras.Input((3,), name="b")
    out = kinds.Dense(2)(kinds.Concatenate()([kinds.Dense(8)(a), kinds.Dense(8)(b)]))
    parts = X[:, :4], X[:, 4:7]
    reports = [
        iv.checkup(keras.Model([a, b], out), parts, Y % 2),
        iv.checkup(keras.Model([a, b], out), list(parts), Y % 2),
        iv.checkup(keras.Model({"a": a, "b": b}, out), dict(zip("ab", parts, strict=True)), Y % 2),
    ]
    assert len({str(report) for report in reports}) == 1
    assert [layer.calls for layer in reports[0].layers] == [1, 1, 1]
    with pytest.raises(ValueError, match=r"^X\[1\]: 192 of its 192 numbers are not finite"):
        iv.checkup(keras.Model([a, b], out), (parts[0], nan * parts[1]))
    with pytest.raises(ValueError, match=r"^X of shape \[\(64, 4\), \(64, 4\)\] does not go"):
        iv.checkup(keras.Model([a, b], out), (parts[0], parts[0]))


def test_frozen_layers_are_not_judged():
    model = cnn()
    for layer in model.layers[:2]:
        layer.trainable = False
    conv, norm, *others = iv.checkup(model, IMAGES, LABELS).layers
    assert not conv.trainable
    assert not norm.trainable
    assert isnan(conv.gradient_rms)
    assert all(layer.trainable for layer in others)
    assert norm.output_std > 0


def test_norms_forgive_the_size_of_what_is_before_them():
    model = keras.Sequential(
        [
            keras.Input((FEATURES,)),
            kinds.Dense(32, kernel_initializer=normal(3.0)),
            kinds.BatchNormalization(),
            kinds.ReLU(),
            kinds.Dense(CLASSES),
        ]
    )
    report = iv.checkup(model, X, Y)
    assert [layer.normed for layer in report.layers] == [True, False, False]
    assert not report.serious


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "bfloat16"])
def test_half_precision(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = mlp(width=64)
    finally:
        keras.config.set_dtype_policy("float32")
    dtypes = []
    iv.checkup(model, X, Y, lambda y, out: dtypes.append(out.dtype) or out)
    assert "float32" in str(dtypes[0])  # as ``compile`` has it
    report = iv.checkup(model, X, Y)
    assert report.loss == pytest.approx(
        nll(softmax(numpy(ops.cast(model(X), "float32")))), rel=0.01
    )
    assert not report.findings
    assert all(layer.distinct == layer.units for layer in report.layers)
    assert all(layer.gradient_rms > 0 for layer in report.layers)


def test_a_model_that_scales_its_inputs():
    report = iv.checkup(rescaled(), 100 * X, Y)
    assert not report.findings
    assert isnan(report.examination.input_size)
    assert iv.checkup(mlp(), X, Y).examination.input_size == pytest.approx(X.std(), rel=0.01)
    model = keras.Sequential([keras.Input((FEATURES,)), kinds.Rescaling(2.0)])
    with pytest.raises(ValueError, match="no weights that are trained"):
        iv.checkup(model, X)


def test_norms_forgive_recurrent_layers_too():
    model = reader(kinds.LSTM(8), kinds.LayerNormalization())
    report = iv.checkup(model, WORDS, LABELS)
    assert [layer.normed for layer in report.layers] == [False, True, True, False, False]


def test_an_activation_that_needs_several_axes():
    bend = lambda z: ops.softmax(z, axis=1)  # noqa: E731
    model = keras.Sequential(
        [keras.Input((8, 3)), kinds.Dense(6, bend), kinds.Flatten(), kinds.Dense(2)]
    )
    first, _ = iv.checkup(model, SEQUENCE[:, :1].repeat(8, 1)[..., :3], LABELS % 2).layers
    assert (first.activation, first.dead_word) == ("<lambda>", "")


def test_a_layer_alone_is_a_model_too():
    layer = kinds.Dense(3)
    layer.build((None, FEATURES))
    (seen,) = iv.checkup(layer, X, X[:, :3]).layers
    assert seen.shape == (FEATURES, 3)


def test_activations_that_are_layers_or_no_functions_of_one_number():
    model = keras.Sequential(
        [
            keras.Input((FEATURES,)),
            kinds.Dense(32, kinds.LeakyReLU()),
            Block("tanh"),
            kinds.Dense(32, "sparsemax"),
            kinds.Dense(16, lambda z: ops.maximum(z, 0)),
            kinds.Dense(4),
        ]
    )
    report = iv.checkup(model, X, Y % 4)
    assert [layer.activation for layer in report.layers] == [
        "leaky_relu",
        "tanh",
        "sparsemax",
        "<lambda>",
        None,
    ]
    assert [layer.dead_word for layer in report.layers] == ["dead", "saturated", "", "dead", ""]


# Patients.

SICK = {  # the maker, and the sign, the level and a layer of the first finding
    "all zero": (lambda: mlp("tanh", draw="zeros"), "zeros", "serious", "dense"),
    "wide N(0, 1), tanh": (
        lambda: mlp("tanh", 4, normal(1.0), 128),
        "weights",
        "serious",
        "dense_1",
    ),
    "20 sigmoids": (lambda: mlp("sigmoid", 20), "gradient", "serious", "dense"),
    "dead ReLU": (lambda: mlp(bias=-5.0), "saturated", "serious", "dense"),
    "He and tanh": (lambda: mlp("tanh", 5, "he_normal"), "scheme", "worth a look", "dense_1"),
    "too small": (lambda: mlp("relu", 4, normal(0.002)), "weights", "serious", "dense_1"),
    "constant": (
        lambda: mlp("tanh", draw=keras.initializers.Constant(0.1)),
        "distinct",
        "serious",
        "dense",
    ),
    "He and a tanh that stands alone": (
        lambda: keras.Sequential(
            [
                layer
                for _ in range(5)
                for layer in (
                    kinds.Dense(64, kernel_initializer="he_normal"),
                    kinds.Activation("tanh"),
                )
            ]
            + [kinds.Dense(CLASSES)]
        ),
        "scheme",
        "worth a look",
        "dense_1",
    ),
    "infinite bias": (lambda: mlp(bias=np.inf), "not finite", "serious", "dense"),
    "NaN bias": (lambda: mlp(bias=nan), "not finite", "serious", "dense"),
    "large transposed": (
        lambda: keras.Sequential(
            [
                keras.Input((FEATURES,)),
                kinds.Reshape((2, 2, 5)),
                *[
                    kinds.Conv2DTranspose(n, 3, activation="tanh", kernel_initializer=normal(1.0))
                    for n in (64, 8)
                ],
                kinds.Flatten(),
                kinds.Dense(CLASSES, kernel_initializer=normal(1.0)),
            ]
        ),
        "weights",
        "serious",
        "conv2d_transpose",
    ),
    "large attention": (
        lambda: keras.Sequential(
            [
                keras.Input((FEATURES,)),
                kinds.Reshape((4, 5)),
                *[
                    kinds.EinsumDense(
                        "abc,cde->abde",
                        (4, 2, 16),
                        activation="tanh",
                        kernel_initializer=normal(9.0),
                    )
                ],
                kinds.Flatten(),
                kinds.Dense(CLASSES),
            ]
        ),
        "weights",
        "serious",
        "einsum_dense",
    ),
}
HEALTHY = {
    "CNN": (cnn, IMAGES, LABELS),
    "residual, last gamma 0": (residual, IMAGES, LABELS),
    "transformer": (transformer, WORDS, LABELS),
    "LSTM": (lambda: reader(kinds.LSTM(16)), WORDS, LABELS),
    "GRU": (lambda: reader(kinds.Bidirectional(kinds.GRU(16))), WORDS, LABELS),
    "zero head": (zero_head, X, Y),
    "nested": (lambda: run_once(Nested()), X, Y),
    "separable": (
        lambda: keras.Sequential(
            [
                keras.Input((12, 12, 3)),
                kinds.Conv2D(16, 3, activation="relu"),
                kinds.SeparableConv2D(16, 3, activation="relu"),
                kinds.DepthwiseConv2D(3),
                kinds.BatchNormalization(),
                kinds.ReLU(),
                kinds.Flatten(),
                kinds.Dense(CLASSES),
            ]
        ),
        IMAGES,
        LABELS,
    ),
}


def mended(finding, model, inputs=X):
    """X, after its line of code."""
    assert "\n" not in finding.mend
    scope = {"model": model, "keras": keras, "X": inputs}
    exec(finding.mend, scope)
    return scope["X"]


def patient(name):
    return run_once(SICK[name][0]())


@pytest.mark.parametrize("name", SICK)
def test_the_first_finding_names_the_illness_and_its_mend_takes_it_away(name):
    model = patient(name)
    _, sign, level, layer = SICK[name]
    first = iv.checkup(model, X, Y).findings[0]
    assert (first.sign, first.level) == (sign, level)
    assert layer in [path.split("/")[-1] for path in first.layers]
    mended(first, model)
    assert first.sign not in {f.sign for f in iv.checkup(model, X, Y).findings}


@pytest.mark.parametrize("name", ["all zero", "dead ReLU"])
def test_the_first_finding_every_backend(name):
    model = patient(name)
    first = iv.checkup(model, X, Y).findings[0]
    assert first.sign == SICK[name][1]
    mended(first, model)
    assert not iv.checkup(model, X, Y).serious


@pytest.mark.parametrize("name", HEALTHY)
def test_a_healthy_model_has_no_serious_finding(name):
    make, inputs, targets = HEALTHY[name]
    report = iv.checkup(make(), inputs, targets)
    assert not report.serious, report
    assert {f.sign for f in report.findings if f.level == "worth a look"} <= {"saturated"}, report


def test_large_inputs_are_mended_in_x():
    model = mlp("tanh")
    first = iv.checkup(model, 100 * X, Y).findings[0]
    assert first.sign == "inputs"
    assert not iv.checkup(model, mended(first, model, 100 * X), Y).serious


@pytest.mark.parametrize("last", ["inside", "alone", None])
def test_sigmoids_are_bent_in_nested_layers_too_but_not_at_the_output(last):
    """Which a probability comes from."""
    inner = keras.Sequential([kinds.Dense(32, "sigmoid") for _ in range(6)])
    head = [kinds.Dense(1, "sigmoid" if last == "inside" else None)]
    head += [kinds.Activation("sigmoid")] if last == "alone" else []
    model = keras.Sequential([inner, *[Block("sigmoid") for _ in range(6)], *head])
    run_once(model)
    first = iv.checkup(model, X, YES).findings[0]
    assert (first.sign, first.level) == ("gradient", "serious")
    mended(first, model)
    report = iv.checkup(model, X, YES)
    assert not report.serious
    bends = ["tanh"] * 12 + (["sigmoid"] if last else [None])
    assert [layer.activation for layer in report.layers] == bends


def test_the_other_mends():
    model = reader(kinds.LayerNormalization(), Own(), kinds.LSTM(6, activation="sigmoid"))
    report = iv.checkup(model, WORDS, LABELS)
    mends, layers = report.examination.mends, by_name(report)
    before = [numpy(v) for v in model.weights]
    draws = {
        "embedding": 0.1 / 12**0.5,
        "layer_normalization": 0.0,
        "own/kernel (2)": 0.02,
        "lstm/lstm_cell/recurrent_kernel": 6**-0.5,
    }
    for name, std in draws.items():
        exec(mends.redraw([layers[name]], "LeCun"), {"model": model, "keras": keras})
        (drawn,) = [
            v
            for v, path in zip(model.weights, addresses(model).values(), strict=True)
            if path == layers[name].parameter
        ]
        assert numpy(drawn).std() == pytest.approx(std, rel=0.25)
    assert (numpy(model.layers[1].gamma) == 1).all()
    upward = keras.Sequential([keras.Input((4, 4, 3)), kinds.Conv2DTranspose(40, 3)])
    layer, *_ = (up := iv.checkup(upward, IMAGES[:, :4, :4])).layers
    exec(up.examination.mends.redraw([layer], "He"), {"model": upward, "keras": keras})
    assert numpy(upward.weights[0]).std() == pytest.approx((2 / 27) ** 0.5, rel=0.1)
    exec(mends.shrink(layers["dense"]), {"model": model})
    exec(mends.unbias([layers["dense"], layers["lstm/lstm_cell/kernel"]]), vars() | globals())
    exec(mends.bend([]), {"model": model, "keras": keras})
    after = [numpy(v) for v in model.weights]
    assert after[-2] == pytest.approx(0.1 * before[-2])
    assert before[-3].any()
    assert not after[-3].any()
    assert model.layers[-2].cell.activation is keras.activations.tanh
    assert mlp_mends().bend([]) == ""


def mlp_mends():
    """Whose only sigmoid is the output's."""
    return iv.checkup(mlp(last="sigmoid"), X, BITS).examination.mends


def test_mends_reach_the_right_one_of_two_of_the_same_name():
    model = run_once(Nested())
    second = model.two.layers[0].kernel
    before = numpy(model.one.layers[0].kernel.value)
    second.assign(0 * second)
    first = iv.checkup(model, X, Y).findings[0]
    assert first.layers == ("part/same (2)",)
    mended(first, model)
    assert numpy(second.value).std() > 0
    assert (numpy(model.one.layers[0].kernel.value) == before).all()
    assert not iv.checkup(model, X, Y).findings


def test_own_weights_are_all_the_trained_ones_once_every_backend():
    """``own_weights`` takes what is private; Keras' public list of all has to agree."""
    model = run_once(Nested())
    layers = dict.fromkeys(model._flatten_layers())
    mine = [id(v) for layer in layers for v in own_weights(layer)]
    assert sorted(mine) == sorted(map(id, model.trainable_variables))
