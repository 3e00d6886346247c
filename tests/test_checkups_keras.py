"""The check-up of Keras models: what it measures, what it finds, and that it leaves no trace."""

import importlib.util
import json
import os
import random
import subprocess
import sys
from math import log, sqrt

import numpy as np
import pytest

torch = pytest.importorskip("torch")
os.environ["KERAS_BACKEND"] = "torch"  # once and for all in this process
keras = pytest.importorskip("keras")
L = keras.layers


import initviz as iv  # noqa: E402

# Keras' PyTorch backend makes arrays of tensors in a way that NumPy will give up.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept")

RNG = np.random.default_rng(0)
ROWS, CLASSES = RNG.normal(size=(64, 20)), RNG.integers(0, 10, 64)
IMAGES, WORDS = RNG.normal(size=(16, 12, 12, 3)), RNG.integers(0, 50, (16, 8))
FEW = CLASSES[:16]


@pytest.fixture(autouse=True)
def same_draws():
    keras.utils.set_random_seed(1)


def mlp(width=32, depth=3, activation="relu", last=None, outputs=10, **dense):
    hidden = [L.Dense(width, activation=activation, **dense) for _ in range(depth)]
    return keras.Sequential([keras.Input((20,)), *hidden, L.Dense(outputs, activation=last)])


def numbers(values):
    return keras.ops.convert_to_numpy(values)


def by_name(report):
    return {layer.name: layer for layer in report.layers}


# What it measures.


@pytest.mark.parametrize(
    ("initializer", "name"),
    [("glorot_uniform", "Glorot"), ("glorot_normal", "Glorot"), ("he_normal", "He"),
     ("lecun_normal", "LeCun"), ("glorot_uniform", "default")],
)  # fmt: skip
def test_it_names_the_scheme_that_drew_the_weights(initializer, name):
    model = keras.Sequential(
        [keras.Input((16, 16, 8)), L.Conv2D(64, 3, kernel_initializer=initializer), L.Flatten(),
         L.Dense(300, kernel_initializer=initializer)]
    )  # fmt: skip
    report = iv.checkup(model, RNG.normal(size=(4, 16, 16, 8)))
    for layer in report.layers:
        assert name in layer.schemes


@pytest.mark.parametrize(
    ("layer", "shape", "fans"),
    [(L.Dense(7), (5,), (5, 7)),
     (L.Conv1D(7, 3), (9, 5), (15, 21)),
     (L.Conv2D(7, (3, 2)), (9, 9, 5), (30, 42)),
     (L.Conv2DTranspose(7, 3), (9, 9, 5), (45, 63)),
     (L.DepthwiseConv2D(3, depth_multiplier=2), (9, 9, 5), (9, 18)),
     (L.EinsumDense("abc,cde->abde", (None, 2, 3)), (4, 5), (5, 6)),
     (L.EinsumDense("abcd,cde->abe", (None, 3)), (4, 5, 2), (10, 3))],
    ids=["dense", "conv1d", "conv2d", "transposed", "depthwise", "split heads", "join heads"],
)  # fmt: skip
def test_a_unit_has_the_fan_in_that_its_sum_has(layer, shape, fans):
    report = iv.checkup(keras.Sequential([keras.Input(shape), layer]), RNG.normal(size=(3, *shape)))
    (found,) = (each for each in report.layers if each.parameter)
    assert (found.fan_in, found.fan_out) == fans
    assert found.units == found.distinct


def test_answers_and_idle_units_are_those_of_the_layers_themselves():
    model = mlp(activation="tanh", kernel_initializer=keras.initializers.RandomNormal(stddev=0.5))
    report = iv.checkup(model, ROWS, CLASSES)
    a = ROWS.astype("float32")
    for dense, found in zip(model.layers, report.layers, strict=True):
        z = a @ numbers(dense.kernel) + numbers(dense.bias)
        a = z if found.last else np.tanh(z)
        assert found.output_mean == pytest.approx(a.mean(), abs=1e-5)
        assert found.output_std == pytest.approx(a.std(), rel=1e-4)
        assert found.spread == pytest.approx(np.sqrt(a.var(axis=0).mean()), rel=1e-4)
        if not found.last:
            idle = (1 - np.tanh(z) ** 2 < 0.1).mean()
            assert found.idle == pytest.approx(idle, abs=0.01)


