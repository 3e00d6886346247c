"""Take the README's picture of every notebook from its saved outputs.

make pictures
"""

from __future__ import annotations

import json
from base64 import b64decode
from io import BytesIO
from pathlib import Path

from PIL import Image

DOCS = Path(__file__).parent
WIDTH = 720  # pixels: twice what the README gives it, for HiDPI screens


def main() -> None:
    for path in sorted((DOCS.parent / "notebooks").glob("*.ipynb")):
        if not (picture := picture_of(path)):
            continue
        height = round(picture.height * WIDTH / picture.width)
        small = picture.convert("RGB").resize((WIDTH, height), Image.LANCZOS)
        small.quantize(128).save(DOCS / f"{path.stem}.png", optimize=True)


def picture_of(path: Path) -> Image.Image | None:
    """Of its explorer; where there is none, the largest. None where there are no pictures."""
    pictures = []
    for cell in json.loads(path.read_text())["cells"]:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "image/png" in data:
                picture = Image.open(BytesIO(b64decode(data["image/png"])))
                pictures.append(("explorer" in "".join(data["text/plain"]), picture.width, picture))
    return max(pictures, key=lambda found: found[:2])[-1] if pictures else None


if __name__ == "__main__":
    main()
