"""A real JupyterLab and a real Chromium, for the browser tests and the latency benchmark."""

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


@contextmanager
def jupyterlab(folder: Path) -> Iterator[str]:
    """Run JupyterLab in ``folder`` on a free local port; gives its address with the token in it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    token = secrets.token_hex(8)
    command = [
        *(
            sys.executable,
            "-P",
            "-m",
            "jupyterlab",
            "--no-browser",
            "--allow-root",
            "--ip=127.0.0.1",
        ),
        *(f"--port={port}", f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder}"),
        "--LabApp.expose_app_in_browser=True",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]
    settings = folder / ".settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True, exist_ok=True)
    (settings / "notification.jupyterlab-settings").write_text('{"fetchNews": "false"}')
    environment = {**os.environ, "JUPYTERLAB_SETTINGS_DIR": str(folder / ".settings")}
    log = (folder / "jupyterlab.log").open("w")
    server = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, env=environment)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api/status?token={token}", server)
        yield f"http://127.0.0.1:{port}/lab/tree/{{notebook}}?token={token}&reset"
    finally:
        server.terminate()
        server.wait(20)
        log.close()


def _wait_for(address: str, server: subprocess.Popen, seconds: float = 60) -> None:
    stop = time.monotonic() + seconds
    while time.monotonic() < stop:
        if server.poll() is not None:
            raise RuntimeError("JupyterLab ended before it answered; see jupyterlab.log")
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, TimeoutError):
            time.sleep(0.2)
    raise TimeoutError(f"JupyterLab did not answer within {seconds} s")


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


# What a person does with an explorer, and sees of it.

PICTURE = "img.widget-image"


def pixels(page) -> str:
    """A fingerprint of the picture as it is now."""
    return page.evaluate(
        """async selector => {
          const bytes = await (await fetch(document.querySelector(selector).src)).arrayBuffer();
          const digest = await crypto.subtle.digest('SHA-1', bytes);
          return [...new Uint8Array(digest)].map(byte => byte.toString(16)).join('');
        }""",
        PICTURE,
    )


def still(page) -> str:
    """Wait until the picture is sharp and has stood still for a while; its fingerprint."""
    seen: list[str] = []
    for _ in range(225):
        page.wait_for_timeout(100)
        sharp = page.locator(PICTURE).evaluate("e => e.naturalWidth") == 1800
        done = sharp and _idle(page) and not words(page).startswith("Training")
        seen = [*seen, pixels(page)] if done else []
        if len(seen) >= 3 and len(set(seen[-3:])) == 1:
            return seen[-1]
    raise AssertionError("the picture does not come to rest")


def _idle(page) -> bool:
    session = "window.jupyterapp.shell.currentWidget.sessionContext.session"
    return page.evaluate(f"() => {session}.kernel.status === 'idle'")


def changed(page, before: str) -> str:
    """Wait until the picture differs from ``before`` and stands still; its fingerprint."""
    for _ in range(50):
        if pixels(page) != before:
            break
        page.wait_for_timeout(100)
    after = still(page)
    assert after != before
    return after


def becomes(page, wanted: str) -> None:
    """Wait until the picture is the one with that fingerprint."""
    for _ in range(100):
        if pixels(page) == wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError("the picture does not become what it was")


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
