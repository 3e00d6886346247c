"""Real front ends and real browsers, for the browser tests and the latency benchmark."""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_path() -> str | None:
    """Where Chromium is on this machine, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def firefox_path() -> str | None:
    """Where Firefox is on this machine, or None."""
    return shutil.which("firefox-esr") or shutil.which("firefox")


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Run JupyterLab in ``folder``; gives the address of a notebook in it, its token included."""
    settings = folder / ".settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    options = [
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    environment = {"JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings")}
    with jupyter("jupyterlab", folder, "lab/tree", *options, **environment) as address:
        yield f"{address}&reset"


@contextmanager
def jupyter(
    front: str, folder: Path, path: str, *options: str, **environment: str
) -> Iterator[str]:
    """Run a front end of Jupyter's in ``folder``; the address of a notebook below ``path``."""
    token = secrets.token_hex(8)
    common = ["--allow-root", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"]
    with server(front, folder, *common, *options, **environment) as address:
        yield f"{address}/{path}/{{notebook}}?token={token}"


@contextmanager
def server(front: str, folder: Path, *options: str, **environment: str) -> Iterator[str]:
    """Run a front end's module on a free local port, with a log in ``folder``; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-P", "-m", front, "--no-browser", f"--port={port}"]
    log = (folder / f"{front}.log").open("w")
    running = subprocess.Popen(
        [*command, "--ip=127.0.0.1", *options],
        stdout=log,
        stderr=subprocess.STDOUT,
        env={**os.environ, **environment},
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}", running)
        yield f"http://127.0.0.1:{port}"
    finally:
        running.terminate()
        running.wait(20)
        log.close()


def _wait_for(address: str, running: subprocess.Popen, seconds: float = 60) -> None:
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        if running.poll() is not None:
            raise RuntimeError("the server ended before it answered; see its log")
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError(f"the server did not answer within {seconds} s")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium_path(), args=CHROMIUM_FLAGS, headless=True
        )
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def firefox() -> Iterator[Browser]:
    """Any Firefox, spoken to in WebDriver BiDi, the language that browsers have in common."""
    with sync_playwright() as playwright:
        browser = playwright.firefox.launch(
            channel="moz-firefox", executable_path=firefox_path(), headless=True
        )
        try:
            yield browser
        finally:
            browser.close()


def write_notebook(path: Path, *cells: str) -> None:
    """A notebook of code cells, none of which has run."""
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata.kernelspec = {"name": "python3", "display_name": "", "language": "python"}
    nbformat.write(made, path)


def open_notebook(page: Page, address: str, notebook: str) -> None:
    """Open a notebook in JupyterLab and wait until its kernel is ready."""
    page.goto(address.format(notebook=notebook))
    page.wait_for_function(
        "() => window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel"
        "?.status === 'idle' && window.jupyterapp.shell.currentWidget.sessionContext.isReady",
        timeout=90_000,
    )
    page.wait_for_timeout(500)


def run_all(page: Page) -> None:
    """Run every cell and wait until the last one is done."""
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")


def wait_until_idle(page: Page, seconds: float = 120) -> None:
    """Wait until every cell has run."""
    page.wait_for_function(
        """() => {
          const panel = window.jupyterapp.shell.currentWidget;
          const codes = panel.content.widgets.filter(cell => cell.model.type === 'code');
          return panel.sessionContext.session?.kernel?.status === 'idle'
            && codes.every(cell => cell.model.executionCount
              && cell.model.sharedModel.executionState !== 'running');
        }""",
        timeout=1000 * seconds,
    )


# What a person does with an explorer, and sees of it.

PICTURE = "img.widget-image"


# What is asked again and again is asked within the page: with several calls from outside for every
# look at the picture, the browser and we were busy with little else.
_SEEN = """
  const told = {};
  async function fingerprint() {  // of the picture as it is now; the data URL is the picture
    const url = document.querySelector(selector)?.getAttribute('src');
    if (url && told.url !== url) {
      const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(url));
      told.print = [...new Uint8Array(digest)].map(byte => byte.toString(16)).join('');
      told.url = url;
    }
    return url ? told.print : null;
  }
  const pause = () => new Promise(resolve => setTimeout(resolve, 100));
"""


def _ask(page, body: str, argument: str | None = None):
    """What the body of a JavaScript function ``(selector, argument)`` returns in the page."""
    return page.evaluate(f"async ([selector, argument]) => {{{_SEEN}{body}}}", [PICTURE, argument])


def pixels(page) -> str:
    """A fingerprint of the picture as it is now."""
    return _ask(page, "return await fingerprint();")


def still(page) -> str:
    """Wait until the picture is sharp and has stood still for a while; its fingerprint."""
    found = _ask(
        page,
        """
        const kernel = window.jupyterapp?.shell.currentWidget.sessionContext?.session.kernel;
        let seen = [];
        for (let i = 0; i < 450; i++) {
          await pause();
          const picture = document.querySelector(selector);
          const done = picture?.naturalWidth > 1000 && (kernel?.status ?? 'idle') === 'idle'
            && !picture.title.startsWith('Training');
          seen = done ? [...seen, await fingerprint()] : [];
          if (seen.length >= 3 && new Set(seen.slice(-3)).size === 1) return seen.at(-1);
        }
        """,
    )
    assert found, "the picture does not come to rest"
    return found


def changed(page, before: str) -> str:
    """Wait until the picture differs from ``before`` and stands still; its fingerprint."""
    _ask(
        page,
        "for (let i = 0; i < 65 && await fingerprint() === argument; i++) await pause();",
        before,
    )
    after = still(page)
    assert after != before
    return after


def becomes(page, wanted: str) -> None:
    """Wait until the picture is the one with that fingerprint."""
    found = _ask(
        page,
        """
        for (let i = 0; i < 130; i++) {
          if (await fingerprint() === argument) return true;
          await pause();
        }
        """,
        wanted,
    )
    assert found, "the picture does not become what it was"


def slider(page, label):
    row = page.locator(".widget-hslider").filter(has=page.get_by_text(label, exact=True))
    return row.locator(".noUi-handle")


def menu(page, label):
    row = page.locator(".widget-dropdown").filter(has=page.get_by_text(label, exact=True))
    return row.locator("select")


def drag(page, handle, pixels_right: int) -> None:
    box = handle.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + pixels_right, y, steps=12)
    page.mouse.up()


def words(page) -> str:
    return page.locator(PICTURE).get_attribute("title")


def clipped_labels(page) -> list[str]:
    """Labels and buttons that do not show all of their text."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.widget-label, .jupyter-button')]
          .filter(e => e.scrollWidth > e.clientWidth + 1).map(e => e.textContent)"""
    )


def silent_labels(page) -> list[str]:
    """Labels that explain nothing when the mouse rests on them."""
    return page.evaluate(
        """() => [...document.querySelectorAll('.widget-label')].filter(e => e.textContent)
          .filter(e => !e.title && !e.querySelector('[title]')).map(e => e.textContent)"""
    )
