"""The grey scale pipeline of DICOM: stored values to grey levels.

One function a step, in the standard's order (PS3.3, C.7.6.16.2 and C.11): modality LUT
or rescale (in `dicom_modality`), VOI LUT or window, presentation LUT or inversion.

A linear step loses no depth, because it is only recorded: as the default window, and
as the line from grey levels to modality units. The grey levels are then the stored
values, turned so that 0 is black. A table (VOI LUT, sigmoid, presentation LUT) is
applied at its full depth; its output has no modality units.
"""

import math
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumonia.reading.dicom_lookup_tables import read_lut
from pneumonia.reading.dicom_values import (
    UnreadableAttributeError,
    name_attribute,
    read_numbers,
    read_text,
)
from pneumonia.reading.grey_levels import (
    NARROWEST,
    GreyLevels,
    ModalityUnits,
    Window,
    robust_window,
)
from pneumonia.reasons.codes import Notice, WarningCode

Rendering = Literal[
    "as stored", "window", "percentiles", "sigmoid", "VOI LUT", "presentation LUT"
]

# A file's window is wrong if it makes more than this share black, or white.
_BLIND_SHARE = 0.9
# One wider than so many times all that the bits stored can hold is that of other bits.
_WIDEST = 2
_SIXTEEN_BIT_TOP = 65_535


@dataclass(frozen=True, eq=False)
class Grey:
    """The values of a picture on their way through the pipeline.

    Attributes
    ----------
    levels : ndarray of uint16, shape (N,)
        The grey level of each value that may be stored, rising with modality units
        until the presentation.
    counts : ndarray of int64, shape (N,)
        How many pixels have it; 0 for padding.
    top : int
        The highest grey level that the bits stored allow.
    padding : ndarray of bool, shape (N,)
        Values that hold no picture.
    units : ModalityUnits or None
        None once a table was applied.
    window : tuple of float, or None
        Grey levels that become black and white.
    rendering : str
        What gave the window or the table.
    warnings : tuple of Notice
    """

    levels: NDArray[np.uint16]
    counts: NDArray[np.int64]
    top: int
    padding: NDArray[np.bool_]
    units: ModalityUnits | None
    window: Window | None = None
    rendering: Rendering = "as stored"
    warnings: tuple[Notice, ...] = ()

    @property
    def is_shown(self) -> NDArray[np.bool_]:
        """Which of the values pixels of the picture have, shape (N,)."""
        return np.asarray(self.counts > 0)


def apply_voi(dataset: Dataset, grey: Grey) -> Grey:
    """Apply the values of interest: a VOI LUT, else a window, else percentiles.

    Parameters
    ----------
    dataset : pydicom.Dataset
    grey : Grey
        From `pneumonia.reading.dicom_modality.apply_modality`.

    Returns
    -------
    Grey
        A linear window is only recorded; a VOI LUT or a sigmoid is applied. Of
        several the first is the default one.

    Notes
    -----
    Windows are in modality units. pydicom's own function would invert a window after
    a negative rescale slope.

    References
    ----------
    * DICOM PS3.3, C.11.2
    """
    if grey.units is None:
        raise ValueError("the VOI LUT comes after the modality LUT, and only once")
    try:
        lut = read_lut(dataset, "VOILUTSequence")
        shown, counts = grey.levels[grey.is_shown], grey.counts[grey.is_shown]
        if lut and not lut.serves(_in_units(grey)[shown], counts):
            raise UnreadableAttributeError("VOILUTSequence")
    except UnreadableAttributeError as error:
        # Another way to show the picture may stand beside the table.
        is_alone = dataset.get_item("WindowCenter") is None
        code: WarningCode = "unreadable_grey_attribute" if is_alone else "broken_table"
        grey, lut = _warn(grey, error.notice(code)), None
    if lut:
        if lut.is_short:
            grey = _warn(grey, note_short_table("VOILUTSequence"))
        return _apply_table(grey, lut.look_up(_in_units(grey)), lut.top, "VOI LUT")
    try:
        window = _read_window(dataset)
    except UnreadableAttributeError as error:
        grey, window = _warn(grey, error.notice("unreadable_grey_attribute")), None
    function = read_text(dataset, "VOILUTFunction")
    if window and function == "SIGMOID":
        center, width = window
        # PS3.3, C.11.2.1.3.1; bounded, so that the power stays a number.
        power = np.clip(-4 * (_in_units(grey) - center) / width, -50, 50)
        table = np.rint(_SIXTEEN_BIT_TOP / (1 + np.exp(power))).astype(np.uint16)
        return _apply_table(grey, table, _SIXTEEN_BIT_TOP, "sigmoid")
    if window:
        center, width = window
        if function != "LINEAR_EXACT":  # PS3.3, C.11.2.1.2.1
            center, width = center - 0.5, width - 1
        units = grey.units or ModalityUnits()
        slope, intercept = units.slope, units.intercept
        low = (center - width / 2 - intercept) / slope
        high = max((center + width / 2 - intercept) / slope, low + NARROWEST)
        if not _is_blind(grey, low, high):
            return replace(grey, window=(low, high), rendering="window")
        grey = _warn(grey, Notice("window_misses_picture"))
    if grey.top <= 255:
        return replace(grey, window=(0.0, float(grey.top)))
    of_level = np.bincount(grey.levels.ravel(), grey.counts.ravel())
    window = robust_window(of_level.astype(np.int64))
    return replace(grey, window=window, rendering="percentiles")


