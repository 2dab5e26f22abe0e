"""One compressed DICOM frame to integers.

The decoders are those of imagecodecs (libjpeg-turbo, CharLS, OpenJPEG, PackBits), all
written in C. As files come from anywhere, the frame's own header must agree with the
file's attributes before a decoder is called.
"""

import sys
from typing import Any, Final, NamedTuple

import imagecodecs
import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.reading import jpeg_2000_stream, jpeg_stream
from pneumonia.reading.dicom_parser import name_uid
from pneumonia.reading.part_limits import MOST_PARTS

# PS3.5, sections A.4 and 10: the transfer syntaxes of still pictures.
JPEG: Final = {
    "1.2.840.10008.1.2.4.50": "JPEG Baseline",
    "1.2.840.10008.1.2.4.51": "JPEG Extended",
    "1.2.840.10008.1.2.4.55": "JPEG Progressive",
    "1.2.840.10008.1.2.4.57": "JPEG Lossless",
    "1.2.840.10008.1.2.4.70": "JPEG Lossless, first-order prediction",
}
JPEG_LS: Final = {
    "1.2.840.10008.1.2.4.80": "JPEG-LS Lossless",
    "1.2.840.10008.1.2.4.81": "JPEG-LS Near-Lossless",
}
JPEG_2000: Final = {
    "1.2.840.10008.1.2.4.90": "JPEG 2000 Lossless",
    "1.2.840.10008.1.2.4.91": "JPEG 2000",
    "1.2.840.10008.1.2.4.201": "High-Throughput JPEG 2000 Lossless",
    "1.2.840.10008.1.2.4.202": "High-Throughput JPEG 2000 Lossless, RPCL",
    "1.2.840.10008.1.2.4.203": "High-Throughput JPEG 2000",
}
RLE: Final = {"1.2.840.10008.1.2.5": "RLE Lossless"}
TRANSFER_SYNTAXES: Final = JPEG | JPEG_LS | JPEG_2000 | RLE
# Decoded values of these may lie outside the range of the original.
LOSSY: Final = tuple(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 55, 81, 91, 203))

# ITU-T T.81, table B.1 (and T.87 for JPEG-LS): markers that start a frame.
_PROGRESSIVE, _JPEG_LS_FRAME = 0xC2, 0xF7
_FRAME_MARKERS = {0xC0, 0xC1, _PROGRESSIVE, 0xC3, _JPEG_LS_FRAME}
_OTHER_FRAME_MARKERS = set(range(0xC5, 0xD0)) - {0xC8, 0xCC}
_MARKERS_BEYOND_HEADER = {0xD8, 0xD9, 0xDA}
_END_OF_IMAGE = b"\xff\xd9"


class FrameHeader(NamedTuple):
    """What the header of a compressed frame states.

    Attributes
    ----------
    precision : int
        Bits of each sample.
    rows, columns, samples : int
    """

    precision: int
    rows: int
    columns: int
    samples: int


def decode_frame(
    frame: bytes,
    transfer_syntax: str,
    *,
    rows: int,
    columns: int,
    samples: int,
    bits_allocated: int,
) -> tuple[NDArray[Any], int | None]:
    """Decode a compressed frame.

    Parameters
    ----------
    frame : bytes
        The frame's fragments, joined.
    transfer_syntax : str
        UID.
    rows, columns, samples, bits_allocated : int
        As the DICOM file has them; the frame must agree.

    Returns
    -------
    pixels : ndarray of integers, shape (rows, columns) or (rows, columns, samples)
    precision : int or None
        How many bits of each integer are used, from the lowest on. None for RLE,
        which stores all `bits_allocated` bits unchanged.

    Raises
    ------
    UnreadableRadiographError
        If the frame is damaged or cut off, its size is not that of the file, or it
        consists of too many parts.
    UnsupportedRadiographError
        With the code ``missing_decoder`` if no decoder knows the transfer syntax or
        the frame's process.

    References
    ----------
    * DICOM PS3.5, annex A.4 and section 8.2
    """
    name = TRANSFER_SYNTAXES.get(transfer_syntax)
    if name is None:
        raise _missing_decoder(transfer_syntax)
    try:
        if transfer_syntax in RLE:
            pixels = _decode_rle(frame, rows, columns, samples, bits_allocated)
            return pixels, None
        header = read_header(frame, transfer_syntax)
        _check_size(header, name, rows, columns, samples)
        _check_work(frame, transfer_syntax)
        if transfer_syntax in JPEG_2000 and jpeg_2000_stream.is_cut_off(frame):
            raise _cut_off(name)
        if transfer_syntax in JPEG:
            pixels = _decode_jpeg(frame, name, header)
        else:
            pixels = _decode_values(frame, transfer_syntax)
    except ImportError as error:
        raise UnsupportedRadiographError(
            "missing_decoder",
            "missing_package",
            compression=name,
            package="imagecodecs",
        ) from error
    except (ValueError, RuntimeError) as error:
        if isinstance(error, RadiographError):
            raise
        raise UnreadableRadiographError("damaged_frame", compression=name) from error
    if pixels.shape != (rows, columns) + ((samples,) if samples > 1 else ()):
        raise UnreadableRadiographError("damaged_frame", compression=name)
    return pixels, header.precision


