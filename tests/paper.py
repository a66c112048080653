"""A page as Chromium prints it on A4: what is cut, what is missing, what should not be there."""

import re
from io import BytesIO
from math import ceil
from typing import Any
from unicodedata import normalize

from playwright.sync_api import Page
from pypdf import PdfReader

_WIDTH, _HEIGHT = 703, 1017
"""What a sheet holds between our margins, in CSS pixels."""
_SHEET = (595, 842)
"""A4 in points."""
_FOR_SCREENS = "nav, .banner, .filters, .files, .foot, .subnav, .crumb"

_SEEN = """([width, height, forScreens]) => {
  const shown = (one) => one.checkVisibility({ contentVisibilityAuto: true, visibilityProperty: true });
  const all = (selector) => [...document.querySelectorAll(selector)];
  const read = (one) => {
    const walker = document.createTreeWalker(one, NodeFilter.SHOW_TEXT);
    let text = "";
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      if (parent.checkVisibility() && !parent.closest(".visually-hidden")) text += walker.currentNode.nodeValue;
    }
    return text;
  };
  const texts = (list) => list.map(read).filter((text) => text.trim());
  return {
    wide: all("main *").filter((one) => shown(one) && !one.classList.contains("visually-hidden")
      && one.getBoundingClientRect().right > width + 1).map((one) => `${one.tagName} ${one.className.baseVal ?? one.className}`),
    forScreens: all(forScreens).filter((one) => shown(one) && one.clientHeight).map((one) => one.className || one.tagName),
    hidden: all("main table").filter((one) => !shown(one)).map((one) => one.id),
    cut: all(".drawing").filter((one) => one.getBoundingClientRect().height > height
      || getComputedStyle(one.parentElement).breakInside !== "avoid").length,
    drawn: texts(all(".drawing text").filter((one) => one.getAttribute("opacity") !== "0")),
    cells: texts(all("main :is(h1, h2, td, th)")),
    colours: [getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color],
    height: document.documentElement.scrollHeight,
  };
}"""


def _packed(text: str) -> str:
    """Without what a sheet changes: spaces, hyphens at the end of a line, letters drawn as one."""
    return re.sub(r"[\s\u00ad\u2010\u2011-]+", "", normalize("NFKC", text))


def wrong_on_paper(page: Page) -> list[str]:
    """What a reader of the printed page would miss, one line each. Leaves the page as it was, on a screen."""
    before = page.viewport_size
    page.set_viewport_size({"width": _WIDTH, "height": _HEIGHT})
    page.emulate_media(media="print")
    seen: dict[str, Any] = page.evaluate(_SEEN, [_WIDTH, _HEIGHT, _FOR_SCREENS])
    page.emulate_media(media="null")
    sheets = PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))).pages
    if before is not None:
        page.set_viewport_size(before)
    told = [_packed(sheet.extract_text()) for sheet in sheets]
    whole = "".join(told)
    found = [f"too wide: {one}" for one in seen["wide"][:3]]
    found += [f"only a screen needs {one}" for one in seen["forScreens"]]
    found += [f"the table {one} is not there" for one in seen["hidden"]]
    if {(round(float(sheet.mediabox.width)), round(float(sheet.mediabox.height))) for sheet in sheets} != {_SHEET}:
        found.append("is not on A4")
    if seen["cut"]:
        found.append(f"{seen['cut']} charts may be cut between two sheets")
    if seen["colours"] != ["rgb(255, 255, 255)", "rgb(22, 32, 31)"]:
        found.append(f"is printed in {seen['colours']}")
    for what in ("drawn", "cells"):
        missing = [text for text in seen[what] if _packed(text) not in whole]
        if missing:
            found.append(f"{len(missing)} of {len(seen[what])} {what} are not on paper, as {missing[:4]}")
    if not all(told):
        found.append("a sheet is empty")
    # Room is lost where a chart or a row goes to the next sheet whole.
    most = ceil(1.5 * seen["height"] / _HEIGHT) + 1
    if len(sheets) > most:
        found.append(f"takes {len(sheets)} sheets, for a text of {seen['height']} px")
    return [f"{page.url} {one}" for one in found]
