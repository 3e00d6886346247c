"""Take the README's picture of every notebook from its saved outputs, but for what is drawn anew.

make pictures
"""

from __future__ import annotations

import json
from base64 import b64decode
from dataclasses import replace
from io import BytesIO
from pathlib import Path

from PIL import Image

import initviz as iv
from initviz.measure.width import stream_widths
from initviz.plots.scene import part_of

DOCS = Path(__file__).parent
WIDTH = 720  # pixels: twice what the README gives it, for HiDPI screens
# Of these the explorer opens on a picture in which hardly anything is to be seen.
CELLS = {"09_clinic": "PATIENTS[4]"}


def main() -> None:
    for path in sorted((DOCS.parent / "notebooks").glob("*.ipynb")):
        picture = best_rates() if path.stem == "11_width" else picture_of(path)
        if not picture:
            continue
        height = round(picture.height * WIDTH / picture.width)
        small = picture.convert("RGB").resize((WIDTH, height), Image.LANCZOS)
        small.quantize(128).save(DOCS / f"{path.stem}.png", optimize=True)


def best_rates() -> Image.Image:
    """What notebook 11 comes to, and not what it asks about before: five widths under μP."""
    start = replace(iv.explore_width.start, parametrization="mup", initializer="mup")
    *_, run = stream_widths(start)
    figure = iv.plots.picture(part_of(iv.explore_width.scene, ["losses", "best"]), run)
    figure.savefig(file := BytesIO(), dpi=200)
    return Image.open(file)


def picture_of(path: Path) -> Image.Image | None:
    """Of the cell in ``CELLS``, or of its explorer; where there is none, the largest.

    None where there are no pictures.
    """
    pictures, wanted = [], CELLS.get(path.stem, "")
    for cell in json.loads(path.read_text())["cells"]:
        if wanted not in "".join(cell["source"]):
            continue
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                picture = Image.open(BytesIO(b64decode(data["image/png"])))
                pictures.append(("explorer" in "".join(data["text/plain"]), picture.width, picture))
    return max(pictures, key=lambda found: found[:2])[-1] if pictures else None


if __name__ == "__main__":
    main()
