"""Bytes of a DICOM or picture file to grey levels.

One reader serves training, the command line and the page, so that all radiographs go
through the same steps.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

import pneumonia.reading.bare_pydicom  # noqa: F401
from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
    note_fault,
)
from pneumonia.reading.dicom import read_dicom
from pneumonia.reading.dicom_attributes import DicomAttributes
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.grey_levels import (
    GreyLevels,
    ModalityUnits,
    Window,
    count_levels,
    default_window,
    robust_window,
)
from pneumonia.reading.margins import Frame, find_exact_frame, find_frame
from pneumonia.reading.pictures import read_picture
from pneumonia.reading.pixel_shape import SQUARE, PixelShape
from pneumonia.reasons.codes import Notice

# The largest detectors give about 5,000 x 4,000 pixels in two bytes each.
MAX_BYTES = 100 * 2**20
MAX_PIXELS = 50_000_000
# Below this side a lung holds fewer pixels than the model has cells for it.
MIN_SIDE = 64
# The digest of a longer file is taken while it is decoded.
_LONG_BYTES = 2**20


@dataclass(frozen=True, eq=False)
class Radiograph:
    """One radiograph as grey levels, upright, and what is known about it.

    Attributes
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)
        Grey levels, 0 = black. Read-only.
    sha256 : str
        Hexadecimal SHA-256 of the file's bytes.
    format : str
        The kind of file that the bytes proved to be, such as ``"PNG"``.
    warnings : tuple of Notice
        What the reader had to change.
    window : tuple of float
        Grey levels that are shown black and white: the file's own, else 0 and 255
        for 8 bits and the 0.5 and 99.5 percentiles for 16.
    units : ModalityUnits or None
        The line from grey levels to DICOM's modality units, where there is one.
    pixel_shape : PixelShape
        Square unless a DICOM file states otherwise.
    dicom : DicomAttributes or None
        What a DICOM file states; None for other pictures.
    """

    pixels: GreyLevels
    sha256: str
    format: str
    warnings: tuple[Notice, ...] = ()
    window: Window = (0.0, 255.0)
    units: ModalityUnits | None = None
    pixel_shape: PixelShape = SQUARE
    dicom: DicomAttributes | None = None

    @cached_property
    def frame(self) -> Frame:
        """The part within the plain margins, in pixels; the model sees this part."""
        return find_frame(self.pixels, self.window)


def read_radiograph(data: bytes, *, sha256: str | None = None) -> Radiograph:
    """Decode a DICOM or picture file into grey levels.

    DICOM, JPEG, PNG, TIFF, BMP, WebP and GIF are recognised by their content; the
    name of a file is never consulted.

    Parameters
    ----------
    data : bytes
        The whole file.
    sha256 : str, optional
        Its digest, where it is known; it is not computed then.

    Returns
    -------
    Radiograph

    Raises
    ------
    UnreadableRadiographError
        If the bytes are empty, damaged, or no picture of a known format; with the
        code ``internal_error`` for whatever else goes wrong.
    UnsupportedRadiographError
        If the file is sound, but is not a single grey picture of a usable size: with
        the code ``too_large`` or one of those that
        `pneumonia.reading.dicom.read_dicom` and
        `pneumonia.reading.pictures.read_picture` name.

    Notes
    -----
    pydicom and Pillow warn of odd values, which may identify a patient. Programs that
    show or keep warnings call
    `pneumonia.reading.third_party_warnings.hide_third_party_warnings` first.

    The decoders run in this process. For files from strangers there is
    `pneumonia.reading.isolation.read_isolated`.
    """
    try:
        return _read(data, sha256)
    except RadiographError:
        raise
    except Exception as error:
        raise note_fault(error) from error


def _read(data: bytes, sha256: str | None) -> Radiograph:
    if not data:
        raise UnreadableRadiographError("empty_file")
    if len(data) > MAX_BYTES:
        raise UnsupportedRadiographError(
            "too_large",
            "file_size",
            limit=MAX_BYTES // 2**20,
            megabytes=len(data) / 2**20,
        )
    if sha256 is not None or len(data) < _LONG_BYTES:
        return _decode(data, sha256_of(data) if sha256 is None else sha256)
    with ThreadPoolExecutor(1) as beside:
        digest = beside.submit(sha256_of, data)
        return replace(_decode(data, ""), sha256=digest.result())


def _decode(data: bytes, sha256: str) -> Radiograph:
    if is_dicom(data):
        image = read_dicom(data, max_pixels=MAX_PIXELS, min_side=MIN_SIDE)
        image.pixels.flags.writeable = False
        return Radiograph(
            pixels=image.pixels,
            sha256=sha256,
            format="DICOM",
            warnings=image.warnings,
            window=_window_within_margins(image.pixels, image.window)
            if image.attributes.rendering == "percentiles"
            else image.window,
            units=image.units,
            pixel_shape=image.pixel_shape,
            dicom=image.attributes,
        )
    picture = read_picture(data, max_pixels=MAX_PIXELS, min_side=MIN_SIDE)
    picture.pixels.flags.writeable = False
    return Radiograph(
        pixels=picture.pixels,
        sha256=sha256,
        format=picture.format,
        warnings=picture.warnings,
        window=_window_within_margins(picture.pixels, default_window(picture.pixels)),
    )


def _window_within_margins(pixels: GreyLevels, window: Window) -> Window:
    """Choose a default window anew, by the picture without its plain margins."""
    if pixels.dtype == np.uint8:
        return window
    # Exact margins first: far lighter ones would leave the picture no contrast.
    inner = find_exact_frame(pixels).cut(pixels)
    if inner.size == 0:
        return window
    # Padding is 0. A window above 0 was chosen without it.
    ignored = 0 if window[0] > 0 else -1
    if inner.size < pixels.size:
        window = robust_window(_count_above(inner, ignored))
    inner = find_frame(inner, window).cut(inner)
    if inner.size in (0, pixels.size):
        return window
    return robust_window(_count_above(inner, ignored))


def _count_above(pixels: GreyLevels, ignored: int) -> NDArray[np.int64]:
    counts = count_levels(pixels)
    counts[: ignored + 1] = 0
    return counts


def sha256_of(data: bytes) -> str:
    """Return the hexadecimal SHA-256 that a file is traced by."""
    return hashlib.sha256(data).hexdigest()
