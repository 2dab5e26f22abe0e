"""The worklist: its rows, its order, its filter, and what is done."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from pneumonia.export.rounding import write_number
from pneumonia.language.speech import naming, say
from pneumonia.reasons.sentences import name_reason
from pneumonia.ui import texts
from pneumonia.ui.case_list import show_handle
from pneumonia.ui.choices import chosen, keep_choice
from pneumonia.ui.time_left import write_time_left
from pneumonia.ui.turns import run_reading
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
    found : Assessment or None
        None while the case is waiting.
    decided : callable or None
        Sets it against the threshold.
    locked : bool
        Whether the answer waits for the clinician's impression.
    thumbnail : str or None
        Its address.
    done : bool
        Whether the clinician marked it so.
    alias : str or None
        What the case is called where its name is hidden.
    """

    case: Case
    found: Assessment | None = None
    decided: Callable[[Assessment], Decision] | None = None
    locked: bool = False
    thumbnail: str | None = None
    done: bool = False
    alias: str | None = None

    @cached_property
    def decision(self) -> Decision | None:
        """None while the case is waiting, and while its answer must not be shown."""
        if self.locked or self.found is None or self.decided is None:
            return None
        return self.decided(self.found)

    @property
    def answered(self) -> bool:
        """Whether the page shows a score."""
        return self.score >= 0

    @property
    def score(self) -> float:
        """The score that may be shown, in [0, 1]; -1 where there is none."""
        score = self.found.score if self.found and not self.locked else None
        return -1.0 if score is None else score

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

    @cached_property
    def described(self) -> dict[str, Any]:
        """The row as the browser gets it."""
        return {
            "name": self.name,
            "state": self.state,
            "words": self.line,
            "done": say(texts.DONE_MARK) if self.done else "",
            "picture": self.thumbnail,
        }


_SHOWN: Final[dict[str, set[str]]] = {
    "all": set(texts.STATES),
    "flagged": {"flagged"},
    "not_flagged": {"not_flagged"},
    "unsure": {"flagged", "not_flagged"},
    "refused": {"refused", "unreadable"},
    "waiting": {"reading", "locked"},
    "open": set(texts.STATES),
}


def filtered(rows: Sequence[Row], shown: str) -> list[Row]:
    """Keep the rows that a key of `texts.FILTERS` stands for."""
    if shown == "all":
        return list(rows)
    kept = [row for row in rows if row.state in _SHOWN[shown]]
    if shown == "unsure":
        return [row for row in kept if row.decision and row.decision.unsure]
    return [row for row in kept if not row.done] if shown == "open" else kept


def chosen_arrangement() -> tuple[str, str]:
    """Return order and filter as they are chosen: keys of `texts.ORDERS`, `FILTERS`."""
    return chosen("order", list(texts.ORDERS)), chosen("filter", list(texts.FILTERS))


def choose_arrangement() -> None:
    """Draw the controls of order and filter."""
    ordering, filtering = st.columns(2, gap="small")
    with filtering:
        choose_filter(then=run_reading)
    ordering.selectbox(
        say(texts.ORDER),
        list(texts.ORDERS),
        format_func=naming(texts.ORDERS),
        help=say(texts.ORDER_HELP),
        **keep_choice("order", list(texts.ORDERS), then=run_reading),
    )


def choose_filter(then: Callable[[], None] | None = None) -> str:
    """Draw the control of the filter, and return what is chosen."""
    choice: str = st.selectbox(
        say(texts.FILTER),
        list(texts.FILTERS),
        format_func=naming(texts.FILTERS),
        **keep_choice("filter", list(texts.FILTERS), then=then),
    )
    return choice


def show_progress(done: int, total: int, elapsed: float | None = None) -> None:
    """Draw the heading, with how far the reading has come and how long it will take."""
    progress = say(texts.WORKLIST_PROGRESS, done=done, total=total)
    with st.container(key="list_head", gap=None):
        st.markdown(f"**{say(texts.WORKLIST)}** · {progress}")
        # Its place is always there: what comes and goes would move the list.
        with st.container(key="progress"):
            if done < total:
                st.progress(done / total, write_time_left(done, total, elapsed))
        show_handle(say(texts.WORKLIST))
