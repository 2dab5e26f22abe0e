"""Every kind of picture file becomes grey levels, or an error that says why not."""

import functools
import hashlib
import io
import random
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageFile

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.phantom import draw_phantom
from pneumonia.reading import radiograph
from pneumonia.reading.radiograph import MAX_BYTES, MIN_SIDE, read_radiograph
from pneumonia.sentences import Notice

SHAPE = (80, 72)
ORIENTATION_TAG = 274
PATIENT = "Mustermann^Erika"
LOSSLESS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "TIFF": {},
    "BMP": {},
    "WEBP": {"lossless": True},
    "GIF": {},
}
FORMATS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, **LOSSLESS}
TIFF_COMPRESSIONS = ["tiff_lzw", "tiff_adobe_deflate", "packbits", "zstd"]


@functools.cache
def draw_grey(bit_depth: int = 8) -> NDArray[Any]:
    return draw_phantom(SHAPE, seed=1, bit_depth=bit_depth)


def grey_image(bit_depth: int = 8) -> Image.Image:
    return Image.fromarray(draw_grey(bit_depth))


def encode(image: Image.Image, kind: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def orientation_tag(value: int) -> Image.Exif:
    exif = Image.Exif()
    exif[ORIENTATION_TAG] = value
    return exif


def turn_upright(stored: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Do what EXIF 2.3, section 4.6.4, asks for each value of the tag."""
    return {
        1: stored,
        2: stored[:, ::-1],
        3: stored[::-1, ::-1],
        4: stored[::-1],
        5: stored.T,
        6: np.rot90(stored, -1),
        7: stored[::-1, ::-1].T,
        8: np.rot90(stored),
    }[orientation]


def build_png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body))
        + name
        + body
        + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", header), *chunks, (b"IEND", b""))
    )


def build_grey_png(*chunks: tuple[bytes, bytes]) -> bytes:
    rows = b"".join(b"\0" + row.tobytes() for row in draw_grey())
    data = (b"IDAT", zlib.compress(rows))
    return build_png(SHAPE[1], SHAPE[0], *chunks, data)


def build_tiff(
    stored: NDArray[Any], *, photometric: int = 1, byte_order: str = "<"
) -> bytes:
    """Write an uncompressed TIFF exactly as asked, which Pillow does not."""
    body = stored.astype(stored.dtype.newbyteorder(byte_order)).tobytes()
    tags = {
        256: stored.shape[1],
        257: stored.shape[0],
        258: stored.dtype.itemsize * 8,
        259: 1,
        262: photometric,
        273: 8,
        277: 1,
        278: stored.shape[0],
        279: len(body),
    }
    magic = b"II*\0" if byte_order == "<" else b"MM\0*"
    entries = [struct.pack(f"{byte_order}HHII", tag, 4, 1, tags[tag]) for tag in tags]
    return b"".join(
        (
            magic,
            struct.pack(f"{byte_order}I", 8 + len(body)),
            body,
            struct.pack(f"{byte_order}H", len(entries)),
            *entries,
            bytes(4),
        )
    )


def veil(image: Image.Image, *, rows: int, alpha: int = 0) -> Image.Image:
    """Give an image an alpha channel that lets the upper rows fade."""
    mask = np.full(SHAPE, 255, np.uint8)
    mask[:rows] = alpha
    veiled = image.copy()
    veiled.putalpha(Image.fromarray(mask))
    return veiled


# What is read, and to what values


@pytest.mark.parametrize("kind", LOSSLESS)
def test_lossless_picture_is_read_exactly(kind: str) -> None:
    read = read_radiograph(encode(grey_image(), kind, **LOSSLESS[kind]))
    np.testing.assert_array_equal(read.pixels, draw_grey())
    assert read.pixels.dtype == np.uint8
    assert read.format == kind
    assert read.warnings == ()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_picture_is_read_nearly_exactly(kind: str) -> None:
    read = read_radiograph(encode(grey_image(), kind, quality=95))
    difference = np.abs(read.pixels.astype(int) - draw_grey())
    assert difference.mean() < 2
    assert read.format == kind
    assert read.warnings == ()


@pytest.mark.parametrize("compression", TIFF_COMPRESSIONS)
@pytest.mark.parametrize("bit_depth", [8, 16])
def test_compressed_tiff_is_read_exactly(compression: str, bit_depth: int) -> None:
    data = encode(grey_image(bit_depth), "TIFF", compression=compression)
    np.testing.assert_array_equal(read_radiograph(data).pixels, draw_grey(bit_depth))


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_kept(kind: str) -> None:
    read = read_radiograph(encode(grey_image(16), kind))
    np.testing.assert_array_equal(read.pixels, draw_grey(16))
    assert read.pixels.dtype == np.uint16


def test_big_endian_sixteen_bit_tiff_is_read_exactly() -> None:
    read = read_radiograph(build_tiff(draw_grey(16), byte_order=">"))
    np.testing.assert_array_equal(read.pixels, draw_grey(16))
    assert read.pixels.dtype == np.dtype("=u2")


def test_sixteen_bit_white_is_zero_tiff_is_inverted() -> None:
    read = read_radiograph(build_tiff(65_535 - draw_grey(16), photometric=0))
    np.testing.assert_array_equal(read.pixels, draw_grey(16))


@pytest.mark.parametrize("compression", TIFF_COMPRESSIONS)
def test_compressed_sixteen_bit_white_is_zero_tiff_is_inverted(
    compression: str,
) -> None:
    stored = Image.fromarray(65_535 - draw_grey(16))
    tags = {262: 0}
    data = encode(stored, "TIFF", tiffinfo=tags, compression=compression)
    np.testing.assert_array_equal(read_radiograph(data).pixels, draw_grey(16))


def test_turned_sixteen_bit_white_is_zero_tiff_is_inverted() -> None:
    stored = Image.fromarray(65_535 - draw_grey(16))
    data = encode(stored, "TIFF", tiffinfo={262: 0, ORIENTATION_TAG: 6})
    np.testing.assert_array_equal(
        read_radiograph(data).pixels, turn_upright(draw_grey(16), 6)
    )


def test_eight_bit_white_is_zero_tiff_is_inverted() -> None:
    read = read_radiograph(build_tiff(255 - draw_grey(), photometric=0))
    np.testing.assert_array_equal(read.pixels, draw_grey())


def test_eight_bit_black_is_zero_tiff_is_not_inverted() -> None:
    read = read_radiograph(build_tiff(draw_grey(), photometric=1))
    np.testing.assert_array_equal(read.pixels, draw_grey())


def test_thirty_two_bit_tiff_within_sixteen_bits_is_read_exactly() -> None:
    image = Image.fromarray(draw_grey(16).astype(np.int32))
    read = read_radiograph(encode(image, "TIFF"))
    np.testing.assert_array_equal(read.pixels, draw_grey(16))
    assert read.pixels.dtype == np.uint16


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "BMP"])
def test_one_bit_is_black_and_white(kind: str) -> None:
    image = grey_image().convert("1")
    read = read_radiograph(encode(image, kind))
    np.testing.assert_array_equal(read.pixels, np.where(image, 255, 0))


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "LA", "P"])
def test_grey_in_another_mode_keeps_its_levels(mode: str) -> None:
    read = read_radiograph(encode(grey_image().convert(mode), "PNG"))
    np.testing.assert_array_equal(read.pixels, draw_grey())
    assert read.warnings == ()


def test_palette_is_looked_up() -> None:
    image = grey_image().convert("P")
    image.putpalette([255 - level // 3 for level in range(768)])
    read = read_radiograph(encode(image, "PNG"))
    np.testing.assert_array_equal(read.pixels, 255 - draw_grey())


def test_sixteen_bit_rgb_is_read_with_eight_bits() -> None:
    rows = np.repeat(draw_grey(16)[..., np.newaxis], 3, axis=2).astype(">u2")
    header = struct.pack(">IIBBBBB", SHAPE[1], SHAPE[0], 16, 2, 0, 0, 0)
    raw = b"".join(b"\0" + row.tobytes() for row in rows)
    data = build_png(1, 1, (b"IDAT", zlib.compress(raw)))
    at = data.index(b"IHDR")
    checksum = struct.pack(">I", zlib.crc32(b"IHDR" + header))
    data = data[:at] + b"IHDR" + header + checksum + data[at + 21 :]
    read = read_radiograph(data)
    np.testing.assert_array_equal(read.pixels, draw_grey(16) >> 8)


def test_grey_stored_as_colour_is_reduced_to_luma() -> None:
    image = Image.merge("RGB", [grey_image()] * 3)
    np.testing.assert_array_equal(
        read_radiograph(encode(image, "PNG")).pixels, np.asarray(grey_image())
    )


def test_colour_is_refused() -> None:
    image = Image.merge("RGB", [grey_image(), *[Image.new("L", SHAPE[::-1])] * 2])
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(encode(image, "PNG"))
    assert caught.value.code == "colour_image"


def test_chroma_noise_of_a_grey_jpeg_is_not_warned_of() -> None:
    data = encode(grey_image().convert("RGB"), "JPEG", quality=30)
    assert read_radiograph(data).warnings == ()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_transparent_part_becomes_black(mode: str, kind: str) -> None:
    image = veil(grey_image().convert(mode), rows=50)
    read = read_radiograph(encode(image, kind))
    assert read.pixels[:50].max() == 0
    np.testing.assert_array_equal(read.pixels[50:], draw_grey()[50:])


@pytest.mark.parametrize(
    ("mode", "options"),
    [
        ("RGBA", {}),
        ("LA", {}),
        ("P", {"transparency": 200}),
        ("P", {"transparency": bytes(100)}),
        ("L", {"transparency": 200}),
        ("RGB", {"transparency": (200, 200, 200)}),
    ],
)
def test_transparency_is_warned_of(mode: str, options: dict[str, Any]) -> None:
    image = grey_image().convert(mode)
    image.paste(Image.new("L", (9, 9), 200).convert(mode), (20, 20))
    if mode.endswith("A"):
        image = veil(image, rows=50)
    assert read_radiograph(encode(image, "PNG", **options)).warnings == (
        Notice("transparency_made_black"),
    )


def test_half_transparent_part_is_half_as_bright() -> None:
    image = veil(grey_image(), rows=50, alpha=128)
    read = read_radiograph(encode(image, "PNG"))
    expected = draw_grey()[:50].astype(float) * 128 / 255
    assert np.abs(read.pixels[:50] - expected).max() <= 1


@pytest.mark.parametrize("mode", ["L", "P"])
@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_transparent_grey_level_becomes_black(mode: str, kind: str) -> None:
    image = grey_image().convert(mode)
    read = read_radiograph(encode(image, kind, transparency=200))
    expected = np.where(draw_grey() == 200, 0, draw_grey())
    np.testing.assert_array_equal(read.pixels, expected)


def test_transparent_sixteen_bit_level_becomes_black() -> None:
    level = int(draw_grey(16)[40, 40])
    read = read_radiograph(encode(grey_image(16), "PNG", transparency=level))
    expected = np.where(draw_grey(16) == level, 0, draw_grey(16))
    np.testing.assert_array_equal(read.pixels, expected)
    assert read.warnings == (Notice("transparency_made_black"),)


def test_first_picture_of_an_mpo_is_read() -> None:
    first = grey_image().convert("RGB")
    data = encode(first, "MPO", save_all=True, append_images=[first.rotate(180)])
    read = read_radiograph(data)
    alone = read_radiograph(encode(first, "JPEG"))
    np.testing.assert_array_equal(read.pixels, alone.pixels)


# Orientation


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation_is_applied(kind: str, orientation: int) -> None:
    tag = orientation_tag(orientation)
    turned = read_radiograph(encode(grey_image(), kind, exif=tag, **FORMATS[kind]))
    stored = read_radiograph(encode(grey_image(), kind, **FORMATS[kind]))
    np.testing.assert_array_equal(
        turned.pixels, turn_upright(stored.pixels, orientation)
    )


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("bit_depth", [8, 16])
@pytest.mark.parametrize("compression", [None, "tiff_lzw"])
def test_tiff_orientation_is_applied(
    orientation: int, bit_depth: int, compression: str | None
) -> None:
    tags = {ORIENTATION_TAG: orientation}
    data = encode(grey_image(bit_depth), "TIFF", tiffinfo=tags, compression=compression)
    np.testing.assert_array_equal(
        read_radiograph(data).pixels, turn_upright(draw_grey(bit_depth), orientation)
    )


def test_exif_orientation_of_sixteen_bits_is_applied() -> None:
    data = encode(grey_image(16), "PNG", exif=orientation_tag(8))
    np.testing.assert_array_equal(
        read_radiograph(data).pixels, turn_upright(draw_grey(16), 8)
    )


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_orientation_out_of_range_is_ignored(orientation: int) -> None:
    data = encode(grey_image(), "PNG", exif=orientation_tag(orientation))
    read = read_radiograph(data)
    np.testing.assert_array_equal(read.pixels, draw_grey())
    assert read.warnings == ()


def test_damaged_exif_leaves_the_picture_as_stored_with_a_warning() -> None:
    read = read_radiograph(build_grey_png((b"eXIf", b"no EXIF at all")))
    np.testing.assert_array_equal(read.pixels, draw_grey())
    assert read.warnings == (Notice("damaged_orientation_tag"),)


def test_orientation_is_applied_beside_a_damaged_tag() -> None:
    resolution_as_text = struct.pack(">HHI4s", 282, 2, 4, b"wide")
    upright = struct.pack(">HHIHH", ORIENTATION_TAG, 3, 1, 6, 0)
    exif = struct.pack(">2sHIH", b"MM", 42, 8, 2) + upright + resolution_as_text
    read = read_radiograph(build_grey_png((b"eXIf", exif + bytes(4))))
    np.testing.assert_array_equal(read.pixels, turn_upright(draw_grey(), 6))
    assert read.warnings == ()


def test_odd_metadata_prints_no_warning_and_fails_no_strict_program() -> None:
    exif = orientation_tag(6).tobytes()[6:]
    script = (
        "import sys; from pneumonia.reading.radiograph import read_radiograph;"
        "print(read_radiograph(sys.stdin.buffer.read()).pixels.shape)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", script],
        input=build_grey_png((b"eXIf", exif[:-4])),
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stderr == b""
    assert done.stdout.split() == [b"(72,", b"80)"]


# What a radiograph carries


def test_pixels_cannot_be_changed() -> None:
    read = read_radiograph(encode(grey_image(), "PNG"))
    with pytest.raises(ValueError, match="read-only"):
        read.pixels[0, 0] = 1


def test_sha256_is_that_of_the_bytes() -> None:
    data = encode(grey_image(), "PNG")
    assert read_radiograph(data).sha256 == hashlib.sha256(data).hexdigest()


def test_pixels_do_not_depend_on_the_other_metadata() -> None:
    note = (b"tEXt", b"Comment\0" + PATIENT.encode())
    read = read_radiograph(build_grey_png(note))
    np.testing.assert_array_equal(read.pixels, draw_grey())


# What is refused


def assert_refused(data: bytes, code: str, match: str) -> None:
    with pytest.raises(UnsupportedRadiographError, match=match) as caught:
        read_radiograph(data)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF"])
def test_animation_is_refused(kind: str) -> None:
    frames = {"save_all": True, "append_images": [grey_image().rotate(90)]}
    data = encode(grey_image(), kind, **frames)
    assert_refused(data, "multi_frame", f"Received: a {kind} with 2 frames")


@pytest.mark.parametrize("size", [(1, 1), (MIN_SIDE - 1, 500), (500, MIN_SIDE - 1)])
def test_small_picture_is_refused(size: tuple[int, int]) -> None:
    data = encode(Image.effect_noise(size, 50), "PNG")
    assert_refused(data, "too_small", rf"Received: {size[0]} x {size[1]}\.")


def test_smallest_picture_is_read() -> None:
    data = encode(Image.effect_noise((MIN_SIDE, MIN_SIDE), 50), "PNG")
    assert read_radiograph(data).pixels.shape == (MIN_SIDE, MIN_SIDE)


def test_picture_without_any_pixel_is_refused() -> None:
    with pytest.raises(RadiographError):
        read_radiograph(build_png(0, 100, (b"IDAT", zlib.compress(b""))))


def test_large_picture_is_refused_with_its_size() -> None:
    assert_refused(build_png(9000, 9000), "too_large", r"Received: 9000 x 9000\.")


@pytest.mark.parametrize("side", [10_000, 30_000, 2**31 - 1])
def test_decompression_bomb_is_refused_before_it_is_decoded(
    side: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(ImageFile.ImageFile, "load")
    bomb = build_png(side, side, (b"IDAT", zlib.compress(bytes(10**6))))
    assert_refused(bomb, "too_large", "Pictures up to 50 million pixels are read")


def pack_size(kind: str, width: int, height: int) -> bytes:
    """Give the bytes that stand for the size in a header."""
    return {
        "BMP": struct.pack("<II", width, height),
        "GIF": struct.pack("<HH", width, height),
        "JPEG": struct.pack(">HH", height, width),
        "TIFF": struct.pack("<HHIIHHII", 256, 4, 1, width, 257, 4, 1, height),
        "WEBP": struct.pack("<I", (width - 1) & 0x3FFF | (height - 1 & 0x3FFF) << 14),
    }[kind]


@pytest.mark.parametrize("kind", ["BMP", "GIF", "JPEG", "TIFF", "WEBP"])
def test_huge_header_is_refused_before_it_is_decoded(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = encode(grey_image(), kind, **FORMATS[kind])
    small = pack_size(kind, SHAPE[1], SHAPE[0])
    assert small in data
    monkeypatch.delattr(ImageFile.ImageFile, "load")
    huge = data.replace(small, pack_size(kind, 30_000, 30_000))
    assert_refused(huge, "too_large", "Pictures up to 50 million pixels are read")


def test_file_over_the_limit_is_refused() -> None:
    data = bytes(MAX_BYTES + 2**20)
    assert_refused(data, "too_large", r"up to 100 MB .* Received: 101 MB")


@pytest.mark.parametrize("level", [0, 7, 255])
def test_constant_eight_bit_picture_is_refused(level: int) -> None:
    data = encode(Image.new("L", (80, 80), level), "PNG")
    assert_refused(data, "low_contrast", f"the grey level {level}")


@pytest.mark.parametrize("level", [0, 700, 65_535])
def test_constant_sixteen_bit_picture_is_refused(level: int) -> None:
    image = Image.fromarray(np.full((80, 80), level, np.uint16))
    assert_refused(encode(image, "PNG"), "low_contrast", f"the grey level {level}")


def test_wholly_transparent_picture_is_refused() -> None:
    data = encode(veil(grey_image(), rows=SHAPE[0]), "PNG")
    assert_refused(data, "low_contrast", "the grey level 0")


@pytest.mark.parametrize(
    ("mode", "kind"), [("CMYK", "JPEG"), ("CMYK", "TIFF"), ("LAB", "TIFF")]
)
def test_ambiguous_colour_is_refused(mode: str, kind: str) -> None:
    data = encode(Image.new(mode, (80, 80)), kind)
    assert_refused(data, "colour_image", f"Received: a {kind} with {mode} pixels")


def test_float_tiff_is_refused() -> None:
    data = encode(Image.fromarray(draw_grey().astype(np.float32)), "TIFF")
    assert_refused(data, "colour_image", "Received: a TIFF with float pixels")


@pytest.mark.parametrize("offset", [-70_000, 70_000])
def test_thirty_two_bit_tiff_beyond_sixteen_bits_is_refused(offset: int) -> None:
    levels = draw_grey(16).astype(np.int32) + offset
    data = encode(Image.fromarray(levels), "TIFF")
    range_read = f"from {levels.min()} to {levels.max()}"
    assert_refused(data, "colour_image", range_read)


# What cannot be read


def test_empty_file_is_unreadable() -> None:
    with pytest.raises(UnreadableRadiographError, match=r"empty \(0 bytes\)"):
        read_radiograph(b"")


@pytest.mark.parametrize(
    ("data", "description"),
    [
        (b"Dear colleague, see the enclosed radiograph.\r\n", "46 bytes of text"),
        (b"BMI and age of the child\n", "25 bytes of text"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "15 bytes of PDF"),
        (b"PK\x03\x04\x14\0\0\0", "8 bytes of a ZIP archive"),
        (bytes(1000), "1,000 bytes of an unknown kind"),
        (b"\0\0\0\x1cftypheic", "12 bytes of an unknown kind"),
        (b"\xff\xd8\xff", "a picture whose header"),
        (b"\x89PNG\r\n\x1a\n", "a picture whose header"),
        (b"II*\0\xff\xff\xff\xff", "a picture whose header"),
        (b"MM\0*\xff\xff\xff\xff", "a picture whose header"),
        (b"BM\0\0\0\0", "a picture whose header"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a picture whose header"),
        (b"GIF89a\x40\0\x40", "a picture whose header"),
    ],
)
def test_file_that_is_no_picture_is_described(data: bytes, description: str) -> None:
    with pytest.raises(UnreadableRadiographError, match=description):
        read_radiograph(data)


@pytest.mark.parametrize("kind", FORMATS)
def test_truncated_file_is_unreadable_or_whole(kind: str) -> None:
    data = encode(grey_image(), kind, **FORMATS[kind])
    whole = read_radiograph(data).pixels
    lengths = {1, 2, 8, 20, len(data) - 2, len(data) - 1}
    lengths |= {int(share * len(data)) for share in np.linspace(0.01, 0.99, 60)}
    for length in lengths:
        try:
            read = read_radiograph(data[:length])
        except UnreadableRadiographError:
            continue
        np.testing.assert_array_equal(read.pixels, whole)


@pytest.mark.parametrize("kind", FORMATS)
def test_file_cut_in_half_is_unreadable(kind: str) -> None:
    data = encode(grey_image(), kind, **FORMATS[kind])
    with pytest.raises(UnreadableRadiographError, match="damaged"):
        read_radiograph(data[: len(data) // 2])


def test_sound_file_of_a_rare_kind_is_not_called_damaged() -> None:
    data = build_tiff(draw_grey(16), photometric=0, byte_order=">")
    with pytest.raises(UnreadableRadiographError, match="or of a rare kind"):
        read_radiograph(data)


def test_damaged_frame_count_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Image.Image) -> int:
        raise EOFError

    monkeypatch.setattr("PIL.TiffImagePlugin.TiffImageFile.n_frames", property(fail))
    with pytest.raises(UnreadableRadiographError, match="The TIFF picture is damaged"):
        read_radiograph(encode(grey_image(), "TIFF"))


def test_no_message_tells_what_the_metadata_say() -> None:
    tags = {"exif": (exif := orientation_tag(1))}
    exif[0x010E] = PATIENT
    note = (b"tEXt", b"PatientName\0" + PATIENT.encode())
    jpeg = encode(grey_image(), "JPEG", comment=PATIENT, **tags)
    cmyk = encode(grey_image().convert("CMYK"), "JPEG", comment=PATIENT, **tags)
    for data in (
        jpeg[: len(jpeg) // 2],
        cmyk,
        build_grey_png(note)[:-50],
        build_png(9000, 9000, note),
        build_png(10, 10, note),
        f"Patient: {PATIENT}".encode(),
        bytes(128) + b"DICM" + PATIENT.encode(),
    ):
        with pytest.raises(RadiographError) as caught:
            read_radiograph(data)
        assert PATIENT not in str(caught.value)


@functools.cache
def fuzz_seeds() -> list[bytes]:
    grey, fine, tag = grey_image(), grey_image(16), orientation_tag(6)
    return [
        *(encode(grey, kind, **options) for kind, options in FORMATS.items()),
        encode(grey.convert("RGB"), "JPEG", progressive=True, exif=tag),
        encode(grey.convert("P"), "PNG", transparency=bytes(range(200)), exif=tag),
        encode(fine, "PNG", transparency=300),
        encode(fine, "TIFF", compression="tiff_lzw", tiffinfo={262: 0}),
        encode(grey, "TIFF", compression="jpeg"),
        encode(veil(grey, rows=20), "WEBP"),
        encode(grey.convert("1"), "TIFF", compression="group4"),
        build_tiff(draw_grey(16), photometric=0, byte_order=">"),
    ]


def mutate(data: bytes, draw: random.Random) -> bytes:
    """Flip, overwrite, splice or cut; headers are hit as often as pixels."""
    mutant = bytearray(data)
    for _ in range(draw.randint(1, 6)):
        at = draw.randrange(draw.choice((min(200, len(mutant)), len(mutant))))
        change = draw.randrange(5)
        if change == 0:
            mutant[at] ^= 1 << draw.randrange(8)
        elif change == 1:
            mutant[at] = draw.randrange(256)
        elif change == 2:
            mutant[at : at + 4] = draw.choice((b"\xff" * 4, bytes(4), b"\x7f\xff\0\0"))
        elif change == 3:
            other = draw.choice(fuzz_seeds())
            start = draw.randrange(len(other))
            mutant[at : at + draw.randrange(64)] = other[start : start + 32]
        elif len(mutant) > 100:
            del mutant[max(100, at) :]
    return bytes(mutant)


def repair_png_checksums(data: bytes) -> bytes:
    """Let damage past the checksums, to the parsers behind them."""
    mended, at = bytearray(data), 8
    while at + 12 <= len(mended):
        end = at + 8 + int.from_bytes(mended[at : at + 4])
        mended[end : end + 4] = struct.pack(">I", zlib.crc32(mended[at + 4 : end]))
        at = end + 4
    return bytes(mended[: len(data)])


@pytest.mark.parametrize("seed", range(10))
def test_damaged_files_raise_only_radiograph_errors(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A damaged header may ask for millions of pixels, which only costs time here.
    monkeypatch.setattr(radiograph, "MAX_PIXELS", 10**6)
    draw = random.Random(seed)  # noqa: S311
    for whole in fuzz_seeds() * 4:
        mutant = mutate(whole, draw)
        if mutant.startswith(b"\x89PNG") and draw.random() < 0.8:
            mutant = repair_png_checksums(mutant)
        try:
            read = read_radiograph(mutant)
        except RadiographError:
            continue
        assert read.pixels.ndim == 2
        assert read.pixels.dtype in (np.uint8, np.uint16)
