"""What the card knows of other sets and other hospitals, for the place Model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from pneumonia.card.layout import figure
from pneumonia.card.markdown import TEST_SPLIT
from pneumonia.card.sources import (
    describe_sources,
    name_group,
    name_label,
    name_origin,
    name_source,
)
from pneumonia.language.speech import say
from pneumonia.ui import model_texts as texts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pneumonia.card.schema import Card
    from pneumonia.card.sections import OtherHospitals


def show_elsewhere(card: Card) -> None:
    """Show sets outside the partitions, and what was scored on the official test.

    Parameters
    ----------
    card : Card
        What it lacks is left out.
    """
    st.subheader(say(texts.ELSEWHERE), anchor="elsewhere")
    if "other_hospitals" in card:
        _show_hospitals(card["other_hospitals"])
    found = card.get("external_sets", {})
    lines = []
    if "adults" in found:
        adults = found["adults"]
        lines.append(
            say(
                texts.ADULTS,
                flagged=_flagged(adults),
                n=adults["n"],
                patients=adults["patients"],
            )
        )
    if "native_copies" in found:
        copies = found["native_copies"]
        lines.append(
            say(
                texts.NATIVE,
                n=copies["n"],
                mean=copies["mean_change"],
                largest=copies["largest_change"],
                flags=copies["flags_changed"],
            )
        )
    st.markdown("\n".join([*lines, say(TEST_SPLIT)]))


def _show_hospitals(found: OtherHospitals) -> None:
    st.markdown(say(texts.HOSPITALS))
    rows = found["groups"]
    described = describe_sources(row["source"] for row in rows)
    st.markdown("\n".join(f"- **{name}:** {what}" for name, what in described))
    source, label, given_by, number, flagged = map(say, texts.HOSPITAL_COLUMNS)
    st.table(
        {
            source: [name_source(row["source"]) for row in rows],
            label: [name_label(row["label"]) for row in rows],
            given_by: [name_origin(row["labelled_by"]) for row in rows],
            number: [row["n"] for row in rows],
            flagged: [_flagged(row) for row in rows],
        },
        hide_index=True,
    )
    ill, well, number, auroc = map(say, texts.SEPARATION_COLUMNS)
    pairs = found["separations"]
    st.table(
        {
            ill: [name_group(row["opaque"]) for row in pairs],
            well: [name_group(row["normal"]) for row in pairs],
            number: [row["n"] for row in pairs],
            auroc: [figure(row, "auroc") for row in pairs],
        },
        hide_index=True,
    )


def _flagged(row: Mapping[str, Any]) -> str:
    # In a narrow column a line would else begin with the sign.
    return figure(row, "flagged", ".1%").replace(" %", "\N{NO-BREAK SPACE}%")
