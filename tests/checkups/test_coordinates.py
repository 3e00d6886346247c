"""The coordinate check: known parametrisations get the slopes that theory has for them."""

import dataclasses
import random
import re
import sys
from functools import cache
from itertools import pairwise
from math import inf, nan, sqrt
from textwrap import dedent

import numpy as np
import pytest
from checkups.torch_models import CLASSES, FEATURES, LABELS, WORDS, X, Y, nn, torch
from legible import assert_legible
from matplotlib.backends.backend_agg import FigureCanvasAgg

import initviz as iv
from initviz.checkups.coordinates import CoordinateCheck
from initviz.measure.coordinates import Coordinates, trend
from initviz.plots.coordinates import NAMED

WIDTHS = (64, 128, 256, 512)
FEW = (8, 16, 32)


def mlp(width, bias=True, outputs=CLASSES):
    """PyTorch's own weights: hidden layers of the variance 1/(3 fan_in), as the standard has it."""
    sizes = [FEATURES, width, width, width]
    hidden = [
        layer for a, b in pairwise(sizes) for layer in (nn.Linear(a, b, bias=bias), nn.ReLU())
    ]
    return nn.Sequential(*hidden, nn.Linear(width, outputs, bias=bias))


def mup(width, rate=1e-3, base=64):
    """Table 3 of Tensor Programs V, for Adam, by hand."""
    model = mlp(width)
    first, *others = linears = [layer for layer in model if isinstance(layer, nn.Linear)]
    for layer in linears:
        nn.init.normal_(layer.weight, std=sqrt(2 / layer.in_features))
        nn.init.zeros_(layer.bias)
    others[-1].weight.data *= sqrt(base / width)  # a variance of 1/width² in all
    wide = [layer.weight for layer in others]
    rest = [first.weight, *(layer.bias for layer in linears)]
    groups = [{"params": wide, "lr": rate * base / width}, {"params": rest, "lr": rate}]
    return model, torch.optim.Adam(groups)


class NTK(nn.Module):
    """A linear layer in the NTK parametrisation: weights N(0, 1), times 1/√fan_in."""

    def __init__(self, fan_in, fan_out):
        super().__init__()
        self.weight, self.factor = nn.Parameter(torch.randn(fan_out, fan_in)), fan_in**-0.5

    def forward(self, x):
        return x @ self.weight.T * self.factor


def ntk(width):
    sizes = [FEATURES, width, width, 1]
    layers = [NTK(a, b) for a, b in pairwise(sizes)]
    return nn.Sequential(*layers)


@cache
def checked(make, widths=WIDTHS, **options):
    return iv.coordinate_check(make, widths, X, Y, **options)


def assert_readable(figure):
    FigureCanvasAgg(figure)
    assert_legible(figure)


def kinds(trends):
    return [trend.kind for trend in trends]


# What theory says.


def test_with_one_rate_for_adam_hidden_changes_grow_with_the_width():
    """Every weight moves by about the rate, and a sum over the width of changes that agree with
    their inputs goes as the width itself; that of the first layer's few inputs does not."""
    check = checked(mlp)
    first, *others = check.change_slopes.values()
    assert abs(first) < 0.1
    assert all(0.7 < slope < 1.4 for slope in others)
    assert kinds(check.coordinates.change_trends) == ["steady", "grows", "grows", "grows"]
    assert not check.steady
    assert check.verdict.startswith(
        "The change in 3 steps grows with the width in `2`, `4` and `6`"
    )


def test_in_mup_nothing_moves_but_the_start_of_the_output_which_may():
    check = checked(mup)
    assert all(abs(slope) < 0.15 for slope in check.change_slopes.values())
    *hidden, output = check.start_slopes.values()
    assert all(abs(slope) < 0.1 for slope in hidden)
    assert output == pytest.approx(-0.5, abs=0.15)
    assert check.steady
    assert check.verdict.startswith("The same from width 64 to 512: all outputs but those of `6` ")
    assert "`6` (× 0.7" in check.verdict
    assert "starts smaller in wider models, as μP lets an output layer do" in check.verdict


