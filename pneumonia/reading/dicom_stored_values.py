"""The cells of a DICOM picture to the values that were stored.

A picture of millions of pixels has at most 65,536 values. So the values are found once
for each code that a cell may hold, and so is all that `dicom_modality` and
`dicom_grey_scale` do with them.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.uid import UID

from pneumonia.reading.dicom_codecs import LOSSY, decode_frame
from pneumonia.reading.dicom_pixels import (
    BIG_ENDIAN,
    NATIVE,
    EncodedPixels,
    plain_sizes,
    read_cell,
)
from pneumonia.reading.dicom_values import (
    HOSTILE_BYTES,
    raise_damaged_dicom,
    read_integer,
    read_text,
)
from pneumonia.reading.grey_levels import GreyLevels, count_levels
from pneumonia.reasons.codes import Notice

_MOST_CELL_BYTES = 2
# Gives the stored values of cells, and where bits beyond those stored are set.
_Meaning = Callable[[NDArray[Any]], tuple[NDArray[np.int32], NDArray[np.bool_]]]


class StoredValues(NamedTuple):
    """A grey picture as codes, and what each of them stands for.

    All that follows is done once for each code instead of for each pixel.

    Attributes
    ----------
    codes : ndarray of uint8 or uint16, shape (H, W)
        The cells of the file, as they are.
    values : ndarray of int32, shape (256,) or (65536,)
        The stored value of each code.
    counts : ndarray of int64, shape (256,) or (65536,)
        How many pixels have each code.
    """

    codes: GreyLevels
    values: NDArray[np.int32]
    counts: NDArray[np.int64]

    @property
    def picture(self) -> NDArray[np.int32]:
        """The stored values, shape (H, W)."""
        return np.asarray(self.values[self.codes])


def read_stored_values(
    dataset: FileDataset, encoded: EncodedPixels, *, bits: int, signed: bool
) -> tuple[StoredValues | NDArray[np.int32], tuple[Notice, ...]]:
    """Decode the pixels to the values that were stored.

    Parameters
    ----------
    dataset : pydicom.FileDataset
    encoded : EncodedPixels
    bits : int
        BitsStored.
    signed : bool
        Whether PixelRepresentation says so.

    Returns
    -------
    values : StoredValues, or ndarray of int32, shape (H, W, 3) for colour
    warnings : tuple of Notice

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
    allocated, shift, _ = read_cell(dataset, bits)
    syntax = encoded.transfer_syntax
    samples = read_integer(dataset, "SamplesPerPixel", default=1)
    if syntax in NATIVE:
        cells = _read_cells(dataset, encoded, allocated)
        return _store(cells, partial(_extract, bits=bits, shift=shift, signed=signed))
    cells, precision = decode_frame(
        bytes(encoded.data),
        syntax,
        rows=read_integer(dataset, "Rows"),
        columns=read_integer(dataset, "Columns"),
        samples=samples,
        bits_allocated=allocated,
    )
    if precision is None:
        return _store(cells, partial(_extract, bits=bits, shift=shift, signed=signed))
    # A codestream holds values instead of cells. Only JPEG 2000 knows signed ones.
    if cells.dtype.kind == "i" and signed:
        top = (1 << (bits - 1)) - 1
        return _store(cells, partial(_clip, lowest=-top - 1, highest=top))
    if shift and shift + bits <= precision and int(cells.max()) >> bits:
        # Whole cells were compressed: the bits stored lie where they lay in those.
        return _store(cells, partial(_extract, bits=bits, shift=shift, signed=signed))
    if syntax in LOSSY and not signed and cells.dtype.kind == "u":
        return _store(cells, partial(_clip, lowest=0, highest=(1 << bits) - 1))
    used = min(bits, precision)
    return _store(cells, partial(_extract, bits=used, shift=0, signed=signed))


def _store(
    cells: NDArray[Any], meaning: _Meaning
) -> tuple[StoredValues | NDArray[np.int32], tuple[Notice, ...]]:
    """Find what the cells of a picture stand for."""
    cells = np.ascontiguousarray(cells, cells.dtype.newbyteorder("="))
    if cells.ndim == 2 and cells.itemsize <= _MOST_CELL_BYTES:
        codes = cells.view(cells.dtype.str.replace("i", "u"))
        counts = count_levels(codes)
        every = np.arange(len(counts), dtype=codes.dtype).view(cells.dtype)
        values, is_beyond = meaning(every)
        has_beyond = is_beyond[counts > 0].any()
    else:
        values, is_beyond = meaning(cells)
        has_beyond = is_beyond.any()
    notices = (Notice("bits_beyond_stored"),) if has_beyond else ()
    if cells.ndim > 2:
        return values, notices
    if cells.itemsize > _MOST_CELL_BYTES:
        lowest, highest = int(values.min()), int(values.max())
        codes = (values - lowest).astype(np.uint16)
        counts = count_levels(codes)
        values = np.minimum(np.arange(len(counts), dtype=np.int32) + lowest, highest)
    return StoredValues(codes, values, counts), notices


def _clip(
    cells: NDArray[Any], lowest: int, highest: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    values = np.clip(cells.astype(np.int32), lowest, highest)
    return values, np.zeros(cells.shape, np.bool_)


def _read_cells(
    dataset: FileDataset, encoded: EncodedPixels, allocated: int
) -> NDArray[Any]:
    """Read uncompressed pixels; with pydicom where they are more than a plain row."""
    samples = read_integer(dataset, "SamplesPerPixel", default=1)
    if encoded.transfer_syntax != BIG_ENDIAN and samples == 1:
        shape = read_integer(dataset, "Rows"), read_integer(dataset, "Columns")
        cells = np.frombuffer(encoded.data, f"<u{allocated // 8}", shape[0] * shape[1])
        return cells.reshape(shape)
    # pydicom insists on what may be taken for granted.
    dataset.SamplesPerPixel = read_integer(dataset, "SamplesPerPixel", default=1)
    dataset.setdefault("PixelRepresentation", 0)
    dataset.NumberOfFrames = 1
    dataset.file_meta.TransferSyntaxUID = UID(encoded.transfer_syntax)
    usual, *others = plain_sizes(dataset)
    if others and len(encoded.data) == others[0] != usual:
        exchanged = {"YBR_FULL": "YBR_FULL_422", "YBR_FULL_422": "YBR_FULL"}
        photometric = exchanged[read_text(dataset, "PhotometricInterpretation") or ""]
        dataset.PhotometricInterpretation = photometric
    dataset.add_new("PixelData", encoded.vr, bytes(encoded.data))
    dataset.pixel_array_options(raw=True, correct_unused_bits=False)
    try:
        return dataset.pixel_array
    except HOSTILE_BYTES as error:
        raise_damaged_dicom(error)


def _extract(
    cells: NDArray[Any], bits: int, shift: int, signed: bool
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Cut the stored bits out of their cells; the others may hold anything."""
    unsigned = cells.view(cells.dtype.str.replace("i", "u"))
    mask = (1 << bits) - 1
    values = np.asarray((unsigned >> shift) & mask, np.int32)
    beyond = unsigned >> (shift + bits)
    if signed:
        is_negative = values > mask >> 1
        # There the sign may be repeated up to the top.
        top = (1 << (unsigned.dtype.itemsize * 8 - shift - bits)) - 1
        beyond = np.where(is_negative & (beyond == top), 0, beyond)
        values[is_negative] -= mask + 1
    return values, np.asarray(beyond != 0)
