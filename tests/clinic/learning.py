"""Whether a mend has helped: the same program, trained for a few steps without it and with it.

On one half of the batch. Two losses tell what it has learnt: that of this half in the end, and that
of the other half at its lowest. Weights that are too large may well learn samples by heart, and so
may any others if they are trained for too long: only what is worse in both is worse.
"""

import sys
from collections.abc import Callable
from math import inf, isfinite
from statistics import median

import torch
from clinic.cases import Batch, F, Sick

STEPS, RATE, SEEDS = 60, 1e-3, 3
ROOM = 1.02  # losses that differ by a smaller factor are the same
Scope = dict


def built(case, seed: int = 0) -> Batch:
    """The case with the same weights and numbers every time."""
    torch.manual_seed(seed)
    if "keras" in sys.modules:
        keras = sys.modules["keras"]
        keras.utils.clear_session(free_memory=False)
        keras.utils.set_random_seed(seed)
    return case.make()


def is_keras(model) -> bool:
    return "keras" in sys.modules and isinstance(model, sys.modules["keras"].Layer)


def scope_of(batch: Batch) -> Scope:
    """What a mend finds, by name."""
    return vars(batch) | {name: sys.modules.get(name) for name in ("torch", "keras")}


def output_of(now: Scope):
    model, X = now["model"], now["X"]
    if is_keras(model):
        return model(X, training=True)
    if isinstance(X, dict):
        return model(**X)
    return model(*X) if isinstance(X, tuple) else model(X)


def loss_of(now: Scope, output, y) -> torch.Tensor:
    loss = now["loss"]
    if is_keras(now["model"]):
        keras = sys.modules["keras"]
        return keras.ops.mean(keras.losses.get(loss)(keras.ops.convert_to_tensor(y), output))
    if callable(loss):
        return loss(output) if y is None else loss(output, y)
    if y is None:
        return output.float().square().mean()
    usual = "mse_loss" if y.is_floating_point() else "cross_entropy"
    function = getattr(F, loss or usual)
    if y.shape == output.shape[:-1] != output[:, 0].shape:  # a sequence, whose classes come last
        output = output.movedim(-1, 1)
    return function(output, y)


def weights_of(model) -> list[torch.Tensor]:
    weights = (
        (v.value for v in model.trainable_variables) if is_keras(model) else model.parameters()
    )
    return [W for W in weights if W.requires_grad]


def one_pass(batch: Batch) -> None:
    """Forward and backward."""
    now = scope_of(batch)
    if not is_keras(batch.model):
        batch.model.train()
    loss = loss_of(now, output_of(now), batch.y)
    torch.autograd.grad(loss, weights_of(batch.model), allow_unused=True)


Judged = Callable[
    [torch.Tensor, bool], torch.Tensor
]  # of an output, and whether it is of new samples


def learnt(now: Scope, judged: Judged) -> tuple[float, float]:
    """The last loss on the samples it learns from, and the lowest on new ones, looked at now and
    then during training.

    By Adam; by plain gradient descent where the program has told a learning rate.
    """
    rate, weights = now["learning_rate"], weights_of(now["model"])
    optimiser = torch.optim.SGD(weights, rate) if rate else torch.optim.Adam(weights, RATE)
    old, new, losses = half(now, new=False), half(now, new=True), []
    for step in range(1, STEPS + 1):
        optimiser.zero_grad()
        loss_of(old, output_of(old), old["y"]).backward()
        optimiser.step()
        if step % 10 == 0:
            losses.append(float(judged(output_of(new), True).detach()))
    last = float(judged(output_of(old), False).detach())
    return last, min(losses, key=lambda loss: loss if isfinite(loss) else inf)


def half(now: Scope, new: bool) -> Scope:
    """The program with the samples it learns from, or with the new ones."""
    middle = len(now["y"]) // 2
    some = slice(middle, None) if new else slice(middle)
    return now | {"X": now["X"][some], "y": now["y"][some]}


def is_regression(y) -> bool:
    values = torch.as_tensor(y)
    return values.is_floating_point() and len(values.unique()) > 2


def ratios(case: Sick, mend: str, seed: int) -> list[float]:
    """Of both losses, with the mend by without it, measured alike.

    Both by the loss, and for the targets, that the program has after the mend; but where targets of
    a regression were scaled, by those of before, to whose scale the outputs go back.
    """
    ill, well = (scope_of(built(case, seed)) for _ in range(2))
    exec(mend, well)  # the check-up's own line
    old, new = (torch.as_tensor(now["y"]) for now in (ill, well))
    scaled = is_regression(old) and old.shape == new.shape and not torch.equal(old, new)
    factor = new.std() / old.std() if scaled else 1.0
    moved = new.mean() - factor * old.mean() if scaled else 0.0
    judges = [half(well | {"y": ill["y"]} if scaled else well, new=new) for new in (False, True)]

    def judged(output, new):
        return loss_of(judges[new], output, judges[new]["y"])

    before = learnt(ill, judged)
    after = learnt(well, lambda output, new: judged((output - moved) / factor, new))
    return [ratio(*losses) for losses in zip(before, after, strict=True)]


def effect(case: Sick, mend: str) -> str:
    """ "better", "same" or "worse", as most of some seeds have it."""
    by_seed = [ratios(case, mend, seed) for seed in range(SEEDS)]
    typical = [median(each) for each in zip(*by_seed, strict=True)]
    return "worse" if min(typical) > ROOM else "better" if min(typical) < 1 / ROOM else "same"


def ratio(before: float, after: float) -> float:
    """Of two losses; a loss below 0, of likelihoods for one, counts from the lower of both."""
    if not (isfinite(before) and isfinite(after)):
        return {(True, False): inf, (False, True): 0.0}.get(
            (isfinite(before), isfinite(after)), 1.0
        )
    least = min(before, after, 0)
    return (after - least + 1e-6) / (before - least + 1e-6)
