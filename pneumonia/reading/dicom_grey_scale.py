"""The grey scale pipeline of DICOM: stored values to grey levels.

One function a step, in the standard's order (PS3.3, C.7.6.16.2 and C.11): modality LUT
or rescale, VOI LUT or window, presentation LUT or inversion.

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

from pneumonia.errors import UnreadableRadiographError
from pneumonia.reading.dicom_lookup_tables import read_lut
from pneumonia.reading.dicom_values import (
    UnreadableAttributeError,
    name_attribute,
    read_number,
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
from pneumonia.sentences import Notice

Rendering = Literal[
    "as stored", "window", "percentiles", "sigmoid", "VOI LUT", "presentation LUT"
]

# A file's window is wrong if it makes more than this share black, or white.
_BLIND_SHARE = 0.9
_SIXTEEN_BIT_TOP = 65_535
# A slope beyond this, or beyond its reciprocal, is a mistake.
_FLATTEST = 1e-9
_IN_MODALITY_UNITS = ("WindowCenter", "WindowWidth", "VOILUTSequence")


@dataclass(frozen=True, eq=False)
class Grey:
    """A picture on its way through the pipeline.

    Attributes
    ----------
    pixels : ndarray of uint16, shape (H, W)
        Grey levels, rising with modality units until the presentation.
    top : int
        The highest grey level that the bits stored allow.
    padding : ndarray of bool, shape (H, W)
        Pixels that hold no picture.
    units : ModalityUnits or None
        None once a table was applied.
    window : tuple of float, or None
        Grey levels that become black and white.
    rendering : str
        What gave the window or the table.
    warnings : tuple of Notice
    """

    pixels: NDArray[np.uint16]
    top: int
    padding: NDArray[np.bool_]
    units: ModalityUnits | None
    window: Window | None = None
    rendering: Rendering = "as stored"
    warnings: tuple[Notice, ...] = ()


def find_padding(
    dataset: Dataset, stored: NDArray[np.int32], signed: bool
) -> NDArray[np.bool_]:
    """Find the pixels that hold no picture.

    Parameters
    ----------
    dataset : pydicom.Dataset
    stored : ndarray of int32, shape (H, W)
        Before any LUT.
    signed : bool
        As PixelRepresentation says.

    Returns
    -------
    ndarray of bool, shape (H, W)

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
    return (stored >= min(ends)) & (stored <= max(ends))


def apply_modality(
    dataset: Dataset, stored: NDArray[np.int32], *, bits: int, signed: bool
) -> Grey:
    """Turn stored values into grey levels that rise with modality units.

    Parameters
    ----------
    dataset : pydicom.Dataset
    stored : ndarray of int32, shape (H, W)
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
    pixels = (stored - bottom).astype(np.uint16)
    name = read_text(dataset, "RescaleType")
    try:
        lut = read_lut(dataset, "ModalityLUTSequence")
        if lut and not lut.serves(stored[~padding]):
            raise UnreadableAttributeError("ModalityLUTSequence")
    except UnreadableAttributeError as error:
        warnings.append(error.notice("unreadable_grey_attribute"))
        lut = None
    if lut:
        if lut.is_short:
            warnings.append(_short_table("ModalityLUTSequence"))
        pixels = lut.look_up(np.arange(top + 1) + bottom)[pixels]
        units = ModalityUnits(name=name)
        return Grey(pixels, lut.top, padding, units, warnings=tuple(warnings))
    slope, intercept, notice = _read_rescale(dataset)
    if slope < 0:
        pixels = np.uint16(top) - pixels
        units = ModalityUnits(-slope, intercept + slope * (bottom + top), name)
    else:
        units = ModalityUnits(slope, intercept + slope * bottom, name)
    return Grey(pixels, top, padding, units, warnings=(*warnings, *notice))


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


def apply_voi(dataset: Dataset, grey: Grey) -> Grey:
    """Apply the values of interest: a VOI LUT, else a window, else percentiles.

    Parameters
    ----------
    dataset : pydicom.Dataset
    grey : Grey
        From `apply_modality`.

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
        if lut and not lut.serves(_in_units(grey)[grey.pixels[~grey.padding]]):
            raise UnreadableAttributeError("VOILUTSequence")
    except UnreadableAttributeError as error:
        grey, lut = _warn(grey, error.notice("broken_table")), None
    if lut:
        if lut.is_short:
            grey = _warn(grey, _short_table("VOILUTSequence"))
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
    return replace(
        grey, window=robust_window(grey.pixels[~grey.padding]), rendering="percentiles"
    )


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
        grey, lut = _warn(grey, error.notice("broken_table")), None
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
        pixels=np.uint16(grey.top) - grey.pixels,
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
    ndarray of uint8 or uint16, shape (H, W)
    """
    pixels = np.where(grey.padding, np.uint16(0), grey.pixels)
    return pixels.astype(np.uint8) if grey.top <= 255 else pixels


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


def _short_table(keyword: str) -> Notice:
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
        pixels=table[np.minimum(grey.pixels, grey.top)],
        top=top,
        units=None,
        window=(0.0, float(top)),
        rendering=rendering,
    )


def _is_blind(grey: Grey, low: float, high: float) -> bool:
    picture = grey.pixels[~grey.padding]
    black, white = np.mean(picture <= low), np.mean(picture >= high)
    return bool(black > _BLIND_SHARE or white > _BLIND_SHARE)
