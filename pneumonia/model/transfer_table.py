"""The transfer table: the colour and the opacity in which a heatmap shows a strength.

The page and every export use this one table, so a heatmap looks the same everywhere.
"""

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["TRANSFER_TABLE"]

# Strengths below the first are transparent; those above the second are as opaque as
# the heatmap gets.
_TRANSPARENT, _OPAQUE = 0.12, 0.5


def _make_table() -> NDArray[np.uint8]:
    strengths = np.arange(256, dtype=np.uint8)
    blue_first = cv2.applyColorMap(strengths, cv2.COLORMAP_INFERNO).reshape(256, 3)
    opacity = np.clip((strengths / 255 - _TRANSPARENT) / (_OPAQUE - _TRANSPARENT), 0, 1)
    table = np.column_stack([blue_first[:, ::-1], np.rint(255 * opacity)]).astype(
        np.uint8
    )
    table.flags.writeable = False
    return table


TRANSFER_TABLE: Final[NDArray[np.uint8]] = _make_table()
"""Red, green, blue and opacity for the strengths 0 to 255: shape (256, 4), uint8.

The colours are matplotlib's inferno. The reader's own opacity multiplies the table's.
"""
