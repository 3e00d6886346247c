"""How fast the picture follows the slider, in real JupyterLab and real Chromium.

    make benchmark

In one run, at device pixel ratio 1 and 2: the main explorer, and beside it the same explorer
written the usual way, with ``interact`` and a new matplotlib figure for every value. Both train the
same networks again and draw the same picture at every change. The floor is a slider that shows
ready pictures in turn, and computes nothing. Printed for each:

- key press → pixels: from a key press on the scale slider until the changed picture is painted
- drag: pictures per second while the slider is dragged to and fro for three seconds
- after the drag: from the last movement until the picture stands still (a queue would show here)
- blank: shots of the screen, filmed during another drag, that lack the figure (flicker)
"""

from __future__ import annotations

import sys
import tempfile
import time
from base64 import b64decode
from io import BytesIO
from pathlib import Path
from statistics import median, quantiles

import nbformat
import numpy as np
from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "browser"))
from lab import chromium, jupyterlab, open_notebook, run_all

WARM_UP = 10  # key presses that are not counted: page and kernel compile and cache what they need
PRESSES = 40
DRAG_SECONDS = 3.0

OURS = "import initviz as iv\niv.explore()"

# The usual way; `retina` is what people set on a HiDPI screen.
USUAL = """
%config InlineBackend.figure_format = "{format}"
import dataclasses
import matplotlib.pyplot as plt
import initviz as iv
from ipywidgets import FloatLogSlider, interact

plt.rcParams.update(iv.plots.STYLE)

@interact(scale=FloatLogSlider(1, min=-3, max=2, step=0.05))
def explore(scale):
    run = iv.train(dataclasses.replace(iv.explore.start, scale=scale))
    figure = plt.figure(figsize=iv.plots.Overview.size)
    iv.plots.Overview(figure, run).update(run, run.epoch)
    plt.show()
    print(iv.explain(run))
"""

# What a slider takes that does nothing; its two pictures are those that an explorer sends.
FLOOR = """
import ipywidgets
import initviz as iv
explorer, ready = iv.explore(), []
for scale in (1.0, 0.5):
    explorer._figure.draw(iv.train(iv.Experiment(scale=scale)), 200, sharp=False)
    ready.append(explorer.picture.value)
slider = ipywidgets.SelectionSlider(
    description="scale", options=[10 ** (n / 20) for n in range(-60, 41)], value=1.0
)
explorer.picture.value = ready[slider.index % 2]
slider.observe(lambda _: setattr(explorer.picture, "value", ready[slider.index % 2]), "value")
ipywidgets.VBox([slider, explorer.picture])
"""

# Notes the time of every key press, and of every picture the time at which it was presented on the
# screen, as the browser itself reports it (Element Timing).
WATCH = """
() => {
  const output = document.querySelector('.jp-OutputArea');
  const log = window.log = {presses: [], painted: []};
  document.addEventListener('keydown', () => log.presses.push(performance.now()), true);
  const mark = () => output.querySelectorAll('img').forEach(i => { i.elementTiming = 'picture'; });
  mark();
  new MutationObserver(mark).observe(output, {subtree: true, childList: true});
  new PerformanceObserver(list => list.getEntries().forEach(entry => {
    if (entry.element?.counted === entry.loadTime) return;  // one entry a picture
    if (entry.element) entry.element.counted = entry.loadTime;
    log.painted.push(entry.renderTime);
  })).observe({type: 'element', buffered: false});
}
"""


def main() -> None:
    print(f"{'':24}{'key press → pixels':^24}{'drag':^14}{'after':^10}{'blank':^8}")
    print(f"{'':24}{'p50 ms':>10}{'p95 ms':>10}{'frames/s':>16}{'ms':>10}{'frames':>9}")
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        write(Path(folder) / "ours.ipynb", OURS)
        write(Path(folder) / "floor.ipynb", FLOOR)
        for ratio, form in ((1, "png"), (2, "retina")):
            write(Path(folder) / f"usual{ratio}.ipynb", USUAL.replace("{format}", form))
        with jupyterlab(Path(folder)) as address:
            for ratio in (1, 2):
                size: ViewportSize = {"width": 1280, "height": 900}
                context = browser.new_context(viewport=size, device_scale_factor=ratio)
                ours = _measure(context.new_page(), address, "ours.ipynb")
                floor = _measure(context.new_page(), address, "floor.ipynb")
                usual = _measure(context.new_page(), address, f"usual{ratio}.ipynb")
                context.close()
                _print(f"initviz, ratio {ratio}", ours)
                _print(f"the floor, ratio {ratio}", floor)
                _print(f"the usual way, ratio {ratio}", usual)
                faster = usual["p50"] / ours["p50"], ours["frames"] / usual["frames"]
                print(f"{'  times better':24}{faster[0]:>10.1f}{'':10}{faster[1]:>16.1f}")
                print(f"{'  times the floor':24}{ours['p50'] / floor['p50']:>10.2f}")


