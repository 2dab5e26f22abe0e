"""The result panel of the open case: five lines, and what is behind them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from pneumonia.export.rounding import (
    write_number,
    write_of_100,
    write_percent,
    write_threshold,
)
from pneumonia.language.speech import say
from pneumonia.reasons.cautions import MAP_CAUTIONS, UNSURE
from pneumonia.reasons.sentences import sentence
from pneumonia.statistics.logistic import logit
from pneumonia.ui import texts
from pneumonia.ui.details import show_details
from pneumonia.ui.external_figure import worst_external
from pneumonia.ui.prevalence import choose_prevalence
from pneumonia.ui.score_axis import show_axis
from pneumonia.ui.turns import run_page

if TYPE_CHECKING:
    from streamlit.navigation.page import StreamlitPage

    from pneumonia.model.decision import Decision
    from pneumonia.model.occlusion import Occlusion
    from pneumonia.reasons.codes import Repair

# In log odds, between the score and the cut-off.
_CLOSE, _CLEAR = 0.5, 2.0


def show_result(
    decision: Decision,
    card: Mapping[str, Any],
    *,
    occlude: Callable[[], Occlusion] | None = None,
    model_page: StreamlitPage | None = None,
) -> None:
    """Draw the result panel of an assessed or refused radiograph.

    Parameters
    ----------
    decision : Decision
    card : mapping
        Of the weights it was assessed with.
    occlude : callable, optional
        Scores the radiograph again without parts of it.
    model_page : StreamlitPage, optional
        Where the figures of other hospitals lead.
    """
    assessment = decision.assessment
    if assessment.status != "assessed":
        unreadable = assessment.status == "unreadable"
        show_refusal(str(assessment.message), unreadable=unreadable)
        return
    with st.container(gap="small"):
        _show_warnings(decision)
        _show_flag(decision)
        show_axis(decision, card.get("score_distribution"))
        _show_number(decision)
        _show_accuracy(decision, card, model_page)
        # Built for who has opened it.
        details = st.expander(say(texts.DETAILS), key="details", on_change="rerun")
        if details.open:
            with details:
                show_details(decision, card, occlude)


def show_refusal(message: str, *, unreadable: bool) -> None:
    """Say why a file has no score, and what to do.

    Parameters
    ----------
    message : str
        The reason as a sentence.
    unreadable : bool
        Whether the file could not be read at all.
    """
    st.subheader(
        say(texts.FLAGS["unreadable" if unreadable else "refused"]), anchor=False
    )
    st.markdown(message)
    st.caption(say(texts.NO_SCORE))


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
        say(texts.REPAIRS[kind]),
        icon=texts.REPAIR_ICONS[kind],
        help=say(texts.REPAIR_HELP),
        width="stretch",
    )
    return repair if pressed else None


def undo_repair() -> bool:
    """Offer to read a radiograph that was repaired as it was."""
    return st.button(say(texts.REPAIR_UNDO), icon=":material/undo:", width="stretch")


def _show_warnings(decision: Decision) -> None:
    """Draw what changes the meaning of the rest; an age before everything else."""
    ages = {"age_outside_training", "unknown_age"}
    warnings = sorted(decision.assessment.warnings, key=lambda it: it.code not in ages)
    for warning in warnings:
        st.warning(sentence(warning), icon=":material/warning:")
        if warning.code == "unknown_age":
            st.markdown(say(texts.AGES))
            with st.container(horizontal=True, gap="small"):
                for answer, words in texts.AGES_ANSWERS.items():
                    st.button(
                        say(words),
                        key=f"age-{answer}",
                        on_click=_answer_age,
                        args=(answer,),
                    )


def _answer_age(answer: str) -> None:
    st.session_state["ages"] = answer
    run_page()  # the settings show it too


def _show_flag(decision: Decision) -> None:
    flag = say(texts.FLAGS[decision.state])
    unsure = f" {say(texts.UNSURE_MARK)}" if decision.unsure else ""
    st.subheader(
        (f":orange[{flag}]" if decision.flagged else flag) + unsure, anchor=False
    )
    st.markdown(say(texts.DISTANCES[_distance(decision)]))
    for code in decision.unsure_because or ():
        st.markdown(say(UNSURE[code]))
    for caution in decision.map_codes:
        if caution != "faint":  # the picture says so where the map would be
            st.caption(say(MAP_CAUTIONS[caution]))


def write_flag(decision: Decision) -> str:
    """Write the flag, and whether it is unsure, as it stands above the picture."""
    flag = say(texts.FLAGS[decision.state])
    return f"{flag} {say(texts.UNSURE_MARK)}" if decision.unsure else flag


def _distance(decision: Decision) -> str:
    """Say how far the score lies from the cut-off, whatever the prevalence."""
    probability = min(max(decision.probability or 0.0, 1e-9), 1 - 1e-9)
    gap = float(logit(probability) - logit(decision.threshold))
    if abs(gap) < _CLOSE:
        return "close_above" if decision.flagged else "close_below"
    near = "near_cut_off" in (decision.unsure_because or ())
    far = "well_" if abs(gap) >= _CLEAR and not near else ""
    return f"{far}above" if decision.flagged else f"{far}below"


def _show_number(decision: Decision) -> None:
    """Draw the one number of this radiograph, and at which prevalence it stands."""
    if not decision.calibrated:
        st.markdown(
            say(
                texts.SCORE_LINE,
                score=write_number(decision),
                threshold=write_threshold(decision),
            )
        )
        return
    probability = decision.probability or 0.0
    with st.container(gap=None):
        st.markdown(say(texts.OF_100_CHILDREN, children=_of_100(probability)))
        choose_prevalence()
    if not decision.flagged and probability >= 0.5:
        st.caption(
            say(
                texts.CUT_OFF_STAYS,
                reference=write_percent(decision.reference_prevalence),
            )
        )
    elif not decision.flagged:
        st.caption(say(texts.NOT_FLAGGED_MEANS))


def _show_accuracy(
    decision: Decision, card: Mapping[str, Any], model_page: StreamlitPage | None
) -> None:
    """Say how often the operating point errs, and how much worse it is elsewhere."""
    if decision.sensitivity is not None and decision.specificity is not None:
        at_site = str(decision.measured_on).startswith("site")
        st.markdown(
            say(
                texts.ERRORS_AT_SITE if at_site else texts.ERRORS,
                misses=_percent_of(1 - decision.sensitivity),
                false_alarms=_percent_of(1 - decision.specificity),
            )
        )
    elsewhere = worst_external(card)
    if elsewhere is None or decision.age != "inside":
        return
    if model_page is None:
        st.caption(elsewhere)
    else:
        st.page_link(model_page, label=elsewhere, icon=":material/monitoring:")


def _percent_of(share: float) -> str:
    """Write a share in whole percent, but never none or all."""
    return f"{write_of_100(share)}\N{NO-BREAK SPACE}%"


def _of_100(share: float) -> str:
    """Count children of 100 in words, never none or all of them."""
    written = write_of_100(share)
    for sign, words in (("<", texts.FEWER_THAN), (">", texts.MORE_THAN)):
        if written.startswith(sign):
            return say(words, count=written.removeprefix(sign).strip())
    return say(texts.ABOUT_COUNT, count=written)
