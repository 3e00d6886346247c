"""The picture of an explorer: several views of one run on one figure."""

from __future__ import annotations

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from ..training.run import Run
from .style import styled


class Scene:
    """Views on a figure. A subclass puts axes on it and sets ``views`` in
    ``__init__(figure, run, pinned=None)``.

    What stays the same from run to run (axes, ticks, headings) is drawn when it is made; ``update``
    changes the rest, which is the views' ``artists``. A scene serves every run with the same
    ``frame``; a run with another one needs a new scene.
    """

    size = (9.0, 4.5)  # inches
    views: list

    @property
    def artists(self) -> list[Artist]:
        return [artist for view in self.views for artist in view.artists]

    def update(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        for view in self.views:
            view.update(run, epoch, pinned)

    @classmethod
    def frame(cls, run: Run, pinned: Run | None = None) -> tuple:
        """Everything that the unchanging part of the picture depends on."""
        e = run.experiment
        return (
            len(e.hidden_layers),
            e.activation,
            e.epochs,
            e.restarts,
            run.dataset,  # and not its name, to which a reader may give other data
            run.loss_name,
            pinned is None,
        )


def picture(
    scene: type[Scene], run: Run, epoch: int | None = None, pinned: Run | None = None
) -> Figure:
    """A scene as a matplotlib figure, at ``epoch`` (None: the last one)."""
    with styled():
        figure = Figure(figsize=scene.size, dpi=200)
        FigureCanvasAgg(figure)
        shown = run.snapshot_at(run.epoch if epoch is None else epoch)
        scene(figure, run, pinned).update(run, shown, pinned)
    return figure
