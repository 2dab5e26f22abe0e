"""The pixels of a DICOM file: from its bytes to the values that were stored."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.encaps import generate_frames
from pydicom.pixels.processing import apply_color_lut
from pydicom.uid import UID

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reading.dicom_codecs import (
    LOSSY,
    TRANSFER_SYNTAXES,
    decode_frame,
    guess_transfer_syntax,
)
from pneumonia.reading.dicom_parser import read_integer, read_optional
from pneumonia.reading.grey_levels import GreyLevels

_MAX_FRAGMENTS = 20_000
_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
_BIG_ENDIAN = "1.2.840.10008.1.2.2"
_NATIVE = (_IMPLICIT, _EXPLICIT, _BIG_ENDIAN, "1.2.840.10008.1.2.1.99")
# Channels this close for 99 % of the pixels are grey that was stored as colour.
_GREY_TOLERANCE = 8 / 255


def find_transfer_syntax(dataset: FileDataset) -> str:
    """Find how the pixels are encoded, which the file may omit or state wrongly.

    Parameters
    ----------
    dataset : pydicom.FileDataset

    Returns
    -------
    str
        UID.
    """
    stated = str(dataset.file_meta.get("TransferSyntaxUID") or "")
    implicit, little_endian = dataset.original_encoding
    native = _BIG_ENDIAN if not little_endian else _IMPLICIT if implicit else _EXPLICIT
    # Only encapsulated pixel data has an undefined length (PS3.5, annex A.4).
    if not dataset["PixelData"].is_undefined_length:
        return native if stated in (*TRANSFER_SYNTAXES, *_NATIVE, "") else stated
    if stated not in (*_NATIVE, ""):
        return stated
    return guess_transfer_syntax(_join_fragments(dataset)) or stated


def _join_fragments(dataset: FileDataset) -> bytes:
    """Return the only frame of encapsulated pixels (PS3.5, annex A.4)."""
    data = dataset.PixelData
    if data.count(b"\xfe\xff\x00\xe0") > _MAX_FRAGMENTS:
        raise ValueError("too many fragments")
    return next(generate_frames(data, number_of_frames=1))


def read_stored_values(
    dataset: FileDataset, syntax: str, *, bits: int, signed: bool
) -> NDArray[np.int32]:
    """Decode the pixels to the values that were stored.

    Parameters
    ----------
    dataset : pydicom.FileDataset
    syntax : str
        UID, from `find_transfer_syntax`.
    bits : int
        BitsStored.
    signed : bool
        Whether PixelRepresentation says so.

    Returns
    -------
    ndarray of int32, shape (H, W), or (H, W, 3) for colour

    Raises
    ------
    UnreadableRadiographError
        If the pixels are damaged, or have an unusual number of bits.
    UnsupportedRadiographError
        With the code ``missing_decoder``.

    References
    ----------
    * DICOM PS3.5, section 8.1.1: BitsStored bits, from HighBit down, of a cell
    """
    allocated, shift = _read_cell(dataset, bits)
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


def _read_cell(dataset: FileDataset, bits: int) -> tuple[int, int]:
    """Return a cell's bits, and how many of them lie below those stored."""
    allocated = read_integer(dataset, "BitsAllocated")
    if allocated not in (8, 16, 32) or not 2 <= bits <= min(allocated, 16):
        raise UnreadableRadiographError(
            "unusual_bits", "bits", stored=bits, allocated=allocated
        )
    high_bit = read_optional(dataset, "HighBit", int)
    if high_bit is None or not bits - 1 <= high_bit < allocated:
        return allocated, 0
    return allocated, high_bit - (bits - 1)


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


def look_up_palette(
    dataset: FileDataset, stored: NDArray[np.int32]
) -> tuple[NDArray[np.int32], int]:
    """Look up the colours of a palette picture.

    Parameters
    ----------
    dataset : pydicom.FileDataset
    stored : ndarray of int32, shape (H, W)

    Returns
    -------
    colours : ndarray of int32, shape (H, W, 3)
        RGB.
    bits : int
        Of each sample.
    """
    colours = apply_color_lut(stored, dataset)
    return colours[..., :3].astype(np.int32), colours.dtype.itemsize * 8


def grey_of_colour(channels: NDArray[np.int32], bits: int) -> GreyLevels:
    """Reduce a secondary capture that is really grey to one channel.

    Parameters
    ----------
    channels : ndarray of int32, shape (H, W, 3)
        RGB, or luma and two chromas; which one is told by the values, as files are
        often mislabelled.
    bits : int
        Of each sample.

    Returns
    -------
    ndarray of uint8 or uint16, shape (H, W)

    Raises
    ------
    UnsupportedRadiographError
        With the code ``colour_image`` if it is coloured.
    """
    tolerance = _GREY_TOLERANCE * ((1 << bits) - 1)
    spread = channels.max(axis=-1) - channels.min(axis=-1)
    chroma = np.abs(channels[..., 1:] - (1 << (bits - 1))).max(axis=-1)
    if np.mean(spread <= tolerance) >= 0.99:
        luma = channels @ np.array([0.299, 0.587, 0.114])  # ITU-R BT.601
    elif np.mean(chroma <= tolerance) >= 0.99:
        luma = channels[..., 0].astype(np.float64)
    else:
        raise UnsupportedRadiographError("colour_image", "dicom_colour")
    levels = np.asarray(np.rint(luma), np.uint16)
    return levels.astype(np.uint8) if bits <= 8 else levels
