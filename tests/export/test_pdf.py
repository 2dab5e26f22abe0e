"""What is printed, read back with poppler's tools."""

import datetime
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_exports import (
    CARD,
    DAMAGE,
    INPUT_SHA256,
    REFUSAL,
    UNSURE_CARD,
    WEIGHTS_SHA256,
    draw_grey,
    draw_overlay,
    make_refused,
    make_report,
    make_unreadable,
)
from numpy.typing import NDArray
from PIL import Image

from pneumonia import __version__
from pneumonia.errors import ExportError
from pneumonia.export.case_summary import LIMITS, MAP_LEGEND, NOT_A_DEVICE
from pneumonia.export.impression import Reading, Region
from pneumonia.export.pdf import case_pdf
from pneumonia.export.pdf_layout import WIDTH, paragraph, write_pdf
from pneumonia.export.pdf_worklist import worklist_pdf
from pneumonia.language.speech import LANGUAGES, say, speaking, write_day
from pneumonia.model.focus import Focus
from pneumonia.reasons.cautions import UNSURE
from pneumonia.reasons.codes import Notice
from pneumonia.reasons.sentences import sentence

pytestmark = pytest.mark.skipif(
    shutil.which("pdftotext") is None, reason="poppler-utils is not installed"
)

DAY = datetime.date(2026, 2, 28)
GREY = draw_grey((400, 620))
OVERLAY = draw_overlay(GREY)
WARNINGS = (Notice("secondary_capture"), Notice("burned_in_annotation"))


def run(tool: str, *arguments: str, data: bytes) -> str:
    result = subprocess.run(
        [tool, *arguments], input=data, capture_output=True, check=True
    )
    return result.stdout.decode()


def read_words(data: bytes) -> str:
    """Return all text with single blanks."""
    return " ".join(run("pdftotext", "-layout", "-", "-", data=data).split())


def read_pages(data: bytes) -> list[str]:
    pages = run("pdftotext", "-layout", "-", "-", data=data).split("\f")[:-1]
    return [" ".join(page.split()) for page in pages]


def list_pictures(data: bytes, tmp_path: Path) -> list[dict[str, str]]:
    path = tmp_path / "page.pdf"
    path.write_bytes(data)
    header, _, *rows = run("pdfimages", "-list", str(path), data=b"").splitlines()
    # "object ID" are two columns under one name.
    names = header.replace("object ID", "object generation").split()
    return [dict(zip(names, row.split(), strict=True)) for row in rows]


# One case


def test_case_states_flag_probability_and_the_prevalence_it_assumes() -> None:
    words = read_words(case_pdf(make_report(), grey=GREY, overlay=OVERLAY))
    assert "● Flagged" in words
    assert "Model probability 0.83" in words
    assert "At a prevalence of 74 %." in words


def test_case_not_flagged_does_not_exclude_pneumonia() -> None:
    words = read_words(case_pdf(make_report(0.21), grey=GREY))
    assert "○ Not flagged" in words
    assert "This does not exclude pneumonia." in words


def test_score_that_is_not_calibrated_is_called_no_probability() -> None:
    words = read_words(
        case_pdf(make_report(calibrated=False, prevalence=0.15), grey=GREY)
    )
    assert "Model score 0.83" in words
    assert "not a calibrated probability" in words
    assert "Model probability" not in words
    assert "At a prevalence of 15 %." not in words


def test_case_states_threshold_sensitivity_and_specificity_with_intervals() -> None:
    words = read_words(case_pdf(make_report()))
    assert "0.61, balanced operating point (middle of" in words
    assert "Sensitivity 94 % (95 % interval 90 to 96 %)" in words
    assert "Specificity 98 % (95 % interval 94 to 100 %)" in words


def test_operating_point_without_figures_says_so() -> None:
    points = {"balanced": {"threshold": 0.6125}}
    report = make_report(card={**CARD, "operating_points": points}, prevalence=0.2)
    words = read_words(case_pdf(report))
    assert "Not measured at this operating point." in words
    assert "Sensitivity" not in words
    assert "redictive value" not in words


