"""What the model says of the open case, in the order a reader asks for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from pneumonia.sentences import sentence
from pneumonia.statistics.calibration import at_prevalence, predictive_values
from pneumonia.ui import texts
from pneumonia.ui.score_histogram import show_distribution

if TYPE_CHECKING:
    from pneumonia.model.classifier import Assessment
    from pneumonia.sentences import Repair

# In percent. The weights assume their training folder's prevalence, 74 %, which no
# clinic has; a number that nobody has touched should hold where a chest radiograph is
# asked for because pneumonia is suspected. There 16 % of children had it [1]_; 15 % is
# a round figure near it, and it stands beside every number that rests on it.
#
# .. [1] M. I. Neuman et al., "Prediction of pneumonia in a pediatric emergency
#    department", Pediatrics 128, 2011.
DEFAULT_PREVALENCE: Final = 15


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
    with st.container(gap="small"):
        _show_assessed(assessment, card)


def _show_assessed(assessment: Assessment, card: Mapping[str, Any]) -> None:
    if assessment.flagged:
        st.subheader(f":orange[{texts.FLAGGED}]", anchor=False)
        st.caption(texts.FLAGGED_MEANS)
    else:
        st.subheader(texts.NOT_FLAGGED, anchor=False)
        st.caption(texts.NOT_FLAGGED_MEANS)
    _show_figures(assessment, card["operating_points"][assessment.operating_point])
    show_distribution(float(assessment.score or 0), assessment.threshold, card)
    for warning in assessment.warnings:
        st.warning(sentence(warning), icon=":material/info:")
    _show_evidence(assessment)
    st.caption(
        texts.PROVENANCE.format(
            weights=assessment.weights,
            version=assessment.weights_sha256[:8],
            file=assessment.input_sha256[:8],
        )
        + f"  \n{texts.DISCLAIMER}"
    )


def show_waiting(why: str) -> None:
    """Keep the result's place while there is none yet.

    Parameters
    ----------
    why : str
        A sentence.
    """
    st.subheader(texts.WAITING, anchor=False)
    st.caption(why)
    st.metric(texts.SCORE, texts.NO_NUMBER)


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
    """Offer to turn or invert a refused radiograph and read it again.

    Parameters
    ----------
    repair : {"rotate_90", "rotate_180", "rotate_270", "invert"} or None
        What the gate found would make the radiograph readable.

    Returns
    -------
    str or None
        `repair` in the run in which the button was pressed, else None.
    """
    if repair is None:
        return None
    kind = "invert" if repair == "invert" else "rotate"
    pressed = st.button(
        texts.REPAIRS[kind],
        icon=texts.REPAIR_ICONS[kind],
        help=texts.REPAIR_HELP,
        width="stretch",
    )
    return repair if pressed else None


def undo_repair() -> bool:
    """Offer to read a radiograph that was turned or inverted as it was."""
    return st.button(texts.REPAIR_UNDO, icon=":material/undo:", width="stretch")


def prevalence_in_use() -> Callable[[], float]:
    """Return a function that tells the prevalence this session uses, in (0, 1).

    It may be called later and outside the script, as when a download is made: there the
    session's state is out of reach.
    """
    held: list[float] = st.session_state.setdefault(
        "prevalence_in_use", [DEFAULT_PREVALENCE / 100]
    )
    return lambda: held[0]


@st.fragment
def _show_figures(assessment: Assessment, point: Mapping[str, Any]) -> None:
    """Draw the number and what it means; the prevalence draws only this anew."""
    number = st.container(gap="xsmall")  # above the slider that it follows
    percent = st.slider(
        texts.PREVALENCE,
        *(1, 90, DEFAULT_PREVALENCE),
        format=texts.PREVALENCE_FORMAT,
        key="prevalence",
        persist_state="session",
        help=texts.PREVALENCE_HELP,
    )
    wanted = percent / 100
    st.session_state.setdefault("prevalence_in_use", [wanted])[0] = wanted
    with number:
        _show_number(assessment, point, percent)
    ppv, npv = predictive_values(point["sensitivity"], point["specificity"], wanted)
    st.caption(
        texts.PREDICTIVE_VALUES.format(
            prevalence=percent, ppv=_of_100(ppv), npv=_of_100(npv)
        )
    )


def _show_number(
    assessment: Assessment, point: Mapping[str, Any], percent: int
) -> None:
    """Draw number and threshold at one prevalence, so that they can be compared."""
    score, threshold = float(assessment.score or 0), assessment.threshold
    # Two digits, or four where the score would look equal to the threshold.
    learned = _told_apart(score, threshold)
    at_site = str(point.get("measured_on")).startswith("site")
    notes = [texts.SITE_ACCURACY_NOTE if at_site else texts.ACCURACY_NOTE]
    if assessment.calibrated:
        at_own = at_prevalence(
            [score, threshold], assumed=assessment.prevalence, wanted=percent / 100
        )
        shown = _told_apart(*at_own.tolist())
        st.metric(texts.PROBABILITY, shown[0])
        st.markdown(
            texts.OF_100_CHILDREN.format(
                prevalence=percent, children=_of_100(float(at_own[0]))
            )
        )
        notes.insert(
            0,
            texts.SAME_FLAG.format(
                prevalence=100 * assessment.prevalence,
                score=learned[0],
                threshold=learned[1],
            ),
        )
    else:
        shown = learned
        st.metric(texts.SCORE, shown[0])
        st.caption(texts.NOT_CALIBRATED)
    lines = [
        texts.THRESHOLD.format(threshold=shown[1], point=assessment.operating_point),
        *(
            texts.ACCURACY.format(
                name=name, value=_percent(point[key]), interval=_interval(point, key)
            )
            for key, name in texts.ACCURACIES.items()
        ),
    ]
    st.markdown("  \n".join(lines))
    st.caption(" ".join(notes))


def _told_apart(score: float, threshold: float) -> tuple[str, str]:
    """Write both with as many digits as it takes to tell them apart."""
    for places in (2, 4, 6):
        written = _digits(score, places), _digits(threshold, places)
        if written[0] != written[1]:
            break
    return written


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


def _interval(point: Mapping[str, Any], name: str) -> str:
    low, high = point[f"{name}_ci"]
    return texts.INTERVAL.format(low=100 * low, high=100 * high)


def _of_100(share: float) -> str:
    """Count children, never rounding to none or all of them."""
    if not np.isfinite(share):
        return texts.NO_NUMBER
    if share < 0.005:
        return texts.FEWER_THAN.format(count=1)
    if share >= 0.995:
        return texts.MORE_THAN.format(count=99)
    return texts.ABOUT_COUNT.format(count=round(100 * share))


def _digits(value: float, places: int = 2) -> str:
    """Round, but never to certainty."""
    least = 10.0**-places
    if value < least / 2:
        return f"< {least:.{places}f}"
    if value >= 1 - least / 2:
        return f"> {1 - least:.{places}f}"
    return f"{value:.{places}f}"
