"""Who gets there first: epochs to a finish line, start against start and seed against seed."""

import numpy as np

from ..training.run import Run, guessing_loss
from .intervals import Interval
from .once import once_per_run
from .standards import WELL


def finish_line(run: Run) -> float:
    """The loss at which a network has learnt well: the same share of guessing for every run."""
    return WELL * guessing_loss(run)


def epochs_to_share(run: Run, share: float) -> np.ndarray:
    """(restarts,): the first epoch with at most this share of guessing's loss, inf if never."""
    return run.epochs_to(float(np.nan_to_num(share * guessing_loss(run))))


@once_per_run
def finish_epochs(run: Run) -> np.ndarray:
    """(restarts,): the epoch at which each crosses the finish line, inf where it does not."""
    return epochs_to_share(run, WELL)


def is_paired(run: Run, pinned: Run | None) -> bool:
    """Whether restart r of both runs draws from the same random numbers."""
    return pinned is not None and pinned.experiment.seed == run.experiment.seed


def count_wins(run: Run, pinned: Run) -> tuple[int, int, int]:
    """On how many seeds ``run`` is faster than ``pinned``, slower, and neither."""
    pairs = zip(finish_epochs(run), finish_epochs(pinned), strict=False)
    signs = [int(ours < theirs) - int(ours > theirs) for ours, theirs in pairs]
    return signs.count(1), signs.count(-1), signs.count(0)


def share_across(run: Run, last: int) -> np.ndarray:
    """The share of restarts that have crossed the finish line, at epochs 0 to ``last``."""
    finish = np.sort(finish_epochs(run))
    return np.searchsorted(finish, np.arange(last + 1), side="right") / len(finish)


def median_over_restarts(values: np.ndarray) -> np.ndarray:
    """(…, restarts) to (…). Numbers that are gone count as infinitely bad, not as missing."""
    return np.median(np.where(np.isfinite(values), values, np.inf), axis=-1)


def quartiles(losses: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Lower quartile, median and upper quartile over the restarts; (epochs + 1,) each."""
    ordered = np.sort(np.where(np.isfinite(losses), losses, np.inf), axis=1)
    quarter = (losses.shape[1] - 1) // 4
    return ordered[:, quarter], median_over_restarts(losses), ordered[:, -1 - quarter]


def spread(finish: np.ndarray) -> Interval:
    """The middle 80 % of the finish epochs and their median; inf is a value like any other."""
    low, middle, high = np.quantile(finish, [0.1, 0.5, 0.9], method="inverted_cdf")
    return Interval(float(low), float(middle), float(high))
