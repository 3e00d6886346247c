"""A sweep's table: the grid of a heat map, and what is best, chosen and measured apart."""

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from pandas import DataFrame
from pandas.api.types import is_string_dtype

from ..errors import bad, items, one_of
from .intervals import Interval, median_interval, proportion_interval
from .sweeps import MEASURES, SHARES

MORE_IS_BETTER = ("learnt", "accuracy")
NONE = {"batch_size": "full batch", "loss_function": "the data's own"}  # what None says of them
MISSING = "none"  # of other settings


def swept(frame: DataFrame) -> list[str]:
    """The columns of a sweep's table that are settings; ValueError if it is no such table."""
    measured = {"restart", *MEASURES}
    table = "give the table of initviz.sweep, with its rows"
    if not isinstance(frame, DataFrame):
        raise bad("frame", frame, f"{table}; pandas.read_csv reads it from a file")
    names = frame.columns.tolist()
    missing = [name for name in ("restart", *MEASURES) if name not in names]
    if missing:
        raise bad("frame.columns", names, f"{table}; this one has no column {', '.join(missing)}")
    if not len(frame):
        raise bad("frame", frame, table)
    if not all(isinstance(name, str) for name in names) or len(set(names)) < len(names):
        raise bad("frame.columns", names, "give each of them a name, and each name once")
    for name in measured:
        _check_numbers(frame, name)
    settings = [name for name in names if name not in measured]
    for name in settings:
        if not all(isinstance(value, Hashable) for value in frame[name]):
            raise bad(name, frame[name].iloc[0], "give texts, numbers or tuples in this column")
    return settings


def _check_numbers(frame: DataFrame, name: str) -> None:
    """ValueError unless this column has numbers, or None; a restart always has its own."""
    values: Any = frame[name]
    try:
        there = values.astype(float)
    except (TypeError, ValueError):
        raise bad(name, values.iloc[0], "give numbers in this column") from None
    if is_string_dtype(values) or (name == "restart" and not np.isfinite(there).all()):
        raise bad(name, values.iloc[0], "give numbers in this column")


def worded(frame: DataFrame) -> DataFrame:
    """The table with words for None, which is no value to pandas, nor to a menu, and without the
    networks of which nothing was measured, since no worker survived them.
    """
    swept(frame)
    frame = frame.loc[frame[[*MEASURES]].notna().any(axis=1)]
    words = {}
    for name in swept(frame):
        gaps = frame[name].isna().to_numpy()
        if gaps.any():
            values = zip(frame[name], gaps, strict=True)
            words[name] = [NONE.get(name, MISSING) if gap else value for value, gap in values]
    plain = {n: isinstance(frame[n].dtype, np.dtype) for n in MEASURES}  # else it may have pd.NA
    as_floats = [n for n in MEASURES if not plain[n] or frame[n].dtype == object]
    numbers = {n: frame[n].astype(float) for n in as_floats}
    return frame.assign(**words, **numbers)


def grid(
    frame: DataFrame, across: str, down: str, shown: str = "learnt"
) -> tuple[np.ndarray, list, list]:
    """(values (rows, columns), the rows' settings, the columns'), in the order of the sweep.

    A value is a share of the networks for "learnt" and "diverged", their median for other measures,
    over all restarts and over every setting that is neither across nor down. NaN where none is.
    """
    frame, shown, across, down = _checked(frame, shown, across=across, down=down)
    columns, rows = list(dict.fromkeys(frame[across])), list(dict.fromkeys(frame[down]))
    grouped: Any = frame.groupby([down, across], sort=False)[shown]
    summary = (grouped.mean() if shown in SHARES else grouped.median()).to_dict()
    values = [[summary.get((row, column), np.nan) for column in columns] for row in rows]
    return np.array(values, dtype=float), rows, columns


