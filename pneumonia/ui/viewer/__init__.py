"""The radiograph viewer, which works in the browser at full bit depth.

Offers `show_viewer` and what it takes: a `ViewerContent` with `SaliencyLayer` objects.
Python describes the content and lends its pixels (`payload`). The page's own modules in
``browser/`` fetch and draw them, so window, zoom, inversion and overlay need no answer
from the server.
"""

from pneumonia.ui.viewer.component import Corners, show_viewer
from pneumonia.ui.viewer.content import SaliencyLayer, ViewerContent
from pneumonia.ui.viewer.payload import describe, pack_extras, pack_grey

__all__ = [
    "Corners",
    "SaliencyLayer",
    "ViewerContent",
    "describe",
    "pack_extras",
    "pack_grey",
    "show_viewer",
]