def test_in_the_ntk_parametrisation_hidden_layers_learn_less_the_wider_they_are():
    """Their changes go as 1/√width, and the output's stays put: the kernel limit."""
    check = iv.coordinate_check(
        ntk, (64, 256, 1024), X, Y.float(), optimizer="sgd", learning_rate=0.01, steps=1, seeds=8
    )
    *hidden, output = check.change_slopes.values()
    assert hidden == pytest.approx([-0.5] * 2, abs=0.2)
    assert abs(output) < 0.25
    assert "The wider the model, the less is learnt there" in check.verdict
    assert not check.steady


@pytest.mark.parametrize("power", [-0.5, 0.0, 0.5])
def test_the_start_of_a_deep_linear_model_has_a_closed_form(power):
    """With weights of the variance width^(2 power) / fan_in, every hidden layer multiplies the rms
    by width^power."""

    def make(width):
        model = nn.Sequential(*(nn.Linear(width, width, bias=False) for _ in range(3)))
        model.insert(0, nn.Linear(FEATURES, width, bias=False))
        nn.init.normal_(model[0].weight, std=FEATURES**-0.5)
        for layer in model[1:]:
            nn.init.normal_(layer.weight, std=width**power / sqrt(width))
        return model

    check = iv.coordinate_check(make, (64, 128, 256), X, torch.zeros(len(X), 1) + 1, loss=_mean)
    assert [*check.start_slopes.values()] == pytest.approx([n * power for n in range(4)], abs=0.1)
    size = float(X.square().mean().sqrt())
    expected = [[size * width ** (n * power) for n in range(4)] for width in check.widths]
    np.testing.assert_allclose(check.coordinates.starts.mean(axis=0), expected, rtol=0.15)
    moves = {-0.5: "shrinks", 0.0: "steady", 0.5: "grows"}[power]
    assert kinds(check.coordinates.start_trends)[1:] == [moves] * 3
    assert (power == 0) == (not check.coordinates.astray[0])


def _mean(output, y):
    return (output.mean(dim=1) - y[:, 0]).square().mean()


def test_a_step_of_gradient_descent_by_hand():
    """f = x V W: the gradients of the mean squared error, in NumPy."""
    x, target, rate = X.double().numpy(), np.linspace(-1, 1, len(X)), 0.05
    made = []

    def make(width):
        layers = [nn.Linear(a, b, bias=False) for a, b in ((FEATURES, width), (width, 1))]
        model = nn.Sequential(*layers).double()
        made.append([layer.weight.detach().numpy().T.copy() for layer in layers])
        return model

    check = iv.coordinate_check(
        make, FEW, X.double(), target, optimizer="sgd", learning_rate=rate, steps=2, seeds=2
    )
    starts, changes = check.coordinates.starts, check.coordinates.changes
    for n, (V, W) in enumerate(made[-6:]):
        seed, width = divmod(n, 3)
        first = [x @ V, x @ V @ W]
        np.testing.assert_allclose(starts[seed, width], [rms(z) for z in first])
        for step in range(2):
            slope = 2 * (x @ V @ W - target[:, None]) / len(x)
            V, W = V - rate * x.T @ slope @ W.T, W - rate * (x @ V).T @ slope
            change = [rms(z - z0) for z, z0 in zip([x @ V, x @ V @ W], first, strict=True)]
            np.testing.assert_allclose(changes[step, seed, width], change)


def rms(z):
    return sqrt((z**2).mean())


# The line, and what it means.


def sizes(slope, noise=0.0, widths=WIDTHS, seeds=5):
    """Noise: every second seed is that much larger, in units of e, the others smaller."""
    factors = np.exp(noise * np.resize([1.0, -1.0], seeds))
    return factors[:, None] * np.array(widths, float) ** slope


@pytest.mark.parametrize(
    ("slope", "kind"),
    [(0, "steady"), (0.2, "steady"), (-0.2, "steady"), (0.3, "grows"), (-0.3, "shrinks")],
)
def test_a_line_without_noise_is_what_it_is(slope, kind):
    found = trend(WIDTHS, sizes(slope))
    assert found.slope == pytest.approx([slope] * 3)
    assert found.factor == pytest.approx(2**slope)
    assert found.kind == kind


