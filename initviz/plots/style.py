"""The one look of every picture: white ground, one blue for data, one orange for trouble.

Blue and orange are told apart in every common form of colour blindness, and by their lightness.
Lines and the edges of zones have 3:1 in contrast against their ground or more, letters 4.5:1, as
WCAG 2.2 asks for. A picture of 8 inches is 844 px wide where JupyterLab has 1280: there letters of
``LETTERS`` points have 12 px, so no text is smaller.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from threading import RLock
from typing import Any

import numpy as np
from matplotlib import style
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font

from ..errors import cut, printable

LETTERS = 8.25  # points
LONGEST = 40  # letters of a name that somebody else has given

BLUE = "#2b6cb0"
FILL = "#4585c8"  # of filled areas: ink shows on it as well
SOFT_BLUE = "#6a92c1"  # of many lines
PALE_BLUE = "#bcd3ea"  # of areas under lines, and of bars behind dots
ORANGE = "#d9730d"
RUST = "#b35a00"  # letters in orange
PALE_ORANGE = "#f7dfc8"
INK = "#22303c"
GREY = "#5f7183"
EDGE = "#84919e"  # of axes
PALE_GREY = "#dfe5eb"
GROUND = "#f6f8fa"  # of what an axis shows on another scale, or outside of it
HEALTHY = "#e9f1f9"  # the ground of a healthy zone: a blue that is paler than any data
THIN = {"color": INK, "lw": 0.9, "alpha": 0.9}  # what the data are compared with

ALARM = "▲ "  # before a text in orange, which is no colour alone

# Zones, which are told by their hatches or edges as well as by their colours.
SATURATED_ZONE = {"facecolor": "#fef4eb", "edgecolor": ORANGE, "hatch": "////", "lw": 0}
HEALTHY_ZONE = {"facecolor": HEALTHY, "edgecolor": BLUE, "lw": 0.8, "ls": (0, (4, 2))}

# From "surely class 0" over "no idea" to "surely class 1"; no number is no idea.
DECISION = LinearSegmentedColormap.from_list(
    "decision", ["#f0b884", "#ffffff", "#92bbe2"]
).with_extremes(bad="white")

STYLE = {
    "font.size": LETTERS,
    "axes.titlesize": LETTERS,
    "axes.labelsize": LETTERS,
    "axes.edgecolor": EDGE,
    "axes.labelcolor": GREY,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": True,
    "text.color": INK,
    "xtick.color": EDGE,
    "ytick.color": EDGE,
    "xtick.labelcolor": GREY,
    "ytick.labelcolor": GREY,
    "xtick.labelsize": LETTERS,
    "ytick.labelsize": LETTERS,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "grid.color": PALE_GREY,
    "hatch.linewidth": 0.5,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
}


class Drawn(Figure):
    """A figure that notebooks show, also where nobody has imported pyplot, which sees to that for
    others."""

    def _repr_png_(self) -> bytes:
        return png(self)


def png(figure: Figure, **options: Any) -> bytes:
    file = BytesIO()
    figure.savefig(file, format="png", **options)
    return file.getvalue()


def note(axes: Axes, text: str, at: tuple, shift: tuple[float, float] = (0, 0), **how) -> None:
    """Write ``text`` at a place of the data, or of ``xycoords``, moved from there by points."""
    how.setdefault("color", GREY)
    axes.annotate(text, at, shift, textcoords="offset points", **how)


def heading(axes: Axes, text: str, dy: float = 12) -> None:
    """A bold line that says what is seen, over the left edge of the axes."""
    bold = {"fontsize": 10, "fontweight": "bold", "color": INK}
    note(axes, text, (0, 1), (0, dy), xycoords="axes fraction", va="bottom", **bold)


def literal(name: str, longest: int = LONGEST) -> str:
    """A name of somebody else's as matplotlib draws it letter by letter.

    Between dollars it would read a formula, and fail where there is none; and it warns of letters
    that are not in its font.
    """
    known = _letters(tuple(FontProperties().get_family()))
    text = cut(printable(name).replace("\n", " "), longest)
    there = "".join(c if ord(c) in known else "\N{REPLACEMENT CHARACTER}" for c in text)
    return there.replace("$", r"\$")


@cache
def _letters(families: tuple[str, ...]) -> frozenset[int]:
    """What the fonts that are found for these names can draw."""
    fonts = [findfont(FontProperties(family=[each])) for each in families]
    return frozenset(letter for font in fonts for letter in get_font(font).get_charmap())


_STYLING = RLock()


@contextmanager
def styled() -> Iterator[None]:
    """Draw in the house style, whatever the user has set. One thread at a time: matplotlib's
    settings belong to all of them, and two contexts that overlap would leave the style behind, or
    take it from one another."""
    with _STYLING, style.context(["default", STYLE]), np.errstate(all="ignore"):
        yield
