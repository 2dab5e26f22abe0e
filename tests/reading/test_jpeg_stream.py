"""JPEG streams that were cut, with and without an end marker."""

import io
from typing import Any

import imagecodecs
import numpy as np
import pytest
from PIL import Image

from pneumonia.phantom import draw_phantom
from pneumonia.reading import jpeg_stream
from pneumonia.reading.jpeg_stream import decode_whole, is_cut_off

GREY = draw_phantom((192, 160), seed=1)
DEEP = draw_phantom((192, 160), seed=1, bit_depth=12)
COLOUR = np.stack([GREY, GREY[::-1], GREY], -1)
END = b"\xff\xd9"


def by_pillow(pixels: Any, mode: str | None = None, **options: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels, mode).save(file, "JPEG", quality=90, **options)
    return file.getvalue()


def by_imagecodecs(pixels: Any, **options: Any) -> bytes:
    return bytes(imagecodecs.jpeg8_encode(pixels, **options))


STREAMS = {
    "baseline": by_pillow(GREY),
    "baseline in colour": by_pillow(COLOUR),
    "baseline in four colours": by_pillow(np.stack([GREY] * 4, -1), "CMYK"),
    "restart markers": by_pillow(GREY, restart_marker_blocks=7),
    "restart markers in colour": by_pillow(COLOUR, restart_marker_rows=1),
    "progressive": by_pillow(GREY, progressive=True),
    "progressive in colour": by_pillow(COLOUR, progressive=True),
    "extended, 12 bits": by_imagecodecs(DEEP, level=95, bitspersample=12),
    "lossless, 8 bits": by_imagecodecs(GREY, lossless=True, predictor=1),
    "lossless, 12 bits": by_imagecodecs(
        DEEP, lossless=True, predictor=6, bitspersample=12
    ),
    "lossless, 16 bits": by_imagecodecs(
        DEEP * 16, lossless=True, predictor=1, bitspersample=16
    ),
}
each_stream = pytest.mark.parametrize("name", STREAMS)


@each_stream
def test_a_whole_stream_is_not_cut_off(name: str) -> None:
    assert not is_cut_off(STREAMS[name])


@each_stream
def test_a_stream_that_lacks_only_its_end_marker_is_not_cut_off(name: str) -> None:
    assert not is_cut_off(STREAMS[name].removesuffix(END))


@each_stream
def test_bytes_after_the_end_do_not_matter(name: str) -> None:
    assert not is_cut_off(STREAMS[name] + bytes(1000))


@each_stream
@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99])
@pytest.mark.parametrize(
    "end", [b"", END, b"\0" + END, END + bytes(500), bytes(500), bytes(500) + END]
)
def test_a_part_of_a_stream_is_cut_off(name: str, share: float, end: bytes) -> None:
    stream = STREAMS[name]

    assert is_cut_off(stream[: int(len(stream) * share)] + end)


@each_stream
@pytest.mark.parametrize("missing", [1, 2, 3, 8])
def test_a_few_coded_bytes_that_are_missing_are_noticed(
    name: str, missing: int
) -> None:
    assert is_cut_off(STREAMS[name].removesuffix(END)[:-missing] + END)


def decode_at_once(name: str, stream: bytes) -> Any:
    grey = "colour" not in name
    return decode_whole(stream, GREY.shape, "GRAY" if grey else "RGB")


@pytest.mark.parametrize(
    "name", [it for it in STREAMS if "bits" not in it and "four" not in it]
)
def test_a_whole_stream_of_eight_bits_is_decoded_at_once(name: str) -> None:
    decoded = decode_at_once(name, STREAMS[name])

    np.testing.assert_array_equal(decoded, Image.open(io.BytesIO(STREAMS[name])))


@each_stream
@pytest.mark.parametrize("missing", [1, 2, 3, 8, 100, 1000])
@pytest.mark.parametrize(
    "end", [b"", END, bytes(8) + END, bytes(500), bytes(500) + END]
)
def test_a_stream_that_lacks_bytes_is_not_decoded_at_once(
    name: str, missing: int, end: bytes
) -> None:
    cut = STREAMS[name].removesuffix(END)[:-missing]

    assert decode_at_once(name, cut + end) is None


def test_a_stream_of_another_size_than_was_checked_is_not_decoded() -> None:
    assert decode_whole(STREAMS["baseline"], (190, 160), "GRAY") is None


@pytest.fixture
def no_second_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(data: bytes) -> None:
        raise AssertionError("decoded again")

    monkeypatch.setattr(jpeg_stream, "_decode", fail)


@pytest.mark.usefixtures("no_second_decoding")
@pytest.mark.parametrize("bits", [8, 12, 16])
@pytest.mark.parametrize("seed", range(5))
def test_a_whole_lossless_stream_is_not_decoded_again(bits: int, seed: int) -> None:
    levels = np.random.default_rng(seed).integers(0, 2**bits, (70, 90 + seed))
    pixels = levels.astype(np.uint8 if bits == 8 else np.uint16)
    stream = by_imagecodecs(pixels, lossless=True, predictor=1, bitspersample=bits)

    assert not is_cut_off(stream, pixels)
    assert not is_cut_off(stream.removesuffix(END), pixels)


@pytest.mark.parametrize("name", [it for it in STREAMS if "lossless" in it])
@pytest.mark.parametrize("missing", [1, 2, 3, 8, 1000])
@pytest.mark.parametrize("end", [b"", END, bytes(8), bytes(500) + END])
def test_a_lossless_stream_that_was_filled_up_is_noticed(
    name: str, missing: int, end: bytes
) -> None:
    cut = STREAMS[name].removesuffix(END)[:-missing] + end

    assert is_cut_off(cut, imagecodecs.jpeg8_decode(cut + END))


@pytest.mark.parametrize("name", ["restart markers", "restart markers in colour"])
def test_restart_intervals_that_are_missing_are_noticed(name: str) -> None:
    stream = STREAMS[name]
    restart = stream.index(b"\xff\xd3", stream.index(b"\xff\xda"))

    assert is_cut_off(stream[:restart] + END)
    assert is_cut_off(stream[: restart + 2] + END)


@pytest.mark.parametrize("name", ["progressive", "progressive in colour"])
def test_scans_that_are_missing_are_noticed(name: str) -> None:
    stream = STREAMS[name]
    last_scan = stream.rindex(b"\xff\xda")

    assert is_cut_off(stream[:last_scan] + END)


@pytest.mark.parametrize("data", [b"", b"\xff\xd8", b"\xff\xd8" + END])
def test_a_stream_without_a_scan_is_cut_off(data: bytes) -> None:
    assert is_cut_off(data)


def test_what_libjpeg_does_not_decode_is_left_to_its_decoder() -> None:
    stream = bytes(imagecodecs.jpegls_encode(GREY))

    assert not is_cut_off(stream[: len(stream) // 2])
