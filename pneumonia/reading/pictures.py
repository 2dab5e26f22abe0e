"""JPEG, PNG, TIFF, BMP, WebP, GIF, AVIF, JPEG 2000 and JPEG XL to grey levels."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import imagecodecs
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.reading import jpeg_2000_stream, jpeg_stream, jpeg_xl, png, tiff
from pneumonia.reading.colour import TRANSPARENT, lay_colour_on_black, reduce_to_grey
from pneumonia.reading.foreign_formats import recognise
from pneumonia.reading.grey_levels import GreyLevels
from pneumonia.reading.picture_work import check_work, read_webp_canvas
from pneumonia.reasons.codes import Notice

# Pillow finds MPO by itself where JPEG is allowed, and knows no opener of that name.
FORMATS = ("JPEG", "PNG", "TIFF", "BMP", "WEBP", "GIF", "AVIF", "JPEG2000")

_JPEG_COLOURS: Final = {"L": "GRAY", "RGB": "RGB"}
_SIGNED_16_BITS: Final = 2**15
_PALETTE_COLOURS: Final = 256

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


class _Decoded(NamedTuple):
    """Samples as they are stored: grey, grey with alpha, RGB or RGBA."""

    samples: NDArray[Any]
    format: str
    orientation: int = 1
    warnings: tuple[Notice, ...] = ()


class _Limits(NamedTuple):
    max_pixels: int
    min_side: int

    def check(self, width: int, height: int) -> None:
        """Refuse a picture of an unusable size."""
        self.check_pixels(width, height)
        if min(width, height) < self.min_side:
            raise UnsupportedRadiographError(
                "too_small",
                "small_picture",
                limit=self.min_side,
                width=width,
                height=height,
            )

    def check_pixels(self, width: int, height: int) -> None:
        """Refuse a picture of too many pixels."""
        if width * height > self.max_pixels:
            raise UnsupportedRadiographError(
                "too_large",
                "picture_size",
                limit=self.max_pixels // 10**6,
                width=width,
                height=height,
            )


def read_picture(data: bytes, *, max_pixels: int, min_side: int) -> Picture:
    """Decode a picture file into grey levels.

    Orientation tags are applied, grey that is stored as colour is reduced to luma
    (ITU-R BT.601), an even tint is removed, transparent parts become black, and a TIFF
    in which white is zero is inverted. Of a TIFF with thumbnails or masks the full
    picture is read.

    Parameters
    ----------
    data : bytes
        The whole file.
    max_pixels, min_side : int
        Limits on width x height and on each of them, checked before decoding.

    Returns
    -------
    Picture
        With pixels of dtype uint16 where the file holds more than 8 bits; Pillow
        reads AVIF with 8 bits.

    Raises
    ------
    UnreadableRadiographError
        If the bytes are damaged, cut off, or no picture of a known format.
    UnsupportedRadiographError
        With the code ``too_large``, ``too_small``, ``multi_frame``, ``colour_image``
        or ``low_contrast``.
    """
    limits = _Limits(max_pixels, min_side)
    with _blamed_on_file(data):
        check_work(data)
    if jpeg_xl.is_jpeg_xl(data) and jpeg_xl.is_supported():
        decoded = _decode_jpeg_xl(data, limits)
    elif tiff.is_tiff(data):
        decoded = _decode_tiff(data, limits)
    else:
        with _open(data, limits) as image:
            limits.check(image.width, image.height)
            _check_single_frame(data, image)
            decoded = _decode(data, image)
    pixels, notices = reduce_to_grey(decoded.samples, decoded.format)
    if pixels.min() == pixels.max():
        raise UnsupportedRadiographError(
            "low_contrast", "one_grey_level", level=int(pixels.flat[0])
        )
    upright = _turn_upright(pixels, decoded.orientation)
    return Picture(upright, decoded.format, decoded.warnings + notices)


@contextmanager
def _blamed_on_file(data: bytes, kind: str | None = None) -> Iterator[None]:
    """Blame the file for what a decoder raises, but not for a lack of memory.

    Pillow's parsers meet hostile bytes with almost any exception type.
    """
    try:
        yield
    except (RadiographError, MemoryError):
        raise
    except Exception as error:
        if kind is None:
            raise _unknown_format(data) from error
        raise UnreadableRadiographError("damaged_picture", format=kind) from error


def _open(data: bytes, limits: _Limits) -> Image.Image:
    """Read the header only, so that a bomb is refused before it is decoded."""
    # libwebp does not say why it takes no file that ends before its stated length.
    if data.startswith(b"RIFF") and int.from_bytes(data[4:8], "little") > len(data) - 8:
        raise _cut_off("WebP")
    if data.startswith(b"RIFF"):
        width, height = read_webp_canvas(data)
        limits.check_pixels(width, height)
    with _blamed_on_file(data):
        try:
            return Image.open(io.BytesIO(data), formats=FORMATS)
        except (Image.DecompressionBombError, Image.DecompressionBombWarning):
            raise UnsupportedRadiographError(
                "too_large", "picture_bomb", limit=limits.max_pixels // 10**6
            ) from None


def _unknown_format(data: bytes) -> UnreadableRadiographError:
    code, name = recognise(data)
    return UnreadableRadiographError(
        "unknown_format", code, size=len(data), format=name
    )


def _check_single_frame(data: bytes, image: Image.Image) -> None:
    if image.format == "MPO":  # a phone's JPEG: the first picture, then its previews
        return
    with _blamed_on_file(data, kind := _name(image)):
        frames = int(getattr(image, "n_frames", 1))
    if frames > 1:
        raise _animation(kind, frames)


def _animation(kind: str, frames: int) -> UnsupportedRadiographError:
    return UnsupportedRadiographError(
        "multi_frame", "animation", format=kind, frames=frames
    )


def _name(image: Image.Image) -> str:
    return {"JPEG2000": "JPEG 2000"}.get(str(image.format), str(image.format))


def _decode(data: bytes, image: Image.Image) -> _Decoded:
    """Decode an opened picture, if all of it is there."""
    kind = _name(image)
    samples: NDArray[Any] | None = None
    warnings: tuple[Notice, ...] = ()
    with _blamed_on_file(data, kind):
        if image.format in ("JPEG", "MPO"):
            samples = _decode_jpeg(data, image, kind)
        elif image.format == "PNG":
            if (grey := png.decode_plain_grey(data)) is not None:
                return _Decoded(_checked(grey, image), kind)
            if png.lacks_rows(data):
                raise _cut_off(kind)
            if png.has_deep_colour(data):
                colour = image.info.get("transparency")
                samples, warnings = lay_colour_on_black(png.decode(data), colour)
                return _Decoded(samples, kind, warnings=warnings)
        elif image.format == "JPEG2000":
            if jpeg_2000_stream.is_cut_off(data):
                raise _cut_off(kind)
            # Pillow keeps 8 bits of colour.
            return _Decoded(_checked(imagecodecs.jpeg2k_decode(data), image), kind)
        if samples is None:
            image.load()
            samples, warnings = _samples_of(image)
    # A TIFF is upright once Pillow has loaded it.
    try:
        orientation = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:
        orientation, warnings = 1, (*warnings, Notice("damaged_orientation_tag"))
    return _Decoded(samples, kind, orientation, warnings)


def _decode_jpeg(data: bytes, image: Image.Image, kind: str) -> NDArray[Any] | None:
    """Decode a JPEG if all of it is there; None if Pillow is to, who fills it up."""
    shape, colours = (image.height, image.width), _JPEG_COLOURS.get(image.mode, "")
    samples = jpeg_stream.decode_whole(data, shape, colours)
    if samples is not None:
        return samples
    try:
        image.load()
    except Exception as error:
        if jpeg_stream.is_cut_off(data):
            raise _cut_off(kind) from error
        raise
    if jpeg_stream.is_cut_off(data, np.asarray(image)):
        raise _cut_off(kind)
    return None


def _cut_off(kind: str) -> UnreadableRadiographError:
    return UnreadableRadiographError("cut_off_picture", format=kind)


def _checked(samples: NDArray[Any], image: Image.Image) -> NDArray[Any]:
    """Refuse samples that `reduce_to_grey` does not take."""
    if samples.dtype not in (np.uint8, np.uint16) or samples.shape[2:] > (4,):
        raise _unusual_layout(_name(image), str(samples.dtype))
    if samples.shape[:2] != (image.height, image.width):
        raise UnreadableRadiographError("damaged_picture", format=_name(image))
    return samples


def _unusual_layout(kind: str, layout: str) -> UnsupportedRadiographError:
    return UnsupportedRadiographError(
        "colour_image", "pixel_layout", format=kind, layout=layout
    )


def _decode_tiff(data: bytes, limits: _Limits) -> _Decoded:
    """Decode the one picture of a TIFF that is no thumbnail and no mask."""
    with _blamed_on_file(data):
        directories = tiff.read_directories(data)
        numbers = tiff.find_pictures(directories)
        tags = directories[numbers[0]]
        width, height = tiff.size_of(tags)
    if len(numbers) > 1:
        raise UnsupportedRadiographError(
            "multi_frame", "frames", format="TIFF", frames=len(numbers)
        )
    limits.check(width, height)
    with _blamed_on_file(data, "TIFF"):
        if tiff.lacks_a_part(data, tags):
            raise _cut_off("TIFF")
        if tiff.is_beyond_pillow(tags):
            samples = tiff.decode(data, numbers[0], tags)
            orientation = int(tags.get(ExifTags.Base.Orientation, 1))
            return _Decoded(samples, "TIFF", orientation)
    with _open(data, limits) as image:
        with _blamed_on_file(data, "TIFF"):
            image.seek(numbers[0])
        limits.check(image.width, image.height)
        return _decode(data, image)


def _decode_jpeg_xl(data: bytes, limits: _Limits) -> _Decoded:
    kind = "JPEG XL"
    with _blamed_on_file(data, kind):
        width, height = jpeg_xl.read_size(data)
        limits.check(width, height)
        samples = jpeg_xl.decode_jpeg_xl(data)
    # A turned picture has its sides exchanged; an animation has one dimension more.
    if sorted(samples.shape[:2]) != sorted((height, width)):
        raise _animation(kind, samples.shape[0])
    if samples.dtype not in (np.uint8, np.uint16):
        raise _unusual_layout(kind, str(samples.dtype))
    return _Decoded(samples, kind)


def _samples_of(image: Image.Image) -> tuple[NDArray[Any], tuple[Notice, ...]]:
    """Take a loaded picture's samples out of Pillow."""
    mode = image.mode
    if mode.startswith("I"):
        return _sixteen_bit(image)
    if mode in ("CMYK", "LAB", "HSV", "F"):
        raise _unusual_layout(_name(image), "float" if mode == "F" else mode)
    if isinstance(transparency := image.info.get("transparency"), bytes):
        # Of each colour of the palette; Pillow fails if there are more than colours.
        image.info["transparency"] = transparency[:_PALETTE_COLOURS]
    if image.has_transparency_data:
        return np.asarray(image.convert("RGBA")), ()
    plain = "L" if mode in ("L", "1") else "RGB"
    return np.asarray(image if mode == plain else image.convert(plain)), ()


def _sixteen_bit(image: Image.Image) -> tuple[NDArray[np.uint16], tuple[Notice, ...]]:
    pixels = np.asarray(image)
    lowest, highest = int(pixels.min()), int(pixels.max())
    if lowest < 0 and -_SIGNED_16_BITS <= lowest and highest < _SIGNED_16_BITS:
        pixels = pixels + _SIGNED_16_BITS
    elif lowest < 0 or highest > 65_535:
        raise UnsupportedRadiographError(
            "colour_image", "grey_level_range", lowest=lowest, highest=highest
        )
    levels = pixels.astype(np.uint16)
    # A PNG may name one grey level that is transparent.
    transparent = levels == image.info.get("transparency", -1)
    levels[transparent] = 0
    return levels, (TRANSPARENT,) if transparent.any() else ()


def _turn_upright(pixels: GreyLevels, orientation: int) -> GreyLevels:
    """Do what EXIF 2.3, section 4.6.4, asks for; an unknown value means nothing."""
    turned: NDArray[Any] = pixels
    if orientation in (5, 6, 7, 8):
        turned = turned.T
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)
