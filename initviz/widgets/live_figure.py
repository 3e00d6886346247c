"""A matplotlib figure that is redrawn fast enough to follow a slider, in every notebook front end.

The figure is drawn into memory (Agg), and its pixels go to a plain image widget. What does not
change from run to run, which is most of it, is drawn once and kept as a background; a frame
restores that, draws the artists that changed on top, and is encoded. Twice the pixels keep it
sharp on a HiDPI screen.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import ipywidgets
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from traitlets import Unicode

from ..plots.style import STYLE
from ..training import Run

PIXEL_RATIO = 2
QUALITY = 90  # JPEG with full colour resolution: a quarter of PNG's encoding time, text still crisp


class Picture(ipywidgets.Image):
    """An image whose ``tooltip`` is its text alternative (the title of the <img>).

    The front end asks every widget that has a tooltip for a description, which an image lacks.
    """

    description = Unicode("").tag(sync=True)


class LiveFigure:
    """Draws runs onto one image widget, ``self.picture``.

    make(figure, run, pinned): returns an object with ``artists`` and ``update(run, epoch, pinned)``.
    frame(run, pinned): what the unchanging part depends on; while it stays equal, it is kept.
    size: inches.
    """

    def __init__(self, make: Callable, frame: Callable, size: tuple[float, float]) -> None:
        self._make, self._frame = make, frame
        self._figure = Figure(figsize=size, dpi=100 * PIXEL_RATIO)
        self._canvas = FigureCanvasAgg(self._figure)
        self._drawn_frame = None
        self.picture = Picture(format="jpeg", layout={"width": "100%", "max_width": "1100px"})

    def draw(self, run: Run, epoch: int, pinned: Run | None = None) -> None:
        """Show ``run`` at ``epoch``."""
        if self._drawn_frame != (wanted := self._frame(run, pinned)):
            self._draw_background(run, pinned)
            self._drawn_frame = wanted
        self._content.update(run, epoch, pinned)
        self._canvas.restore_region(self._background)
        for artist in self._content.artists:
            self._figure.draw_artist(artist)
        self.picture.value = self._encode()

    def _draw_background(self, run: Run, pinned: Run | None) -> None:
        self._figure.clear()
        with rc_context(STYLE):
            self._content = self._make(self._figure, run, pinned)
            for artist in self._content.artists:
                artist.set_animated(True)
            self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self._figure.bbox)

    def _encode(self) -> bytes:
        width, height = self._canvas.get_width_height()
        pixels = self._canvas.buffer_rgba()
        image = Image.frombuffer("RGBX", (width, height), pixels, "raw", "RGBX", 0, 1)
        file = BytesIO()
        image.save(file, "JPEG", quality=QUALITY, subsampling=0)
        return file.getvalue()
