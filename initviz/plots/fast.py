"""Two artists that a moving picture needs often, drawn by Pillow several times as fast."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.transforms import Bbox, Transform
from PIL import Image, ImageFont

GROUND = 180  # of 255: how much a label's white ground covers the lines behind it


class SmoothImage(Artist):
    """An array of colours, stretched over axes and smoothed: imshow at a fifth of its time.

    colours: (rows, columns, 4), uint8, the first row at the bottom.
    """

    def __init__(self, axes: Axes) -> None:
        super().__init__()
        self.colours = np.full((1, 1, 4), 255, np.uint8)
        axes.add_artist(self)

    def draw(self, renderer) -> None:
        left, bottom, right, top = (round(edge) for edge in self.axes.bbox.extents)
        image = Image.fromarray(self.colours).resize((right - left, top - bottom), Image.BILINEAR)
        _paste(renderer, left, bottom, np.array(image))


class Label(Artist):
    """A line of text that changes with every frame: matplotlib's own takes four times as long.

    x, y: where it stands, in the coordinates of ``transform`` (None: the data's); (dx, dy) points
        from there. ha: "left" or "right". It is centred on its capitals' height.
    """

    def __init__(
        self,
        axes: Axes,
        x: float = 0,
        y: float = 0,
        *,
        color: str,
        ha: str = "left",
        dx: float = 0,
        dy: float = 0,
        size: float = 7.5,
        transform: Transform | None = None,
    ) -> None:
        super().__init__()
        self.text, self.color = "", color
        self.x, self.y, self.dx, self.dy = x, y, dx, dy
        self._ha, self._size = ha, size
        axes.add_artist(self)
        self.set_clip_on(False)
        self.set_transform(axes.transData if transform is None else transform)

    def get_window_extent(self, renderer=None) -> Bbox:
        """The box of the letters, in pixels."""
        left, bottom, letters = self._layout()
        return Bbox.from_bounds(left, bottom, letters.shape[1], letters.shape[0])

    def draw(self, renderer) -> None:
        if not self.text:
            return
        left, bottom, letters = self._layout()
        ink = letters[::-1, :, np.newaxis] / 255
        coloured = np.empty((*letters.shape, 4), np.uint8)
        coloured[..., :3] = 255 * (1 - ink * np.subtract(1, to_rgb(self.color)))
        coloured[..., 3] = np.maximum(letters[::-1], GROUND)
        _paste(renderer, left, bottom, coloured)

    def _layout(self) -> tuple[int, int, np.ndarray]:
        """Left and bottom edge in pixels, and how far each pixel is covered by the letters."""
        point = self.figure.dpi / 72
        font = _font(round(self._size * point))
        mask, (dx, dy) = font.getmask2(self.text, mode="L", anchor="ls")  # dy counts downwards
        letters = np.array(mask, np.uint8).reshape(mask.size[::-1])
        x, y = self.get_transform().transform((self.x, self.y))
        left = x + self.dx * point + (dx if self._ha == "left" else -letters.shape[1])
        baseline = y + self.dy * point - _capital_height(font) / 2
        return round(left), round(baseline - dy - letters.shape[0]), letters


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    path = font_manager.findfont("DejaVu Sans")
    return ImageFont.truetype(path, pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def _capital_height(font: ImageFont.FreeTypeFont) -> int:
    _, top, _, bottom = font.getbbox("H", anchor="ls")
    return bottom - top


def _paste(renderer, left: int, bottom: int, colours: np.ndarray) -> None:
    """Lay an array of colours, the first row at the bottom, onto the picture."""
    context = renderer.new_gc()
    renderer.draw_image(context, left, bottom, colours)
    context.restore()
