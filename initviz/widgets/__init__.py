"""Controls → ``Experiment`` → ``Run`` → pictures, words. Imports plots and what is below it."""

from importlib import import_module

from .explorer import Chapter, Explorer
from .quiz import check, predict

# The explorer of every chapter, and the module that it is in.
EXPLORERS = {
    "explore": "main",
    "explore_symmetry": "symmetry",
    "explore_saturation": "saturation",
    "explore_schemes": "schemes",
    "explore_restarts": "restarts",
    "explore_race": "race",
    "explore_depth": "depth",
    "explore_phase": "phase",
    "explore_trainability": "trainability",
    "explore_jacobian": "jacobian",
    "explore_checkup": "checkup",
    "explore_clinic": "clinic",
}

FINISHED = {"explore_sweep": "sweep"}  # it trains nothing, and so is no chapter

__all__ = ["EXPLORERS", "Chapter", "Explorer", "check", "explore_sweep", "predict", *EXPLORERS]


def __getattr__(name: str):
    """Load an explorer, and the pictures that it alone needs, when somebody opens it."""
    modules = EXPLORERS | FINISHED
    if name in modules:
        return getattr(import_module(f".{modules[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
