"""What the card knows of other sets and other hospitals, for the place Model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from pneumonia.card.layout import figure
from pneumonia.card.markdown import TEST_SPLIT
from pneumonia.ui import model_texts as texts

if TYPE_CHECKING:
    from pneumonia.card.schema import Card
    from pneumonia.card.sections import OtherHospitals


def show_elsewhere(card: Card) -> None:
    """Show sets outside the partitions, and what was scored on the official test.

    Parameters
    ----------
    card : Card
        What it lacks is left out.
    """
    st.subheader(texts.ELSEWHERE, anchor="elsewhere")
    if "other_hospitals" in card:
        _show_hospitals(card["other_hospitals"])
    found = card.get("external_sets", {})
    lines = []
    if "adults" in found:
        adults = found["adults"]
        lines.append(
            texts.ADULTS.format(
                flagged=figure(adults, "flagged", ".1%"),
                n=adults["n"],
                patients=adults["patients"],
            )
        )
    if "native_copies" in found:
        copies = found["native_copies"]
        lines.append(
            texts.NATIVE.format(
                n=copies["n"],
                mean=copies["mean_change"],
                largest=copies["largest_change"],
                flags=copies["flags_changed"],
            )
        )
    st.markdown("\n".join([*lines, TEST_SPLIT]))


def _show_hospitals(found: OtherHospitals) -> None:
    st.markdown(texts.HOSPITALS)
    source, label, given_by, number, flagged = texts.HOSPITAL_COLUMNS
    rows = found["groups"]
    st.table(
        {
            source: [row["source"] for row in rows],
            label: [row["label"] for row in rows],
            given_by: [row["labelled_by"] for row in rows],
            number: [row["n"] for row in rows],
            flagged: [figure(row, "flagged", ".1%") for row in rows],
        },
        hide_index=True,
    )
    ill, well, number, auroc = texts.SEPARATION_COLUMNS
    pairs = found["separations"]
    st.table(
        {
            ill: [row["opaque"] for row in pairs],
            well: [row["normal"] for row in pairs],
            number: [row["n"] for row in pairs],
            auroc: [figure(row, "auroc") for row in pairs],
        },
        hide_index=True,
    )
