"""What the model says of the open case, in the order a reader asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from pneumonia.export.table import record, to_csv, to_json
from pneumonia.ui import texts

if TYPE_CHECKING:
    from pneumonia.classifier import Assessment


def show_result(assessment: Assessment, card: Mapping[str, Any]) -> None:
    """Draw the result panel of an assessed or refused radiograph.

    Parameters
    ----------
    assessment : Assessment
    card : mapping
        Of the weights it was assessed with.
    """
    if assessment.score is None:
        show_refusal(str(assessment.message), unreadable=assessment.reason is None)
        return
    if assessment.flagged:
        st.subheader(f":orange[{texts.FLAGGED}]", anchor=False)
        st.caption(texts.FLAGGED_MEANS)
    else:
        st.subheader(texts.NOT_FLAGGED, anchor=False)
        st.caption(texts.NOT_FLAGGED_MEANS)
    if assessment.calibrated:
        st.metric(texts.PROBABILITY, _two_digits(assessment.score))
        st.caption(
            texts.PROBABILITY_ASSUMES.format(prevalence=100 * assessment.prevalence)
        )
    else:
        st.metric(texts.SCORE, _two_digits(assessment.score))
        st.caption(texts.NOT_CALIBRATED)
    point = card["operating_points"][assessment.operating_point]
    st.markdown(
        texts.THRESHOLD.format(
            threshold=assessment.threshold, point=assessment.operating_point
        )
    )
    st.caption(
        texts.THRESHOLD_MEANS.format(
            sensitivity=_percent(point, "sensitivity"),
            specificity=_percent(point, "specificity"),
        )
    )
    for warning in assessment.warnings:
        st.warning(warning, icon=":material/info:")
    st.caption(
        texts.PROVENANCE.format(
            weights=assessment.weights, version=assessment.weights_sha256[:8]
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


def offer_export(assessments: Sequence[Assessment]) -> None:
    """Offer the records of what was read so far, without file names.

    Parameters
    ----------
    assessments : sequence of Assessment
    """
    with st.popover(texts.DOWNLOAD, icon=":material/download:", width="stretch"):
        records = [record(assessment) for assessment in assessments]
        for name, text, mime in (
            (texts.DOWNLOAD_CSV, to_csv(records), "text/csv"),
            (texts.DOWNLOAD_JSON, to_json(records), "application/json"),
        ):
            st.download_button(
                name,
                text,
                file_name=f"assessments.{name.lower()}",
                mime=mime,
                on_click="ignore",
                width="stretch",
            )
        st.caption(texts.DOWNLOAD_NOTE)


def _percent(figures: Mapping[str, Any], name: str) -> str:
    low, high = figures[f"{name}_ci"]
    return texts.INTERVAL.format(
        value=100 * figures[name], low=100 * low, high=100 * high
    )


def _two_digits(score: float) -> str:
    """Never round a score to certainty."""
    if score < 0.005:
        return "< 0.01"
    if score >= 0.995:
        return "> 0.99"
    return f"{score:.2f}"
