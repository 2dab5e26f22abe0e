"""Files that a reader can download: of the open case and of the worklist.

Every file is made when its button is pressed, not when the page is drawn.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.errors import ExportError
from pneumonia.export.records import record_with_reading, to_csv, to_json
from pneumonia.export.secondary_capture import check_identifiers, secondary_capture
from pneumonia.language.speech import say
from pneumonia.model.heatmap import draw_heatmap
from pneumonia.reading.display import displayed
from pneumonia.ui import export_texts as texts
from pneumonia.ui.downloads import offer_download
from pneumonia.ui.reader_study import Reader

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pneumonia.export.case_summary import CaseReport
    from pneumonia.model.assessment import Assessment
    from pneumonia.reading.radiograph import Radiograph


@dataclass(frozen=True, eq=False)
class OpenCase:
    """The case whose pictures can be exported.

    Attributes
    ----------
    report : CaseReport
    radiograph : Radiograph or None
        None where the file could not be read.
    read : callable
        Gives the file's bytes.
    saliency : callable
        Takes a shape and gives the map for pneumonia over the whole radiograph, in
        [0, 1]; called only if it was assessed.
    mask : callable
        As `pneumonia.model.occlusion.mask_region`, of the classifier.
    """

    report: CaseReport
    radiograph: Radiograph | None
    read: Callable[[], bytes]
    saliency: Callable[[tuple[int, int]], NDArray[np.float32]]
    mask: Callable[[Radiograph, Assessment], Assessment]

    @property
    def explained(self) -> bool:
        """Whether there is a result with a map."""
        return self.radiograph is not None and self.report.assessment.has_map

    def checked(self) -> CaseReport:
        """Return the report, also of whether the score rests on the map."""
        if self.radiograph is None:
            return self.report
        found = self.mask(self.radiograph, self.report.assessment)
        decision = replace(self.report.decision, assessment=found)
        return replace(self.report, decision=decision)


def offer_export(
    find_reports: Callable[[], Sequence[CaseReport]],
    *,
    opened: OpenCase | None = None,
    withheld: Callable[[], int] = lambda: 0,
) -> None:
    """Offer files of the open case and of the worklist, without file names.

    Parameters
    ----------
    find_reports : callable
        Gives those of the cases whose result the reader has been shown, in the
        worklist's order.
    opened : OpenCase, optional
        Left out while its result has not been shown.
    withheld : callable
        Tells how many cases wait for the reader's impression.
    """
    offered = st.popover(
        say(texts.DOWNLOAD),
        icon=":material/download:",
        width="stretch",
        key="downloads_drawer",
        on_change="rerun",
    )
    # Its place is chosen by its size, so that it has one from the first; what stands in
    # it is built for who has opened it.
    with offered, st.container(key="exports", gap="small"):
        if not offered.open:
            return
        if opened is not None:
            _offer_case(opened)
        if reports := find_reports():
            _offer_worklist(reports, withheld())
        st.caption(say(texts.DOWNLOAD_NOTE))


def _offer_case(opened: OpenCase) -> None:
    st.markdown(f"**{say(texts.DOWNLOAD_CASE)}**")
    said = opened.radiograph.dicom if opened.radiograph else None
    if said and said.burned_in_annotation:
        st.warning(say(texts.BURNED_IN), icon=":material/visibility:")
    elif any(it.code == "text_in_picture" for it in opened.report.assessment.warnings):
        st.warning(say(texts.BURNED_IN_SEEN), icon=":material/visibility:")
    elif opened.radiograph and not (said and said.burned_in_annotation is False):
        st.caption(say(texts.BURNED_IN_UNKNOWN))
    name = f"case-{opened.report.assessment.input_sha256[:8]}"
    offer_download(
        say(texts.DOWNLOAD_PDF),
        lambda: case_as_pdf(opened),
        f"{name}.pdf",
        "application/pdf",
        key="case_pdf",
    )
    if not opened.explained:
        for line in opened.report.attention:
            st.caption(line)
        return
    keep = said is not None and st.checkbox(
        say(texts.KEEP_IDENTIFIERS),
        key="keep_identifiers",
        help=say(texts.KEEP_IDENTIFIERS_HELP),
    )
    if keep:
        # Told here, because a download that fails says nothing of the cause.
        try:
            check_identifiers(opened.read())
        except ExportError as error:
            st.warning(str(error), icon=":material/info:")
            return
    offer_download(
        say(texts.DOWNLOAD_DICOM)
        if said is None
        else say(texts.DOWNLOAD_DICOM_AND_REPORT),
        lambda: case_as_dicom(opened, keep_identifiers=keep),
        f"{name}.dcm" if said is None else f"{name}.zip",
        "application/dicom" if said is None else "application/zip",
        key="case_dicom",
    )


def _offer_worklist(reports: Sequence[CaseReport], withheld: int) -> None:
    st.markdown(f"**{say(texts.DOWNLOAD_WORKLIST, count=len(reports))}**")

    def as_pdf() -> bytes:
        from pneumonia.export.pdf_worklist import worklist_pdf

        return worklist_pdf(reports, withheld=withheld)

    reader = Reader.of_session()

    def rows() -> list[dict[str, object]]:
        reader.note_export()
        return [record_with_reading(it.decision, it.reading) for it in reports]

    files: list[tuple[str, Callable[[], bytes], str, str]] = [
        (say(texts.DOWNLOAD_CSV), lambda: to_csv(rows()).encode(), "csv", "text/csv"),
        (
            say(texts.DOWNLOAD_JSON),
            lambda: to_json(rows()).encode(),
            "json",
            "application/json",
        ),
        (say(texts.DOWNLOAD_LIST_PDF), as_pdf, "pdf", "application/pdf"),
    ]
    with st.container(horizontal=True, gap="small"):
        for label, make, suffix, mime in files:
            name = f"assessments.{suffix}"
            offer_download(label, make, name, mime, key=f"list_{suffix}")


def case_as_pdf(opened: OpenCase) -> bytes:
    """Make one page of a case, with its pictures where there are any.

    Parameters
    ----------
    opened : OpenCase

    Returns
    -------
    bytes
    """
    from pneumonia.export.pdf import case_pdf

    radiograph = opened.radiograph
    return case_pdf(
        opened.checked(),
        grey=None if radiograph is None else displayed(radiograph),
        overlay=draw_overlay(opened, radiograph)
        if opened.explained and radiograph
        else None,
        marked_in=None if radiograph is None else radiograph.pixels.shape,
    )


def case_as_dicom(opened: OpenCase, *, keep_identifiers: bool) -> bytes:
    """Make a Secondary Capture; for DICOM input, with the report that refers to it.

    Parameters
    ----------
    opened : OpenCase
        Of an assessed radiograph.
    keep_identifiers : bool
        Copy those of patient and study from the file.

    Returns
    -------
    bytes
        A DICOM file, or for DICOM input a ZIP archive of two.

    Raises
    ------
    ExportError
        If there is no heatmap or identifiers cannot be kept.
    """
    from pneumonia.export.structured_report import structured_report

    radiograph = opened.radiograph
    if radiograph is None or not opened.explained:
        raise ExportError(
            "Only an assessed radiograph has a heatmap to capture. Received: "
            f"{' '.join([opened.report.assessment.status, *opened.report.attention])}"
        )
    report = opened.checked()
    capture = secondary_capture(
        report,
        draw_overlay(opened, radiograph),
        radiograph,
        identifiers_from=opened.read() if keep_identifiers else None,
    )
    if radiograph.dicom is None:
        return capture
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("heatmap.dcm", capture)
        archive.writestr("report.dcm", structured_report(report, capture))
    return file.getvalue()


def draw_overlay(opened: OpenCase, radiograph: Radiograph) -> NDArray[np.uint8]:
    """Draw the radiograph under its heatmap."""
    grey = displayed(radiograph)
    return draw_heatmap(grey, opened.saliency((grey.shape[0], grey.shape[1])))
