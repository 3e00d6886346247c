"""Glorot & Bengio 2010: what goes wrong in deep networks under the start of the time."""

from . import before, training

RESULTS = tuple(sorted((*before.RESULTS, *training.RESULTS), key=lambda result: result.name))
