"""How every chart looks: the page's tokens, French numbers and dates.

A specification speaks the tokens' light colours, each of which names one token: in a page they become the token
itself, so that a chart follows the page into the dark; in a file they stay.
"""

from typing import Any, Final

INK = "#16201f"
SOFT = "#4b5856"
LINE = "#dcd8ce"
BRAND = "#0b5d57"
CALM = "#2a4a86"
WARN = "#7a4a00"
ALERT = "#a4262c"
BAND = "#cfe5e1"
MASKED = "#ece8df"
ON_STRONG = "#fefefe"
STEPS = ("#e3f1ee", "#b9ddd7", "#86c3ba", "#25807a", "#0c5e58", "#063b38")
"""From the least to the most; what is written on the first three is INK, on the others ON_STRONG."""
SERIES = ("#0a5c56", "#5a8f29", "#b26a00", "#2b4b87", "#8a3f7c", "#6c7876")
"""Parts of a whole, in an order in which neighbours are told apart without their hue as well."""

TOKENS = {
    INK: "--ink",
    SOFT: "--ink-soft",
    LINE: "--line",
    BRAND: "--brand",
    CALM: "--calm",
    WARN: "--warn",
    ALERT: "--alert",
    BAND: "--chart-band",
    MASKED: "--chart-masked",
    ON_STRONG: "--on-brand",
    **{colour: f"--chart-step-{number}" for number, colour in enumerate(STEPS, start=1)},
    **{colour: f"--chart-series-{number}" for number, colour in enumerate(SERIES, start=1)},
}

FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
TEXT = 13
"""In pixels of the drawing, which a page shows at its own size or a little smaller."""

CONFIG: dict[str, Any] = {
    "aria": False,  # the drawing is one picture with a title; its table is what is read
    "background": None,
    "font": FONT,
    # A page's letters may be wider than those that were measured.
    "padding": {"left": 14, "right": 14, "top": 4, "bottom": 4},
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "labelFontSize": TEXT,
        "titleColor": SOFT,
        "titleFontSize": TEXT,
        "titleFontWeight": "normal",
        "titlePadding": 10,
        "labelLimit": 260,
        "gridColor": LINE,
        "domainColor": LINE,
        "tickColor": LINE,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": TEXT,
        "labelLimit": 260,
        "titleColor": SOFT,
        "titleFontSize": TEXT,
        "titleFontWeight": "normal",
        "orient": "top",
        "symbolStrokeColor": None,
        "symbolType": "square",
    },
    "text": {"color": INK, "fontSize": TEXT},
    "line": {"color": BRAND, "strokeWidth": 2.5},
    "area": {"color": BAND},
    "bar": {"color": BRAND},
    "point": {"color": BRAND, "filled": True, "size": 55},
    "rule": {"color": SOFT},
}
LOCALE: Final = "fr-FR"
