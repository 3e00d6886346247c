"""A short way to ``networks.initializers``, how weights are drawn."""

from .networks.initializers import *  # noqa: F403
