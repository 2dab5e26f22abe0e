"""Which case: what was dropped, what became of it, and which one is open."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st
from PIL import Image

from pneumonia.phantom import draw_phantom
from pneumonia.radiograph import sha256_of
from pneumonia.ui import texts

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

    from pneumonia.classifier import Assessment, Classifier

# A turn of background reading; short, so that a click never waits long.
_TURN_SECONDS = 0.4
_TURN_EVERY_SECONDS = 0.6


@dataclass(frozen=True)
class Case:
    """One dropped file.

    Attributes
    ----------
    identity : str
        The upload's, the same in every run of the script.
    name : str
        As the person who dropped it sees it.
    read : callable
        Gives the file's bytes; they are copied only when needed.
    synthetic : bool
        Whether it is the drawn example.
    """

    identity: str
    name: str
    read: Callable[[], bytes]
    synthetic: bool = False


def collect_cases(uploads: Sequence[UploadedFile], *, example: bool) -> list[Case]:
    """List the dropped files in their order, the example first."""
    cases = [Case(file.file_id, file.name, file.getvalue) for file in uploads]
    if example:
        drawn = Case("example", texts.EXAMPLE_NAME, draw_example, synthetic=True)
        cases.insert(0, drawn)
    return cases


@st.cache_data(show_spinner=False)
def draw_example() -> bytes:
    """Draw the phantom as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(draw_phantom((1024, 1024), consolidation=True)).save(file, "PNG")
    return file.getvalue()


class Assessments:
    """What became of each file in this session, kept by the file's bytes.

    Held in Streamlit's session state, so no session meets another's results.
    """

    def __init__(self) -> None:
        self._digests: dict[str, str] = {}
        self._by_content: dict[tuple[str, str, str, str], Assessment] = {}

    def __len__(self) -> int:
        """Count the different assessments."""
        return len(self._by_content)

    @classmethod
    def of_session(cls) -> Assessments:
        """Return this session's, made at its first run."""
        if "assessments" not in st.session_state:
            st.session_state["assessments"] = cls()
        found: Assessments = st.session_state["assessments"]
        return found

    def find(
        self, case: Case, classifier: Classifier | None, operating_point: str
    ) -> Assessment | None:
        """Return what is known of a case, None while it is waiting."""
        digest = self._digests.get(case.identity)
        if classifier is None or digest is None:
            return None
        return self._by_content.get(_key(digest, classifier, operating_point))

    def assess(
        self, case: Case, classifier: Classifier, operating_point: str
    ) -> Assessment:
        """Return what is known of a case, assessing it if it was waiting."""
        known = self.find(case, classifier, operating_point)
        if known is not None:
            return known
        data = case.read()
        digest = self._digests.setdefault(case.identity, sha256_of(data))
        known = self.find(case, classifier, operating_point)
        if known is None:
            known = classifier.assess_file(data, operating_point=operating_point)
            self._by_content[_key(digest, classifier, operating_point)] = known
        return known


def _key(
    digest: str, classifier: Classifier, operating_point: str
) -> tuple[str, str, str, str]:
    # Sites' cards share the weights and differ in what a score means.
    card = classifier.card
    return digest, card["name"], card["sha256"], operating_point


def show_worklist(
    cases: Sequence[Case], classifier: Classifier | None, operating_point: str
) -> None:
    """Draw the list; while files are waiting, assess them a turn at a time.

    The open case is kept in the session state and read with `open_case`.
    """
    assessments = Assessments.of_session()
    waiting = classifier is not None and any(
        assessments.find(case, classifier, operating_point) is None for case in cases
    )
    # A fragment runs by itself every so often while the rest of the page stands.
    draw = st.fragment(_draw, run_every=_TURN_EVERY_SECONDS if waiting else None)
    draw(cases, classifier, operating_point, was_waiting=waiting)


def open_case(cases: Sequence[Case]) -> Case:
    """Return the open case: the chosen one, or else the first."""
    chosen = st.session_state.get("open_case")
    return next((case for case in cases if case.identity == chosen), cases[0])


def step(cases: Sequence[Case], by: int) -> None:
    """Open the next or the previous case; at the ends nothing happens."""
    index = cases.index(open_case(cases)) + by
    if 0 <= index < len(cases):
        _open(cases[index])


def _draw(
    cases: Sequence[Case],
    classifier: Classifier | None,
    operating_point: str,
    *,
    was_waiting: bool,
) -> None:
    assessments = Assessments.of_session()
    if was_waiting and classifier is not None:
        _take_turn(cases, classifier, operating_point)
    known = [assessments.find(case, classifier, operating_point) for case in cases]
    done = sum(assessment is not None for assessment in known)
    progress = texts.WORKLIST_PROGRESS.format(done=done, total=len(cases))
    st.markdown(f"**{texts.WORKLIST}** · {progress}")
    if done < len(cases):
        st.progress(done / len(cases))
    opened = cases.index(open_case(cases))
    selection: Any = st.dataframe(
        {
            texts.COLUMN_STATE: [
                texts.STATES[_state(known_one)] for known_one in known
            ],
            texts.COLUMN_FILE: [case.name for case in cases],
            texts.COLUMN_SCORE: [known_one and known_one.score for known_one in known],
        },
        hide_index=True,
        height=min(36 * (len(cases) + 1), 400),
        column_config={
            texts.COLUMN_SCORE: st.column_config.NumberColumn(format="%.2f")
        },
        on_select="rerun",
        selection_mode="single-row",
        # A new key makes the list show a case that was opened elsewhere.
        key=f"worklist-{st.session_state.get('opened_elsewhere', 0)}-{len(cases)}",
        selection_default={"selection": {"rows": [opened], "columns": []}},
    )
    rows = selection["selection"]["rows"]
    if rows and rows[0] != opened and rows[0] < len(cases):
        st.session_state["open_case"] = cases[rows[0]].identity
        st.rerun()
    if was_waiting and done == len(cases):
        st.rerun()  # the whole page once more, now without the timer


def _take_turn(
    cases: Sequence[Case], classifier: Classifier, operating_point: str
) -> None:
    assessments = Assessments.of_session()
    until = time.monotonic() + _TURN_SECONDS
    for case in cases:
        if assessments.find(case, classifier, operating_point) is None:
            assessments.assess(case, classifier, operating_point)
            if time.monotonic() > until:
                return


def _open(case: Case) -> None:
    st.session_state["open_case"] = case.identity
    revision = st.session_state.get("opened_elsewhere", 0)
    st.session_state["opened_elsewhere"] = revision + 1


def _state(assessment: Assessment | None) -> str:
    if assessment is None:
        return "reading"
    if assessment.flagged is None:
        return assessment.status
    return "flagged" if assessment.flagged else "not_flagged"
