"""What a pinned run had otherwise, and how it did."""

from dataclasses import asdict

import numpy as np

from ..training.run import Run
from .numbers import short, title, value_name


def comparable(run: Run, pinned: Run) -> bool:
    """Whether both learn the same data by the same loss.

    The numbers count and not the name: an edited data set is another one.
    """
    ours, theirs = run.dataset, pinned.dataset
    return run.loss_name == pinned.loss_name and (
        ours is theirs or (np.array_equal(ours.X, theirs.X) and np.array_equal(ours.y, theirs.y))
    )


def differences(run: Run, pinned: Run) -> str:
    """The settings that the pinned run had otherwise; empty if none."""
    now, then = asdict(run.experiment), asdict(pinned.experiment)
    names = [name for name in now if now[name] != then[name]]
    return ", ".join(f"{title(name)} {value_name(then[name])}" for name in names)


def compare(run: Run, pinned: Run) -> str:
    """What the pinned run had otherwise, and how it did.

    >>> import initviz as iv
    >>> run, pinned = (iv.train(iv.Experiment(scale=s, epochs=1, restarts=1)) for s in (1, 2))
    >>> compare(run, pinned).partition(";")[0]
    'Pinned: scale 2'
    """
    settings = differences(run, pinned)
    if not comparable(run, pinned):
        return f"Pinned: {settings or 'the same'}. It learnt other data, so it is not drawn."
    if not settings:
        return "Pinned: this run."
    best = [short(r.losses[-1, r.best]) for r in (pinned, run)]
    return f"Pinned: {settings}; in the end its best loss is {best[0]}, here {best[1]}."
