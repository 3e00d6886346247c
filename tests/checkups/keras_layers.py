"""What a check-up measures of Keras' layers, held against numbers that Keras gives without us."""

from math import isnan

import keras
import numpy as np
import pytest
from checkups.keras_models import (
    BACKEND,
    CLASSES,
    FEATURES,
    IMAGES,
    LABELS,
    SEQUENCE,
    WORDS,
    Nested,
    Own,
    X,
    Y,
    by_name,
    mended,
    normal,
    numpy,
    reader,
    run_once,
    seeded,  # noqa: F401 (for every test)
)
from keras import layers as kinds
from keras import ops

import initviz as iv

# What a layer is, and who drew its weights.


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
    assert [layer.name for layer in report.listed] == ["own/kernel", "p_re_lu/alpha"]
    own = layers["own/kernel (2)"]  # by which the graph says that inputs are multiplied
    assert (own.role, own.fan_in, own.fan_out, own.units) == ("matrix", own.shape[0], 7, 7)
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
