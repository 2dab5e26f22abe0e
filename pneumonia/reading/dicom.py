"""DICOM bytes to grey levels: the order of the steps, and what needs no pixels.

The steps are in `dicom_parser` (bytes to attributes), `dicom_pixels`, `dicom_codecs`
and `dicom_stored_values` (encoded pixels to stored values), `dicom_modality` and
`dicom_grey_scale` (stored values to grey levels), `dicom_attributes` and `pixel_shape`.
"""

from dataclasses import dataclass

import numpy as np
from pydicom.dataset import FileDataset

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reading.dicom_attributes import DicomAttributes, read_attributes
from pneumonia.reading.dicom_grey_scale import (
    Rendering,
    apply_presentation,
    apply_voi,
    to_grey_levels,
)
from pneumonia.reading.dicom_modality import apply_modality
from pneumonia.reading.dicom_parser import DicomFile, name_uid, parse_dicom
from pneumonia.reading.dicom_pixels import (
    find_pixels,
    grey_of_colour,
    look_up_palette,
)
from pneumonia.reading.dicom_stored_values import StoredValues, read_stored_values
from pneumonia.reading.dicom_values import (
    UnreadableAttributeError,
    name_attribute,
    read_integer,
    read_number,
    read_text,
)
from pneumonia.reading.grey_levels import (
    GreyLevels,
    ModalityUnits,
    Window,
    default_window,
    look_up,
)
from pneumonia.reading.pixel_shape import SQUARE, PixelShape, read_pixel_shape
from pneumonia.reasons.codes import Notice

# Digital X-ray, mammography and intra-oral images for processing (PS3.4, B.5).
_FOR_PROCESSING = tuple(f"1.2.840.10008.5.1.4.1.1.1.{n}.1" for n in (1, 2, 3))
# Computed and digital radiography, and secondary capture.
_IMAGES = tuple(f"1.2.840.10008.5.1.4.1.1.{n}" for n in ("1", "1.1", "1.1.1", "7"))
# PS3.3, C.7.6.3.1.2. Any other text of a file is not repeated.
_PHOTOMETRIC_INTERPRETATIONS = set(
    """MONOCHROME1 MONOCHROME2 RGB YBR_FULL YBR_FULL_422 YBR_PARTIAL_420 YBR_RCT YBR_ICT
    YBR_PARTIAL_422 HSV ARGB CMYK XYB NONE""".split()
) | {"PALETTE COLOR"}


@dataclass(frozen=True, eq=False)
class DicomImage:
    """A DICOM file's picture.

    Attributes
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)
        Grey levels, 0 = black.
    window : tuple of float
        Grey levels that become black and white: the file's own, else the default.
    units : ModalityUnits or None
        None where a table was applied, and for colour.
    pixel_shape : PixelShape
    attributes : DicomAttributes
    warnings : tuple of Notice
    """

    pixels: GreyLevels
    window: Window
    units: ModalityUnits | None
    pixel_shape: PixelShape
    attributes: DicomAttributes
    warnings: tuple[Notice, ...] = ()


def read_dicom(data: bytes, *, max_pixels: int, min_side: int) -> DicomImage:
    """Decode a DICOM file into grey levels.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_pixels, min_side : int
        Limits on Rows x Columns x Samples and on Rows and Columns, checked before
        decoding.

    Returns
    -------
    DicomImage

    Raises
    ------
    UnreadableRadiographError
        If the file is damaged or breaks the standard.
    UnsupportedRadiographError
        With the code ``no_pixels``, ``multi_frame``, ``for_processing``,
        ``too_large``, ``too_small``, ``missing_decoder``, ``colour_image`` or
        ``low_contrast``.

    Notes
    -----
    The order of operations is decoding, pixel padding, modality LUT or rescale, VOI
    LUT or window (a VOI LUT comes before a window), presentation LUT or inversion.
    Padded pixels become 0 and take no part in statistics.

    References
    ----------
    * DICOM PS3.3, C.7.5.1.1.2, C.7.6.3, C.11.1, C.11.2 and C.11.6
    """
    file = parse_dicom(data, max_bytes=4 * max_pixels)
    frames_warnings = _check_kind(file)
    _check_size(file.dataset, max_pixels, min_side)
    return _read_picture(file, frames_warnings)


