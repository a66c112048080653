"""What was drawn: for a page, and as a file."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from api.charts.theme import FONT, INK, SOFT, TOKENS

_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_ROOT = re.compile(r"^<svg[^>]*>")
_COLOUR = re.compile(r'(fill|stroke)="(#[0-9a-f]{6})"')
_IDENTIFIER = re.compile(r'(\bid="|url\(#|href="#)')
_IN_LINE = re.compile(r"\sstyle=|<style|<script|\son\w+=")
_ONE_PICTURE = re.compile(r' (?:font-family|role|aria-\w+)="[^"]*"')
"""What a page says for the whole: its letters, and that the parts are not read one by one."""
_WITHIN = 60
"""Drawings kept as they stand in their pages: of a map it takes longer to make than the page around it."""
_TITLE = 26
_NOTE = 24


@dataclass(frozen=True, slots=True)
class Drawing:
    """One chart as Vega drew it, in the light colours."""

    vector: str
    convert: Callable[[str], bytes] = field(repr=False, compare=False)
    """Makes a PNG of an SVG, in the process that draws."""

    @property
    def svg(self) -> str:
        """For a page that says elsewhere what it shows."""
        return self.within("graphique", "")

    @property
    def size(self) -> tuple[float, float]:
        found = _SIZE.search(self.vector)
        assert found is not None, "Vega gives its drawings a size"
        return float(found[1]), float(found[2])

    def within(self, name: str, title: str) -> str:
        """For a page: one picture with a title, in the page's own colours and letters.

        `name` is the drawing's own within its page. Raises ValueError for what a page's policy would not let in.
        """
        return _within(self, name, title)

    def alone(self, title: str, note: str) -> str:
        """As a file: on white, under its title, over a line that says whence it comes."""
        width, height = self.size
        whole = height + _TITLE + _NOTE
        inner = _ROOT.sub("", self.vector).removesuffix("</svg>")
        told, said = escape(title), escape(note)
        return (
            '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" '
            f'width="{width:g}" height="{whole:g}" viewBox="0 0 {width:g} {whole:g}" font-family="{FONT}">'
            f"<title>{told}</title>"
            f'<rect width="{width:g}" height="{whole:g}" fill="#ffffff"/>'
            f'<text x="8" y="20" font-size="16" font-weight="bold" fill="{INK}">{told}</text>'
            f'<g transform="translate(0,{_TITLE})">{inner}</g>'
            f'<text x="8" y="{whole - 8:g}" font-size="11" fill="{SOFT}">{said}</text></svg>'
        )

    def png(self, title: str = "", note: str = "") -> bytes:
        """The same as pixels, two to each of the drawing. Raises Undrawn."""
        return self.convert(self.alone(title, note))


def _token(found: re.Match[str]) -> str:
    token = TOKENS.get(found[2])
    return f'{found[1]}="var({token})"' if token is not None else found[0]


@lru_cache(_WITHIN)
def _within(drawing: Drawing, name: str, title: str) -> str:
    if _IN_LINE.search(drawing.vector):
        raise ValueError("a drawing must hold no style and no script in line")
    width, height = drawing.size
    inner = _ROOT.sub("", drawing.vector).removesuffix("</svg>")
    inner = _ONE_PICTURE.sub("", inner)
    inner = _IDENTIFIER.sub(rf"\g<1>{name}-", inner)
    inner = _COLOUR.sub(_token, inner)
    told = f'<title id="{name}-titre">{escape(title)}</title>' if title else ""
    said = f'role="img" aria-labelledby="{name}-titre"' if title else 'aria-hidden="true"'
    return (
        f'<svg class="drawing" viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" {said}>'
        f"{told}{inner}</svg>"
    )
