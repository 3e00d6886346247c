"""What counts as what: each standard is said once, here, and everything else reads it."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

# The standard deviation that each scheme aims at, from (fan_in, fan_out). "PyTorch" is what its
# layers do when nobody says anything.
SCHEMES: dict[str, Callable[[int, int], float]] = {
    "Glorot": lambda fan_in, fan_out: sqrt(2 / (fan_in + fan_out)),
    "He": lambda fan_in, fan_out: sqrt(2 / fan_in),
    "LeCun": lambda fan_in, fan_out: sqrt(1 / fan_in),
    "PyTorch": lambda fan_in, fan_out: sqrt(1 / (3 * fan_in)),
}

# Lowest and highest healthy value of each sign. They are told in the order of a check-up.
ZONES: dict[str, tuple[float, float]] = {
    "weights": (0.5, 2.0),
    "signal": (0.01, 10.0),
    "idle": (0.0, 0.75),
    "distinct": (0.5, 1.0),
    "gradient": (0.01, 10.0),
    "update": (3e-4, 1.0),
    "loss": (0.0, 3.0),
}

WORST = 9.0  # decades; zero, infinity and units that are all equal count as this
