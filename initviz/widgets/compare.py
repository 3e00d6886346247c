"""Two explorers with one set of controls: contrasting cases, moved together."""

import html
from collections.abc import Sequence

import ipywidgets as w

from ..training.experiment import Experiment, check_experiment
from ..words.common import unlike
from .chapter import Chapter
from .controls import SEED, Controls
from .explorer import Explorer
from .main import explore
from .panel import WIDE, Whole, close_all
from .paragraphs import paragraph

NARROW = (
    4.1  # inches of each picture: half a page at 1280 pixels shows letters as large as elsewhere
)


def compare(
    a: Experiment,
    b: Experiment,
    *,
    explorer: Chapter = explore,
    controls: Sequence[str] = ("scale",),
    views: Sequence[str] = ("activations", "losses"),
) -> "Comparison":
    """Show two experiments beside each other; each control moves both.

    a, b: where they start. explorer: whose controls and views these are.
    controls: what moves both of them. views: the panels to draw.

    Raises ValueError naming what is no experiment, no control or no view.

    >>> import initviz as iv
    >>> few = iv.Experiment(epochs=10, restarts=3)
    >>> iv.compare(few, iv.Experiment(epochs=10, restarts=3, activation="tanh"))
    initviz comparison
    """
    for each in (a, b):
        check_experiment(each)
    return Comparison((a, b), explorer.part(controls, views, width=NARROW))


class Comparison(Whole):
    """sides: the two explorers. names: what each has of its own. controls: what moves both."""

    def __init__(self, starts: tuple[Experiment, Experiment], chapter: Chapter) -> None:
        self.sides = [Explorer(chapter, start) for start in starts]
        self.controls = Controls(starts[0], chapter.lead, (), lambda _: self._on_change())
        a, b = starts
        self.names = [unlike(a, b), unlike(b, a)]
        self._columns = [self._column(*each) for each in zip(self.names, self.sides, strict=True)]
        row = w.HBox(self._columns, layout={**WIDE, "grid_gap": "0 12px", "flex_flow": "row wrap"})
        super().__init__([self.controls.box, row])

    def _column(self, name: str, side: Explorer) -> w.VBox:
        heading = _bold(name)
        layout = {"flex": "1 1 380px", "min_width": "0"}
        return w.VBox([heading, side.picture, side.words], layout=layout)

    def _on_change(self) -> None:
        for side in self.sides:
            changed = side.experiment
            for control in (*self.controls.front, SEED):
                value = self.controls.widgets[control.name].value
                changed = control.write(changed, value)
            side.controls.set(changed)
            side.train(changed)

    def take_words(self) -> list[w.Widget]:
        """Of both, for another place, as of one ``Explorer``; each under its name."""
        for column, side in zip(self._columns, self.sides, strict=True):
            column.children = [child for child in column.children if child is not side.words]
        both = zip(self.names, self.sides, strict=True)
        return [w.VBox([_bold(name), side.words]) for name, side in both]

    def close(self) -> None:
        for side in self.sides:
            side.close()
        close_all([self.controls.more])  # which is not shown: a seed only where it is asked for
        super().close()

    def __repr__(self) -> str:
        return "initviz comparison"


def _bold(name: str) -> w.HTML:
    return w.HTML(paragraph(f"<b>{html.escape(name)}</b>"))
