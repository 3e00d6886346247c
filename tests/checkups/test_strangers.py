"""PyTorch models and losses that other people write: what runs is checked up, and not alarmed."""

import pytest
from checkups.torch_models import CLASSES, FEATURES, F, X, Y, at, he, mlp, nn, torch

import initviz as iv

SIGNS_OF_Y = 2.0 * (Y[:, None] % 2) - 1
AMOUNTS = X[:, :1] + X[:, 1:2]


def told(model, y=Y, loss=None, **options):
    found = iv.checkup(model, X, y, loss, **options).findings
    return {(f.sign, f.level) for f in found if f.level != "fine"}


def one():
    return at(0, lambda: mlp(outputs=1, draw=he))


def softplus_margin(output, y):
    return F.softplus(-output * y).mean()


def pairs(output, y):
    alike = (y[:, None] - y[None]).abs() < 0.5
    return ((output - output.T) ** 2 * alike).mean() + (output.mean() - 1) ** 2


class ArcFace(nn.Module):
    """A loss with weights of its own."""

    def __init__(self):
        super().__init__()
        self.centres = nn.Parameter(torch.randn(CLASSES, CLASSES))
        self.register_buffer("seen", torch.zeros(()))

    def forward(self, output, y):
        self.seen += 1
        return F.cross_entropy(F.normalize(output) @ F.normalize(self.centres).T, y)


@pytest.mark.parametrize("loss", [nn.SoftMarginLoss(), softplus_margin])
def test_losses_that_want_plus_and_minus_1_are_left_alone(loss):
    assert not told(one(), SIGNS_OF_Y, loss)


def test_pairs_are_no_shapes_that_do_not_fit():
    assert ("shapes", "serious") not in told(one(), AMOUNTS[:, 0], pairs)


def test_a_losss_own_weights_are_no_layer_that_was_forgotten():
    loss = ArcFace()
    assert not told(at(0, lambda: mlp(draw=he)), Y, loss)
    assert loss.seen == 0


def test_a_loss_of_several_classes_needs_several_outputs():
    (first, *_) = iv.checkup(one(), X, (Y % 2)[:, None].float(), F.cross_entropy).findings
    assert (first.sign, first.level) == ("output", "serious")
    assert first.mend == "loss = torch.nn.functional.binary_cross_entropy_with_logits"


@pytest.mark.parametrize(("low", "high"), [(0, 255), (1017, 2313), (-1, 1)])
def test_the_mend_of_labels_has_their_very_numbers(low, high):
    y = torch.where(SIGNS_OF_Y > 0, float(high), float(low))
    (first, *_) = iv.checkup(one(), X, y, F.binary_cross_entropy_with_logits).findings
    scope = {"y": y}
    exec(first.mend, scope)
    assert torch.equal(scope["y"], (SIGNS_OF_Y > 0).float())


def test_a_softmax_over_the_samples_is_the_cause():
    model = nn.Sequential(mlp(), nn.Softmax(0))
    assert ("output", "serious") in told(model)


class Physics(nn.Module):
    """Gives the slope of what a network says by its inputs."""

    def __init__(self):
        super().__init__()
        self.inside = mlp(nn.Tanh, outputs=1)

    def forward(self, x):
        x = x.requires_grad_()
        return torch.autograd.grad(self.inside(x).sum(), x, create_graph=True)[0][:, :1]


class ReZero(nn.Module):
    def __init__(self):
        super().__init__()
        self.scale, self.inside = nn.Parameter(torch.zeros(1)), nn.Linear(FEATURES, FEATURES)
        self.last = nn.Linear(FEATURES, CLASSES)

    def forward(self, x):
        return self.last(x + self.scale * self.inside(x))


class WithLoss(nn.Module):
    """Gives its loss, as models do whose targets come with the inputs."""

    def __init__(self):
        super().__init__()
        self.inside = mlp(draw=he)

    def forward(self, x):
        return F.cross_entropy(self.inside(x), Y)


class OneByOne(nn.Module):
    def __init__(self):
        super().__init__()
        self.inside = mlp(draw=he)

    def forward(self, x):
        return torch.func.vmap(self.inside)(x)


class Empty(nn.Module):
    def __init__(self):
        super().__init__()
        self.inside, self.none = mlp(draw=he), nn.Parameter(torch.zeros(0))

    def forward(self, x):
        return self.inside(x)


def scripted():
    return nn.Sequential(
        torch.jit.script(nn.Linear(FEATURES, 16)), nn.ReLU(), nn.Linear(16, CLASSES)
    )


RUN = {
    "physics": (Physics, 0.0 * AMOUNTS),
    "ReZero": (ReZero, Y),
    "its own loss": (WithLoss, None),
    "one by one": (OneByOne, Y),
    "an empty weight": (Empty, Y),
    "a scripted part": (scripted, Y),
}


@pytest.mark.filterwarnings("ignore:.*torch.jit")
@pytest.mark.parametrize("name", RUN)
def test_what_runs_is_checked_up(name):
    make, y = RUN[name]
    assert not {level for _, level in told(at(0, make), y)} & {"serious"}


def test_shortcuts_from_the_batch_itself_are_no_missing_activation():
    assert "unbent" not in {sign for sign, _ in told(at(0, ReZero))}


def test_switches_and_missing_inputs_may_stand_beside_the_batch():
    class Switched(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = mlp(draw=he)

        def forward(self, x, mask=None, flat=False):
            assert mask is None
            return self.inside(x.flatten(1) if flat else x)

    for batch in ((X, None, True), {"x": X, "flat": True, "mask": None}):
        assert not iv.checkup(at(0, Switched), batch, Y).findings


def test_where_nothing_can_be_trained_it_is_serious():
    class Copied(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = mlp()

        def forward(self, x):
            return torch.tensor(self.inside(x).tolist(), requires_grad=True)

    assert told(at(0, Copied)) == {("detached", "serious")}


def test_whole_numbers_in_rows_are_classes_too():
    for y in (Y[:, None], F.one_hot(Y, CLASSES)):
        assert iv.checkup(mlp(), X, y).examination.loss_name == "cross_entropy"
