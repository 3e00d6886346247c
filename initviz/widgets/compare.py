"""Two explorers with one set of controls: contrasting cases, moved together."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ipywidgets as w

from ..errors import bad
from ..training.experiment import Experiment
from ..training.run import Run
from ..words.common import unlike
from ..words.text import escaped
from .chapter import Chapter
from .controls import SEED, Controls
from .explorer import Explorer
from .main import explore
from .panel import WIDE, Whole, close_all
from .paragraphs import paragraph
from .share import settings_of

# Inches of each picture: on half a page at 1280 pixels its letters are as large as elsewhere.
NARROW = 4.1
SAME = "the same settings as the other"


def compare(
    a: Experiment | Run | str | Path,
    b: Experiment | Run | str | Path,
    *,
    explorer: Chapter = explore,
    controls: Sequence[str] = ("scale",),
    views: Sequence[str] = ("activations", "losses"),
) -> "Comparison":
    """Show two experiments beside each other; each control moves both.

    a, b: where they start, as an explorer has it. explorer: whose controls and views these are.
    controls: what moves both of them. views: the panels to draw.

    Raises ValueError naming what is no experiment, no control or no view.

    >>> import initviz as iv
    >>> few = iv.Experiment(epochs=10, restarts=3)
    >>> iv.compare(few, iv.Experiment(epochs=10, restarts=3, activation="tanh"))
    initviz comparison
    """
    starts = settings_of(a, "a"), settings_of(b, "b")
    if not isinstance(explorer, Chapter):
        remedy = "give initviz.explore, or that of a chapter, such as initviz.explore_depth"
        raise bad("explorer", explorer, remedy)
    return Comparison(starts, explorer.part(controls, views, width=NARROW))


class Comparison(Whole):
    """sides: the two explorers. controls: what moves both. names: what each has of its own."""

    def __init__(self, starts: tuple[Experiment, Experiment], chapter: Chapter) -> None:
        self.sides: list[Explorer] = []
        try:
            for start in starts:
                self.sides.append(Explorer(chapter, start))
        except BaseException:  # somebody's own function may raise whatever it likes
            for side in self.sides:
                side.close()
            raise
        self.controls = Controls(starts[0], chapter.lead, (), lambda _: self._on_change())
        self._at = self._values()  # the controls, when the sides were last told
        self._headings = [[w.HTML()], [w.HTML()]]
        self._columns = [
            self._column(*each) for each in zip(self._headings, self.sides, strict=True)
        ]
        row = w.HBox(self._columns, layout={**WIDE, "grid_gap": "0 12px", "flex_flow": "row wrap"})
        super().__init__([self.controls.box, row])
        self._name()

    def _column(self, headings: list[w.HTML], side: Explorer) -> w.VBox:
        layout = {"flex": "1 1 380px", "min_width": "0"}
        return w.VBox([*headings, side.picture, side.words], layout=layout)

    def _values(self) -> dict[str, Any]:
        return {name: widget.value for name, widget in self.controls.widgets.items()}

    def _on_change(self) -> None:
        """What was moved becomes the same on both sides; all else stays each side's own."""
        before, self._at = self._at, self._values()
        moved = [c for c in (*self.controls.front, SEED) if self._at[c.name] != before[c.name]]
        for side in self.sides:
            changed = side.controls.experiment  # of which the run may not be in the picture yet
            for control in moved:
                changed = control.write(changed, self._at[control.name])
            side.controls.set(changed)
        self._name()
        for side in self.sides:
            side.train(side.controls.experiment)

    def _name(self) -> None:
        """Over each side what it has of its own, as the controls stand."""
        a, b = (side.controls.experiment for side in self.sides)
        self.names = [unlike(a, b) or SAME, unlike(b, a) or SAME]
        for name, headings in zip(self.names, self._headings, strict=True):
            for heading in headings:
                heading.value = paragraph(f"<b>{escaped(name)}</b>")

    def take_words(self) -> list[w.Widget]:
        """Of both, for another place, as of one ``Explorer``; each under its name."""
        for column, side in zip(self._columns, self.sides, strict=True):
            column.children = [child for child in column.children if child is not side.words]
        for headings in self._headings:
            headings.append(w.HTML())
        self._name()
        both = zip(self._headings, self.sides, strict=True)
        return [w.VBox([headings[-1], side.words]) for headings, side in both]

    def close(self) -> None:
        for side in self.sides:
            side.close()
        close_all([self.controls.more])  # which is not shown: a seed only where it is asked for
        super().close()

    def __repr__(self) -> str:
        return "initviz comparison"
