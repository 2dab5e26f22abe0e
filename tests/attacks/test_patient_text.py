"""What somebody typed into a DICOM file stands in no message and in no log."""

import io
import logging

import dicom_files as files
import pydicom
import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from pneumonia.errors import RadiographError
from pneumonia.gate.checks import check_metadata
from pneumonia.reading.dicom_parser import ALLOWED
from pneumonia.reading.isolation import DecoderPool
from pneumonia.reading.radiograph import read_radiograph
from pneumonia.reasons.sentences import sentence

# A name, and a number that may be that of a patient.
TEXTS = ["Mustermann^Erika", "19830412.4711"]
WORDS = ["mustermann", "erika", "19830412", "4711"]
NUMBERS = {"IS", "DS", "US", "US or SS"}


def state(keyword: str, text: str) -> bytes:
    """Write a DICOM file that states a text as the value of any attribute."""
    dataset = pydicom.dcmread(io.BytesIO(files.build(files.ramp(12), bits=12)))
    tag = Tag(keyword)
    if dictionary_VR(tag) == "SQ":
        item = Dataset()
        item.CodeMeaning = item.CodeValue = item.LUTDescriptor = text
        item["LUTDescriptor"].VR = "LO"
        element = DataElement(tag, "SQ", Sequence([item]))
    else:
        element = DataElement(tag, "LO", text)
    dataset[tag] = element
    file = io.BytesIO()
    dataset.save_as(file, implicit_vr=False, little_endian=True)
    return file.getvalue()


def told_of(data: bytes) -> str:
    """Return all that is said of a file."""
    try:
        radiograph = read_radiograph(data)
        notices = [*radiograph.warnings, *check_metadata(radiograph).warnings]
        return " ".join(sentence(notice) for notice in notices)
    except RadiographError as error:
        return str(error)


@pytest.mark.parametrize("keyword", ALLOWED)
def test_what_somebody_typed_is_not_repeated(
    keyword: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="pydicom")  # as programs do
    caplog.set_level(logging.DEBUG, logger="pneumonia")

    # What is a number may be told: "a DICOM file with 12 frames".
    texts = TEXTS[: 1 if dictionary_VR(Tag(keyword)) in NUMBERS else 2]

    said = [told_of(state(keyword, text)) for text in texts]

    for word in WORDS:
        assert word not in (" ".join(said) + caplog.text).lower()


@pytest.mark.parametrize("text", TEXTS)
def test_a_transfer_syntax_that_is_none_is_not_repeated(text: str) -> None:
    data = files.build(files.ramp(12), syntax=files.JPEG_2000, frame=b"no picture")
    stated = files.JPEG_2000.encode()
    stands_there = text.encode().ljust(len(stated), b"\0")

    said = told_of(data.replace(stated, stands_there))

    assert "unknown transfer syntax" in said


def test_nothing_of_a_file_is_written_to_the_log_by_another_process(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    pool = DecoderPool(1)
    for keyword in ("WindowCenter", "BodyPartExamined", "RescaleType"):
        pool.read(state(keyword, TEXTS[0]))
    pool.close()

    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")
