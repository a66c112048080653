"""The process that draws: it holds Vega's JavaScript engine, so that the one that answers pages doesn't.

It says when it is ready, reads jobs from the descriptor that it is given, one after the other, and ends when nobody
holds the other end.
"""

import base64
import json
import sys
from typing import Any

import altair
import vl_convert

from api.charts.makers import specification
from api.charts.theme import CONFIG, LOCALE
from outreach.child import answers

_PIXELS = 2.0
_FIRST = {"data": {"values": [{"x": 1}]}, "mark": "bar", "encoding": {"x": {"field": "x", "type": "quantitative"}}}


def main(descriptor: int) -> None:
    # What takes long is to load the libraries and to draw the first time.
    drawn(_FIRST)
    answers(descriptor, lambda job: json.dumps(_done(json.loads(job))).encode(), tells_when_ready=True)


def _done(job: dict[str, Any]) -> dict[str, str]:
    try:
        if "png" in job:
            return {"png": base64.b64encode(vl_convert.svg_to_png(job["png"], scale=_PIXELS)).decode()}
        spec = specification(job["maker"], job["figures"]) if "maker" in job else job["spec"]
        return {"svg": drawn(spec)}
    except (ValueError, KeyError, TypeError, altair.utils.schemapi.SchemaValidationError) as error:
        # Its kind alone: a message might quote figures.
        return {"error": type(error).__name__}


def drawn(spec: dict[str, Any]) -> str:
    """The SVG of a Vega-Lite specification, in our theme; what the specification says itself goes before."""
    return vl_convert.vegalite_to_svg(
        {**spec, "config": _over(CONFIG, {**spec.get("config", {}), "view": CONFIG["view"]})},
        format_locale=LOCALE,
        time_format_locale=LOCALE,
        allowed_base_urls=[],
    )


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    """One configuration over another, part by part."""
    both = {**below, **above}
    for key in below.keys() & above.keys():
        if isinstance(below[key], dict) and isinstance(above[key], dict):
            both[key] = _over(below[key], above[key])
    return both


if __name__ == "__main__":
    main(int(sys.argv[1]))
