"""Pixels that are whole in a file that is wrong on how they are stored."""

import struct
from typing import Any

import dicom_files as files
import imagecodecs
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.encaps import encapsulate

from pneumonia.errors import (
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import Radiograph, read_radiograph

GREY = draw_phantom((96, 80), seed=2, bit_depth=12)
GREY_8 = draw_phantom((96, 80), seed=2)
DELIMITER = b"\xfe\xff\xdd\xe0\0\0\0\0"
LOSSLESS = [
    files.JPEG_LOSSLESS,
    files.JPEG_LOSSLESS_FIRST_ORDER,
    files.JPEG_LS,
    files.JPEG_2000_LOSSLESS,
    files.HTJ2K_LOSSLESS,
    files.RLE,
]
each_compression = pytest.mark.parametrize("syntax", LOSSLESS)


def with_value(data: bytes, value: bytes, *, undefined: bool = False) -> bytes:
    """Put a value in the place of the pixel data, as it is."""
    at = data.rindex(b"\xe0\x7f\x10\x00O") + 8
    length = 0xFFFFFFFF if undefined else len(value)
    return data[:at] + struct.pack("<I", length) + value


def compressed(syntax: str, value: bytes, *, undefined: bool = False) -> bytes:
    whole = files.build(GREY, bits=12, syntax=syntax)
    return with_value(whole, value, undefined=undefined)


def codes(radiograph: Radiograph) -> list[str]:
    return [notice.code for notice in radiograph.warnings]


def check_is_grey(data: bytes, *notices: str) -> None:
    radiograph = read_radiograph(data)
    np.testing.assert_array_equal(radiograph.pixels, GREY)
    assert codes(radiograph) == list(notices)


@each_compression
def test_a_missing_delimiter_is_noted(syntax: str) -> None:
    whole = files.build(GREY, bits=12, syntax=syntax)
    assert whole.endswith(DELIMITER)

    check_is_grey(whole)
    check_is_grey(whole.removesuffix(DELIMITER), "irregular_pixel_data")


@each_compression
@pytest.mark.parametrize("end", [b"", DELIMITER, bytes(6)])
def test_items_in_an_element_of_explicit_length_are_read(
    syntax: str, end: bytes
) -> None:
    items = encapsulate([files.encode(GREY, syntax, 12)])

    check_is_grey(compressed(syntax, items + end), "irregular_pixel_data")


@each_compression
@pytest.mark.parametrize("undefined", [True, False])
def test_a_frame_without_items_is_read(syntax: str, undefined: bool) -> None:
    frame = files.encode(GREY, syntax, 12)
    value = frame + b"\0" * (len(frame) % 2)

    check_is_grey(
        compressed(syntax, value, undefined=undefined), "irregular_pixel_data"
    )


@each_compression
def test_items_without_a_table_of_offsets_are_read(syntax: str) -> None:
    items = encapsulate([files.encode(GREY, syntax, 12)], has_bot=False)
    assert items.startswith(b"\xfe\xff\x00\xe0\0\0\0\0")

    check_is_grey(compressed(syntax, items[8:] + DELIMITER, undefined=True))


@each_compression
@pytest.mark.parametrize("share", [0.05, 0.3, 0.6, 0.95])
@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("in_items", [True, False])
def test_a_file_that_ends_early_is_cut_off(
    syntax: str, share: float, undefined: bool, in_items: bool
) -> None:
    frame = files.encode(GREY, syntax, 12)
    value = encapsulate([frame]) + DELIMITER if in_items else frame
    whole = compressed(syntax, value, undefined=undefined)
    kept = len(whole) - int(len(value) * (1 - share))

    with pytest.raises(UnreadableRadiographError, match=r"cut off|length") as caught:
        read_radiograph(whole[:kept])
    assert "without pixels" not in str(caught.value)


@pytest.mark.parametrize("syntax", [files.EXPLICIT, files.IMPLICIT, files.BIG_ENDIAN])
@pytest.mark.parametrize("missing", [1, 2, 100, 8000, 15000])
def test_plain_pixels_that_end_early_are_cut_off(syntax: str, missing: int) -> None:
    whole = files.build(GREY, bits=12, syntax=syntax)

    with pytest.raises(UnreadableRadiographError, match="cut off"):
        read_radiograph(whole[:-missing])


@pytest.mark.parametrize("missing", [1, 5, 40, 70, 90])
def test_a_file_that_ends_in_its_header_is_cut_off(missing: int) -> None:
    whole = files.build(GREY, bits=12)
    pixels = whole.index(b"\xe0\x7f\x10\x00O")

    with pytest.raises(UnreadableRadiographError, match="cut off"):
        read_radiograph(whole[: pixels - missing])


FRAMES = {
    files.JPEG_BASELINE: files.JPEG_BASELINE,
    files.JPEG_PROGRESSIVE: files.JPEG_PROGRESSIVE,
    files.JPEG_LOSSLESS: files.JPEG_LOSSLESS,
    files.JPEG_LS: files.JPEG_LS,
    files.JPEG_2000_LOSSLESS: files.JPEG_2000_LOSSLESS,
    files.RLE: files.RLE,
}


@pytest.mark.parametrize("stated", FRAMES)
@pytest.mark.parametrize("actual", FRAMES)
def test_the_frame_tells_its_compression(stated: str, actual: str) -> None:
    frame = files.encode(GREY_8, actual, 8)

    radiograph = read_radiograph(files.build(GREY_8, syntax=stated, frame=frame))

    assert np.abs(radiograph.pixels.astype(int) - GREY_8).max() <= 12
    assert codes(radiograph) == ([] if stated == actual else ["other_compression"])
    assert radiograph.dicom is not None


@pytest.mark.parametrize("number", [52, 53, 58, 66])
def test_a_retired_process_of_jpeg_is_told_by_its_frame(number: int) -> None:
    data = files.build(GREY_8, syntax=files.JPEG_PROGRESSIVE)
    data = data.replace(b"1.2.4.55", f"1.2.4.{number}".encode())

    assert np.abs(read_radiograph(data).pixels.astype(int) - GREY_8).max() <= 12


@pytest.mark.parametrize("uid", ["1.2.840.113845.1.2.1", "1.2.840.10008.1.2.4.93"])
def test_plain_pixels_of_exact_length_are_read_whatever_they_are_called(
    uid: str,
) -> None:
    data = files.build(GREY, bits=12, syntax=files.EXPLICIT)
    plain = b"UI\x14\x001.2.840.10008.1.2.1\0"
    padded = uid.encode() + b"\0" * (len(uid) % 2)
    called = b"UI" + struct.pack("<H", len(padded)) + padded
    at = data.index(b"\x02\0\x00\0UL") if b"\x02\0\x00\0UL" in data else -1
    assert at < 0  # no group length, which would be wrong then
    named = data.replace(plain, called)

    check_is_grey(named, "read_as_uncompressed")
    with pytest.raises(UnsupportedRadiographError) as caught:
        read_radiograph(with_value(named, GREY.tobytes()[:-40]))
    assert caught.value.code == "missing_decoder"


def odd(shape: tuple[int, ...]) -> NDArray[Any]:
    return draw_phantom((shape[0], shape[1]), seed=4)


@pytest.mark.parametrize("shape", [(95, 81), (101, 99)])
def test_a_last_byte_that_is_missing_is_filled(shape: tuple[int, int]) -> None:
    grey = odd(shape)
    short = with_value(files.build(grey), grey.tobytes()[:-1])

    radiograph = read_radiograph(short)

    np.testing.assert_array_equal(radiograph.pixels.flat[:-1], grey.flat[:-1])
    assert codes(radiograph) == ["last_byte_missing"]


@pytest.mark.parametrize("missing", [2, 3])
def test_more_bytes_than_one_may_not_be_missing(missing: int) -> None:
    grey = odd((95, 81))

    with pytest.raises(UnreadableRadiographError, match="cut off"):
        read_radiograph(with_value(files.build(grey), grey.tobytes()[:-missing]))


@pytest.mark.parametrize("times", [2, 3])
def test_pixels_of_several_times_their_length_are_unreadable(times: int) -> None:
    data = files.build(GREY, bits=12)

    with pytest.raises(UnreadableRadiographError, match="length"):
        read_radiograph(with_value(data, GREY.tobytes() * times))


def test_chroma_is_read_by_its_length() -> None:
    neutral = np.full_like(GREY_8, 128)
    whole = np.stack([GREY_8, neutral, neutral], -1)
    pairs = np.full((96, 40, 4), 128, np.uint8)  # Y Y Cb Cr
    pairs[..., :2] = GREY_8.reshape(96, 40, 2)
    full = files.build(whole, PhotometricInterpretation="YBR_FULL_422")
    half = files.build(
        whole, PhotometricInterpretation="YBR_FULL", PixelData=pairs.tobytes()
    )

    for data in (full, half):
        radiograph = read_radiograph(data)
        np.testing.assert_array_equal(radiograph.pixels, GREY_8)
        assert codes(radiograph) == ["other_chroma"]


def test_a_jp2_file_in_the_place_of_a_codestream_is_read() -> None:
    jp2 = imagecodecs.jpeg2k_encode(
        GREY, 0, codecformat="jp2", reversible=True, bitspersample=12
    )
    for value in (encapsulate([bytes(jp2)]) + DELIMITER, bytes(jp2)):
        data = compressed(files.JPEG_2000_LOSSLESS, value, undefined=True)
        np.testing.assert_array_equal(read_radiograph(data).pixels, GREY)


@pytest.mark.parametrize("noise", [False, True])
def test_run_lengths_of_explicit_length_are_never_noise(noise: bool) -> None:
    pixels = (
        np.random.default_rng(0).integers(0, 4096, GREY.shape, np.uint16)
        if noise
        else GREY
    )
    frame = files.encode(pixels, files.RLE, 12)
    whole = files.build(pixels, bits=12, syntax=files.RLE)
    for value in (frame, encapsulate([frame]), encapsulate([frame]) + DELIMITER):
        for called in (b"1.2.840.10008.1.2.5\0", b"1.2.840.10008.1.2.1\0"):
            data = with_value(whole, value).replace(b"1.2.840.10008.1.2.5\0", called)
            np.testing.assert_array_equal(read_radiograph(data).pixels, pixels)


@pytest.mark.parametrize("high_bit", [3, 40])
def test_a_high_bit_that_cannot_be_is_told(high_bit: int) -> None:
    radiograph = read_radiograph(files.build(GREY, bits=12, HighBit=high_bit))

    np.testing.assert_array_equal(radiograph.pixels, GREY)
    assert codes(radiograph) == ["unreadable_grey_attribute"]


@pytest.mark.parametrize("value", [7, "x"])
def test_a_sign_that_cannot_be_read_is_refused(value: int | str) -> None:
    data = files.build(GREY, bits=12)
    element = b"\x28\x00\x03\x01US\x02\x00\x00\x00"
    assert element in data
    other = struct.pack("<H", value) if isinstance(value, int) else b"xy"

    with pytest.raises(UnreadableRadiographError, match="Pixel Representation"):
        read_radiograph(data.replace(element, element[:-2] + other))
