"""The command line: ``initviz``, or ``python -m initviz``.

What a room does for it is in ``checkups/command.py`` and ``papers/command.py``, imported only when
it is asked for. The exit status is 0, or 2 with a sentence where it could not be done; that of a
check-up is 1 on a serious finding.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from io import TextIOWrapper
from pathlib import Path
from typing import Any, NoReturn

from . import __version__
from .errors import cut, in_words, tell

PACKAGE = Path(__file__).parent
FOLDER, REPORT = Path("initviz-notebooks"), "initviz-papers"
WITHOUT_A_WORD = 2.0  # seconds: to find compiled code takes one

CHECKUP = """Check the start of a model of yours: one batch goes through it, forward and backward.
The factory takes no arguments, and returns (model, X), (model, X, y) or (model, X, y, loss), as
initviz.checkup takes them. The exit status is 1 if there is a serious finding, 2 if the check-up
could not be done, and 0 otherwise."""
PAPERS = """Run the classic papers on initialisation again, a quarter of an hour on two cores, and
write what they say, what we measure and whether it agrees. Stopped at any time, it goes on from
there when it is called again."""


def run() -> NoReturn:
    """``main`` as a program, which ends without a further word whatever is pressed or closed."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # not in the background
        signal.signal(signal.SIGINT, _stop)
    status = main()
    if signal.getsignal(signal.SIGINT) is _stop:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    for stream in (each for each in (sys.stdout, sys.stderr) if each and not each.closed):
        try:
            stream.flush()
        except OSError:  # Python would try once more, and complain
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    raise SystemExit(status)


