"""What a check-up measures of PyTorch's layers, held against PyTorch's own numbers."""

import copy
from math import isnan, log, sqrt

import numpy as np
import pytest
from checkups.torch_models import (
    CLASSES,
    FEATURES,
    IMAGES,
    ON_WORDS,
    WORDS,
    F,
    LanguageModel,
    X,
    Y,
    at,
    constant,
    mended,
    mlp,
    nn,
    torch,
    transformer,
)

import initviz as iv
from initviz.checkups.layer import GRID, flat_parts

# What is measured, against PyTorch's own.


LAYERS = {
    "Linear": (lambda: nn.Linear(40, 30), (40,)),
    "Conv1d": (lambda: nn.Conv1d(6, 20, 5), (6, 9)),
    "Conv2d": (lambda: nn.Conv2d(6, 20, 3), (6, 9, 9)),
    "Conv2d, grouped": (lambda: nn.Conv2d(6, 24, 3, groups=3), (6, 9, 9)),
    "Conv3d": (lambda: nn.Conv3d(3, 8, 3), (3, 5, 5, 5)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(10, 20, 3), (10, 5, 5)),
}


DRAWS = {
    "Glorot": nn.init.xavier_normal_,
    "He": lambda w: nn.init.kaiming_normal_(w, nonlinearity="relu"),
    "LeCun": lambda w: nn.init.kaiming_normal_(w, nonlinearity="linear"),
    "default": lambda w: w,
}


@pytest.mark.parametrize("scheme", DRAWS)
@pytest.mark.parametrize("name", LAYERS)
def test_fans_and_schemes_are_those_of_torch(name, scheme):
    make, shape = LAYERS[name]
    layer = at(5, make)
    fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
    if "Transpose" in name:  # PyTorch has them the wrong way round
        fan_in, fan_out = fan_out, fan_in
        DRAWS[scheme](layer.weight.data.transpose(0, 1))
    else:
        DRAWS[scheme](layer.weight.data)
    measured = iv.checkup(nn.Sequential(layer), torch.randn(4, *shape)).layers[0]
    assert (measured.kind, measured.shape) == (type(layer).__name__, tuple(layer.weight.shape))
    assert (measured.fan_in, measured.fan_out) == (fan_in, fan_out)
    if not ("Transpose" in name and scheme in ("He", "LeCun")):
        assert scheme in measured.schemes
    std = layer.weight.std(correction=0).item()
    assert measured.weight_std == pytest.approx(std, rel=1e-4)
    targets = {"Glorot": sqrt(2 / (fan_in + fan_out)), "He": sqrt(2 / fan_in)}
    for target, value in targets.items():
        assert measured.against[target] == pytest.approx(std / value, rel=1e-4)


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN, nn.LSTMCell])
def test_the_default_of_recurrent_layers_is_known(kind):
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.r = kind(30, 40)

        def forward(self, x):
            return self.r(x)[0]

    layers = iv.checkup(
        Model(), torch.randn(5, 30) if kind is nn.LSTMCell else torch.randn(5, 3, 30)
    ).layers
    assert len(layers) == 2
    assert all("default" in layer.schemes for layer in layers)


def test_the_default_of_attention_is_known():
    layers = {layer.name: layer for layer in iv.checkup(transformer(True), *ON_WORDS).layers}
    assert "default" in layers["body.layers.0.self_attn"].schemes
    assert layers["body.layers.0.self_attn"].shape == (48, 16)
    assert layers["words"].role == "embedding"
    assert layers["body.layers.0.norm1"].role == "norm"


