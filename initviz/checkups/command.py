"""``initviz checkup module:factory``: a check-up for the terminal, and for CI."""

import importlib
import os
import sys
from contextlib import redirect_stderr, redirect_stdout, suppress
from pathlib import Path
from xml.etree import ElementTree

from ..errors import cut, in_words, printable
from ..words.rules import LOOK, SERIOUS, SIGNS, Finding
from . import Report, checkup


def main(address: str, steps: int, junit: Path | None) -> int:
    """Print the report on what ``module:factory`` makes.

    The exit status is 1 if there is a serious finding, and 0 otherwise. steps: see ``checkup``.
    junit: a file for the findings, in JUnit's XML.

    Raises ValueError where the check-up could not be done.
    """
    try:
        with redirect_stdout(sys.stdout), redirect_stderr(sys.stderr):  # which a module may change
            report = checkup(*made_by(address), steps=steps)
    except BaseException as error:  # a factory may raise whatever it likes
        said = in_words(error)
        with suppress(OSError):  # of two failures the first is told
            _write(failed(said, address), junit)
        raise ValueError(f"{cut(address)}: {said}") from None
    print(readable(str(report), getattr(sys.stdout, "encoding", None)))
    _write(as_junit(report, address), junit)
    return int(report.serious)


def _write(suite: ElementTree.Element, junit: Path | None) -> None:
    if junit:
        tree = ElementTree.ElementTree(suite)
        tree.write(junit, encoding="utf-8", xml_declaration=True)


PLAIN = {"·": "*", "×": "x", "±": "+-", "…": "...", "✗": "x", "✓": "ok", "⁻": "-"}
PLAIN |= {digit: str(n) for n, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")}


def readable(text: str, encoding: str | None) -> str:
    """In letters that a terminal has: 3·10⁻⁵ is 3e-5 where it knows no raised digits."""
    try:
        text.encode(encoding or "utf-8")
    except UnicodeEncodeError:
        text = text.replace("·10", "e").translate(str.maketrans(PLAIN))
    return text


def failed(said: str, address: str) -> ElementTree.Element:
    """Of a check-up that could not be done."""
    suite = ElementTree.Element("testsuite", name="initviz checkup", tests="1", errors="1")
    case = ElementTree.SubElement(suite, "testcase", classname=printable(address), name="checkup")
    ElementTree.SubElement(case, "error", message=printable(said))
    return suite


def made_by(address: str) -> tuple:
    """What the factory at ``module:factory`` returns; the current folder is searched as well."""
    module, colon, name = address.partition(":")
    if not (module and colon and name) or module.endswith(".py") or module.startswith("."):
        remedy = "such as mymodels.vision:make for mymodels/vision.py"
        raise ValueError(f"give module:factory, as Python imports it, {remedy}")
    if os.getcwd() not in sys.path:
        sys.path.insert(0, os.getcwd())
    factory = getattr(importlib.import_module(module), name, None)
    if not callable(factory):
        raise ValueError(f"{module} has no function {name!r}")
    made = factory()
    if not isinstance(made, tuple) or not 2 <= len(made) <= 4:
        remedy = "(model, X), (model, X, y) or (model, X, y, loss)"
        raise ValueError(f"{name}() should return {remedy}, not {_kind(made)}")
    return made


def _kind(made: object) -> str:
    if isinstance(made, tuple):
        return f"{len(made)} values"
    return "None" if made is None else f"a {type(made).__name__}"


def as_junit(report: Report, address: str) -> ElementTree.Element:
    """A test for every sign, as CI services show them: serious findings fail, others are told.

    The schema is that of https://github.com/testmoapp/junitxml.
    """
    told = {finding.sign: finding for finding in reversed(report.findings)}  # the worst of each
    failures = str(sum(finding.level == SERIOUS for finding in told.values()))
    suite = ElementTree.Element("testsuite", name="initviz checkup", tests=str(len(SIGNS)))
    suite.set("failures", failures)
    for sign in SIGNS:
        case = ElementTree.SubElement(suite, "testcase", classname=printable(address), name=sign)
        finding = told.get(sign)
        if finding and finding.level == SERIOUS:
            ElementTree.SubElement(
                case, "failure", message=printable(finding.sentence)
            ).text = _mend(finding)
        elif finding and finding.level == LOOK:
            ElementTree.SubElement(
                case, "system-out"
            ).text = f"{printable(finding.sentence)}\n{_mend(finding)}"
    return suite


def _mend(finding: Finding) -> str:
    return printable(finding.mend) if finding.mend else "No mend is known."
