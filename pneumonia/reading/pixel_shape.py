"""How wide and how high a pixel is."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from pydicom.dataset import Dataset

from pneumonia.reading.dicom_parser import read_optional

# Film is scanned with up to 2 : 1; beyond this a value is a mistake, and the picture
# would grow without bounds.
_STEEPEST: Final = 4.0


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
    ways: tuple[tuple[str, Callable[[Any], PixelShape]], ...] = (
        ("PixelSpacing", _of_spacing),
        ("ImagerPixelSpacing", _of_spacing_at_detector),
        ("NominalScannedPixelSpacing", _of_spacing_at_detector),
        ("PixelAspectRatio", lambda value: PixelShape(_aspect(*map(float, value)))),
    )
    for keyword, convert in ways:
        if shape := read_optional(dataset, keyword, convert):
            return shape
    stated = any(read_optional(dataset, keyword, bool) for keyword, _ in ways)
    return None if stated else SQUARE


def _of_spacing(value: Any) -> PixelShape:
    rows, columns = (float(distance) for distance in value)
    if not (0 < rows < 10 and 0 < columns < 10):
        raise ValueError("no spacing of pixels in millimetres")
    return PixelShape(_aspect(rows, columns), (rows, columns))


def _of_spacing_at_detector(value: Any) -> PixelShape:
    shape = _of_spacing(value)
    return PixelShape(shape.aspect, shape.spacing_mm, at_detector=True)


def _aspect(height: float, width: float) -> float:
    aspect = height / width
    if not 1 / _STEEPEST <= aspect <= _STEEPEST or not math.isfinite(aspect):
        raise ValueError("no shape of a pixel")
    return aspect