def _read_picture(file: DicomFile, warnings: tuple[Notice, ...]) -> DicomImage:
    dataset = file.dataset
    photometric = _read_photometric_interpretation(dataset)
    bits = read_integer(dataset, "BitsStored")
    signed = _read_sign(dataset)
    encoded = find_pixels(file)
    stored, doubts = read_stored_values(dataset, encoded, bits=bits, signed=signed)
    warnings += encoded.warnings + doubts
    if photometric == "PALETTE COLOR" and isinstance(stored, StoredValues):
        stored, bits = look_up_palette(dataset, stored.picture)
    pixels: GreyLevels
    units: ModalityUnits | None = None
    rendering: Rendering = "as stored"
    if not isinstance(stored, StoredValues):
        pixels = grey_of_colour(stored, bits)
        _check_contrast(pixels)
        window = default_window(pixels)
    else:
        grey = apply_modality(
            dataset, stored.values, stored.counts, bits=bits, signed=signed
        )
        _check_contrast(grey.levels[grey.is_shown])
        grey = apply_presentation(dataset, apply_voi(dataset, grey))
        _check_contrast(grey.levels[grey.is_shown])
        pixels, units = _draw(stored, to_grey_levels(grey)), grey.units
        window = grey.window or default_window(pixels)
        rendering = grey.rendering
        warnings += grey.warnings
    shape = read_pixel_shape(dataset)
    if shape is None:
        warnings = (*warnings, Notice("invalid_pixel_shape"))
    return DicomImage(
        pixels=pixels,
        window=window,
        units=units,
        pixel_shape=shape or SQUARE,
        attributes=read_attributes(
            dataset, transfer_syntax=encoded.transfer_syntax, rendering=rendering
        ),
        warnings=warnings,
    )


def _draw(stored: StoredValues, levels: GreyLevels) -> GreyLevels:
    """Replace every code by its grey level, where they are not the same already."""
    used = np.flatnonzero(stored.counts)
    if levels.dtype == stored.codes.dtype and np.array_equal(levels[used], used):
        return stored.codes
    return look_up(stored.codes, levels)


def _check_kind(file: DicomFile) -> tuple[Notice, ...]:
    """Refuse what is no single picture that is ready to look at."""
    dataset = file.dataset
    kind = (
        read_text(dataset, "SOPClassUID")
        or read_text(dataset.file_meta, "MediaStorageSOPClassUID")
        or ""
    )
    if file.pixel_data is None or not file.pixel_data.value:
        if file.pixel_data is None and ("Rows" in dataset or kind in _IMAGES):
            raise UnreadableRadiographError("cut_off_dicom")
        name = name_uid(kind)
        # What is not in the standard may be anything.
        raise UnsupportedRadiographError(
            "no_pixels", "dicom_without_pixels", storage="" if name == kind else name
        )
    warnings: tuple[Notice, ...] = ()
    try:
        frames = read_number(dataset, "NumberOfFrames") or 1
    except UnreadableAttributeError as error:
        frames, warnings = 1, (error.notice(),)
    if frames > 1:
        raise UnsupportedRadiographError(
            "multi_frame", "dicom_frames", frames=int(frames)
        )
    intent = read_text(dataset, "PresentationIntentType") or ""
    if intent == "FOR PROCESSING" or (not intent and kind in _FOR_PROCESSING):
        raise UnsupportedRadiographError("for_processing", "image_for_processing")
    return warnings


def _check_size(dataset: FileDataset, max_pixels: int, min_side: int) -> None:
    rows, columns = read_integer(dataset, "Rows"), read_integer(dataset, "Columns")
    samples = read_integer(dataset, "SamplesPerPixel", default=1)
    if rows * columns * samples > max_pixels:
        raise UnsupportedRadiographError(
            "too_large",
            "dicom_size",
            limit=max_pixels // 10**6,
            columns=columns,
            rows=rows,
            samples=samples,
        )
    if min(rows, columns) < min_side:
        raise UnsupportedRadiographError(
            "too_small", "small_dicom", columns=columns, rows=rows
        )


def _read_photometric_interpretation(dataset: FileDataset) -> str:
    """Read how samples become a picture (PS3.3, C.7.6.3.1.2)."""
    value = read_text(dataset, "PhotometricInterpretation") or "NONE"
    samples = read_integer(dataset, "SamplesPerPixel", default=1)
    known = value in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    colour = value == "RGB" or value.startswith("YBR_")
    if (samples == 1 and known) or (samples == 3 and colour):
        return value
    raise UnreadableRadiographError(
        "unknown_photometric_interpretation",
        "photometric_interpretation",
        photometric=value if value in _PHOTOMETRIC_INTERPRETATIONS else "",
        samples=samples,
    )


def _read_sign(dataset: FileDataset) -> bool:
    """Tell whether the pixels are signed; PS3.3, C.7.6.3."""
    try:
        representation = read_number(dataset, "PixelRepresentation") or 0
    except UnreadableAttributeError:
        representation = -1
    if representation not in (0, 1):
        raise UnreadableRadiographError(
            "unreadable_grey_scale",
            "unreadable_attribute",
            attribute=name_attribute("PixelRepresentation"),
        )
    return representation == 1


def _check_contrast(picture: GreyLevels) -> None:
    if picture.size == 0 or picture.min() == picture.max():
        raise UnsupportedRadiographError("low_contrast", "dicom_one_grey_level")
