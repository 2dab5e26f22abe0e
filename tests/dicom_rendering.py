"""Stored values sent through the grey scale pipeline, for tests."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from pneumonia.reading.dicom_grey_scale import (
    Grey,
    apply_presentation,
    apply_voi,
    to_grey_levels,
)
from pneumonia.reading.dicom_modality import apply_modality


def dataset(**attributes: Any) -> Dataset:
    made = Dataset()
    made.PhotometricInterpretation = "MONOCHROME2"
    for keyword, value in attributes.items():
        if isinstance(value, RawDataElement):
            made[keyword] = value
        else:
            setattr(made, keyword, value)
    return made


def run(
    stored: ArrayLike, bits: int = 12, signed: bool = False, **attributes: Any
) -> Grey:
    """Send stored values through the whole pipeline."""
    source = dataset(**attributes)
    values = np.atleast_2d(np.asarray(stored, np.int32))
    counts = np.ones(values.shape, np.int64)
    grey = apply_modality(source, values, counts, bits=bits, signed=signed)
    return apply_presentation(source, apply_voi(source, grey))


def stated(**texts: Any) -> dict[str, Any]:
    """Give attributes as a file holds them, which pydicom would not write."""
    said: dict[str, Any] = {}
    for keyword, text in texts.items():
        value = str(text).encode()
        tag = Tag(keyword)
        said[keyword] = RawDataElement(tag, "DS", len(value), value, 0, False, True)
    return said


def shown(grey: Grey) -> list[int]:
    """Give the 8-bit levels of the default window."""
    assert grey.window is not None
    low, high = grey.window
    levels = (to_grey_levels(grey).astype(float) - low) / (high - low)
    return [int(level) for level in np.rint(np.clip(levels, 0, 1) * 255)[0]]


def in_units(grey: Grey) -> list[float]:
    assert grey.units is not None
    return list((grey.levels * grey.units.slope + grey.units.intercept)[0])
