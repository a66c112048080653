"""Charts, drawn on the server by Vega-Lite to SVG that a page holds in itself: no script, no style from elsewhere.

`render` draws a specification; pages keep what they show on a `Shelf`. Why so: decision 21.
"""

from api.charts.drawer import Drawer, Undrawn
from api.charts.drawing import Drawing
from api.charts.rendering import close, render, start

__all__ = ["Drawer", "Drawing", "Undrawn", "close", "render", "start"]
