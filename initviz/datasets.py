"""A short way to ``networks.datasets``, what networks learn."""

from .networks.datasets import *  # noqa: F403
