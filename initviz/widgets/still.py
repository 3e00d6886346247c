"""Pictures that stand still, each with a text for those who do not see it."""

from io import BytesIO

from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL.Image import Image

from ..errors import bad
from .panel import encoded, png


def show(picture: Figure | Image, alt: str) -> None:
    """Display a picture with its text alternative, which a saved notebook keeps, too.

    picture: a matplotlib figure, which pyplot does not show once more, or an image of Pillow's.
    alt: what it shows, in a sentence or two: what lies across and up, and what is to be seen.

    Raises ValueError where ``alt`` is empty.
    """
    if not isinstance(alt, str) or not alt.strip():
        raise bad("alt", alt, "say in a sentence what the picture shows")
    if isinstance(picture, Figure):
        content = png(picture, bbox_inches="tight")
        plt.close(picture)
    elif isinstance(picture, Image):
        file = BytesIO()
        picture.save(file, "PNG", optimize=True)
        content = file.getvalue()
    else:
        raise bad("picture", picture, "give a matplotlib figure or an image of Pillow's")
    data = {"text/plain": f"<picture: {alt}>", "image/png": encoded(content)}
    display(data, raw=True, metadata={"image/png": {"alt": alt}})
