"""The cases of a session, with all that is known of them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.export.case_summary import CaseReport
from pneumonia.export.study import StudyCase
from pneumonia.export.worklist_file import WorklistCase
from pneumonia.model.decision import decide
from pneumonia.ui.batch_page import join_saved, unjoined
from pneumonia.ui.done_button import done_cases
from pneumonia.ui.kept_files import KeptFiles
from pneumonia.ui.listing import Listing, list_rows
from pneumonia.ui.model_loading import current_weights
from pneumonia.ui.prevalence import chosen_prevalence
from pneumonia.ui.reader_study import Reader, shuffled
from pneumonia.ui.recording import note_results
from pneumonia.ui.session_results import TURN_SECONDS, Assessments
from pneumonia.ui.settings import Settings
from pneumonia.ui.steps import open_case
from pneumonia.ui.turns import ask_for_next_turn
from pneumonia.ui.uploads import Case
from pneumonia.ui.worklist import Row

if TYPE_CHECKING:
    from pneumonia.model.classifier import Classifier
    from pneumonia.reasons.codes import Repair


@dataclass(frozen=True, eq=False)
class OpenWorklist:
    """What a run of the page works with.

    Attributes
    ----------
    settings : Settings
    cases : sequence of Case
        Not empty.
    left_out : int
        How many of the dropped files are no radiographs.
    case : Case
        The open one.
    listing : Listing
    assessments : Assessments
    reader : Reader
    repairs : dict of str to Repair
        What the clinician asked for, by the case's identity.
    loading : Future of Classifier
    """

    settings: Settings
    cases: Sequence[Case]
    left_out: int
    case: Case
    listing: Listing
    assessments: Assessments
    reader: Reader
    repairs: dict[str, Repair]
    loading: Future[Classifier]

    @property
    def classifier(self) -> Classifier | None:
        """The model, None while it is not there."""
        done = self.loading.done() and self.loading.exception() is None
        return self.loading.result() if done else None

    @property
    def failure(self) -> BaseException | None:
        """Why the model cannot be loaded, None where it can or is loading."""
        return self.loading.exception() if self.loading.done() else None

    @property
    def opened(self) -> Row:
        """The row of the open case."""
        return self.listing.row_of(self.case)

    @property
    def rows(self) -> Sequence[Row]:
        """One a case, in the order they were dropped."""
        return self.listing.rows

    def report_of(self, row: Row) -> CaseReport:
        """Return what may be exported of a case that has a decision."""
        if row.decision is None:
            raise ValueError("A case has a report once its result is shown.")
        return CaseReport(row.decision, self.reader.readings.get(row.case.identity))

    @property
    def read(self) -> int:
        """How many cases have a result."""
        return self.listing.read

    @property
    def elapsed(self) -> float | None:
        """Seconds that reading has taken so far."""
        clock: _Clock | None = st.session_state.get("reading_clock")
        return clock.seconds if clock else None

    @property
    def worklist(self) -> list[WorklistCase]:
        """The cases as the place Batch shows and saves them."""
        readings = self.reader.readings
        return [
            WorklistCase(
                number,
                row.name,
                self.assessments.digest(row.case),
                row.decision,
                readings.get(row.case.identity),
                row.done,
                row.locked,
                self.reader.was_shown(row.case.identity),
            )
            for number, row in enumerate(self.rows, 1)
        ]

    @property
    def study(self) -> list[tuple[str, StudyCase]]:
        """Name and result of each case read before its result, in that order."""
        rows = {row.case.identity: row for row in self.rows}
        return [
            (row.case.name, StudyCase.of(row.decision, reading))
            for identity, reading in self.reader.readings.items()
            if (row := rows.get(identity)) and row.decision
        ]

    def go_on(self) -> None:
        """Do some of what is left to do, and ask for another run if need be."""
        clock = st.session_state.setdefault("reading_clock", _Clock())
        clock.note(self.read, len(self.cases))
        if self.classifier is None:
            if self.failure is None:
                wait([self.loading], timeout=TURN_SECONDS)
                ask_for_next_turn()
        elif self.read < len(self.cases):
            self.assessments.assess_some(self.cases)
            ask_for_next_turn()


@dataclass
class _Clock:
    """How long the reading of the files has taken, without the pauses between them."""

    seconds: float = 0.0
    since: float | None = None

    def note(self, read: int, total: int) -> None:
        now = time.monotonic()
        if self.since is not None:
            self.seconds += now - self.since
        self.since = now if read < total else None


def open_worklist(
    settings: Settings, cases: list[Case], left_out: int
) -> OpenWorklist | None:
    """Gather what is known of the cases of this session.

    Parameters
    ----------
    settings : Settings
    cases : list of Case
    left_out : int
        How many of the dropped files are no radiographs.

    Returns
    -------
    OpenWorklist or None
        None where there is no case.
    """
    of_list = KeptFiles.of_session().classifiers
    loading = of_list.get(settings.weights)
    loading = loading or current_weights().loading(settings.weights)
    there = loading.done() and loading.exception() is None
    classifier = loading.result() if there else None
    if not cases:
        return None
    if there:
        of_list[settings.weights] = loading
    if st.session_state.get("study_shuffle"):
        # Drawn once, so that the order stays.
        seed = st.session_state.setdefault("study_seed", secrets.randbits(32))
        by_identity = {case.identity: case for case in cases}
        cases = [by_identity[it] for it in shuffled(list(by_identity), seed)]
    case = open_case(cases)
    reader = Reader.of_session()
    repairs: dict[str, Repair] = st.session_state.setdefault("repairs", {})
    assessments = Assessments(
        classifier, ages=st.session_state.get("ages"), repairs=repairs
    )
    assessments.assess(case)
    _join_saved(cases, assessments, reader)
    _join_removed(cases, assessments, reader)
    point, prevalence = settings.operating_point, chosen_prevalence()
    decided = partial(
        decide,
        card=classifier.card if classifier else {},
        operating_point=point,
        prevalence=prevalence,
    )
    listing = list_rows(cases, assessments, reader, decided, point, prevalence)
    note_results(listing.rows, case, reader)
    return OpenWorklist(
        settings=settings,
        cases=cases,
        left_out=left_out,
        case=case,
        listing=listing,
        assessments=assessments,
        reader=reader,
        repairs=repairs,
        loading=loading,
    )


def _join_saved(cases: list[Case], assessments: Assessments, reader: Reader) -> None:
    """Take over what a loaded worklist says of the files that are here again."""
    if not unjoined():
        return
    digests = {case.identity: assessments.digest(case) for case in cases}
    saved = join_saved({name: it for name, it in digests.items() if it})
    for case in cases:
        if found := saved.get(case.identity):
            reader.restore(case, found)
            if found.done:
                done_cases().add(case.identity)


def _join_removed(cases: list[Case], assessments: Assessments, reader: Reader) -> None:
    """Give a file that was taken off and dropped again what was recorded of it."""
    here = {case.identity for case in cases}
    removed = {
        digest: gone
        for gone in (reader.readings.keys() | done_cases()) - here
        if (digest := assessments.digest_of(gone))
    }
    if not removed:
        return
    for case in cases:
        gone = removed.get(assessments.digest(case) or "")
        if gone is None or case.identity in reader.readings:
            continue
        reader.take_over(gone, case)
        if gone in done_cases():
            done_cases().remove(gone)
            done_cases().add(case.identity)