def test_gradients_are_those_of_the_loss():
    model = mlp(activation="gelu")
    report = iv.checkup(model, ROWS, CLASSES, learning_rate=0.3)
    logits = model(keras.ops.convert_to_tensor(ROWS.astype("float32")))
    loss = torch.nn.functional.cross_entropy(logits, torch.tensor(CLASSES))
    assert report.loss == pytest.approx(float(loss.detach()), rel=1e-5)
    assert report.guessing == pytest.approx(log(10))
    kernels = [dense.kernel.value for dense in model.layers]
    for W, slope, found in zip(kernels, torch.autograd.grad(loss, kernels), report.layers,
                               strict=True):  # fmt: skip
        rms = float(slope.square().mean().sqrt())
        assert found.gradient_rms == pytest.approx(rms, rel=1e-4)
        assert found.gradient_std == pytest.approx(float(slope.std(correction=0)), rel=1e-4)
        size = float(W.detach().square().mean().sqrt())
        assert found.update == pytest.approx(0.3 * rms / size, rel=1e-4)


def test_recurrent_embedded_normed_and_attending_layers_have_their_roles():
    words = keras.Input((8,))
    x = L.Embedding(50, 12)(words)
    x = L.LayerNormalization()(L.Add()([x, L.MultiHeadAttention(2, 6)(x, x)]))
    x = L.LSTM(9)(x)
    model = keras.Model(words, L.Dense(10)(x))
    found = by_name(iv.checkup(model, WORDS, FEW))
    roles = {layer.role for name, layer in found.items() if "embedding" in name}
    assert roles == {"embedding"}
    assert {found[n].role for n in ("query", "key", "value", "attention_output")} == {"matrix"}
    (norm,) = (layer for layer in found.values() if layer.kind == "LayerNormalization")
    assert norm.role == "norm"
    kernel, recurrent = (found[f"lstm_cell/{n}"] for n in ("kernel", "recurrent_kernel"))
    assert (kernel.fan_in, recurrent.fan_in) == (12, 9)
    assert "default" in kernel.schemes
    assert recurrent.weight_std == pytest.approx(recurrent.default_std, rel=0.05)
    assert recurrent.calls == 1


class Doubling(L.Layer):
    """A layer with weights of its own making."""

    def build(self, shape):
        self.factors = self.add_weight(shape=(shape[-1],), initializer="ones", name="factors")

    def call(self, x):
        return 2 * x * self.factors


def test_what_it_does_not_understand_is_listed_and_not_judged():
    model = keras.Sequential([keras.Input((20,)), Doubling(), L.Dense(10)])
    report = iv.checkup(model, ROWS, CLASSES)
    assert [layer.kind for layer in report.listed] == ["Doubling"]
    assert not report.findings


def test_a_shared_layer_is_one_layer_that_is_called_twice():
    one, two = keras.Input((20,)), keras.Input((20,))
    shared = L.Dense(8, activation="relu")
    model = keras.Model([one, two], L.Dense(10)(L.Concatenate()([shared(one), shared(two)])))
    report = iv.checkup(model, [ROWS, ROWS[::-1]], CLASSES)
    assert [layer.calls for layer in report.layers] == [2, 1]


@pytest.mark.parametrize("X", [[ROWS, ROWS], {"a": ROWS, "b": ROWS}], ids=["list", "dict"])
def test_several_inputs_come_as_keras_takes_them(X):
    one, two = keras.Input((20,), name="a"), keras.Input((20,), name="b")
    inputs = {"a": one, "b": two} if isinstance(X, dict) else [one, two]
    model = keras.Model(inputs, L.Dense(10)(L.Add()([one, two])))
    assert iv.checkup(model, X, CLASSES).layers[0].calls == 1


