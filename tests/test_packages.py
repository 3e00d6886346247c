"""The wheel and the source package, as somebody gets them who has only Python and pip."""

import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest

import initviz as iv

pytestmark = [pytest.mark.packages, pytest.mark.xdist_group("packages")]
ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
ADDRESS = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Repository"]
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"


def run(*command, folder):
    """What it says, or its error; it knows nothing of this checkout, and compiles nothing."""
    words = [str(word) for word in command]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """(wheel, source package)."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT, folder=folder)
    (wheel,), (source,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    return wheel, source


@pytest.fixture(scope="module")
def user(tmp_path_factory, built):
    """The programs of an environment with the wheel in it; what it needs is lent by ours."""
    folder = tmp_path_factory.mktemp("user")
    run(sys.executable, "-m", "venv", "--without-pip", folder, folder=folder)
    programs = folder / SCRIPTS
    install = ("pip", "--python", programs / "python", "install", "--no-deps", "--quiet")
    run(sys.executable, "-m", *install, built[0], folder=folder)
    lent = [place for place in sys.path if place.endswith("site-packages")]
    place = run(
        programs / "python",
        "-c",
        "import sysconfig; print(sysconfig.get_path('purelib'))",
        folder=".",
    )
    (Path(place.strip()) / "lent.pth").write_text("\n".join(lent))
    return programs


def test_an_index_would_take_them(built):
    said = run(sys.executable, "-m", "twine", "check", "--strict", *built, folder=ROOT)
    assert said.count("PASSED") == 2


def test_the_wheel_holds_the_package_and_the_notebooks_and_nothing_else(built):
    files = {path for path in (ROOT / "initviz").rglob("*.*") if "__pycache__" not in path.parts}
    expected = {path.relative_to(ROOT).as_posix() for path in files}
    expected |= {f"initviz/notebooks/{path.name}" for path in NOTEBOOKS}
    names = set(zipfile.ZipFile(built[0]).namelist())
    assert {name for name in names if ".dist-info/" not in name} == expected
    assert "initviz/py.typed" in expected


def test_the_source_package_holds_every_file_of_the_project(built):
    listed = run("git", "ls-files", "--cached", "--others", "--exclude-standard", folder=ROOT)
    files = {name for name in listed.splitlines() if (ROOT / name).exists()}
    with tarfile.open(built[1]) as source:
        names = {name.partition("/")[2] for name in source.getnames()}
    assert names == {*files, "PKG-INFO"}


def test_an_index_finds_the_pictures_and_what_the_links_lead_to(built):
    mistune = pytest.importorskip("mistune")
    wheel = zipfile.ZipFile(built[0])
    (name,) = (name for name in wheel.namelist() if name.endswith("/METADATA"))
    _, _, description = wheel.read(name).decode().partition("\n\n")
    page = mistune.html(description)
    shown = re.findall(r'(src|href)="([^"]+)"', page)
    assert len(shown) > 40
    assert all(address.startswith("https://") for _, address in shown)
    ours = [(kind, a.removeprefix(f"{ADDRESS}/")) for kind, a in shown if a.startswith(ADDRESS)]
    ways = {"src": "raw/HEAD/", "href": "blob/HEAD/"}
    assert len(ours) > 30
    for kind, address in ours:
        assert address.startswith(ways[kind])
        assert (ROOT / address.removeprefix(ways[kind])).exists(), address


def test_with_python_and_pip_alone_the_notebooks_can_be_had(user, tmp_path):
    command = user / "initviz"
    assert run(command, "--version", folder=tmp_path) == f"initviz {iv.__version__}\n"
    run(command, "notebooks", "lessons", folder=tmp_path)
    copied = sorted((tmp_path / "lessons").iterdir())
    assert {path.name: path.read_bytes() for path in copied} == {
        path.name: path.read_bytes() for path in NOTEBOOKS
    }
    code = "import initviz; initviz.explore(epochs=10); print(initviz.__file__)"
    assert Path(run(user / "python", "-c", code, folder=tmp_path).strip()).is_relative_to(
        user.parent
    )


def test_the_tests_in_the_source_package_run(user, built, tmp_path):
    """Those that read the project's files, without the notebooks' own, which take minutes."""
    with tarfile.open(built[1]) as source:
        source.extractall(tmp_path, filter="data")
    (unpacked,) = tmp_path.iterdir()
    tests = [path for path in unpacked.rglob("test_*.py") if "parents[" in path.read_text()]
    tests = [path for path in tests if path.stem not in ("test_notebooks", Path(__file__).stem)]
    assert len(tests) > 8
    how = ("-q", "-p", "no:cacheprovider", "-m", "not (browser or fronts or pages or site)")
    said = run(user / "python", "-m", "pytest", *how, *tests, folder=unpacked)
    assert re.search(r"^\d+ passed", said, re.MULTILINE)
