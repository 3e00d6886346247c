"""Nobody's files: what is measured is kept in notes, and no other file is lost for it."""

import os
import signal
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from initviz.__main__ import main
from initviz.papers import Paper, Result, Verdict, command, laboratory, report
from initviz.papers import notes as noted
from initviz.papers.result import Study

pytestmark = pytest.mark.once

JOBS = [{"seed": seed} for seed in range(3)]
MEASURED = {"number": 0.123456, "rows": [[1, None], [2.5e-07, float("nan")]], "word": "e"}


def conclude(measured):
    return Verdict(f"{len(measured)} numbers", "yes", "they are numbers")


RESULT = Result(
    "fake-result",
    "A fake",
    Paper("Nobody 1999", "On nothing", "https://a.b"),
    "says",
    "setting",
    Study(lambda full: JOBS, lambda seed: {"number": seed}, conclude, lambda measured: Figure()),
)


@pytest.fixture
def measured(monkeypatch):
    """How often each job was measured, here and not in processes of their own."""
    times = Counter()

    def all_here(jobs):
        for n, (result, job) in jobs.items():
            times[n] += 1
            yield n, result.study.measure(**job)

    monkeypatch.setattr(laboratory, "_all", all_here)
    monkeypatch.setattr(command, "results", lambda: (RESULT,))
    return times


def papers(folder, *words):
    return main(
        ["papers", *words, "--folder", str(folder / "docs"), "--notes", str(folder / "notes")]
    )


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


@pytest.fixture(scope="module")
def note(tmp_path_factory):
    path = tmp_path_factory.mktemp("notes") / "fake-result-0123456789abcdef.json"
    noted.write(path, MEASURED, True)
    return path


def test_a_note_says_what_was_written(note):
    said = noted.read(note)
    np.testing.assert_equal(said.measured, MEASURED)
    assert (said.code, said.made) == (noted.source(), True)
    assert list(note.parent.iterdir()) == [note]  # and no draft of it


@given(st.data())
def test_a_damaged_note_is_none(note, data):
    whole = note.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    flipped = whole[at] ^ 1 << data.draw(st.integers(0, 7))
    other = data.draw(st.binary())
    damaged = note.with_name("damaged")
    damaged.mkdir(exist_ok=True)
    copy = damaged / note.name
    for content in (
        whole[:at],
        whole[:at] + bytes([flipped]) + whole[at + 1 :],
        whole + b" ",
        other,
    ):
        copy.write_bytes(content)
        assert noted.read(copy) is None
    copy.write_bytes(whole)
    assert noted.read(copy)


def test_a_note_by_another_name_is_none(note, tmp_path):
    copy = tmp_path / "fake-result-0123456789abcdee.json"
    copy.write_bytes(note.read_bytes())
    assert noted.read(copy) is None


def test_a_note_that_cannot_be_written_leaves_no_half(tmp_path, monkeypatch):
    def full(*paths):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        noted.write(tmp_path / "note.json", MEASURED, True)
    assert not files(tmp_path)


@pytest.mark.parametrize("made", [(True, False), (False, True), (False, False)])
def test_one_note_that_says_so_is_enough_for_the_folder_to_go(tmp_path, made):
    """In whichever order they are found."""
    (tmp_path / "notes").mkdir()
    for digit, each in zip("01", made, strict=True):
        noted.write(tmp_path / "notes" / f"fake-result-{digit * 16}.json", MEASURED, each)
    noted.forget([RESULT], tmp_path / "notes")
    assert (tmp_path / "notes").exists() != any(made)


def test_of_what_is_damaged_or_old_it_is_said_that_it_is_measured_again(
    measured, tmp_path, capsys, monkeypatch
):
    assert papers(tmp_path, "fake-result") == 0
    assert (measured, "of no use" in capsys.readouterr().err) == (Counter(range(3)), False)
    first, second, _ = sorted((tmp_path / "notes").iterdir())
    first.write_text('{"number": NaN}')
    second.write_bytes(second.read_bytes()[:-9])
    assert papers(tmp_path, "fake-result") == 0
    assert sorted(measured.values()) == [1, 2, 2]
    said = (
        "2 damaged notes in {}, and 0 of other code, are of no use: those jobs are measured again."
    )
    assert said.format(tmp_path / "notes") in capsys.readouterr().err
    monkeypatch.setattr(noted, "source", lambda: "other")
    assert papers(tmp_path, "fake-result") == 0
    assert sorted(measured.values()) == [2, 3, 3]
    assert " 0 damaged notes in" in (err := capsys.readouterr().err)
    assert ", and 3 of other code," in err


def test_the_fingerprint_is_of_every_file(tmp_path, monkeypatch):
    (tmp_path / "a.py").write_text("1")
    monkeypatch.setattr(noted, "PACKAGE", tmp_path)
    prints = []
    for text in ("1", "2", "1"):
        (tmp_path / "a.py").write_text(text)
        noted.source.cache_clear()
        prints.append(noted.source())
    noted.source.cache_clear()
    assert prints[0] == prints[2] != prints[1]


