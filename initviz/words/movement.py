"""In words: how far the weights are from their start, and in how many directions units look."""

from math import isfinite

import numpy as np

from ..measure.movement import course
from ..measure.standards import AWAY, NEAR
from ..training.run import Run, guessing_loss
from .common import NO_LAYER, compare
from .explain import outcome
from .numbers import short

NOTHING = "units that count for nothing"


def explain_movement(run: Run, epoch: int) -> str:
    """How far the weights of layer 1 have come, what that says, and what the units have become."""
    if not run.experiment.hidden_layers:
        return NO_LAYER
    if run.diverged.all():
        return outcome(run, epoch)
    measured = course(run)
    now = int(np.abs(measured.epochs - epoch).argmin())
    distance = float(np.median(measured.distance[now, ~run.diverged]))
    moved = f"At epoch {measured.epochs[now]:,} {_moved(distance)}" if now else ""
    return " ".join(filter(None, (moved, _look(run, now), _loss(run, epoch))))


def _moved(distance: float) -> str:
    if distance == 0:
        return "the weights of layer 1 have not moved."
    if not isfinite(distance):
        return "the weights of layer 1 have moved, and they were 0 before."
    verdict = "."
    if distance < NEAR:
        verdict = ": they are still near their start."
    elif distance > AWAY:
        verdict = ": their start is far behind."
    length = f"{short(distance)} times the length that they had"
    return f"the weights of layer 1 have moved by {length}{verdict}"


def _look(run: Run, now: int) -> str:
    units = run.experiment.hidden_layers[0]
    if units == 1:
        return "Layer 1 has a single unit."
    first, last = (_directions(run, k) for k in (0, now))
    if now == 0:
        return f"Before training layer 1 has {units} units: {first}."
    return f"Now it has {last}; before training {first}."


def _directions(run: Run, point: int) -> str:
    count = float(np.median(course(run).directions[point, ~run.diverged]))
    if not isfinite(count):
        return NOTHING
    return f"{count:.1f} directions in use" if count >= 1.05 else "one direction in use"


def _loss(run: Run, epoch: int) -> str:
    loss = short(float(np.median(run.losses[epoch, ~run.diverged])))
    return f"The median loss is {loss}; guessing gives {short(guessing_loss(run))}."


def compare_movement(run: Run, pinned: Run) -> str:
    """What the pinned run had otherwise, and in how many directions its units look at the end."""
    if not pinned.experiment.hidden_layers or pinned.diverged.all():
        return compare(run, pinned)
    return compare(run, pinned, f"It ends with {_directions(pinned, -1)}.")
