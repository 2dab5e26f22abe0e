"""The cases of a session, with all that is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.export.case_summary import CaseReport
from pneumonia.model.decision import decide
from pneumonia.ui.intake import collect
from pneumonia.ui.model_loading import start_loading
from pneumonia.ui.prevalence import chosen_prevalence
from pneumonia.ui.reader_study import Reader
from pneumonia.ui.session_results import TURN_SECONDS, Assessments
from pneumonia.ui.settings import Settings
from pneumonia.ui.steps import open_case
from pneumonia.ui.turns import ask_for_next_turn
from pneumonia.ui.uploads import Case
from pneumonia.ui.worklist import Row, list_rows

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
    rows : sequence of Row
        One a case, in the order they were dropped.
    assessments : Assessments
    reader : Reader
    repairs : dict of str to Repair
        What the clinician asked for, by the case's identity.
    classifier : Classifier or None
        None while it is loading, or where it cannot be loaded.
    failure : BaseException or None
        Why it cannot.
    """

    settings: Settings
    cases: Sequence[Case]
    left_out: int
    case: Case
    rows: Sequence[Row]
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
        return next(row for row in self.rows if row.case == self.case)

    @property
    def read(self) -> int:
        """How many cases have a result."""
        return sum(self.assessments.find(case) is not None for case in self.cases)

    @property
    def reports(self) -> dict[str, CaseReport]:
        """What may be exported, by the case's identity."""
        return {
            row.case.identity: CaseReport(
                row.decision, self.reader.readings.get(row.case.identity)
            )
            for row in self.rows
            if row.decision
        }

    def go_on(self) -> None:
        """Do some of what is left to do, and ask for another run if need be."""
        if self.classifier is None:
            if self.failure is None:
                wait([self.loading], timeout=TURN_SECONDS)
                ask_for_next_turn()
        elif self.read < len(self.cases):
            self.assessments.assess_some(self.cases)
            ask_for_next_turn()


def open_worklist(settings: Settings) -> OpenWorklist | None:
    """Gather the cases of this session and what is known of them.

    Parameters
    ----------
    settings : Settings

    Returns
    -------
    OpenWorklist or None
        None where nothing was opened.
    """
    loading = start_loading(settings.weights)
    there = loading.done() and loading.exception() is None
    classifier = loading.result() if there else None
    cases, left_out = collect()
    if not cases:
        return None
    case = open_case(cases)
    reader = Reader.of_session()
    repairs: dict[str, Repair] = st.session_state.setdefault("repairs", {})
    assessments = Assessments(
        classifier, ages=st.session_state.get("ages"), repairs=repairs
    )
    assessments.assess(case)
    decided = partial(
        decide,
        card=classifier.card if classifier else {},
        operating_point=settings.operating_point,
        prevalence=chosen_prevalence(),
    )
    return OpenWorklist(
        settings=settings,
        cases=cases,
        left_out=left_out,
        case=case,
        rows=list_rows(cases, assessments, reader, decided),
        assessments=assessments,
        reader=reader,
        repairs=repairs,
        loading=loading,
    )