@pytest.mark.parametrize("slope", [-0.5, 0.0, 0.5, 1.0])
def test_what_noise_drowns_is_unsure(slope):
    assert trend(WIDTHS, sizes(slope, noise=3, seeds=3)).kind == "unsure"


def test_of_sizes_that_stay_put_few_are_said_to_move_and_the_limits_hold():
    rng = np.random.default_rng(1)
    found = [trend(WIDTHS, np.exp(rng.normal(size=(3, 4)))) for _ in range(400)]
    held = np.mean([one.slope.low <= 0 <= one.slope.high for one in found])
    assert held == pytest.approx(0.95, abs=0.03)
    assert np.mean([one.moves for one in found]) < 0.08


@pytest.mark.parametrize(
    ("value", "kind"), [(nan, "overflows"), (inf, "overflows"), (0.0, "unsure")]
)
def test_where_there_is_no_line(value, kind):
    some = sizes(0.0)
    some[2, 1] = value
    found = trend(WIDTHS, some)
    assert found.kind == kind
    assert np.isnan(found.slope).all()
    assert trend(WIDTHS, 0 * sizes(0.0)).kind == "zero"


def coordinates(start=(0.0, 0.0), change=(0.0, 0.0), noise=0.0):
    """Two layers with such slopes, the second a readout."""
    starts, changes = (np.stack([sizes(s, noise) for s in both], -1) for both in (start, change))
    return Coordinates(WIDTHS, ("in", "out"), starts, changes[None], np.array([False, True]))


@pytest.mark.parametrize(
    ("start", "change", "said"),
    [
        ((0, 0), (0, 0), "The same from width 64 to 512: "),
        ((0, -0.5), (0, 0), "`out` (× 0.71 for each doubling) starts smaller"),
        ((-0.5, 0), (0, 0), "The size at the start shrinks with the width in `in` (× 0.71 for"),
        ((0, 0.5), (0, 0), "The size at the start grows with the width in `out` (× 1.41 for"),
        ((0, 0), (0, -0.5), "The change in 1 step shrinks with the width in `out` (× 0.71 for"),
        ((0, 0), (0.5, 1), "grows with the width in `in` and `out` (× 1.41 to × 2.00 for"),
    ],
)
def test_the_verdict_says_what_moves(start, change, said):
    check = CoordinateCheck(coordinates(start, change))
    assert said in check.verdict
    assert check.steady == ("The same" in check.verdict)


def test_the_order_of_the_layers_is_nothing_to_the_verdict():
    c = checked(mlp).coordinates
    turned = dataclasses.replace(
        c,
        layers=c.layers[::-1],
        starts=c.starts[..., ::-1].copy(),
        changes=c.changes[..., ::-1].copy(),
        readout=c.readout[::-1].copy(),
    )
    other = CoordinateCheck(turned)
    assert other.change_slopes == checked(mlp).change_slopes
    assert other.verdict == checked(mlp).verdict.replace("`2`, `4` and `6`", "`6`, `4` and `2`")


def test_what_cannot_be_told_is_said_and_no_alarm():
    check = CoordinateCheck(coordinates(noise=3.0))
    assert check.steady
    assert "as far as can be told" in check.verdict
    assert "start stays put in `in` and `out` cannot be told from 5 seeds" in check.verdict
    assert_readable(check.plot())


# What it measures.


