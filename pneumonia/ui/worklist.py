"""The worklist: its order, its filter, and the case that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from pneumonia.export.rounding import write_number, write_percent
from pneumonia.ui import texts
from pneumonia.ui.prevalence import chosen_prevalence
from pneumonia.ui.steps import step
from pneumonia.ui.uploads import Case

if TYPE_CHECKING:
    from pandas.io.formats.style import Styler

    from pneumonia.model.decision import Decision

_ROW_HEIGHT = 36
_LIST_HEIGHT = 420


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
    """

    case: Case
    decision: Decision | None = None
    locked: bool = False
    thumbnail: str | None = None
    done: bool = False

    @property
    def state(self) -> str:
        """One of the keys of `texts.STATES`."""
        if self.locked:
            return "locked"
        return self.decision.state if self.decision else "reading"

    @property
    def words(self) -> str:
        """The state as the list shows it, a refusal with its reason."""
        words = texts.STATES[self.state]
        reason = self.decision.assessment.reason if self.decision else None
        return f"{words}: {reason.replace('_', ' ')}" if reason else words


_SHOWN: Final[dict[str, set[str]]] = {
    "all": set(texts.STATES),
    "flagged": {"flagged"},
    "not_flagged": {"not_flagged"},
    "refused": {"refused", "unreadable"},
    "waiting": {"reading", "locked"},
    "open": set(texts.STATES),
}


def done_cases() -> set[str]:
    """Return the identities of the cases that the clinician is done with."""
    done: set[str] = st.session_state.setdefault("done", set())
    return done


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
    kept = [row for row in rows if row.state in _SHOWN[shown]]
    if shown == "open":
        kept = [row for row in kept if not row.done]
    if order == "name":
        return sorted(kept, key=lambda row: row.case.name)
    if order == "score":
        return sorted(kept, key=lambda row: -_score(row))
    return kept


def choose_arrangement() -> tuple[str, str]:
    """Draw the controls of order and filter, and return what is chosen."""
    ordering, filtering = st.columns(2)
    order = ordering.selectbox(
        texts.ORDER, list(texts.ORDERS), format_func=texts.ORDERS.__getitem__
    )
    shown = filtering.selectbox(
        texts.FILTER, list(texts.FILTERS), format_func=texts.FILTERS.__getitem__
    )
    return order, shown


def show_progress(done: int, total: int) -> None:
    """Draw the heading, with how far the reading has come."""
    progress = texts.WORKLIST_PROGRESS.format(done=done, total=total)
    st.markdown(f"**{texts.WORKLIST}** · {progress}")
    if done < total:
        st.progress(done / total)


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
            texts.UNDO_DONE,
            icon=":material/undo:",
            key="undo_done",
            on_click=done_cases().discard,
            args=(opened,),
            width="stretch",
        )
    else:
        st.button(
            texts.MARK_DONE,
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
    """Draw the table; a chosen row is open in the next run."""
    if not rows:
        st.caption(texts.NOTHING_MATCHES)
        return
    order = [row.case.identity for row in rows]
    number, number_help = _number_column(rows)
    st.dataframe(
        _table(rows, number),
        hide_index=True,
        height=min(_ROW_HEIGHT * (len(rows) + 1), _LIST_HEIGHT),
        row_height=_ROW_HEIGHT,
        column_config={
            texts.COLUMN_PICTURE: st.column_config.ImageColumn("", width=40),
            texts.COLUMN_STATE: st.column_config.TextColumn(width=108),
            number: st.column_config.NumberColumn(width=64, help=number_help),
            texts.COLUMN_DONE: st.column_config.TextColumn(width=44),
        },
        placeholder="",
        selection_mode="single-row",
        **_selection(order, opened),
    )


def _number_column(rows: Sequence[Row]) -> tuple[str, str]:
    """Name the column of numbers, with the prevalence of those that have one."""
    decisions = [row.decision for row in rows if row.decision]
    calibrated = next((it for it in decisions if it.calibrated), None)
    if decisions and calibrated is None:
        return texts.COLUMN_SCORE, texts.COLUMN_SCORE_HELP
    prevalence = calibrated.prevalence if calibrated else chosen_prevalence()
    percent = write_percent(prevalence)
    return (
        texts.COLUMN_PROBABILITY.format(prevalence=percent),
        texts.COLUMN_PROBABILITY_HELP.format(prevalence=percent),
    )


def _table(rows: Sequence[Row], number: str) -> Styler:
    """Lay out the list: it sorts by the numbers and shows them as they are written."""
    import pandas as pd

    decisions = [row.decision for row in rows]
    values = [it.probability if it else None for it in decisions]
    frame = pd.DataFrame(
        {
            texts.COLUMN_PICTURE: [row.thumbnail for row in rows],
            texts.COLUMN_STATE: [row.words for row in rows],
            number: pd.Series(values, dtype=float),
            texts.COLUMN_DONE: [texts.DONE_MARK if row.done else "" for row in rows],
            texts.COLUMN_FILE: [row.case.name for row in rows],
        }
    )
    mixed = any(it and it.calibrated for it in decisions)
    written = {
        it.probability: f"{write_number(it)}"
        + (texts.SCORE_MARK if mixed and not it.calibrated else "")
        for it in decisions
        if it and it.probability is not None
    }
    return frame.style.format({number: lambda value: written.get(value, "")})


def _selection(order: list[str], opened: Case) -> dict[str, Any]:
    """Give the table's key, and the row that it marks when it is drawn afresh.

    The browser keeps the marked row by its number. Where the open case got another
    number, or was not opened in the table, a new key draws the table afresh; else
    the reader keeps the place they scrolled to.
    """
    place = order.index(opened.identity) if opened.identity in order else None
    table = st.session_state.setdefault("table", {"key": 0, "marked": -1})
    if table["marked"] != place or table.get("order") != order:
        table |= {"key": table["key"] + 1, "marked": place, "drawn": place}
    table["order"] = order
    key = f"worklist-{table['key']}"
    drawn = table["drawn"]
    rows = [] if drawn is None else [drawn]
    return {
        "key": key,
        "on_select": partial(_choose, key, order),
        "selection_default": {"selection": {"rows": rows, "columns": []}},
    }


def _choose(key: str, order: list[str]) -> None:
    rows = st.session_state[key]["selection"]["rows"]
    if rows:
        st.session_state["open_case"] = order[rows[0]]
        st.session_state["table"]["marked"] = rows[0]


def _score(row: Row) -> float:
    # At the reference prevalence, where scores and probabilities can be ordered.
    score = row.decision.assessment.score if row.decision else None
    return -1.0 if score is None else score
