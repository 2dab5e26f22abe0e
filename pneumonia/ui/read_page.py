"""The place Read: which case, what do I see, what does the model say."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from pneumonia.errors import RadiographError, UnreadableRadiographError
from pneumonia.language.speech import say
from pneumonia.lungs.crop import WHOLE
from pneumonia.model.assessment import FAINT
from pneumonia.model.occlusion import mask_region, occlude
from pneumonia.reading.model_input import margin_notices
from pneumonia.reading.orientation import stated_sides
from pneumonia.reading.radiograph import Radiograph
from pneumonia.ui import texts
from pneumonia.ui.array_memory import once_for
from pneumonia.ui.case_list import LIST, show_cases
from pneumonia.ui.done_button import offer_done
from pneumonia.ui.exports import OpenCase, offer_export
from pneumonia.ui.facts import describe_facts
from pneumonia.ui.frame import with_list
from pneumonia.ui.intake import (
    collect,
    offer_clearing,
    offer_upload,
    remove,
    tell_of_removed,
)
from pneumonia.ui.leaving import tell_tab
from pneumonia.ui.listing import tell_list
from pneumonia.ui.model_loading import show_failure
from pneumonia.ui.open_worklist import OpenWorklist, open_worklist
from pneumonia.ui.result import (
    offer_repair,
    show_refusal,
    show_result,
    undo_repair,
    write_flag,
)
from pneumonia.ui.settings import chosen_settings
from pneumonia.ui.sign_in import is_signed_in
from pneumonia.ui.steps import describe_place, take_step
from pneumonia.ui.to_archive import offer_sending
from pneumonia.ui.turns import READING
from pneumonia.ui.viewer import Corners, SaliencyLayer, ViewerContent, show_viewer
from pneumonia.ui.visitor_language import speak_to_visitor
from pneumonia.ui.worklist import (
    choose_arrangement,
    chosen_arrangement,
    show_progress,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from streamlit.navigation.page import StreamlitPage

    from pneumonia.model.assessment import Assessment
    from pneumonia.model.cell_grid import Finding
    from pneumonia.model.classifier import Classifier
    from pneumonia.reasons.codes import Repair

# The browser stretches the map; finer than this it would not look any different.
_MAP_SIDE: Final = 256
# CSS pixels; all else is the radiograph's.
_LIST_WIDTH: Final = 224
_PANEL_WIDTH: Final = 276


def show_read(work: OpenWorklist, model_page: StreamlitPage) -> None:
    """Draw list, radiograph and result.

    Parameters
    ----------
    work : OpenWorklist
    model_page : StreamlitPage
        Where the figures of other hospitals lead.
    """
    with st.container(horizontal=True, key="reading", gap="small"):
        # Closed, it is empty and not drawn; what stands right of it keeps its place.
        with st.container(key="cases", width=_LIST_WIDTH, gap="small"):
            if with_list():
                _show_cases(work)
        _show_opened(model_page)


def _show_cases(work: OpenWorklist) -> None:
    """Draw the list, which is told its rows apart: they change more often."""
    show_progress(work.read, len(work.cases), work.elapsed)
    choose_arrangement()
    show_cases(key=LIST, on_remove=remove)
    if work.left_out:
        st.caption(say(texts.LEFT_OUT, count=work.left_out))
    tell_of_removed({case.identity for case in work.cases})
    offer_upload(say(texts.ADD))
    offer_clearing(len(work.cases))


@st.fragment(key=READING)
def _show_opened(model_page: StreamlitPage) -> None:
    """Draw the open case, and say what the list shows.

    A click in it runs it alone, without the page around it. So it takes nothing from
    the run of the page but what stays.
    """
    speak_to_visitor()
    work = open_worklist(chosen_settings(), *collect()) if is_signed_in() else None
    if work is None:
        st.rerun()
    arranged = work.listing.arranged(*chosen_arrangement())
    tell_tab()
    picture = st.container(key="picture", gap=None)
    panel = st.container(key="panel", width=_PANEL_WIDTH, gap="small")
    found = work.assessments.shown(work.case)
    with picture:
        _show_picture(work, found, arranged.order)
    with panel:
        # A place each: what stays in the same place is not drawn twice on the way.
        answer, rest = st.container(gap="small"), st.container(gap="small")
    with answer:
        _show_panel(work, found, model_page)
    with rest:
        offer_done(
            work.cases,
            arranged.order,
            work.case.identity,
            is_locked=work.listing.is_locked,
        )
        if work.classifier:
            _offer_export(work, found)
    # Last: what comes and goes would move the picture, which is then drawn anew.
    if with_list():
        tell_list(arranged, work.opened, key=LIST)


def _show_picture(
    work: OpenWorklist, found: Radiograph | RadiographError, places: Sequence[str]
) -> None:
    opened = work.opened
    decision = opened.decision
    radiograph = None if isinstance(found, RadiographError) else found
    asked = opened.locked or work.case.identity in work.reader.readings
    shows_facts = radiograph and work.settings.shows_facts
    show_radiograph(
        radiograph,
        decision.assessment if decision else None,
        work.classifier,
        label={
            "name": opened.name,
            "facts": describe_facts(radiograph) if radiograph and shows_facts else "",
            "flag": write_flag(decision) if decision else "",
            "state": opened.state,
            "cases": describe_place(places, work.case.identity, key="viewer"),
        },
        on_mark=partial(work.reader.mark, work.case) if asked and radiograph else None,
    )


def show_radiograph(
    radiograph: Radiograph | None,
    assessment: Assessment | None,
    classifier: Classifier | None,
    *,
    label: Mapping[str, Any],
    on_mark: Callable[[Corners | None], None] | None,
) -> None:
    """Draw the viewer, with the map once there is one; without a picture, say so.

    Parameters
    ----------
    radiograph : Radiograph or None
    assessment : Assessment or None
        None while its answer must not be shown.
    classifier : Classifier or None
    label : mapping
        ``name``, ``facts``, ``flag``, ``state`` and ``cases`` of `ViewerContent`.
    on_mark : callable or None
        Takes the place that the reader marks; None where nothing may be marked.
    """
    on_step = partial(take_step, "viewer")
    if radiograph is None:
        nothing = np.zeros((1, 1), np.uint8)
        content = ViewerContent(
            pixels=nothing, blank=say(texts.NOTHING_TO_SHOW), **label
        )
        show_viewer(content, key="viewer", on_step=on_step)
        return
    layers: list[SaliencyLayer] = []
    coarse = ""
    if assessment and classifier and assessment.evidence is not None:
        findings: dict[str, Finding] = {
            say(texts.EVIDENCE_FOR): "pneumonia",
            say(texts.EVIDENCE_AGAINST): "normal",
        }
        for title, finding in findings.items():
            levels = _levels(assessment, assessment.evidence, classifier, finding)
            unclear = levels.max() < 255 * FAINT
            note = say(texts.UNCLEAR[finding]) if unclear else ""
            layers.append(SaliencyLayer(title, levels, note))
        if classifier.card["architecture"] == "seed_cnn":
            coarse = say(texts.COARSE_MAP)
    units, pixel = radiograph.units, radiograph.pixel_shape
    content = ViewerContent(
        pixels=radiograph.pixels,
        saliency=layers,
        saliency_note=coarse,
        window=radiograph.window,
        window_unit=(units.name or say(texts.MODALITY_UNITS)) if units else None,
        rescale=(units.slope, units.intercept) if units else (1.0, 0.0),
        # At the detector everything is magnified: no scale rather than a wrong one.
        pixel_spacing_mm=None if pixel.at_detector else pixel.spacing_mm,
        pixel_aspect=pixel.aspect,
        sides=stated_sides(radiograph),
        model_input=_input(radiograph, assessment, classifier) if classifier else None,
        frame=_what_is_seen(radiograph, assessment),
        marking=on_mark is not None,
        **label,
    )
    show_viewer(content, key="viewer", on_mark=on_mark, on_step=on_step)


def _levels(
    assessment: Assessment,
    evidence: NDArray[np.float32],
    classifier: Classifier,
    finding: Finding,
) -> NDArray[np.uint8]:
    """Return the map for a finding in 256 levels."""

    def draw() -> NDArray[np.uint8]:
        side = (_MAP_SIDE, _MAP_SIDE)
        strength = classifier.saliency(assessment, side, toward=finding)
        return np.rint(strength * 255).astype(np.uint8)

    return once_for(evidence, ("levels", classifier, finding), draw)


def _input(
    radiograph: Radiograph, assessment: Assessment | None, classifier: Classifier
) -> NDArray[np.uint8] | None:
    """Return what the network sees."""
    lungs = assessment.lungs if assessment else None
    return once_for(
        radiograph.pixels,
        ("input", classifier),
        lambda: classifier.model_input(radiograph, lungs),
    )


def _what_is_seen(
    radiograph: Radiograph, assessment: Assessment | None
) -> tuple[float, float, float, float] | None:
    """Return left, top, right and bottom edge of what the network saw; None if all."""
    if assessment is None or assessment.lungs is None:
        return radiograph.frame.corners if margin_notices(radiograph) else None
    if assessment.frame == WHOLE:
        return None
    top, bottom, left, right = assessment.frame
    rows, columns = radiograph.pixels.shape[:2]
    return left * columns, top * rows, right * columns, bottom * rows


def _show_panel(
    work: OpenWorklist, found: Radiograph | RadiographError, model_page: StreamlitPage
) -> None:
    opened = work.opened
    if work.case.synthetic:
        st.caption(say(texts.EXAMPLE_NOTE))
    if isinstance(found, RadiographError):
        unreadable = isinstance(found, UnreadableRadiographError)
        show_refusal(str(found), unreadable=unreadable)
    elif opened.locked:
        sure = bool(st.session_state.get("study_confidence"))
        work.reader.ask(work.case, with_confidence=sure)
    elif work.failure:
        show_failure(work.settings.weights, work.failure)
    elif opened.decision is None or work.classifier is None:
        st.info(say(texts.LOADING), icon=":material/hourglass_top:")
    else:
        show_result(
            opened.decision,
            work.classifier.card,
            occlude=partial(
                occlude, work.classifier, found, opened.decision.assessment
            ),
            model_page=model_page,
        )
        _settle_repair(work.case.identity, opened.decision.assessment, work.repairs)
    work.reader.show(work.case, opened.decision)


def _settle_repair(
    identity: str, assessment: Assessment, repairs: dict[str, Repair]
) -> None:
    """Turn, mirror or invert a radiograph when asked to, and undo it."""
    if identity in repairs:
        if undo_repair():
            del repairs[identity]
            st.rerun()
    elif wanted := offer_repair(assessment.repair):
        repairs[identity] = wanted
        st.rerun()


def _offer_export(work: OpenWorklist, found: Radiograph | RadiographError) -> None:
    decision = work.opened.decision
    opened = None
    if decision and work.classifier:
        opened = OpenCase(
            work.report_of(work.opened),
            None if isinstance(found, RadiographError) else found,
            work.case.read,
            partial(work.classifier.saliency, decision.assessment),
            partial(mask_region, work.classifier),
        )
    offer_export(
        lambda: [work.report_of(row) for row in work.rows if row.decision],
        opened=opened,
        withheld=lambda: sum(row.locked for row in work.rows),
    )
    if opened:
        offer_sending(opened, work.case.identity)
