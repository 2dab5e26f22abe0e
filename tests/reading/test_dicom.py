"""DICOM files: which are recognised, refused before decoding, or unreadable."""

from typing import Any

import dicom_files as files
import numpy as np
import pytest
from fixtures_dicom import GREY, code_of, read

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.reading.dicom import read_dicom
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.radiograph import read_radiograph


@pytest.mark.parametrize("preamble", [True, False])
@pytest.mark.parametrize("file_meta", [True, False])
@pytest.mark.parametrize(
    "syntax", [files.IMPLICIT, files.EXPLICIT, files.BIG_ENDIAN, files.RLE]
)
def test_is_recognised_without_preamble_and_header(
    preamble: bool, file_meta: bool, syntax: str
) -> None:
    data = files.build(
        GREY, bits=12, syntax=syntax, preamble=preamble, file_meta=file_meta
    )

    assert is_dicom(data)
    np.testing.assert_array_equal(read_radiograph(data).pixels, GREY)


@pytest.mark.parametrize(
    "start", [b"", b"\x89PNG\r\n", b"\xff\xd8\xff", b"%PDF", b"PK"]
)
def test_other_files_are_no_dicom(start: bytes) -> None:
    assert not is_dicom(start + b"\1" * (200 if start else 0))


@pytest.mark.parametrize(
    "syntax",
    [files.IMPLICIT, files.EXPLICIT, files.DEFLATED, files.BIG_ENDIAN],
)
def test_reads_every_uncompressed_transfer_syntax(syntax: str) -> None:
    np.testing.assert_array_equal(read(syntax=syntax).pixels, GREY)


@pytest.mark.parametrize(
    "syntax",
    [files.JPEG_LOSSLESS, files.JPEG_LS, files.JPEG_2000_LOSSLESS, files.RLE],
)
def test_reads_compressed_pixels_whose_transfer_syntax_is_missing(syntax: str) -> None:
    image = read(syntax=syntax, state_syntax=False)

    np.testing.assert_array_equal(image.pixels, GREY)


def test_reads_compressed_pixels_that_are_called_uncompressed() -> None:
    frame = files.encode(GREY, files.JPEG_LS, 12)
    data = files.build(GREY, bits=12, syntax=files.JPEG_LS, frame=frame)
    data = data.replace(b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.1\0\0\0")

    np.testing.assert_array_equal(read_radiograph(data).pixels, GREY)


def test_reads_uncompressed_pixels_that_are_called_compressed() -> None:
    data = files.build(GREY, bits=12)
    data = data.replace(
        b"UI\x14\x001.2.840.10008.1.2.1\0", b"UI\x16\x001.2.840.10008.1.2.4.80"
    )

    np.testing.assert_array_equal(read_radiograph(data).pixels, GREY)


def test_reads_a_frame_in_several_fragments() -> None:
    frame = files.encode(GREY, files.JPEG_LS, 12)
    whole = files.build(GREY, bits=12, syntax=files.JPEG_LS, frame=frame)
    half = len(frame) // 4 * 2
    padded = frame + b"\0" * (len(frame) % 2)

    def items(*fragments: bytes) -> bytes:
        return b"".join(
            b"\xfe\xff\x00\xe0" + len(part).to_bytes(4, "little") + part
            for part in fragments
        )

    split = whole.replace(items(padded), items(padded[:half], padded[half:]))

    assert len(split) == len(whole) + 8
    np.testing.assert_array_equal(read_radiograph(split).pixels, GREY)


# Refused before decoding


def test_several_frames_are_refused() -> None:
    data = files.build(np.tile(GREY, (2, 1)), bits=12, Rows=64, NumberOfFrames=2)

    assert code_of(data) == "multi_frame"


@pytest.mark.parametrize(
    "attributes",
    [
        {"PresentationIntentType": "FOR PROCESSING"},
        {"SOPClassUID": files.DX_FOR_PROCESSING},
    ],
)
def test_images_for_processing_are_refused(attributes: dict[str, Any]) -> None:
    assert code_of(files.build(GREY, bits=12, **attributes)) == "for_processing"


def test_images_for_presentation_are_read() -> None:
    image = read(PresentationIntentType="FOR PRESENTATION")

    assert image.attributes.presentation_intent == "FOR PRESENTATION"


@pytest.mark.parametrize(
    ("sop_class", "modality", "name"),
    [
        (files.ENCAPSULATED_PDF, "DOC", "Encapsulated PDF Storage"),
        (files.DICOMDIR, None, "Media Storage Directory Storage"),
        ("1.2.840.10008.5.1.4.1.1.88.11", "SR", "Basic Text SR Storage"),
    ],
)
def test_files_without_pixels_are_refused_by_name(
    sop_class: str, modality: str, name: str
) -> None:
    data = files.build(SOPClassUID=sop_class, Modality=modality)

    with pytest.raises(UnsupportedRadiographError, match=name) as caught:
        read_radiograph(data)
    assert caught.value.code == "no_pixels"


def test_empty_pixels_are_refused() -> None:
    assert code_of(files.build(GREY, bits=12, PixelData=b"")) == "no_pixels"


def test_small_pictures_are_refused() -> None:
    assert code_of(files.build(GREY[:63], bits=12)) == "too_small"


def test_large_pictures_are_refused_by_their_header() -> None:
    assert code_of(files.build(GREY, bits=12, Rows=65_535, Columns=800)) == "too_large"


def test_large_colour_pictures_are_refused_by_their_header() -> None:
    colour = np.stack([files.ramp(8)] * 3, -1)

    assert code_of(files.build(colour, Rows=5000, Columns=5000)) == "too_large"


def test_a_deflated_bomb_is_refused_before_it_fills_the_memory() -> None:
    data = files.build(np.zeros((64, 80), np.uint16), bits=12, syntax=files.DEFLATED)

    with pytest.raises(UnsupportedRadiographError) as caught:
        read_dicom(data, max_pixels=1000, min_side=8)
    assert caught.value.code == "too_large"


def test_an_unknown_transfer_syntax_is_refused_by_name() -> None:
    data = files.build(GREY, bits=12, syntax=files.JPEG_LS)
    data = data.replace(b"1.2.840.10008.1.2.4.80", b"1.2.840.10008.1.2.4.93")

    with pytest.raises(UnsupportedRadiographError, match="JPEG 2000 Part 2") as caught:
        read_radiograph(data)
    assert caught.value.code == "missing_decoder"


def test_a_blank_picture_is_refused() -> None:
    assert code_of(files.build(np.full((64, 80), 7, np.uint16))) == "low_contrast"


def test_a_picture_that_is_blank_beside_its_padding_is_refused() -> None:
    blank = np.full((64, 80), 7, np.uint16)
    blank[:30] = 9

    assert code_of(files.build(blank, PixelPaddingValue=9)) == "low_contrast"


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"BitsStored": 20}, "Bits Stored"),
        ({"BitsAllocated": 12}, "Bits Allocated"),
        ({"Rows": None}, "needs Rows of at least 1"),
        ({"PhotometricInterpretation": "PURPLE"}, "Received: unknown with 1"),
        ({"PhotometricInterpretation": "RGB"}, "Received: RGB with 1"),
        ({"PhotometricInterpretation": None}, "Received: NONE with 1"),
        ({"PixelData": b"\0" * 100}, "damaged"),
    ],
)
def test_files_that_break_the_standard_are_unreadable(
    attributes: dict[str, Any], message: str
) -> None:
    with pytest.raises(UnreadableRadiographError, match=message):
        read_radiograph(files.build(GREY, **{"bits": 12, **attributes}))


