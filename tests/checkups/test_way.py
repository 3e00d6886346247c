"""Strangers' models: the way of the gradient, weights of one's own, mends that are tried.

Most of these had an alarm that was false, or none where one was due, or a mend that did harm.
"""

import copy

import pytest
from checkups.torch_models import CLASSES, FEATURES, SAMPLES, F, X, Y, at, mended, mlp, nn, torch

import initviz as iv
from initviz.checkups.torch.graph import ways


class Block(nn.Module):
    """x + branch(x)."""

    def __init__(self, *branch):
        super().__init__()
        self.branch = nn.Sequential(*branch)

    def forward(self, x):
        return x + self.branch(x)


class Attention(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.embed = nn.Linear(FEATURES, width)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.head = nn.Linear(width, CLASSES)

    def forward(self, x):
        x = self.embed(x)[:, None].expand(-1, 3, -1)
        return self.head((x + self.o(F.scaled_dot_product_attention(*self.three(x)))).mean(1))

    def three(self, x):
        return self.q(x), self.k(x), self.v(x)


class OwnLinear(nn.Module):
    """x @ W + b, or addmm as in transformers."""

    def __init__(self, fan_in, fan_out, scale=None):
        super().__init__()
        scale = fan_in**-0.5 if scale is None else scale
        self.weight = nn.Parameter(scale * torch.randn(fan_in, fan_out))
        self.bias = nn.Parameter(torch.zeros(fan_out))

    def forward(self, x):
        return torch.addmm(self.bias, x, self.weight)


def signs(report, *levels):
    return {f.sign for f in report.findings if f.level in (levels or ("serious", "worth a look"))}


# The way.


def names_before(model, inputs, weight):
    paths = {W: name for name, W in model.named_parameters()}
    met = ways(model(inputs).sum())
    return {paths[W] for W in met[model.get_parameter(weight)].before if "bias" not in paths[W]}


def test_a_weight_lies_behind_those_that_its_inputs_have_gone_through():
    model = Attention()
    assert names_before(model, X, "embed.weight") == set()
    assert names_before(model, X, "q.weight") == {"embed.weight"}
    assert names_before(model, X, "o.weight") == {
        f"{each}.weight" for each in ("embed", "q", "k", "v")
    }


def test_first_and_final_layers_are_those_of_the_graph_whatever_their_order():
    class Backwards(nn.Module):
        def __init__(self):
            super().__init__()
            self.last, self.first = nn.Linear(32, CLASSES), nn.Linear(FEATURES, 32)

        def forward(self, x):
            return self.last(torch.tanh(self.first(x)))

    e = iv.checkup(Backwards(), X, Y).examination
    assert [[x.name for x in each] for each in (e.first, e.final)] == [["first"], ["last"]]
    both = nn.LSTM(FEATURES, 8, bidirectional=True)
    before = names_before(nn.Sequential(both, First()), X[None], "0.weight_hh_l0_reverse")
    assert before <= {name for name, _ in both.named_parameters(prefix="0")} - {"0.weight_ih_l0"}


class First(nn.Module):
    def forward(self, parts):
        return parts[0]


@pytest.mark.parametrize("normed", [False, True])
def test_what_goes_past_a_layer_is_seen(normed):
    norm = [nn.LayerNorm(32)] if normed else []
    model = nn.Sequential(
        nn.Linear(FEATURES, 32),
        nn.Tanh(),
        Block(*norm, nn.Linear(32, 64), nn.ReLU(), nn.Linear(64, 32)),
        nn.Linear(32, CLASSES),
    )
    layers = {x.name: x for x in iv.checkup(model, X, Y).layers}
    n = len(norm)
    assert {name for name, x in layers.items() if x.joins} == {f"2.branch.{n + 2}"}
    bypassed = {name for name, x in layers.items() if x.bypassed}
    assert bypassed == {f"2.branch.{k}" for k in range(n + 1)}


def test_a_place_that_is_added_to_a_sequence_is_no_branch():
    class Placed(nn.Module):
        def __init__(self):
            super().__init__()
            self.patch = nn.Linear(FEATURES, 32, bias=False)
            self.place = nn.Parameter(0.02 * torch.randn(5, 32))
            self.head = nn.Linear(32, CLASSES)

        def forward(self, x):
            return self.head((self.patch(x) + self.place).mean(1))

    report = iv.checkup(Placed(), X[:, None].expand(-1, 5, -1), Y)
    assert not any(layer.joins for layer in report.layers)


def test_a_layer_that_is_called_again_and_again_is_first_or_final_or_neither():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.a, self.b = nn.Linear(FEATURES, FEATURES), nn.Linear(FEATURES, FEATURES)

        def forward(self, x):
            return self.b(torch.tanh(self.a(torch.tanh(self.b(torch.tanh(self.a(x)))))))

    assert iv.checkup(Twice(), X).examination.gradient_ratio > 0


# False alarms.


def learns(model, steps=150):
    optimiser = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], 0.01)
    for _ in range(steps):
        loss = F.cross_entropy(model(X), Y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss.item() < 0.5


def zeroed(model, *names):
    for name in names:
        nn.init.zeros_(model.get_parameter(name))
    return model


def fixup():
    blocks = [Block(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32)) for _ in range(3)]
    model = nn.Sequential(nn.Linear(FEATURES, 32), *blocks, nn.Linear(32, CLASSES))
    return zeroed(model, *(f"{n}.branch.2.weight" for n in (1, 2, 3)), "4.weight")


