"""When a paper is right: what luck allows, by counting, and what its claims come to."""

import numpy as np

from initviz.papers.result import Claim, agreement, better, enough, judged


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


def test_a_paper_agrees_where_all_its_claims_do():
    assert agreement(True, True) == "yes"
    assert agreement(False, True) == "partly"
    assert agreement(False, False) == "no"


def test_a_verdict_has_the_words_for_every_claim_and_what_is_said_after_them():
    seen, unseen = Claim(True, "it is", "it is not"), Claim(False, "so it is", "so it is not")
    assert judged("7", seen, unseen) == ("7", "partly", "it is; so it is not")
    assert judged("7", seen, seen, more=". Here") == ("7", "yes", "it is; it is. Here")
    assert judged("7", seen, unseen, partly=False).agrees == "no"
    assert judged("7", seen, seen, partly=False).agrees == "yes"
    assert judged("7", unseen).agrees == "no"