@pytest.mark.parametrize(
    ("last", "outputs", "y", "loss", "name", "guessing"),
    [(None, 10, CLASSES, None, "sparse_categorical_crossentropy", log(10)),
     ("softmax", 10, CLASSES, None, "sparse_categorical_crossentropy", log(10)),
     (None, 1, CLASSES % 2, None, "binary_crossentropy", log(2)),
     ("sigmoid", 1, CLASSES % 2, None, "binary_crossentropy", log(2)),
     (None, 2, ROWS[:, :2], None, "mean_squared_error", ROWS[:, :2].var(axis=0).mean()),
     ("softmax", 10, np.eye(10)[CLASSES], "categorical_crossentropy", "categorical_crossentropy",
      log(10)),
     (None, 2, ROWS[:, :2], keras.losses.MeanAbsoluteError(), "mean_absolute_error", None)],
)  # fmt: skip
def test_the_loss_is_the_usual_one_or_the_one_that_is_given(last, outputs, y, loss, name, guessing):
    model = mlp(last=last, outputs=outputs)
    report = iv.checkup(model, ROWS, y, loss)
    assert report.examination.loss_name == name
    if guessing is None:
        assert np.isnan(report.guessing)
    else:
        assert report.guessing == pytest.approx(guessing, rel=1e-5)
        assert report.loss < 3 * guessing


def test_logits_and_probabilities_have_the_same_loss():
    logits = mlp()
    squashed = keras.Sequential([logits, L.Activation("softmax")])
    one, other = (iv.checkup(model, ROWS, CLASSES).loss for model in (logits, squashed))
    assert one == pytest.approx(other, rel=1e-5)


def test_a_compiled_models_own_loss_is_taken():
    model = mlp(outputs=2)
    model.compile(loss="mean_absolute_error", optimizer="sgd")
    assert iv.checkup(model, ROWS, ROWS[:, :2]).examination.loss_name == "mean_absolute_error"


def test_without_targets_there_is_no_loss_and_yet_there_are_gradients():
    report = iv.checkup(mlp(), ROWS)
    assert np.isnan(report.loss)
    assert all(layer.gradient_rms > 0 for layer in report.layers)
    assert "before any step" not in str(report)


# It leaves no trace.


def busy_model():
    model = keras.Sequential(
        [keras.Input((20,)), L.Dense(16), L.BatchNormalization(), L.ReLU(), L.Dropout(0.5),
         L.Dense(10, activation="softmax")]
    )  # fmt: skip
    model.layers[0].trainable = False
    model.compile(loss="sparse_categorical_crossentropy", optimizer="adam", metrics=["accuracy"])
    model.fit(ROWS, CLASSES, epochs=1, verbose=0)
    return model


def state(model):
    variables = [*model.variables, *model.optimizer.variables]
    attributes = [(name, "call" in vars(layer)) for layer in model.layers for name in (layer.name,)]
    activations = [vars(layer).get("activation") for layer in model.layers]
    generators = (np.random.get_state()[1].tolist(), random.getstate(),  # noqa: NPY002
                  torch.random.get_rng_state().tolist())  # fmt: skip
    return ([numbers(v.value).copy() for v in variables], [v.trainable for v in model.variables],
            attributes, activations, generators)  # fmt: skip


def same(one, other):
    for a, b in zip(one[0], other[0], strict=True):
        np.testing.assert_array_equal(a, b)
    assert one[1:4] == other[1:4]
    for a, b in zip(one[4], other[4], strict=True):
        assert a == b


def test_the_model_and_the_generators_are_as_before():
    model = busy_model()
    before = state(model)
    first = iv.checkup(model, ROWS, CLASSES)
    same(state(model), before)
    assert str(iv.checkup(model, ROWS, CLASSES)) == str(first)


