"""The command line: ``initviz``."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from urllib.error import URLError
from urllib.request import urlopen

import pytest

import initviz as iv
from initviz import __main__ as command_line
from initviz.__main__ import main

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
FIRST = NOTEBOOKS[0].name


def test_the_notebooks_are_copied_as_they_are(tmp_path, capsys):
    folder = tmp_path / "new" / "lessons"
    assert main(["notebooks", str(folder)]) == 0
    assert capsys.readouterr().out == f"{len(NOTEBOOKS)} notebooks copied into {folder}.\n"
    for notebook in NOTEBOOKS:
        assert (folder / notebook.name).read_bytes() == notebook.read_bytes()


def test_nothing_of_the_users_is_overwritten(tmp_path, capsys):
    mine = tmp_path / FIRST
    mine.write_text("my answers")
    (tmp_path / NOTEBOOKS[1].name).symlink_to(tmp_path / "not_mounted")
    assert main(["notebooks", str(tmp_path)]) == 0
    assert mine.read_text() == "my answers"
    assert not (tmp_path / "not_mounted").exists()
    copied, there = capsys.readouterr().out.splitlines()
    assert copied.startswith(f"{len(NOTEBOOKS) - 2} notebooks copied")
    assert there == f"There already, and left as they are: {FIRST}, {NOTEBOOKS[1].name}."


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "COMMAND"),
        (["notebok"], "'notebok' (choose from"),
        (["notebooks"], "DIR"),
        (["notebooks", str(ROOT / "LICENSE")], " is a file, where a folder should be"),
        (["notebooks", "x" * 300], "x…: File name too long"),
        (["lab", "a", "b"], "unrecognized arguments: b"),
        (["papers", "he-dept"], "did you mean 'he-depth'?"),
    ],
)
def test_a_mistake_gets_one_sentence(words, said, capsys):
    assert main(words) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert said in err


def test_a_folder_that_cannot_be_made_gets_one_sentence(capsys):
    assert main(["notebooks", str(ROOT / "LICENSE" / "below")]) == 2
    assert re.fullmatch(r"initviz notebooks: .*LICENSE.*\n", capsys.readouterr().err)


def test_half_a_notebook_is_not_left(tmp_path, monkeypatch, capsys):
    def full(path):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_bytes", full)
        assert main(["notebooks", str(tmp_path)]) == 2
    assert "No space left" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_ctrl_c_gets_one_sentence(tmp_path, monkeypatch, capsys):
    def interrupted(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr("initviz.__main__.copy", interrupted)
    assert main(["notebooks", str(tmp_path)]) == 2
    assert capsys.readouterr().err == "initviz notebooks: stopped\n"


def test_help_says_what_there_is(capsys):
    def shown(*words):
        assert main([*words, "--help"]) == 0
        return capsys.readouterr().out

    commands = re.findall(r"^    (\w+)", shown(), re.MULTILINE)
    assert commands == ["notebooks", "lab", "checkup", "papers"]
    for command in commands:
        assert re.match(rf"usage: initviz {command} .*\n\n[A-Z][^.:]+[.:]", shown(command))


def test_the_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"initviz {iv.__version__}\n"


def test_a_pipe_that_knows_few_letters_gets_what_it_knows(tmp_path):
    run = [sys.executable, "-m", "initviz", "notebooks", str(tmp_path / "Übung")]
    few = {**os.environ, "PYTHONIOENCODING": "ascii:strict", "PYTHONUTF8": "1"}
    done = subprocess.run(run, env=few, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "?bung" in done.stdout


ENDS = (
    ("notebooks there >/dev/full", 2, "initviz notebooks: [Errno 28] No space left on device\n"),
    ("notebooks there >&-", 0, ""),
    ("notebooks there 2>&-", 0, ""),
    ("--help >/dev/full", 2, "initviz: [Errno 28] No space left on device\n"),
    ("notebooks /dev/null/x >&- 2>&-", 2, ""),
    ("notebooks /dev/null/x 2>/dev/full", 2, ""),
)


@pytest.mark.skipif(sys.platform != "linux", reason="these places are Linux's")
@pytest.mark.parametrize(("words", "status", "said"), ENDS)
def test_where_nothing_can_be_printed(tmp_path, words, status, said):
    run = ["sh", "-c", f"exec '{sys.executable}' -m initviz {words}"]
    usual = {**os.environ, "PYTHONUNBUFFERED": ""}  # else argparse keeps it to itself
    done = subprocess.run(run, cwd=tmp_path, env=usual, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (status, said)


def test_a_pipe_that_is_closed(tmp_path):
    run, (read, write) = [sys.executable, "-m", "initviz", "notebooks", "there"], os.pipe()
    os.close(read)
    done = subprocess.run(run, cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, text=True)
    os.close(write)
    assert done.returncode == 2
    assert re.fullmatch(r"initviz notebooks: .+\n", done.stderr)


@pytest.mark.parametrize(
    ("before", "within", "after"),
    [
        (signal.default_int_handler, "_stop", signal.SIG_DFL),
        (signal.SIG_IGN, "Handlers.SIG_IGN", signal.SIG_IGN),  # in the background of a script
    ],
)
def test_ctrl_c_is_heard_once_and_the_second_is_the_end(monkeypatch, before, within, after):
    heard = []
    monkeypatch.setattr(command_line, "main", lambda: heard.append(signal.getsignal(2)) or 0)
    usual = signal.signal(signal.SIGINT, before)
    try:
        with pytest.raises(SystemExit, match="0"):
            command_line.run()
        assert within in repr(heard)
        assert signal.getsignal(signal.SIGINT) is after
        with pytest.raises(KeyboardInterrupt):
            command_line._stop()
        assert signal.getsignal(signal.SIGINT) is signal.SIG_DFL
    finally:
        signal.signal(signal.SIGINT, usual)


class Lab:
    """What JupyterLab was started with."""

    words: list[str]

    @classmethod
    def launch_instance(cls, words):
        cls.words = words


@pytest.fixture
def fake_lab(monkeypatch):
    """JupyterLab only writes down what it is told; nothing is compiled, and nobody is root."""
    monkeypatch.setitem(sys.modules, "jupyterlab.labapp", SimpleNamespace(LabApp=Lab))
    monkeypatch.setattr("initviz.__main__.find_spec", lambda name: name == "jupyterlab" or None)
    monkeypatch.setattr("initviz.__main__._is_root", lambda: False)
    compiled = [sys.executable, "-c", "print('compiled')"]
    monkeypatch.setattr(
        "initviz.__main__._compile", lambda: subprocess.Popen(compiled, stdout=subprocess.DEVNULL)
    )
    return Lab


def test_lab_copies_the_notebooks_where_there_are_none(tmp_path, monkeypatch, fake_lab):
    monkeypatch.chdir(tmp_path)
    assert main(["lab"]) == 0
    copied = sorted((tmp_path / "initviz-notebooks").iterdir())
    assert [path.name for path in copied] == [path.name for path in NOTEBOOKS]
    assert fake_lab.words == [str(copied[0].resolve())]


def test_lab_adds_none_to_those_that_somebody_has_kept(tmp_path, fake_lab, capsys):
    (tmp_path / NOTEBOOKS[3].name).touch()
    assert main(["lab", str(tmp_path), "--no-browser"]) == 0
    assert [path.name for path in tmp_path.iterdir()] == [NOTEBOOKS[3].name]
    assert fake_lab.words == ["--no-browser", str(tmp_path.resolve())]
    assert capsys.readouterr().out == ""


def test_lab_lets_root_in_and_says_that_it_compiles(tmp_path, monkeypatch, fake_lab, capsys):
    monkeypatch.setattr("initviz.__main__._is_root", lambda: True)
    monkeypatch.setattr("initviz.__main__.WITHOUT_A_WORD", 0)
    assert main(["lab", str(tmp_path)]) == 0
    assert "--allow-root" in fake_lab.words
    assert "compiled" in capsys.readouterr().out


def test_without_jupyterlab_lab_says_how_to_get_it(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("initviz.__main__.find_spec", lambda name: None)
    assert main(["lab", str(tmp_path / "new")]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert 'pip install "initviz[lab]"' in err
    assert not (tmp_path / "new").exists()


def answer(address, seconds=30):
    """JupyterLab says where it is a moment before it listens."""
    stop = time.monotonic() + seconds
    while True:
        try:
            with urlopen(address) as response:
                return response
        except URLError:
            if time.monotonic() > stop:
                raise
            time.sleep(0.05)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_lab_for_real(tmp_path):
    """It answers, shows the notebooks, and ends when it is told to."""
    pytest.importorskip("jupyterlab")
    run = [sys.executable, "-m", "initviz", "lab", "lessons", "--no-browser"]
    how = {"cwd": tmp_path, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(run, **how) as server:
        assert server.stdout
        try:
            said = iter(server.stdout.readline, "")
            address = next(filter(None, (re.search(r"(http://\S+/)lab\?(\S+)", s) for s in said)))
            place, token = address.groups()
            assert answer(f"{place}api/contents/{FIRST}?content=0&{token}").status == 200
        finally:
            server.send_signal(signal.SIGTERM)
            server.stdout.read()
    assert server.returncode == 0
    assert len(list((tmp_path / "lessons").glob("*.ipynb"))) == len(NOTEBOOKS)
