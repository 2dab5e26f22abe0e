"""JPEG, PNG, TIFF, BMP, WebP and GIF pictures to grey levels, through Pillow."""

import io
from typing import NamedTuple

import numpy as np
from PIL import ExifTags, Image
from PIL.TiffImagePlugin import PHOTOMETRIC_INTERPRETATION

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reading.grey_levels import GreyLevels
from pneumonia.sentences import Notice

# Pillow finds MPO by itself where JPEG is allowed, and knows no opener of that name.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF")

_SIGNATURES = (
    b"\xff\xd8\xff",
    b"\x89PNG",
    b"II*\0",
    b"MM\0*",
    b"BM",
    b"RIFF",
    b"GIF8",
)
_TIFF_WHITE_IS_ZERO = 0
_TRANSPARENT = Notice("transparency_made_black")
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# Pillow loads its plugins when the first picture is opened. Two threads must not do
# this at once.
Image.init()


class Picture(NamedTuple):
    """A decoded picture.

    Attributes
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)
        Grey levels, 0 = black.
    format : str
        Such as ``"PNG"``.
    warnings : tuple of Notice
    """

    pixels: GreyLevels
    format: str
    warnings: tuple[Notice, ...]


def read_picture(data: bytes, *, max_pixels: int, min_side: int) -> Picture:
    """Decode a picture file into grey levels.

    Orientation tags are applied, grey that is stored as colour is reduced to luma
    (ITU-R BT.601), transparent parts become black, and a TIFF in which white is zero
    is inverted.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_pixels, min_side : int
        Limits on width x height and on each of them, checked before decoding.

    Returns
    -------
    Picture
        With pixels of dtype uint16 where a grey file holds more than 8 bits; Pillow
        reads colour with 8 bits.

    Raises
    ------
    UnreadableRadiographError
        If the bytes are damaged, or no picture of a known format.
    UnsupportedRadiographError
        With the code ``too_large``, ``too_small``, ``multi_frame``, ``colour_image``
        or ``low_contrast``.
    """
    image = _open(data, max_pixels)
    with image:
        kind = str(image.format)
        _check_size(image.width, image.height, max_pixels, min_side)
        _check_single_frame(image, kind)
        upright, orientation_warnings = _decode(image, kind)
        pixels, warnings = _grey_levels(upright, kind)
    if pixels.min() == pixels.max():
        raise UnsupportedRadiographError(
            "low_contrast", "one_grey_level", level=int(pixels.flat[0])
        )
    return Picture(pixels, kind, orientation_warnings + warnings)


def _open(data: bytes, max_pixels: int) -> Image.Image:
    """Read the header only, so that a bomb is refused before it is decoded."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise UnsupportedRadiographError(
            "too_large", "picture_bomb", limit=max_pixels // 10**6
        ) from None
    except Exception as error:
        # Pillow's parsers meet hostile bytes with almost any exception type.
        raise UnreadableRadiographError(
            "unknown_format", _recognise(data), size=len(data)
        ) from error


def _recognise(data: bytes) -> str:
    """Return the code of what a file that is no known picture seems to be."""
    if data.startswith(b"%PDF"):
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "zip_archive"
    if data[:512].isascii() and b"\0" not in data[:512]:
        return "text"
    if data.startswith(_SIGNATURES):
        return "rare_or_damaged_header"
    return "unknown_bytes"


def _check_size(width: int, height: int, max_pixels: int, min_side: int) -> None:
    if width * height > max_pixels:
        raise UnsupportedRadiographError(
            "too_large",
            "picture_size",
            limit=max_pixels // 10**6,
            width=width,
            height=height,
        )
    if min(width, height) < min_side:
        raise UnsupportedRadiographError(
            "too_small", "small_picture", limit=min_side, width=width, height=height
        )


def _check_single_frame(image: Image.Image, kind: str) -> None:
    if kind == "MPO":  # a phone's JPEG: the first picture, then its previews
        return
    try:
        frames = int(getattr(image, "n_frames", 1))
    except Exception as error:
        raise UnreadableRadiographError("damaged_picture", format=kind) from error
    if frames > 1:
        raise UnsupportedRadiographError(
            "multi_frame", "frames", format=kind, frames=frames
        )


def _decode(image: Image.Image, kind: str) -> tuple[Image.Image, tuple[Notice, ...]]:
    """Decode the pixels and turn them upright."""
    try:
        image.load()
    except Exception as error:
        # As in _open: damaged data surfaces as almost any exception type.
        raise UnreadableRadiographError("damaged_picture", format=kind) from error
    # Not `ImageOps.exif_transpose`: it also writes the other tags anew, and fails on
    # a sound picture where one of them is damaged. A TIFF is upright once loaded.
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:
        return image, (Notice("damaged_orientation_tag"),)
    if orientation in _TRANSPOSITIONS:
        image = image.transpose(_TRANSPOSITIONS[orientation])
    return image, ()


def _grey_levels(
    image: Image.Image, kind: str
) -> tuple[GreyLevels, tuple[Notice, ...]]:
    """Reduce any pixel layout to one grey channel of 8 or 16 bits."""
    warnings: list[Notice] = []
    mode = image.mode
    if mode.startswith("I"):
        return _sixteen_bit(image)
    if mode in ("CMYK", "LAB", "HSV", "F"):
        raise UnsupportedRadiographError(
            "colour_image",
            "pixel_layout",
            format=kind,
            layout="float" if mode == "F" else mode,
        )
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        if rgba.getchannel("A").getextrema() != (255, 255):
            warnings.append(_TRANSPARENT)
        image = Image.alpha_composite(Image.new("RGBA", rgba.size, "black"), rgba)
    if image.mode not in ("L", "1"):
        rgb = image.convert("RGB")
        if _is_coloured(rgb):
            raise UnsupportedRadiographError("colour_image", "colour", format=kind)
        image = rgb
    return np.array(image.convert("L"), dtype=np.uint8), tuple(warnings)


def _is_coloured(image: Image.Image) -> bool:
    """Tell colour from grey stored as RGB, allowing for lossy chroma."""
    pixels = np.asarray(image.reduce(max(1, min(image.size) // 256))).astype(np.int16)
    spread = pixels.max(axis=-1) - pixels.min(axis=-1)
    return bool(np.percentile(spread, 99) > 8)


def _sixteen_bit(image: Image.Image) -> tuple[GreyLevels, tuple[Notice, ...]]:
    pixels = np.asarray(image)
    if pixels.min() < 0 or pixels.max() > 65_535:
        raise UnsupportedRadiographError(
            "colour_image",
            "grey_level_range",
            lowest=int(pixels.min()),
            highest=int(pixels.max()),
        )
    levels = pixels.astype(np.uint16)
    tags = getattr(image, "tag_v2", {})
    # Pillow inverts white-is-zero for 8 bits, but hands out 16 bits as stored.
    if tags.get(PHOTOMETRIC_INTERPRETATION) == _TIFF_WHITE_IS_ZERO:
        levels = np.subtract(np.uint16(65_535), levels, dtype=np.uint16)
    # A PNG may name one grey level that is transparent.
    transparent = levels == image.info.get("transparency", -1)
    if not transparent.any():
        return levels, ()
    levels[transparent] = 0
    return levels, (_TRANSPARENT,)