def _check_size(
    header: FrameHeader, name: str, rows: int, columns: int, samples: int
) -> None:
    if header[1:] != (rows, columns, samples):
        raise UnreadableRadiographError(
            "wrong_frame_size",
            "frame_size",
            rows=rows,
            columns=columns,
            samples=samples,
            compression=name,
            received_rows=header.rows,
            received_columns=header.columns,
            received_samples=header.samples,
        )


def _check_work(frame: bytes, transfer_syntax: str) -> None:
    if transfer_syntax in JPEG:
        jpeg_stream.check_work(frame)
    elif transfer_syntax in JPEG_2000:
        jpeg_2000_stream.check_work(frame)


def _cut_off(name: str) -> UnreadableRadiographError:
    return UnreadableRadiographError("cut_off_frame", compression=name)


def _decode_jpeg(frame: bytes, name: str, header: FrameHeader) -> NDArray[Any]:
    """Decode a JPEG if all of it is there; its decoder would fill up what is not."""
    precision, rows, columns, samples = header
    if samples == 1 and precision == 8:
        whole = jpeg_stream.decode_whole(frame, (rows, columns), "GRAY")
        if whole is not None:
            return whole
    # Colours as coded: files often state wrongly whether these are RGB.
    space = None if samples == 1 else "YCBCR"
    try:
        pixels = imagecodecs.jpeg8_decode(
            frame + _END_OF_IMAGE, colorspace=space, outcolorspace=space
        )
    except RuntimeError as error:
        if jpeg_stream.is_cut_off(frame):
            raise _cut_off(name) from error
        raise
    if jpeg_stream.is_cut_off(frame, pixels if samples == 1 else None):
        raise _cut_off(name)
    return pixels


def _decode_values(frame: bytes, transfer_syntax: str) -> NDArray[Any]:
    if transfer_syntax in JPEG_LS:
        # Without an end marker CharLS searches for seconds before it fails.
        return imagecodecs.jpegls_decode(frame + _END_OF_IMAGE)
    return imagecodecs.jpeg2k_decode(frame, verbose=0)


def _missing_decoder(uid: str) -> UnsupportedRadiographError:
    """Name the transfer syntax if it is one of the standard: any other is text."""
    name = name_uid(uid)
    if name and name != uid:
        return UnsupportedRadiographError(
            "missing_decoder", "transfer_syntax", transfer_syntax=name
        )
    return UnsupportedRadiographError("missing_decoder", "unknown_transfer_syntax")


