"""From a radiograph to the square that the model sees."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.reading.display import to_8_bit
from pneumonia.reading.radiograph import Radiograph


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
