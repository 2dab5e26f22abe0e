"""The place Batch: counts, numbers, refusals, time, the list, and what can be saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import streamlit as st

from pneumonia.errors import RecordsError
from pneumonia.export.records import to_csv
from pneumonia.export.rounding import write_number, write_percent, write_threshold
from pneumonia.export.worklist_file import (
    SavedCase,
    WorklistCase,
    load_worklist,
    save_worklist,
    worklist_records,
)
from pneumonia.model.decision import Decision
from pneumonia.reasons.sentences import sentence
from pneumonia.ui import batch_texts as texts
from pneumonia.ui import charts
from pneumonia.ui.downloads import offer_download
from pneumonia.ui.reader_study import Reader
from pneumonia.ui.texts import UNSURE_MARK

_SAVED: Final = "batch_saved"
_BINS: Final = 20


@dataclass
class _Saved:
    """A loaded worklist, and which cases it was joined to."""

    cases: dict[str, SavedCase]
    joined: dict[str, str] = field(default_factory=dict)  # digests by identity


def join_saved(digests: Mapping[str, str]) -> dict[str, SavedCase]:
    """Return what a loaded worklist says of cases that it was not joined to yet.

    Call it in every run: files are read one after the other. Each case is given once,
    so that a later change of the clinician stands.

    Parameters
    ----------
    digests : mapping of str to str
        The SHA-256 of the file by the case's identity, of cases that were read.

    Returns
    -------
    dict of str to SavedCase
        By the case's identity.
    """
    saved: _Saved | None = st.session_state.get(_SAVED)
    if saved is None:
        return {}
    new = {
        identity: digest
        for identity, digest in digests.items()
        if digest in saved.cases and identity not in saved.joined
    }
    saved.joined |= new
    return {identity: saved.cases[digest] for identity, digest in new.items()}


def join_later(cases: dict[str, SavedCase]) -> None:
    """Take a saved worklist; its cases are joined as their files are read.

    Parameters
    ----------
    cases : dict of str to SavedCase
        By the SHA-256 of the file.
    """
    st.session_state[_SAVED] = _Saved(cases)


def unjoined() -> dict[str, SavedCase]:
    """Return what a saved worklist says of files that are not here yet, by SHA-256."""
    saved: _Saved | None = st.session_state.get(_SAVED)
    if saved is None:
        return {}
    joined = set(saved.joined.values())
    return {digest: it for digest, it in saved.cases.items() if digest not in joined}


def forget_saved() -> None:
    """Forget the saved worklist; what was joined stays."""
    st.session_state.pop(_SAVED, None)


def show(cases: Sequence[WorklistCase], *, elapsed: float | None = None) -> None:
    """Draw the place.

    Parameters
    ----------
    cases : sequence of WorklistCase
        In the order of the list, all of the same weights, operating point and
        prevalence.
    elapsed : float, optional
        Seconds that reading has taken so far.
    """
    st.header(texts.TITLE, anchor=False)
    if not cases:
        st.info(texts.EMPTY)
        _offer_load()
        return
    states = Counter(case.state for case in cases)
    _show_counts(cases, states)
    _show_time(len(cases), states["reading"], elapsed)
    _show_numbers([case.decision for case in cases if case.decision])
    _show_refusals(cases)
    _show_list(cases, states)
    _offer_exports(cases)
    _offer_load()


def _show_counts(cases: Sequence[WorklistCase], states: Counter[str]) -> None:
    counts = {texts.ALL: len(cases)}
    counts |= {words: states[key] for key, words in texts.STATES.items() if states[key]}
    if unsure := sum(bool(it.decision and it.decision.unsure) for it in cases):
        counts[texts.UNSURE] = unsure
    counts[texts.DONE] = sum(case.done for case in cases)
    with st.container(horizontal=True, gap="medium"):
        for words, count in counts.items():
            st.metric(words, count, width="content")


def _show_time(total: int, waiting: int, elapsed: float | None) -> None:
    read = total - waiting
    if waiting:
        words = texts.PROGRESS.format(read=read, total=total)
        if elapsed and read:
            left = _duration(elapsed / read * waiting)
            words = texts.TIME_LEFT.format(progress=words, left=left)
        st.progress(read / total, words)
    elif elapsed:
        st.caption(
            texts.TIME.format(
                read=read, elapsed=_duration(elapsed), each=elapsed / total
            )
        )


def _duration(seconds: float) -> str:
    if seconds < 90:
        return texts.SECONDS.format(count=max(round(seconds), 1))
    return texts.MINUTES.format(count=round(seconds / 60))


def _show_numbers(decisions: Sequence[Decision]) -> None:
    """Draw a histogram of probabilities, or of scores where none is calibrated."""
    known = [it for it in decisions if it.probability is not None]
    shown = [it for it in known if it.calibrated] or known
    if not shown:
        return
    st.subheader(texts.SCORES, anchor=False)
    first = shown[0]
    title = (
        texts.PROBABILITY.format(prevalence=write_percent(first.prevalence))
        if first.calibrated
        else texts.SCORE
    )
    chart = charts.histogram_chart(
        _bins(shown),
        x=title,
        y=texts.COUNT,
        threshold=first.threshold,
        named=texts.THRESHOLD.format(
            threshold=write_threshold(first), point=first.operating_point
        ),
    )
    words = texts.SCORES_WHAT.format(count=len(shown))
    if len(shown) < len(known):
        words += f" {texts.LEFT_OUT.format(count=len(known) - len(shown))}"
    st.altair_chart(chart, width="stretch", alt=f"{title}. {words}")
    st.caption(words)


def _bins(decisions: Sequence[Decision]) -> list[dict[str, Any]]:
    edges = np.linspace(0, 1, _BINS + 1)
    rows = []
    for state in ("not_flagged", "flagged"):
        numbers = [it.probability for it in decisions if it.state == state]
        counts, _ = np.histogram(np.array(numbers, float), edges)
        rows += [
            {
                "low": float(low),
                "high": float(high),
                "count": int(count),
                "series": texts.STATES[state],
            }
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
            if count
        ]
    return rows


def _show_refusals(cases: Sequence[WorklistCase]) -> None:
    reasons = Counter(
        case.decision.assessment.reason or texts.UNREADABLE
        for case in cases
        if case.decision and case.state in ("refused", "unreadable")
    )
    if not reasons:
        return
    st.subheader(texts.REFUSALS, anchor=False)
    counted = reasons.most_common()
    st.table(
        {
            texts.REASON: [reason.replace("_", " ") for reason, _ in counted],
            texts.COUNT: [count for _, count in counted],
        },
        hide_index=True,
    )


def _show_list(cases: Sequence[WorklistCase], states: Counter[str]) -> None:
    """Draw the table with a filter by state and by name."""
    st.subheader(texts.LIST, anchor=False)
    choosing, finding = st.columns(2)
    chosen = choosing.multiselect(
        texts.FILTER,
        [state for state in texts.STATES if states[state]],
        format_func=texts.STATES.__getitem__,
        key="batch_states",
    )
    wanted = finding.text_input(texts.FIND, key="batch_find").strip().casefold()
    shown = [
        case
        for case in cases
        if (not chosen or case.state in chosen) and wanted in case.name.casefold()
    ]
    if not shown:
        st.caption(texts.NOTHING_MATCHES)
        return
    columns: dict[str, list[Any]] = {
        texts.NUMBER: [case.number for case in shown],
        texts.STATE: [_state(case) for case in shown],
        texts.VALUE: [
            (case.decision and write_number(case.decision)) or "" for case in shown
        ],
        texts.FILE: [case.name for case in shown],
        texts.IMPRESSION: [
            case.reading.last_impression if case.reading else "" for case in shown
        ],
        texts.DONE_COLUMN: [texts.DONE_MARK if it.done else "" for it in shown],
        texts.NOTE: [_note(case.decision) for case in shown],
    }
    st.dataframe(
        {title: cells for title, cells in columns.items() if any(cells)},
        hide_index=True,
        column_config={
            texts.NUMBER: st.column_config.NumberColumn(width=50),
            texts.STATE: st.column_config.TextColumn(width=130),
            texts.VALUE: st.column_config.TextColumn(width=80),
            texts.DONE_COLUMN: st.column_config.TextColumn(width=60),
            texts.NOTE: st.column_config.TextColumn(width="large"),
        },
        alt=texts.LIST,
    )
    st.caption(texts.SHOWN.format(shown=len(shown), total=len(cases)))


def _state(case: WorklistCase) -> str:
    words = texts.STATES[case.state]
    unsure = case.decision is not None and case.decision.unsure
    return f"{words} {UNSURE_MARK}" if unsure else words


def _note(decision: Decision | None) -> str:
    if decision is None:
        return ""
    found = decision.assessment
    return " ".join(filter(None, [found.message, *map(sentence, found.warnings)]))


def _offer_exports(cases: Sequence[WorklistCase]) -> None:
    st.subheader(texts.EXPORT, anchor=False)
    st.markdown(texts.EXPORT_WHAT)
    names = st.checkbox(texts.WITH_NAMES, help=texts.WITH_NAMES_HELP, key="batch_named")
    reader = Reader.of_session()

    def as_csv() -> bytes:
        reader.note_export()
        return to_csv(worklist_records(cases, names=names)).encode()

    def as_json() -> bytes:
        reader.note_export()
        return save_worklist(cases, names=names).encode()

    with st.container(horizontal=True):
        offer_download(
            texts.DOWNLOAD_CSV,
            as_csv,
            "worklist.csv",
            "text/csv",
            key="batch_csv",
        )
        offer_download(
            texts.SAVE,
            as_json,
            "worklist.json",
            "application/json",
            key="batch_saved",
        )
    st.caption(texts.SAVE_WHAT)


def _offer_load() -> None:
    """Load a saved worklist, or say how far it is joined."""
    saved: _Saved | None = st.session_state.get(_SAVED)
    if saved is not None:
        joined = len(set(saved.joined.values()))
        words = texts.JOINED.format(joined=joined, total=len(saved.cases))
        if missing := len(saved.cases) - joined:
            words += f" {texts.MISSING.format(missing=missing)}"
        st.info(words, icon=":material/link:")
        st.button(texts.FORGET, on_click=forget_saved)
        return
    file = st.file_uploader(texts.LOAD, key="batch_load", max_upload_size=50)
    if file is None:
        return
    try:
        join_later(load_worklist(file.getvalue()))
    except RecordsError as error:
        st.warning(str(error), icon=":material/info:")
        return
    st.rerun()
