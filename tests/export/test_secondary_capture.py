"""Secondary Captures and Structured Reports, read back by pydicom and by others."""

import io
import shutil
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import JPEG_BASELINE, PATIENT, build
from fixtures_exports import (
    CARD,
    UNSURE_CARD,
    draw_grey,
    draw_overlay,
    make_refused,
    make_report,
)
from PIL import Image
from pydicom import dcmread
from pydicom.dataset import Dataset

from pneumonia import __version__
from pneumonia.errors import ExportError
from pneumonia.export.case_summary import LIMITS, NOT_A_DEVICE, CaseReport
from pneumonia.export.impression import Reading
from pneumonia.export.secondary_capture import secondary_capture
from pneumonia.export.structured_report import structured_report
from pneumonia.language.speech import LANGUAGES, speaking
from pneumonia.model.decision import decide
from pneumonia.model.focus import Focus
from pneumonia.reading.display import displayed
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.reasons.cautions import UNSURE
from pneumonia.reasons.codes import Notice
from pneumonia.reasons.sentences import sentence

GREY = draw_grey((150, 213))
OVERLAY = draw_overlay(GREY)
STUDY, SERIES, INSTANCE = "1.2.3.5", "1.2.3.4", "1.2.3"
IDENTIFYING = (
    b"Doe",
    b"Jane",
    b"ID-4711",
    b"20200229",
    b"ACC-1",
    b"1.2.3.5",
    b"Ref^Erer",
)


def make_dicom(**attributes: Any) -> bytes:
    values = {
        "SOPInstanceUID": INSTANCE,
        "StudyInstanceUID": STUDY,
        "SeriesInstanceUID": SERIES,
        "AccessionNumber": "ACC-1",
        "ReferringPhysicianName": "Ref^Erer",
        "PatientBirthDate": "20170401",
        "StudyTime": "101112",
        "BurnedInAnnotation": "NO",
    }
    return build(GREY, **{**values, **attributes})


DICOM = make_dicom()
READING = Reading("normal", 12.4, changed_after_reveal=("pneumonia",))


def make_png() -> bytes:
    file = io.BytesIO()
    Image.fromarray(GREY).save(file, "PNG")
    return file.getvalue()


def report_on(radiograph: Radiograph, **options: Any) -> CaseReport:
    return make_report(input_sha256=radiograph.sha256, **options)


def capture_of(data: bytes, *, keep: bool = False, **options: Any) -> bytes:
    radiograph = read_radiograph(data)
    return secondary_capture(
        report_on(radiograph, **options),
        OVERLAY,
        radiograph,
        identifiers_from=data if keep else None,
    )


def document_of(data: bytes, *, keep: bool = False, **options: Any) -> bytes:
    report = report_on(read_radiograph(data), **options)
    return structured_report(report, capture_of(data, keep=keep, **options))


def parse(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data))


def texts_of(document: Dataset) -> dict[str, str]:
    """Return the report's text items by the meaning of their names."""
    return {
        item.ConceptNameCodeSequence[0].CodeMeaning: item.TextValue
        for item in document.ContentSequence
        if item.ValueType == "TEXT"
    }


def numbers_of(document: Dataset) -> dict[str, float]:
    (measurements,) = (
        item for item in document.ContentSequence if item.ValueType == "CONTAINER"
    )
    return {
        item.ConceptNameCodeSequence[0].CodeMeaning: item.MeasuredValueSequence[
            0
        ].FloatingPointValue
        for item in measurements.ContentSequence[0].ContentSequence
        if item.ValueType == "NUM"
    }


def references_in(dataset: Dataset) -> set[str]:
    return {
        str(element.value)
        for element in dataset.iterall()
        if element.keyword == "ReferencedSOPInstanceUID"
    }


# Secondary Capture


def test_capture_is_marked_derived_and_research() -> None:
    capture = parse(capture_of(DICOM))
    assert capture.SOPClassUID.name == "Secondary Capture Image Storage"
    assert list(capture.ImageType) == ["DERIVED", "SECONDARY"]
    assert capture.ConversionType == "WSD"
    assert "research demonstration, not a medical device" in capture.SeriesDescription
    assert capture.ImageComments == f"{NOT_A_DEVICE} {LIMITS}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_capture_and_document_are_in_english(language: str) -> None:
    english = parse(capture_of(DICOM)), parse(document_of(DICOM))
    with speaking(language):
        capture, document = parse(capture_of(DICOM)), parse(document_of(DICOM))
    assert capture.DerivationDescription == english[0].DerivationDescription
    assert texts_of(document) == texts_of(english[1])