def _stop(*signalled) -> NoReturn:
    """On Ctrl-C; pressed again, while we tidy up, it is the end and no traceback."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    raise KeyboardInterrupt


def main(words: Sequence[str] | None = None) -> int:
    """Do what the words of the command line ask for; gives the exit status.

    Whatever goes wrong is told here, in one sentence: 2 is the status, also where a program of
    somebody else asks to exit with another.
    """
    name = "initviz"
    try:
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="replace")  # in a pipe, Windows knows few letters
        name, do = _asked(words)
        status = do()
        if sys.stdout is not None:
            sys.stdout.flush()  # a closed pipe, a full disk
    except BaseException as error:
        tell(f"{name}: {in_words(error)}")
        return 2
    return status


def _asked(words: Sequence[str] | None) -> tuple[str, Callable[[], int]]:
    """The name of what is asked for, and what does it; gives the exit status."""
    try:
        given = vars(_parser().parse_args(words))
    except SystemExit as end:  # after --help, or a mistake, all is said
        status = int(end.code or 0)
        return "initviz", lambda: status
    name, do = f"initviz {given.pop('command')}", given.pop("do")
    return name, lambda: do(**given)


class _Parser(argparse.ArgumentParser):
    """One sentence on a mistake, where argparse would print the usage as well."""

    def error(self, message: str) -> NoReturn:
        tell(f"{self.prog}: {message}; {self.prog} --help says more.")
        raise SystemExit(2)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("initviz", description="Why does a neural network start from random weights?")
    parser.add_argument("--version", action="version", version=f"initviz {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, do: Callable[..., int], short: str, long: str) -> Callable[..., Any]:
        added = commands.add_parser(name, help=short, description=long)
        added.set_defaults(do=do)
        return added.add_argument

    long = "Copy the notebooks of this version. What is there already is left as it is."
    add = command("notebooks", copy, "copy the notebooks into a folder", long)
    add("folder", metavar="DIR", type=_folder, help="made where it is not there")

    long = "Open the notebooks in JupyterLab. They are copied first where there are none."
    add = command("lab", lab, "open the notebooks in JupyterLab", long)
    add("folder", metavar="DIR", type=_folder, nargs="?", default=FOLDER, help=f"default: {FOLDER}")
    add("--no-browser", dest="browser", action="store_false", help="only print the address")

    add = command("checkup", _checkup, "check the start of a model", CHECKUP)
    add("address", metavar="module:factory", help="makes the model and a batch")
    watch = "take N steps of Adam as well, and tell whether the verdict holds"
    add("--watch", dest="steps", metavar="N", type=_count, default=0, help=watch)
    file = "write the findings into FILE too, as tests that CI services show"
    add("--junit", metavar="FILE", type=_file, help=file)

    add = command("papers", _papers, "run the classic papers again", PAPERS)
    only = "print only this result, by its name in the report; a wrong name lists them all"
    add("chosen", metavar="NAME", type=_result, nargs="*", help=only)
    add("--full", action="store_true", help="the papers' own settings as far as possible: hours")
    where = f"for the report; default: {REPORT}, or {REPORT}-full"
    add("--folder", metavar="DIR", type=_folder, help=where)
    where = "for what is measured so far; default: notes, in that folder"
    add("--notes", metavar="DIR", type=_folder, help=where)
    return parser


def _folder(word: str) -> Path:
    path = Path(word)
    try:
        is_file = path.exists() and not path.is_dir()
    except OSError as error:
        raise argparse.ArgumentTypeError(f"{cut(word)}: {error.strerror}") from None
    if is_file:
        raise argparse.ArgumentTypeError(f"{cut(word)} is a file, where a folder should be")
    return path


def _file(word: str) -> Path:
    path = Path(word)
    if path.is_dir() or not path.parent.is_dir():
        there = "is a folder" if path.is_dir() else f"there is no folder {path.parent} for it"
        raise argparse.ArgumentTypeError(f"{cut(word)}: {there}")
    return path


def _count(word: str) -> int:
    if not word.isdecimal():
        raise argparse.ArgumentTypeError(f"{cut(word)}: give a whole number of steps")
    return int(word)


def _result(name: str) -> Any:
    from .papers.command import named

    try:
        return named(name)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def notebooks() -> list[Path]:
    """Those of this version: inside the installed package, or beside it where it is developed."""
    inside = PACKAGE / "notebooks"
    return sorted((inside if inside.is_dir() else PACKAGE.parent / "notebooks").glob("*.ipynb"))


def copy(folder: Path) -> int:
    """Copy every notebook that is not there yet, and say what was there."""
    folder.mkdir(parents=True, exist_ok=True)
    there = [notebook.name for notebook in notebooks() if not _copied(notebook, folder)]
    print(f"{len(notebooks()) - len(there)} notebooks copied into {folder}.")
    if there:
        print(f"There already, and left as they are: {', '.join(there)}.")
    return 0


def _copied(notebook: Path, folder: Path) -> bool:
    copied = folder / notebook.name
    try:
        file = copied.open("xb")
    except FileExistsError:
        return False
    try:
        with file:
            file.write(notebook.read_bytes())
    except BaseException:  # a full disk, or Ctrl-C: half a notebook would be left as it is
        copied.unlink()
        raise
    return True


def lab(folder: Path, browser: bool) -> int:
    """Open the first notebook in JupyterLab, with the training loop compiled."""
    if find_spec("jupyterlab") is None:
        raise ImportError('JupyterLab is not installed here: pip install "initviz[lab]"')
    if not any((folder / notebook.name).exists() for notebook in notebooks()):
        copy(folder)
    compiling = _compile()
    from jupyterlab.labapp import LabApp  # meanwhile: it takes as long as to find compiled code

    _wait(compiling)
    first = folder.resolve() / notebooks()[0].name
    options = ["--no-browser"] * (not browser) + ["--allow-root"] * _is_root()
    try:
        LabApp.launch_instance([*options, str(first if first.exists() else first.parent)])
    except SystemExit as end:  # and it has said why
        return 2 if end.code else 0
    return 0


def _is_root() -> bool:
    """In a container people often are, and JupyterLab lets them in only when told to."""
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _compile() -> subprocess.Popen:
    """Not in this process, which would keep numba in memory as long as JupyterLab runs."""
    command = [sys.executable, "-P", "-m", "initviz.training.loops"]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _wait(compiling: subprocess.Popen) -> None:
    try:
        compiling.wait(WITHOUT_A_WORD)
    except subprocess.TimeoutExpired:
        print("The training loop is being compiled, once, which may take a minute …", flush=True)
        compiling.wait()


def _checkup(address: str, steps: int, junit: Path | None) -> int:
    from .checkups.command import main as check

    return check(address, steps, junit)


def _papers(chosen: list, full: bool, folder: Path | None, notes: Path | None) -> int:
    from .papers.command import main as run

    folder = folder or Path(f"{REPORT}-full" if full else REPORT)
    return run(chosen, full, folder, notes or folder / "notes")


if __name__ == "__main__":
    run()
