"""All that stands behind the five lines of a result, for who asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from pneumonia.export.rounding import (
    write_number,
    write_of_100,
    write_percent,
    write_threshold,
)
from pneumonia.ui import texts
from pneumonia.ui.score_axis import describe_distribution

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision, Interval


def show_details(decision: Decision, card: Mapping[str, Any]) -> None:
    """Draw number, threshold, accuracy with intervals, and what made the result.

    Parameters
    ----------
    decision : Decision
        Of an assessed radiograph.
    card : mapping
        Of the weights it was assessed with.
    """
    number = texts.PROBABILITY_LINE if decision.calibrated else texts.SCORE_DETAILS
    lines = [
        number.format(
            number=write_number(decision), prevalence=write_percent(decision.prevalence)
        ),
        texts.THRESHOLD.format(
            threshold=write_threshold(decision),
            point=texts.OPERATING_POINTS[decision.operating_point].lower(),
        ),
    ]
    for name, value, interval in (
        (texts.SENSITIVITY, decision.sensitivity, decision.sensitivity_interval),
        (texts.SPECIFICITY, decision.specificity, decision.specificity_interval),
    ):
        if value is not None:
            lines.append(_accuracy(name, value, interval))
    st.markdown("  \n".join(lines))
    notes = []
    if decision.sensitivity is not None:
        at_site = str(decision.measured_on).startswith("site")
        notes.append(texts.SITE_ACCURACY_NOTE if at_site else texts.ACCURACY_NOTE)
    if decision.ppv is not None and decision.npv is not None:
        notes.append(
            texts.PREDICTIVE_VALUES.format(
                prevalence=write_percent(decision.wanted_prevalence),
                ppv=write_of_100(decision.ppv),
                npv=write_of_100(decision.npv),
            )
        )
    if decision.calibrated:
        reference = write_percent(decision.reference_prevalence)
        notes.append(texts.SAME_FLAG.format(reference=reference))
    words = describe_distribution(decision, card.get("score_distribution"))
    if words and decision.age == "inside":
        notes.append(words)
    assessment = decision.assessment
    notes.append(
        texts.PROVENANCE.format(
            weights=assessment.weights,
            version=assessment.weights_sha256[:8],
            file=assessment.input_sha256[:8],
        )
    )
    notes.append(texts.DISCLAIMER)
    for note in notes:
        st.caption(note)


def _accuracy(name: str, value: float, interval: Interval | None) -> str:
    line = texts.ACCURACY.format(name=name, value=_percent(value))
    if interval is None:
        return line
    low, high = (100 * end for end in interval)
    return f"{line} ({texts.INTERVAL.format(low=low, high=high)})"


def _percent(value: float) -> str:
    return f"{100 * value:.0f}\N{NO-BREAK SPACE}%"
