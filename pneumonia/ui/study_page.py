"""The place Reader study: its settings, references, result and exports."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import streamlit as st

from pneumonia.errors import RecordsError
from pneumonia.export.study import (
    Accuracy,
    StudyCase,
    StudyReport,
    Truth,
    compare_readers,
    report_study,
)
from pneumonia.export.study_files import (
    label_of_path,
    match_labels,
    read_labels,
    read_study,
    study_to_csv,
)
from pneumonia.export.study_summary import (
    ACCURACY_HEADER,
    INTERVALS,
    WAYS,
    accuracy_rows,
    readers_facts,
    study_facts,
)
from pneumonia.language.speech import say
from pneumonia.ui import charts
from pneumonia.ui import study_texts as texts
from pneumonia.ui.downloads import offer_download
from pneumonia.ui.reader_study import Reader
from pneumonia.ui.shown_chart import tell_rows

# What was read from the files that were loaded, in the session's state: a file field
# forgets its file when another place is opened.
_LABELS: Final = "study_labels"
_SECOND: Final = "study_second"


def show(
    cases: Sequence[tuple[str, StudyCase]], *, total: int, waiting: int = 0
) -> None:
    """Draw the place.

    Parameters
    ----------
    cases : sequence of (str, StudyCase)
        Path or name of each radiograph that was read before its result was shown, and
        what was recorded, in the order of reading. References are added here.
    total : int
        How many radiographs there are to read.
    waiting : int
        How many of them wait for the reader's impression.
    """
    st.header(say(texts.TITLE), anchor=False)
    st.markdown(say(texts.WHAT))
    _show_settings()
    labelled = _with_references(cases)
    if not labelled:
        st.info(_what_next(total, waiting))
        return
    read = [case for _, case in labelled]
    st.subheader(say(texts.REPORT), anchor=False)
    st.progress(
        min(len(read) / max(total, 1), 1.0),
        say(texts.PROGRESS, read=len(read), total=total),
    )
    if len(read) < total:
        st.caption(say(texts.REPORT_WHAT))
    # After its heading: the first time, what it is computed with is imported.
    report = report_study(read)
    _show_facts(study_facts(report, read))
    _show_accuracy(report)
    second = _load_second(read)
    if not _show_curves(report, second):
        st.caption(say(INTERVALS))
    _show_exports(labelled, second)


def _show_settings() -> None:
    st.subheader(say(texts.SETTINGS), anchor=False)
    with st.container(horizontal=True, gap="medium"):
        for label, key, words in (
            (say(texts.FIRST), "reader_first", say(texts.FIRST_HELP)),
            (say(texts.SHUFFLE), "study_shuffle", say(texts.SHUFFLE_HELP)),
            (say(texts.HIDE), "study_hide_names", say(texts.HIDE_HELP)),
            (
                say(texts.CONFIDENCE_ASKED),
                "study_confidence",
                say(texts.CONFIDENCE_ASKED_HELP),
            ),
        ):
            st.toggle(label, key=key, help=words, persist_state="session")


def _what_next(total: int, waiting: int) -> str:
    """Say what is to be done before there is a result."""
    if not st.session_state.get("reader_first"):
        return say(texts.NOTHING_READ)
    if waiting:
        return say(texts.NOW_READ, count=waiting)
    return say(texts.ALL_SEEN if total else texts.NOW_DROP)


def _with_references(
    cases: Sequence[tuple[str, StudyCase]],
) -> list[tuple[str, StudyCase]]:
    """Take labels from a CSV, else from the names of folders."""
    st.subheader(say(texts.REFERENCES), anchor=False)
    st.caption(say(texts.REFERENCES_WHAT))
    labels: dict[str, Truth] | None = _loaded(
        _LABELS, say(texts.REFERENCES_UPLOAD), say(texts.REFERENCES_FORGET), read_labels
    )
    matched = match_labels(labels or {}, [path for path, _ in cases])
    labelled = [
        (path, replace(case, reference=matched.get(path) or label_of_path(path)))
        for path, case in cases
    ]
    known = sum(case.reference is not None for _, case in labelled)
    if labels or known:
        st.caption(say(texts.REFERENCES_KNOWN, known=known, total=len(labelled)))
    return labelled


def _loaded(
    key: str, label: str, forget: str, read: Callable[[bytes], Any]
) -> Any | None:
    """Load a table once, and keep what was read until it is forgotten."""
    if key in st.session_state:
        st.button(forget, key=f"{key}_forget", on_click=_forget, args=(key,))
        return st.session_state[key]
    file = st.file_uploader(label, key=f"{key}_file", max_upload_size=10)
    if file is None:
        return None
    try:
        found = read(file.getvalue())
    except RecordsError as error:
        st.warning(str(error), icon=":material/info:")
        return None
    st.session_state[key] = found
    st.rerun()


def _forget(key: str) -> None:
    st.session_state.pop(key, None)


def _load_second(read: Sequence[StudyCase]) -> list[StudyCase]:
    """Offer to load another reader's study, and show how the two agree."""
    st.subheader(say(texts.SECOND), anchor=False)
    st.caption(say(texts.SECOND_WHAT))
    second: list[StudyCase] = (
        _loaded(_SECOND, say(texts.SECOND_UPLOAD), say(texts.SECOND_FORGET), read_study)
        or []
    )
    if not second:
        return []
    references = {case.input_sha256: case.reference for case in read}
    second = [
        replace(case, reference=case.reference or references.get(case.input_sha256))
        for case in second
    ]
    found = compare_readers(read, second)
    if not found.shared:
        st.warning(say(texts.NONE_SHARED), icon=":material/info:")
        return []
    _show_facts(readers_facts(found))
    return second


