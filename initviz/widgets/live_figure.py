"""A matplotlib figure that is redrawn fast enough to follow a slider, in every notebook front end.

The figure is drawn into memory (Agg), and its pixels go to a plain image widget. They go as a data
URL: a browser shows that some milliseconds sooner than bytes, from which the widget first makes a
file for it to load. What does not change from run to run, which is most of the figure, is drawn
once and kept as a background; a frame restores that, draws the artists that changed on top, and is
encoded.

While a slider moves, frames have one pixel per point of the screen, so that they come quickly; once
it rests, the picture is drawn again with two, so that it is sharp on a HiDPI screen. Both come from
one figure, of which the making, tick by tick, takes longer than the drawing.
"""

from __future__ import annotations

from base64 import b64encode
from collections import OrderedDict
from io import BytesIO
from typing import NamedTuple
from weakref import WeakValueDictionary

import ipywidgets
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from traitlets import Unicode

from ..plots import Scene
from ..plots.scene import SHARP as DPI
from ..plots.style import styled
from ..training.run import Run


class Look(NamedTuple):
    dpi: int
    jpeg: dict
    kept: int


# JPEG takes a quarter of PNG's time. With a colour for every four pixels it is quicker to write and
# to read; coloured text is crisp with one for each. Backgrounds are kept for when a menu goes back
# to where it was; a coarse one takes 3 MB, a sharp one 13.
COARSE = Look(100, {"quality": 80, "subsampling": "4:2:0"}, kept=8)
SHARP = Look(DPI, {"quality": 90, "subsampling": "4:4:4"}, kept=2)


class Picture(ipywidgets.Image):
    """An image whose ``tooltip`` is its text alternative (the title of the <img>).

    The front end asks every widget that has a tooltip for a description, which an image lacks.
    """

    description = Unicode("").tag(sync=True)
    tooltip = Unicode(None, allow_none=True).tag(sync=True)

    def __init__(self, format: str) -> None:
        layout = {"width": "calc(100% - 4px)", "max_width": "1500px"}
        super().__init__(format=format, layout=layout)


class LiveFigure:
    """Draws runs as a scene onto one image widget, ``self.picture``.

    stages: coarse and sharp, each by frame, the last used last. Both of a frame share one figure,
        which lives for as long as one of them.
    """

    def __init__(self, scene: type[Scene]) -> None:
        self._scene, self._sets = scene, WeakValueDictionary()
        self.stages: dict[bool, OrderedDict[tuple, _Stage]]
        self.stages = {sharp: OrderedDict() for sharp in (False, True)}
        self.picture = Picture("url")

    def draw(self, run: Run, epoch: int, pinned: Run | None = None, sharp: bool = True) -> None:
        """Show ``run`` at ``epoch``."""
        look = SHARP if sharp else COARSE
        stage, file = self._stage(run, pinned, self.stages[sharp], look), BytesIO()
        stage.draw(run, epoch, pinned)
        size, pixels = stage.canvas.get_width_height(), np.asarray(stage.canvas.buffer_rgba())
        Image.frombuffer("RGBX", size, pixels, "raw", "RGBX", 0, 1).save(file, "JPEG", **look.jpeg)
        self.picture.value = b"data:image/jpeg;base64," + b64encode(file.getvalue())

    def _stage(self, run: Run, pinned: Run | None, stages: OrderedDict, look: Look) -> _Stage:
        frame = self._scene.frame(run, pinned)
        if frame not in stages:
            with styled():
                shared = self._sets.get(frame) or _Set(self._scene, run, pinned)
                self._sets[frame] = shared
                stages[frame] = _Stage(shared, look.dpi)
            if len(stages) > look.kept:
                stages.popitem(last=False)
        stages.move_to_end(frame)
        return stages[frame]

    def close(self) -> None:
        """Let go of the figures, their backgrounds and the last picture, about 100 MB."""
        for stages in self.stages.values():
            stages.clear()
        self.picture.close()
        self.picture.value = b""


class _Set:
    """A figure with a scene on it, for runs of one frame."""

    def __init__(self, scene: type[Scene], run: Run, pinned: Run | None) -> None:
        self.figure = Figure(figsize=scene.size)
        self.scene = scene(self.figure, run, pinned)
        for artist in self.scene.artists:
            artist.set_animated(True)


class _Stage:
    """A set at one resolution, with the background on which runs are drawn."""

    def __init__(self, shared: _Set, dpi: float) -> None:
        self._set, self._dpi = shared, dpi
        self.canvas = FigureCanvasAgg(shared.figure)
        self._enter()
        self.canvas.draw()
        self._background = self.canvas.copy_from_bbox(shared.figure.bbox)

    def draw(self, run: Run, epoch: int, pinned: Run | None) -> None:
        self._enter()
        self._set.scene.update(run, epoch, pinned)
        self.canvas.restore_region(self._background)
        for artist in self._set.scene.artists:
            self._set.figure.draw_artist(artist)

    def _enter(self) -> None:
        """Give the figure this stage's resolution and canvas: it may have had another's."""
        figure = self._set.figure
        if figure.dpi != self._dpi:
            figure.dpi = self._dpi
        figure.set_canvas(self.canvas)
