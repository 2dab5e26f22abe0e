"""The drawer of settings: what a clinician changes once, not from case to case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import streamlit as st

from pneumonia.export.rounding import write_of_100
from pneumonia.language.speech import naming, say
from pneumonia.model.weights import DEFAULT_WEIGHTS
from pneumonia.ui import texts
from pneumonia.ui.choices import chosen, keep_choice
from pneumonia.ui.kept_files import KeptFiles
from pneumonia.ui.model_loading import current_weights
from pneumonia.ui.sign_in import offer_sign_out
from pneumonia.ui.turns import run_reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pneumonia.card.schema import Card


@dataclass(frozen=True)
class Settings:
    """What is set.

    Attributes
    ----------
    weights : str
        Their name.
    operating_point : str
        Its name in the card.
    shows_facts : bool
        Whether age, sex, view and study date of a DICOM file stand above the picture.
    """

    weights: str
    operating_point: str
    shows_facts: bool


def ask_age() -> None:
    """Ask whether the patients are of the ages that the weights know; once in a run."""
    # The answer is not the control's own state: the browser knows nothing of a control
    # in a drawer that was never opened, and clears it with the next press elsewhere.
    st.session_state["ages_control"] = st.session_state.get("ages")
    st.segmented_control(
        say(texts.AGES),
        list(texts.AGES_ANSWERS),
        format_func=naming(texts.AGES_ANSWERS),
        help=say(texts.AGES_HELP),
        key="ages_control",
        on_change=_take_age,
    )


def _take_age() -> None:
    if answer := st.session_state["ages_control"]:
        st.session_state["ages"] = answer


def choose_settings(*, with_age: bool) -> Settings:
    """Draw the drawer, and return what is set.

    Parameters
    ----------
    with_age : bool
        Whether the question of the age stands in it, and not elsewhere on the page.

    Returns
    -------
    Settings
    """
    with st.popover(say(texts.SETTINGS), icon=":material/tune:", type="tertiary"):
        if with_age:
            ask_age()
        st.toggle(
            say(texts.SHOW_FACTS),
            help=say(texts.SHOW_FACTS_HELP),
            key="shows_facts",
            on_change=run_reading,
        )
        cards = all_cards()
        offered = current_weights().version.names
        st.selectbox(
            say(texts.WEIGHTS),
            offered,
            format_func=lambda name: name_weights(name, cards.get(name, {})),
            **keep_choice("weights", offered or [DEFAULT_WEIGHTS]),
        )
        card: Mapping[str, Any] = cards.get(chosen_settings().weights) or {}
        st.selectbox(
            say(texts.OPERATING_POINT),
            list(texts.OPERATING_POINTS),
            format_func=lambda point: name_operating_point(point, card),
            help=say(texts.OPERATING_POINT_HELP),
            **keep_choice(
                "operating_point", list(texts.OPERATING_POINTS), then=run_reading
            ),
        )
        offer_sign_out()
    return chosen_settings()


def chosen_settings() -> Settings:
    """Return what is set, in a run that does not draw the drawer too."""
    offered = current_weights().version.names or [DEFAULT_WEIGHTS]
    state = st.session_state
    return Settings(
        chosen("weights", offered),
        chosen("operating_point", list(texts.OPERATING_POINTS)),
        bool(state.get("shows_facts")),
    )


def name_weights(name: str, card: Mapping[str, Any], *, note: bool = True) -> str:
    """Name weights by what they are for.

    Parameters
    ----------
    name : str
    card : mapping
    note : bool
        Say also what the weights for comparison are most fragile under.

    Returns
    -------
    str
    """
    if name == DEFAULT_WEIGHTS:
        return say(texts.WEIGHTS_RECOMMENDED)
    if card.get("architecture") != "seed_cnn":
        return name
    by_name = card.get("corruptions", {}).get("by_perturbation", {})
    if not (note and by_name):
        return say(texts.WEIGHTS_ORIGINAL)
    worst = min(by_name, key=lambda it: float(by_name[it]["auroc"]))
    return say(
        texts.WEIGHTS_WITH_NOTE,
        weights=say(texts.WEIGHTS_ORIGINAL),
        note=say(texts.WEIGHTS_FRAGILE, worst=say(worst)),
    )


def name_operating_point(point: str, card: Mapping[str, Any]) -> str:
    """Name an operating point with what it costs in false alarms.

    Parameters
    ----------
    point : str
        A key of `texts.OPERATING_POINTS`.
    card : mapping

    Returns
    -------
    str
    """
    name = say(texts.OPERATING_POINTS[point])
    points = card.get("operating_points", {})
    specificity = points.get(point, {}).get("specificity")
    if specificity is None:
        return name
    alarms = say(texts.FALSE_ALARMS, count=write_of_100(1 - specificity))
    if point != "balanced" and specificity == points["balanced"].get("specificity"):
        alarms = say(texts.NO_COST)
    return say(texts.POINT_WITH_COST, point=name, cost=alarms)


def all_cards() -> dict[str, Card]:
    """Return the cards of all weights that can be chosen, by their names."""
    of_list = KeptFiles.of_session().classifiers
    return {
        **current_weights().version.cards,
        **{name: it.result().card for name, it in of_list.items()},
    }