@pytest.mark.parametrize("shape", ["vectors", "images", "words"])
def test_answers_are_those_of_an_independent_pass(shape):
    make, inputs, axes = {
        "vectors": (lambda: mlp(nn.Tanh), X, (0,)),
        "images": (lambda: nn.Sequential(nn.Conv2d(3, 8, 3), nn.Tanh()), IMAGES, (0, 2, 3)),
        "words": (lambda: nn.Sequential(nn.Embedding(50, 8), nn.Tanh()), WORDS, (0, 1)),
    }[shape]
    model = at(1, make)
    with torch.no_grad():
        answers = model[:2](inputs).double().numpy()
    layer = iv.checkup(model, inputs).layers[0]
    assert layer.activation == "tanh"
    assert layer.output_mean == pytest.approx(answers.mean(), abs=1e-6)
    assert layer.output_std == pytest.approx(answers.std(), rel=1e-4)
    assert layer.spread == pytest.approx(np.sqrt(answers.var(axes).mean()), rel=1e-4)


def off(ratio):
    return abs(log(ratio))


@pytest.mark.parametrize("loss", [None, nn.CrossEntropyLoss(label_smoothing=0.1)])
def test_gradients_are_those_of_backward_on_a_copy(loss):
    model = at(2, mlp)
    report = iv.checkup(model, X, Y, loss, learning_rate=0.3)
    twin = copy.deepcopy(model)
    value = (loss or F.cross_entropy)(twin(X), Y)
    value.backward()
    assert report.loss == pytest.approx(value.item())
    assert report.examination.chance == pytest.approx(log(CLASSES))
    sizes = []
    for layer in report.layers:
        W, slope = twin.get_parameter(layer.parameter), twin.get_parameter(layer.parameter).grad
        sizes.append(slope.square().mean().sqrt().item())
        assert layer.gradient_std == pytest.approx(slope.std(correction=0).item(), rel=1e-4)
        assert layer.gradient_rms == pytest.approx(sizes[-1], rel=1e-4)
        rms = W.square().mean().sqrt().item()
        assert layer.update == pytest.approx(0.3 * sizes[-1] / rms, rel=1e-4)
    first, *_, last = report.layers  # of PyTorch's default, against He's and the nearest scheme
    ratio = sizes[0] * first.against["He"] / (sizes[-1] * min(last.against.values(), key=off))
    assert report.gradient_ratio == pytest.approx(ratio, rel=1e-4)


def test_saturated_is_a_share_of_answers_and_dead_a_share_of_units():
    model = nn.Sequential(nn.Linear(FEATURES, 40), nn.Tanh(), nn.Linear(40, 30), nn.ReLU())
    nn.init.normal_(model[0].weight)
    nn.init.constant_(model[2].bias[:12], -50)
    tanh, relu = iv.checkup(model, X).layers
    z = model[0](X).detach()
    slope = 1 - torch.tanh(z) ** 2
    assert tanh.dead_word == "saturated"
    assert tanh.saturated == pytest.approx((slope < 0.1).float().mean().item(), abs=0.01)
    assert relu.dead_word == "dead"
    assert relu.saturated == (model(X) == 0).all(0).double().mean().item() == pytest.approx(12 / 30)


def test_functions_modules_and_methods_are_the_same_activations():
    class Model(nn.Module):
        def __init__(self, bend):
            super().__init__()
            self.a, self.b, self.bend = nn.Linear(FEATURES, 8), nn.Linear(8, 2), bend

        def forward(self, x):
            return self.b(self.bend(self.a(x)))

    bends = [
        nn.ReLU(),
        nn.ReLU(inplace=True),
        F.relu,
        torch.relu,
        F.relu_,
        torch.Tensor.relu,
        torch.Tensor.relu_,
        lambda z: F.relu(input=z),
    ]
    seen = [iv.checkup(at(0, lambda bend=bend: Model(bend)), X).layers[0] for bend in bends]
    assert {layer.activation for layer in seen} == {"relu"}
    assert len({(layer.output_std, layer.saturated) for layer in seen}) == 1


