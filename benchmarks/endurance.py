"""What is left behind by ten thousand steps of the scale slider, in real JupyterLab and Chromium,
and then by two hundred explorers that are opened and closed, in this process.

    make benchmark

The key is pressed as fast as the page takes it, over the whole slider and back. Beside the number
of presses so far: the pictures that were painted; of the kernel its memory, threads, open file
handles and live matplotlib figures; and of the page its memory and the elements in it.
"""

from __future__ import annotations

import gc
import json
import os
import tempfile
import threading
from pathlib import Path

import comm
from latency import WATCH, chromium, jupyterlab, open_notebook, run_all, write
from playwright.sync_api import Page

import initviz as iv
from initviz.widgets.versions import open_widgets

EVENTS = 10_000
OPENED = 200  # explorers, one after the other
WARM_UP = 1_000  # presses after which what is made once is made
SWEEP = 80  # presses one way

# The kernel's own numbers, written down whenever the explorer's picture has become sharp.
OURS = """
import gc, json, os, threading
import initviz as iv
from matplotlib.figure import Figure

explorer = iv.explore()

def count(change):
    pages = int(open("/proc/self/statm").read().split()[1])
    numbers = {
        "MiB": pages * os.sysconf("SC_PAGE_SIZE") / 2**20,
        "threads": threading.active_count(),
        "files": len(os.listdir("/proc/self/fd")),
        "figures": sum(issubclass(type(thing), Figure) for thing in gc.get_objects()),
    }
    json.dump(numbers, open("numbers.json", "w"))

explorer.words.observe(count, "value")
explorer
"""


def main() -> None:
    print(f"{'':>8}{'':>10}{'kernel':>10}{'':>10}{'':>8}{'':>10}{'page':>10}{'':>10}")
    print(
        f"{'presses':>8}{'pictures':>10}{'MiB':>10}{'threads':>10}{'files':>8}{'figures':>10}"
        f"{'MiB':>10}{'elements':>10}"
    )
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        write(Path(folder) / "ours.ipynb", OURS)
        with jupyterlab(Path(folder)) as address:
            page = browser.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=2)
            open_notebook(page, address, "ours.ipynb")
            run_all(page)
            page.wait_for_selector("img.widget-image", timeout=120_000)
            page.evaluate(WATCH)
            page.locator(".widget-hslider", has_text="scale").locator(".noUi-handle").focus()
            for press in range(WARM_UP + EVENTS + 1):
                if press >= WARM_UP and (press - WARM_UP) % (EVENTS // 4) == 0:
                    _print(press - WARM_UP, page, Path(folder) / "numbers.json")
                page.keyboard.press("ArrowLeft" if press // SWEEP % 2 else "ArrowRight")


def _print(presses: int, page: Page, file: Path) -> None:
    page.wait_for_timeout(2000)
    kernel = json.loads(file.read_text())
    painted = page.evaluate("() => log.painted.length")
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    print(
        f"{presses:>8,}{painted:>10,}{kernel['MiB']:>10.1f}{kernel['threads']:>10}"
        f"{kernel['files']:>8}{kernel['figures']:>10}"
        f"{metrics['JSHeapUsedSize'] / 2**20:>10.1f}{metrics['Nodes']:>10,.0f}",
        flush=True,
    )


def open_and_close() -> None:
    """Of this process: its memory, threads, open file handles, widgets and their connections."""
    small = iv.Experiment(hidden_layers=(4,), epochs=10, restarts=2)
    kinds = [lambda: iv.explore(small), iv.explore_checkup, lambda: iv.compare(small, small)]
    print(f"\n{'opened':>8}{'MiB':>10}{'threads':>10}{'files':>8}{'widgets':>10}{'comms':>10}")
    for number in range(OPENED + 1):
        kinds[number % len(kinds)]().close()
        if number % (OPENED // 5) == 0:
            gc.collect()
            pages = int(Path("/proc/self/statm").read_text().split()[1])
            print(
                f"{number:>8,}{pages * os.sysconf('SC_PAGE_SIZE') / 2**20:>10.1f}"
                f"{threading.active_count():>10}{len(os.listdir('/proc/self/fd')):>8}"
                f"{len(open_widgets()):>10}{len(comm.get_comm_manager().comms):>10}",
                flush=True,
            )


if __name__ == "__main__":
    main()
    open_and_close()
