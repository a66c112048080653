"""A real Chromium for tests, and axe's opinion of what it shows."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

_ARGUMENTS = [
    "--no-sandbox",  # tests may run as root in a container
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENCE = 120_000
"""Milliseconds: a busy machine is no fault of a page's."""
_AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

_OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe whose answer may differ between two colour schemes of one page."""
_OF_WIDTH = ("scrollable-region-focusable", "target-size")
"""And between two widths."""


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium; skips the test when the machine has none."""
    path = os.environ.get("RELAIS_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium here: install chromium, or give its path as RELAIS_CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_ARGUMENTS)
        expect.set_options(timeout=PATIENCE)
        yield browser
        browser.close()


def new_context(browser: Browser, **options: Any) -> BrowserContext:
    context = browser.new_context(**options)
    context.set_default_timeout(PATIENCE)
    return context


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def browser_page(browser: Browser) -> Iterator[Page]:
    """A page on a 13-inch screen; anything that a page logs as an error fails the test."""
    context = new_context(browser, viewport={"width": 1280, "height": 800}, locale="fr-FR", timezone_id="Europe/Paris")
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    assert errors == [], errors


def violations(page: Page, rules: Sequence[str] = ()) -> list[str]:
    """What axe finds wrong, one line each, by all its rules or by these alone."""
    asked = {"type": "rule", "values": [*rules]} if rules else {"type": "tag", "values": _AXE_TAGS}
    found = Axe().run(page, options={"runOnly": asked}).response["violations"]
    return [
        f"{page.url} {rule['id']}: {rule['help']} – {rule['nodes'][0]['html'][:160]} {rule['nodes'][0].get('failureSummary', '')[:200]}"
        for rule in found
    ]


def looks_wrong(page: Page) -> list[str]:
    """What axe finds on a desk, a tablet and a telephone, in light and dark, and whatever makes the page scroll sideways."""
    found: list[str] = []
    looks: Sequence[tuple[int, str, Sequence[str]]] = (
        (1280, "light", ()),
        (1280, "dark", _OF_COLOURS),
        (820, "light", _OF_WIDTH),
        (400, "dark", _OF_COLOURS + _OF_WIDTH),
    )
    for width, scheme, rules in looks:
        page.set_viewport_size({"width": width, "height": 800})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        found += [f"{width} {scheme} {one}" for one in violations(page, rules)]
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if wide > 0:
            found.append(f"{width} {page.url} is {wide} px too wide")
    bare = page.evaluate(
        "[...document.querySelectorAll('main svg :is(rect, circle):not([fill])')]"
        ".filter(one => getComputedStyle(one).fill === 'rgb(0, 0, 0)' && !one.closest('defs, clipPath')).length"
    )
    if bare:
        found.append(f"{page.url} has {bare} shapes that no style colours")
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    return found
