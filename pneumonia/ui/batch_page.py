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
from pneumonia.language.speech import naming, say
from pneumonia.model.decision import Decision
from pneumonia.reasons.sentences import name_reason, sentence
from pneumonia.ui import batch_texts as texts
from pneumonia.ui import shown_chart
from pneumonia.ui.choices import keep_choices
from pneumonia.ui.downloads import offer_download
from pneumonia.ui.reader_study import Reader
from pneumonia.ui.texts import UNSURE_MARK
from pneumonia.ui.time_left import write_duration, write_time_left

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
    st.header(say(texts.TITLE), anchor=False)
    if not cases:
        st.info(say(texts.EMPTY))
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
    counts = {say(texts.ALL): len(cases)}
    counts |= {
        say(words): states[key] for key, words in texts.STATES.items() if states[key]
    }
    if unsure := sum(bool(it.decision and it.decision.unsure) for it in cases):
        counts[say(texts.UNSURE)] = unsure
    counts[say(texts.DONE)] = sum(case.done for case in cases)
    with st.container(horizontal=True, gap="medium"):
        for words, count in counts.items():
            st.metric(words, count, width="content")


def _show_time(total: int, waiting: int, elapsed: float | None) -> None:
    read = total - waiting
    if waiting:
        words = say(texts.PROGRESS, read=read, total=total)
        left = write_time_left(read, total, elapsed)
        st.progress(read / total, f"{words} · {left}" if left else words)
    elif elapsed:
        st.caption(
            say(
                texts.TIME,
                read=read,
                elapsed=write_duration(elapsed),
                each=elapsed / total,
            )
        )


def _show_numbers(decisions: Sequence[Decision]) -> None:
    """Draw a histogram of probabilities, or of scores where none is calibrated."""
    known = [it for it in decisions if it.probability is not None]
    shown = [it for it in known if it.calibrated] or known
    if not shown:
        return
    st.subheader(say(texts.SCORES), anchor=False)
    first = shown[0]
    title = (
        say(texts.PROBABILITY, prevalence=write_percent(first.prevalence))
        if first.calibrated
        else say(texts.SCORE)
    )
    from pneumonia.ui import charts  # with Altair, 30 MB

    bins = _bins(shown)
    chart = charts.histogram_chart(
        bins,
        x=title,
        y=say(texts.COUNT),
        threshold=first.threshold,
        named=say(
            texts.THRESHOLD,
            threshold=write_threshold(first),
            point=say(first.operating_point),
        ),
    )
    words = say(texts.SCORES_WHAT, count=len(shown))
    if len(shown) < len(known):
        words += f" {say(texts.LEFT_OUT, count=len(known) - len(shown))}"
    st.altair_chart(chart, width="stretch", alt=title)
    columns = {"low": title, "series": say(texts.STATE), "count": say(texts.COUNT)}
    shown_chart.tell_rows(title, bins, columns)
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
                "series": say(texts.STATES[state]),
            }
            for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
            if count
        ]
    return rows


def _show_refusals(cases: Sequence[WorklistCase]) -> None:
    reasons = Counter(
        case.decision.assessment.reason or "unreadable"
        for case in cases
        if case.decision and case.state in ("refused", "unreadable")
    )
    if not reasons:
        return
    st.subheader(say(texts.REFUSALS), anchor=False)
    counted = reasons.most_common()
    st.table(
        {
            say(texts.REASON): [name_reason(reason) for reason, _ in counted],
            say(texts.COUNT): [count for _, count in counted],
        },
        hide_index=True,
    )


