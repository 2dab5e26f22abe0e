"""The place Batch: all cases at once, counted, in a table, and as one export."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import streamlit as st

from pneumonia.export.rounding import write_number, write_percent
from pneumonia.ui import texts
from pneumonia.ui.exports import offer_export
from pneumonia.ui.model_loading import show_failure
from pneumonia.ui.open_worklist import OpenWorklist
from pneumonia.ui.prevalence import chosen_prevalence
from pneumonia.ui.worklist import Row, choose_filter, filtered, show_progress


def show_batch(work: OpenWorklist | None) -> None:
    """Draw counts, refusals by reason, the table and its export.

    Parameters
    ----------
    work : OpenWorklist or None
        None where nothing was opened.
    """
    st.markdown(f"## {texts.BATCH}")
    if work is None:
        st.info(texts.BATCH_EMPTY)
        return
    if work.failure:
        show_failure(work.settings.weights, work.failure)
        return
    show_progress(work.read, len(work.cases))
    counts = Counter(row.state for row in work.rows)
    with st.container(horizontal=True):
        for state, words in texts.STATES.items():
            if counts[state]:
                st.metric(words, counts[state], width="content")
    _show_reasons(work.rows)
    _show_table(filtered(work.rows, choose_filter()))
    if work.reports:
        withheld = sum(row.locked for row in work.rows)
        offer_export(list(work.reports.values()), withheld=withheld)


def _show_reasons(rows: Sequence[Row]) -> None:
    reasons = Counter(
        row.decision.assessment.reason
        for row in rows
        if row.decision and row.decision.assessment.reason
    )
    if reasons:
        listed = [f"{name.replace('_', ' ')} {n}" for name, n in reasons.most_common()]
        st.markdown(texts.REFUSAL_REASONS.format(reasons=", ".join(listed)))


def _show_table(rows: list[Row]) -> None:
    if not rows:
        st.caption(texts.NOTHING_MATCHES)
        return
    prevalence = write_percent(chosen_prevalence())
    table = [
        {
            texts.COLUMN_NUMBER: number,
            texts.COLUMN_STATE: row.words,
            texts.COLUMN_PROBABILITY.format(prevalence=prevalence): _number(row, True),
            texts.COLUMN_SCORE: _number(row, False),
            texts.COLUMN_DONE: texts.DONE_MARK if row.done else "",
            texts.COLUMN_FILE: row.case.name,
        }
        for number, row in enumerate(rows, 1)
    ]
    st.dataframe(table, hide_index=True, width="stretch")


def _number(row: Row, calibrated: bool) -> str:
    decision = row.decision
    if decision is None or decision.calibrated != calibrated:
        return ""
    return write_number(decision) or ""
