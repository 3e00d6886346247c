"""A matplotlib figure that is redrawn fast enough to follow a slider, in every notebook front end.

The figure is drawn into memory (Agg), and its pixels go to a plain image widget. What does not
change from run to run, which is most of it, is drawn once and kept as a background; a frame
restores that, draws the artists that changed on top, and is encoded.

While a slider moves, frames have one pixel per point of the screen, so that they come quickly; once
it rests, the picture is drawn again with two, so that it is sharp on a HiDPI screen.
"""

from __future__ import annotations

from io import BytesIO

import ipywidgets
from matplotlib import rc_context
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from traitlets import Unicode

from ..plots import STYLE, Scene
from ..training import Run

# JPEG takes a quarter of PNG's time; with full colour resolution, text stays crisp.
COARSE = {"pixel_ratio": 1, "quality": 80}
SHARP = {"pixel_ratio": 2, "quality": 90}


class Picture(ipywidgets.Image):
    """An image whose ``tooltip`` is its text alternative (the title of the <img>).

    The front end asks every widget that has a tooltip for a description, which an image lacks.
    """

    description = Unicode("").tag(sync=True)


class LiveFigure:
    """Draws runs as a scene onto one image widget, ``self.picture``."""

    def __init__(self, scene: type[Scene]) -> None:
        self._coarse = _Surface(scene, **COARSE)
        self._sharp = _Surface(scene, **SHARP)
        self.picture = Picture(
            format="jpeg", layout={"width": "calc(100% - 4px)", "max_width": "1100px"}
        )

    def draw(self, run: Run, epoch: int, pinned: Run | None = None, sharp: bool = True) -> None:
        """Show ``run`` at ``epoch``."""
        surface = self._sharp if sharp else self._coarse
        self.picture.value = surface.render(run, epoch, pinned)


class _Surface:
    """A figure at one resolution, with its background."""

    def __init__(self, scene: type[Scene], pixel_ratio: int, quality: int) -> None:
        self._scene, self._quality = scene, quality
        self._figure = Figure(figsize=scene.size, dpi=100 * pixel_ratio)
        self._canvas = FigureCanvasAgg(self._figure)
        self._drawn_frame = None

    def render(self, run: Run, epoch: int, pinned: Run | None) -> bytes:
        if self._drawn_frame != (wanted := self._scene.frame(run, pinned)):
            with rc_context(STYLE):
                self._draw_background(run, pinned)
            self._drawn_frame = wanted
        self._content.update(run, epoch, pinned)
        self._canvas.restore_region(self._background)
        for artist in self._content.artists:
            self._figure.draw_artist(artist)
        return self._encode()

    def _draw_background(self, run: Run, pinned: Run | None) -> None:
        self._figure.clear()
        self._content = self._scene(self._figure, run, pinned)
        for artist in self._content.artists:
            artist.set_animated(True)
        self._canvas.draw()
        self._background = self._canvas.copy_from_bbox(self._figure.bbox)

    def _encode(self) -> bytes:
        size, pixels = self._canvas.get_width_height(), self._canvas.buffer_rgba()
        image = Image.frombuffer("RGBX", size, pixels, "raw", "RGBX", 0, 1)
        file = BytesIO()
        image.save(file, "JPEG", quality=self._quality, subsampling=0)
        return file.getvalue()
