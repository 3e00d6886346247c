"""Write which_start.md: for every build of a network the start to take, by measurement.

make which-start
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import median

from initviz.measure import starts
from initviz.measure.standards import A_LITTLE
from initviz.measure.starts import BASE, Build, choose
from initviz.words.recommend import named

DOCS = Path(__file__).parent


def _code(names: Sequence) -> str:
    return ", ".join(f"`{name}`" for name in names)


HEAD = f"""\
# Which start?

For activation × norm × skip × depth × width: the start to take, what it reaches, and how much the
choice matters. `iv.recommend(activation="relu", norm="none", skip=False, depth=2, width=32)` says
the same in a sentence, with its source and the line of code in PyTorch, Keras and JAX.

Measured on the {BASE.dataset}: {BASE.epochs} epochs of Adam with batches of {BASE.batch_size},
{BASE.restarts} seeds, every usual start at its best learning rate of
{", ".join(f"{rate:g}" for rate in starts.RATES)}.

- The first number is the median of the final training loss, which is {starts.GUESSING:.2g} for
  equal probabilities; in brackets stands the worst of the usual starts.
- **Bold** is where the choice matters: the interval of another start (of its median, 95 %) begins
  above that of the one to take. Elsewhere take what you like.
- The usual start of an activation is taken, unless the interval of the best one lies wholly below,
  or it learns nothing where another one does.
- "None learns": the median of every usual start stays above {A_LITTLE:g} of that of equal
  probabilities. Sines are for signals, and not for digits of 64 features.

Without skips these were tried: {_code(starts.PLAIN)}. With skips {_code(starts.RESIDUAL)}, each
with α = {_code(starts.ALPHAS)}, and `fixup`. For sines `siren`, too.

*Written by `make which-start`, with `initviz/measure/starts.csv`; do not edit it by hand.*
"""


SUMMARY = """\
## How often it matters

Of all these networks, sines left out: in how many the choice matters, and by how much. The factor
is the median, over the networks, of the worst start's loss beside that of the one to take. Where
it is near 1 a norm forgives every start, or else, as in twenty layers without skips, none helps.

"""


def page() -> str:
    return "\n".join([HEAD, _summary(), *(_table(width) for width in starts.WIDTHS)])


def _summary() -> str:
    depths = [f"{depth} layers" for depth in starts.DEPTHS]
    lines = [f"| norm | skip | {' | '.join(depths)} |", "|:--|:--|" + ":--|" * len(depths)]
    for norm, skip in product(starts.NORMS, (False, True)):
        cells = [_share(norm, skip, depth) for depth in starts.DEPTHS]
        lines.append(f"| {norm} | {'yes' if skip else 'no'} | {' | '.join(cells)} |")
    return SUMMARY + "\n".join([*lines, ""])


def _share(norm: str, skip: bool, depth: int) -> str:
    activations = [name for name in starts.ACTIVATIONS if name != "sine"]
    builds = [
        Build(activation, norm, skip, depth, width)
        for activation, width in product(activations, starts.WIDTHS)
    ]
    choices = list(map(choose, builds))
    factor = median(choice.worst.loss / choice.taken.loss for choice in choices)
    return f"{sum(choice.matters for choice in choices)} of {len(builds)}, {factor:.2g} times"


def _table(width: int) -> str:
    depths = [f"{depth} layers" for depth in starts.DEPTHS]
    lines = [
        f"## {width} units a layer\n",
        f"| activation | norm | skip | {' | '.join(depths)} |",
        "|:--|:--|:--|" + ":--|" * len(depths),
    ]
    for activation, norm, skip in product(starts.ACTIVATIONS, starts.NORMS, (False, True)):
        cells = [_cell(Build(activation, norm, skip, depth, width)) for depth in starts.DEPTHS]
        lines.append(f"| {activation} | {norm} | {'yes' if skip else 'no'} | {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _cell(build: Build) -> str:
    choice = choose(build)
    name = named(choice)
    if build.skip and choice.taken.alpha != "1.0":
        name += {"rezero": ", ReZero", "1/sqrt(depth)": ", 1/√depth"}[choice.taken.alpha]
    if not choice.learns:
        return "none learns"
    name = f"**{name}**" if choice.matters else name
    return f"{name} {choice.taken.loss:.2g} ({choice.worst.loss:.2g})"


if __name__ == "__main__":
    if "--page" not in sys.argv[1:]:  # else from what was measured before
        starts.write(starts.measure())
        starts.kept.cache_clear()
    (DOCS / "which_start.md").write_text(page(), encoding="utf-8")
