"""The interactive side: controls → ``Experiment`` → ``Run`` → pictures and sentences."""

from .explorer import Explorer, explore

__all__ = ["Explorer", "explore"]
