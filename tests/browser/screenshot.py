"""Take the picture in the README: the first notebook's explorer in real JupyterLab.

make pictures
"""

import shutil
import tempfile
from pathlib import Path

from lab import chromium, jupyterlab, open_notebook, run_all

ROOT = Path(__file__).parents[2]


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        shutil.copy(ROOT / "notebooks" / "00_start_here.ipynb", folder)
        with jupyterlab(Path(folder)) as address:
            size = {"width": 1280, "height": 900}
            page = browser.new_page(viewport=size, device_scale_factor=2)
            open_notebook(page, address, "00_start_here.ipynb")
            run_all(page)
            page.wait_for_selector("img.widget-image", timeout=60_000)
            page.wait_for_timeout(3000)
            explorer = page.locator(".widget-vbox").filter(has=page.locator("img.widget-image"))
            (ROOT / "docs").mkdir(exist_ok=True)
            explorer.first.screenshot(path=ROOT / "docs" / "explorer.png")


if __name__ == "__main__":
    main()