def apply_presentation(dataset: Dataset, grey: Grey) -> Grey:
    """Make 0 black: apply the presentation LUT or invert, once.

    Parameters
    ----------
    dataset : pydicom.Dataset
    grey : Grey
        From `apply_voi`.

    Returns
    -------
    Grey
        A presentation LUT sequence is applied to the default window's output.
        Otherwise the levels are inverted for the shape INVERSE or, without a
        shape, for MONOCHROME1.

    References
    ----------
    * DICOM PS3.3, C.7.6.3.1.2, C.8.11.3.1.2 and C.11.6
    """
    low, high = grey.window or (0.0, float(grey.top))
    try:
        lut = read_lut(dataset, "PresentationLUTSequence")
        if lut and lut.is_short:
            raise UnreadableAttributeError("PresentationLUTSequence")
    except UnreadableAttributeError as error:
        grey, lut = _warn(grey, error.notice("unreadable_grey_attribute")), None
    if lut:
        share = np.clip((np.arange(grey.top + 1) - low) / (high - low), 0, 1)
        table = lut.look_up(np.rint(share * (len(lut.data) - 1)) + lut.first)
        return _apply_table(grey, table, lut.top, "presentation LUT")
    shape = read_text(dataset, "PresentationLUTShape")
    is_monochrome1 = read_text(dataset, "PhotometricInterpretation") == "MONOCHROME1"
    if shape in ("INVERSE", "IDENTITY"):
        inverted = shape == "INVERSE"
        if inverted != is_monochrome1:
            grey = _warn(grey, Notice("contradictory_black"))
    else:
        inverted = is_monochrome1
    if not inverted:
        return grey
    units = grey.units and ModalityUnits(
        -grey.units.slope,
        grey.units.intercept + grey.units.slope * grey.top,
        grey.units.name,
    )
    return replace(
        grey,
        levels=np.uint16(grey.top) - grey.levels,
        units=units,
        window=(grey.top - high, grey.top - low),
    )


def to_grey_levels(grey: Grey) -> GreyLevels:
    """Blacken the padding and choose the smallest dtype.

    Parameters
    ----------
    grey : Grey
        From `apply_presentation`.

    Returns
    -------
    ndarray of uint8 or uint16, shape (N,)
        The grey level of each value that may be stored.
    """
    levels = np.where(grey.padding, np.uint16(0), grey.levels)
    return levels.astype(np.uint8) if grey.top <= 255 else levels


def _read_window(dataset: Dataset) -> tuple[float, float] | None:
    """Return the first valid pair of center and width.

    Raises
    ------
    UnreadableAttributeError
        If there is none because one cannot be read.
    """
    centers = read_numbers(dataset, "WindowCenter")
    widths = read_numbers(dataset, "WindowWidth")
    exact = read_text(dataset, "VOILUTFunction") in ("LINEAR_EXACT", "SIGMOID")
    for center, width in zip(centers, widths, strict=False):
        valid = width > 0 if exact else width >= 1
        if valid and not math.isnan(center):
            return center, width
    for keyword, numbers in (("WindowCenter", centers), ("WindowWidth", widths)):
        if any(map(math.isnan, numbers)):
            raise UnreadableAttributeError(keyword)
    return None


def _warn(grey: Grey, notice: Notice) -> Grey:
    return replace(grey, warnings=(*grey.warnings, notice))


def note_short_table(keyword: str) -> Notice:
    """Say that the last entry of a table stands for others."""
    return Notice("short_table", {"attribute": name_attribute(keyword)})


def _in_units(grey: Grey) -> NDArray[np.float64]:
    """Give the modality units of every grey level."""
    units = grey.units or ModalityUnits()
    levels = np.arange(grey.top + 1) * units.slope + units.intercept
    return np.asarray(levels, np.float64)


def _apply_table(
    grey: Grey, table: NDArray[np.uint16], top: int, rendering: Rendering
) -> Grey:
    return replace(
        grey,
        levels=table[np.minimum(grey.levels, grey.top)],
        top=top,
        units=None,
        window=(0.0, float(top)),
        rendering=rendering,
    )


def _is_blind(grey: Grey, low: float, high: float) -> bool:
    if high - low > _WIDEST * (grey.top + 1):
        return True
    most = _BLIND_SHARE * grey.counts.sum()
    black = grey.counts[grey.levels <= low].sum()
    white = grey.counts[grey.levels >= high].sum()
    return bool(black > most or white > most)
