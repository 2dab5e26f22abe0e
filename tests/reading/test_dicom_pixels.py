"""The pixels of a DICOM file: stored values and colour."""

import io
from typing import Any

import dicom_files as files
import numpy as np
import pydicom
import pytest
from fixtures_dicom import GREY, code_of, read
from numpy.typing import ArrayLike

from pneumonia.reading.dicom import read_dicom
from pneumonia.reading.grey_levels import ModalityUnits
from pneumonia.reasons.codes import Notice


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 15, 16])
def test_reads_every_depth_in_16_bits(bits: int) -> None:
    grey = files.ramp(bits).astype(np.uint16)

    image = read(grey, bits=bits)

    np.testing.assert_array_equal(image.pixels, grey)
    assert image.pixels.dtype == (np.uint8 if bits == 8 else np.uint16)


@pytest.mark.parametrize("high_bit", [11, 13, 15])
@pytest.mark.parametrize("syntax", [files.EXPLICIT, files.RLE, files.BIG_ENDIAN])
def test_reads_any_high_bit(high_bit: int, syntax: str) -> None:
    cells = GREY << (high_bit - 11)

    image = read(cells, bits=12, HighBit=high_bit, syntax=syntax)

    np.testing.assert_array_equal(image.pixels, GREY)


@pytest.mark.parametrize(
    "syntax",
    [files.JPEG_LOSSLESS_FIRST_ORDER, files.JPEG_LS, files.JPEG_2000_LOSSLESS],
)
def test_whole_cells_that_were_compressed_keep_their_high_bit(syntax: str) -> None:
    # As dcmtk compresses them: 16 bits, of which the upper 12 are the picture.
    cells = GREY << 4
    frame = files.encode(cells, syntax, 16)

    image = read(cells, bits=12, HighBit=15, syntax=syntax, frame=frame)

    np.testing.assert_array_equal(image.pixels, GREY)
    assert image.warnings == ()


def test_values_that_were_compressed_have_no_high_bit() -> None:
    syntax = files.JPEG_LOSSLESS_FIRST_ORDER
    frame = files.encode(GREY, syntax, 16)

    image = read(GREY, bits=12, HighBit=15, syntax=syntax, frame=frame)

    np.testing.assert_array_equal(image.pixels, GREY)


@pytest.mark.parametrize(("signed", "value"), [(False, 65_535), (True, -32_768)])
def test_padding_beyond_the_bits_stored_is_black(signed: bool, value: int) -> None:
    cells = GREY.astype(np.int16) - 2048 if signed else GREY.copy()
    cells[:8] = value
    data = pydicom.dcmread(io.BytesIO(files.build(cells, bits=12)))
    data.add_new("PixelPaddingValue", "SS" if signed else "US", value)
    file = io.BytesIO()
    data.save_as(file)

    image = read_dicom(file.getvalue(), max_pixels=10**6, min_side=64)

    assert not image.pixels[:8].any()
    np.testing.assert_array_equal(image.pixels[8:], GREY[8:])


def test_a_makers_big_endian_pixels_are_read() -> None:
    # The attributes before them are little endian.
    data = files.build(GREY.byteswap(), bits=12, syntax=files.IMPLICIT)
    stated, own = b"1.2.840.10008.1.2\0", b"1.2.840.113619.5.2"

    image = read_dicom(data.replace(stated, own), max_pixels=10**6, min_side=64)

    np.testing.assert_array_equal(image.pixels, GREY)
    assert image.warnings == ()


def test_bits_beyond_those_stored_are_cut_off_with_a_note() -> None:
    cells = GREY | np.uint16(0xF000)  # an overlay, as they were once stored

    image = read(cells, bits=12)

    np.testing.assert_array_equal(image.pixels, GREY)
    assert image.warnings == (Notice("bits_beyond_stored"),)


@pytest.mark.parametrize("extended", [True, False])
def test_a_sign_may_be_repeated_up_to_the_top_of_the_cell(extended: bool) -> None:
    signed = GREY.astype(np.int16) - 2048
    cells = signed if extended else (signed & 0xFFF).astype(np.int16)

    image = read(cells, bits=12)

    np.testing.assert_array_equal(image.pixels, GREY)
    assert image.warnings == ()


@pytest.mark.parametrize("syntax", [files.EXPLICIT, files.RLE, files.BIG_ENDIAN])
def test_reads_signed_values(syntax: str) -> None:
    signed = GREY.astype(np.int16) - 2048

    image = read(signed, syntax=syntax)

    np.testing.assert_array_equal(image.pixels, GREY)
    assert image.units == ModalityUnits(1, -2048)


