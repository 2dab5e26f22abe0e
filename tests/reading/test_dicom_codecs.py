import dicom_files as files
import numpy as np
import pytest
from imagecodecs import htj2k_encode

from pneumonia.errors import UnreadableRadiographError, UnsupportedRadiographError
from pneumonia.reading.dicom_codecs import (
    TRANSFER_SYNTAXES,
    decode_frame,
    guess_transfer_syntax,
    read_header,
)

GREY = files.ramp(12)
SIZE = {"rows": 64, "columns": 80, "samples": 1, "bits_allocated": 16}

# How far each lossy encoding of the ramp may be from it, in 12-bit levels.
LOSSES = {
    files.JPEG_EXTENDED: 2,
    files.JPEG_LOSSLESS: 0,
    files.JPEG_LOSSLESS_FIRST_ORDER: 0,
    files.JPEG_LS: 0,
    files.JPEG_LS_NEAR: 2,
    files.JPEG_2000_LOSSLESS: 0,
    files.JPEG_2000: 30,
    files.HTJ2K_LOSSLESS: 0,
    files.HTJ2K_RPCL: 0,
    files.HTJ2K: 2,
    files.RLE: 0,
}


def test_every_transfer_syntax_is_tested() -> None:
    of_8_bits = {files.JPEG_BASELINE, files.JPEG_PROGRESSIVE}
    assert set(LOSSES) | of_8_bits == set(TRANSFER_SYNTAXES)


@pytest.mark.parametrize(("syntax", "loss"), LOSSES.items())
def test_decodes_to_the_picture_within_the_loss(syntax: str, loss: int) -> None:
    frame = files.encode(GREY, syntax, 12)

    pixels, _ = decode_frame(frame, syntax, **SIZE)

    assert np.abs(pixels.astype(int) - GREY).max() <= loss


def test_decodes_jpeg_baseline_within_its_loss() -> None:
    grey = files.ramp(8)
    frame = files.encode(grey, files.JPEG_BASELINE, 8)

    pixels, precision = decode_frame(
        frame, files.JPEG_BASELINE, **SIZE | {"bits_allocated": 8}
    )

    assert precision == 8
    assert np.abs(pixels.astype(int) - grey).max() <= 3


@pytest.mark.parametrize("syntax", [files.JPEG_LS, files.JPEG_LOSSLESS])
@pytest.mark.parametrize("bits", [8, 10, 12, 14, 15, 16])
def test_decodes_every_depth(syntax: str, bits: int) -> None:
    grey = files.ramp(bits)
    frame = files.encode(grey, syntax, bits)

    pixels, _ = decode_frame(frame, syntax, **SIZE)

    np.testing.assert_array_equal(pixels, grey)


@pytest.mark.parametrize("bits", [10, 15, 16])
def test_decodes_every_depth_of_jpeg_2000(bits: int) -> None:
    grey = files.ramp(bits)
    frame = files.encode(grey, files.JPEG_2000_LOSSLESS, bits)

    pixels, precision = decode_frame(frame, files.JPEG_2000_LOSSLESS, **SIZE)

    assert precision == bits
    np.testing.assert_array_equal(pixels, grey)


@pytest.mark.parametrize(
    "syntax", [files.JPEG_LS, files.JPEG_LOSSLESS, files.JPEG_2000]
)
def test_a_frame_of_another_size_than_the_file_is_refused(syntax: str) -> None:
    frame = files.encode(GREY, syntax, 12)

    with pytest.raises(UnreadableRadiographError, match=r"Received: .* 64 x 80 x 1"):
        decode_frame(frame, syntax, **SIZE | {"rows": 65})


@pytest.mark.parametrize("syntax", TRANSFER_SYNTAXES)
@pytest.mark.parametrize("share", [0.5, 0.8, 0.95, 0.99])
@pytest.mark.parametrize("end", [b"", b"\xff\xd9", b"\xff\xd9\0", bytes(64)])
def test_a_part_of_a_frame_is_unreadable(syntax: str, share: float, end: bytes) -> None:
    bits = 8 if syntax in (files.JPEG_BASELINE, files.JPEG_PROGRESSIVE) else 12
    noise = np.random.default_rng(0).integers(0, 1 << bits, (64, 80), np.uint16)
    pixels = noise.astype(np.uint8) if bits == 8 else noise
    frame = files.encode(pixels, syntax, bits)

    with pytest.raises(UnreadableRadiographError, match="cut off"):
        decode_frame(frame[: int(len(frame) * share)] + end, syntax, **SIZE)