def test_prevalence_moves_probability_and_threshold_not_the_flag() -> None:
    words = read_words(case_pdf(make_report(prevalence=0.15)))
    # Odds of 0.83 / 0.17, times (0.15 / 0.85) / (0.74 / 0.26): 0.2323.
    assert "Model probability 0.23" in words
    assert "At a prevalence of 15 %." in words
    assert "Threshold 0.09, balanced" in words
    assert "At a prevalence of 15 %: positive 88 %, negative 99 %" in words
    assert "● Flagged" in words


def test_case_lists_every_warning() -> None:
    words = read_words(case_pdf(make_report(warnings=WARNINGS)))
    assert all(sentence(warning) in words for warning in WARNINGS)


def test_case_is_traced_to_weights_input_software_and_day() -> None:
    words = read_words(case_pdf(make_report(), exported=DAY))
    assert f"Weights SHA-256 {WEIGHTS_SHA256}" in words
    assert f"Input SHA-256 {INPUT_SHA256}" in words
    assert f"Software pneumonia {__version__}" in words
    assert "Exported 28 Feb 2026" in words


def test_case_carries_the_limits_of_the_demonstration() -> None:
    words = read_words(case_pdf(make_report()))
    assert NOT_A_DEVICE in words
    assert LIMITS in words


def test_case_without_a_reading_has_no_reader() -> None:
    assert "Reader" not in read_words(case_pdf(make_report()))


@pytest.mark.parametrize(
    ("impression", "sentence"),
    [
        ("pneumonia", "Agrees with the model."),
        ("normal", "Disagrees with the model."),
        ("unsure", "Neither agrees nor disagrees with the model."),
    ],
)
def test_case_states_impression_and_agreement(impression: Any, sentence: str) -> None:
    words = read_words(case_pdf(make_report(reading=Reading(impression, 12.4))))
    assert f"{impression.capitalize()}, recorded 12 s after" in words
    assert sentence in words


def test_changes_after_the_reveal_are_marked() -> None:
    reading = Reading(
        "normal",
        3,
        region=Region(10, 20, 30, 40),
        changed_after_reveal=("unsure", "pneumonia"),
        region_after_reveal=Region(50, 60, 70, 80),
    )
    words = read_words(case_pdf(make_report(reading=reading)))
    assert "Normal, recorded 3 s" in words
    assert "Marked columns 10 to 30, rows 20 to 40" in words
    assert "Changed after the result was shown: unsure, then pneumonia." in words
    assert "Marked after the result was shown: columns 50 to 70" in words


def read_original(data: bytes, tmp_path: Path) -> NDArray[np.uint8]:
    """Return the first picture of a page."""
    path = tmp_path / "page.pdf"
    path.write_bytes(data)
    run("pdfimages", "-png", str(path), str(tmp_path / "picture"), data=b"")
    with Image.open(tmp_path / "picture-000.png") as image:
        return np.asarray(image.convert("L"))


def test_marked_place_is_drawn_on_the_original(tmp_path: Path) -> None:
    reading = Reading("pneumonia", 3, region=Region(100, 150, 300, 350))
    black = np.zeros((400, 620), np.uint8)
    data = case_pdf(make_report(reading=reading), grey=black)
    levels = read_original(data, tmp_path)
    rows, columns = np.nonzero(levels > 60)
    assert (columns.min(), columns.max()) == pytest.approx((100, 300), abs=3)
    assert (rows.min(), rows.max()) == pytest.approx((150, 350), abs=3)
    assert levels[250, 200] < 20


def test_marked_place_is_drawn_where_the_picture_is_stretched(tmp_path: Path) -> None:
    reading = Reading("pneumonia", 3, region=Region(100, 75, 300, 175))
    stretched = np.zeros((400, 620), np.uint8)
    data = case_pdf(make_report(reading=reading), grey=stretched, marked_in=(200, 620))
    rows, columns = np.nonzero(read_original(data, tmp_path) > 60)
    assert (columns.min(), columns.max()) == pytest.approx((100, 300), abs=3)
    assert (rows.min(), rows.max()) == pytest.approx((150, 350), abs=3)


@pytest.mark.parametrize("make", [make_refused, make_unreadable])
def test_case_without_assessment_has_a_reason_and_no_number(make: Any) -> None:
    words = read_words(case_pdf(make()))
    assert (REFUSAL if make is make_refused else DAMAGE) in words
    assert "No number is given." in words
    for word in ("robability", "Threshold", "Accuracy", "Flagged"):
        assert word not in words


