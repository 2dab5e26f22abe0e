"""The cut to the lungs: the only part of a radiograph that a network sees.

Aspect and size of the lungs' box tell the classes of the training folder apart, and so
does the outline of the lungs. The box is therefore stretched to a square, which removes
the first two, and the picture is never multiplied by the masks, which would draw the
outline.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.lungs.fields import LungFields

# Top, bottom, left and right edge as fractions of height and width.
Box = tuple[float, float, float, float]
WHOLE: Final[Box] = (0.0, 1.0, 0.0, 1.0)
# Beyond the lungs on each side, as a fraction of their box.
MARGIN: Final = 0.06


def box_to_see(fields: LungFields) -> Box:
    """Return the lungs' box with its margin, within the picture.

    Parameters
    ----------
    fields : LungFields

    Returns
    -------
    tuple of float
        Top, bottom, left and right edge, from 0 to 1.
    """
    top, bottom, left, right = fields.box
    tall, wide = MARGIN * (bottom - top), MARGIN * (right - left)
    return (
        max(0.0, top - tall),
        min(1.0, bottom + tall),
        max(0.0, left - wide),
        min(1.0, right + wide),
    )


def cut_to_box(picture: NDArray[np.uint8], box: Box, side: int) -> NDArray[np.uint8]:
    """Stretch a box of a picture to a square.

    Parameters
    ----------
    picture : ndarray of uint8, shape (H, W)
    box : tuple of float
        Top, bottom, left and right edge, from 0 to 1.
    side : int
        Of the square, in pixels.

    Returns
    -------
    ndarray of uint8, shape (side, side)
        Pillow's bicubic resize, which averages over the source area when it shrinks.
    """
    rows, columns = picture.shape
    top, bottom, left, right = box
    within = (left * columns, top * rows, right * columns, bottom * rows)
    square = Image.fromarray(picture).resize(
        (side, side), Image.Resampling.BICUBIC, box=within
    )
    return np.asarray(square)


def within(frame: Box, box: Box) -> Box:
    """Express a box within a frame in the coordinates of the frame."""
    top, bottom, left, right = frame
    tall, wide = bottom - top, right - left
    return (
        top + box[0] * tall,
        top + box[1] * tall,
        left + box[2] * wide,
        left + box[3] * wide,
    )