def _show_list(cases: Sequence[WorklistCase], states: Counter[str]) -> None:
    """Draw the table with a filter by state and by name."""
    st.subheader(say(texts.LIST), anchor=False)
    choosing, finding = st.columns(2)
    there = [state for state in texts.STATES if states[state]]
    chosen = choosing.multiselect(
        say(texts.FILTER),
        there,
        format_func=naming(texts.STATES),
        placeholder=say(texts.FILTER_CHOOSE),
        **keep_choices("batch_states", there),
    )
    wanted = finding.text_input(say(texts.FIND), key="batch_find").strip().casefold()
    shown = [
        case
        for case in cases
        if (not chosen or case.state in chosen) and wanted in case.name.casefold()
    ]
    if not shown:
        st.caption(say(texts.NOTHING_MATCHES))
        return
    columns: dict[str, list[Any]] = {
        say(texts.NUMBER): [case.number for case in shown],
        say(texts.STATE): [_state(case) for case in shown],
        say(texts.VALUE): [
            (case.decision and write_number(case.decision)) or "" for case in shown
        ],
        say(texts.FILE): [case.name for case in shown],
        say(texts.IMPRESSION): [
            say(case.reading.last_impression) if case.reading else "" for case in shown
        ],
        say(texts.DONE_COLUMN): [texts.DONE_MARK if it.done else "" for it in shown],
        say(texts.NOTE): [_note(case.decision) for case in shown],
    }
    st.dataframe(
        {title: cells for title, cells in columns.items() if any(cells)},
        hide_index=True,
        column_config={
            say(texts.NUMBER): st.column_config.NumberColumn(width=50),
            say(texts.STATE): st.column_config.TextColumn(width=130),
            say(texts.VALUE): st.column_config.TextColumn(width=150),
            say(texts.DONE_COLUMN): st.column_config.TextColumn(width=60),
            say(texts.NOTE): st.column_config.TextColumn(width="large"),
        },
        alt=say(texts.LIST),
    )
    st.caption(say(texts.SHOWN, shown=len(shown), total=len(cases)))


def _state(case: WorklistCase) -> str:
    words = say(texts.STATES[case.state])
    unsure = case.decision is not None and case.decision.unsure
    return f"{words} {say(UNSURE_MARK)}" if unsure else words


def _note(decision: Decision | None) -> str:
    if decision is None:
        return ""
    found = decision.assessment
    return " ".join(filter(None, [found.message, *map(sentence, found.warnings)]))


def _offer_exports(cases: Sequence[WorklistCase]) -> None:
    st.subheader(say(texts.EXPORT), anchor=False)
    st.markdown(say(texts.EXPORT_WHAT))
    names = st.checkbox(
        say(texts.WITH_NAMES), help=say(texts.WITH_NAMES_HELP), key="batch_named"
    )
    reader = Reader.of_session()

    def as_csv() -> bytes:
        reader.note_export()
        return to_csv(worklist_records(cases, names=names)).encode()

    def as_json() -> bytes:
        reader.note_export()
        return save_worklist(cases, names=names).encode()

    with st.container(horizontal=True):
        offer_download(
            say(texts.DOWNLOAD_CSV),
            as_csv,
            "worklist.csv",
            "text/csv",
            key="batch_csv",
        )
        offer_download(
            say(texts.SAVE),
            as_json,
            "worklist.json",
            "application/json",
            key="batch_saved",
        )
    st.caption(say(texts.SAVE_WHAT))


def _offer_load() -> None:
    """Load a saved worklist, or say how far it is joined."""
    saved: _Saved | None = st.session_state.get(_SAVED)
    if saved is not None:
        joined = len(set(saved.joined.values()))
        words = say(texts.JOINED, joined=joined, total=len(saved.cases))
        if missing := len(saved.cases) - joined:
            words += f" {say(texts.MISSING, missing=missing)}"
        st.info(words, icon=":material/link:")
        st.button(say(texts.FORGET), on_click=forget_saved)
        return
    file = st.file_uploader(say(texts.LOAD), key="batch_load", max_upload_size=50)
    if file is None:
        return
    try:
        join_later(load_worklist(file.getvalue()))
    except RecordsError as error:
        st.warning(str(error), icon=":material/info:")
        return
    st.rerun()