def test_a_readout_that_the_model_scales_counts_as_the_output_has_it():
    class Scaled(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.a, self.b = nn.Linear(FEATURES, width), nn.Linear(width, CLASSES)
            self.width = width

        def forward(self, x):
            return self.b(self.a(x)) / self.width

    scaled = iv.coordinate_check(Scaled, FEW, X, Y, learning_rate=1e-9)
    plain = iv.coordinate_check(
        lambda width: nn.Sequential(nn.Linear(FEATURES, width), nn.Linear(width, CLASSES)),
        FEW,
        X,
        Y,
        learning_rate=1e-9,
    )
    ratio = plain.coordinates.starts / scaled.coordinates.starts
    np.testing.assert_allclose(ratio[..., 0], 1)
    np.testing.assert_allclose(ratio[..., 1], np.tile(FEW, (5, 1)), rtol=1e-5)


def test_a_sigmoid_at_the_end_is_no_scale_and_its_loss_is_found():
    def make(width, end=nn.Sigmoid):
        return nn.Sequential(nn.Linear(FEATURES, width), nn.Linear(width, 1), end())

    y = (Y % 2)[:, None]
    bent, plain = (
        iv.coordinate_check(lambda width, end=end: make(width, end), FEW, X, y, steps=2)
        for end in (nn.Sigmoid, nn.Identity)
    )
    for name in ("starts", "changes"):  # the logits of the same model, by the same loss
        one, other = (getattr(check.coordinates, name) for check in (bent, plain))
        np.testing.assert_allclose(one, other, rtol=1e-3)


def test_a_tanh_over_an_output_of_0_is_no_scale_either():
    """Before training it is one: 0 is any number times 0."""

    def make(width, end):
        model = nn.Sequential(nn.Linear(FEATURES, width), nn.Linear(width, 1), end())
        nn.init.zeros_(model[1].weight), nn.init.zeros_(model[1].bias)
        return model

    y = torch.full((len(X), 1), 1e6)
    options = {"optimizer": torch.optim.Adam, "learning_rate": 0.5, "seeds": 1, "steps": 1}
    bent, plain = (
        iv.coordinate_check(
            lambda width, end=end: make(width, end), FEW, X, y, "mse_loss", **options
        )
        for end in (nn.Tanh, nn.Identity)
    )
    assert kinds(bent.coordinates.start_trends) == ["steady", "zero"]
    one, other = bent.coordinates.changes, plain.coordinates.changes
    np.testing.assert_allclose(one, other, rtol=1e-3)
    assert other[..., 1].min() > 1  # where a tanh cannot be


def test_a_model_is_trained_in_training_mode():
    def make(width, training):
        layers = nn.Linear(FEATURES, width), nn.BatchNorm1d(width), nn.Linear(width, CLASSES)
        return nn.Sequential(*layers).train(training)

    one, other = (
        iv.coordinate_check(lambda width, mode=mode: make(width, mode), FEW, X, Y, seeds=1)
        for mode in (True, False)
    )
    np.testing.assert_array_equal(one.coordinates.changes, other.coordinates.changes)


def test_dropout_is_no_change():
    def make(width):
        return nn.Sequential(nn.Linear(FEATURES, width), nn.Dropout(), nn.Linear(width, CLASSES))

    check = iv.coordinate_check(make, FEW, X, Y, learning_rate=1e-6)
    assert check.coordinates.changes.max() < 1e-3 * check.coordinates.starts.min()


def test_a_model_with_only_weights_of_its_own_and_one_that_works_in_place():
    class Own(nn.Module):
        def __init__(self, width):
            super().__init__()
            self.W = nn.Parameter(torch.randn(FEATURES, width))
            self.V = nn.Parameter(torch.randn(width, CLASSES))

        def forward(self, x):
            return x.relu_() @ self.W @ self.V

    before = X.clone()
    check = iv.coordinate_check(Own, FEW, X, Y, steps=2)
    assert check.layers == ("the model",)
    assert torch.equal(X, before)

    def make(width, in_place):
        layers = nn.Linear(FEATURES, width), nn.ReLU(in_place), nn.Linear(width, CLASSES)
        return nn.Sequential(*layers).double()

    one, other = (
        iv.coordinate_check(lambda width, it=it: make(width, it), FEW, X, Y) for it in (True, False)
    )
    np.testing.assert_array_equal(one.coordinates.starts, other.coordinates.starts)
    np.testing.assert_array_equal(one.coordinates.changes, other.coordinates.changes)


class Transformer(nn.Module):
    """Embedding, normed and parametrized weights, attention that gives a tuple, tied calls."""

    def __init__(self, width):
        super().__init__()
        self.embed, self.norm = nn.Embedding(50, width), nn.LayerNorm(width)
        self.attend = nn.MultiheadAttention(width, 2, batch_first=True)
        self.mix = nn.utils.parametrizations.weight_norm(nn.Linear(width, width, bias=False))
        self.head = nn.Linear(width, CLASSES)

    def forward(self, words):
        x = self.embed(words)
        x = x + self.attend(self.norm(x), x, x)[0]
        return {"logits": self.head(self.mix(self.mix(x)).mean(1)), "hidden": x}


def test_layers_of_many_kinds():
    def loss(output, y):
        return nn.functional.cross_entropy(output["logits"], y)

    check = iv.coordinate_check(Transformer, FEW, WORDS, LABELS, loss, optimizer=torch.optim.AdamW)
    assert check.layers == ("embed", "norm", "attend", "mix", "head")
    assert [*check.coordinates.readout] == [False] * 4 + [True]
    assert np.isfinite(check.coordinates.changes).all()
    assert (check.coordinates.changes[-1] > 0).all()


def test_without_y_the_loss_is_a_projection_of_the_output_and_a_frozen_layer_stays():
    def make(width):
        model = nn.Sequential(nn.Linear(FEATURES, width), nn.Linear(width, CLASSES))
        model[0].requires_grad_(False)
        return model

    check = iv.coordinate_check(make, FEW, X, optimizer="sgd", learning_rate=0.01, seeds=2)
    assert kinds(check.coordinates.change_trends)[0] == "zero"
    steps = check.coordinates.changes[..., 1]  # the loss is linear in the weights
    np.testing.assert_allclose(steps[2], 3 * steps[0], rtol=1e-4)
    assert "0 at every width" in str(check)
    assert_readable(check.plot())


def test_where_nothing_is_trained_it_says_so():
    check = iv.coordinate_check(
        mlp, FEW, X, Y, optimizer=lambda parameters: torch.optim.SGD(parameters, lr=0.0), seeds=2
    )
    assert "No output changes at all in 3 steps: is anything trained?" in check.verdict
    assert_readable(check.plot())


# Nothing is left behind.


def test_random_states_are_left_alone_and_two_checks_are_the_same():
    torch.manual_seed(5), np.random.seed(5), random.seed(5)  # noqa: NPY002
    before = torch.get_rng_state(), np.random.get_state()[1], random.getstate()  # noqa: NPY002
    one = iv.coordinate_check(mlp, FEW, X, Y, seeds=2)
    after = torch.get_rng_state(), np.random.get_state()[1], random.getstate()  # noqa: NPY002
    assert torch.equal(before[0], after[0])
    assert np.array_equal(before[1], after[1])
    assert before[2] == after[2]
    torch.manual_seed(6)
    other = iv.coordinate_check(mlp, FEW, X, Y, seeds=2)
    np.testing.assert_array_equal(one.coordinates.changes, other.coordinates.changes)
    assert not np.array_equal(*one.coordinates.starts)  # of two seeds


def test_a_failing_factory_leaves_random_states_alone_too():
    before = torch.get_rng_state()
    with pytest.raises(ValueError, match="not today"):
        iv.coordinate_check(Failing, FEW, X, Y)
    assert torch.equal(before, torch.get_rng_state())


class Failing(nn.Module):
    def __init__(self, width):
        raise RuntimeError("not\ntoday")


def test_hooks_are_gone_and_the_users_loss_keeps_its_gradients():
    made, weight = [], torch.ones((), requires_grad=True)

    def make(width):
        made.append(mlp(width))
        return made[-1]

    def loss(output, y):
        return weight * nn.functional.cross_entropy(output, y)

    with torch.no_grad():
        iv.coordinate_check(make, FEW, X, Y, loss, seeds=1)
        assert not torch.is_grad_enabled()
    assert weight.grad is None
    assert not any(len(m._forward_hooks) for model in made for m in model.modules())


# What overflows is a result.


@pytest.mark.parametrize(
    ("rate", "scale", "said"),
    [
        (1e30, 1.0, "Training overflows at width 8, 16 and 32: the learning rate is too large"),
        (1e-3, 1e30, "Outputs overflow before any step at width 8, 16 and 32: the weights are"),
    ],
)
def test_what_overflows_is_shown(rate, scale, said):
    def make(width):
        model = mlp(width)
        for layer in model[::2]:
            layer.weight.data *= scale
        return model

    check = iv.coordinate_check(make, FEW, X, Y, optimizer="sgd", learning_rate=rate)
    assert check.verdict.startswith(said)
    assert not check.steady
    assert "overflows" in str(check)
    assert_readable(check.plot())


def test_a_loss_that_takes_no_nan_is_not_asked_for_one():
    def make(width):
        return nn.Sequential(nn.Linear(FEATURES, width), nn.Linear(width, 1), nn.Sigmoid())

    check = iv.coordinate_check(make, FEW, X, Y % 2, optimizer="sgd", learning_rate=1e38, steps=5)
    assert check.verdict.startswith("Training overflows at width 8, 16 and 32")


def test_where_only_wide_models_overflow_their_widths_are_named():
    def make(width):
        model = mlp(width)
        return model, torch.optim.SGD(model.parameters(), lr=1e30 if width > 16 else 1e-3)

    check = iv.coordinate_check(make, FEW, X, Y)
    assert check.verdict.startswith("Training overflows at width 32: ")
    assert np.isfinite(check.coordinates.changes[:, :, :2]).all()
    assert_readable(check.plot())


# What does not fit is said.


KEPT = nn.Linear(FEATURES, 4)


def shared(width):
    return nn.Sequential(KEPT, nn.Linear(4, width), nn.Linear(width, CLASSES))


def deeper(width):
    ends = nn.Linear(FEATURES, width), nn.Linear(width, CLASSES)
    return nn.Sequential(ends[0], *(nn.Linear(width, width) for _ in range(width // 16)), ends[1])


def with_wrong_optimizer(width):
    return mlp(width), torch.optim.SGD(mlp(width).parameters(), lr=0.1)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"make": 3}, r"^make=3: give a function of the width"),
        ({"make": lambda width: "model"}, r"^make=.*: it gives a str: give a function"),
        ({"make": lambda width: (mlp(width), 3)}, r"^make=.*: beside its model is a int: give"),
        ({"make": lambda width: mlp(16)}, r"^make=.*: its models have to grow with the width, "),
        ({"make": shared}, r"^make=.*: two of its models share weights: make new ones each time$"),
        ({"make": deeper}, r"^make: at width 16 it has `2` where it first had no layer: its m"),
        ({"make": with_wrong_optimizer}, r"^make=.*: its optimizer has none of its model's w"),
        ({"make": lambda: mlp(8)}, r"^make\(8\) fails: .*takes 0 positional arguments"),
        ({"make": lambda width: nn.Identity()}, r"^model='Identity': it has no weights"),
        ({"widths": (8, 16)}, r"^widths=\(8, 16\): give at least 3 whole numbers, each above"),
        ({"widths": (8, 16, 16)}, r"^widths=.*: give at least 3 whole numbers, each above"),
        ({"widths": (8, 16, 32.5)}, r"^widths=32.5: give a whole number of at least 1$"),
        ({"widths": "abc"}, r"^widths='abc': give at least 3 whole numbers"),
        ({"widths": 8}, r"^widths=8: give at least 3 whole numbers"),
        ({"X": None}, r"^X=None: give a batch of your data"),
        ({"X": X[:, :3]}, r"^X does not go through the model: "),
        ({"y": Y[:5]}, r"^loss=cross_entropy: it does not fit the output and y"),
        ({"loss": "hinge"}, r"^loss='hinge': give one of cross_entropy"),
        ({"optimizer": "adamm"}, r"^optimizer='adamm': did you mean 'adam'\?"),
        ({"optimizer": lambda parameters: 1 / 0}, r"^optimizer: it cannot be made: division"),
        ({"optimizer": torch.optim.LBFGS}, r"^the optimizer cannot take a step: .*closure"),
        ({"learning_rate": 0}, r"^learning_rate=0: give a finite number above 0$"),
        ({"make": mup, "learning_rate": 0.1}, r"^learning_rate=0.1: make brings an optimizer"),
        ({"make": mup, "optimizer": "sgd"}, r"^optimizer='sgd': make brings an optimizer"),
        ({"steps": 0}, r"^steps=0: give a whole number of at least 1$"),
        ({"seeds": 1.5}, r"^seeds=1.5: give a whole number of at least 1$"),
    ],
)
def test_what_does_not_fit_gets_one_sentence(changed, said):
    options = {"make": mlp, "widths": FEW, "X": X, "y": Y, "seeds": 1} | changed
    with pytest.raises(ValueError, match=said) as error:
        iv.coordinate_check(**options)
    assert len(str(error.value).splitlines()) == 1


