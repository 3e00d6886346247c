"""A PyTorch model is left alone, and what does not fit it or is broken in it is said."""

import random
from math import inf, nan

import numpy as np
import pytest
from checkups.torch_models import (
    CLASSES,
    FEATURES,
    ON_IMAGES,
    F,
    X,
    Y,
    at,
    cnn,
    he,
    mended,
    mlp,
    nn,
    scaled,
    shown,
    torch,
)

import initviz as iv

# The model is left alone.


class Restless(nn.Module):
    """Everything that a forward pass may change, and an end of one's choice."""

    def __init__(self, fails=None):
        super().__init__()
        self.a, self.norm = nn.Linear(FEATURES, 8), nn.BatchNorm1d(8)
        self.spectral = nn.utils.parametrizations.spectral_norm(nn.Linear(8, 8))
        self.drop, self.fails = nn.Dropout(), fails
        self.register_buffer("calls", torch.zeros(()))
        self.register_buffer("empty", None)

    def forward(self, x):
        x.relu_()
        self.calls = self.calls + 1
        self.empty = torch.ones(3)
        random.random(), np.random.rand(), torch.rand(1)  # noqa: NPY002
        x = self.drop(self.spectral(self.norm(self.a(x))))
        if self.fails == "forward":
            raise RuntimeError("no\nway")
        if self.fails == "backward":
            x = x.exp()
            x.sum()
            x = x * x + x.mul_(2)
        return x


def state(model):
    tensors = {**dict(model.named_parameters()), **dict(model.named_buffers())}
    hooks = [
        len(m._forward_hooks) + len(m._forward_pre_hooks) + len(m._backward_hooks)
        for m in model.modules()
    ]
    return {
        "identities": {name: id(t) for name, t in tensors.items()},
        "values": {name: t.detach().clone() for name, t in tensors.items()},
        "gradients": [None if p.grad is None else p.grad.clone() for p in model.parameters()],
        "modes": [m.training for m in model.modules()],
        "hooks": hooks,
        "random": (torch.get_rng_state(), np.random.get_state()[1:3], random.getstate()),  # noqa: NPY002
        "buffers": [list(m._buffers) for m in model.modules()],
        "requires": [p.requires_grad for p in model.parameters()],
    }


def same(a, b):
    if isinstance(a, torch.Tensor | np.ndarray):
        return bool((torch.as_tensor(a) == torch.as_tensor(b)).all())
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


@pytest.mark.parametrize("fails", [None, "forward", "loss", "backward"])
@pytest.mark.parametrize("with_gradients", [False, True])
def test_the_model_is_as_it_was(fails, with_gradients):
    model = Restless(fails)
    model.norm.eval()
    model.a.weight.requires_grad_(False)
    if with_gradients:
        for p in model.parameters():
            p.grad = torch.randn_like(p)
    inputs, before = X.clone(), state(model)

    def loss(output, y):
        if fails == "loss":
            raise KeyError("y")
        return F.cross_entropy(output, y)

    if fails:
        with pytest.raises(ValueError, match=r"X of shape|loss") as error:
            iv.checkup(model, inputs, Y, loss)
        assert "\n" not in str(error.value)
    else:
        iv.checkup(model, inputs, Y, loss)
    after = state(model)
    for what, value in before.items():
        assert same(value, after[what]), what
    assert torch.equal(inputs, X)  # though the model works in place
    assert model.empty is None


def test_it_checks_the_first_step_of_training_whatever_the_mode():
    model = nn.Sequential(nn.Linear(FEATURES, 8), nn.BatchNorm1d(8), nn.Linear(8, CLASSES))
    model[1].running_mean += 100
    training = iv.checkup(model.train(), X, Y).loss
    assert iv.checkup(model.eval(), X, Y).loss == training


def test_the_same_check_up_gives_the_same_report():
    model = cnn()
    assert str(iv.checkup(model, *ON_IMAGES)) == str(iv.checkup(model, *ON_IMAGES))


def test_no_second_copy_of_the_weights_is_made():
    """Of 64 MB of weights, only the gradient is new, as PyTorch's profiler counts."""
    model = nn.Sequential(nn.Linear(4000, 4000, bias=False), nn.Linear(4000, 2))
    size = 4 * 4000 * 4000
    activities = [torch.profiler.ProfilerActivity.CPU]
    with torch.profiler.profile(activities=activities, profile_memory=True) as profile:
        iv.checkup(model, torch.randn(4, 4000), torch.tensor([0, 1, 0, 1]))
    events = [e for e in profile.events() if e.name == "[memory]" or e.cpu_memory_usage > size / 2]
    assert sum(e.self_cpu_memory_usage > size / 2 for e in events) <= 1


# What does not go together, and what is broken.


def no_gradients():
    return mlp().requires_grad_(False)


class Detached(nn.Module):
    def __init__(self):
        super().__init__()
        self.a = nn.Linear(FEATURES, CLASSES)

    def forward(self, x):
        return self.a(x).detach()


