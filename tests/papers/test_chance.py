"""What luck allows, by counting."""

import numpy as np

from initviz.papers.chance import better, enough


def test_enough_is_what_luck_allows():
    assert enough([True] * 8)
    assert enough([True] * 6 + [False] * 2)
    assert not enough([True] * 5 + [False] * 3)


def test_better_is_what_hardly_happens_by_chance():
    """4 against 4: the lowest sum of ranks comes up once in 70 ways, the two lowest 2 times."""
    assert better(np.array([1.0, 2, 3, 4]), np.array([5.0, 6, 7, 8]))
    assert not better(np.array([1.0, 2, 3, 5]), np.array([4.0, 6, 7, 8]))
    assert not better(np.array([5.0, 6, 7, 8]), np.array([1.0, 2, 3, 4]))
    assert not better(np.ones(8), np.ones(8))