def _show_facts(rows: Sequence[tuple[str, str]]) -> None:
    names, said = zip(*rows, strict=True)
    st.table(
        {"name": list(names), "said": list(said)}, hide_index=True, hide_header=True
    )


def _show_accuracy(report: StudyReport) -> None:
    rows = accuracy_rows(report)
    if rows:
        st.subheader(say(texts.ACCURACY), anchor=False)
        columns = zip(*rows, strict=True)
        table = dict(zip(map(say, ACCURACY_HEADER), map(list, columns), strict=True))
        st.table(table, hide_index=True)


def _show_curves(report: StudyReport, second: Sequence[StudyCase]) -> bool:
    """Draw reader, second reader and model in one plot, where there is one."""
    ways = {say(WAYS[name]): found for name, found in report.accuracy.items()}
    ways.pop(say(WAYS["unsure_as_pneumonia"]), None)
    if second and (found := report_study(second).accuracy.get("reader")):
        ways[say(texts.SECOND_READER)] = found
    curves = [
        {"series": name, "false_alarms": x, "sensitivity": y}
        for name, found in ways.items()
        for x, y in found.corners
    ]
    points = [point for name, found in ways.items() for point in _cross(name, found)]
    if not (curves or points):
        return False
    st.subheader(say(texts.CURVES), anchor=False)
    along, up = say(texts.FALSE_ALARMS), say(texts.SENSITIVITY)
    chart = charts.roc_chart(curves, points, x=along, y=up)
    # Half of a wide page: a curve stretched across it could not be read.
    drawn, told = st.columns(2, gap="large")
    drawn.altair_chart(chart, width="stretch", alt=say(texts.CURVES))
    with drawn:
        columns = {
            "series": say(ACCURACY_HEADER[0]),
            "false_alarms": along,
            "sensitivity": up,
        }
        tell_rows(say(texts.CURVES), points, columns)
    told.caption(say(texts.CURVES_WHAT))
    told.caption(say(INTERVALS))
    return True


def _cross(name: str, found: Accuracy) -> list[dict[str, Any]]:
    """Describe a point with its intervals, where both figures are defined."""
    sensitivity, specificity = found.sensitivity, found.specificity
    if sensitivity.value is None or specificity.value is None:
        return []
    return [
        {
            "series": name,
            "sensitivity": sensitivity.value,
            "sensitivity_low": sensitivity.low,
            "sensitivity_high": sensitivity.high,
            "false_alarms": 1 - specificity.value,
            "false_alarms_low": 1 - (specificity.high or 0),
            "false_alarms_high": 1 - (specificity.low or 0),
        }
    ]


def _show_exports(
    labelled: Sequence[tuple[str, StudyCase]], second: Sequence[StudyCase]
) -> None:
    st.subheader(say(texts.EXPORT), anchor=False)
    named = st.checkbox(
        say(texts.WITH_NAMES), help=say(texts.WITH_NAMES_HELP), key="study_named"
    )
    read = [case for _, case in labelled]
    files = [path for path, _ in labelled] if named else None

    reader = Reader.of_session()

    def as_csv() -> bytes:
        reader.note_export()
        return study_to_csv(read, files=files).encode()

    def as_pdf() -> bytes:
        from pneumonia.export.pdf_study import study_pdf

        return study_pdf(read, second=second)

    with st.container(horizontal=True):
        offer_download(
            say(texts.DOWNLOAD_CSV),
            as_csv,
            "study.csv",
            "text/csv",
            key="study_csv",
        )
        offer_download(
            say(texts.DOWNLOAD_PDF),
            as_pdf,
            "study.pdf",
            "application/pdf",
            key="study_pdf",
        )
