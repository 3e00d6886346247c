"""Writes what was measured: a row for a terminal, a page with pictures for people."""

import json
from collections.abc import Sequence
from pathlib import Path

from ..plots.style import styled
from .result import Measured, Result, Verdict

MARKS = {"yes": "yes", "partly": "**partly**", "no": "**no**"}

OPENING = """# The papers, run again

What the classic papers on initialisation say, and what this package measures. Each result is a
small function in [`initviz/papers/`](../initviz/papers); this page, its numbers and its pictures
are written by `make papers` and by nobody else. Brackets hold 95 % intervals over the seeds.
"""


def row(result: Result, verdict: Verdict) -> str:
    """One line: paper says · we measured · agrees or not · why."""
    parts = f"says: {result.says}", f"measured: {verdict.measured}", f"agrees: {verdict.agrees}"
    return " · ".join((f"{result.paper.authors}, {result.title}", *parts, f"why: {verdict.why}"))


def page(results: Sequence[Result], measured: dict[str, list[Measured]], pictures: str) -> str:
    """The whole report in Markdown. pictures: their folder, as seen from the page."""
    verdicts = {result.name: result.study.conclude(measured[result.name]) for result in results}
    lines = [OPENING, "| | result | agrees |", "|:--|:--|:--|"]
    for result in results:
        mark = MARKS[verdicts[result.name].agrees]
        lines.append(f"| {result.paper.authors} | [{result.title}](#{result.name}) | {mark} |")
    for result in results:
        lines.append(_section(result, verdicts[result.name], pictures))
    return "\n".join(lines)


def _section(result: Result, verdict: Verdict, pictures: str) -> str:
    paper = result.paper
    return f"""
<a name="{result.name}"></a>

## {result.title}

{paper.authors}, *[{paper.title}]({paper.link})*

![{result.title}]({pictures}/{result.name}.png)

| | |
|:--|:--|
| **The paper says** | {result.says} |
| **We measured** | {verdict.measured} |
| **Agrees** | {MARKS[verdict.agrees]} |
| **Why** | {verdict.why} |
| **Setting** | {result.setting} |"""


def write(results: Sequence[Result], measured: dict[str, list[Measured]], folder: Path) -> None:
    """papers.md into ``folder``, beside it the numbers (papers.json) and a picture of each."""
    pictures = folder / "papers"
    pictures.mkdir(parents=True, exist_ok=True)
    for result in results:
        with styled():
            figure, file = result.study.draw(measured[result.name]), pictures / f"{result.name}.png"
            figure.savefig(file, dpi=150, bbox_inches="tight", metadata={"Software": None})
    lines = [
        f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, jobs)) + "\n]"
        for name, jobs in measured.items()
    ]
    (folder / "papers.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")
    text = page(results, measured, pictures.name)
    (folder / "papers.md").write_text(text + "\n", encoding="utf-8")
