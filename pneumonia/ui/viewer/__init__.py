"""The radiograph viewer, which works in the browser at full bit depth.

Offers `show_viewer` and what it takes: a `ViewerContent` with `SaliencyLayer` objects.
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