def write(path: Path, code: str) -> None:
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(code.strip())], metadata={"kernelspec": kernel}
    )
    nbformat.write(notebook, path)


def _measure(page: Page, address: str, notebook: str) -> dict[str, float]:
    open_notebook(page, address, notebook)
    run_all(page)
    page.wait_for_selector(".jp-OutputArea img", timeout=120_000)
    page.wait_for_timeout(3000)
    handle = page.locator(".widget-hslider", has_text="scale").locator(".noUi-handle")
    latencies = press_latencies(page, handle, "ArrowRight", "ArrowLeft")
    return {
        "p50": median(latencies),
        "p95": quantiles(latencies, n=20)[-1],
        **_drag(page, handle),
        "blank": _blank(page, handle),
    }


def press_latencies(page: Page, control: Locator, forth: str, back: str) -> list[float]:
    """Milliseconds from key press to pixels, ten times forth and ten times back in turn."""
    page.evaluate(WATCH)
    control.focus()
    latencies = []
    for press in range(WARM_UP + PRESSES):
        before = page.evaluate("() => log.painted.length")
        page.keyboard.press(forth if press // 10 % 2 == 0 else back)
        page.wait_for_function("n => log.painted.length > n", arg=before, timeout=20_000)
        page.wait_for_timeout(250)  # let it settle: a picture may come in two steps
        latencies.append(page.evaluate("n => log.painted[n] - log.presses.at(-1)", before))
    return latencies[WARM_UP:]


def _drag(page: Page, handle: Locator) -> dict[str, float]:
    """Pictures per second while dragging, and the time until the last one after it."""
    page.evaluate("() => { log.painted = []; }")
    seconds = _to_and_fro(page, handle)
    now, frames = page.evaluate("() => [performance.now(), log.painted.length]")
    page.wait_for_timeout(2500)
    last = page.evaluate("() => log.painted.at(-1)")
    return {"frames": frames / seconds, "after": max(0.0, last - now)}


def _to_and_fro(page: Page, handle: Locator) -> float:
    """Drag the slider for ``DRAG_SECONDS``; gives the seconds that it really took."""
    left, top, right, bottom = _box(handle)
    x, y = (left + right) / 2, (top + bottom) / 2
    page.mouse.move(x, y)
    page.mouse.down()
    start, step = time.monotonic(), 0
    while time.monotonic() - start < DRAG_SECONDS:
        step += 1
        page.mouse.move(x + 60 - abs(step * 3 % 240 - 120), y)
    page.mouse.up()
    return time.monotonic() - start


def _blank(page: Page, handle: Locator) -> int:
    """Drag again while the screen is filmed; the number of its pictures that lack the figure."""
    film: list[str] = []
    camera = page.context.new_cdp_session(page)

    def keep(shot: dict) -> None:
        film.append(shot["data"])
        camera.send("Page.screencastFrameAck", {"sessionId": shot["sessionId"]})

    left, top, right, bottom = _box(page.locator(".jp-OutputArea img").first)
    area = left, top, right, min(bottom, 860)
    camera.on("Page.screencastFrame", keep)
    camera.send("Page.startScreencast", {"format": "jpeg", "maxWidth": 1280, "maxHeight": 900})
    _to_and_fro(page, handle)
    camera.send("Page.stopScreencast")
    shots = (Image.open(BytesIO(b64decode(shot))).convert("L") for shot in film)
    inked = [(np.asarray(s.crop(area)) < 200).mean() for s in shots]
    return sum(share < 0.3 * median(inked) for share in inked)


def _box(locator: Locator) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is on the screen."""
    box = locator.bounding_box()
    assert box is not None
    return box["x"], box["y"], box["x"] + box["width"], box["y"] + box["height"]


def _print(name: str, row: dict[str, float]) -> None:
    print(
        f"{name:24}{row['p50']:>10.0f}{row['p95']:>10.0f}{row['frames']:>16.1f}"
        f"{row['after']:>10.0f}{row['blank']:>9.0f}"
    )


if __name__ == "__main__":
    main()
