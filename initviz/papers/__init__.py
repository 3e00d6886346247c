"""The classic papers on initialisation, run again. Imports plots and what is below it.

Every result is a ``Result`` in the module of its paper. ``make papers`` measures them all and
writes ``docs/papers.md``; ``initviz papers NAME`` measures one and prints its row.
"""

from .result import Paper, Result, Verdict

__all__ = ["Paper", "Result", "Verdict", "results"]


def results() -> tuple[Result, ...]:
    """All of them, in the order of the report."""
    from . import (
        ainsworth,
        bachlechner,
        cohen,
        frankle,
        glorot,
        hanin,
        hayou,
        he,
        ioffe,
        lu,
        luo,
        mishkin,
        saxe,
        schoenholz,
        sitzmann,
        xor,
        yang,
        yang_hu,
    )

    early = (xor, glorot, saxe, he, ioffe, mishkin, schoenholz, hanin, lu)  # as the papers came out
    modules = (*early, yang, frankle, sitzmann, bachlechner, luo, cohen, yang_hu, ainsworth, hayou)
    return tuple(result for module in modules for result in module.RESULTS)