def test_capture_describes_its_derivation() -> None:
    capture = parse(capture_of(DICOM))
    radiograph = read_radiograph(DICOM)
    text = capture.DerivationDescription
    assert "Grad-CAM" in text
    assert "not a probability" in text
    assert CARD["sha256"] in text
    assert "Flagged: model probability 0.83, threshold 0.61 (balanced)" in text
    assert radiograph.sha256 in text
    assert f"pneumonia {__version__}" in text
    assert capture.SoftwareVersions == __version__


def test_capture_and_document_say_that_it_is_unsure_and_where_the_attention_lies() -> (
    None
):
    focus = Focus(0.91, "left", "middle", 0.45)
    options: dict[str, Any] = {"card": UNSURE_CARD, "focus": focus}
    capture = parse(capture_of(DICOM, **options))
    assert "Flagged, unsure: model probability 0.83" in capture.DerivationDescription
    assert UNSURE["near_cut_off"] in capture.ImageComments
    said = texts_of(parse(document_of(DICOM, **options)))
    assert said["Model unsure"] == UNSURE["near_cut_off"]
    for words in (capture.ImageComments, said["Model attention"]):
        assert "The model's attention is strongest in the middle third" in words
        assert "the patient's left lung" in words
        assert "It is no finding." in words


def test_sure_answer_of_a_map_without_lungs_says_neither() -> None:
    said = texts_of(parse(document_of(DICOM)))
    assert not {"Model unsure", "Model attention"} & set(said)
    assert "unsure" not in parse(capture_of(DICOM)).DerivationDescription


@pytest.mark.parametrize("evidence", [None, np.array([[-1, 0]], np.float32)])
def test_without_a_heatmap_there_is_no_capture(evidence: Any) -> None:
    with pytest.raises(ExportError, match="There is no heatmap"):
        capture_of(DICOM, evidence=evidence)


def test_capture_holds_the_overlay_in_its_place_over_a_band_of_text() -> None:
    pixels = parse(capture_of(DICOM)).pixel_array
    assert np.array_equal(pixels[: GREY.shape[0]], OVERLAY)
    band = pixels[GREY.shape[0] :]
    assert band.shape[1:] == OVERLAY.shape[1:]
    assert 0.01 < (band > 128).mean() < 0.5


@pytest.mark.parametrize("shape", [(64, 64), (71, 97), (2000, 65), (900, 2500)])
def test_capture_of_any_size_keeps_its_pixels(shape: tuple[int, int]) -> None:
    grey = np.tile(np.arange(shape[1], dtype=np.uint16) * 13, (shape[0], 1))
    radiograph = read_radiograph(build(grey))
    overlay = draw_overlay((grey % 256).astype(np.uint8))
    capture = parse(secondary_capture(report_on(radiograph), overlay, radiograph))
    assert np.array_equal(capture.pixel_array[: shape[0]], overlay)


def test_capture_has_new_uids_each_time() -> None:
    first, second = parse(capture_of(DICOM)), parse(capture_of(DICOM))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID"):
        assert first[keyword].value != second[keyword].value
        assert first[keyword].value not in (STUDY, SERIES, INSTANCE)


@pytest.mark.parametrize("make", [capture_of, document_of])
def test_no_identifier_is_written_by_default(make: Any) -> None:
    data = make(DICOM, reading=READING)
    assert not [text for text in IDENTIFYING if text in data]
    written = parse(data)
    assert written.PatientName == "Anonymous^"
    for keyword in ("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime"):
        assert written[keyword].value in ("", None)
    assert INSTANCE not in references_in(written)


def test_anonymous_captures_of_two_files_are_two_patients() -> None:
    other = make_dicom(PatientID="other")
    ids = {parse(capture_of(data)).PatientID for data in (DICOM, other)}
    assert len(ids) == 2


