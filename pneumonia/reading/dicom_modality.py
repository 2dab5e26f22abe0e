"""Stored values to modality units: padding, and modality LUT or rescale."""

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumonia.errors import UnreadableRadiographError
from pneumonia.reading.dicom_grey_scale import Grey, note_short_table
from pneumonia.reading.dicom_lookup_tables import read_lut
from pneumonia.reading.dicom_values import (
    UnreadableAttributeError,
    name_attribute,
    read_number,
    read_text,
)
from pneumonia.reading.grey_levels import ModalityUnits
from pneumonia.reasons.codes import Notice

# A slope beyond this, or beyond its reciprocal, is a mistake.
_FLATTEST = 1e-9
# What a cell of 16 bits may hold.
_CELLS = 65_536
# PS3.3, C.11.1.1.2. Any other text of a file is not repeated.
_UNITS = set("OD HU US MGML Z_EFF ED EDW HU_MOD PCT".split())
_IN_MODALITY_UNITS = ("WindowCenter", "WindowWidth", "VOILUTSequence")


def find_padding(
    dataset: Dataset, stored: NDArray[np.int32], signed: bool
) -> NDArray[np.bool_]:
    """Find the pixels that hold no picture.

    Parameters
    ----------
    dataset : pydicom.Dataset
    stored : ndarray of int32
        Before any LUT; with 65,536 values, that of each cell.
    signed : bool
        As PixelRepresentation says.

    Returns
    -------
    ndarray of bool, shaped as `stored`

    Raises
    ------
    UnreadableAttributeError
        If a value is there, but is no number.

    References
    ----------
    * DICOM PS3.3, C.7.5.1.1.2
    """
    value = read_number(dataset, "PixelPaddingValue")
    if value is None:
        return np.zeros(stored.shape, np.bool_)
    limit = read_number(dataset, "PixelPaddingRangeLimit")
    # Their VR may be US although the pixels are signed, and the reverse.
    ends = [int(end) % 65_536 for end in (value, value if limit is None else limit)]
    if signed:
        ends = [end - 65_536 * (end > 32_767) for end in ends]
    low, high = min(ends), max(ends)
    is_stored = low <= stored.max() and high >= stored.min()
    if stored.size == _CELLS and not is_stored:
        # Beyond the bits stored, it fills whole cells.
        cells = np.arange(_CELLS, dtype=np.uint16)
        stored = (cells.view(np.int16) if signed else cells).astype(np.int32)
    return (stored >= low) & (stored <= high)


def apply_modality(
    dataset: Dataset,
    stored: NDArray[np.int32],
    counts: NDArray[np.int64],
    *,
    bits: int,
    signed: bool,
) -> Grey:
    """Turn stored values into grey levels that rise with modality units.

    Parameters
    ----------
    dataset : pydicom.Dataset
    stored : ndarray of int32
        Each value that may occur.
    counts : ndarray of int64, of the same shape
        How many pixels have it.
    bits : int
        BitsStored.
    signed : bool

    Returns
    -------
    Grey
        A rescale is linear and only recorded; a modality LUT is applied.

    References
    ----------
    * DICOM PS3.3, C.11.1
    """
    bottom, top = -(1 << (bits - 1)) if signed else 0, (1 << bits) - 1
    warnings: list[Notice] = []
    try:
        padding = find_padding(dataset, stored, signed)
    except UnreadableAttributeError as error:
        warnings.append(error.notice("unreadable_grey_attribute"))
        padding = np.zeros(stored.shape, np.bool_)
    counts = np.where(padding, 0, counts)
    is_shown = counts > 0
    levels = (stored - bottom).astype(np.uint16)
    stated = read_text(dataset, "RescaleType")
    name = stated if stated in _UNITS else None
    try:
        lut = read_lut(dataset, "ModalityLUTSequence")
        if lut and not lut.serves(stored[is_shown], counts[is_shown]):
            raise UnreadableAttributeError("ModalityLUTSequence")
    except UnreadableAttributeError as error:
        warnings.append(error.notice("unreadable_grey_attribute"))
        lut = None
    if lut:
        if lut.is_short:
            warnings.append(note_short_table("ModalityLUTSequence"))
        levels = lut.look_up(np.arange(top + 1) + bottom)[levels]
        units = ModalityUnits(name=name)
        return Grey(levels, counts, lut.top, padding, units, warnings=tuple(warnings))
    slope, intercept, notice = _read_rescale(dataset)
    if slope < 0:
        levels = np.uint16(top) - levels
        units = ModalityUnits(-slope, intercept + slope * (bottom + top), name)
    else:
        units = ModalityUnits(slope, intercept + slope * bottom, name)
    return Grey(levels, counts, top, padding, units, warnings=(*warnings, *notice))


def _read_rescale(dataset: Dataset) -> tuple[float, float, tuple[Notice, ...]]:
    """Read slope and intercept, 1 and 0 where there are none.

    Raises
    ------
    UnreadableRadiographError
        If one cannot be read while a window or a VOI LUT needs it.
    """
    try:
        slope = read_number(dataset, "RescaleSlope")
        if slope is not None and not _FLATTEST <= abs(slope) <= 1 / _FLATTEST:
            raise UnreadableAttributeError("RescaleSlope")
        intercept = read_number(dataset, "RescaleIntercept")
    except UnreadableAttributeError as error:
        if any(dataset.get_item(keyword) for keyword in _IN_MODALITY_UNITS):
            raise UnreadableRadiographError(
                "unreadable_grey_scale",
                "unreadable_attribute",
                attribute=name_attribute(error.keyword),
            ) from error
        return 1.0, 0.0, (error.notice("unreadable_grey_attribute"),)
    is_whole = (slope is None) == (intercept is None)
    notices = () if is_whole else (Notice("incomplete_rescale"),)
    return (1.0 if slope is None else slope), intercept or 0.0, notices