@pytest.mark.parametrize(
    ("X", "y", "loss", "said"),
    [(ROWS[:, :7], CLASSES, None, r"X of shape \(64, 7\) does not go through"),
     (np.where(ROWS > 2, np.nan, ROWS), CLASSES, None, "not finite"),
     (ROWS[:1], CLASSES[:1], None, "at least 2"),
     (ROWS, CLASSES, "no_such_loss", "no_such_loss"),
     (ROWS, CLASSES[:5], None, "loss"),
     (ROWS, CLASSES, lambda y, output: 1 / 0, "loss")],
)  # fmt: skip
def test_bad_input_gets_one_sentence_and_changes_nothing(X, y, loss, said):
    model = busy_model()
    before = state(model)
    with pytest.raises(ValueError, match=said) as error:
        iv.checkup(model, X, y, loss)
    assert "\n" not in str(error.value)
    same(state(model), before)


def test_a_model_without_weights_is_told_what_it_lacks():
    with pytest.raises(ValueError, match="run model"):
        iv.checkup(keras.Sequential([L.Dense(3)]), ROWS)
    model = mlp()
    model.trainable = False
    with pytest.raises(ValueError, match="trained"):
        iv.checkup(model, ROWS)


# What it finds.


def zero_readout():
    model = mlp()
    model.layers[-1].kernel.assign(0 * model.layers[-1].kernel)
    return model, ROWS, CLASSES


def small_cnn():
    return keras.Sequential(
        [keras.Input((12, 12, 3)), L.Conv2D(16, 3, padding="same"), L.BatchNormalization(),
         L.ReLU(), L.MaxPooling2D(), L.Conv2D(32, 3, activation="relu"), L.Dropout(0.3),
         L.GlobalAveragePooling2D(), L.Dense(10, activation="softmax")]
    ), IMAGES, FEW  # fmt: skip


def residual():
    image = keras.Input((12, 12, 3))
    x = L.Conv2D(16, 3, padding="same")(image)
    for _ in range(4):
        inside = L.ReLU()(L.BatchNormalization()(L.Conv2D(16, 3, padding="same")(x)))
        inside = L.BatchNormalization()(L.Conv2D(16, 3, padding="same")(inside))
        x = L.ReLU()(L.Add()([x, inside]))
    return keras.Model(image, L.Dense(10)(L.GlobalAveragePooling2D()(x))), IMAGES, FEW


def transformer():
    words = keras.Input((8,))
    x = L.Embedding(50, 32)(words)
    for _ in range(3):
        attended = L.LayerNormalization()(x)
        x = L.Add()([x, L.MultiHeadAttention(2, 16)(attended, attended)])
        inside = L.Dense(64, activation="gelu")(L.LayerNormalization()(x))
        x = L.Add()([x, L.Dense(32)(inside)])
    return keras.Model(words, L.Dense(10)(L.GlobalAveragePooling1D()(x))), WORDS, FEW


def lstm():
    model = keras.Sequential([keras.Input((8,)), L.Embedding(50, 32), L.LSTM(16), L.Dense(10)])
    return model, WORDS, FEW


@pytest.mark.parametrize("make", [zero_readout, small_cnn, residual, transformer, lstm])
def test_healthy_models_have_no_serious_finding(make):
    report = iv.checkup(*make())
    assert not report.serious, report


WIDE = keras.initializers.RandomNormal(stddev=1.0)
ILL = {
    "zeros": ("zeros", {"kernel_initializer": "zeros", "activation": "tanh"}),
    "constant": ("symmetry", {"kernel_initializer": keras.initializers.Constant(0.1)}),
    "N(0, 1)": ("weights", {"width": 256, "activation": "tanh", "kernel_initializer": WIDE}),
    "20 sigmoids": ("gradient", {"depth": 20, "activation": "sigmoid"}),
    "dead": ("dead", {"bias_initializer": keras.initializers.Constant(-5.0)}),
    "He + tanh": ("scheme", {"depth": 4, "activation": "tanh", "kernel_initializer": "he_normal"}),
}