def test_without_pytorch_one_sentence_says_so(monkeypatch):
    monkeypatch.setitem(sys.modules, "initviz.checkups.torch.coordinates", None)
    with pytest.raises(ValueError, match=r"^make=.*: PyTorch, whose models .* is not installed$"):
        iv.coordinate_check(mlp, FEW, X, Y)


# How it shows itself.


def test_it_shows_itself():
    check = checked(mlp)
    assert check.verdict in str(check) == repr(check)
    assert str(check).count("\n") == 2 + 4
    page = check._repr_html_()
    assert page.count("`") == 2 * check.verdict.count("`")
    assert "data:image/png;base64,iVBO" in page
    with pytest.raises(dataclasses.FrozenInstanceError):
        check.coordinates.layers = ()
    with pytest.raises(ValueError, match="read-only"):
        check.coordinates.starts[0] = 0


def test_a_table_has_every_number():
    check = checked(mlp)
    frame, c = check.to_frame(), check.coordinates
    assert len(frame) == 4 * 5 * 4 * 4
    last = frame[(frame["step"] == 3) & (frame["layer"] == "6")]
    mean = last.groupby("width")["change"].mean()
    np.testing.assert_allclose(mean, c.changes[2, :, :, 3].mean(axis=0))
    assert (frame[frame["step"] == 0]["change"] == 0).all()
    np.testing.assert_allclose(last.groupby("width")["start"].mean(), c.starts[..., 3].mean(axis=0))


