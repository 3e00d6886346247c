"""The project's own files agree with one another, and with what is installed."""

import re
import tomllib
from importlib import metadata
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

import initviz as iv

ROOT = Path(__file__).parents[1]
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PROJECT = PYPROJECT["project"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text())
NEWEST = ("requirements.txt", "tests/requirements.txt")
SITE = "site/requirements.txt"
FRONTS = "tests/fronts.txt"
CLINIC = "tests/clinic/requirements.txt"
PLATFORMS = [f"tests/platforms/{path.name}" for path in (ROOT / "tests/platforms").iterdir()]
UNPINNED = "tests/platforms/newest.txt"
OLDEST = "tests/platforms/oldest.txt"
PLACES = sorted({*PLATFORMS} - {UNPINNED, OLDEST})

pytestmark = pytest.mark.once


def pins(name: str) -> dict[str, str]:
    """The exact version of every package in a file of requirements."""
    return dict(line.split("==") for line in lines(name))


def lines(name: str) -> list[str]:
    """Those of a file of requirements that are no comments."""
    return [line for line in (ROOT / name).read_text().splitlines() if not line.startswith("#")]


def python(name: str) -> str:
    """The Python that a platform's file names."""
    return re.search("^# Python (.+)$", (ROOT / name).read_text(), re.MULTILINE)[1]


def test_the_address_stands_in_pyproject_and_all_others_follow_it():
    address = PROJECT["urls"]["Repository"]
    badges = re.findall(
        r"https://mybinder\.org/v2/gh/([^/]+/[^/]+)/", (ROOT / "README.md").read_text()
    )
    assert badges
    assert set(badges) == {address.removeprefix("https://github.com/")}
    assert CITATION["repository-code"] == address
    text = (ROOT / "pyproject.toml").read_text()
    addresses = re.findall(r"https://github\.com/[\w-]+/[\w-]+", text)
    assert len(addresses) == 5  # three URLs, and what the README's pictures and links begin with
    assert set(addresses) == {address}


def test_the_version_stands_in_the_package_and_all_others_follow_it():
    assert "version" in PROJECT["dynamic"]
    assert PYPROJECT["tool"]["hatch"]["version"] == {"path": "initviz/__init__.py"}
    assert CITATION["version"] == iv.__version__
    wheels = re.findall(r"initviz-([\d.]+)-py3", (ROOT / "README.md").read_text())
    assert set(wheels) == {iv.__version__}
    newest = re.search(r"^## \[?([\d.]+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert newest[1] == iv.__version__


def test_the_citation_has_the_licence_of_the_project():
    assert CITATION["license"] == PROJECT["license"]
    assert CITATION["title"]
    assert CITATION["abstract"]


def test_no_file_names_a_package_index():
    for name in (*NEWEST, *PLATFORMS, SITE, FRONTS, CLINIC, "environment.yml", "pyproject.toml"):
        text = (ROOT / name).read_text()
        assert not re.search(r"index-url|find-links|trusted-host|://(?!github\.com/)", text), name


@pytest.mark.parametrize("name", [*NEWEST, OLDEST, *PLACES, SITE, FRONTS, CLINIC])
def test_every_requirement_is_pinned_exactly(name):
    for line in lines(name):
        assert re.fullmatch(r"[\w.-]+==[\w.]+", line), line


@pytest.mark.parametrize("name", [*NEWEST[1:], SITE, FRONTS, CLINIC])
def test_the_files_of_newest_pins_agree(name):
    newest, others = pins(NEWEST[0]), pins(name)
    both = newest.keys() & others.keys()
    assert {n: newest[n] for n in both} == {n: others[n] for n in both}


@pytest.mark.parametrize("name", NEWEST)
def test_every_pin_can_be_installed_on_the_first_python_that_is_promised(name):
    first = PROJECT["requires-python"].removeprefix(">=") + ".0"
    for package, version in pins(name).items():
        installed = metadata.metadata(package)
        assert installed["Version"] == version, f"{package} is installed as {installed['Version']}"
        needed = SpecifierSet(installed.get("Requires-Python", ""))
        assert needed.contains(first), f"{package}=={version} needs Python {needed}"


def test_every_dependency_has_a_floor():
    extras = chain.from_iterable(PROJECT["optional-dependencies"].values())
    for line in [*PROJECT["dependencies"], *extras, *PYPROJECT["build-system"]["requires"]]:
        assert ">=" in [s.operator for s in Requirement(line).specifier], line


def test_every_file_of_pins_is_audited():
    makefile = (ROOT / "Makefile").read_text()
    (audited,) = re.findall("^PINNED := (.+)$", makefile, re.MULTILINE)
    assert set(audited.split()) == {*NEWEST, SITE, FRONTS, CLINIC}


def test_the_oldest_pins_are_the_lower_bounds_of_every_dependency():
    oldest = pins(OLDEST)
    for requirement in map(
        Requirement, PROJECT["dependencies"] + PROJECT["optional-dependencies"]["mnist"]
    ):
        (bound,) = (s.version for s in requirement.specifier if s.operator == ">=")
        assert Version(oldest[requirement.name]) == Version(bound), requirement.name


@pytest.mark.parametrize("name", [OLDEST, *PLACES])
def test_what_a_platform_has_is_within_the_bounds(name):
    there = pins(name)
    needed = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert needed <= there.keys()
    extras = [PROJECT["optional-dependencies"][extra] for extra in ("fast", "lab", "mnist", "test")]
    for line in sum(extras, PROJECT["dependencies"]):
        bound = Requirement(line)
        assert bound.name not in there or there[bound.name] in bound.specifier, line


def test_every_platform_has_a_python_that_is_promised():
    promised = SpecifierSet(PROJECT["requires-python"])
    assert python(OLDEST) == PROJECT["requires-python"].removeprefix(">=")
    assert all(python(name) in promised for name in PLACES)
    assert python(UNPINNED).startswith(">=")


@pytest.mark.parametrize("name", PLACES)
def test_a_platforms_file_says_where_its_versions_were_found_and_when(name):
    comment = " ".join(line for line in (ROOT / name).read_text().splitlines() if line[0] == "#")
    assert re.search(
        r" on \d{4}-\d{2}-\d{2}: .+/.+ at commit [\da-f]{7}", comment.replace("# ", "")
    )
