"""What an admitted radiograph is like, in five numbers that tell of no patient.

The audit record sets them against those of validation: other patients, another
apparatus or other processing of the pictures show there.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.fields import LungFields


class InputStatistics(NamedTuple):
    """The five numbers.

    Attributes
    ----------
    size : float
        Geometric mean of the file's width and height, in pixels.
    grey, contrast : float
        Mean and standard deviation of the grey levels that the network sees, in
        levels from 0 to 255.
    lungs : float
        Share of the picture within its margins that the lungs cover.
    certainty : float
        Of the lungs, as `LungFields.quality`.
    """

    size: float
    grey: float
    contrast: float
    lungs: float
    certainty: float


def describe_input(
    shape: tuple[int, ...], seen: NDArray[np.uint8], lungs: LungFields
) -> InputStatistics:
    """Describe a radiograph that the gate admitted.

    Parameters
    ----------
    shape : tuple of int, (H, W)
        Of the file's picture.
    seen : ndarray of uint8
        What the network sees.
    lungs : LungFields
        Of the picture within its margins.

    Returns
    -------
    InputStatistics
        With four digits: enough for a mean, too few to know a picture again.
    """
    numbers = (
        math.sqrt(math.prod(shape)),
        *(seen.mean(), seen.std()),
        *(lungs.coverage, lungs.quality),
    )
    return InputStatistics(*(float(f"{number:.4g}") for number in numbers))
