"""What the results of all papers have in common: their jobs, and what these depend on."""

import json

import pytest
from verdicts import RESULTS, TINY

pytest.importorskip("mlxtend")


def test_there_is_a_tiny_job_of_every_result():
    assert TINY.keys() == RESULTS.keys()


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", RESULTS)
def test_jobs_are_plain_and_no_two_are_alike(name, full):
    jobs = RESULTS[name].study.jobs(full)
    assert json.loads(json.dumps(jobs)) == jobs
    assert len({json.dumps(job, sort_keys=True) for job in jobs}) == len(jobs)
    assert len({frozenset(job) for job in jobs}) == 1


@pytest.mark.parametrize("paper", ["schoenholz", "hanin", "lu", "xor"])
def test_no_two_jobs_share_a_seed(paper):
    for name in (name for name in RESULTS if name.startswith(f"{paper}-")):
        for full in (False, True):
            seeds = [job["seed"] for job in RESULTS[name].study.jobs(full)]
            assert len(set(seeds)) == len(seeds)


@pytest.mark.parametrize("name", RESULTS)
def test_the_same_job_gives_the_same_numbers_and_another_seed_others(name):
    result, job = RESULTS[name], RESULTS[name].study.jobs(False)[0]
    first = json.dumps(result.study.measure(**job | TINY[name]), allow_nan=False)
    assert json.dumps(result.study.measure(**job | TINY[name])) == first
    if "seed" in job:
        other = json.dumps(result.study.measure(**job | TINY[name] | {"seed": 77}))
        assert (other == first) == (name == "xor-restarts")  # in 20 steps nobody solves it
