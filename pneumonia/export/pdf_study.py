"""A reader study as a PDF: figures, accuracy and the curves in one plot."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

from reportlab.graphics.shapes import Drawing, Group, Line, PolyLine, Rect, String
from reportlab.platypus import Spacer, Table

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
from pneumonia.export.study import (
    Accuracy,
    StudyCase,
    compare_readers,
    report_study,
)
from pneumonia.export.study_summary import (
    ACCURACY_HEADER,
    INTERVALS,
    WAYS,
    accuracy_rows,
    readers_facts,
    study_facts,
)
from pneumonia.language.speech import N_, say, write_digits

_TITLE: Final = N_("Reader study of chest radiographs")
_SIDE: Final = 190.0  # of the plot, in points


def study_pdf(
    cases: Sequence[StudyCase],
    *,
    second: Sequence[StudyCase] = (),
    exported: datetime.date | None = None,
) -> bytes:
    """Report a study, and how a second reader agrees, on as many pages as it takes.

    Parameters
    ----------
    cases : sequence of StudyCase
        Of one reader, at least one.
    second : sequence of StudyCase
        Of a second reader.
    exported : date, optional
        Today by default.

    Returns
    -------
    bytes
    """
    readers = [(say("First reader"), cases), (say("Second reader"), second)]
    story = [paragraph(say(_TITLE), size=11), Spacer(0, GAP / 2)]
    if second:
        story += [facts(readers_facts(compare_readers(cases, second))), Spacer(0, GAP)]
    for name, read in readers if second else [("", cases)]:
        report = report_study(read)
        if name:
            story += [paragraph(name, size=10, bold=True), Spacer(0, GAP / 2)]
        story += [facts(study_facts(report, read)), Spacer(0, GAP)]
        if rows := accuracy_rows(report):
            story += [_table(rows), Spacer(0, GAP)]
        if any(found.corners for found in report.accuracy.values()):
            story += [_plot(report.accuracy), Spacer(0, GAP)]
    story.append(paragraph(say(INTERVALS), size=7, color=QUIET))
    return write_pdf(story, title=say(_TITLE), exported=exported)


def _table(rows: Sequence[Sequence[str]]) -> Table:
    cells = [[paragraph(say(name), size=7.5, color=QUIET) for name in ACCURACY_HEADER]]
    cells += [[paragraph(text, size=8) for text in row] for row in rows]
    first = 0.31 * WIDTH
    widths = [first, *[(WIDTH - first) / 3] * 3]
    return Table(
        cells,
        widths,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
        ],
    )


def _plot(accuracy: dict[str, Accuracy]) -> Drawing:
    """Draw the curves of reader and model in one plot."""
    left, bottom = 34.0, 30.0
    drawing = Drawing(WIDTH, _SIDE + bottom + 8)
    drawing.add(Rect(left, bottom, _SIDE, _SIDE, fillColor=None, strokeColor=RULE))
    drawing.add(Line(left, bottom, left + _SIDE, bottom + _SIDE, strokeColor=RULE))
    for share in (0.0, 0.5, 1.0):
        at = share * _SIDE
        drawing.add(
            _words(write_digits(f"{share:.1f}"), left + at, bottom - 10, "middle")
        )
        drawing.add(
            _words(write_digits(f"{share:.1f}"), left - 4, bottom + at - 3, "end")
        )
    drawing.add(_words(say("1 - specificity"), left + _SIDE / 2, 6, "middle"))
    turned = Group(_words(say("Sensitivity"), 0, 0, "middle"))
    turned.translate(8, bottom + _SIDE / 2)
    turned.rotate(90)
    drawing.add(turned)
    line = bottom + _SIDE - 8
    for name, color, dash in (("reader", AMBER, None), ("model", INK, [4, 2])):
        corners = accuracy[name].corners if name in accuracy else []
        if not corners:
            continue
        points = [
            value
            for x, y in corners
            for value in (left + x * _SIDE, bottom + y * _SIDE)
        ]
        style = {"strokeColor": color, "strokeWidth": 1.4, "strokeDashArray": dash}
        drawing.add(PolyLine(points, **style))
        start = left + _SIDE + 20
        drawing.add(Line(start, line + 3, start + 24, line + 3, **style))
        drawing.add(_words(say(WAYS[name]), start + 30, line, "start"))
        line -= 14
    return drawing


def _words(text: str, x: float, y: float, anchor: str) -> String:
    return String(
        x,
        y,
        text,
        fontSize=7.5,
        fontName="DejaVuSans",
        fillColor=QUIET,
        textAnchor=anchor,
    )