@pytest.mark.parametrize("shape", [(400, 620), (620, 400), (300, 900), (900, 200)])
def test_case_is_one_page_with_both_pictures_in_their_aspect_ratio(
    shape: tuple[int, int], tmp_path: Path
) -> None:
    grey = draw_grey(shape)
    reading = Reading("normal", 3, Region(1, 2, 30, 40), ("pneumonia",))
    report = make_report(warnings=5 * WARNINGS, reading=reading, prevalence=0.2)
    data = case_pdf(report, grey=grey, overlay=draw_overlay(grey))
    assert len(read_pages(data)) == 1
    original, overlay, _ = list_pictures(data, tmp_path)
    for picture in (original, overlay):
        assert (int(picture["width"]), int(picture["height"])) == shape[::-1]
        assert float(picture["x-ppi"]) == pytest.approx(
            float(picture["y-ppi"]), rel=0.02
        )
    assert original["x-ppi"] == overlay["x-ppi"]


def test_heatmap_has_its_legend() -> None:
    assert MAP_LEGEND in read_words(case_pdf(make_report(), grey=GREY, overlay=OVERLAY))


def test_heatmap_left_out_leaves_one_picture_and_no_legend(tmp_path: Path) -> None:
    data = case_pdf(make_report(), grey=GREY)
    assert len(list_pictures(data, tmp_path)) == 1
    assert "Grad-CAM" not in read_words(data)


def test_large_radiograph_makes_a_small_file() -> None:
    grey = draw_grey((2500, 3000))
    assert len(case_pdf(make_report(), grey=grey, overlay=draw_overlay(grey))) < 2**21


def test_heatmap_without_radiograph_is_refused() -> None:
    with pytest.raises(ExportError, match="Received: no radiograph"):
        case_pdf(make_report(), overlay=OVERLAY)


def test_heatmap_of_a_refused_radiograph_is_refused() -> None:
    with pytest.raises(ExportError, match="Received: refused"):
        case_pdf(make_refused(), grey=GREY, overlay=OVERLAY)


def test_any_character_is_printed() -> None:
    text = "damaged & <cut off>"
    assert text in read_words(
        write_pdf([paragraph(text)], title="A title", exported=None)
    )


def test_case_that_is_unsure_says_so_in_shape_word_and_reason() -> None:
    words = read_words(case_pdf(make_report(0.83, card=UNSURE_CARD)))
    assert "● Flagged ◐ unsure" in words
    assert UNSURE["near_cut_off"] in words
    assert "◐" not in read_words(case_pdf(make_report(0.95, card=UNSURE_CARD)))


def test_case_tells_where_the_models_attention_lies() -> None:
    report = make_report(focus=Focus(0.91, "right", "lower", 0.45))
    words = read_words(case_pdf(report))
    assert "strongest in the lower third of the patient's right lung" in words
    assert "91 % of the heatmap lies in the lungs. It is no finding." in words


# The worklist


def make_worklist(count: int) -> list[Any]:
    kinds = [
        make_report(0.83, reading=Reading("pneumonia", 4)),
        make_report(0.21, reading=Reading("pneumonia", 5)),
        make_refused(),
        make_unreadable(),
        make_report(0.5, warnings=WARNINGS, calibrated=False),
    ]
    return [kinds[index % len(kinds)] for index in range(count)]


def test_worklist_counts_what_it_lists() -> None:
    words = read_words(worklist_pdf(make_worklist(10)))
    assert "10 listed, 2 flagged, 4 not flagged, 2 refused, 2 unreadable" in words
    assert (
        "4 impressions recorded before the result was shown: 2 agree, 2 disagree, 0 "
        "undecided"
    ) in words


def test_worklist_counts_and_marks_what_is_unsure() -> None:
    reports = [make_report(score, card=UNSURE_CARD) for score in (0.95, 0.83, 0.5)]
    words = read_words(worklist_pdf(reports))
    assert "3 listed, 2 flagged, 1 not flagged, 2 of these unsure" in words
    assert words.count("◐ unsure") == 2


