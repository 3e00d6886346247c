"""A short way to ``measure.theory`` and ``measure.blocks``, what theory predicts."""

from .measure.blocks import *  # noqa: F403
from .measure.theory import *  # noqa: F403