@pytest.mark.parametrize(
    ("stated", "burned_in", "removed"),
    [("NO", "NO", "YES"), ("YES", "YES", None), (None, "YES", None)],
)
def test_burned_in_text_is_excluded_only_where_the_file_does(
    stated: str | None, burned_in: str, removed: str | None
) -> None:
    capture = parse(capture_of(make_dicom(BurnedInAnnotation=stated)))
    assert capture.BurnedInAnnotation == burned_in
    assert capture.get("PatientIdentityRemoved") == removed


def test_burned_in_text_of_a_picture_is_not_excluded() -> None:
    assert parse(capture_of(make_png())).BurnedInAnnotation == "YES"


def test_capture_of_a_lossy_radiograph_says_so() -> None:
    lossy = build(GREY, syntax=JPEG_BASELINE)
    assert parse(capture_of(lossy)).LossyImageCompression == "01"
    assert "LossyImageCompression" not in parse(capture_of(DICOM))


def test_identifiers_are_kept_when_asked() -> None:
    capture = parse(capture_of(DICOM, keep=True))
    assert capture.PatientName == PATIENT
    assert capture.PatientID == "ID-4711"
    assert capture.StudyInstanceUID == STUDY
    assert (capture.StudyDate, capture.StudyTime) == ("20200229", "101112")
    assert capture.AccessionNumber == "ACC-1"
    assert capture.PatientIdentityRemoved == "NO"
    assert capture.SeriesInstanceUID != SERIES
    assert capture.SOPInstanceUID != INSTANCE


def test_kept_identifiers_refer_to_the_source_image() -> None:
    capture = parse(capture_of(DICOM, keep=True))
    (source,) = capture.SourceImageSequence
    assert source.ReferencedSOPClassUID.name == "Computed Radiography Image Storage"
    assert source.ReferencedSOPInstanceUID == INSTANCE
    assert capture.ReferencedSeriesSequence[0].SeriesInstanceUID == SERIES


@pytest.mark.parametrize(
    ("characters", "name"),
    [
        ("ISO_IR 100", "Größe^Zoë"),
        ("ISO_IR 192", "Yamada^Tarou=山田^太郎=やまだ^たろう"),
        ("ISO_IR 100", "Doe"),
        ("ISO_IR 100", ""),
    ],
)
def test_any_name_is_kept(characters: str, name: str) -> None:
    data = make_dicom(SpecificCharacterSet=characters, PatientName=name)
    assert parse(capture_of(data, keep=True)).PatientName == name
    assert parse(document_of(data, keep=True)).PatientName == name


def test_identifiers_of_a_picture_are_refused() -> None:
    with pytest.raises(ExportError, match="Only DICOM files carry identifiers"):
        capture_of(make_png(), keep=True)


def test_identifiers_of_another_file_are_refused() -> None:
    radiograph = read_radiograph(DICOM)
    other = make_dicom(PatientID="other")
    with pytest.raises(ExportError, match="Received: another file"):
        secondary_capture(
            report_on(radiograph), OVERLAY, radiograph, identifiers_from=other
        )


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("StudyInstanceUID", None),
        ("SeriesInstanceUID", None),
        ("StudyInstanceUID", "1.2.x"),
        ("StudyDate", "29 February"),
    ],
)
def test_invalid_identifiers_are_refused_and_not_repeated(
    keyword: str, value: str | None
) -> None:
    data = make_dicom(**{keyword: value})
    with pytest.raises(ExportError, match=f"a {keyword} that is absent") as error:
        capture_of(data, keep=True)
    assert value is None or value not in str(error.value)


def test_refused_radiograph_cannot_be_captured() -> None:
    radiograph = read_radiograph(DICOM)
    with pytest.raises(ExportError, match="Received: refused"):
        secondary_capture(
            make_refused(input_sha256=radiograph.sha256), OVERLAY, radiograph
        )


def test_radiograph_of_another_assessment_cannot_be_captured() -> None:
    with pytest.raises(ExportError, match="different files"):
        secondary_capture(make_report(), OVERLAY, read_radiograph(DICOM))


def test_heatmap_of_another_size_cannot_be_captured() -> None:
    radiograph = read_radiograph(DICOM)
    with pytest.raises(ExportError, match=r"Received: \(100, 213, 3\)"):
        secondary_capture(report_on(radiograph), OVERLAY[:100], radiograph)


