"""The page docs/checkup.md, all of it from results."""

import platform
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib.metadata import version
from statistics import median

import torch
from clinic.cases import Healthy, Result, Sick

import initviz as iv

PACKAGES = ("keras", "torchvision", "timm", "transformers", "torch_geometric")
SERIOUS, LOOK = "serious", "worth a look"

TOP = """# The check-up, tried on strangers

`iv.checkup` has to see what is wrong with a start, and to be silent where nothing is. Here it is
tried on models that its rules were not made for: public architectures at their own random start, of
which none is sick, and programs written anew after faults that people have asked about, or that
others have labelled. This page is written by `make clinic` and by nobody else; the cases are in
[`tests/clinic/`](../tests/clinic).

Written on {date} in {minutes} minutes, with {versions} and Python {python}, on {machine}: two
processes, and a thread for each. All start from seed 0, and batches are small and random: images
have 14 to 96 pixels a side. Models of Transformers have small configurations; no weights are
fetched.
"""

WELL = """
## The healthy: {models} models, {serious} with a serious finding

A serious finding is a false alarm here, unless its author's start is as bad as it says. What is
worth a look may be true of a healthy model too: of weights that its loss does not use, for one.
*Refused* is a `ValueError`.

{table}

{alarms}
"""

ILL = """
## The sick: of {programs} programs {seen} are seen, and of {named} the cause is named

*Seen* is any finding that is serious or worth a look, or a `ValueError` that says what does not
fit. *Cause named* is that the first finding is the fault itself, not what comes of it. *Mend told*
is that it has a line of code. The program is then trained on half of its batch without this line
and with it, for {steps} steps from each of {seeds} seeds, by Adam at {rate}, or by plain gradient
descent where it has a learning rate of its own. Two losses are compared, by more than 2 % in most
of them: that of this half in the end, and that of the other half at its lowest. *Better* are mends
after which one of the two is lower, *worse* are those after which both are higher.

{table}

{missed}
"""

COST = """
## What it costs

In units of one pass of the same batch, forward and backward, which is a step of training without
its update; the best of three where they are quick. Mends are tried where there is something to
mend.

{table}
"""


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """In Markdown: the first column is text, the others are numbers."""
    lines = [heads, [":--", *["--:"] * (len(heads) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def grouped(every: Sequence[Result], key: Callable[[Result], str]) -> dict[str, list[Result]]:
    groups: dict[str, list[Result]] = {}
    for each in every:
        groups.setdefault(key(each), []).append(each)
    return groups


def count(every: Iterable[Result], holds: Callable[[Result], bool]) -> int:
    return sum(map(holds, every))


def plain(sentence: str) -> str:
    """In one line of a list or a table."""
    return " ".join(sentence.split()).replace("|", "\\|")


def written(every: Sequence[Result], seconds: float) -> str:
    every = [each for each in every if not each.broken]
    well = [each for each in every if isinstance(each.case, Healthy)]
    ill = [each for each in every if isinstance(each.case, Sick)]
    parts = TOP.format(**setting(seconds)), of_healthy(well), of_sick(ill), of_cost(well)
    return "".join(parts)


def setting(seconds: float) -> dict[str, str]:
    packages = [f"initviz {iv.__version__}", f"PyTorch {torch.__version__.split('+')[0]}"]
    packages += [f"{name} {version(name)}" for name in PACKAGES]
    return {
        "date": f"{date.today():%-d %B %Y}",
        "minutes": f"{seconds / 60:.1f}",
        "versions": ", ".join(packages),
        "python": platform.python_version(),
        "machine": f"{platform.system()} ({platform.machine()})",
    }


def of_healthy(well: Sequence[Result]) -> str:
    def row(name: str, every: Sequence[Result]) -> list[object]:
        serious = count(every, lambda each: SERIOUS in each.levels)
        look = count(every, lambda each: each.levels == {LOOK})
        refused = count(every, lambda each: bool(each.error))
        silent = len(every) - serious - look - refused
        return [name, len(every), serious, look, refused, silent]

    families = grouped(well, lambda each: each.case.family)
    rows = [*(row(*each) for each in families.items()), row("**all**", well)]
    heads = ("family", "models", "serious", "worth a look only", "refused", "nothing to say")
    serious = [each for each in well if SERIOUS in each.levels or each.error]
    look = [each for each in well if each.levels == {LOOK}]
    return WELL.format(
        models=len(well),
        serious=count(well, lambda each: SERIOUS in each.levels),
        table=table(heads, rows),
        alarms="\n\n".join([listing("Serious", serious), listing("Worth a look", look)]),
    )


def listing(title: str, every: Sequence[Result]) -> str:
    """Each with the sentence of its first finding."""
    lines = [f"- {each.case.name} ({each.case.family}): {first(each)}" for each in every]
    return "\n".join([f"### {title}: {len(every)}", "", *(lines or ["None."])])


def first(each: Result) -> str:
    return plain(each.error or (each.findings[0][2] if each.findings else "nothing is said."))


def of_sick(ill: Sequence[Result]) -> str:
    from clinic import learning

    def row(name: str, every: Sequence[Result]) -> list[object]:
        told = [each for each in every if each.effect]
        effects = [count(told, lambda each, e=e: each.effect == e) for e in ("better", "worse")]
        seen, named = (count(every, lambda each, a=a: getattr(each, a)) for a in ("seen", "named"))
        return [name, len(every), seen, named, len(told), *effects]

    kinds = grouped(ill, lambda each: each.case.kind)
    frameworks = grouped(ill, lambda each: each.case.framework)
    rows = [row(*each) for each in kinds.items()]
    rows += [row(f"*{name}*", every) for name, every in frameworks.items()]
    heads = ("fault", "programs", "seen", "cause named", "mend told", "better", "worse")
    unnamed = [each for each in ill if not each.named]
    worse = [each for each in ill if each.effect == "worse"]
    missed = [
        f"### Not named: {len(unnamed)}",
        "",
        *([f"- {program(each)}: {first(each)}" for each in unnamed] or ["None."]),
        "",
        f"### Worse after the mend: {len(worse)}",
        "",
        *([f"- {program(each)}: `{plain(each.findings[0][3])}`" for each in worse] or ["None."]),
    ]
    return ILL.format(
        programs=len(ill),
        seen=count(ill, lambda each: each.seen),
        named=count(ill, lambda each: each.named),
        steps=learning.STEPS,
        seeds=learning.SEEDS,
        rate=learning.RATE,
        table=table(heads, [*rows, row("**all**", ill)]),
        missed="\n".join(missed),
    )


def program(each: Result) -> str:
    return f"{each.case.name} ({each.case.framework}; {each.case.kind})"


def of_cost(well: Sequence[Result]) -> str:
    def row(name: str, every: Sequence[Result]) -> list[str]:
        costs = list(zip(*(each.cost for each in every if not each.error), strict=True))
        return [name, *(f"{of(cost):.1f}" for cost in costs for of in (median, max))]

    families = grouped(well, lambda each: each.case.family)
    rows = [*(row(*each) for each in families.items()), row("**all**", well)]
    heads = ("family", "median", "most", "median, mends tried", "most, mends tried")
    return COST.format(table=table(heads, rows))
