"""The place Read: which case, what do I see, what does the model say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from pneumonia.errors import RadiographError, UnreadableRadiographError
from pneumonia.language.speech import say
from pneumonia.lungs.crop import WHOLE
from pneumonia.model.occlusion import occlude
from pneumonia.reading.model_input import margin_notices
from pneumonia.reading.orientation import apply_repair, stated_sides
from pneumonia.reading.radiograph import Radiograph
from pneumonia.ui import texts
from pneumonia.ui.batch_page import unjoined
from pneumonia.ui.exports import OpenCase, offer_export
from pneumonia.ui.facts import describe_facts
from pneumonia.ui.intake import offer_clearing, offer_upload
from pneumonia.ui.model_loading import show_failure
from pneumonia.ui.open_worklist import OpenWorklist
from pneumonia.ui.result import (
    offer_repair,
    show_refusal,
    show_result,
    undo_repair,
    write_flag,
)
from pneumonia.ui.steps import describe_place, take_step
from pneumonia.ui.viewer import Corners, SaliencyLayer, ViewerContent, show_viewer
from pneumonia.ui.worklist import (
    Row,
    arrange,
    choose_arrangement,
    offer_done,
    show_list,
    show_progress,
)

if TYPE_CHECKING:
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


def show_read(
    work: OpenWorklist, *, with_list: bool, model_page: StreamlitPage
) -> None:
    """Draw list, radiograph and result.

    Parameters
    ----------
    work : OpenWorklist
    with_list : bool
        Whether the list is open.
    model_page : StreamlitPage
        Where the figures of other hospitals lead.
    """
    with st.container(horizontal=True, gap="small", key="reading"):
        # Closed, it is empty and not drawn; what stands right of it keeps its place.
        listing = st.container(key="cases", width=_LIST_WIDTH, gap="small")
        picture = st.container(key="picture", gap=None)
        panel = st.container(key="panel", width=_PANEL_WIDTH, gap="small")
    found = work.assessments.radiograph(work.case)
    if not isinstance(found, RadiographError) and work.case.identity in work.repairs:
        found = apply_repair(found, work.repairs[work.case.identity])
    with listing:
        arranged = _show_cases(work, with_list=with_list)
    places = [row.case.identity for row in arranged]
    with picture:
        _show_picture(work, found, places)
    with panel:
        # A place each: what stays in the same place is not drawn twice on the way.
        answer, rest = st.container(gap="small"), st.container(gap="small")
    with answer:
        _show_panel(work, found, model_page)
    with rest:
        offer_done(places, work.case.identity)
        if work.classifier:
            _offer_export(work, found)


def _show_cases(work: OpenWorklist, *, with_list: bool) -> list[Row]:
    """Draw the list; closed, it still decides which case is next."""
    if not with_list:
        order = st.session_state.get("order", "dropped")
        return arrange(work.rows, order, st.session_state.get("filter", "all"))
    show_progress(work.read, len(work.cases))
    arranged = arrange(work.rows, *choose_arrangement())
    show_list(arranged, work.case)
    if work.left_out:
        st.caption(say(texts.LEFT_OUT, count=work.left_out))
    listed = {case.identity for case in work.cases}
    removed = len(work.reader.readings.keys() - listed)
    removed += sum(it.reading is not None for it in unjoined().values())
    if removed:
        st.caption(say(texts.REMOVED, count=removed))
    offer_upload(say(texts.ADD))
    offer_clearing()
    return arranged


def _show_picture(
    work: OpenWorklist, found: Radiograph | RadiographError, places: list[str]
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
    notes = []
    if assessment and classifier and assessment.evidence is not None:
        findings: dict[str, Finding] = {
            say(texts.EVIDENCE_FOR): "pneumonia",
            say(texts.EVIDENCE_AGAINST): "normal",
        }
        for title, finding in findings.items():
            strength = classifier.saliency(
                assessment, (_MAP_SIDE, _MAP_SIDE), toward=finding
            )
            if not strength.any():
                notes.append(say(texts.NO_EVIDENCE[finding]))
            levels = np.rint(strength * 255).astype(np.uint8)
            layers.append(SaliencyLayer(title, levels))
        if classifier.card["architecture"] == "seed_cnn":
            notes.append(say(texts.COARSE_MAP))
    units, pixel = radiograph.units, radiograph.pixel_shape
    content = ViewerContent(
        pixels=radiograph.pixels,
        saliency=layers,
        saliency_note=" ".join(notes),
        window=radiograph.window,
        window_unit=(units.name or say(texts.MODALITY_UNITS)) if units else None,
        rescale=(units.slope, units.intercept) if units else (1.0, 0.0),
        # At the detector everything is magnified: no scale rather than a wrong one.
        pixel_spacing_mm=None if pixel.at_detector else pixel.spacing_mm,
        pixel_aspect=pixel.aspect,
        sides=stated_sides(radiograph),
        model_input=classifier.model_input(radiograph) if classifier else None,
        frame=_what_is_seen(radiograph, assessment),
        marking=on_mark is not None,
        **label,
    )
    show_viewer(content, key="viewer", on_mark=on_mark, on_step=on_step)


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
    reports, decision = work.reports, work.opened.decision
    opened = None
    if decision and work.classifier:
        opened = OpenCase(
            reports[work.case.identity],
            None if isinstance(found, RadiographError) else found,
            work.case.read,
            partial(work.classifier.saliency, decision.assessment),
        )
    offer_export(
        list(reports.values()),
        opened=opened,
        withheld=sum(row.locked for row in work.rows),
    )
