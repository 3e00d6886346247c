"""A still picture is shown once, with its text alternative."""

import base64
import io
import sys

import pytest
from matplotlib import pyplot as plt
from PIL import Image

import initviz as iv


@pytest.fixture
def shown(monkeypatch):
    """Shows a picture, and gives (data, metadata) of what is displayed."""
    taken = []

    def keep(data, raw, metadata):
        taken.append((data, metadata))

    monkeypatch.setattr(sys.modules[iv.show.__module__], "display", keep)

    def show(picture, alt):
        iv.show(picture, alt)
        (output,) = taken
        return output

    return show


def test_a_figure_is_shown_with_its_text_and_is_pyplots_no_more(shown):
    figure = plt.figure(figsize=(3, 2))
    figure.add_subplot().plot([1, 3, 2])
    data, metadata = shown(figure, "A line that rises and falls.")
    assert metadata["image/png"]["alt"] == "A line that rises and falls."
    assert data["text/plain"] == "<picture: A line that rises and falls.>"
    content = base64.b64decode(data["image/png"])
    assert Image.open(io.BytesIO(content)).convert("L").getextrema()[0] < 100
    assert plt.get_fignums() == []


def test_a_figure_is_sharp_on_a_screen_with_two_pixels_for_one(shown):
    figure = plt.figure(figsize=(3, 2), dpi=100)
    figure.add_subplot().plot([1, 3, 2])
    data, metadata = shown(figure, "A line that rises and falls.")
    size = Image.open(io.BytesIO(base64.b64decode(data["image/png"]))).size
    shown_size = metadata["image/png"]["width"], metadata["image/png"]["height"]
    assert size[0] > 400
    assert shown_size == (size[0] // 2, size[1] // 2)


def test_an_image_too(shown):
    data, _ = shown(Image.new("RGB", (30, 20), "red"), "A red card.")
    content = base64.b64decode(data["image/png"])
    assert Image.open(io.BytesIO(content)).size == (30, 20)


@pytest.mark.parametrize("nothing", ["", "  ", None, 3])
def test_without_a_text_it_is_refused(nothing):
    with pytest.raises(ValueError, match=r"^alt=.*: say in a sentence what the picture shows"):
        iv.show(plt.figure(), nothing)
    plt.close("all")


def test_what_is_no_picture_is_named():
    with pytest.raises(ValueError, match=r"^picture=3: give a matplotlib figure"):
        iv.show(3, "Three.")
