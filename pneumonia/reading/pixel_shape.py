"""How wide and how high a pixel is."""

import math
from dataclasses import dataclass
from typing import Final

from pydicom.dataset import Dataset

from pneumonia.reading.dicom_values import read_numbers

# Film is scanned with up to 2 : 1; beyond this a value is a mistake, and the picture
# would grow without bounds.
_STEEPEST: Final = 4.0
_WIDEST_MM: Final = 10.0
_SPACINGS: Final = ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing")


@dataclass(frozen=True)
class PixelShape:
    """The shape of a pixel and, where it is known, its size.

    Attributes
    ----------
    aspect : float
        Height over width, in [0.25, 4].
    spacing_mm : tuple of float, or None
        Millimetres between rows and between columns.
    at_detector : bool
        Whether the spacing is measured at the detector or on film. The patient is
        nearer to the tube, so that everything looks larger there than it is.
    """

    aspect: float = 1.0
    spacing_mm: tuple[float, float] | None = None
    at_detector: bool = False

    def turned(self) -> "PixelShape":
        """Return the shape after a quarter turn of the picture."""
        spacing = self.spacing_mm
        return PixelShape(
            aspect=1 / self.aspect,
            spacing_mm=None if spacing is None else (spacing[1], spacing[0]),
            at_detector=self.at_detector,
        )


SQUARE: Final = PixelShape()


def read_pixel_shape(dataset: Dataset) -> PixelShape | None:
    """Read the shape of a DICOM file's pixels.

    Parameters
    ----------
    dataset : pydicom.Dataset

    Returns
    -------
    PixelShape or None
        That of the first valid attribute: PixelSpacing, ImagerPixelSpacing,
        NominalScannedPixelSpacing, PixelAspectRatio; square pixels if there is none
        of them; None if one is there, but none is valid.

    References
    ----------
    * DICOM PS3.3, section 10.7.1.3 and C.7.6.3.1.7: the vertical value comes first
    """
    is_stated = False
    for keyword in (*_SPACINGS, "PixelAspectRatio"):
        numbers = read_numbers(dataset, keyword)
        is_stated = is_stated or bool(numbers)
        try:
            height, width = numbers
            shape = PixelShape(_aspect(height, width))
        except ValueError:  # not two, or not of the shape of a pixel
            continue
        if keyword == "PixelAspectRatio":
            return shape
        if 0 < height < _WIDEST_MM and 0 < width < _WIDEST_MM:
            at_detector = keyword != "PixelSpacing"
            return PixelShape(shape.aspect, (height, width), at_detector)
    return None if is_stated else SQUARE


def _aspect(height: float, width: float) -> float:
    aspect = height / width if width else math.nan
    if not 1 / _STEEPEST <= aspect <= _STEEPEST or not math.isfinite(aspect):
        raise ValueError("no shape of a pixel")
    return aspect