@pytest.mark.parametrize("parts", [None, 1])
@pytest.mark.parametrize("missing", [1, 5, 20])
def test_jpeg_2000_without_its_last_tiles_is_unreadable(
    parts: int | None, missing: int
) -> None:
    tiled = bytes(htj2k_encode(GREY, reversible=True, tile=(16, 16), tilepart=parts))
    start = b"\xff\x90\0\x0a"
    *_, cut = (at for at in range(len(tiled)) if tiled.startswith(start, at))
    for _ in range(missing - 1):
        cut = tiled.rindex(start, 0, cut)

    whole, _ = decode_frame(tiled, files.HTJ2K_LOSSLESS, **SIZE)
    np.testing.assert_array_equal(whole, GREY)
    with pytest.raises(UnreadableRadiographError, match="cut off"):
        decode_frame(tiled[:cut] + b"\xff\xd9", files.HTJ2K_LOSSLESS, **SIZE)


def test_jpeg_ls_without_its_end_is_refused_at_once() -> None:
    frame = files.encode(GREY, files.JPEG_LS, 12)

    with pytest.raises(UnreadableRadiographError, match="JPEG-LS Lossless"):
        decode_frame(frame[:200], files.JPEG_LS, **SIZE)


def test_jpeg_2000_of_very_many_tiles_is_refused() -> None:
    frame = bytearray(files.encode(GREY, files.JPEG_2000, 12))
    frame[24:32] = b"\0\0\0\1" * 2  # XTsiz and YTsiz

    with pytest.raises(ValueError, match="up to 4,096 tiles"):
        read_header(bytes(frame), files.JPEG_2000)


def test_progressive_jpeg_is_decoded() -> None:
    grey = files.ramp(8)
    frame = files.encode(grey, files.JPEG_PROGRESSIVE, 8)

    pixels, _ = decode_frame(frame, files.JPEG_BASELINE, **SIZE)

    assert np.abs(pixels.astype(int) - grey).max() <= 3


@pytest.mark.parametrize("marker", [b"\xff\xc5", b"\xff\xc9", b"\xff\xcf"])
def test_a_rare_process_of_jpeg_is_called_so(marker: bytes) -> None:
    frame = files.encode(files.ramp(8), files.JPEG_BASELINE, 8)

    with pytest.raises(UnsupportedRadiographError, match="arithmetic") as caught:
        decode_frame(frame.replace(b"\xff\xc0", marker, 1), files.JPEG_BASELINE, **SIZE)
    assert caught.value.code == "missing_decoder"


def test_an_unknown_transfer_syntax_names_itself() -> None:
    with pytest.raises(UnsupportedRadiographError, match="MPEG-4 AVC") as caught:
        decode_frame(b"", files.MPEG4, **SIZE)

    assert caught.value.code == "missing_decoder"


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ImportError  # as imagecodecs does for a codec that it was built without

    monkeypatch.setattr("imagecodecs.jpegls_decode", fail)
    frame = files.encode(GREY, files.JPEG_LS, 12)

    with pytest.raises(
        UnsupportedRadiographError, match=r"JPEG-LS Lossless, .*imagecodecs"
    ) as caught:
        decode_frame(frame, files.JPEG_LS, **SIZE)

    assert caught.value.code == "missing_decoder"


@pytest.mark.parametrize("uid", ["", "Doe^Jane", "1" * 65])
def test_what_is_no_uid_is_not_repeated(uid: str) -> None:
    with pytest.raises(UnsupportedRadiographError, match="an unknown transfer syntax"):
        decode_frame(b"", uid, **SIZE)


@pytest.mark.parametrize("syntax", LOSSES)
def test_guesses_a_transfer_syntax_that_decodes_the_same(syntax: str) -> None:
    frame = files.encode(GREY, syntax, 12)

    guess = guess_transfer_syntax(frame)
    assert guess is not None

    expected, _ = decode_frame(frame, syntax, **SIZE)
    np.testing.assert_array_equal(decode_frame(frame, guess, **SIZE)[0], expected)


def test_guesses_nothing_of_other_bytes() -> None:
    assert guess_transfer_syntax(b"%PDF-1.7") is None