def colours(axes):
    return [line.get_color() for line in axes.lines if len(line.get_xdata()) > 2]


def test_a_picture_has_a_line_a_layer_and_is_orange_where_it_moves():
    style = iv.plots.style
    starts, changes = checked(mlp).plot().axes
    assert {*colours(starts)} == {style.BLUE}
    assert {*colours(changes)} == {style.BLUE, style.ORANGE}
    written = {text.get_text() for text in changes.texts}
    assert {"Change in 3 steps", "0", "▲ 2", "▲ 4", "▲ 6", "per doubling"} <= written
    heights = [np.ptp(np.log10(axes.get_ylim())) for axes in (starts, changes)]
    assert heights[0] == pytest.approx(heights[1])
    calm = checked(mup).plot()
    assert all({*colours(axes)} == {style.BLUE} for axes in calm.axes)
    for figure in (checked(mlp).plot(), calm):
        assert_readable(figure)


@pytest.mark.parametrize("layers", [1, NAMED, NAMED + 30])
def test_a_picture_of_any_number_of_layers(layers):
    names = tuple(f"a.very.long.path.to.block.{n}.mlp" for n in range(layers))
    some = np.exp(np.random.default_rng(0).normal(size=(4, 2, 7, layers)))
    c = Coordinates((1, 2, 4, 8, 16, 32, 64), names, some[0], some[1:], np.zeros(layers, bool))
    figure = CoordinateCheck(c).plot()
    together = np.geomspace(1, 64, 7)[:, None] * np.ones((4, 2, 7, layers))  # at the very top
    crowded = dataclasses.replace(c, starts=together[0], changes=together[1:])
    assert_readable(CoordinateCheck(crowded).plot())
    assert_readable(figure)
    more = [text.get_text() for text in figure.axes[0].texts if " more" in text.get_text()]
    assert more == (["and 30 more"] if layers > NAMED else [])


def test_the_example_in_the_docstring():
    text = iv.coordinate_check.__doc__
    code = dedent(text[text.index("        from torch") :])
    names = {"iv": iv, "print": (said := []).append}
    exec(code, names)
    assert re.match("The change in 3 steps grows with the width in", said[0])
