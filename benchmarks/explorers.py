"""How fast every explorer answers a key press on its main control, at its defaults.

    make benchmark

In real JupyterLab and real Chromium, at device pixel ratio 2: milliseconds from the key press until
the changed picture is painted. Menus are left out: JupyterLab takes their arrow keys for itself.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median, quantiles

from latency import chromium, jupyterlab, open_notebook, press_latencies, run_all, write
from playwright.sync_api import Locator, Page, ViewportSize

import initviz as iv
from initviz.widgets import CHAPTERS
from initviz.widgets.controls import Control, Slider


def main() -> None:
    print(f"{'':24}{'p50 ms':>10}{'p95 ms':>10}")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        for name in CHAPTERS:
            write(Path(folder) / f"{name}.ipynb", f"import initviz as iv\niv.{name}()")
        with jupyterlab(Path(folder)) as address:
            for name in CHAPTERS:
                lead = getattr(iv, name).lead[-1]
                if not isinstance(lead, Slider):
                    print(f"{name:24}{'has no slider':>20}")
                    continue
                size: ViewportSize = {"width": 1280, "height": 1000}
                page = browser.new_page(viewport=size, device_scale_factor=2)
                open_notebook(page, address, f"{name}.ipynb")
                run_all(page)
                page.wait_for_selector("img.widget-image", timeout=120_000)
                page.wait_for_timeout(3000)
                latencies = press_latencies(page, _handle(page, lead), "ArrowRight", "ArrowLeft")
                p95 = quantiles(latencies, n=20)[-1]
                print(f"{name:24}{median(latencies):>10.0f}{p95:>10.0f}", flush=True)
                page.close()


def _handle(page: Page, control: Control) -> Locator:
    label = page.get_by_text(control.description, exact=True)
    return page.locator(".widget-hslider").filter(has=label).locator(".noUi-handle")


if __name__ == "__main__":
    main()
