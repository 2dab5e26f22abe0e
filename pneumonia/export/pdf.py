"""One case, or the whole worklist, on paper.

    report = CaseReport(decide(assessment, card, operating_point="balanced"), reading)
    page = case_pdf(report, grey=grey, overlay=draw_heatmap(grey, strength))

A4, with the limits of the demonstration on every page.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from reportlab.platypus import Flowable, Spacer, Table

from pneumonia.errors import ExportError
from pneumonia.export.case_summary import MAP_LEGEND, VERDICTS, CaseReport
from pneumonia.export.impression import Region
from pneumonia.export.pdf_layout import (
    AMBER,
    GAP,
    HEIGHT,
    INK,
    QUIET,
    RULE,
    WIDTH,
    columns,
    facts,
    paragraph,
    place,
    write_pdf,
)
from pneumonia.export.rounding import write_percent
from pneumonia.model.heatmap import draw_heatmap

_CASE: Final = "Model assessment of a chest radiograph"
_WORKLIST: Final = "Model assessments of chest radiographs"
_MARKS: Final = {"flagged": "●", "not_flagged": "○", "refused": "!", "unreadable": "!"}
# Half a page wide, this is about 300 pixels an inch.
_PICTURE_PIXELS: Final = 1024
_HALF: Final = (WIDTH - GAP) / 2
_TALLEST: Final = 340.0
_CAPTION: Final = 26.0
_BAR: Final = (52.0, 5.0)
_MARKED: Final = (122, 184, 255)  # The page's calm blue; it is seen on any grey.


def case_pdf(
    report: CaseReport,
    *,
    grey: NDArray[np.uint8] | None = None,
    overlay: NDArray[np.uint8] | None = None,
    marked_in: tuple[int, ...] | None = None,
    exported: datetime.date | None = None,
) -> bytes:
    """Describe one case on one page.

    Parameters
    ----------
    report : CaseReport
    grey : ndarray of uint8, shape (H, W), optional
        The radiograph as `pneumonia.reading.display.displayed` shows it.
    overlay : ndarray of uint8, shape (h, w, 3), optional
        The whole of `grey` under its Grad-CAM map for pneumonia, RGB. Left out, the
        radiograph stands alone.
    marked_in : tuple of int, optional
        Rows and columns of the radiograph whose pixels the reader's mark counts. By
        default those of `grey`.
    exported : date, optional
        Today by default.

    Returns
    -------
    bytes

    Raises
    ------
    ExportError
        If there is a heatmap without a radiograph or without an assessment.
    """
    if overlay is not None and (grey is None or report.number is None):
        raise ExportError(
            "A heatmap is exported beside the radiograph that it explains. Received: "
            f"{'no radiograph' if grey is None else report.assessment.status}."
        )
    head = [paragraph(_CASE, size=11), Spacer(0, GAP / 2)]
    words = [_verdict(report), Spacer(0, GAP), facts(_facts(report))]
    pictures: list[Flowable] = []
    if grey is not None:
        # The words take what they need; the pictures shrink to what is left.
        taken = sum(part.wrap(WIDTH, HEIGHT)[1] for part in [*head, *words]) + GAP + 1
        counted = marked_in or grey.shape
        marks = _marks(report, grey.shape[1] / counted[1], grey.shape[0] / counted[0])
        shown = _pictures(grey, overlay, marks, HEIGHT - taken)
        pictures = [shown, Spacer(0, GAP)]
    return write_pdf([*head, *pictures, *words], title=_CASE, exported=exported)


def worklist_pdf(
    reports: Sequence[CaseReport],
    *,
    withheld: int = 0,
    exported: datetime.date | None = None,
) -> bytes:
    """List cases on as many pages as it takes.

    Parameters
    ----------
    reports : sequence of CaseReport
        In the order of the worklist; of the same weights, operating point and
        prevalence.
    withheld : int
        How many more there are whose result the reader has not been shown: they are
        counted, not listed.
    exported : date, optional
        Today by default.

    Returns
    -------
    bytes

    Raises
    ------
    ExportError
        If there is no case, or if weights, operating points or prevalences differ.
    """
    kinds = {
        (
            report.assessment.weights_sha256,
            report.decision.operating_point,
            report.decision.wanted_prevalence,
        )
        for report in reports
    }
    if len(kinds) != 1:
        raise ExportError(
            "A worklist is exported with one set of weights, one operating point and "
            f"one prevalence. Received: {len(kinds)} combinations. Assess all "
            "radiographs again in the same way."
        )
    summary = [("Radiographs", _count_states(reports))]
    if withheld:
        summary.append(("Not listed", f"{withheld}, whose result was not shown yet"))
    if any(report.reading for report in reports):
        summary.append(("Reader", _count_readings(reports)))
    # Some may be of an age that the weights are not calibrated for.
    common = next((r for r in reports if r.decision.calibrated), reports[0])
    summary.append((common.number_name, common.number_note))
    summary += [*_operating_point(common, reports), *common.provenance[:-1]]
    head = [paragraph(_WORKLIST, size=11), Spacer(0, GAP / 2)]
    story = [*head, facts(summary), Spacer(0, GAP), _rows(reports)]
    return write_pdf(story, title=_WORKLIST, exported=exported)


def _verdict(report: CaseReport) -> Table:
    color = AMBER if report.state == "flagged" else INK
    mark = f"{_MARKS[report.state]} {report.verdict}"
    left = [
        paragraph(mark, size=17, color=color),
        Spacer(0, 4),
        paragraph(report.verdict_note, color=QUIET),
    ]
    if report.number is None:
        return columns([left], [WIDTH])
    right = [
        paragraph(f"{report.number_name} {report.number}", size=17),
        Spacer(0, 4),
        paragraph(report.number_note, color=QUIET),
    ]
    return columns([left, [], right], [_HALF, GAP, _HALF])


def _facts(report: CaseReport) -> list[tuple[str, str]]:
    rows: list[tuple[str, str]] = []
    if report.number is not None:
        rows += _operating_point(report, [report])
    if report.warnings:
        rows.append(("Warnings", "\n".join(report.warnings)))
    if report.reader_lines:
        rows.append(("Reader", "\n".join(report.reader_lines)))
    return [*rows, *report.provenance]


def _operating_point(
    report: CaseReport, listed: Sequence[CaseReport]
) -> list[tuple[str, str]]:
    """Describe the threshold, with the digits that the numbers listed need."""
    alike = [
        it for it in listed if it.decision.calibrated == report.decision.calibrated
    ]
    threshold = max((it.threshold for it in alike), key=len)
    rows = [
        ("Threshold", f"{threshold}, {report.threshold_note}"),
        ("Accuracy", "\n".join(report.accuracy)),
    ]
    scores = [it for it in listed if not it.decision.calibrated]
    if report.decision.calibrated and scores:
        rows.insert(1, ("Rows marked (score)", _describe_scores(scores)))
    if report.predictive_values:
        rows.append(("Predictive values", report.predictive_values))
    return rows


def _describe_scores(reports: Sequence[CaseReport]) -> str:
    """Say what numbers are that stand at another prevalence than the rest."""
    threshold = max((it.threshold for it in reports), key=len)
    reference = write_percent(reports[0].decision.reference_prevalence)
    return (
        "Not a calibrated probability: at the reference prevalence of the weights, "
        f"{reference}, where the threshold is {threshold}."
    )


def _marks(report: CaseReport, across: float, down: float) -> list[Region]:
    """Scale the reader's mark to the picture that is shown."""
    if not report.reading or not report.reading.region:
        return []
    left, top, right, bottom = report.reading.region
    return [Region(left * across, top * down, right * across, bottom * down)]


