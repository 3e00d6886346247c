"""Keras models of many kinds, the healthy and the sick with what they have."""

from math import isnan, nan

import keras
import numpy as np
import pytest
from checkups.keras_models import (
    BITS,
    CLASSES,
    FEATURES,
    IMAGES,
    LABELS,
    SEQUENCE,
    WORDS,
    YES,
    Nested,
    Own,
    X,
    Y,
    by_name,
    cnn,
    mended,
    mlp,
    nll,
    normal,
    numpy,
    reader,
    run_once,
    seeded,  # noqa: F401 (for every test)
    softmax,
)
from keras import layers as kinds
from keras import ops

import initviz as iv
from initviz.checkups.keras.kinds import own_weights
from initviz.checkups.keras.layers import addresses

# The models.


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
    assert report.examination.input_size == pytest.approx(X.std(), rel=0.05)  # behind the scaler
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
    assert [layer.dead_word for layer in report.layers] == [
        "saturated",
        "saturated",
        "",
        "dead",
        "",
    ]


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
        "symmetry",
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
        "own/kernel": 0.02,
        "own/kernel (2)": 16**-0.5,
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
