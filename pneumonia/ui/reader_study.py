"""Reader first: the clinician's impression before the model's answer is shown.

Until then nothing on the page may give the answer away: a locked case looks like one
that the model has not assessed yet.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.export.impression import CONFIDENCES, Impression, Reading, Region
from pneumonia.language.speech import say
from pneumonia.ui import study_texts, texts
from pneumonia.ui.uploads import Case

if TYPE_CHECKING:
    from pneumonia.export.worklist_file import SavedCase
    from pneumonia.model.decision import Decision


@dataclass
class Reader:
    """What the clinician recorded in this session, by the case's identity.

    Attributes
    ----------
    readings : dict of str to Reading
    """

    readings: dict[str, Reading] = field(default_factory=dict)
    _answered: set[str] = field(default_factory=set)  # shown without being asked
    _asked: tuple[str, float] | None = None  # which case is open, since when
    _looked: dict[str, float] = field(default_factory=dict)  # seconds, until then
    _regions: dict[str, Region] = field(default_factory=dict)  # marked, not recorded
    # What was chosen, after how many seconds, while how sure is not said.
    _chosen: dict[str, tuple[Impression, float]] = field(default_factory=dict)
    _exported: dict[str, Reading] = field(default_factory=dict)

    @classmethod
    def of_session(cls) -> Reader:
        """Return this session's, made at its first run."""
        reader: Reader = st.session_state.setdefault("reader", cls())
        return reader

    @property
    def state(self) -> tuple[object, ...]:
        """What changes whenever a reading or a lock does."""
        first = bool(st.session_state.get("reader_first"))
        return first, tuple(self.readings.items()), frozenset(self._answered)

    @property
    def unexported(self) -> int:
        """How many impressions were recorded or changed since the last export."""
        return sum(self._exported.get(it) != read for it, read in self.readings.items())

    def note_export(self) -> None:
        """Remember that all that is recorded by now has left the page."""
        self._exported = dict(self.readings)

    def take_over(self, gone: str, case: Case) -> None:
        """Give a file that was dropped again what was recorded of it before.

        Parameters
        ----------
        gone : str
            The identity that it had.
        case : Case
        """
        for kept in (self.readings, self._exported):
            if gone in kept:
                kept[case.identity] = kept.pop(gone)
        if gone in self._answered:
            self._answered.add(case.identity)

    def locked(self, cases: Sequence[Case]) -> set[str]:
        """Return the identities whose answer waits for the clinician's impression.

        One whose answer was on the page before the mode was switched on cannot be
        read first any more.
        """
        # Asked once: the session's state is slow, and a list may be long.
        if not st.session_state.get("reader_first"):
            return set()
        identities = {case.identity for case in cases}
        return identities - self._answered - self.readings.keys()

    def note_answers(self, shown: Collection[Case]) -> None:
        """Remember cases whose answer the page shows."""
        self._answered.update(case.identity for case in shown)

    def mark(self, case: Case, corners: tuple[float, ...] | None) -> None:
        """Take the place that the clinician marked on a case, or its removal."""
        region = Region(*corners) if corners else None
        if reading := self.readings.get(case.identity):
            changed = replace(reading, region_after_reveal=region)
            self.readings[case.identity] = changed
        elif region:
            self._regions[case.identity] = region
        else:
            self._regions.pop(case.identity, None)

    def ask(self, case: Case, *, with_confidence: bool = False) -> None:
        """Ask for an impression of a locked case.

        Parameters
        ----------
        case : Case
        with_confidence : bool
            Ask then how sure the clinician is; unsure needs no answer to that.
        """
        self._turn_to(case.identity)
        st.subheader(say(texts.IMPRESSION), anchor=False)
        st.caption(say(texts.IMPRESSION_WHY))
        chosen = self._chosen.get(case.identity) if with_confidence else None
        for impression, words in texts.IMPRESSIONS.items():
            asks_more = with_confidence and impression != "unsure"
            st.button(
                say(words),
                key=f"impression-{impression}",
                type="primary" if chosen and impression == chosen[0] else "secondary",
                on_click=self._choose if asks_more else self._record,
                args=(case, impression),
                width="stretch",
            )
        if chosen:
            key = f"confidence-{case.identity}"
            st.radio(
                say(study_texts.CONFIDENCE),
                CONFIDENCES,
                index=None,
                horizontal=True,
                key=key,
                on_change=lambda: self._record(case, *chosen, st.session_state[key]),
            )

    def restore(self, case: Case, saved: SavedCase) -> None:
        """Take what a saved worklist says; a reading of this session stands."""
        if saved.reading:
            self.readings.setdefault(case.identity, saved.reading)
        if saved.seen:
            self.note_answers([case])

    def was_shown(self, identity: str) -> bool:
        """Tell whether the page showed the answer; then it cannot be read first."""
        return identity in self._answered

    def show(self, case: Case, decision: Decision | None) -> None:
        """Show a recorded impression beside the result, and let it be changed."""
        self._turn_to(case.identity)
        reading = self.readings.get(case.identity)
        if reading is None:
            return
        words = say(
            texts.RECORDED,
            impression=say(texts.IMPRESSIONS[reading.impression]).lower(),
            seconds=reading.seconds,
        )
        if reading.confidence is not None:
            sure = say(study_texts.RECORDED_CONFIDENCE, confidence=reading.confidence)
            words += f" {sure}"
        if decision is not None and decision.flagged is not None:
            words += f" {say(texts.AGREEMENTS[reading.agreement(decision)])}"
        for later in reading.changed_after_reveal:
            later_words = say(texts.IMPRESSIONS[later]).lower()
            words += f" {say(texts.CHANGED, impression=later_words)}"
        st.markdown(words)
        now = reading.last_impression
        with st.popover(say(texts.CHANGE_IMPRESSION)):
            st.caption(say(texts.CHANGE_NOTE))
            for impression, label in texts.IMPRESSIONS.items():
                st.button(
                    say(label),
                    key=f"change-{impression}",
                    disabled=impression == now,
                    on_click=self._change,
                    args=(case, impression),
                    width="stretch",
                )

    def _turn_to(self, identity: str) -> None:
        """Have the clock of a case run while it is the open one."""
        if self._asked is None or self._asked[0] != identity:
            if self._asked is not None:
                self._looked[self._asked[0]] = self._seconds(self._asked[0])
            self._asked = identity, time.monotonic()

    def _seconds(self, identity: str) -> float:
        """Return how long a case was open."""
        before = self._looked.get(identity, 0.0)
        if self._asked is None or self._asked[0] != identity:
            return before
        return before + time.monotonic() - self._asked[1]

    def _choose(self, case: Case, impression: Impression) -> None:
        self._chosen[case.identity] = impression, self._seconds(case.identity)

    def _record(
        self,
        case: Case,
        impression: Impression,
        seconds: float | None = None,
        confidence: int | None = None,
    ) -> None:
        # A second click on its way must not replace the first.
        if case.identity not in self.readings:
            self.readings[case.identity] = Reading(
                impression,
                seconds=self._seconds(case.identity) if seconds is None else seconds,
                region=self._regions.pop(case.identity, None),
                confidence=confidence,
            )

    def _change(self, case: Case, impression: Impression) -> None:
        reading = self.readings[case.identity]
        changed = (*reading.changed_after_reveal, impression)
        self.readings[case.identity] = replace(reading, changed_after_reveal=changed)


def shuffled(identities: Sequence[str], seed: int) -> list[str]:
    """Put cases in an order that tells nothing, the same in every run.

    Parameters
    ----------
    identities : sequence of str
        In the order they were dropped.
    seed : int
        Of this session.

    Returns
    -------
    list of str
        A case that is added later does not move the others.
    """
    return sorted(
        identities,
        key=lambda identity: hashlib.sha256(f"{seed}/{identity}".encode()).digest(),
    )
