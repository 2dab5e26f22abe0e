"""The page: which case, what do I see, what does the model say.

    streamlit run streamlit_app.py

Everything that can be drawn without the model is drawn at once; the model loads in
the background, once for all sessions.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    WeightsError,
)
from pneumonia.export.report import CaseReport
from pneumonia.preprocess import display_window
from pneumonia.radiograph import Radiograph, read_radiograph
from pneumonia.ui import texts
from pneumonia.ui.exports import OpenCase, offer_export
from pneumonia.ui.result import show_refusal, show_result
from pneumonia.ui.viewer import SaliencyLayer, show_viewer
from pneumonia.ui.worklist import (
    Assessments,
    collect_cases,
    open_case,
    show_worklist,
    step,
)
from pneumonia.weights import available_weights

if TYPE_CHECKING:
    from pneumonia.classifier import Assessment, Classifier
    from pneumonia.saliency import Finding

# The browser stretches the map; finer than this it would not look any different.
MAP_SIDE = 256


@st.cache_resource(show_spinner=False)
def start_loading(name: str) -> Future[Classifier]:
    """Load weights in a thread of their own; every session shares the result."""
    executor = ThreadPoolExecutor(1, thread_name_prefix="load-weights")
    loading = executor.submit(load_classifier, name)
    executor.shutdown(wait=False)
    return loading


def load_classifier(name: str) -> Classifier:
    """Import TensorFlow, which takes seconds, and load weights."""
    from pneumonia.classifier import Classifier
    from pneumonia.weights import load_weights

    return Classifier(load_weights(name))


@st.cache_data(max_entries=8, ttl=600, scope="session", show_spinner=False)
def read_upload(data: bytes) -> Radiograph:
    """Decode an upload; the last few stay at hand for this session."""
    return read_radiograph(data)


@st.fragment(run_every=0.5)
def wait_for_model(name: str) -> None:
    """Say that the model is loading, and draw the page again once it is there."""
    loading = start_loading(name)
    if loading.done():
        st.rerun()
    st.info(texts.LOADING, icon=":material/hourglass_top:")


def show_weights_failure(name: str, error: WeightsError) -> None:
    """Say what is wrong with the weights, and offer to load them again."""
    st.subheader(texts.WEIGHTS_FAILED, anchor=False)
    st.markdown(str(error))
    if st.button(texts.TRY_AGAIN):
        start_loading.clear(name)
        st.rerun()


def show_radiograph(
    radiograph: Radiograph,
    assessment: Assessment | None,
    classifier: Classifier | None,
) -> str | None:
    """Draw the viewer, with the map once there is one."""
    layers: list[SaliencyLayer] = []
    note = ""
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
                title = texts.NO_EVIDENCE.format(finding=finding)
            levels = np.rint(strength * 255).astype(np.uint8)
            layers.append(SaliencyLayer(title, levels))
        if classifier.card["architecture"] == "seed_cnn":
            note = texts.COARSE_MAP
    said = radiograph.dicom
    units = radiograph.units
    return show_viewer(
        radiograph.pixels,
        key="viewer",
        saliency=layers,
        saliency_note=note,
        window=display_window(radiograph),
        window_unit=(units.name or texts.MODALITY_UNITS) if units else None,
        rescale=(units.slope, units.intercept) if units else (1.0, 0.0),
        # At the detector everything is magnified: no scale rather than a wrong one.
        pixel_spacing_mm=(
            said.pixel_spacing if said and not said.spacing_at_detector else None
        ),
        model_input=classifier.model_input(radiograph) if classifier else None,
    )


st.set_page_config(
    page_title=texts.TITLE,
    layout="wide",
    menu_items={"About": texts.ABOUT},
)
banner, banner_more = st.columns([4, 1], vertical_alignment="center")
banner.markdown(texts.BANNER)
with banner_more.popover(texts.BANNER_MORE_LABEL, width="stretch"):
    st.markdown(texts.BANNER_MORE)

# On the first visit the field to drop files on is the page; later it makes room for
# the radiograph. A narrow screen hides the sidebar, so it must not start there.
first_visit = not (st.session_state.get("uploads") or st.session_state.get("example"))
with st.sidebar:
    intake = st.container()
    listing = st.container()
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
    weights = st.selectbox(texts.WEIGHTS, available_weights())
    operating_point = st.selectbox(
        texts.OPERATING_POINT,
        list(texts.OPERATING_POINTS),
        format_func=texts.OPERATING_POINTS.__getitem__,
    )

loading = start_loading(weights)
failure = loading.exception() if loading.done() else None
classifier = loading.result() if loading.done() and failure is None else None
cases = collect_cases(uploads, example=example)
if not cases:
    if isinstance(failure, WeightsError):
        show_weights_failure(weights, failure)
    st.stop()

case = open_case(cases)
viewer_column, result_column = st.columns([7, 3], gap="medium")
radiograph: Radiograph | None = None
assessment: Assessment | None = None
refusal: RadiographError | None = None
try:
    radiograph = read_upload(case.read())
except RadiographError as error:
    refusal = error
if classifier:
    assessment = Assessments.of_session().assess(case, classifier, operating_point)

with viewer_column:
    if radiograph is None:
        st.info(texts.NOTHING_TO_SHOW)
    else:
        direction = show_radiograph(radiograph, assessment, classifier)
        if direction:
            step(cases, 1 if direction == "next" else -1)
            st.rerun()

with result_column:
    if case.synthetic:
        st.caption(texts.EXAMPLE_NOTE)
    if refusal:
        unreadable = isinstance(refusal, UnreadableRadiographError)
        show_refusal(str(refusal), unreadable=unreadable)
    elif isinstance(failure, WeightsError):
        show_weights_failure(weights, failure)
    elif assessment is None or classifier is None:
        wait_for_model(weights)
    else:
        show_result(assessment, classifier.card)

with listing:
    show_worklist(cases, classifier, operating_point)
    known = [
        Assessments.of_session().find(c, classifier, operating_point) for c in cases
    ]
    if classifier and assessment:
        offer_export(
            [CaseReport(found, classifier.card) for found in known if found],
            opened=OpenCase(
                CaseReport(assessment, classifier.card),
                radiograph,
                case.read,
                partial(classifier.saliency, assessment),
            ),
        )