MISFITS = {
    "shape of X": ((mlp, X[:, :5], Y), r"X of shape \(128, 5\) does not go through the mod"),
    "NaN": ((mlp, X * nan, Y), "X: 2,560 of its 2,560 numbers are not finite.*mend the data"),
    "one infinity": ((mlp, X.index_fill(0, torch.tensor(3), inf), Y), "X: 20 of its 2,560 numbers"),
    "NaN in y": ((mlp, X, X[:, :4] * nan), "y: 512 of its 512 numbers are not finite"),
    "no samples": ((mlp, X[:0], Y[:0]), "X='0 samples': give a batch of at least 2"),
    "one sample": ((mlp, X[:1], Y[:1]), "X='1 samples': give a batch of at least 2"),
    "one number": ((mlp, 3.0, Y), "X='0 samples'"),
    "a class of losses": (
        (mlp, X, Y, torch.nn.MSELoss),
        "it is a class; give a loss that it makes, MSELoss()",
    ),
    "length of y": ((mlp, X, Y[:5]), "loss=cross_entropy: it does not fit the output and y"),
    "length of y, squared error": (
        (mlp, X, X[:5, :4]),
        r"y of shape \(5, 4\) does not fit.*\(128, 4\): give one target",
    ),
    "width of y": ((mlp, X, X[:, :1]), r"y of shape \(128, 1\) does not fit"),
    "a class too many": ((mlp, X, Y + 9), "y=10.0: give class numbers from 0 to 3, as the model"),
    "loss": ((mlp, X, Y, "crossentropy"), "loss='crossentropy': did you mean 'cross_entropy'"),
    "loss, a number": ((mlp, X, Y, 3), "loss=3: give a function"),
    "loss without y": ((mlp, X, None, "mse_loss"), "loss='mse_loss': it compares.*give y"),
    "loss, no scalar": ((mlp, X, Y, lambda o, y: o), "loss='<lambda>': it should give one number"),
    "loss, no tensor": ((mlp, X, Y, lambda o, y: 3.0), "loss='<lambda>': it should give one"),
    "detached": ((Detached, X, Y), "no gradient leads back to the weights: is it detached"),
    "not a model": ((dict, X, Y), "model='dict': give a torch.nn.Module, a keras.Model or"),
    "nothing to train": ((no_gradients, X, Y), "model='Sequential': it has no weights that are tr"),
    "no weights": ((nn.ReLU, X, Y), "model='ReLU': it has no weights that are trained"),
    "lazy": ((lambda: nn.LazyLinear(4), X, Y), "model='LazyLinear': it has lazy layers.*run model"),
    "meta": ((lambda: nn.Linear(20, 4, device="meta"), X, Y), "model='Linear'.*meta device"),
    "strings": ((mlp, ["a", "b"], Y), r"X=\['a', 'b'\]: give an array of numbers$"),
    "an array of strings": (
        (mlp, np.array(["a", "b"]), Y),
        "dtype='<U1'\\): give an array of numb",
    ),
    "None": ((mlp, None, Y), "X=None: give a batch of your data"),
}


@pytest.mark.parametrize("name", MISFITS)
def test_what_does_not_fit_gets_one_clear_sentence_and_changes_nothing(name):
    (make, *batch), sentence = MISFITS[name]
    model = make()
    weighty = isinstance(model, nn.Module) and not name.startswith(("lazy", "meta"))
    before = state(model) if weighty else None
    with pytest.raises(ValueError, match=sentence) as error:
        iv.checkup(model, *batch)
    assert "\n" not in str(error.value)
    if before:
        after = state(model)
        assert all(same(before[what], after[what]) for what in before)


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_script_module_cannot_be_watched():
    with pytest.raises(ValueError, match=r"model=.*a ScriptModule cannot be watched: give the"):
        iv.checkup(torch.jit.trace(mlp(), X), X, Y)


@pytest.mark.parametrize("rate", [0, -1, nan, inf, "a"])
def test_the_learning_rate_is_positive(rate):
    with pytest.raises(ValueError, match=r"learning_rate=.*give a finite number above 0"):
        iv.checkup(mlp(), X, Y, learning_rate=rate)


def broken(model, array, value):
    model.get_parameter(array).data.flatten()[3] = value
    return model


BROKEN = {
    "NaN weight": (lambda: broken(mlp(), "2.weight", nan), "The weights of `2` are not finite"),
    "infinite weight": (lambda: broken(mlp(), "2.weight", inf), "The weights of `2` are not fin"),
    "NaN bias": (lambda: broken(mlp(), "2.bias", nan), "The biases of `2` are not finite"),
    "overflow": (
        lambda: mlp(depth=40, draw=scaled(20.0)),
        "is the first layer whose outputs are not finite",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_model_is_a_finding_and_not_an_error(name):
    make, sentence = BROKEN[name]
    model = at(0, make)
    report = iv.checkup(model, X, Y)
    (finding,) = report.findings  # and no effects of it
    assert (finding.sign, finding.level) == ("not finite", "serious")
    assert sentence in finding.sentence
    shown(report)
    mended(finding, model)
    assert not any(f.sign == "not finite" for f in iv.checkup(model, X, Y).findings)


def test_the_first_layer_that_overflows_is_named():
    model = mlp(draw=he)
    model[4].weight.data *= 1e38
    model[2].weight.data *= 1e10
    (finding,) = iv.checkup(model, X, Y).findings
    assert finding.layers == ("4",)


def test_a_loss_that_is_not_finite_is_said():
    report = iv.checkup(mlp(), X, Y, lambda o, y: (0 * o.sum() - 1).sqrt())
    assert "the loss is not finite" in report.findings[0].sentence
    assert report.serious
    shown(report)


def test_a_broken_norm_is_drawn_as_a_norm():
    model = nn.Sequential(nn.Linear(FEATURES, 8), nn.LayerNorm(8), nn.Linear(8, CLASSES))
    nn.init.constant_(model[1].weight, nan)
    mended(iv.checkup(model, X, Y).findings[0], model)
    assert (model[1].weight == 1).all()
    assert not iv.checkup(model, X, Y).findings


# The rules, one by one.


def test_another_default_device_does_not_matter():
    """The meta device stands in for a graphics card that this machine has not."""
    model = at(0, mlp)
    expected = str(iv.checkup(model, X, Y))
    with torch.device("meta"):
        assert str(iv.checkup(model, X, Y)) == expected