def test_a_layer_that_is_called_again_is_one_layer():
    class Loop(nn.Module):
        def __init__(self):
            super().__init__()
            self.step, self.head = nn.Linear(FEATURES, FEATURES), nn.Linear(FEATURES, CLASSES)

        def forward(self, x):
            for _ in range(3):
                x = torch.tanh(self.step(x))
            return self.head(x)

    report = iv.checkup(Loop(), X, Y)
    assert [layer.calls for layer in report.layers] == [3, 1]
    assert "called 3 times" in str(report)


def test_tied_weights_are_counted_once_and_have_the_gradient_of_both():
    model = at(0, LanguageModel)
    report = iv.checkup(model, WORDS, WORDS.roll(-1, 1))
    F.cross_entropy(model(WORDS).movedim(-1, 1), WORDS.roll(-1, 1)).backward()
    tied = [layer for layer in report.layers if layer.parameter == "words.weight"]
    assert [layer.name for layer in tied] == ["words", "head"]
    size = model.words.weight.grad.square().mean().sqrt().item()
    assert all(layer.gradient_rms == pytest.approx(size, rel=1e-4) for layer in tied)
    assert f"{500 * 32 + 32 * 32 + 32:,} weights" in report.summary
    assert not report.findings


def test_several_inputs_come_as_a_tuple_a_list_or_a_dict():
    class Two(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(FEATURES, 2), nn.Linear(5, 2)

        def forward(self, u, v):
            return torch.relu(self.a(u)) + self.b(v)

    model, u, v = Two(), X, X[:, :5]
    losses = [
        iv.checkup(model, both, Y % 2).loss for both in ((u, v), [u.numpy(), v], {"v": v, "u": u})
    ]
    assert losses[0] == losses[1] == losses[2]
    assert iv.checkup(mlp(), X.tolist(), Y.tolist()).loss > 0


def test_an_output_of_several_parts_needs_a_loss_function():
    class Parts(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(FEATURES, 3)

        def forward(self, x):
            return {"mean": self.a(x)}

    with pytest.raises(ValueError, match=r"gives a dict.*give a function"):
        iv.checkup(Parts(), X, X[:, :3])
    assert iv.checkup(Parts(), X, X[:, :3], lambda o, y: (o["mean"] - y).abs().mean()).loss > 0
    report = iv.checkup(Parts(), X, None, lambda o: o["mean"].square().mean())
    assert report.examination.loss_name == "<lambda>"
    report.plot()


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float64])
def test_every_precision_has_the_same_verdict(dtype):
    report = iv.checkup(at(0, lambda: mlp(width=512)).to(dtype), X, Y)
    assert not report.serious, report.findings
    full = iv.checkup(at(0, lambda: mlp(width=512)), X, Y)
    for layer, other in zip(report.layers, full.layers, strict=True):
        assert layer.weight_std == pytest.approx(other.weight_std, rel=1e-3)
        assert layer.gradient_rms == pytest.approx(other.gradient_rms, rel=0.05)
        assert layer.distinct == other.distinct == layer.units  # a coarse grid makes no twins
    ill = at(0, lambda: mlp(nn.Tanh, draw=constant(0.1))).to(dtype)
    assert iv.checkup(ill, X, Y).findings[0].sign == "symmetry"


@pytest.mark.parametrize("context", [torch.no_grad, torch.inference_mode])
def test_it_works_where_gradients_are_switched_off(context):
    model = mlp()
    with context():
        assert iv.checkup(model, X.clone(), Y).layers[0].gradient_rms > 0


class Scaled(nn.Module):
    def __init__(self):
        super().__init__()
        self.factors, self.head = nn.Parameter(torch.ones(FEATURES)), nn.Linear(FEATURES, CLASSES)

    def forward(self, x):
        return self.head(self.factors * x)