def _pictures(
    grey: NDArray[np.uint8],
    overlay: NDArray[np.uint8] | None,
    marks: Sequence[Region],
    height: float,
) -> Table:
    """Lay the radiograph and its map side by side, aspect ratio kept."""
    size = (grey.shape[1], grey.shape[0])
    height -= _CAPTION
    caption = "Original"
    if marks:
        caption += " with the place that the reader marked before the result"
    box = (WIDTH if overlay is None else _HALF, min(height, _TALLEST))
    original = [
        _picture(Image.fromarray(grey), size, box, marks),
        Spacer(0, 3),
        paragraph(caption, size=7, color=QUIET),
    ]
    if overlay is None:
        return columns([original], [WIDTH])
    legend = f"Grad-CAM, evidence for pneumonia.\n{MAP_LEGEND}"
    explained = [
        _picture(Image.fromarray(overlay), size, box),
        Spacer(0, 3),
        columns(
            [[paragraph(legend, size=7, color=QUIET)], [_color_bar()]],
            [_HALF - _BAR[0], _BAR[0]],
        ),
    ]
    return columns([original, [], explained], [_HALF, GAP, _HALF])


def _picture(
    image: Image.Image,
    size: tuple[int, int],
    box: tuple[float, float],
    regions: Sequence[Region] = (),
) -> Flowable:
    """Fit a picture of a radiograph of `size` pixels into a box of points."""
    scale = min(1, _PICTURE_PIXELS / max(size))
    small = image.resize(
        (max(1, round(size[0] * scale)), max(1, round(size[1] * scale))),
        Image.Resampling.LANCZOS,
        reducing_gap=2,
    )
    if regions:
        small = small.convert("RGB")
        for region in regions:
            corners = [edge * scale for edge in region]
            ImageDraw.Draw(small).rectangle(corners, outline=_MARKED, width=3)
    shrink = min(box[0] / size[0], box[1] / size[1])
    return place(small, size[0] * shrink, size[1] * shrink)


