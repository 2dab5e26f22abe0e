"""All rows of the worklist, made again only where something of them changed.

A click changes little, and a list may be long: what a run shows of it is kept for the
next one, behind all that it was made of.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from pneumonia.language.speech import say, spoken
from pneumonia.ui import texts
from pneumonia.ui.done_button import done_cases
from pneumonia.ui.downloads import Downloads
from pneumonia.ui.kept_files import KeptFiles
from pneumonia.ui.steps import describe_place
from pneumonia.ui.telling import tell
from pneumonia.ui.worklist import Row, filtered

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.decision import Decision
    from pneumonia.ui.reader_study import Reader
    from pneumonia.ui.session_results import Assessments
    from pneumonia.ui.uploads import Case

# Longer ones are fetched in parts, where they are in view, and not sent.
_SENT_ROWS: Final = 20
PART_ROWS: Final = 50


@dataclass(frozen=True, eq=False)
class Arranged:
    """The rows that the list shows, in its order.

    Attributes
    ----------
    rows : sequence of Row
    """

    rows: Sequence[Row]

    @cached_property
    def order(self) -> tuple[str, ...]:
        """The identities of the cases."""
        return tuple(row.case.identity for row in self.rows)

    def described(self) -> list[dict[str, Any]] | list[str]:
        """Return the rows as the browser gets them; of many, where parts of them are.

        Of those only the parts are described that the browser fetches, for they are in
        view.
        """
        if len(self.rows) <= _SENT_ROWS:
            return [row.described for row in self.rows]
        lend = Downloads.of_session().lend
        return [
            lend(
                f"rows-{part}",
                self._name,
                partial(_pack, self.rows[start : start + PART_ROWS]),
                "application/json",
            )
            for part, start in enumerate(range(0, len(self.rows), PART_ROWS))
        ]

    @cached_property
    def _name(self) -> str:
        return secrets.token_hex(8)


def _pack(rows: Sequence[Row]) -> bytes:
    return json.dumps([row.described for row in rows]).encode()


@dataclass(frozen=True, eq=False)
class Listing:
    """The rows of all cases, in the order they were dropped.

    Attributes
    ----------
    known : tuple
        What is known of the cases; they are the same as long as it, what is set and
        what is done are.
    settings : tuple
    done : frozenset of str
    rows : sequence of Row
    read : int
        How many cases have a result.
    """

    known: tuple[object, ...]
    settings: tuple[object, ...]
    done: frozenset[str]
    rows: Sequence[Row]
    read: int
    _arranged: dict[tuple[str, str], Arranged] = field(default_factory=dict)

    @cached_property
    def _by_identity(self) -> dict[str, Row]:
        return {row.case.identity: row for row in self.rows}

    def row_of(self, case: Case) -> Row:
        """Return the row of a case."""
        return self._by_identity[case.identity]

    def is_locked(self, identity: str) -> bool:
        """Tell whether a case's answer waits for the clinician's impression."""
        row = self._by_identity.get(identity)
        return row is not None and row.locked

    def arranged(self, order: str, shown: str) -> Arranged:
        """Filter and sort the list.

        Parameters
        ----------
        order : str
            A key of `texts.ORDERS`. By score, cases without one come last.
        shown : str
            A key of `texts.FILTERS`.

        Returns
        -------
        Arranged
        """
        if (order, shown) not in self._arranged:
            kept = filtered(self.rows, shown)
            if order == "name":
                kept.sort(key=lambda row: row.name)
            elif order == "score":
                # At the reference prevalence, where scores and probabilities can be
                # ordered.
                kept.sort(key=lambda row: -row.score)
            self._arranged[order, shown] = Arranged(kept)
        return self._arranged[order, shown]


def list_rows(
    cases: Sequence[Case],
    assessments: Assessments,
    reader: Reader,
    decided: Callable[[Assessment], Decision],
    *settings: object,
) -> Listing:
    """Say of each case what may be shown; what is shown is no longer locked.

    Parameters
    ----------
    cases : sequence of Case
    assessments : Assessments
    reader : Reader
    decided : callable
        Sets an assessment against the threshold.
    *settings : object
        What `decided` depends on, besides the assessment.

    Returns
    -------
    Listing
        That of the last run where nothing has changed.
    """
    kept, done = KeptFiles.of_session(), frozenset(done_cases())
    hidden = bool(st.session_state.get("study_hide_names"))
    settings = (*settings, spoken())

    def known() -> tuple[object, ...]:
        identities = tuple(case.identity for case in cases)
        return identities, assessments.state, reader.state, hidden

    before: Listing | None = kept.listing
    if before is None or before.known != known():
        read, rows, waiting = 0, [], reader.locked(cases)
        # A number stays with its case, whichever others go.
        numbers: dict[str, int] = st.session_state.setdefault("case_numbers", {})
        for case in cases:
            found = assessments.find(case)
            read += found is not None
            # A refused radiograph has no answer that could be given away.
            answers = found is None or found.score is not None
            locked = answers and case.identity in waiting
            number = numbers.setdefault(case.identity, len(numbers) + 1)
            alias = say(texts.ALIAS, number=number) if hidden else None
            thumbnail = assessments.thumbnail(case)
            facts = (found, settings, locked, thumbnail, case.identity in done, alias)
            last = kept.rows.get(case.identity)
            if last is None or last[0] != (case, *facts):
                row = Row(case, found, decided, *facts[2:])
                last = kept.rows[case.identity] = ((case, *facts), row)
            rows.append(last[1])
        reader.note_answers([row.case for row in rows if row.answered])
        # Afterwards: what is shown from now on belongs to it.
        before = kept.listing = Listing(known(), settings, done, rows, read)
    elif before.settings != settings or before.done != done:
        anew = before.settings != settings
        changed = before.done ^ done
        rows = [
            replace(row, decided=decided, done=row.case.identity in done)
            if anew or row.case.identity in changed
            else row
            for row in before.rows
        ]
        before = kept.listing = Listing(before.known, settings, done, rows, before.read)
    return before


def tell_list(listed: Arranged, opened: Row, *, key: str) -> None:
    """Tell the list what it shows.

    Parameters
    ----------
    listed : Arranged
    opened : Row
    key : str
        The list's key on the page.
    """
    cases = describe_place(listed.order, opened.case.identity, key=key)
    is_listed = cases["place"] >= 0
    empty = "" if listed.rows else say(texts.NOTHING_MATCHES)
    tell(
        key,
        {
            "rows": listed.described(),
            "total": len(listed.rows),
            "cases": cases,
            "empty": empty,
            "remove": say(texts.REMOVE, name=opened.name) if is_listed else "",
        },
    )