def test_what_is_not_understood_is_listed_and_not_judged():
    def normed(wrap):
        return nn.Sequential(wrap(nn.Linear(FEATURES, 32)), nn.ReLU(), nn.Linear(32, CLASSES))

    parametrized = nn.utils.parametrizations
    for wrap in (parametrized.weight_norm, parametrized.spectral_norm):
        report = iv.checkup(normed(wrap), X, Y)
        assert report.listed
        assert all(layer.name.startswith("0.parametrizations") for layer in report.listed)
        assert all(isnan(layer.fan_in) for layer in report.listed)
        assert not report.findings
    scaled = Scaled()
    assert [layer.name for layer in iv.checkup(scaled, X, Y).listed] == ["factors"]
    assert "Listed, not judged: factors" in str(iv.checkup(scaled, X, Y))
    assert [layer.name for layer in iv.checkup(nn.PReLU(), X).listed] == ["weight"]


def test_a_dead_layer_with_weight_norm_is_still_seen():
    layer = nn.utils.parametrizations.weight_norm(nn.Linear(FEATURES, 32))
    nn.init.constant_(layer.bias, -50.0)
    report = iv.checkup(nn.Sequential(layer, nn.ReLU(), nn.Linear(32, CLASSES)), X, Y)
    assert report.findings[0].sign == "saturated"
    assert "`0`" in report.findings[0].sentence


def test_frozen_and_unused_weights_are_told_apart():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.frozen = nn.Linear(FEATURES, FEATURES).requires_grad_(False)
            self.head, self.spare = nn.Linear(FEATURES, CLASSES), nn.Linear(3, 3)

        def forward(self, x):
            return self.head(self.frozen(x))

    model = Model()
    report = iv.checkup(model, X, Y)
    (finding,) = report.findings
    assert (finding.sign, finding.level, finding.layers) == ("unused", "worth a look", ("spare",))
    assert "not trained" in str(report)
    mended(finding, model)
    assert not iv.checkup(model, X, Y).findings


def test_sparse_embeddings_are_measured():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.bag = (
                kind(50, 8, sparse=True) for kind in (nn.Embedding, nn.EmbeddingBag)
            )
            self.head = nn.Linear(8, CLASSES)

        def forward(self, x):
            return self.head(self.words(x).mean(1) + self.bag(x))

    report = iv.checkup(Model(), *ON_WORDS)
    assert all(layer.gradient_rms > 0 for layer in report.layers)
    assert not report.findings


# The rules, one by one.


def test_checkpointed_layers_are_called_once():
    from torch.utils.checkpoint import checkpoint

    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(FEATURES, 32), nn.Linear(32, CLASSES)

        def forward(self, x):
            return self.b(checkpoint(lambda x: torch.relu(self.a(x)), x, use_reentrant=False))

    report = iv.checkup(Model(), X, Y)
    assert [layer.calls for layer in report.layers] == [1, 1]


def test_the_loss_is_no_layer_of_the_model():
    def focal(output, y):
        return -((1 - torch.sigmoid(output)) * F.logsigmoid(output)).mean()

    report = iv.checkup(mlp(), X, Y, focal)
    assert [layer.activation for layer in report.layers] == ["relu", "relu", "relu", None]


def test_sequences_may_have_their_classes_last():
    logits = torch.randn(4, 7, 5)
    y = torch.randint(0, 5, (4, 7))

    class Constant(nn.Module):
        def __init__(self, last):
            super().__init__()
            self.shift, self.last = nn.Parameter(torch.zeros(())), last

        def forward(self, x):
            z = logits + self.shift
            return z if self.last else z.movedim(-1, 1)

    expected = F.cross_entropy(logits.flatten(0, 1), y.flatten()).item()
    for last in (True, False):
        report = iv.checkup(Constant(last), torch.randn(4, 2), y.int())
        assert (report.loss, report.examination.chance) == pytest.approx((expected, log(5)))


@pytest.mark.parametrize("inplace", [False, True])
def test_an_activation_that_works_in_place_spoils_nothing(inplace):
    iv.checkup(mlp(lambda: nn.ReLU(inplace=inplace)), X, Y)
    assert GRID[0] == -12
    assert flat_parts(np.tanh(GRID))[:2] == pytest.approx((-1.818, 1.818), abs=0.006)
