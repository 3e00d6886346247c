"""A short way to ``measure.theory``, what theory predicts."""

from .measure.theory import *  # noqa: F403