@pytest.mark.parametrize("syntax", [files.JPEG_LOSSLESS, files.JPEG_LS])
def test_reads_signed_values_from_codecs_that_know_none(syntax: str) -> None:
    signed = GREY.astype(np.int16) - 2048
    frame = files.encode(signed.view(np.uint16) & 0xFFF, syntax, 12)

    image = read(signed, syntax=syntax, frame=frame)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_signed_jpeg_2000_is_read() -> None:
    signed = GREY.astype(np.int16) - 2048
    frame = files.encode(signed, files.JPEG_2000_LOSSLESS, 12)

    image = read(signed, syntax=files.JPEG_2000_LOSSLESS, frame=frame)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_samples_and_representation_may_be_left_out() -> None:
    image = read(SamplesPerPixel=None, PixelRepresentation=None, HighBit=None)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_lossy_values_beyond_the_bits_stored_are_clipped() -> None:
    frame = files.encode(GREY, files.JPEG_EXTENDED, 12)

    image = read(GREY, bits=10, syntax=files.JPEG_EXTENDED, frame=frame)

    assert image.pixels[-1, -1] == 1023


def test_reads_8_bits_as_8_bits() -> None:
    grey = files.ramp(8)

    image = read(grey)

    assert image.pixels.dtype == np.uint8
    np.testing.assert_array_equal(image.pixels, grey)
    assert image.window == (0, 255)


# Colour


@pytest.mark.parametrize(
    "syntax", [files.EXPLICIT, files.BIG_ENDIAN, files.RLE, files.JPEG_LS]
)
def test_grey_in_rgb_is_read(syntax: str) -> None:
    grey = files.ramp(8)

    image = read(np.stack([grey] * 3, -1), syntax=syntax)

    np.testing.assert_array_equal(image.pixels, grey)
    assert image.window == (0, 255)
    assert image.units is None


@pytest.mark.parametrize("syntax", [files.JPEG_BASELINE, files.JPEG_2000])
@pytest.mark.parametrize("photometric", ["RGB", "YBR_FULL_422", "YBR_ICT"])
def test_grey_in_lossy_colour_is_read_whatever_it_is_called(
    syntax: str, photometric: str
) -> None:
    grey = files.ramp(8)

    image = read(
        np.stack([grey] * 3, -1), syntax=syntax, PhotometricInterpretation=photometric
    )

    assert np.abs(image.pixels.astype(int) - grey).mean() < 2


def test_grey_in_planes_is_read() -> None:
    grey = files.ramp(8)
    data = np.stack([grey] * 3).tobytes()

    image = read(np.stack([grey] * 3, -1), PlanarConfiguration=1, PixelData=data)

    np.testing.assert_array_equal(image.pixels, grey)


def test_grey_in_luma_and_chroma_is_read() -> None:
    grey = files.ramp(8)
    channels = np.stack([grey, np.full_like(grey, 128), np.full_like(grey, 128)], -1)

    image = read(channels, PhotometricInterpretation="YBR_FULL")

    np.testing.assert_array_equal(image.pixels, grey)


def test_grey_in_subsampled_chroma_is_read() -> None:
    grey = files.ramp(8)
    pairs = np.full((64, 40, 4), 128, np.uint8)  # Y Y Cb Cr
    pairs[..., :2] = grey.reshape(64, 40, 2)

    image = read(
        np.stack([grey] * 3, -1),
        PhotometricInterpretation="YBR_FULL_422",
        PixelData=pairs.tobytes(),
    )

    np.testing.assert_array_equal(image.pixels, grey)


def palette(red: ArrayLike, green: ArrayLike, blue: ArrayLike) -> dict[str, Any]:
    tables: dict[str, Any] = {}
    for name, table in (("Red", red), ("Green", green), ("Blue", blue)):
        tables[f"{name}PaletteColorLookupTableDescriptor"] = [256, 0, 16]
        data = np.asarray(table, "<u2").tobytes()
        tables[f"{name}PaletteColorLookupTableData"] = data
    return {"PhotometricInterpretation": "PALETTE COLOR", **tables}


def test_grey_palette_is_read() -> None:
    greys = np.arange(256) * 257

    image = read(files.ramp(8), **palette(greys, greys, greys))

    np.testing.assert_array_equal(image.pixels, files.ramp(8).astype(int) * 257)


def test_coloured_palette_is_refused() -> None:
    greys = np.arange(256) * 257
    data = files.build(files.ramp(8), **palette(greys, greys[::-1], greys))

    assert code_of(data) == "colour_image"


@pytest.mark.parametrize(
    "syntax", [files.EXPLICIT, files.RLE, files.JPEG_BASELINE, files.JPEG_2000]
)
def test_colour_is_refused(syntax: str) -> None:
    grey = files.ramp(8)
    colour = np.stack([grey, grey[::-1], grey[:, ::-1]], -1)

    assert code_of(files.build(colour, syntax=syntax)) == "colour_image"