# Structured Report


def test_document_is_a_preliminary_unverified_comprehensive_report() -> None:
    document = parse(document_of(DICOM))
    assert document.SOPClassUID.name == "Comprehensive SR Storage"
    assert document.PreliminaryFlag == "PRELIMINARY"
    assert document.VerificationFlag == "UNVERIFIED"
    assert document.ContentTemplateSequence[0].TemplateIdentifier == "1500"
    assert "research demonstration, not a medical device" in document.SeriesDescription


def test_document_holds_the_numbers_unrounded() -> None:
    document = parse(document_of(DICOM, score=0.1 + 0.2))
    assert numbers_of(document) == {
        "Model probability": 0.1 + 0.2,
        "Prevalence assumed": 0.74,
        "Threshold": 0.6125,
        "Sensitivity": 0.935,
        "Specificity": 0.978,
    }


def test_document_names_a_score_that_is_no_probability() -> None:
    document = parse(document_of(DICOM, calibrated=False))
    assert "Model score" in numbers_of(document)
    assert "Model probability" not in {*numbers_of(document), *texts_of(document)}


def test_document_states_flag_disclaimer_and_reader_in_words() -> None:
    texts = texts_of(parse(document_of(DICOM, reading=READING, prevalence=0.15)))
    assert texts["Disclaimer"] == f"{NOT_A_DEVICE} {LIMITS}"
    assert texts["Model flag"].startswith("Flagged. ")
    assert texts["Model probability"] == "0.23. At a prevalence of 15 %."
    assert "balanced operating point" in texts["Threshold"]
    assert texts["Threshold"].startswith("0.09, ")
    assert texts["Predictive values"].startswith("At a prevalence of 15 %: positive")
    assert "Disagrees with the model." in texts["Reader impression"]
    assert "Changed after the result was shown" in texts["Reader impression"]


def test_document_lists_the_warnings() -> None:
    warnings = (Notice("secondary_capture"), Notice("text_in_picture"))
    document = parse(document_of(DICOM, warnings=warnings))
    values = [item.get("TextValue") for item in document.ContentSequence]
    assert {sentence(warning) for warning in warnings} <= set(values)


def test_document_is_traced_to_weights_input_and_software() -> None:
    document = parse(document_of(DICOM))
    texts = texts_of(document)
    assert texts["Weights SHA-256"] == CARD["sha256"]
    assert texts["Input SHA-256"] == read_radiograph(DICOM).sha256
    values = [
        element.value
        for element in document.iterall()
        if element.keyword == "TextValue"
    ]
    assert "pneumonia, weights resnet" in values  # algorithm name
    assert __version__ in values  # algorithm version


def test_document_and_capture_are_one_study_and_refer_to_one_another() -> None:
    report = report_on(read_radiograph(DICOM))
    data = capture_of(DICOM)
    capture, document = parse(data), parse(structured_report(report, data))
    assert document.StudyInstanceUID == capture.StudyInstanceUID
    assert document.PatientID == capture.PatientID
    assert references_in(document) == {capture.SOPInstanceUID}


def test_document_refers_to_the_source_only_where_identifiers_are_kept() -> None:
    assert INSTANCE in references_in(parse(document_of(DICOM, keep=True)))
    assert INSTANCE not in references_in(parse(document_of(DICOM)))


def test_document_of_another_capture_is_refused() -> None:
    with pytest.raises(ExportError, match="the capture of another one"):
        structured_report(make_report(), capture_of(DICOM))


def test_document_of_a_refused_radiograph_is_refused() -> None:
    refused = make_refused(input_sha256=read_radiograph(DICOM).sha256)
    with pytest.raises(ExportError, match=r"Received: refused\."):
        structured_report(refused, capture_of(DICOM))


# What other programs say


def check(tool: str, data: bytes, tmp_path: Path) -> str:
    if shutil.which(tool) is None:
        pytest.skip(f"{tool} is not installed")
    path = tmp_path / "file.dcm"
    path.write_bytes(data)
    result = subprocess.run([tool, str(path)], capture_output=True, text=True)
    return f"{result.returncode}\n{result.stdout}{result.stderr}"