def test_worklist_names_operating_point_prevalence_and_weights() -> None:
    words = read_words(worklist_pdf(make_worklist(5), exported=DAY))
    assert "0.61, balanced operating point" in words
    assert "Sensitivity 94 % (95 % interval 90 to 96 %)" in words
    assert "At a prevalence of 74 %." in words
    assert WEIGHTS_SHA256 in words
    assert "Exported 28 Feb 2026" in words


def test_worklist_rows_state_result_reader_reason_and_input() -> None:
    words = read_words(worklist_pdf(make_worklist(5)))
    assert f"1 ● Flagged 0.83 pneumonia, agree {INPUT_SHA256[:16]}…" in words
    assert f"2 ○ Not flagged 0.21 pneumonia, disagree {INPUT_SHA256[:16]}…" in words
    assert "3 ! Refused Only frontal views" in words
    assert f"4 ! Unreadable {DAMAGE[:24]}" in words
    assert "0.50 (score)" in words


def test_long_worklist_repeats_disclaimer_and_header_and_numbers_its_pages() -> None:
    pages = read_pages(worklist_pdf(make_worklist(120)))
    assert len(pages) > 2
    for number, page in enumerate(pages, 1):
        assert NOT_A_DEVICE in page
        assert "No. Result Probability" in page
        assert f"Page {number} of {len(pages)}" in page
    assert "120 ○ Not flagged" in pages[-1]


def test_withheld_cases_are_counted_not_listed() -> None:
    words = read_words(worklist_pdf(make_worklist(1), withheld=7))
    assert "7: result not shown to the reader yet" in words
    assert "1 listed" in words


def test_worklist_of_nothing_is_refused() -> None:
    with pytest.raises(ExportError, match="Received: 0"):
        worklist_pdf([])


def test_worklist_of_two_operating_points_is_refused() -> None:
    points = {**CARD["operating_points"], "screening": {"threshold": 0.3}}
    card = {**CARD, "operating_points": points}
    other = make_report(card=card, operating_point="screening")
    with pytest.raises(ExportError, match="Received: 2"):
        worklist_pdf([make_report(), other])


def test_worklist_of_two_prevalences_is_refused() -> None:
    with pytest.raises(ExportError, match="one prevalence"):
        worklist_pdf([make_report(prevalence=0.1), make_report(prevalence=0.2)])


def test_worklist_says_where_scores_stand_that_are_no_probabilities() -> None:
    score = make_report(0.5, calibrated=False, prevalence=0.15)
    words = read_words(worklist_pdf([make_report(prevalence=0.15), score]))
    assert "the reference prevalence of the weights, 74 %" in words
    assert "there the threshold is 0.61" in words


def test_worklist_writes_the_threshold_with_the_digits_that_rows_need() -> None:
    words = read_words(worklist_pdf([make_report(0.83), make_report(0.6121)]))
    assert "0.6125, balanced" in words
    assert "Not flagged 0.6121" in words


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (
            "fr",
            ["● Signalée", "Probabilité du modèle", "pas un dispositif médical"],
        ),
        ("es", ["● Señalada", "Probabilidad del modelo", "dispositivo médico"]),
        ("pt", ["● Sinalizada", "Probabilidade do modelo", "dispositivo médico"]),
    ],
)
def test_case_and_worklist_are_in_the_language(
    language: str, expected: list[str]
) -> None:
    report = make_report(warnings=WARNINGS)
    with speaking(language):
        case = case_pdf(report, grey=GREY, overlay=OVERLAY, exported=DAY)
        listed = worklist_pdf([report, make_refused(), make_unreadable()])
        warning = sentence(WARNINGS[0])
        day = write_day(DAY)
    words = read_words(case)
    for text in [*expected, "0,83", warning, day]:
        assert text in words
    assert f"/Lang ({language})".encode() in case
    words = read_words(listed)
    assert expected[0] in words
    assert "Flagged" not in words
    assert "Received" not in words


@pytest.mark.parametrize("language", LANGUAGES)
def test_limits_fit_their_banner(language: str) -> None:
    with speaking(language):
        limits = paragraph(say(LIMITS), size=7)
    _, height = limits.wrap(WIDTH - 20, 100)
    assert height <= 3 * 7 * 1.4 + 0.1  # three lines
