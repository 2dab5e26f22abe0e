"""The whole worklist as a PDF."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from reportlab.platypus import Spacer, Table

from pneumonia.errors import ExportError
from pneumonia.export.case_summary import CaseReport
from pneumonia.export.pdf import MARKS, UNSURE_MARK, operating_point_facts
from pneumonia.export.pdf_layout import (
    AMBER,
    GAP,
    INK,
    QUIET,
    RULE,
    WIDTH,
    facts,
    paragraph,
    write_pdf,
)
from pneumonia.export.rounding import write_percent
from pneumonia.language.speech import N_, say

if TYPE_CHECKING:
    from pneumonia.model.decision import State

_WORKLIST: Final = N_("Model assessments of chest radiographs")
# How many there are of each; a word that stands alone would not agree with a number.
_COUNTED: Final[dict[State, str]] = {
    "flagged": N_("{count} flagged"),
    "not_flagged": N_("{count} not flagged"),
    "refused": N_("{count} refused"),
    "unreadable": N_("{count} unreadable"),
}
_AGREEMENTS: Final = {
    "agree": N_("agree"),
    "disagree": N_("disagree"),
    "undecided": N_("undecided"),
}


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
            say(
                "A worklist is exported with one set of weights, one operating point "
                "and one prevalence. Received: {count} combinations. Assess all "
                "radiographs again in the same way.",
                count=len(kinds),
            )
        )
    summary = [(say("Radiographs"), _count_states(reports))]
    if withheld:
        summary.append(
            (
                say("Not listed"),
                say("{count}: result not shown to the reader yet", count=withheld),
            )
        )
    if any(report.reading for report in reports):
        summary.append((say("Reader"), _count_readings(reports)))
    # Some may be of an age that the weights are not calibrated for.
    common = next((r for r in reports if r.decision.calibrated), reports[0])
    summary.append((common.number_name, common.number_note))
    summary += [*operating_point_facts(common, reports), *common.provenance[:-1]]
    head = [paragraph(say(_WORKLIST), size=11), Spacer(0, GAP / 2)]
    story = [*head, facts(summary), Spacer(0, GAP), _rows(reports, common)]
    return write_pdf(story, title=say(_WORKLIST), exported=exported)


def _count_states(reports: Sequence[CaseReport]) -> str:
    counts = Counter(report.state for report in reports)
    words = [
        say(counted, count=counts[state])
        for state, counted in _COUNTED.items()
        if counts[state]
    ]
    if unsure := sum(report.unsure_note is not None for report in reports):
        words.append(say("{count} of these unsure", count=unsure))
    return ", ".join([say("{count} listed", count=len(reports)), *words])


def _count_readings(reports: Sequence[CaseReport]) -> str:
    agreements = Counter(
        report.reading.agreement(report.decision)
        for report in reports
        if report.reading
    )
    return say(
        "{total} impressions recorded before the result was shown: {agree} agree, "
        "{disagree} disagree, {undecided} undecided",
        total=agreements.total(),
        agree=agreements["agree"],
        disagree=agreements["disagree"],
        undecided=agreements["undecided"],
    )


def _rows(reports: Sequence[CaseReport], common: CaseReport) -> Table:
    """Draw the table; its header is repeated on every page."""
    prevalence = write_percent(common.decision.prevalence)
    number = (
        say("Probability at {prevalence}", prevalence=prevalence)
        if common.decision.calibrated
        else say("Score at {prevalence}", prevalence=prevalence)
    )
    header = [say("No."), say("Result"), number, say("Reader")]
    header += [say("Reason, warnings"), say("Input SHA-256")]
    cells: list[list[Any]] = [
        [paragraph(name, size=7.5, color=QUIET) for name in header]
    ]
    for index, report in enumerate(reports, 1):
        found = report.assessment
        number = report.number or ""
        if number and not report.decision.calibrated:
            number = say("{number} (score)", number=number)
        read = ""
        if report.reading:
            agreement = report.reading.agreement(report.decision)
            read = f"{say(report.reading.impression)}, {say(_AGREEMENTS[agreement])}"
        notes = " ".join(filter(None, [found.message, *report.warnings]))
        result = f"{MARKS[report.state]} {report.verdict}"
        if report.unsure_note:
            result += f"\n{say(UNSURE_MARK)}"
        color = AMBER if report.state == "flagged" else INK
        cells.append(
            [
                paragraph(str(index), size=7.5, color=QUIET),
                paragraph(result, size=7.5, color=color),
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
