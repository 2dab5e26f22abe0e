"""The layout of every PDF: A4, font, banner, page numbers, tables."""

from __future__ import annotations

import datetime
import functools
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from PIL import Image
from reportlab.lib.colors import Color, HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    PageTemplate,
    Paragraph,
    Table,
)
from reportlab.platypus import Image as Picture

from pneumonia import __version__
from pneumonia.export.case_summary import LIMITS, NOT_A_DEVICE
from pneumonia.language.speech import say, spoken, write_day

# Lengths are in points, 1/72 inch.
_MARGIN, _BANNER, _FOOTER = 48.0, 46.0, 44.0
WIDTH: Final = A4[0] - 2 * _MARGIN
HEIGHT: Final = A4[1] - _MARGIN - _BANNER - 2 - _FOOTER
GAP: Final = 14.0
_LABELS: Final = 108.0

INK, QUIET, RULE = HexColor("#1c2127"), HexColor("#59636e"), HexColor("#d4dae0")
AMBER, _PAPER = HexColor("#9a5b0f"), HexColor("#f1f4f7")


def paragraph(
    text: str,
    *,
    size: float = 8.5,
    bold: bool = False,
    color: Color = INK,
    alignment: int = 0,
) -> Paragraph:
    """Set plain text, with any character in it, as a paragraph.

    Parameters
    ----------
    text : str
        Lines are broken at line ends, too.
    size : float
        In points.
    bold : bool
    color : HexColor
    alignment : {0, 1, 2}
        Left, centre, right.

    Returns
    -------
    Paragraph
    """
    style = ParagraphStyle(
        "plain",
        fontName=_font(bold),
        fontSize=size,
        leading=size * 1.4,
        textColor=color,
        alignment=alignment,
        splitLongWords=1,
    )
    return Paragraph(html.escape(text, quote=False).replace("\n", "<br/>"), style)


def facts(rows: Sequence[tuple[str, str]]) -> Table:
    """Lay names and what they mean side by side, with a line between any two.

    Parameters
    ----------
    rows : sequence of (str, str)

    Returns
    -------
    Table
    """
    cells = [[paragraph(name, color=QUIET), paragraph(text)] for name, text in rows]
    return Table(
        cells,
        [_LABELS, WIDTH - _LABELS],
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (0, -1), 0),
            ("RIGHTPADDING", (-1, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 3.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 4.5),
            ("LINEABOVE", (0, 0), (-1, -1), 0.5, RULE),
        ],
    )


def columns(cells: Sequence[Sequence[Flowable]], widths: Sequence[float]) -> Table:
    """Lay flowables out side by side without lines or padding.

    Parameters
    ----------
    cells : sequence of sequences of Flowable
        One for each column, from the top.
    widths : sequence of float
        In points.

    Returns
    -------
    Table
    """
    return Table(
        [list(cells)],
        list(widths),
        hAlign="LEFT",
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 0),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
        ],
    )


def place(image: Image.Image, width: float, height: float) -> Flowable:
    """Give a grey or RGB picture its size on paper.

    Parameters
    ----------
    image : PIL.Image.Image
    width, height : float
        In points.

    Returns
    -------
    Flowable
    """
    file = io.BytesIO()
    # Reportlab takes JPEG as it is; at this quality the loss cannot be seen.
    image.save(file, "JPEG", quality=95, subsampling=0)
    return Picture(file, width, height, hAlign="LEFT")


def write_pdf(
    story: Sequence[Flowable], *, title: str, exported: datetime.date | None
) -> bytes:
    """Print flowables on as many pages as they take.

    Parameters
    ----------
    story : sequence of Flowable
    title : str
        At the foot of the pages.
    exported : date or None
        Today if None.

    Returns
    -------
    bytes
    """
    exported_on = say(
        "Exported {day}", day=write_day(exported or datetime.date.today())
    )
    footer = f"{exported_on} · pneumonia {__version__}"

    def draw_surroundings(canvas: Canvas, _: BaseDocTemplate) -> None:
        top = A4[1] - _MARGIN
        canvas.setFillColor(_PAPER)
        # Room below the third line, which other languages than English have.
        canvas.roundRect(_MARGIN, top - _BANNER + 10, WIDTH, _BANNER + 4, 4, 0, 1)
        head = paragraph(say(NOT_A_DEVICE), size=8.5, bold=True)
        head.wrapOn(canvas, WIDTH - 20, _BANNER)
        head.drawOn(canvas, _MARGIN + 10, top - 3)
        limits = paragraph(say(LIMITS), size=7, color=QUIET)
        _, height = limits.wrapOn(canvas, WIDTH - 20, _BANNER)
        limits.drawOn(canvas, _MARGIN + 10, top - 4 - height)
        canvas.setFillColor(QUIET)
        canvas.setFont(_font(False), 7)
        canvas.drawString(_MARGIN, _FOOTER - 14, f"{title} · {footer}")

    file = io.BytesIO()
    document = BaseDocTemplate(
        file,
        pagesize=A4,
        title=title,
        author=f"pneumonia {__version__}",
        subject=say(NOT_A_DEVICE),
        lang=spoken(),
    )
    frame = Frame(_MARGIN, _FOOTER, WIDTH, HEIGHT, 0, 0, 0, 0)
    document.addPageTemplates(PageTemplate(frames=[frame], onPage=draw_surroundings))
    document.build(list(story), canvasmaker=_NumberedCanvas)
    return file.getvalue()


class _NumberedCanvas(Canvas):  # type: ignore[misc]
    """Holds the pages back until their number is known."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._pages: list[dict[str, Any]] = []

    def showPage(self) -> None:
        """Keep a page."""
        self._pages.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        """Write the pages with their numbers."""
        for number, page in enumerate(self._pages, 1):
            self.__dict__.update(page)
            self.setFillColor(QUIET)
            self.setFont(_font(False), 7)
            place = say(
                "Page {number} of {total}", number=number, total=len(self._pages)
            )
            self.drawRightString(_MARGIN + WIDTH, _FOOTER - 14, place)
            super().showPage()
        super().save()


@functools.cache
def _font(bold: bool) -> str:
    """Register the font that comes with Matplotlib, which knows most alphabets."""
    import matplotlib

    name = "DejaVuSans-Bold" if bold else "DejaVuSans"
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / f"{name}.ttf"
    pdfmetrics.registerFont(TTFont(name, str(path)))
    return name