def guess_transfer_syntax(frame: bytes) -> str | None:
    """Tell a frame's transfer syntax by its first bytes.

    Parameters
    ----------
    frame : bytes

    Returns
    -------
    str or None
        A UID of the right family; None if it looks like none.

    Raises
    ------
    UnsupportedRadiographError
        With the code ``missing_decoder`` for a JPEG of a rare process.
    """
    if jpeg_2000_stream.is_jpeg_2000(frame):
        return "1.2.840.10008.1.2.4.91"
    if frame.startswith(b"\xff\xd8\xff"):
        try:
            marker = _find_frame_marker(frame)[0]
        except ValueError:
            return "1.2.840.10008.1.2.4.50"  # whose decoder says what is wrong
        number = {0xC1: 51, _PROGRESSIVE: 55, 0xC3: 57, _JPEG_LS_FRAME: 81}
        return f"1.2.840.10008.1.2.4.{number.get(marker, 50)}"
    # PS3.5, annex G.5: the number of segments and where each of them begins.
    count, *starts = (
        int.from_bytes(frame[i : i + 4], "little") for i in range(0, 64, 4)
    )
    used, unused = starts[:count], starts[count:]
    if 1 <= count <= 15 and used[0] == 64 and used == sorted(used) and not any(unused):
        return "1.2.840.10008.1.2.5"
    return None


def is_as_stated(stated: str, guess: str) -> bool:
    """Tell whether a frame may have the transfer syntax that its file states.

    Parameters
    ----------
    stated, guess : str
        UIDs; the guess is that of `guess_transfer_syntax`.

    Returns
    -------
    bool
    """
    sequential = {"1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"}
    lossless = {"1.2.840.10008.1.2.4.57", "1.2.840.10008.1.2.4.70"}
    families = (sequential, lossless, JPEG_LS.keys(), JPEG_2000.keys())
    return stated == guess or any(
        stated in family and guess in family for family in families
    )


def read_header(frame: bytes, transfer_syntax: str) -> FrameHeader:
    """Read the header of a JPEG, JPEG-LS or JPEG 2000 frame.

    Parameters
    ----------
    frame : bytes
    transfer_syntax : str
        UID.

    Returns
    -------
    FrameHeader

    Raises
    ------
    ValueError
        If the header is damaged, or asks for more work than any radiograph.

    References
    ----------
    * ITU-T T.81, section B.2.2; T.87, section C.2.2; T.800, section A.5.1
    """
    if transfer_syntax in JPEG_2000:
        return FrameHeader(*jpeg_2000_stream.read_size(frame)[:4])
    _, at = _find_frame_marker(frame)
    precision, rows, columns, samples = (
        frame[at + 4],
        int.from_bytes(frame[at + 5 : at + 7], "big"),
        int.from_bytes(frame[at + 7 : at + 9], "big"),
        frame[at + 9],
    )
    return FrameHeader(precision, rows, columns, samples)


def _find_frame_marker(frame: bytes) -> tuple[int, int]:
    """Walk the segments up to the one that starts the frame."""
    at = 2
    for _ in range(MOST_PARTS["jpeg_segments"]):
        if at + 10 > len(frame) or frame[at] != 0xFF or frame[:2] != b"\xff\xd8":
            break
        marker = frame[at + 1]
        if marker in _FRAME_MARKERS:
            return marker, at
        if marker in _OTHER_FRAME_MARKERS:
            raise UnsupportedRadiographError("missing_decoder", "jpeg_process")
        if marker in _MARKERS_BEYOND_HEADER:
            break
        # Any number of fill bytes may precede a marker (T.81, section B.1.1.2).
        at += 1 if marker == 0xFF else 2 + int.from_bytes(frame[at + 2 : at + 4], "big")
    raise ValueError("no start of a JPEG frame")


def _decode_rle(
    frame: bytes, rows: int, columns: int, samples: int, bits_allocated: int
) -> NDArray[Any]:
    cell = np.dtype(f"uint{bits_allocated}")
    # The most significant byte comes first (PS3.5, G.2); the decoder swaps.
    size = rows * columns * samples * cell.itemsize
    segments = int.from_bytes(frame[:4], "little")
    if segments != samples * cell.itemsize:
        raise ValueError("RLE with another number of segments than of bytes in a pixel")
    data = imagecodecs.dicomrle_decode(frame, cell, out=size)
    planes = np.frombuffer(data, cell.newbyteorder(sys.byteorder))
    if samples == 1:
        return planes.reshape(rows, columns)
    return planes.reshape(samples, rows, columns).transpose(1, 2, 0)