def capture_as_shown(**attributes: Any) -> Dataset:
    radiograph = read_radiograph(make_dicom(**attributes))
    overlay = draw_overlay(displayed(radiograph))
    return parse(secondary_capture(report_on(radiograph), overlay, radiograph))


def test_capture_has_square_pixels_of_the_size_in_the_patient() -> None:
    capture = capture_as_shown(PixelSpacing=[0.4, 0.2])
    assert list(capture.PixelSpacing) == [0.2, 0.2]
    assert capture.Columns == GREY.shape[1]
    assert capture.Rows > 2 * GREY.shape[0]  # and the band under the picture


@pytest.mark.parametrize(
    "stated",
    [{}, {"PixelAspectRatio": [2, 1]}, {"ImagerPixelSpacing": [0.4, 0.2]}],
    ids=["nothing", "aspect ratio", "at the detector"],
)
def test_capture_states_no_spacing_that_is_not_the_patients(
    stated: dict[str, Any],
) -> None:
    capture = capture_as_shown(**stated)
    assert "PixelSpacing" not in capture
    assert (capture.Rows > 2 * GREY.shape[0]) == bool(stated)


def test_heatmap_in_stored_pixels_that_are_not_square_is_refused() -> None:
    radiograph = read_radiograph(make_dicom(PixelSpacing=[0.4, 0.2]))
    with pytest.raises(ExportError, match="as it is shown"):
        secondary_capture(report_on(radiograph), OVERLAY, radiograph)


@pytest.mark.parametrize("keep", [False, True], ids=["anonymous", "identified"])
@pytest.mark.parametrize("make", [capture_of, document_of])
def test_dciodvfy_finds_no_error(make: Any, keep: bool, tmp_path: Path) -> None:
    warnings = (Notice("secondary_capture"),)
    data = make(DICOM, keep=keep, reading=READING, warnings=warnings)
    said = check("dciodvfy", data, tmp_path)
    kind = "SCImage" if make is capture_of else "ComprehensiveSR"
    assert kind in said.splitlines()
    assert "Error" not in said


def test_dciodvfy_finds_no_error_in_the_capture_of_a_picture(tmp_path: Path) -> None:
    said = check("dciodvfy", capture_of(make_png()), tmp_path)
    assert "SCImage" in said.splitlines()
    assert "Error" not in said


@pytest.mark.parametrize("keep", [False, True], ids=["anonymous", "identified"])
def test_dsrdump_reads_the_document(keep: bool, tmp_path: Path) -> None:
    said = check("dsrdump", document_of(DICOM, keep=keep), tmp_path)
    assert said.startswith("0\n")
    assert "Comprehensive SR Document" in said
    assert 'NUM:(,,"Model probability")="0.83"' in said
    assert "(SC image,)" in said
    assert ("(CR image,)" in said) is keep
    assert ("Doe^Jane" in said) is keep
    assert not [line for line in said.splitlines() if line.startswith("E: ")]


# The whole way


def test_real_assessment_is_exported(tmp_path: Path) -> None:
    from fixtures_models import publish_tiny

    from pneumonia.export.pdf import case_pdf
    from pneumonia.export.pdf_worklist import worklist_pdf
    from pneumonia.model.classifier import load_classifier
    from pneumonia.model.heatmap import draw_heatmap
    from pneumonia.reading.display import to_8_bit

    classifier = load_classifier(publish_tiny(tmp_path))
    radiograph = read_radiograph(DICOM)
    assessment = classifier.assess(radiograph)
    decided = partial(decide, card=classifier.card, operating_point="balanced")
    report = CaseReport(decided(assessment), READING)
    grey = to_8_bit(radiograph)
    colored = draw_heatmap(grey, classifier.saliency(assessment, GREY.shape))
    capture = secondary_capture(report, colored, radiograph)
    document = parse(structured_report(report, capture))
    assert numbers_of(document)["Model score"] == assessment.score
    assert case_pdf(report, grey=grey, overlay=colored).startswith(b"%PDF")
    refusal = CaseReport(decided(classifier.assess_file(b"no picture")))
    assert worklist_pdf([report, refusal]).startswith(b"%PDF")