def shades(values: np.ndarray, shown: str) -> np.ndarray:
    """0 for the worst, 1 for the best; shares are their own. What overflows is worst of all."""
    better = shown in MORE_IS_BETTER
    if shown in SHARES:
        return values if better else 1 - values
    there = values[np.isfinite(values)]
    if not there.size or np.ptp(there) == 0:
        return np.where(np.isfinite(values), 1.0, np.where(np.isnan(values), np.nan, 0.0))
    share = (values - there.min()) / np.ptp(there)
    return np.clip(share if better else 1 - share, 0, 1)


LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)  # of a fan


def fan(frame: DataFrame, across: str, shown: str) -> tuple[list, np.ndarray, float]:
    """(the settings, a measure's quantiles at each (``LEVELS``, settings), where an axis may end).

    A quantile is one of the values, so that infinite ones do no harm to finite ones. Whoever
    diverged counts as infinite.
    """
    frame, shown, across = _checked(frame, shown, across=across)
    grouped = frame.groupby(across, sort=False)[shown]
    groups = [values.fillna(np.inf).to_numpy(float) for _, values in grouped]
    levels = [np.quantile(values, LEVELS, method="nearest") for values in groups]
    there = np.concatenate(groups)
    there = there[np.isfinite(there)]
    top = 1.05 * np.quantile(there, LEVELS[-1], method="nearest") if there.size else 1.0
    return list(dict.fromkeys(frame[across])), np.transpose(levels), float(top)


def _checked(frame: DataFrame, shown: str, **settings: str) -> tuple[Any, ...]:
    """The table ``worded``, the measure and the settings as it has them, or ValueError."""
    known = swept(frame)
    named = [one_of(argument, setting, known) for argument, setting in settings.items()]
    names = one_of("shown", shown, MEASURES), *named
    if len(set(named)) < len(named):
        raise bad(" and ".join(settings), named, "give two different ones")
    return worded(frame), *names


def best(
    frame: DataFrame, of: Sequence[str], per: str, shown: str = "learnt"
) -> dict[Any, tuple[tuple, Interval]]:
    """For every value of ``per`` the best choice of the settings ``of``, and how good it is.

    It is chosen on the restarts with even numbers and measured on the others: the best of many
    would look better than it is on the numbers that it was chosen by. Of equally good ones, the one
    with the lowest median loss. Left out is what has restarts of one kind only; raises ValueError
    where nothing is left.
    """
    given = {f"of[{n}]": name for n, name in enumerate(items("of", of, "give a list of settings"))}
    frame, shown, *of, per = _checked(frame, shown, **given, per=per)
    frame = frame.loc[_in_both_halves(frame, [*of, per])]
    if frame.empty:
        raise bad("frame", "1 restart", "give at least two: one to choose by, one to measure")
    return {value: _best(rows, of, shown) for value, rows in frame.groupby(per, sort=False)}


def has_halves(frame: DataFrame, *settings: str) -> bool:
    """Whether something can be chosen by one half of the restarts and measured on the other."""
    return bool(_in_both_halves(frame, [*settings]).any())


def _in_both_halves(frame: Any, settings: list[str]) -> np.ndarray:
    """(rows,) bool: are there even and odd restarts of the same settings?"""
    odd = (frame["restart"] % 2).groupby([frame[name] for name in settings], sort=False)
    return (odd.transform("min") != odd.transform("max")).to_numpy()


def _best(rows: Any, of: list[str], shown: str) -> tuple[tuple, Interval]:
    even = rows["restart"] % 2 == 0
    groups = rows[even].fillna({shown: np.inf, "loss": np.inf}).groupby(of, sort=False)
    scores = groups[shown].mean() if shown in SHARES else groups[shown].median()
    scores = -scores if shown in MORE_IS_BETTER else scores
    order = DataFrame({"score": scores, "loss": groups["loss"].median()})
    chosen = order.sort_values(["score", "loss"], kind="stable").index[0]
    chosen = chosen if len(of) > 1 else (chosen,)
    hit = [row == chosen for row in rows[of].itertuples(index=False, name=None)]
    values = rows.loc[~even & np.array(hit), shown].fillna(np.inf).to_numpy()
    return chosen, proportion_interval(values) if shown in SHARES else median_interval(values)
