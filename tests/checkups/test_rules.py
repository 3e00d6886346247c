"""The rules of a check-up, one by one, and what each of them would mend."""

from math import isnan

import numpy as np
import pytest
from checkups.torch_models import (
    CLASSES,
    FEATURES,
    ON_WORDS,
    SAMPLES,
    SICK,
    F,
    Reader,
    X,
    Y,
    at,
    glorot,
    he,
    mended,
    mlp,
    nn,
    scaled,
    shown,
    torch,
    zeros,
)
from hypothesis import given
from hypothesis import strategies as st

import initviz as iv
from initviz.measure.examination import size_of_inputs
from initviz.words.rules import EXPLAINS, LEVELS, RULES, SIGNS, findings

# Inputs, targets, and functions applied twice.


@pytest.mark.parametrize("bend", [nn.ReLU, nn.Tanh])
@pytest.mark.parametrize("factor", [1000, 1e-4])
def test_unscaled_inputs_are_to_blame_for_what_comes_of_them(bend, factor):
    model, inputs = at(0, lambda: mlp(bend, draw=glorot)), X * factor
    first = iv.checkup(model, inputs, Y).findings[0]
    assert first.sign == "inputs"
    assert ("large" if factor > 1 else "small") in first.sentence
    model, scaled_inputs, *_ = mended(first, model, inputs)
    assert torch.allclose(scaled_inputs, (X - X.mean(0)) / X.std(0), atol=0.05)
    assert not iv.checkup(model, scaled_inputs, Y).serious


def test_a_norm_forgives_the_size_of_inputs_and_one_hot_inputs_are_of_size_one():
    normed = nn.Sequential(nn.BatchNorm1d(FEATURES), *mlp())
    assert not iv.checkup(normed, 1000 * X, Y).findings
    assert size_of_inputs(np.eye(1000)) == 1
    assert isnan(size_of_inputs(np.zeros(3)))
    assert isnan(iv.checkup(Reader(nn.Identity()), *ON_WORDS).examination.input_size)  # indices
    assert iv.checkup(mlp(), torch.eye(FEATURES), Y[:FEATURES]).examination.input_size == (
        pytest.approx(1)
    )


def test_targets_far_from_0_are_named():
    model, y = at(0, lambda: mlp(outputs=1)), X[:, :1] + 1000
    first = iv.checkup(model, X, y).findings[0]
    assert (first.sign, first.level) == ("targets", "serious")
    _, _, scaled_y, _ = mended(first, model, X, y)
    assert not iv.checkup(model, X, scaled_y).findings
    assert not iv.checkup(model, X, torch.ones(SAMPLES, 1)).serious  # where guessing has 0


def test_a_model_that_is_sure_too_early_gets_a_smaller_last_layer():
    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.norm, self.head = nn.LayerNorm(200), nn.Linear(200, CLASSES, bias=False)
            glorot(self.head.weight)

        def forward(self, x):
            return 40 * self.head(self.norm(x.repeat(1, 10)))

    model = at(0, Sum)
    first = iv.checkup(model, X, Y).findings[0]
    assert (first.sign, first.level) == ("loss", "serious")
    mended(first, model)
    assert not iv.checkup(model, X, Y).serious


@pytest.mark.parametrize(
    ("outputs", "end", "loss", "name"),
    [
        (CLASSES, nn.Softmax(1), None, "softmax"),
        (1, nn.Sigmoid(), "binary_cross_entropy_with_logits", "sigmoid"),
    ],
)
def test_a_function_that_is_applied_twice_is_seen(outputs, end, loss, name):
    model, y = nn.Sequential(*mlp(outputs=outputs), end), Y % outputs if outputs > 1 else Y % 2
    first = iv.checkup(model, X, y, loss).findings[0]
    assert (first.sign, first.level) == ("output", "worth a look")
    assert f"ends in a {name}" in first.sentence
    mended(first, model)
    assert not iv.checkup(model, X, y, loss).findings


def test_two_heads_that_start_at_0_are_fine():
    class ActorAndCritic(nn.Module):
        def __init__(self):
            super().__init__()
            self.body = nn.Sequential(*mlp(nn.Tanh)[:-1])
            self.actor, self.critic = nn.Linear(32, CLASSES), nn.Linear(32, 1)
            zeros(self.actor.weight)
            zeros(self.critic.weight)

        def forward(self, x):
            return self.actor(self.body(x)), self.critic(self.body(x))

    def loss(output, y):
        return F.cross_entropy(output[0], y) + (output[1] - 1).square().mean()

    report = iv.checkup(ActorAndCritic(), X, Y, loss)
    assert {finding.level for finding in report.findings} == {"fine"}


