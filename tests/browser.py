"""A page in a real browser: Debian's chromium without a window, driven by playwright; axe-core looks for barriers."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

SIZES = {"phone": (375, 812), "laptop": (1366, 768)}
QUIET = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update"]
FOCUSED = """() => {
    const e = document.activeElement, box = e.getBoundingClientRect();
    return [e.tagName, e.getAttribute('href') || e.getAttribute('aria-labelledby') || '', Math.round(box.top + scrollY)];
}"""


class Seen(NamedTuple):
    """What a browser made of a page: what its console said, what it asked the network for, barriers, and the way of the Tab key."""

    console: list[str]
    requests: list[str]
    violations: list[str]
    focused: list[tuple[str, str, int]]  # tag, what it points to or is named by, how far down
    widths: dict[str, tuple[int, int]]  # size: of the page, of the window


def found() -> str | None:
    """The browser of this machine, if there is one."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def needed() -> str:
    """The browser. Without one the test is skipped, or fails where COURTSIM_BROWSER=required says that one must be there."""
    path = found()
    if path is None and os.environ.get("COURTSIM_BROWSER") == "required":
        pytest.fail("no chromium, and COURTSIM_BROWSER=required: apt-get install chromium (make browser)")
    if path is None:
        pytest.skip("no chromium on this machine: apt-get install chromium (make browser)")
    return path


@contextmanager
def opened(path: Path, **context: Any) -> Iterator[tuple[Any, list[str], list[str]]]:
    """The page in a browser that may fetch nothing but the file; with what its console says and what it asks for."""
    from playwright.sync_api import sync_playwright

    console: list[str] = []
    requests: list[str] = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=needed(), args=QUIET)
        page = browser.new_context(**context).new_page()

        def asked(route: Any) -> None:
            requests.append(route.request.url)
            if route.request.url == path.as_uri():
                route.continue_()
            else:
                route.abort()

        page.route("**/*", asked)
        page.on("console", lambda message: console.append(message.text))
        page.on("pageerror", lambda fault: console.append(str(fault)))
        page.goto(path.as_uri())
        yield page, console, requests
        browser.close()


def looked_at(path: Path, pictures: Path | None = None) -> Seen:
    """Opens a page at every size, light, dark and printed; keeps pictures of it where a folder is given."""
    from axe_playwright_python.sync_playwright import Axe

    widths: dict[str, tuple[int, int]] = {}
    violations: list[str] = []
    focused: list[tuple[str, str, int]] = []
    with opened(path) as (page, console, requests):
        for size, (width, height) in SIZES.items():
            for scheme in ("light", "dark") if size == "laptop" else ("light",):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme)
                barriers = Axe().run(page).response["violations"]
                violations += [f"{size}, {scheme}: {each['id']}: {each['nodes'][0]['html'][:120]}" for each in barriers]
                if pictures is not None:
                    page.screenshot(path=pictures / f"{path.stem}-{size}-{scheme}.png", full_page=True)
            widths[size] = tuple(page.evaluate("[document.documentElement.scrollWidth, innerWidth]"))
        page.evaluate("window.scrollTo(0, 0)")
        for _ in range(500):
            page.keyboard.press("Tab")
            here = page.evaluate(FOCUSED)
            if here[0] == "BODY":
                break
            focused.append(tuple(here))
        if pictures is not None:
            page.emulate_media(media="print", color_scheme="light")
            page.pdf(path=pictures / f"{path.stem}-print.pdf", prefer_css_page_size=True)
    return Seen(console, requests, violations, focused, widths)
