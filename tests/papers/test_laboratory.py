"""Papers run again: measured on all cores, gone on with where it was stopped, and reported."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from jobs import number, number_or_danger
from matplotlib.figure import Figure

from initviz import papers
from initviz.__main__ import main
from initviz.measure.intervals import Interval
from initviz.papers import Paper, Result, Verdict, command, laboratory, report
from initviz.papers import notes as noted
from initviz.papers.result import Study
from initviz.words.numbers import between

pytestmark = pytest.mark.once

ROOT = Path(__file__).parents[2]


def conclude(measured):
    mean = np.mean([m["number"] for m in measured])
    return Verdict(f"a mean of {mean:.2f}", "yes" if abs(mean) < 1 else "no", "it is a bell curve")


def draw(measured):
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([m["number"] for m in measured])
    return figure


@pytest.fixture
def result(tmp_path):
    diary = tmp_path / "diary"
    diary.mkdir()
    jobs = [{"seed": s, "diary": str(diary), "dangerous": s == 3} for s in range(4)]
    return Result(
        "fake-result",
        "A fake",
        Paper("Nobody 1999", "On nothing", "https://a.b"),
        "the mean is 0",
        "four numbers",
        Study(lambda full: jobs, number, conclude, draw),
    )


@pytest.fixture
def diary(tmp_path):
    return tmp_path / "diary"


def times(diary):
    """How often each job has run."""
    return {
        int(path.name): len(path.read_text()) for path in diary.iterdir() if path.stem != "danger"
    }


def test_every_job_is_measured_once_and_in_order(result, diary, tmp_path):
    measured = laboratory.measure([result], False, tmp_path / "notes")
    assert times(diary) == {0: 1, 1: 1, 2: 1, 3: 1}
    drawn = (np.random.default_rng(seed).normal() for seed in range(4))
    expected = [float(f"{value:.6g}") for value in drawn]
    assert [m["number"] for m in measured["fake-result"]] == expected


def test_stopped_half_way_it_goes_on_from_there(result, diary, tmp_path):
    (diary / "danger").touch()
    with pytest.raises(RuntimeError, match="stopped half way"):
        laboratory.measure([result], False, tmp_path / "notes")
    done = times(diary)
    assert 3 not in done
    (diary / "danger").unlink()
    assert len(laboratory.measure([result], False, tmp_path / "notes")["fake-result"]) == 4
    notes = len(list((tmp_path / "notes").glob("*.json")))
    assert notes == 4
    assert times(diary)[3] == 1
    assert max(times(diary).values()) <= 2
    laboratory.measure([result], False, tmp_path / "notes")
    assert sum(times(diary).values()) == 4 + sum(n == 2 for n in times(diary).values())


def test_what_is_written_down_is_not_measured_again(result, diary, tmp_path):
    notes = tmp_path / "notes"
    jobs = [{**job, "notes": str(notes)} for job in result.study.jobs(False)]
    result = replace(result, study=Study(lambda full: jobs, number_or_danger, conclude, draw))
    (diary / "danger").touch()
    with pytest.raises(RuntimeError, match="stopped half way"):
        laboratory.measure([result], False, notes)
    assert times(diary) == {0: 1, 1: 1, 2: 1}
    (diary / "danger").unlink()
    laboratory.measure([result], False, notes)
    assert times(diary) == {0: 1, 1: 1, 2: 1, 3: 1}


def test_other_code_measures_anew(result, diary, tmp_path, monkeypatch):
    laboratory.measure([result], False, tmp_path / "notes")
    laboratory.measure([result], False, tmp_path / "notes")
    assert times(diary)[0] == 1
    monkeypatch.setattr(noted, "source", lambda: "other")
    laboratory.measure([result], False, tmp_path / "notes")
    assert times(diary)[0] == 2


def test_the_command_prints_rows_or_writes_the_report_and_clears_up(
    result, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr(command, "results", lambda: (result,))
    places = ["--folder", str(tmp_path / "docs"), "--notes", str(tmp_path / "notes")]
    assert main(["papers", "fake-result", *places]) == 0
    row = capsys.readouterr().out.strip()
    assert row.startswith("Nobody 1999, A fake · says: the mean is 0 · measured: a mean of ")
    assert row.endswith(" · agrees: yes · why: it is a bell curve")
    assert not (tmp_path / "docs").exists()
    assert list((tmp_path / "notes").iterdir())

    assert main(["papers", *places]) == 0
    assert not (tmp_path / "notes").exists()
    assert (tmp_path / "docs/papers/fake-result.png").exists()
    numbers = json.loads((tmp_path / "docs/papers.json").read_text())
    assert (tmp_path / "docs/papers.md").read_text() == report.page(
        [result], numbers, "papers"
    ) + "\n"


def test_a_name_that_does_not_exist_is_refused(capsys):
    assert main(["papers", "glorot-figure-66"]) == 2
    error = capsys.readouterr().err
    assert "glorot-figure-66" in error
    assert "did you mean 'glorot-figure-6'?" in error
    assert "hanin-lengths" in error  # and it says which there are
    assert error.count("\n") == 1


def test_ctrl_c_ends_it_with_a_sentence_and_keeps_the_notes(result, tmp_path, monkeypatch, capsys):
    def interrupted(chosen, full, notes):
        notes.mkdir()
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "results", lambda: (result,))
    monkeypatch.setattr(command, "measure", interrupted)
    places = ["--folder", str(tmp_path / "docs"), "--notes", str(tmp_path / "notes")]
    assert main(["papers", *places]) == 2
    assert "initviz papers: stopped. What is measured is kept" in capsys.readouterr().err
    assert (tmp_path / "notes").exists()
    assert not (tmp_path / "docs").exists()


def test_the_papers_own_settings_do_not_overwrite_the_report(result, tmp_path, monkeypatch):
    asked = []
    job = {"seed": 5, "diary": str(tmp_path / "diary")}
    result = replace(
        result, study=Study(lambda full: asked.append(full) or [job], *result.study[1:])
    )
    monkeypatch.setattr(command, "results", lambda: (result,))
    monkeypatch.chdir(tmp_path)
    main(["papers", "--full"])
    assert set(asked) == {True}
    assert [path.name for path in tmp_path.glob("initviz-*")] == ["initviz-papers-full"]
    assert sorted(path.name for path in tmp_path.glob("initviz-papers-full/*")) == [
        "papers",
        "papers.json",
        "papers.md",
    ]


def test_an_interval_is_written_with_its_limits():
    assert between(Interval(0.471, 0.482, 0.493), ".0%") == "48% (47% to 49%)"


# The report that is in the repository.

RESULTS = papers.results()
NUMBERS = json.loads((ROOT / "docs/papers.json").read_text())


def test_the_report_is_what_the_command_makes_of_its_numbers():
    assert (ROOT / "docs/papers.md").read_text() == report.page(RESULTS, NUMBERS, "papers") + "\n"


def test_the_numbers_are_of_the_jobs_of_today():
    assert {r.name: len(r.study.jobs(False)) for r in RESULTS} == {
        n: len(m) for n, m in NUMBERS.items()
    }


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: result.name)
def test_the_numbers_are_in_the_order_of_the_jobs(result):
    for job, measured in zip(result.study.jobs(False), NUMBERS[result.name], strict=True):
        shared = job.keys() & measured.keys() - {"steps"}  # Saxe's jobs have other steps
        given = laboratory._rounded({key: job[key] for key in shared})
        assert given == {key: measured[key] for key in shared}


def test_every_result_has_a_name_of_its_own_and_its_picture():
    assert len({result.name for result in RESULTS}) == len(RESULTS) >= 14
    found = {path.stem for path in (ROOT / "docs/papers").glob("*.png")}
    assert found == {result.name for result in RESULTS}


@pytest.mark.parametrize("name", ["glorot-figure-8", "hanin-lengths", "he-fixed"])
def test_measured_again_the_numbers_are_the_same(name):
    """The quickest job of some results; on another processor the last digits may differ."""
    (result,) = [result for result in RESULTS if result.name == name]
    job, before = result.study.jobs(False)[-1], NUMBERS[name][-1]
    after = json.loads(json.dumps(result.study.measure(**job)))
    assert after.keys() == before.keys()
    for key, value in before.items():
        if isinstance(value, str | None):
            assert after[key] == value
        else:
            np.testing.assert_allclose(np.array(after[key], float), np.array(value, float), 1e-3)