# The mends.


def test_many_layers_are_redrawn_in_a_loop_only_where_it_meets_no_others():
    make = SICK["12 ReLU of PyTorch's default"][0]
    model = at(0, make)
    assert "model.modules()" in iv.checkup(model, X, Y).findings[0].mend
    frozen = nn.Sequential(nn.Linear(FEATURES, FEATURES).requires_grad_(False), *at(0, make))
    kept = frozen[0].weight.clone()
    first = iv.checkup(frozen, X, Y).findings[0]
    assert "model.modules()" not in first.mend
    mended(first, frozen)
    assert torch.equal(frozen[0].weight, kept)


def test_sigmoids_that_are_functions_get_larger_weights():
    class Sigmoids(nn.Module):
        def __init__(self):
            super().__init__()
            fans = (FEATURES, 32, 32, 32, 32, 32)
            self.hidden = nn.ModuleList(nn.Linear(n, 32) for n in fans)
            self.head = nn.Linear(32, CLASSES)

        def forward(self, x):
            for layer in self.hidden:
                x = torch.sigmoid(layer(x))
            return self.head(x)

    model = at(0, Sigmoids)
    first = iv.checkup(model, X, Y).findings[0]
    assert (first.sign, first.level) == ("gradient", "serious")
    assert "gain=4" in first.mend
    mended(first, model)
    assert not iv.checkup(model, X, Y).serious


def test_the_sigmoid_that_a_model_ends_in_stays():
    hidden = [nn.Linear(FEATURES, 16), nn.Sigmoid()]
    for _ in range(9):
        hidden += [nn.Linear(16, 16), nn.Sigmoid()]
    model = at(0, lambda: nn.Sequential(*hidden, nn.Linear(16, 1), nn.Sigmoid()))
    first = iv.checkup(model, X, Y % 2).findings[0]
    assert "there are 10 in a row" in first.sentence
    mended(first, model)
    kinds = [type(module) for module in model if not isinstance(module, nn.Linear)]
    assert kinds == [nn.Tanh] * 10 + [nn.Sigmoid]
    assert iv.checkup(model, X, Y % 2).loss == pytest.approx(np.log(2), rel=0.2)


def test_an_unused_layer_at_the_end_is_not_taken_for_the_output():
    class Spare(nn.Module):
        def __init__(self):
            super().__init__()
            self.used = nn.Sequential(nn.Linear(FEATURES, 32), nn.ReLU(), nn.Linear(32, CLASSES))
            self.spare = nn.Linear(32, CLASSES)

        def forward(self, x):
            return 40 * self.used(x)

    model = at(0, Spare)
    found = {finding.sign: finding for finding in iv.checkup(model, X, Y).findings}
    assert found["unused"].layers == ("spare",)
    assert found["loss"].layers == ("used.2",)


def test_biases_are_found_whatever_the_layers_are_called():
    holder = nn.Sequential()
    holder.add_module("weight_map", nn.Linear(FEATURES, 32))
    model = nn.Sequential(holder, nn.ReLU(), nn.Linear(32, CLASSES))
    nn.init.constant_(holder[0].bias, -50.0)
    first = iv.checkup(model, X, Y).findings[0]
    assert first.sign == "saturated"
    mended(first, model)
    assert not iv.checkup(model, X, Y).serious


def test_norms_that_are_stuck_at_0_start_at_1():
    model = nn.Sequential(
        nn.Linear(FEATURES, 32),
        nn.BatchNorm1d(32),
        nn.ReLU(),
        nn.Linear(32, 32),
        nn.ReLU(),
        nn.Linear(32, CLASSES),
    )
    nn.init.zeros_(model[1].weight)
    nn.init.zeros_(model[3].weight)
    for _ in range(3):
        report = iv.checkup(model, X, Y)
        if report.serious:
            mended(report.findings[0], model)
    assert not report.serious
    assert (model[1].weight == 1).all()


# The rules, one by one.