@pytest.mark.parametrize("illness", ILL)
def test_the_first_finding_is_the_right_one_and_its_mend_mends(illness):
    sign, settings = ILL[illness]
    model = mlp(**settings)
    if sign == "zeros":
        model.layers[-1].kernel.assign(0 * model.layers[-1].kernel)
    first, *_ = iv.checkup(model, ROWS, CLASSES).findings
    assert first.sign == sign
    assert "\n" not in first.mend
    for _ in range(2):  # where the first mend leaves another finding of that kind
        mends = [f.mend for f in iv.checkup(model, ROWS, CLASSES).findings if f.sign == sign]
        for mend in mends:
            exec(mend, {"model": model, "keras": keras})
    again = iv.checkup(model, ROWS, CLASSES)
    assert sign not in {finding.sign for finding in again.findings}, again
    assert not again.serious


def test_a_last_sigmoid_stays_when_the_others_become_tanh():
    inner = keras.Sequential([L.Dense(16, activation="sigmoid") for _ in range(12)])
    model = keras.Sequential([keras.Input((20,)), inner, L.Dense(1, activation="sigmoid")])
    finding = next(f for f in iv.checkup(model, ROWS, CLASSES % 2).findings if f.sign == "gradient")
    exec(finding.mend, {"model": model, "keras": keras})
    assert all(dense.activation is keras.activations.tanh for dense in inner.layers)
    assert model.layers[-1].activation is keras.activations.sigmoid


def test_equal_names_in_nested_models_are_told_apart():
    def block():
        return keras.Sequential([L.Dense(16, activation="relu", name="dense")], name="block")

    model = keras.Sequential([keras.Input((20,)), block(), L.Dense(8, name="dense")])
    model.layers[0].layers[0].kernel.assign(0 * model.layers[0].layers[0].kernel)
    finding, *_ = iv.checkup(model, ROWS, CLASSES % 8).findings
    before = numbers(model.layers[1].kernel).copy()
    exec(finding.mend, {"model": model, "keras": keras})
    assert np.array_equal(numbers(model.layers[1].kernel), before)
    assert numbers(model.layers[0].layers[0].kernel).std() > 0


# The other backends.


OTHERS = """
import json, sys
import numpy as np
import keras, initviz as iv
from keras import layers as L
rng = np.random.default_rng(0)
model = keras.Sequential([keras.Input((20,)), L.Dense(16, activation="tanh"),
                          L.BatchNormalization(), L.Dense(10, activation="softmax")])
for v in model.trainable_variables:
    v.assign(rng.normal(size=v.shape).astype("float32"))
before = [np.array(keras.ops.convert_to_numpy(v.value)) for v in model.variables]
report = iv.checkup(model, rng.normal(size=(64, 20)), rng.integers(0, 10, 64))
after = [keras.ops.convert_to_numpy(v.value) for v in model.variables]
assert all((a == b).all() for a, b in zip(before, after, strict=True))
rows = [(l.output_std, l.spread, l.gradient_rms, l.distinct) for l in report.layers]
print(json.dumps([report.loss, rows]))
"""


@pytest.mark.parametrize("backend", ["jax", "tensorflow"])
def test_other_backends_measure_the_same(backend, capsys):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    exec(OTHERS, {})
    loss, rows = json.loads(capsys.readouterr().out)
    command = [sys.executable, "-W", "ignore", "-c", OTHERS]
    environment = {**os.environ, "KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    there, others = json.loads(done.stdout.splitlines()[-1])
    assert there == pytest.approx(loss, rel=1e-4)
    np.testing.assert_allclose(others, rows, rtol=1e-3)


def test_the_default_of_embeddings_is_keras_own():
    report = iv.checkup(lstm()[0], WORDS, FEW)
    embedding = report.layers[0]
    assert embedding.default_std == pytest.approx(0.1 / sqrt(12))
    assert embedding.weight_std == pytest.approx(embedding.default_std, rel=0.05)
