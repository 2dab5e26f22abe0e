"""The picture as it is shown: 8 bits, and square pixels."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.reading.grey_levels import apply_window
from pneumonia.reading.radiograph import Radiograph


def displayed(radiograph: Radiograph) -> NDArray[np.uint8]:
    """Show a radiograph in its window and in square pixels.

    Thumbnail, PDF, heatmap and Secondary Capture are made of this picture.

    Parameters
    ----------
    radiograph : Radiograph

    Returns
    -------
    ndarray of uint8, shape `displayed_shape`
        Pixels that are not square are stretched along their longer side, bicubically;
        none is left out.
    """
    rows, columns = displayed_shape(radiograph)
    grey = to_8_bit(radiograph)
    if grey.shape == (rows, columns):
        return grey
    image = Image.fromarray(grey)
    return np.asarray(image.resize((columns, rows), Image.Resampling.BICUBIC))


def displayed_shape(radiograph: Radiograph) -> tuple[int, int]:
    """Return rows and columns of the picture as it is shown."""
    rows, columns = radiograph.pixels.shape
    aspect = radiograph.pixel_shape.aspect
    if aspect > 1:
        return round(rows * aspect), columns
    return rows, round(columns / aspect)


def displayed_spacing(radiograph: Radiograph) -> tuple[float, float] | None:
    """Return the millimetres between rows and columns of the picture as it is shown."""
    spacing = radiograph.pixel_shape.spacing_mm
    if spacing is None:
        return None
    stored, shown = radiograph.pixels.shape, displayed_shape(radiograph)
    return spacing[0] * stored[0] / shown[0], spacing[1] * stored[1] / shown[1]


def to_8_bit(radiograph: Radiograph) -> NDArray[np.uint8]:
    """Apply the window, pixel by pixel.

    Parameters
    ----------
    radiograph : Radiograph

    Returns
    -------
    ndarray of uint8, shape (H, W)
        8-bit pixels without a window of their own are returned as they are.
    """
    return apply_window(radiograph.pixels, radiograph.window)