@pytest.mark.parametrize("length", [133, 200, 400, 1000])
def test_a_file_that_is_cut_off_is_no_radiograph(length: int) -> None:
    with pytest.raises(RadiographError):
        read_radiograph(files.build(GREY, bits=12)[:length])


def insert(data: bytes, junk: bytes) -> bytes:
    """Put elements of group 0009 before those of the picture."""
    at = data.index(b"\x28\0\x02\0US")
    return data[:at] + junk + data[at:]


@pytest.mark.parametrize(
    "junk",
    [
        b"\x09\0\x10\0LO\0\0" * 300_000,
        b"\x09\0\x10\x10SQ\0\0\xff\xff\xff\xff"
        + b"\xfe\xff\0\xe0\0\0\0\0" * 300_000
        + b"\xfe\xff\xdd\xe0\0\0\0\0",
        b"\x09\0\x10\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff" * 9000,
    ],
    ids=["elements", "items", "nesting"],
)
def test_a_file_of_very_many_elements_is_given_up(junk: bytes) -> None:
    with pytest.raises(UnreadableRadiographError):
        read_radiograph(insert(files.build(GREY, bits=12), junk))


def test_a_value_that_is_far_too_long_is_not_read() -> None:
    windows = "\\".join(["1"] * 300_000)

    with pytest.raises(UnreadableRadiographError):
        read_radiograph(
            files.build(GREY, bits=12, syntax=files.IMPLICIT, WindowCenter=windows)
        )


def test_pixels_in_very_many_fragments_are_not_read() -> None:
    frame = files.encode(GREY, files.JPEG_LS, 12)
    data = files.build(GREY, bits=12, syntax=files.JPEG_LS, frame=frame)
    start = data.index(b"\xfe\xff\0\xe0")

    fragments = b"\xfe\xff\0\xe0\0\0\0\0" * 30_000
    with pytest.raises(UnreadableRadiographError):
        read_radiograph(data[:start] + fragments + data[start:])


@pytest.mark.parametrize(
    "error", [ImportError, MemoryError, NameError, ZeroDivisionError]
)
def test_an_error_of_ours_is_not_called_damage_of_the_file(
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail(*_: object) -> None:
        raise error(files.PATIENT)

    monkeypatch.setattr("pneumonia.reading.dicom.read_pixel_shape", fail)

    with pytest.raises(UnreadableRadiographError, match="inside this program") as told:
        read_radiograph(files.build(GREY, bits=12))

    assert "damaged" not in str(told.value)
    assert "read_pixel_shape" in caplog.text
    assert error.__name__ in caplog.text
    assert files.PATIENT not in caplog.text


@pytest.mark.parametrize("error", [ImportError, MemoryError])
def test_a_library_that_cannot_be_loaded_is_no_damage_of_the_file(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("pneumonia.reading.dicom_parser.read_partial", fail)

    with pytest.raises(UnreadableRadiographError) as told:
        read_radiograph(files.build(GREY, bits=12))
    assert told.value.code == "internal_error"