def small_branches():
    """As with layer scale: 10⁻⁶ of every branch."""
    model = fixup()
    for n in (1, 2, 3):
        nn.init.normal_(model[n].branch[2].weight, std=1e-6)
    nn.init.normal_(model[4].weight, std=2e-5)
    return model


def bert():
    model = Attention()
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, std=0.02)
    return model


class Sine(nn.Module):
    def forward(self, x):
        return torch.sin(30 * x)


def siren():
    model = mlp(Sine)
    for layer in model[2::2]:
        nn.init.uniform_(layer.weight, *[s * (6 / 32) ** 0.5 / 30 for s in (-1, 1)])
    return model


@pytest.mark.parametrize("make", [Attention, fixup, small_branches, bert])
def test_what_learns_is_not_called_seriously_ill(make):
    assert not iv.checkup(at(0, make), X, Y).serious
    assert learns(at(0, make))


def test_a_siren_is_not_told_to_draw_other_weights():
    assert not any(f.mend for f in iv.checkup(at(0, siren), X, Y).findings)


@pytest.mark.parametrize("wrap", [dict, tuple])
def test_outputs_in_dicts_and_tuples_are_read(wrap):
    class Wrapped(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = mlp()

        def forward(self, x):
            logits = self.inside(x)
            return {"loss": None, "logits": logits} if wrap is dict else (logits, logits)

    key = "logits" if wrap is dict else 0
    plain, wrapped = at(0, mlp), at(0, Wrapped)
    report = iv.checkup(wrapped, X, Y, lambda output, y: F.cross_entropy(output[key], y))
    assert report.examination.output_spread == iv.checkup(plain, X, Y).examination.output_spread


@pytest.mark.parametrize(("bend", "told"), [(F.softplus, []), (torch.sigmoid, ["saturated"])])
def test_gates_beside_the_way_may_be_nearly_closed(bend, told):
    class Gated(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside, self.shift = mlp(), nn.Parameter(torch.full((FEATURES,), -9.0))

        def forward(self, x):
            return self.inside(x + 0.1 * bend(x + self.shift))

    found = iv.checkup(at(0, Gated), X, Y).findings
    assert [(f.sign, f.level) for f in found] == [(sign, "worth a look") for sign in told]


def test_branches_that_end_in_small_weights_are_a_choice():
    """As in GPT-2, whose last weights of a branch are smaller, the deeper it is."""
    model = fixup()
    for n in (1, 2, 3):
        nn.init.normal_(model[n].branch[2].weight, std=0.007)
    nn.init.xavier_normal_(model[4].weight)
    assert not signs(iv.checkup(model, X, Y))


def test_gradients_before_a_norm_are_judged_against_the_weights():
    model = nn.Sequential(
        nn.Linear(FEATURES, 64, bias=False),
        nn.BatchNorm1d(64, eps=1e-12),
        nn.ReLU(),
        nn.Linear(64, CLASSES),
    )
    before = iv.checkup(model, X, Y).gradient_ratio
    model[0].weight.data *= 0.002
    assert iv.checkup(model, X, Y).gradient_ratio == pytest.approx(before, rel=0.01)
    assert "gradient" not in signs(iv.checkup(model, X, Y))


# Weights of one's own.


def test_matrices_of_ones_own_have_units_and_fans():
    by_hand, usual = OwnLinear(FEATURES, 32), nn.Linear(FEATURES, 32)
    usual.load_state_dict({"weight": by_hand.weight.T, "bias": by_hand.bias})
    (own,), (known,) = (iv.checkup(model, X).layers for model in (by_hand, usual))
    for name in ("role", "fan_in", "fan_out", "units", "distinct", "weight_std", "gradient_rms"):
        assert getattr(own, name) == pytest.approx(getattr(known, name)), name


def test_equal_units_of_ones_own_matrices_are_seen():
    model = nn.Sequential(OwnLinear(FEATURES, 32, 0), nn.Tanh(), OwnLinear(32, CLASSES, 0))
    for layer in (model[0], model[2]):
        nn.init.constant_(layer.weight, 0.02)
    first = iv.checkup(model, X, Y).findings[0]
    assert (first.sign, first.layers) == ("symmetry", ("0",))
    mended(first, model)
    assert "symmetry" not in signs(iv.checkup(model, X, Y))


def test_a_matrix_of_the_models_own_has_the_blame_and_not_the_head():
    class Own(nn.Module):
        def __init__(self):
            super().__init__()
            self.W, self.head = (
                nn.Parameter(1e4 * torch.randn(FEATURES, 32)),
                nn.Linear(32, CLASSES),
            )

        def forward(self, x):
            return self.head(F.elu(x @ self.W))

    first = iv.checkup(Own(), X, Y).findings[0]
    assert (first.sign, first.layers) == ("weights", ("W",))
    assert "'W'" in first.mend


def test_layers_in_a_plain_list_are_seen_and_enlisted():
    class Lost(nn.Module):
        def __init__(self):
            super().__init__()
            self.hidden = [nn.Linear(FEATURES, 32), nn.Linear(32, 32)]
            self.head = nn.Linear(32, CLASSES)

        def forward(self, x):
            for layer in self.hidden:
                x = torch.relu(layer(x))
            return self.head(x)

    model = Lost()
    first = iv.checkup(model, X, Y).findings[0]
    assert (first.sign, first.level) == ("unlisted", "serious")
    assert "`hidden[0].weight`" in first.sentence
    assert isinstance(model.hidden, list)
    mended(first, model)
    assert len(list(model.parameters())) == 6
    assert not iv.checkup(model, X, Y).serious


# What was not told.


def draw(model, function):
    for layer in model[::2]:
        function(layer.weight)
    return model


def twins():
    model = mlp()
    model[4].load_state_dict(model[2].state_dict())
    return model


SILENT = {
    "weights that are all positive": (
        lambda: draw(mlp(), lambda W: nn.init.uniform_(W, 0, 1)),
        {},
        "weights",
    ),
    "24 layers of ReLU, drawn by Xavier": (
        lambda: draw(mlp(depth=24), nn.init.xavier_uniform_),
        {},
        "scheme",
    ),
    "one layer twice": (twins, {}, "twins"),
    "no activation": (lambda: mlp(nn.Identity), {}, "unbent"),
    "a learning rate of 1000": (mlp, {"learning_rate": 1000}, "update"),
    "inputs scaled twice": (mlp, {"X": X / 1000}, "inputs"),
    "targets of thousands": (lambda: mlp(outputs=1), {"y": 3000 * X[:, :1]}, "targets"),
}


@pytest.mark.parametrize("name", SILENT)
def test_it_is_told(name):
    make, settings, sign = SILENT[name]
    report = iv.checkup(at(0, make), **{"X": X, "y": Y, **settings})
    assert report.findings[0].sign == sign


def test_a_usual_learning_rate_and_one_that_nobody_told_are_not_judged():
    assert not iv.checkup(at(0, mlp), X, Y, learning_rate=0.1).findings
    assert "update" not in signs(iv.checkup(at(0, lambda: mlp(outputs=1)), X, 3000 * X[:, :1]))


def test_a_bottleneck_without_an_activation_is_a_choice():
    narrow = nn.Sequential(nn.Linear(FEATURES, 4), nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 4))
    assert "unbent" not in signs(iv.checkup(narrow, X, Y))


def test_what_is_not_finite_is_told_before_a_loss_is_asked():
    model = nn.Sequential(nn.Linear(FEATURES, 16), nn.ReLU(), nn.Linear(16, 1), nn.Sigmoid())
    model[0].weight.data[0, 0] = torch.nan
    first = iv.checkup(model, X, (Y % 2).float()[:, None], "binary_cross_entropy").findings[0]
    assert (first.sign, first.layers) == ("not finite", ("0",))


def test_whole_numbers_of_one_output_are_ages_as_well_as_classes():
    model, ages = mlp(outputs=1), torch.arange(SAMPLES) % 70 + 18
    assert iv.checkup(model, X, ages).examination.loss_name == "mse_loss"
    yes_or_no = iv.checkup(model, X, ages % 2).examination
    assert yes_or_no.loss_name == "binary_cross_entropy_with_logits"


# Models that run.


def test_complex_weights_and_mixed_precision_go_through():
    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.low = nn.Linear(FEATURES, 32).bfloat16().requires_grad_(False)
            self.waves, self.head = nn.Linear(17, 17, dtype=torch.cfloat), nn.Linear(32, CLASSES)

        def forward(self, x):
            x = torch.fft.rfft(self.low(x.bfloat16()).float())
            return self.head(torch.relu(torch.fft.irfft(self.waves(x), n=32)))

    assert not iv.checkup(Mixed(), X, Y).serious


def test_buffers_that_grow_are_as_before():
    class Growing(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(FEATURES, CLASSES)
            self.register_buffer("seen", torch.zeros(0))

        def forward(self, x):
            self.seen.resize_(5).fill_(1)
            return self.layer(x)

    model = Growing()
    iv.checkup(model, X, Y)
    assert model.seen.shape == (0,)


# Mends are tried.


def state(model):
    return {name: values.clone() for name, values in model.state_dict().items()}


@pytest.mark.parametrize(
    "make",
    [
        lambda: draw(mlp(nn.Tanh), lambda W: nn.init.constant_(W, 0.1)),
        lambda: mlp(nn.Sigmoid, depth=20),  # whose mend puts other modules in
        lambda: Unused(),  # whose mend freezes
    ],
)
def test_the_model_is_as_before(make):
    model = at(0, make)
    before, modules = state(model), dict(model.named_modules())
    report = iv.checkup(model, X, Y)
    assert report.findings[0].mend
    assert all(torch.equal(before[name], now) for name, now in model.state_dict().items())
    assert dict(model.named_modules()) == modules
    assert all(p.requires_grad for p in model.parameters())
    assert all(p.grad is None for p in model.parameters())


class Unused(nn.Module):
    def __init__(self):
        super().__init__()
        self.inside, self.apart = mlp(), nn.Linear(3, 3)

    def forward(self, x):
        return self.inside(x)


class One(nn.Module):
    """A softmax over one number, which nothing can be put in the place of."""

    def forward(self, x):
        return x.softmax(1)


@pytest.mark.parametrize("end", [nn.Dropout(1.0), One()])
def test_a_mend_that_does_not_help_is_not_told(end):
    units = 1 if isinstance(end, One) else CLASSES
    model = nn.Sequential(mlp(outputs=units), nn.Sequential(end, nn.Flatten()))
    y, loss = (Y, F.cross_entropy) if units > 1 else ((Y % 2)[:, None].float(), F.mse_loss)
    report, untried = (iv.checkup(model, X, y, loss, mend=tried) for tried in (True, False))
    assert untried.serious
    assert untried.findings[0].mend
    assert report.serious
    assert not report.findings[0].mend
    assert "No mend that was tried" in report.findings[0].sentence


def test_what_a_model_has_learnt_is_not_redrawn():
    class Lora(nn.Module):
        def __init__(self, base):
            super().__init__()
            self.base = base.requires_grad_(False)
            self.A = nn.Parameter(torch.zeros(4, base.in_features))
            self.B = nn.Parameter(torch.zeros(base.out_features, 4))

        def forward(self, x):
            return self.base(x) + x @ self.A.T @ self.B.T

    base = at(0, mlp)
    assert learns(base)
    model = nn.Sequential(*(Lora(x) if isinstance(x, nn.Linear) else x for x in base))
    before = F.cross_entropy(model(X), Y).item()
    (first, *_) = iv.checkup(model, X, Y).findings
    assert (first.sign, first.level) == ("zeros", "serious")
    mended(first, model)
    assert F.cross_entropy(model(X), Y).item() == pytest.approx(before)
    assert "zeros" not in signs(iv.checkup(model, X, Y), "serious")


def test_a_residual_net_that_grows_is_calmed_where_its_branches_end():
    blocks = [Block(nn.Linear(32, 32), nn.ReLU(), nn.Linear(32, 32)) for _ in range(24)]
    model = nn.Sequential(nn.Linear(FEATURES, 32), *blocks, nn.Linear(32, CLASSES))
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
    first = iv.checkup(model, X, Y).findings[0]
    assert first.sign == "signal"
    entry = copy.deepcopy(model[0].weight)
    mended(first, model)
    assert torch.equal(model[0].weight, entry)
    assert not iv.checkup(model, X, Y).serious


class Remembering(nn.Module):
    """Notes what it saw: in a number, a list, a tensor; and renormalises its weights."""

    def __init__(self):
        super().__init__()
        self.inside, self.state, self.calls, self.log = mlp(), None, 0, ["made"]
        self.words = nn.Embedding(9, FEATURES, max_norm=0.1)

    def forward(self, x):
        with torch.no_grad():
            self.inside[0].weight[0] *= 0.5
        self.calls += 1
        self.log.append(self.calls)
        self.state = self.inside(x + self.words.weight[0] + self.words(torch.zeros(1).long()))
        return self.state


def test_what_forward_writes_is_as_before():
    model = at(0, Remembering)
    before = {name: W.clone() for name, W in model.named_parameters()}
    iv.checkup(model, X, Y)
    assert (model.state, model.calls, model.log) == (None, 0, ["made"])
    assert all(torch.equal(W, before[name]) for name, W in model.named_parameters())


class CutOff(nn.Module):
    """What its first layer gives goes through a function without a gradient; another is unused."""

    def __init__(self):
        super().__init__()
        self.first, self.idle, self.last = nn.Linear(FEATURES, 16), nn.Linear(3, 3), mlp()
        self.back = nn.Linear(16, FEATURES)

    def forward(self, x):
        return self.last(x + self.back(torch.tanh(self.first(x).detach())))


def test_what_is_cut_off_is_told_from_what_is_unused():
    report = iv.checkup(at(0, CutOff), X, Y)
    told = {f.sign: f for f in report.findings}
    assert told["detached"].layers == ("first",)
    assert not told["detached"].mend
    assert told["unused"].layers == ("idle",)
    assert "['idle.weight', 'idle.bias']" in told["unused"].mend


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU])
def test_a_gate_that_was_drawn_by_itself_has_a_row_and_a_finding_of_its_own(kind):
    class Reader(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.last = kind(FEATURES, 16, batch_first=True), nn.Linear(16, CLASSES)

        def forward(self, x):
            return self.last(self.words(x[:, None].expand(-1, 3, -1))[0][:, -1])

    model = at(0, Reader)
    report = iv.checkup(model, X, Y)
    assert not report.findings
    assert not any("[" in layer.name for layer in report.layers)
    with torch.no_grad():
        model.words.weight_ih_l0[16:32] *= 60
    ill = iv.checkup(model, X, Y)
    gate = "forget" if kind is nn.LSTM else "update"
    assert {f.layers for f in ill.findings} == {(f"words.weight_ih_l0[{gate}]",)}
    assert ill.summary.split(" weights")[0] == report.summary.split(" weights")[0]
    mended(ill.findings[0], model)
    assert not iv.checkup(model, X, Y).findings


def test_sequences_of_one_step_have_no_step_before():
    class Short(nn.Module):
        def __init__(self):
            super().__init__()
            self.words, self.last = nn.LSTM(FEATURES, 16), nn.Linear(16, CLASSES)

        def forward(self, x):
            return self.last(self.words(x[None])[0][0])

    assert not iv.checkup(at(0, Short), X, Y).findings
