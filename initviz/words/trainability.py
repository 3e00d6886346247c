"""In words: a map of what can be trained."""

import numpy as np

from ..measure.trainability import Trainability, deepest, shares_learnt
from .numbers import after, count


def explain_trainability(run: Trainability, epoch: int) -> str:
    """How many of the cells under and above theory's line have learnt, and how deep the deepest."""
    sides = zip(("under", "above"), shares_learnt(run), strict=True)
    line = "the dashed line"
    shares = [f"{share:.0%} of the cells {side} {line}" for side, share in sides if share >= 0]
    text = f"{after(epoch)}, {' and '.join(shares)} have learnt at least a little."
    reached = deepest(run)
    most = int(reached.max())
    if not most:
        return f"{text} No network has learnt."
    scales = np.array(run.scales)[reached == most] * run.experiment.scale
    limits = f"{scales[0]:.2g}" if len(scales) == 1 else f"{scales[0]:.2g} to {scales[-1]:.2g}"
    deep = f"{count(most, 'hidden layer')}, at a scale of {limits}"
    return f"{text} The deepest networks that learn have {deep}."
