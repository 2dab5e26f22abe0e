"""The page: the case, the radiograph, the result.

    streamlit run streamlit_app.py

Everything that can be drawn without the model is drawn at once; the model loads in
the background, once for all sessions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import wait
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from pneumonia.errors import RadiographError, UnreadableRadiographError
from pneumonia.export.case_summary import CaseReport
from pneumonia.model.decision import Decision, decide
from pneumonia.model.weights import DEFAULT_WEIGHTS, available_weights
from pneumonia.reading.model_input import margin_notices
from pneumonia.reading.orientation import apply_repair, stated_sides
from pneumonia.reading.radiograph import Radiograph
from pneumonia.reading.third_party_warnings import hide_third_party_warnings
from pneumonia.reasons.codes import Repair
from pneumonia.ui import texts
from pneumonia.ui.exports import OpenCase, offer_export
from pneumonia.ui.model_loading import show_failure, start_loading
from pneumonia.ui.prevalence import chosen_prevalence
from pneumonia.ui.reader_study import Reader
from pneumonia.ui.result import (
    offer_repair,
    show_refusal,
    show_result,
    undo_repair,
)
from pneumonia.ui.session_results import TURN_SECONDS, Assessments
from pneumonia.ui.steps import describe_place, open_case, take_step
from pneumonia.ui.turns import ask_for_next_turn
from pneumonia.ui.uploads import Case, collect_cases
from pneumonia.ui.viewer import Corners, SaliencyLayer, ViewerContent, show_viewer
from pneumonia.ui.worklist import (
    Row,
    arrange,
    choose_arrangement,
    done_cases,
    offer_done,
    show_list,
    show_progress,
)

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.classifier import Classifier
    from pneumonia.model.grad_cam import Finding

# The browser stretches the map; finer than this it would not look any different.
MAP_SIDE = 256
SIDEBAR_WIDTH = 340  # CSS pixels; the list's picture, state and score fit in
# In the address once files were opened: a reload then begins a session that finds it.
OPENED = "opened"


def tell_of_reload() -> None:
    """Say that nothing was kept, where this session did not open what was open."""
    if OPENED in st.query_params and "assessments" not in st.session_state:
        st.info(texts.RELOADED)


def list_rows(
    cases: list[Case],
    assessments: Assessments,
    reader: Reader,
    decided: Callable[[Assessment], Decision],
) -> list[Row]:
    """Say of each case what may be shown; what is shown is no longer locked."""
    rows = []
    for case in cases:
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
            )
        )
    reader.note_answers(
        [row.case for row in rows if row.decision and row.decision.flagged is not None]
    )
    return rows


def show_radiograph(
    radiograph: Radiograph | None,
    assessment: Assessment | None,
    classifier: Classifier | None,
    *,
    label: Mapping[str, Any],
    on_mark: Callable[[Corners | None], None] | None,
) -> None:
    """Draw the viewer, with the map once there is one; without a picture, say so."""
    on_step = partial(take_step, "viewer")
    if radiograph is None:
        nothing = np.zeros((1, 1), np.uint8)
        content = ViewerContent(pixels=nothing, blank=texts.NOTHING_TO_SHOW, **label)
        show_viewer(content, key="viewer", on_step=on_step)
        return
    layers: list[SaliencyLayer] = []
    notes = []
    if assessment and classifier and assessment.evidence is not None:
        findings: dict[str, Finding] = {
            texts.EVIDENCE_FOR: "pneumonia",
            texts.EVIDENCE_AGAINST: "normal",
        }
        for title, finding in findings.items():
            strength = classifier.saliency(
                assessment, (MAP_SIDE, MAP_SIDE), toward=finding
            )
            if not strength.any():
                notes.append(texts.NO_EVIDENCE.format(finding=finding))
            levels = np.rint(strength * 255).astype(np.uint8)
            layers.append(SaliencyLayer(title, levels))
        if classifier.card["architecture"] == "seed_cnn":
            notes.append(texts.COARSE_MAP)
    units, pixel = radiograph.units, radiograph.pixel_shape
    content = ViewerContent(
        pixels=radiograph.pixels,
        saliency=layers,
        saliency_note=" ".join(notes),
        window=radiograph.window,
        window_unit=(units.name or texts.MODALITY_UNITS) if units else None,
        rescale=(units.slope, units.intercept) if units else (1.0, 0.0),
        # At the detector everything is magnified: no scale rather than a wrong one.
        pixel_spacing_mm=None if pixel.at_detector else pixel.spacing_mm,
        pixel_aspect=pixel.aspect,
        sides=stated_sides(radiograph),
        model_input=classifier.model_input(radiograph) if classifier else None,
        frame=radiograph.frame.corners if margin_notices(radiograph) else None,
        marking=on_mark is not None,
        **label,
    )
    show_viewer(content, key="viewer", on_mark=on_mark, on_step=on_step)


def settle_repair(
    case: Case, assessment: Assessment, repairs: dict[str, Repair]
) -> None:
    """Turn, mirror or invert a radiograph when asked to, and undo it."""
    if case.identity in repairs:
        if undo_repair():
            del repairs[case.identity]
            st.rerun()
    elif wanted := offer_repair(assessment.repair):
        repairs[case.identity] = wanted
        st.rerun()


hide_third_party_warnings()
st.set_page_config(
    page_title=texts.TITLE,
    layout="wide",
    initial_sidebar_state=SIDEBAR_WIDTH,
    menu_items={"About": texts.ABOUT},
)
banner, banner_more = st.columns([4, 1], vertical_alignment="center")
banner.markdown(texts.BANNER)
with banner_more.popover(texts.BANNER_MORE_LABEL, width="stretch"):
    st.markdown(texts.BANNER_MORE)

# On the first visit the field to drop files on is the page; later it makes room for
# the radiograph, and stands below the list, as it grows with every file. A narrow
# screen hides the sidebar, so it must not start there.
first_visit = not (st.session_state.get("uploads") or st.session_state.get("example"))
with st.sidebar:
    listing = st.container()
    intake = st.container()
    settings = st.container()
if first_visit:
    intake = st.container()

with intake:
    uploads = st.file_uploader(
        texts.UPLOAD, accept_multiple_files=True, help=texts.UPLOAD_HELP, key="uploads"
    )
    example = st.toggle(texts.EXAMPLE, key="example")
    if first_visit:
        st.caption(texts.FIRST_VISIT)
with settings:
    st.toggle(texts.READER_FIRST, key="reader_first", help=texts.READER_FIRST_HELP)
    weights = st.selectbox(texts.WEIGHTS, available_weights()) or DEFAULT_WEIGHTS
    operating_point = st.selectbox(
        texts.OPERATING_POINT,
        list(texts.OPERATING_POINTS),
        format_func=texts.OPERATING_POINTS.__getitem__,
    )

loading = start_loading(weights)
failure = loading.exception() if loading.done() else None
classifier = loading.result() if loading.done() and failure is None else None
cases, left_out = collect_cases(uploads, example=example)
if left_out:
    with listing:
        st.caption(texts.LEFT_OUT.format(count=left_out))
if not cases:
    tell_of_reload()
    if failure:
        show_failure(weights, failure)
    st.stop()
st.query_params[OPENED] = "1"

case = open_case(cases)
reader = Reader.of_session()
repairs: dict[str, Repair] = st.session_state.setdefault("repairs", {})
assessments = Assessments(
    classifier,
    ages=st.session_state.get("ages"),
    repairs=repairs,
)
assessments.assess(case)
decided = partial(
    decide,
    card=classifier.card if classifier else {},
    operating_point=operating_point,
    prevalence=chosen_prevalence(),
)
rows = list_rows(cases, assessments, reader, decided)
opened = next(row for row in rows if row.case == case)

with listing:
    known = [assessments.find(each) is not None for each in cases]
    show_progress(sum(known), len(known))
    order, shown = choose_arrangement()
    arranged = arrange(rows, order, shown)

viewer_column, result_column = st.columns([7, 3], gap="medium")
found = assessments.radiograph(case)
refusal = found if isinstance(found, RadiographError) else None
radiograph = None if isinstance(found, RadiographError) else found
if radiograph and case.identity in repairs:
    radiograph = apply_repair(radiograph, repairs[case.identity])

decision = opened.decision
places = [row.case.identity for row in arranged]
with viewer_column:
    asked = opened.locked or case.identity in reader.readings
    show_radiograph(
        radiograph,
        decision.assessment if decision else None,
        classifier,
        label={
            "name": case.name,
            "flag": texts.FLAGS[decision.state] if decision else "",
            "state": opened.state,
            "cases": describe_place(places, case.identity, key="viewer"),
        },
        on_mark=partial(reader.mark, case) if asked and radiograph else None,
    )

with result_column:
    if case.synthetic:
        st.caption(texts.EXAMPLE_NOTE)
    if refusal:
        unreadable = isinstance(refusal, UnreadableRadiographError)
        show_refusal(str(refusal), unreadable=unreadable)
    elif opened.locked:
        reader.ask(case)
    elif failure:
        show_failure(weights, failure)
    elif opened.decision is None or classifier is None:
        st.info(texts.LOADING, icon=":material/hourglass_top:")
    else:
        show_result(opened.decision, classifier.card)
        settle_repair(case, opened.decision.assessment, repairs)
    reader.show(case, opened.decision)
    offer_done(places, case.identity)

# Last: the first table waits for pandas, which the loading thread may be importing.
with listing:
    show_list(arranged, case)
    if assessments.tells_no_age(case):
        st.segmented_control(
            texts.AGES,
            list(texts.AGES_ANSWERS),
            format_func=texts.AGES_ANSWERS.__getitem__,
            help=texts.AGES_HELP,
            key="ages",
        )
    if classifier:
        reports = {
            row.case.identity: CaseReport(
                row.decision, reader.readings.get(row.case.identity)
            )
            for row in rows
            if row.decision
        }
        offer_export(
            list(reports.values()),
            opened=OpenCase(
                reports[case.identity],
                radiograph,
                case.read,
                partial(classifier.saliency, opened.decision.assessment),
            )
            if opened.decision
            else None,
            withheld=sum(row.locked for row in rows),
        )

if classifier is None and failure is None:
    wait([loading], timeout=TURN_SECONDS)
    ask_for_next_turn()
elif not all(known):
    assessments.assess_some(cases)
    ask_for_next_turn()
