"""The worklist: its rows, its order, its filter, and what is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import streamlit as st

from pneumonia.export.rounding import write_number
from pneumonia.language.speech import naming, say
from pneumonia.reasons.sentences import name_reason
from pneumonia.ui import texts
from pneumonia.ui.case_list import show_cases, show_handle
from pneumonia.ui.choices import keep_choice
from pneumonia.ui.reader_study import Reader
from pneumonia.ui.session_results import Assessments
from pneumonia.ui.steps import describe_place, step
from pneumonia.ui.uploads import Case

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.decision import Decision


@dataclass(frozen=True)
class Row:
    """A case as the list may show it.

    Attributes
    ----------
    case : Case
    decision : Decision or None
        None while the case is waiting, and while its answer must not be shown.
    locked : bool
        Whether the answer waits for the clinician's impression.
    thumbnail : str or None
        A data URL.
    done : bool
        Whether the clinician marked it so.
    alias : str or None
        What the case is called where its name is hidden.
    """

    case: Case
    decision: Decision | None = None
    locked: bool = False
    thumbnail: str | None = None
    done: bool = False
    alias: str | None = None

    @property
    def name(self) -> str:
        """What the case is called on the page."""
        return self.alias or self.case.name

    @property
    def state(self) -> str:
        """One of the keys of `texts.STATES`."""
        if self.locked:
            return "locked"
        return self.decision.state if self.decision else "reading"

    @property
    def words(self) -> str:
        """The state as the list shows it, a refusal with its reason."""
        words = say(texts.STATES[self.state])
        if self.decision and self.decision.unsure:
            words += f" {say(texts.UNSURE_MARK)}"
        reason = self.decision.assessment.reason if self.decision else None
        if reason:
            return say(texts.REFUSED_FOR, state=words, reason=name_reason(reason))
        return words

    @property
    def line(self) -> str:
        """The words with the number, which is a score where it is no probability."""
        number = write_number(self.decision) if self.decision else None
        if self.decision is None or number is None:
            return self.words
        kind = "" if self.decision.calibrated else f"{say(texts.SCORE_WORD)} "
        return f"{self.words} · {kind}{number}"


_SHOWN: Final[dict[str, set[str]]] = {
    "all": set(texts.STATES),
    "flagged": {"flagged"},
    "not_flagged": {"not_flagged"},
    "unsure": {"flagged", "not_flagged"},
    "refused": {"refused", "unreadable"},
    "waiting": {"reading", "locked"},
    "open": set(texts.STATES),
}


def list_rows(
    cases: Sequence[Case],
    assessments: Assessments,
    reader: Reader,
    decided: Callable[[Assessment], Decision],
) -> list[Row]:
    """Say of each case what may be shown; what is shown is no longer locked.

    Parameters
    ----------
    cases : sequence of Case
    assessments : Assessments
    reader : Reader
    decided : callable
        Sets an assessment against the threshold.

    Returns
    -------
    list of Row
    """
    rows = []
    hidden = st.session_state.get("study_hide_names")
    for number, case in enumerate(cases, 1):
        found = assessments.find(case)
        # A refused radiograph has no answer that could be given away.
        locked = reader.is_locked(case) and (not found or found.score is not None)
        rows.append(
            Row(
                case,
                decided(found) if found and not locked else None,
                locked,
                assessments.thumbnail(case),
                case.identity in done_cases(),
                say(texts.ALIAS, number=number) if hidden else None,
            )
        )
    reader.note_answers(
        [row.case for row in rows if row.decision and row.decision.flagged is not None]
    )
    return rows


def done_cases() -> set[str]:
    """Return the identities of the cases that the clinician is done with."""
    done: set[str] = st.session_state.setdefault("done", set())
    return done


def filtered(rows: Sequence[Row], shown: str) -> list[Row]:
    """Keep the rows that a key of `texts.FILTERS` stands for."""
    kept = [row for row in rows if row.state in _SHOWN[shown]]
    if shown == "unsure":
        return [row for row in kept if row.decision and row.decision.unsure]
    return [row for row in kept if not row.done] if shown == "open" else kept


def arrange(rows: Sequence[Row], order: str, shown: str) -> list[Row]:
    """Filter and sort the list.

    Parameters
    ----------
    rows : sequence of Row
        In the order they were dropped.
    order : str
        A key of `texts.ORDERS`. By score, cases without one come last.
    shown : str
        A key of `texts.FILTERS`.

    Returns
    -------
    list of Row
    """
    kept = filtered(rows, shown)
    if order == "name":
        return sorted(kept, key=lambda row: row.name)
    if order == "score":
        return sorted(kept, key=lambda row: -_score(row))
    return kept


def choose_arrangement() -> tuple[str, str]:
    """Draw the controls of order and filter, and return what is chosen."""
    ordering, filtering = st.columns(2, gap="small")
    with filtering:
        shown = choose_filter()
    order: str = ordering.selectbox(
        say(texts.ORDER),
        list(texts.ORDERS),
        format_func=naming(texts.ORDERS),
        help=say(texts.ORDER_HELP),
        **keep_choice("order", list(texts.ORDERS)),
    )
    return order, shown


def choose_filter() -> str:
    """Draw the control of the filter, and return what is chosen."""
    chosen: str = st.selectbox(
        say(texts.FILTER),
        list(texts.FILTERS),
        format_func=naming(texts.FILTERS),
        **keep_choice("filter", list(texts.FILTERS)),
    )
    return chosen


def show_progress(done: int, total: int) -> None:
    """Draw the heading, with how far the reading has come."""
    progress = say(texts.WORKLIST_PROGRESS, done=done, total=total)
    with st.container(key="list_head", gap=None):
        st.markdown(f"**{say(texts.WORKLIST)}** · {progress}")
        # Its place is always there: what comes and goes would move the list.
        with st.container(key="progress"):
            if done < total:
                st.progress(done / total)
        show_handle(say(texts.WORKLIST))


def offer_done(order: Sequence[str], opened: str) -> None:
    """Draw the button that marks the open case as done and opens the next.

    Parameters
    ----------
    order : sequence of str
        Identities of the cases, as the list shows them.
    opened : str
    """
    # A press of the button says what to do; no state of a box is ever compared.
    if opened in done_cases():
        st.button(
            say(texts.UNDO_DONE),
            icon=":material/undo:",
            key="undo_done",
            on_click=done_cases().discard,
            args=(opened,),
            width="stretch",
        )
    else:
        st.button(
            say(texts.MARK_DONE),
            icon=":material/check:",
            key="mark_done",
            on_click=_finish,
            args=(order, opened),
            width="stretch",
        )


def _finish(order: Sequence[str], opened: str) -> None:
    done_cases().add(opened)
    step(order, opened, 1)


def show_list(rows: Sequence[Row], opened: Case) -> None:
    """Draw the list; a row that is chosen is open in the next run."""
    if not rows:
        st.caption(say(texts.NOTHING_MATCHES))
        return
    show_cases(
        [
            {
                "name": row.name,
                "state": row.state,
                "words": row.line,
                "done": say(texts.DONE_MARK) if row.done else "",
                "picture": row.thumbnail,
            }
            for row in rows
        ],
        label=say(texts.WORKLIST),
        cases=describe_place(
            [row.case.identity for row in rows], opened.identity, key="case_list"
        ),
        key="case_list",
    )


def _score(row: Row) -> float:
    # At the reference prevalence, where scores and probabilities can be ordered.
    score = row.decision.assessment.score if row.decision else None
    return -1.0 if score is None else score
