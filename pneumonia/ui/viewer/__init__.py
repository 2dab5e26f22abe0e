"""The radiograph viewer: full bit depth in the browser, no round trip to read it.

Offers `show_viewer` and what it takes: a `ViewerContent` with its `SaliencyLayer` s.
Python packs the content into bytes (`payload`); the page's own modules in ``browser/``
draw it, so window, zoom, inversion and overlay need no answer from the server.
"""

from pneumonia.ui.viewer.component import Corners, show_viewer
from pneumonia.ui.viewer.content import SaliencyLayer, ViewerContent
from pneumonia.ui.viewer.payload import pack_payload

__all__ = [
    "Corners",
    "SaliencyLayer",
    "ViewerContent",
    "pack_payload",
    "show_viewer",
]
