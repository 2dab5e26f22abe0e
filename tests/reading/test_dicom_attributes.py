"""What is known of a DICOM file, and what is never read."""

import logging
from typing import Any

import dicom_files as files
import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from pneumonia.errors import (
    UnreadableRadiographError,
)
from pneumonia.reading.dicom import DicomImage, read_dicom
from pneumonia.reading.dicom_parser import ALLOWED, parse_dicom
from pneumonia.reading.display import to_8_bit
from pneumonia.reading.radiograph import read_radiograph

GREY = files.ramp(12)


def read(pixels: NDArray[Any] = GREY, **options: Any) -> DicomImage:
    options.setdefault("bits", 12 if pixels.dtype.itemsize == 2 else 8)
    data = files.build(pixels, **options)
    return read_dicom(data, max_pixels=20_000, min_side=8)


def test_the_depth_is_kept_beside_the_window() -> None:
    radiograph = read_radiograph(
        files.build(GREY, bits=12, WindowCenter=1000, WindowWidth=201)
    )

    np.testing.assert_array_equal(radiograph.pixels, GREY)
    assert radiograph.window == (899.5, 1099.5)
    assert to_8_bit(radiograph)[0, 0] == 0
    assert to_8_bit(radiograph)[-1, -1] == 255
    assert 120 <= to_8_bit(radiograph)[GREY == 1000][0] <= 135


def test_the_window_is_applied_to_8_bits_too() -> None:
    radiograph = read_radiograph(
        files.build(files.ramp(8), WindowCenter=100, WindowWidth=51)
    )

    assert to_8_bit(radiograph)[0, 0] == 0
    assert (to_8_bit(radiograph)[radiograph.pixels > 125] == 255).all()


def test_pixels_are_read_only() -> None:
    assert not read_radiograph(files.build(GREY, bits=12)).pixels.flags.writeable


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("004Y", 4),
        ("018M", 1.5),
        ("026W", 0.498),
        ("010D", 0.0274),
        ("62", 62),
        ("abcY", None),
        ("", None),
        (None, None),
    ],
)
def test_age_is_read_from_patient_age_only(
    text: str | None, years: float | None
) -> None:
    image = read(PatientAge=text, PatientBirthDate="20190101")

    assert image.attributes.patient_age == pytest.approx(years, abs=0.001)


@pytest.mark.parametrize(
    ("value", "known"), [("YES", True), ("NO", False), (None, None)]
)
def test_burned_in_annotation_is_known_or_not(
    value: str | None, known: bool | None
) -> None:
    assert read(BurnedInAnnotation=value).attributes.burned_in_annotation is known


def test_view_comes_from_its_code_where_the_position_is_empty() -> None:
    view = Dataset()
    view.CodeMeaning = "lateral"

    image = read(ViewPosition="", ViewCodeSequence=Sequence([view]))

    assert image.attributes.view_position == "LATERAL"


def test_attributes_are_in_capitals() -> None:
    image = read(BodyPartExamined="chest", ImageLaterality="u")

    assert image.attributes.body_part == "CHEST"
    assert image.attributes.laterality == "U"


# Privacy


def test_identifying_attributes_are_not_allowed() -> None:
    forbidden = ("Patient", "Study", "Series", "Date", "Time", "Name", "Instance")
    harmless = {"PatientAge", "PatientOrientation"}

    allowed = set(ALLOWED) - harmless
    assert not [word for word in allowed for part in forbidden if part in word]


def test_identifying_attributes_are_not_parsed() -> None:
    dataset = parse_dicom(files.build(GREY, bits=12), max_bytes=10**6).dataset

    assert "PatientName" not in dataset
    assert "PatientID" not in dataset
    assert "StudyDate" not in dataset


def test_a_damaged_file_gives_neither_message_nor_log_with_the_patient(
    caplog: pytest.LogCaptureFixture,
) -> None:
    data = files.build(GREY, bits=12, PixelData=b"\0" * 9)

    with (
        caplog.at_level(logging.DEBUG),
        pytest.raises(UnreadableRadiographError) as caught,
    ):
        read_radiograph(data)

    assert "Doe" not in str(caught.value) + caplog.text
