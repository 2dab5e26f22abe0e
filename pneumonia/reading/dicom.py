"""DICOM bytes to grey levels and the few attributes that the gate needs.

`pneumonia.reading.dicom_parser` parses, `pneumonia.reading.dicom_codecs` decodes a
compressed frame and
`pneumonia.reading.dicom_grey_scale` turns stored values into grey levels. Here are
their order, the
refusals that need no pixels, and what lies between a frame and its stored values.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
    repeatable,
)
from pneumonia.reading.dicom_codecs import (
    LOSSY,
    TRANSFER_SYNTAXES,
    decode_frame,
    guess_transfer_syntax,
)
from pneumonia.reading.dicom_grey_scale import (
    GreyLevels,
    ModalityUnits,
    Rendering,
    apply_modality,
    apply_presentation,
    apply_voi,
    grey_of_colour,
    to_grey_levels,
)
from pneumonia.reading.dicom_parser import (
    name_uid,
    parse_dicom,
    read_integer,
    read_optional,
    read_text,
)
from pneumonia.sentences import Notice

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

_MAX_FRAGMENTS = 20_000
# Digital X-ray, mammography and intra-oral images for processing (PS3.4, B.5).
_FOR_PROCESSING = tuple(f"1.2.840.10008.5.1.4.1.1.1.{n}.1" for n in (1, 2, 3))
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_NATIVE = (_IMPLICIT, _EXPLICIT, _BIG_ENDIAN, "1.2.840.10008.1.2.1.99")


@dataclass(frozen=True)
class DicomAttributes:
    """What a DICOM file says of itself, None where it says nothing.

    Attributes
    ----------
    modality, body_part, view_position, laterality, presentation_intent : str or None
        In capitals. The view is ViewPosition, else the meaning of ViewCodeSequence.
    row_direction : str or None
        First value of PatientOrientation: where a row of pixels leads.
    patient_age : float or None
        In years.
    burned_in_annotation : bool or None
    pixel_spacing : tuple of float or None
        Millimetres between rows and between columns.
    spacing_at_detector : bool
        Whether the spacing is ImagerPixelSpacing, which the distance of the patient
        from the detector magnifies.
    photometric_interpretation : str
    transfer_syntax : str
        UID.
    rendering : str
        What made the default window, or the table that was applied.
    """

    modality: str | None
    body_part: str | None
    view_position: str | None
    row_direction: str | None
    laterality: str | None
    presentation_intent: str | None
    patient_age: float | None
    burned_in_annotation: bool | None
    pixel_spacing: tuple[float, float] | None
    spacing_at_detector: bool
    photometric_interpretation: str
    transfer_syntax: str
    rendering: Rendering


@dataclass(frozen=True, eq=False)
class DicomImage:
    """A DICOM file's picture.

    Attributes
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)
        Grey levels, 0 = black.
    window : tuple of float, or None
        Grey levels that become black and white; None for colour.
    units : ModalityUnits or None
        None where a table was applied, and for colour.
    attributes : DicomAttributes
    warnings : tuple of Notice
    """

    pixels: GreyLevels
    window: tuple[float, float] | None
    units: ModalityUnits | None
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
    try:
        dataset = parse_dicom(data, max_bytes=4 * max_pixels)
        _check_kind(dataset)
        _check_size(dataset, max_pixels, min_side)
        return _read_picture(dataset)
    except RadiographError:
        raise
    except Exception as error:
        # pydicom meets hostile bytes with almost any exception type.
        raise UnreadableRadiographError("damaged_dicom") from error


def _read_picture(dataset: "FileDataset") -> DicomImage:
    photometric = _photometric_interpretation(dataset)
    syntax = _transfer_syntax(dataset)
    bits = read_integer(dataset, "BitsStored")
    signed = read_optional(dataset, "PixelRepresentation", int) == 1
    stored = _stored_values(dataset, syntax, bits=bits, signed=signed)
    if photometric == "PALETTE COLOR":
        stored, bits = _look_up_palette(dataset, stored)
    if stored.ndim == 3:
        pixels = grey_of_colour(stored, bits)
        _check_contrast(pixels)
        attributes = _attributes(dataset, syntax, "as stored")
        return DicomImage(pixels, None, None, attributes)
    grey = apply_modality(dataset, stored, bits=bits, signed=signed)
    _check_contrast(grey.pixels[~grey.padding])
    grey = apply_presentation(dataset, apply_voi(dataset, grey))
    _check_contrast(grey.pixels[~grey.padding])
    return DicomImage(
        pixels=to_grey_levels(grey),
        window=grey.window,
        units=grey.units,
        attributes=_attributes(dataset, syntax, grey.rendering),
        warnings=grey.warnings,
    )


def _check_kind(dataset: "FileDataset") -> None:
    """Refuse what is no single picture that is ready to look at."""
    meta = dataset.file_meta
    kind = str(dataset.get("SOPClassUID") or meta.get("MediaStorageSOPClassUID") or "")
    if "PixelData" not in dataset or not dataset.get("PixelData"):
        modality = repeatable(read_text(dataset, "Modality"))
        name = name_uid(kind)
        if name in ("", kind):  # not in the standard, so it may be anything
            raise UnsupportedRadiographError(
                "no_pixels", "unnamed_dicom_without_pixels", modality=modality
            )
        raise UnsupportedRadiographError(
            "no_pixels", "dicom_without_pixels", storage=name, modality=modality
        )
    frames = read_optional(dataset, "NumberOfFrames", int)
    if frames is not None and frames > 1:
        raise UnsupportedRadiographError("multi_frame", "dicom_frames", frames=frames)
    intent = read_text(dataset, "PresentationIntentType") or ""
    if intent == "FOR PROCESSING" or (not intent and kind in _FOR_PROCESSING):
        raise UnsupportedRadiographError("for_processing", "image_for_processing")


def _check_size(dataset: "FileDataset", max_pixels: int, min_side: int) -> None:
    rows, columns = read_integer(dataset, "Rows"), read_integer(dataset, "Columns")
    samples = read_optional(dataset, "SamplesPerPixel", int) or 1
    if rows * columns * samples > max_pixels:
        raise UnsupportedRadiographError(
            "too_large", "dicom_size", columns=columns, rows=rows, samples=samples
        )
    if min(rows, columns) < min_side:
        raise UnsupportedRadiographError(
            "too_small", "small_dicom", columns=columns, rows=rows
        )


def _photometric_interpretation(dataset: "FileDataset") -> str:
    """Read how samples become a picture (PS3.3, C.7.6.3.1.2)."""
    value = read_text(dataset, "PhotometricInterpretation") or "NONE"
    samples = read_optional(dataset, "SamplesPerPixel", int) or 1
    known = value in ("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR")
    colour = value == "RGB" or value.startswith("YBR_")
    if (samples == 1 and known) or (samples == 3 and colour):
        return value
    raise UnreadableRadiographError(
        "unknown_photometric_interpretation",
        "photometric_interpretation",
        photometric=repeatable(value),
        samples=samples,
    )


def _transfer_syntax(dataset: "FileDataset") -> str:
    """Find how the pixels are encoded, which the file may omit or get wrong."""
    stated = str(dataset.file_meta.get("TransferSyntaxUID") or "")
    implicit, little_endian = dataset.original_encoding
    native = _BIG_ENDIAN if not little_endian else _IMPLICIT if implicit else _EXPLICIT
    # Only encapsulated pixel data has an undefined length (PS3.5, annex A.4).
    if not dataset["PixelData"].is_undefined_length:
        return native if stated in (*TRANSFER_SYNTAXES, *_NATIVE, "") else stated
    if stated not in (*_NATIVE, ""):
        return stated
    return guess_transfer_syntax(_join_fragments(dataset)) or stated


def _join_fragments(dataset: "FileDataset") -> bytes:
    """Return the only frame of encapsulated pixels (PS3.5, annex A.4)."""
    from pydicom.encaps import generate_frames

    data = dataset.PixelData
    if data.count(b"\xfe\xff\x00\xe0") > _MAX_FRAGMENTS:
        raise ValueError("too many fragments")
    return next(generate_frames(data, number_of_frames=1))


def _stored_values(
    dataset: "FileDataset", syntax: str, *, bits: int, signed: bool
) -> NDArray[np.int32]:
    """Decode the pixels to the values that were stored.

    Returns
    -------
    ndarray of int32, shape (H, W), or (H, W, 3) for colour

    References
    ----------
    * DICOM PS3.5, section 8.1.1: BitsStored bits, from HighBit down, of a cell
    """
    from pydicom.uid import UID

    allocated = read_integer(dataset, "BitsAllocated")
    if allocated not in (8, 16, 32) or not 2 <= bits <= min(allocated, 16):
        raise UnreadableRadiographError(
            "unusual_bits", "bits", stored=bits, allocated=allocated
        )
    high_bit = read_optional(dataset, "HighBit", int)
    shift = 0
    if high_bit is not None and bits - 1 <= high_bit < allocated:
        shift = high_bit - (bits - 1)
    if syntax in _NATIVE:
        # pydicom insists on what may be taken for granted.
        dataset.setdefault("SamplesPerPixel", 1)
        dataset.setdefault("PixelRepresentation", 0)
        dataset.file_meta.TransferSyntaxUID = UID(syntax)
        dataset.pixel_array_options(raw=True, correct_unused_bits=False)
        return _extract(dataset.pixel_array, bits, shift, signed)
    cells, precision = decode_frame(
        _join_fragments(dataset),
        syntax,
        rows=read_integer(dataset, "Rows"),
        columns=read_integer(dataset, "Columns"),
        samples=read_optional(dataset, "SamplesPerPixel", int) or 1,
        bits_allocated=allocated,
    )
    if precision is None:
        return _extract(cells, bits, shift, signed)
    # A codestream holds values instead of cells. Only JPEG 2000 knows signed ones.
    if cells.dtype.kind == "i" and signed:
        top = (1 << (bits - 1)) - 1
        return np.asarray(np.clip(cells, -top - 1, top), np.int32)
    if syntax in LOSSY and not signed and cells.dtype.kind == "u":
        return np.asarray(np.minimum(cells, (1 << bits) - 1), np.int32)
    return _extract(cells, min(bits, precision), 0, signed)


def _extract(
    cells: NDArray[Any], bits: int, shift: int, signed: bool
) -> NDArray[np.int32]:
    """Cut the stored bits out of their cells; the others may hold anything."""
    unsigned = cells.view(cells.dtype.str.replace("i", "u"))
    mask = (1 << bits) - 1
    values = np.asarray((unsigned >> shift) & mask, np.int32)
    if signed:
        values[values > mask >> 1] -= mask + 1
    return values


def _look_up_palette(
    dataset: "FileDataset", stored: NDArray[np.int32]
) -> tuple[NDArray[np.int32], int]:
    """Give the RGB of a palette picture, and its bits."""
    from pydicom.pixels.processing import apply_color_lut

    colours = apply_color_lut(stored, dataset)
    return colours[..., :3].astype(np.int32), colours.dtype.itemsize * 8


def _check_contrast(picture: GreyLevels) -> None:
    if picture.size == 0 or picture.min() == picture.max():
        raise UnsupportedRadiographError("low_contrast", "dicom_one_grey_level")


def _attributes(
    dataset: "FileDataset", syntax: str, rendering: Rendering
) -> DicomAttributes:
    spacing = read_optional(dataset, "PixelSpacing", _to_spacing)
    at_detector = read_optional(dataset, "ImagerPixelSpacing", _to_spacing)
    return DicomAttributes(
        modality=read_text(dataset, "Modality"),
        body_part=read_text(dataset, "BodyPartExamined"),
        view_position=read_text(dataset, "ViewPosition")
        or read_optional(
            dataset, "ViewCodeSequence", lambda v: read_text(v[0], "CodeMeaning")
        ),
        row_direction=read_optional(
            dataset, "PatientOrientation", lambda v: str(v[0]).upper()
        ),
        laterality=read_text(dataset, "ImageLaterality")
        or read_text(dataset, "Laterality"),
        presentation_intent=read_text(dataset, "PresentationIntentType"),
        patient_age=read_optional(dataset, "PatientAge", _to_years),
        burned_in_annotation={"YES": True, "NO": False}.get(
            read_text(dataset, "BurnedInAnnotation") or ""
        ),
        pixel_spacing=spacing or at_detector,
        spacing_at_detector=spacing is None and at_detector is not None,
        photometric_interpretation=read_text(dataset, "PhotometricInterpretation")
        or "",
        transfer_syntax=syntax,
        rendering=rendering,
    )


def _to_spacing(value: Any) -> tuple[float, float]:
    rows, columns = (float(distance) for distance in value)
    if not (0 < rows < 10 and 0 < columns < 10):
        raise ValueError("no spacing of pixels in millimetres")
    return rows, columns


def _to_years(value: Any) -> float:
    """Read an age string (PS3.5, 6.2): digits and D, W, M or Y; without, years."""
    text = str(value).strip().upper()
    per_year = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
    number, unit = (text[:-1], text[-1]) if text[-1] in per_year else (text, "Y")
    if not number.isdecimal():
        raise ValueError("no age")
    return int(number) / per_year[unit]