@given(st.floats(-3, 3), st.sampled_from([nn.ReLU, nn.Tanh]))
def test_a_factor_on_all_weights_is_named_truly(power, bend):
    """Whatever is said about sizes agrees with the factor, and extreme ones are never missed."""
    factor, draw = 10**power, he if bend is nn.ReLU else glorot
    report = iv.checkup(at(0, lambda: mlp(bend, 4, scaled(factor, draw))), X, Y)
    (first, *_) = [*report.findings, None]
    if 0.6 < factor < 1.7:
        assert first is None or first.sign == "loss"  # which five layers raise by 1.7⁵
    if not 0.05 < factor < 20:
        assert (first.sign, first.level) == ("weights", "serious")
    for finding in report.findings:
        if finding.sign == "weights":
            assert ("too large" in finding.sentence) == (factor > 1)
            times = float(finding.sentence.split(" times ")[0].split(" ")[-1].replace(",", ""))
            assert times == pytest.approx(max(factor, 1 / factor), rel=0.3)


def test_what_is_explained_is_a_sign_and_causes_come_first():
    assert set(EXPLAINS) | set().union(*EXPLAINS.values()) <= set(SIGNS)
    for cause, effects in EXPLAINS.items():
        assert all(SIGNS.index(cause) < SIGNS.index(effect) for effect in effects)
    for make, *_ in SICK.values():
        e = iv.checkup(at(0, make), X, Y).examination
        levels = [LEVELS.index(finding.level) for finding in findings(e)]
        assert levels == sorted(levels)
        told = {(finding.sign, finding.level) for finding in findings(e)}
        assert told <= {(f.sign, f.level) for rule in RULES for f in rule(e)}


def test_gradients_that_are_not_finite_are_told_from_those_that_are_not_there():
    class Length(nn.Module):
        """The root of 0 has no slope: the commonest NaN there is."""

        def __init__(self):
            super().__init__()
            self.a, self.head = nn.Linear(FEATURES, 8), nn.Linear(1, CLASSES)

        def forward(self, x):
            x = self.a(x)
            return self.head((x - x).square().sum(1, keepdim=True).sqrt())

    report = iv.checkup(Length(), X, Y)
    (finding,) = report.findings
    assert finding.sentence.startswith("The loss is finite, but the gradients of `a` are not fin")
    assert report.serious
    shown(report)


def test_a_faint_branch_beside_a_healthy_path_is_no_illness():
    class Branched(nn.Module):
        def __init__(self, beside):
            super().__init__()
            self.main, self.faint = nn.Linear(FEATURES, 32), nn.Linear(FEATURES, 32, bias=False)
            self.head, self.beside = nn.Linear(32, CLASSES), beside
            self.faint.weight.data *= 1e-7

        def forward(self, x):
            return self.head(self.faint(x) + (self.main(x) if self.beside else 0))

    beside, alone = (iv.checkup(Branched(beside), X, Y) for beside in (True, False))
    assert not beside.serious
    assert {finding.sign for finding in beside.findings} <= {"weights"}
    assert alone.findings[0].level == "serious"


def test_a_small_last_layer_is_fine_and_a_small_hidden_one_is_worth_a_look():
    for n, factor, signs in ((-1, 0.03, []), (-1, 1e-3, []), (2, 0.03, ["weights"])):
        model = at(0, lambda: mlp(draw=he))
        model[n].weight.data *= factor
        report = iv.checkup(model, X, Y)
        assert [finding.sign for finding in report.findings] == signs
        assert not report.serious


def test_answers_that_are_nan_are_named_where_they_begin():
    class Log(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(FEATURES, 8), nn.Linear(8, CLASSES)

        def forward(self, x):
            return self.b(self.a(x).log())

    (finding,) = iv.checkup(Log(), X, Y).findings
    assert finding.sentence.startswith("`b` is the first layer whose outputs are not finite")


def test_glorot_below_many_relus_is_worth_a_look():
    model = at(0, lambda: mlp(depth=8, draw=glorot, width=128))
    (finding,) = iv.checkup(model, X, Y).findings
    assert (finding.sign, finding.level) == ("scheme", "worth a look")
    assert "Glorot's weights are 1.4 times smaller than He's, which relu asks for" in (
        finding.sentence
    )
    mended(finding, model)
    assert not iv.checkup(model, X, Y).findings
    assert not iv.checkup(at(0, lambda: mlp(depth=3, draw=glorot, width=128)), X, Y).findings
