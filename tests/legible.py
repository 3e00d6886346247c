"""Whether every text of a picture can be read: none is cut off, and no two overlap."""

from itertools import combinations

from matplotlib.text import Text

from initviz.plots.fast import Label


def texts(figure):
    """Every text that is drawn, with its box in pixels."""
    renderer = figure.canvas.get_renderer()
    still = [(t.get_text(), t) for t in figure.findobj(Text) if t.get_visible()]
    moving = [(label.text, label) for label in figure.findobj(Label)]
    return [(text, t.get_window_extent(renderer)) for text, t in still + moving if text.strip()]


def assert_legible(figure):
    figure.draw_without_rendering()
    found = texts(figure)
    for text, box in found:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.x1, text
        assert box.y1 <= figure.bbox.y1, text
    for (one, box), (other, other_box) in combinations(found, 2):
        width = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
        height = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
        assert min(width, height) < 2, f"{one!r} runs into {other!r}"
