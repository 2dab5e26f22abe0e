"""From a radiograph to the model's square, and back to image coordinates."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.reading.dicom_grey_scale import GreyLevels, robust_window
from pneumonia.reading.radiograph import Radiograph


class CellGrid(NamedTuple):
    """Where the cells of a feature map lie on the model's square, along one side.

    Attributes
    ----------
    stride : float
        Distance between the centres of neighbouring cells, in input pixels.
    first : float
        Centre of the first cell, in input pixels; the first pixel's is 0.
    size : int
        Side of the model's square, in pixels.
    """

    stride: float
    first: float
    size: int


def display_window(picture: Radiograph | GreyLevels) -> tuple[float, float]:
    """Grey levels that become black and white.

    Parameters
    ----------
    picture : Radiograph, or ndarray of uint8 or uint16, shape (H, W)

    Returns
    -------
    low, high : float
        The radiograph's own window, if its file has one. Otherwise 0 and 255 for 8
        bits, which are shown as they are; the 0.5 and 99.5 percentiles for 16 bits.
    """
    if isinstance(picture, Radiograph):
        return picture.window or display_window(picture.pixels)
    pixels = picture
    if pixels.dtype == np.uint8:
        return 0.0, 255.0
    return robust_window(pixels)


def to_8_bit(picture: Radiograph | GreyLevels) -> NDArray[np.uint8]:
    """Apply the display window.

    Parameters
    ----------
    picture : Radiograph, or ndarray of uint8 or uint16, shape (H, W)

    Returns
    -------
    ndarray of uint8, shape (H, W)
        8-bit pixels without a window of their own are returned as they are.
    """
    pixels = picture.pixels if isinstance(picture, Radiograph) else picture
    low, high = display_window(picture)
    if pixels.dtype == np.uint8 and (low, high) == (0.0, 255.0):
        return np.asarray(pixels, np.uint8)
    # A table of 65,536 entries is faster than arithmetic on millions of pixels.
    levels = (np.arange(65_536) - low) * (255.0 / (high - low))
    table = np.asarray(np.rint(np.clip(levels, 0, 255)), np.uint8)
    return np.asarray(table[pixels])


def to_model_input(
    radiograph: Radiograph, input_shape: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """Squash a radiograph to the model's square.

    The aspect ratio is given up on purpose: most of the training data is only
    known squashed, and bars of black beside the picture would mark its shape.

    Parameters
    ----------
    radiograph : Radiograph
    input_shape : tuple of int, (S, S, C)
        C is 1 or 3; three channels hold the same grey.

    Returns
    -------
    ndarray of uint8, shape (S, S, C)
        Pillow's bicubic resize, which averages over the source area when it
        shrinks.
    """
    rows, columns, channels = input_shape
    image = Image.fromarray(to_8_bit(radiograph))
    square = np.asarray(image.resize((columns, rows), Image.Resampling.BICUBIC))
    return np.repeat(square[..., np.newaxis], channels, axis=-1)


def to_image_coordinates(
    feature_map: NDArray[np.float32], grid: CellGrid, shape: tuple[int, int]
) -> NDArray[np.float32]:
    """Lay a feature map over the picture that the model's square came from.

    The inverse of the squash in `to_model_input`. Each cell is placed at the
    centre of what it sees: layers without padding shrink the map towards the
    middle, and stretching it to the whole picture would move evidence outwards by
    up to a tenth of the width. Where no cell looks, the map fades to 0 within one
    stride.

    Parameters
    ----------
    feature_map : ndarray of float32, shape (h, w)
    grid : CellGrid
        The same along both sides.
    shape : tuple of int, (H, W)

    Returns
    -------
    ndarray of float32, shape (H, W)
        Interpolated linearly between the cells' centres.
    """
    rows, columns = (
        _interpolation(cells, grid, pixels)
        for cells, pixels in zip(feature_map.shape, shape, strict=True)
    )
    return np.asarray(rows @ feature_map @ columns.T, dtype=np.float32)


def _interpolation(cells: int, grid: CellGrid, pixels: int) -> NDArray[np.float32]:
    """Weigh the cells for every pixel along one side, shape (pixels, cells)."""
    centres = (np.arange(pixels) + 0.5) * grid.size / pixels - 0.5
    position = (centres - grid.first) / grid.stride
    inside = np.clip(position, 0, cells - 1)
    # Half a stride around its centre belongs to a cell; beyond, fade.
    fade = np.clip(1.5 - np.abs(position - inside), 0, 1)
    nearness = 1 - np.abs(inside[:, np.newaxis] - np.arange(cells))
    weights = np.clip(nearness, 0, 1) * fade[:, np.newaxis]
    return np.asarray(weights, dtype=np.float32)
