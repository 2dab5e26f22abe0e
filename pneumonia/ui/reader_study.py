"""Reader first: the clinician's impression before the model's answer is shown.

Until then nothing on the page may give the answer away: a locked case looks like one
that the model has not assessed yet.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.export.impression import Impression, Reading, Region
from pneumonia.ui import texts
from pneumonia.ui.uploads import Case

if TYPE_CHECKING:
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
    _opened: dict[str, float] = field(default_factory=dict)  # seconds, monotonic
    _regions: dict[str, Region] = field(default_factory=dict)  # marked, not recorded

    @classmethod
    def of_session(cls) -> Reader:
        """Return this session's, made at its first run."""
        reader: Reader = st.session_state.setdefault("reader", cls())
        return reader

    def is_locked(self, case: Case) -> bool:
        """Tell whether the answer waits for the clinician's impression.

        One whose answer was on the page before the mode was switched on cannot be
        read first any more.
        """
        if not st.session_state.get("reader_first"):
            return False
        return case.identity not in self._answered | self.readings.keys()

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

    def ask(self, case: Case) -> None:
        """Ask for an impression of a locked case."""
        self._opened.setdefault(case.identity, time.monotonic())
        st.subheader(texts.IMPRESSION, anchor=False)
        st.caption(texts.IMPRESSION_WHY)
        for impression, words in texts.IMPRESSIONS.items():
            st.button(
                words,
                key=f"impression-{impression}",
                on_click=self._record,
                args=(case, impression),
                width="stretch",
            )

    def show(self, case: Case, decision: Decision | None) -> None:
        """Show a recorded impression beside the result, and let it be changed."""
        reading = self.readings.get(case.identity)
        if reading is None:
            return
        words = texts.RECORDED.format(
            impression=texts.IMPRESSIONS[reading.impression].lower(),
            seconds=reading.seconds,
        )
        if decision is not None and decision.flagged is not None:
            words += f" {texts.AGREEMENTS[reading.agreement(decision)]}"
        for later in reading.changed_after_reveal:
            later_words = texts.IMPRESSIONS[later].lower()
            words += f" {texts.CHANGED.format(impression=later_words)}"
        st.markdown(words)
        now = (reading.impression, *reading.changed_after_reveal)[-1]
        with st.popover(texts.CHANGE_IMPRESSION):
            st.caption(texts.CHANGE_NOTE)
            for impression, label in texts.IMPRESSIONS.items():
                st.button(
                    label,
                    key=f"change-{impression}",
                    disabled=impression == now,
                    on_click=self._change,
                    args=(case, impression),
                    width="stretch",
                )

    def _record(self, case: Case, impression: Impression) -> None:
        # A second click on its way must not replace the first.
        if case.identity not in self.readings:
            self.readings[case.identity] = Reading(
                impression,
                seconds=time.monotonic() - self._opened[case.identity],
                region=self._regions.pop(case.identity, None),
            )

    def _change(self, case: Case, impression: Impression) -> None:
        reading = self.readings[case.identity]
        changed = (*reading.changed_after_reveal, impression)
        self.readings[case.identity] = replace(reading, changed_after_reveal=changed)
