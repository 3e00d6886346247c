"""Pictures that stand still, each with a text for those who do not see it."""

from io import BytesIO

from IPython.display import display
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL.Image import Image
from PIL.Image import open as open_image

from ..errors import bad
from ..plots.style import png
from .fold import keep_folded
from .panel import encoded, in_few_colours

SHARP = 2  # pixels for each one shown, as screens of today have them


def show(picture: Figure | Image, alt: str) -> None:
    """Display a picture with its text alternative, which a saved notebook keeps, too.

    picture: a matplotlib figure, which pyplot does not show once more, or an image of Pillow's.
    alt: what it shows, in a sentence or two: what lies across and up, and what is to be seen.

    Raises ValueError where ``alt`` is empty.
    """
    keep_folded()  # the checks below it, too
    if not isinstance(alt, str) or not alt.strip():
        raise bad("alt", alt, "say in a sentence what the picture shows")
    described: dict[str, str | int] = {"alt": alt}
    if isinstance(picture, Figure):
        content = in_few_colours(png(picture, bbox_inches="tight", dpi=SHARP * picture.dpi))
        plt.close(picture)
        described |= _shown_size(content)
    elif isinstance(picture, Image):
        file = BytesIO()
        picture.save(file, "PNG", optimize=True)
        content = file.getvalue()
    else:
        raise bad("picture", picture, "give a matplotlib figure or an image of Pillow's")
    data = {"text/plain": f"<picture: {alt}>", "image/png": encoded(content)}
    display(data, raw=True, metadata={"image/png": described})


def _shown_size(content: bytes) -> dict[str, int]:
    with open_image(BytesIO(content)) as image:
        return {"width": image.width // SHARP, "height": image.height // SHARP}
