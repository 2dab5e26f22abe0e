"""The result panel of the open case: flag, number, prevalence, accuracy, evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import streamlit as st

from pneumonia.export.rounding import write_number, write_percent, write_threshold
from pneumonia.reasons.sentences import sentence
from pneumonia.ui import texts
from pneumonia.ui.prevalence import choose_prevalence
from pneumonia.ui.score_histogram import show_distribution

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.decision import Decision, Interval
    from pneumonia.reasons.codes import Repair


def show_result(decision: Decision, card: Mapping[str, Any]) -> None:
    """Draw the result panel of an assessed or refused radiograph.

    Parameters
    ----------
    decision : Decision
    card : mapping
        Of the weights it was assessed with.
    """
    assessment = decision.assessment
    if assessment.status != "assessed":
        unreadable = assessment.status == "unreadable"
        show_refusal(str(assessment.message), unreadable=unreadable)
        return
    with st.container(gap="small"):
        # First of all: an age or a margin changes what the number means.
        for warning in assessment.warnings:
            st.warning(sentence(warning), icon=":material/info:")
        _show_flag(decision)
        _show_number(decision)
        choose_prevalence()
        _show_predictive_values(decision)
        show_distribution(decision, card.get("score_distribution"))
        _show_evidence(assessment)
        st.caption(
            texts.PROVENANCE.format(
                weights=assessment.weights,
                version=assessment.weights_sha256[:8],
                file=assessment.input_sha256[:8],
            )
            + f"  \n{texts.DISCLAIMER}"
        )


def show_refusal(message: str, *, unreadable: bool) -> None:
    """Say why a file has no score, and what to do.

    Parameters
    ----------
    message : str
        The reason as a sentence.
    unreadable : bool
        Whether the file could not be read at all.
    """
    st.subheader(texts.UNREADABLE if unreadable else texts.REFUSED, anchor=False)
    st.markdown(message)
    st.caption(f"{texts.NO_SCORE}  \n{texts.DISCLAIMER}")


def offer_repair(repair: Repair | None) -> Repair | None:
    """Offer to turn, mirror or invert a radiograph and read it again.

    Parameters
    ----------
    repair : Repair or None
        What the gate found would put the radiograph right.

    Returns
    -------
    str or None
        `repair` in the run in which the button was pressed, else None.
    """
    if repair is None:
        return None
    kind = re.sub(r"_\d+", "", repair)
    pressed = st.button(
        texts.REPAIRS[kind],
        icon=texts.REPAIR_ICONS[kind],
        help=texts.REPAIR_HELP,
        width="stretch",
    )
    return repair if pressed else None


def undo_repair() -> bool:
    """Offer to read a radiograph that was repaired as it was."""
    return st.button(texts.REPAIR_UNDO, icon=":material/undo:", width="stretch")


def _show_flag(decision: Decision) -> None:
    if decision.flagged:
        st.subheader(f":orange[{texts.FLAGGED}]", anchor=False)
        st.caption(texts.FLAGGED_MEANS)
    else:
        st.subheader(texts.NOT_FLAGGED, anchor=False)
        st.caption(texts.NOT_FLAGGED_MEANS)


def _show_number(decision: Decision) -> None:
    """Draw number and threshold, and how accurate the operating point is."""
    at_site = str(decision.measured_on).startswith("site")
    notes = [texts.SITE_ACCURACY_NOTE if at_site else texts.ACCURACY_NOTE]
    number = str(write_number(decision))
    prevalence = write_percent(decision.prevalence)
    if decision.calibrated:
        st.metric(texts.PROBABILITY, number)
        children = _of_100(decision.probability)
        st.markdown(
            texts.OF_100_CHILDREN.format(prevalence=prevalence, children=children)
        )
        reference = _percent(decision.reference_prevalence)
        notes.insert(0, texts.SAME_FLAG.format(reference=reference))
    else:
        st.metric(texts.SCORE, number)
        st.caption(texts.NOT_CALIBRATED)
    lines = [
        texts.THRESHOLD.format(
            threshold=write_threshold(decision), point=decision.operating_point
        )
    ]
    for name, value, interval in (
        (texts.SENSITIVITY, decision.sensitivity, decision.sensitivity_interval),
        (texts.SPECIFICITY, decision.specificity, decision.specificity_interval),
    ):
        if value is not None:
            lines.append(_accuracy(name, value, interval))
    st.markdown("  \n".join(lines))
    st.caption(" ".join(notes if len(lines) > 1 else notes[:-1]))


def _accuracy(name: str, value: float, interval: Interval | None) -> str:
    line = texts.ACCURACY.format(name=name, value=_percent(value))
    if interval is None:
        return line
    low, high = (100 * end for end in interval)
    return f"{line} ({texts.INTERVAL.format(low=low, high=high)})"


def _show_predictive_values(decision: Decision) -> None:
    if decision.ppv is None and decision.npv is None:
        return
    st.caption(
        texts.PREDICTIVE_VALUES.format(
            prevalence=write_percent(decision.wanted_prevalence),
            ppv=_of_100(decision.ppv),
            npv=_of_100(decision.npv),
        )
    )


def _show_evidence(assessment: Assessment) -> None:
    evidence = assessment.evidence
    if evidence is None:
        return
    speaking = float(np.abs(evidence).sum())
    if speaking == 0:
        return
    share = float(evidence.clip(min=0).sum()) / speaking
    st.caption(
        texts.EVIDENCE_SHARES.format(
            toward=_percent(share), against=_percent(1 - share)
        )
    )


def _percent(value: float) -> str:
    return f"{100 * value:.0f}\N{NO-BREAK SPACE}%"


def _of_100(share: float | None) -> str:
    """Count children, never rounding to none or all of them."""
    if share is None:
        return texts.NO_NUMBER
    if share < 0.005:
        return texts.FEWER_THAN.format(count=1)
    if share >= 0.995:
        return texts.MORE_THAN.format(count=99)
    return texts.ABOUT_COUNT.format(count=round(100 * share))
