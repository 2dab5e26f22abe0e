"""One case as a PDF page.

    report = CaseReport(decide(assessment, card, operating_point="balanced"), reading)
    page = case_pdf(report, grey=grey, overlay=draw_heatmap(grey, strength))

A4, with the limits of the demonstration on every page.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from reportlab.platypus import Flowable, Spacer, Table

from pneumonia.errors import ExportError
from pneumonia.export.case_summary import MAP_LEGEND, CaseReport
from pneumonia.export.impression import Region
from pneumonia.export.pdf_layout import (
    AMBER,
    GAP,
    HEIGHT,
    INK,
    QUIET,
    WIDTH,
    columns,
    facts,
    paragraph,
    place,
    write_pdf,
)
from pneumonia.export.rounding import write_percent
from pneumonia.language.speech import N_, say
from pneumonia.model.heatmap import draw_heatmap

_CASE: Final = N_("Model assessment of a chest radiograph")
MARKS: Final = {"flagged": "●", "not_flagged": "○", "refused": "!", "unreadable": "!"}
UNSURE_MARK: Final = N_("◐ unsure")
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
    head = [paragraph(say(_CASE), size=11), Spacer(0, GAP / 2)]
    words = [_verdict(report), Spacer(0, GAP), facts(_facts(report))]
    pictures: list[Flowable] = []
    if grey is not None:
        # The words take what they need; the pictures shrink to what is left.
        taken = sum(part.wrap(WIDTH, HEIGHT)[1] for part in [*head, *words]) + GAP + 1
        counted = marked_in or grey.shape
        marks = _marks(report, grey.shape[1] / counted[1], grey.shape[0] / counted[0])
        shown = _pictures(grey, overlay, marks, HEIGHT - taken)
        pictures = [shown, Spacer(0, GAP)]
    return write_pdf([*head, *pictures, *words], title=say(_CASE), exported=exported)


def _verdict(report: CaseReport) -> Table:
    color = AMBER if report.state == "flagged" else INK
    mark = f"{MARKS[report.state]} {report.verdict}"
    if report.unsure_note:
        mark += f" {say(UNSURE_MARK)}"
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
    # First: an age or a margin changes what the numbers mean.
    if report.warnings:
        rows.append((say("Warnings"), "\n".join(report.warnings)))
    if report.unsure_note:
        rows.append((say("Unsure"), report.unsure_note))
    if report.number is not None:
        rows += operating_point_facts(report, [report])
    if report.attention:
        rows.append((say("Heatmap"), "\n".join(report.attention)))
    if report.reader_lines:
        rows.append((say("Reader"), "\n".join(report.reader_lines)))
    return [*rows, *report.provenance]


def operating_point_facts(
    report: CaseReport, listed: Sequence[CaseReport]
) -> list[tuple[str, str]]:
    """Describe the threshold of a case, and what was measured there.

    Parameters
    ----------
    report : CaseReport
    listed : sequence of CaseReport
        The cases whose numbers stand beside it: the threshold gets the digits that
        tell it from each of them.

    Returns
    -------
    list of (str, str)
        Names and what they mean, for `pneumonia.export.pdf_layout.facts`.
    """
    alike = [
        it for it in listed if it.decision.calibrated == report.decision.calibrated
    ]
    threshold = max((it.threshold for it in alike), key=len)
    rows = [
        (say("Threshold"), f"{threshold}, {report.threshold_note}"),
        (say("Accuracy"), "\n".join(report.accuracy)),
    ]
    scores = [it for it in listed if not it.decision.calibrated]
    if report.decision.calibrated and scores:
        rows.insert(1, (say("Rows marked (score)"), _describe_scores(scores)))
    if report.predictive_values:
        rows.append((say("Predictive values"), report.predictive_values))
    return rows


def _describe_scores(reports: Sequence[CaseReport]) -> str:
    """Say what numbers are that stand at another prevalence than the rest."""
    threshold = max((it.threshold for it in reports), key=len)
    reference = write_percent(reports[0].decision.reference_prevalence)
    return say(
        "Not a calibrated probability. The score assumes the reference prevalence of "
        "the weights, {reference}; there the threshold is {threshold}.",
        reference=reference,
        threshold=threshold,
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
    caption = say("Original")
    if marks:
        caption = say(
            "Original, with the reader's mark made before the result was shown"
        )
    box = (WIDTH if overlay is None else _HALF, min(height, _TALLEST))
    original = [
        _picture(Image.fromarray(grey), size, box, marks),
        Spacer(0, 3),
        paragraph(caption, size=7, color=QUIET),
    ]
    if overlay is None:
        return columns([original], [WIDTH])
    method = say("Grad-CAM, evidence for pneumonia.")
    legend = f"{method}\n{say(MAP_LEGEND)}"
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
        [paragraph(say("low"), size=6.5, color=QUIET)],
        [paragraph(say("high"), size=6.5, color=QUIET, alignment=2)],
    ]
    return columns([[bar, Spacer(0, 1), columns(ends, [_BAR[0] / 2] * 2)]], [_BAR[0]])