def test_what_is_not_ours_is_left(measured, tmp_path):
    """Whatever its name; and what we have left there goes, after a kill as well."""
    place, theirs = tmp_path / "notes", "0123456789abcdef"
    place.mkdir()
    ours = noted.OURS.decode()
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text(ours)
    for name in ("thesis.tex", "fake-result-2.json", f"fake-result-{theirs}.json"):
        (place / name).write_text("mine")
    (place / f"fake-result-{theirs}-half.draft").write_text("mine")
    (place / f"fake-result-{theirs}-mine.txt").write_text(ours)
    (place / f"fake-result-{theirs[::-1]}.json").symlink_to(elsewhere)
    (place / f"fake-result-{'0' * 16}.json").mkdir()
    before = files(place)
    (place / f"fake-result-{theirs}-killed.draft").write_text(f"{ours}1234")
    (place / f"fake-result-{'1' * 16}.json").write_text(f"{ours}of old code, damaged")
    assert papers(tmp_path) == 0
    assert files(place) == before
    assert elsewhere.read_text() == ours


@pytest.mark.parametrize(("there", "left"), [(False, False), (True, True)])
def test_a_folder_goes_if_it_was_made_for_the_notes(measured, tmp_path, there, left):
    """Also after it was stopped, and gone on with when the folder was there already."""
    if there:
        (tmp_path / "notes").mkdir()
    assert papers(tmp_path, "fake-result") == 0
    next((tmp_path / "notes").iterdir()).unlink()
    assert papers(tmp_path) == 0
    assert (tmp_path / "notes").exists() == left
    assert measured.total() == 4


def test_a_folder_stays_with_what_somebody_has_put_there(measured, tmp_path):
    assert papers(tmp_path, "fake-result") == 0
    (tmp_path / "notes/mine.txt").touch()
    assert papers(tmp_path) == 0
    assert files(tmp_path / "notes") == {"mine.txt"}


@pytest.mark.parametrize("option", ["--folder", "--notes"])
@pytest.mark.parametrize("place", ["file/below", "file/far/below", "loop"])
def test_what_cannot_be_written_is_found_before_all_measuring(
    measured, tmp_path, monkeypatch, capsys, option, place
):
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to("loop")
    monkeypatch.chdir(tmp_path)
    before = files(tmp_path)
    assert main(["papers", option, place]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n"), measured.total()) == ("", 1, 0)
    assert err.startswith(f"initviz papers: {option}='{place}': it cannot be written (")
    assert files(tmp_path) == before


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="these may write everywhere"
)
def test_a_folder_that_may_not_be_written_is_found_too(measured, tmp_path, capsys):
    tmp_path.chmod(0o500)
    assert papers(tmp_path) == 2
    assert "it cannot be written (Permission denied)" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["papers.md", "papers.json", "papers/fake-result.png", "papers.md/"]
)
def test_a_report_is_written_over_nobodys_file(measured, tmp_path, capsys, name):
    path = tmp_path / "docs" / name
    path.parent.mkdir(parents=True)
    path.mkdir() if name.endswith("/") else path.write_text("# Papers that I have read")
    before = files(tmp_path)
    assert papers(tmp_path) == 2
    assert (measured.total(), files(tmp_path)) == (0, before)
    assert f"{name.rstrip('/')} is there already, and no report of ours" in capsys.readouterr().err


def test_nor_is_one_through_a_link(measured, tmp_path):
    assert papers(tmp_path) == 0
    page, mine = tmp_path / "docs/papers.md", tmp_path / "mine.md"
    page.rename(mine)
    page.symlink_to(mine)
    assert papers(tmp_path) == 2
    assert page.is_symlink()


def test_a_report_takes_the_place_of_the_one_before_also_of_half_a_one(
    measured, tmp_path, monkeypatch
):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/README.md").write_text("mine")
    with monkeypatch.context() as patch:
        patch.setattr(report, "_picture", lambda *a: tmp_path / "no such folder" / "p.png")
        assert papers(tmp_path) == 2
    assert (tmp_path / "docs/papers.md").exists()
    for _ in range(2):
        assert papers(tmp_path) == 0
    assert (tmp_path / "docs/README.md").read_text() == "mine"
    names = {"README.md", "papers", "papers.md", "papers.json", "papers/fake-result.png"}
    assert files(tmp_path / "docs") == names


def test_the_report_in_the_repository_is_ours():
    report.check_place((), Path(__file__).parents[2] / "docs")


@pytest.mark.parametrize("name", ["symlink", "folder"])
def test_what_is_in_the_place_of_a_note_is_left(measured, tmp_path, capsys, name):
    path = noted.place(tmp_path / "notes", RESULT, JOBS[1])
    path.parent.mkdir()
    path.symlink_to(tmp_path / "mine") if name == "symlink" else path.mkdir()
    assert papers(tmp_path) == 2
    assert measured.total() == 0
    assert f"{path.name} is no note, but in the place of one" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals cannot be held back there")
def test_ctrl_c_is_heard_when_all_workers_are_started():
    heard = []

    def started():
        with laboratory._deaf_to_ctrl_c():
            os.kill(os.getpid(), signal.SIGINT)
            heard.append("not yet")

    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # none in the background
    try:
        with pytest.raises(KeyboardInterrupt):
            started()
    finally:
        signal.signal(signal.SIGINT, before)
    assert heard == ["not yet"]
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