def _color_bar() -> Table:
    ramp = np.linspace(0, 1, 256, dtype=np.float32)[np.newaxis]
    colors = draw_heatmap(np.zeros((1, 256), np.uint8), ramp, opacity=1)
    bar = place(Image.fromarray(colors), *_BAR)
    ends = [
        [paragraph("low", size=6.5, color=QUIET)],
        [paragraph("high", size=6.5, color=QUIET, alignment=2)],
    ]
    return columns([[bar, Spacer(0, 1), columns(ends, [_BAR[0] / 2] * 2)]], [_BAR[0]])


def _count_states(reports: Sequence[CaseReport]) -> str:
    counts = Counter(report.state for report in reports)
    words = [
        f"{counts[state]} {verdict.lower()}"
        for state, verdict in VERDICTS.items()
        if counts[state]
    ]
    return ", ".join([f"{len(reports)} listed", *words])


def _count_readings(reports: Sequence[CaseReport]) -> str:
    agreements = Counter(
        report.reading.agreement(report.decision)
        for report in reports
        if report.reading
    )
    return (
        f"{agreements.total()} impressions before the result: "
        f"{agreements['agree']} agree, {agreements['disagree']} disagree, "
        f"{agreements['undecided']} undecided"
    )


def _rows(reports: Sequence[CaseReport]) -> Table:
    """Draw the table; its header is repeated on every page."""
    header = [
        "No.",
        "Result",
        "Probability",
        "Reader",
        "Reason, warnings",
        "Input SHA-256",
    ]
    cells: list[list[Any]] = [
        [paragraph(name, size=7.5, color=QUIET) for name in header]
    ]
    for index, report in enumerate(reports, 1):
        found = report.assessment
        number = report.number or ""
        if number and not report.decision.calibrated:
            number += " (score)"
        read = ""
        if report.reading:
            agreement = report.reading.agreement(report.decision)
            read = f"{report.reading.impression}, {agreement}"
        notes = " ".join(filter(None, [found.message, *report.warnings]))
        color = AMBER if report.state == "flagged" else INK
        cells.append(
            [
                paragraph(str(index), size=7.5, color=QUIET),
                paragraph(
                    f"{_MARKS[report.state]} {report.verdict}", size=7.5, color=color
                ),
                paragraph(number, size=7.5),
                paragraph(read, size=7.5),
                paragraph(notes, size=7),
                paragraph(f"{found.input_sha256[:16]}…", size=7, color=QUIET),
            ]
        )
    widths = [24.0, 72.0, 62.0, 90.0, 0.0, 88.0]
    widths[4] = WIDTH - sum(widths)
    return Table(
        cells,
        widths,
        repeatRows=1,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("LEFTPADDING", (1, 0), (-1, -1), 3),
            ("RIGHTPADDING", (0, 0), (-1, -1), 3),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
        ],
    )
