"""Pictures that are refused or unreadable, each with an error that tells why."""

import functools
import random
import struct
import zlib

import imagecodecs
import numpy as np
import pytest
from picture_files import (
    FORMATS,
    PATIENT,
    SHAPE,
    build_grey_png,
    build_png,
    build_tiff,
    draw_grey,
    encode,
    grey_image,
    orientation_tag,
    veil,
)
from PIL import Image, ImageFile

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.reading import radiograph
from pneumonia.reading.radiograph import MAX_BYTES, MIN_SIDE, read_radiograph

# What is refused


def assert_refused(data: bytes, code: str, match: str) -> None:
    with pytest.raises(UnsupportedRadiographError, match=match) as caught:
        read_radiograph(data)
    assert caught.value.code == code


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "AVIF"])
def test_animation_is_refused_by_its_name(kind: str) -> None:
    frames = {"save_all": True, "append_images": [grey_image().rotate(90)]}
    data = encode(grey_image(), kind, **frames)
    assert_refused(data, "multi_frame", f"Received: an animated {kind} with 2 frames")


def test_animated_jpeg_xl_is_refused_by_its_name() -> None:
    frames = np.stack([draw_grey(), draw_grey()[::-1]])
    data = bytes(imagecodecs.jpegxl_encode(frames))
    assert_refused(data, "multi_frame", "Received: an animated JPEG XL with 2 frames")


def test_tiff_of_two_pictures_is_refused() -> None:
    pages = {"save_all": True, "append_images": [grey_image().rotate(90)]}
    data = encode(grey_image(), "TIFF", **pages)
    assert_refused(data, "multi_frame", "Received: a TIFF with 2 pictures")


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
        (b"\0\0\0\x1cftypheic", "12 bytes of the format HEIC"),
        (b"\xff\xd8\xff", "picture whose header"),
        (b"\x89PNG\r\n\x1a\n", "picture whose header"),
        (b"II*\0\xff\xff\xff\xff", "picture whose header"),
        (b"MM\0*\xff\xff\xff\xff", "picture whose header"),
        (b"BM\0\0\0\0", "picture whose header"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "WebP picture is cut off"),
        (b"GIF89a\x40\0\x40", "picture whose header"),
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
    with pytest.raises(UnreadableRadiographError, match="cut off"):
        read_radiograph(data[: len(data) // 2])


def test_sound_file_of_a_rare_kind_is_not_called_damaged() -> None:
    data = build_tiff(draw_grey().astype(np.float64))
    with pytest.raises(UnreadableRadiographError, match="or of a rare kind"):
        read_radiograph(data)


def test_damaged_frame_count_is_unreadable(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Image.Image) -> int:
        raise EOFError

    monkeypatch.setattr("PIL.GifImagePlugin.GifImageFile.n_frames", property(fail))
    with pytest.raises(UnreadableRadiographError, match="The GIF picture is damaged"):
        read_radiograph(encode(grey_image(), "GIF"))


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
