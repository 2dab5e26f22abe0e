"""The encoded pixels of a DICOM file, and those that are no plain grey picture."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.pixels.processing import apply_color_lut

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reading.dicom_codecs import (
    TRANSFER_SYNTAXES,
    guess_transfer_syntax,
    is_as_stated,
)
from pneumonia.reading.dicom_parser import DicomFile, name_uid
from pneumonia.reading.dicom_pixel_data import (
    PixelData,
    is_encapsulated,
    join_fragments,
)
from pneumonia.reading.dicom_values import (
    HOSTILE_BYTES,
    UnreadableAttributeError,
    raise_damaged_dicom,
    read_integer,
    read_number,
    read_text,
)
from pneumonia.reading.grey_levels import GreyLevels
from pneumonia.reasons.codes import Notice

_IMPLICIT, _EXPLICIT = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
NATIVE = (_IMPLICIT, _EXPLICIT, BIG_ENDIAN, "1.2.840.10008.1.2.1.99")
# A maker's own: implicit and little endian, but for the pixels.
_BIG_ENDIAN_PIXELS = "1.2.840.113619.5.2"
# Other processes of JPEG, which a frame names by itself (PS3.6, annex A).
_RETIRED_JPEG = tuple(f"1.2.840.10008.1.2.4.{n}" for n in range(52, 67))
# Channels this close for 99 % of the pixels are grey that was stored as colour.
_GREY_TOLERANCE = 8 / 255


@dataclass(frozen=True)
class EncodedPixels:
    """The pixels of one picture, as they are encoded.

    Attributes
    ----------
    data : bytes or memoryview
        A compressed frame, or uncompressed cells.
    transfer_syntax : str
        UID, as the bytes proved to be.
    warnings : tuple of Notice
        How the file breaks the standard.
    vr : str
        ``"OB"`` or ``"OW"``, which tells what big endian turns round.
    """

    data: bytes | memoryview
    transfer_syntax: str
    warnings: tuple[Notice, ...] = ()
    vr: str = "OW"


def find_pixels(file: DicomFile) -> EncodedPixels:
    """Find how the pixels are encoded, which the file may omit or state wrongly.

    Parameters
    ----------
    file : DicomFile
        With pixel data.

    Returns
    -------
    EncodedPixels

    Raises
    ------
    UnreadableRadiographError
        If a part of the pixels is missing, or they are encoded in no known way.
    UnsupportedRadiographError
        With the code ``missing_decoder``.

    References
    ----------
    * DICOM PS3.5, section 8 and annex A.4
    """
    dataset, pixels = file.dataset, file.pixel_data
    if pixels is None:
        raise ValueError("a file without pixels")
    _, _, doubts = read_cell(dataset, read_integer(dataset, "BitsStored"))
    value = pixels.value
    stated = read_text(dataset.file_meta, "TransferSyntaxUID") or ""
    is_plain_size = len(value) in plain_sizes(dataset)
    if is_encapsulated(value) and (
        pixels.has_undefined_length or stated not in NATIVE or not is_plain_size
    ):
        frame, is_closed = join_fragments(value)
        is_regular = pixels.has_undefined_length and is_closed
    elif pixels.has_undefined_length or (
        not (stated in NATIVE and is_plain_size) and guess_transfer_syntax(bytes(value))
    ):
        # A frame without the items that should hold it.
        frame, is_regular = bytes(value), False
    else:
        plain = _find_plain_pixels(dataset, pixels, stated)
        return replace(plain, warnings=doubts + plain.warnings)
    irregular = () if is_regular else (Notice("irregular_pixel_data"),)
    syntax, warnings = _find_compression(frame, stated)
    return EncodedPixels(frame, syntax, doubts + irregular + warnings)


def _find_compression(frame: bytes, stated: str) -> tuple[str, tuple[Notice, ...]]:
    """Return the transfer syntax of a frame, which its first bytes tell best."""
    is_named = stated not in TRANSFER_SYNTAXES and name_uid(stated) != stated
    if stated and stated not in NATIVE and is_named and stated not in _RETIRED_JPEG:
        return stated, ()  # that of a film, say, which nothing here decodes
    guess = guess_transfer_syntax(frame)
    if guess is None or not stated:
        return guess or stated, ()
    if is_as_stated(stated, guess):
        return stated, ()
    compression = TRANSFER_SYNTAXES[guess]
    return guess, (Notice("other_compression", {"compression": compression}),)


def _find_plain_pixels(
    dataset: FileDataset, pixels: PixelData, stated: str
) -> EncodedPixels:
    """Take a value for uncompressed cells if it is as long as these are."""
    implicit, little_endian = dataset.original_encoding
    syntax = _IMPLICIT if implicit else _EXPLICIT
    if not little_endian or stated == _BIG_ENDIAN_PIXELS:
        syntax = BIG_ENDIAN
    size, *others = plain_sizes(dataset)
    value = pixels.value
    warnings: tuple[Notice, ...] = ()
    if len(value) == size - 1 and size % 2:
        # Somebody made the length even by leaving the last byte out.
        value = memoryview(bytes(value) + bytes(value[-1:]))
        warnings = (Notice("last_byte_missing"),)
    elif len(value) in (size, size + size % 2):
        pass
    elif len(value) in others:
        warnings = (Notice("other_chroma"),)
    elif stated not in (*NATIVE, ""):
        if stated in TRANSFER_SYNTAXES:
            raise UnreadableRadiographError(
                "unfit_pixel_length", "pixel_length", expected=size, bytes=len(value)
            )
        return EncodedPixels(value, stated)
    elif len(value) < size:
        raise UnreadableRadiographError(
            "cut_off_dicom", "pixel_length", expected=size, bytes=len(value)
        )
    elif len(value) >= 2 * size:
        raise UnreadableRadiographError(
            "unfit_pixel_length", "pixel_length", expected=size, bytes=len(value)
        )
    if stated not in (*NATIVE, _BIG_ENDIAN_PIXELS, ""):
        warnings = (*warnings, Notice("read_as_uncompressed"))
    return EncodedPixels(value, syntax, warnings, pixels.vr)


def plain_sizes(dataset: FileDataset) -> tuple[int, ...]:
    """Return how many bytes uncompressed pixels take, the usual number first.

    Files are often wrong on whether chroma is subsampled.
    """
    samples = read_integer(dataset, "SamplesPerPixel", default=1)
    cells = read_integer(dataset, "Rows") * read_integer(dataset, "Columns")
    size = cells * samples * read_integer(dataset, "BitsAllocated") // 8
    photometric = read_text(dataset, "PhotometricInterpretation")
    if photometric == "YBR_FULL_422":
        return size // 3 * 2, size
    return (size, size // 3 * 2) if photometric == "YBR_FULL" else (size,)


def read_cell(dataset: FileDataset, bits: int) -> tuple[int, int, tuple[Notice, ...]]:
    """Return a cell's bits, how many of them lie below those stored, and doubts."""
    allocated = read_integer(dataset, "BitsAllocated")
    if allocated not in (8, 16, 32) or not 2 <= bits <= min(allocated, 16):
        raise UnreadableRadiographError(
            "unusual_bits", "bits", stored=bits, allocated=allocated
        )
    try:
        high_bit = read_number(dataset, "HighBit")
        if high_bit is None:
            return allocated, 0, ()
        if not bits - 1 <= high_bit < allocated or high_bit != int(high_bit):
            raise UnreadableAttributeError("HighBit")
    except UnreadableAttributeError as error:
        return allocated, 0, (error.notice("unreadable_grey_attribute"),)
    return allocated, int(high_bit) - (bits - 1), ()


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
    try:
        colours = apply_color_lut(stored, dataset)
    except HOSTILE_BYTES as error:
        raise_damaged_dicom(error)
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
