"""The measurements of a check-up on NumPy arrays; ``pytorch`` has them for tensors."""

from math import inf, isfinite, nan

import numpy as np

from .layer import LINES, Answers, Fields, distinct_points, is_rectifier

CHUNK = 2**18  # numbers that are measured in full precision at once, so that no copy is made of all


def note_answers(seen: Answers, answers: np.ndarray) -> None:
    """See ``Answers.note``. answers: (…, units)."""
    with np.errstate(all="ignore"):
        answers = answers.reshape(-1, answers.shape[-1])
        seen.note(answers.mean(axis=0, dtype=float), answers.std(axis=0, dtype=float))


def note_saturated(seen: Answers, z: np.ndarray, ends: tuple[float, float]) -> None:
    """Which units pass hardly any gradient. z: (…, units); ends: of ``flat_ends``."""
    low, high = ends
    z = z.reshape(-1, z.shape[-1])
    if is_rectifier(ends):
        flat, seen.dead_word = (z.max(axis=0) <= low) | (z.min(axis=0) >= high), "dead"
    else:
        flat, seen.dead_word = (z <= low) | (z >= high), "saturated"
    seen.saturated.append(float(flat.mean()))


def finite_or_inf(*numbers: float) -> tuple[float, ...]:
    """Infinite instead of NaN, which would say nothing."""
    return tuple(number if isfinite(number) else inf for number in numbers)


def moments(values: np.ndarray) -> tuple[float, float, float]:
    """(mean, std, rms); equal numbers have the std 0, without the rounding."""
    chunks = np.array_split(values.reshape(-1), max(1, values.size // CHUNK))
    with np.errstate(all="ignore"):
        mean = sum(chunk.sum(dtype=float) for chunk in chunks) / values.size
        squares = [((chunk.astype(float) - mean) ** 2).sum() for chunk in chunks]
    std = float(np.sqrt(sum(squares) / values.size))
    rms = float(np.hypot(mean, std))
    return float(mean), (0.0 if std < 1e-6 * rms else std), rms


def on_lines(values: np.ndarray, units: int) -> np.ndarray:
    """(units, LINES): every unit's products with random numbers, equal for equal units."""
    axes = [axis for axis in range(values.ndim) if axis != units % values.ndim]
    shape = [values.shape[axis] for axis in axes]
    lines = np.random.default_rng(0).standard_normal([*shape, LINES])
    with np.errstate(all="ignore"):
        points = np.tensordot(values, lines.astype(values.dtype), (axes, range(len(axes))))
    return points.astype(float)


def measured(
    W, gradient, units: int | None, learning_rate: float, moments=moments, on_lines=on_lines
) -> Fields:
    """Fields of ``Layer`` about the weights and their gradient (None where there is none).

    units: their axis, if any. moments, on_lines: for arrays of another kind than NumPy's.
    """
    mean, std, rms = moments(W)
    slope_std, slope_rms = (nan, nan) if gradient is None else finite_or_inf(*moments(gradient)[1:])
    fields = {
        "weight_mean": mean,
        "weight_std": std,
        "weight_rms": rms,
        "gradient_std": slope_std,
        "gradient_rms": slope_rms,
        "update": learning_rate * slope_rms / rms if rms else nan,
    }
    if units is not None:
        fields["units"] = W.shape[units]
        points = on_lines(W, units)
        slopes = np.zeros_like(points) if gradient is None else on_lines(gradient, units)
        fields["distinct"], fields["differing"] = distinct_points(points, slopes)
    return fields
