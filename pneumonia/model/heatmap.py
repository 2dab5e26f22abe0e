"""A heatmap laid over a radiograph, in the colours that the viewer shows."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from pneumonia.model.transfer_table import TRANSFER_TABLE

# Of the whole map; that of the viewer when a case opens.
OPACITY: Final = 0.5


def draw_heatmap(
    grey: NDArray[np.uint8], strength: NDArray[np.float32], *, opacity: float = OPACITY
) -> NDArray[np.uint8]:
    """Lay a map over a radiograph.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W)
    strength : ndarray of float32, shape (H, W)
        In [0, 1]; where it is low the radiograph shows unchanged.
    opacity : float
        Of the whole map, in [0, 1].

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
        RGB.
    """
    # A table of the blend for every pair of levels is faster than arithmetic on
    # millions of pixels.
    table = TRANSFER_TABLE.astype(float)
    alpha = opacity * table[:, np.newaxis, 3:] / 255
    greys = np.arange(256.0)[np.newaxis, :, np.newaxis]
    blend = np.rint(greys * (1 - alpha) + table[:, np.newaxis, :3] * alpha)
    levels = np.rint(strength * 255).astype(np.uint8)
    return np.asarray(blend.astype(np.uint8)[levels, grey])
