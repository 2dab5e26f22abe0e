"""All that stands behind the five lines of a result, for who asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from pneumonia.export.case_summary import describe_attention
from pneumonia.export.rounding import (
    write_number,
    write_of_100,
    write_percent,
    write_threshold,
)
from pneumonia.language.speech import say, write_digits
from pneumonia.reasons.cautions import MAP_CAUTIONS
from pneumonia.ui import explanation_texts, texts
from pneumonia.ui.score_axis import describe_distribution

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision, Interval
    from pneumonia.model.occlusion import Occlusion

# Of the session's state: the case that was scored again last, and its scores.
_LAST = "occlusion"


def show_details(
    decision: Decision,
    card: Mapping[str, Any],
    occlude: Callable[[], Occlusion] | None = None,
) -> None:
    """Draw number, threshold, accuracy with intervals, and what made the result.

    Parameters
    ----------
    decision : Decision
        Of an assessed radiograph.
    card : mapping
        Of the weights it was assessed with.
    occlude : callable, optional
        Scores the radiograph again without parts of it.
    """
    number = texts.PROBABILITY_LINE if decision.calibrated else texts.SCORE_DETAILS
    lines = [
        say(
            number,
            number=write_number(decision),
            prevalence=write_percent(decision.prevalence),
        ),
        say(
            texts.THRESHOLD,
            threshold=write_threshold(decision),
            point=say(texts.OPERATING_POINTS[decision.operating_point]).lower(),
        ),
    ]
    for name, value, interval in (
        (say(texts.SENSITIVITY), decision.sensitivity, decision.sensitivity_interval),
        (say(texts.SPECIFICITY), decision.specificity, decision.specificity_interval),
    ):
        if value is not None:
            lines.append(_accuracy(name, value, interval))
    if decision.unsure_zone is not None:
        low, high = decision.unsure_zone
        lines.append(say(texts.UNSURE_ZONE, low=low, high=high))
    st.markdown("  \n".join(lines))
    _explain(decision, occlude)
    notes = []
    if decision.sensitivity is not None:
        at_site = str(decision.measured_on).startswith("site")
        notes.append(
            say(texts.SITE_ACCURACY_NOTE) if at_site else say(texts.ACCURACY_NOTE)
        )
    if decision.ppv is not None and decision.npv is not None:
        notes.append(
            say(
                texts.PREDICTIVE_VALUES,
                prevalence=write_percent(decision.wanted_prevalence),
                ppv=write_of_100(decision.ppv),
                npv=write_of_100(decision.npv),
            )
        )
    if decision.calibrated:
        reference = write_percent(decision.reference_prevalence)
        notes.append(say(texts.SAME_FLAG, reference=reference))
    words = describe_distribution(decision, card.get("score_distribution"))
    if words and decision.age == "inside":
        notes.append(words)
    assessment = decision.assessment
    notes.append(
        say(
            texts.PROVENANCE,
            weights=assessment.weights,
            version=assessment.weights_sha256[:8],
            file=assessment.input_sha256[:8],
        )
    )
    notes.append(say(texts.DISCLAIMER))
    st.caption("\n\n".join(notes))


def _explain(decision: Decision, occlude: Callable[[], Occlusion] | None) -> None:
    """Say where the heatmap lies and, when asked, whether the score rests on it."""
    found = decision.assessment
    if "faint" in found.map_codes:
        st.markdown(say(MAP_CAUTIONS["faint"]))
    if not found.draws:
        return
    if found.focus is not None:
        st.markdown(describe_attention(found.focus))
    if occlude is None or found.lungs is None:
        return
    case = (found.input_sha256, found.repaired, found.weights, found.weights_sha256)
    if st.button(
        say(explanation_texts.OCCLUDE),
        help=say(explanation_texts.OCCLUDE_HELP),
        width="stretch",
    ):
        st.session_state[_LAST] = (case, occlude())
    known, scores = st.session_state.get(_LAST, (None, None))
    if known == case:
        for line in describe_occlusion(decision, scores):
            st.markdown(line)


def describe_occlusion(decision: Decision, scores: Occlusion) -> list[str]:
    """Say what the number is without parts of the picture.

    Parameters
    ----------
    decision : Decision
    scores : Occlusion

    Returns
    -------
    list of str
        At the prevalence of the decision.
    """
    before, without, blurred = (decision.moved(score) for score in scores)
    told = [write_digits(f"{number:.2f}") for number in (before, without)]
    kind = "same" if told[0] == told[1] else "lower" if without < before else "higher"
    lines = [
        say(
            explanation_texts.MASKED[decision.calibrated][kind],
            before=told[0],
            after=told[1],
        ),
        say(explanation_texts.BLURRED, change=abs(blurred - before)),
    ]
    if not scores.region_matters:
        lines.append(say(MAP_CAUTIONS["no_effect"]))
    return lines


def _accuracy(name: str, value: float, interval: Interval | None) -> str:
    line = say(texts.ACCURACY, name=name, value=_percent(value))
    if interval is None:
        return line
    low, high = (100 * end for end in interval)
    return f"{line} ({say(texts.INTERVAL, low=low, high=high)})"


def _percent(value: float) -> str:
    return f"{100 * value:.0f}\N{NO-BREAK SPACE}%"
