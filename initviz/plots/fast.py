"""Two artists that a moving picture needs often, drawn by Pillow several times as fast."""

from functools import cache, lru_cache
from typing import Any

import numpy as np
from matplotlib import font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.transforms import Bbox, Transform
from PIL import Image, ImageFont

from .style import LETTERS

LEADING = 1.2  # from line to line, in sizes of the letters
GROUND = 180  # of 255: how much a label's white ground covers the lines behind it


class SmoothImage(Artist):
    """An array of colours, stretched over axes and smoothed: imshow at a fifth of its time.

    colours: (rows, columns, 4), uint8, opaque, the first row at the bottom.
    """

    def __init__(self, axes: Axes) -> None:
        super().__init__()
        self._box, self.colours = axes.bbox, np.full((1, 1, 4), 255, np.uint8)
        axes.add_artist(self)

    def draw(self, renderer) -> None:
        left, bottom, right, top = (round(edge) for edge in self._box.extents)
        # As RGBX, whose last channel is a colour like the others: RGBA takes Pillow twice as long.
        rows, columns, _ = self.colours.shape
        image = Image.frombytes("RGBX", (columns, rows), self.colours.tobytes())
        image = image.resize((right - left, top - bottom), Image.Resampling.BILINEAR)
        _paste(renderer, left, bottom, np.array(image))


class Label(Artist):
    """A text that changes with every frame: matplotlib's own takes four times as long.

    x, y: where it stands, in the coordinates of ``transform``; (dx, dy) points from there. ha:
        "left" or "right". It is centred on its capitals' height. size: in points.
    text: may have several lines.
    """

    x = y = dx = dy = 0.0
    text, ha, size = "", "left", LETTERS

    def __init__(self, axes: Axes, color: str, transform: Transform, **place: Any) -> None:
        super().__init__()
        self.color = color
        vars(self).update(place)
        axes.add_artist(self)
        self.set_clip_on(False)
        self.set_transform(transform)

    def get_window_extent(self, renderer=None) -> Bbox:
        """The box of the letters, in pixels."""
        left, bottom, letters = self._layout()
        return Bbox.from_bounds(left, bottom, letters.shape[1], letters.shape[0])

    def draw(self, renderer) -> None:
        if self.text:
            _paste(renderer, *self._layout())

    def _layout(self) -> tuple[int, int, np.ndarray]:
        """Left and bottom edge in pixels, and the letters in colour."""
        point = self.figure.dpi / 72
        letters, dx, dy = _letters(self.text, round(self.size * point), self.color)
        x, y = self.get_transform().transform((self.x, self.y))
        left = x + self.dx * point + (dx if self.ha == "left" else -letters.shape[1])
        return round(left), round(y + self.dy * point + dy), letters


@lru_cache(maxsize=1000)
def _letters(text: str, size: int, color: str) -> tuple[np.ndarray, int, float]:
    """A text of so many pixels in height on a white ground that lets a little through.

    Returns (its colours, the first row at the bottom; where it begins to the right of its place;
    where its lower edge lies above the middle of the capitals).
    """
    font = _font(size)
    lines = [font.getmask2(line, mode="L", anchor="ls") for line in text.split("\n")]
    # Over the middle's baseline: how high each line's baseline is, and its letters' upper edge.
    rows = [round(((len(lines) - 1) / 2 - n) * LEADING * size) for n in range(len(lines))]
    tops = [row - dy for row, (_, (_, dy)) in zip(rows, lines, strict=True)]  # dy counts downwards
    top, bottom = max(tops), min(top - m.size[1] for top, (m, _) in zip(tops, lines, strict=True))
    left = min(dx for _, (dx, _) in lines)
    covered = np.zeros((top - bottom, max(m.size[0] + dx for m, (dx, _) in lines) - left), np.uint8)
    for edge, (mask, (dx, _)) in zip(tops, lines, strict=True):
        across, down = mask.size
        place = slice(top - edge, top - edge + down), slice(dx - left, dx - left + across)
        covered[place] = np.array(mask, np.uint8).reshape(down, across)
    return _tints(color)[covered[::-1]], left, bottom - _capital_height(font) / 2


@cache
def _tints(color: str) -> np.ndarray:
    """(256, 4): the colours of pixels that letters of this colour cover by 0 to 255."""
    covered = np.arange(256)
    tints = np.empty((256, 4), np.uint8)
    tints[:, :3] = 255 - np.outer(covered, np.subtract(1, to_rgb(color)))
    tints[:, 3] = np.maximum(covered, GROUND)
    return tints


@cache
def _font(pixels: int) -> ImageFont.FreeTypeFont:
    path = font_manager.findfont("DejaVu Sans")
    return ImageFont.truetype(path, pixels, layout_engine=ImageFont.Layout.BASIC)


@cache
def _capital_height(font: ImageFont.FreeTypeFont) -> float:
    _, top, _, bottom = font.getbbox("H", anchor="ls")
    return bottom - top


def _paste(renderer, left: int, bottom: int, colours: np.ndarray) -> None:
    context = renderer.new_gc()
    renderer.draw_image(context, left, bottom, colours)
    context.restore()
