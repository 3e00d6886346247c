"""Writes what was measured: a row for a terminal, a page with pictures for people."""

import json
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

from ..errors import bad
from ..plots.style import styled
from .files import check_writable, put
from .result import Measured, Result, Verdict

PAGE, NUMBERS, PICTURES = "papers.md", "papers.json", "papers"
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


def check_place(results: Sequence[Result], folder: Path) -> None:
    """Raise ValueError unless the report can be written there, and writes over nothing but the
    report of before."""
    for place in (folder, folder / PICTURES):
        check_writable("--folder", place)
    page = folder / PAGE
    ours = page.is_file() and page.read_bytes().startswith(OPENING.partition("\n")[0].encode())
    pictures = (_picture(result, folder) for result in results)
    for path in (page, folder / NUMBERS, *pictures):
        if path.is_symlink() or (path.exists() and not (ours and path.is_file())):
            name = path.relative_to(folder)
            raise bad("--folder", str(folder), f"{name} is there already, and no report of ours")


def write(results: Sequence[Result], measured: dict[str, list[Measured]], folder: Path) -> None:
    """papers.md into ``folder``, beside it the numbers (papers.json) and a picture of each.

    The page comes first, since what stands beside it is known as ours by it.
    """
    (folder / PICTURES).mkdir(parents=True, exist_ok=True)
    put(folder / PAGE, f"{page(results, measured, PICTURES)}\n".encode())
    lines = [
        f"{json.dumps(name)}: [\n" + ",\n".join(map(json.dumps, jobs)) + "\n]"
        for name, jobs in measured.items()
    ]
    put(folder / NUMBERS, ("{\n" + ",\n".join(lines) + "\n}\n").encode())
    for result in results:
        with styled():
            figure = result.study.draw(measured[result.name])
            drawn, look = BytesIO(), {"bbox_inches": "tight", "metadata": {"Software": None}}
            figure.savefig(drawn, dpi=150, **look)
        put(_picture(result, folder), drawn.getvalue())


def _picture(result: Result, folder: Path) -> Path:
    return folder / PICTURES / f"{result.name}.png"
