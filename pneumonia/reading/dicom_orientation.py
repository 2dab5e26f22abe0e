"""How the picture in a DICOM file lies: which way its rows and columns lead."""

import math
from typing import Final

from pydicom.dataset import Dataset

from pneumonia.reading.dicom_values import read_numbers, read_optional, read_text

Direction = str | None

_OPPOSITE: Final = dict(zip("LRAPHF", "RLPAFH", strict=True))


def read_directions(dataset: Dataset) -> tuple[Direction, Direction]:
    """Read where rows and columns of pixels lead.

    Parameters
    ----------
    dataset : pydicom.Dataset

    Returns
    -------
    row, column : {"L", "R", "A", "P", "H", "F"} or None
        The main direction, of PatientOrientation, else of ImageOrientationPatient.

    References
    ----------
    * DICOM PS3.3, C.7.6.1.1.1 and C.7.6.2.1.1
    """
    letters = read_optional(
        dataset,
        "PatientOrientation",
        lambda values: [str(value).strip().upper()[:1] for value in values],
    )
    if letters and len(letters) == 2 and set(letters) <= _OPPOSITE.keys():
        return letters[0], letters[1]
    cosines = read_numbers(dataset, "ImageOrientationPatient")
    if len(cosines) == 6 and all(map(math.isfinite, cosines)):
        return _main_direction(cosines[:3]), _main_direction(cosines[3:])
    return (letters[0] if letters and letters[0] in _OPPOSITE else None), None


def _main_direction(cosines: list[float]) -> Direction:
    """Name the axis of the patient that a direction is closest to."""
    axis = max(range(3), key=lambda i: abs(cosines[i]))
    if not cosines[axis]:
        return None
    return "LPH"[axis] if cosines[axis] > 0 else "RAF"[axis]


def is_flipped_or_turned(dataset: Dataset) -> bool:
    """Tell whether the picture was flipped or turned after its exposure.

    Parameters
    ----------
    dataset : pydicom.Dataset

    Returns
    -------
    bool
        As FieldOfViewHorizontalFlip and FieldOfViewRotation say.

    References
    ----------
    * DICOM PS3.3, C.8.11.4 (DX Detector Module)
    """
    rotation = read_numbers(dataset, "FieldOfViewRotation")
    is_turned = bool(rotation) and rotation[0] % 360 != 0
    return is_turned or read_text(dataset, "FieldOfViewHorizontalFlip") == "YES"


def turn(row: Direction, column: Direction) -> tuple[Direction, Direction]:
    """Return where rows and columns lead after a quarter turn clockwise."""
    return _OPPOSITE.get(column or ""), row


def mirror(row: Direction, column: Direction) -> tuple[Direction, Direction]:
    """Return where rows and columns lead after left and right were exchanged."""
    return _OPPOSITE.get(row or ""), column
