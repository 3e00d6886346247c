"""The project's own files agree with one another and with what is installed."""

import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(name: str) -> dict[str, str]:
    """The exact version of every package in a file of requirements."""
    return dict(line.split("==") for line in (ROOT / name).read_text().splitlines())


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_every_pin_can_be_installed_on_the_first_python_that_is_promised(name):
    first = PROJECT["requires-python"].removeprefix(">=") + ".0"
    for package, version in pins(name).items():
        installed = metadata.metadata(package)
        assert installed["Version"] == version, f"{package} is installed as {installed['Version']}"
        needed = SpecifierSet(installed.get("Requires-Python", ""))
        assert needed.contains(first), f"{package}=={version} needs Python {needed}"
