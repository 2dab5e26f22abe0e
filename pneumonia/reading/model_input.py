"""From a radiograph to the square that the model sees."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.radiograph import MIN_SIDE, Radiograph
from pneumonia.reasons.codes import Notice

# The longer over the shorter side of what may be a chest.
_LONGEST: Final = 4.0
# The share of a side that may be cropped without a warning.
_UNNOTICED: Final = 0.02


def to_model_input(
    radiograph: Radiograph, input_shape: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """Crop a radiograph's plain margins and squash the rest to the model's square.

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

    Raises
    ------
    UnsupportedRadiographError
        With the code ``cropped`` if too little is left within the margins.
    """
    rows, columns, channels = input_shape
    image = Image.fromarray(within_margins(radiograph))
    square = np.asarray(image.resize((columns, rows), Image.Resampling.BICUBIC))
    return np.repeat(square[..., np.newaxis], channels, axis=-1)


def within_margins(
    radiograph: Radiograph, whole: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    """Crop a radiograph's plain margins.

    The gate judges this part, and the model sees it.

    Parameters
    ----------
    radiograph : Radiograph
    whole : ndarray of uint8, shape (H, W), optional
        What `to_8_bit` makes of it, where that is known.

    Returns
    -------
    ndarray of uint8, shape (H, W)
        In its window.

    Raises
    ------
    UnsupportedRadiographError
        With the code ``cropped`` if too little is left within the margins.
    """
    whole = to_8_bit(radiograph) if whole is None else whole
    inner = np.ascontiguousarray(radiograph.frame.cut(whole))
    short, long = sorted(inner.shape)
    if short < MIN_SIDE or long > _LONGEST * short:
        raise UnsupportedRadiographError(
            "cropped", "within_margins", width=inner.shape[1], height=inner.shape[0]
        )
    return inner


def margin_notices(radiograph: Radiograph) -> tuple[Notice, ...]:
    """Tell that the model sees less than the picture.

    Parameters
    ----------
    radiograph : Radiograph

    Returns
    -------
    tuple of Notice
        Empty where at most 2 % of the height and of the width were cropped.
    """
    top, bottom, left, right = radiograph.frame.shares(radiograph.pixels.shape)
    if min(bottom - top, right - left) >= 1 - _UNNOTICED:
        return ()
    return (Notice("margin_cropped"),)
