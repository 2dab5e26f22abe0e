"""Markdown tables of the radiographs of other hospitals."""

from pneumonia.card.layout import figure, table
from pneumonia.card.sections import OtherHospitals
from pneumonia.card.sources import (
    describe_sources,
    name_group,
    name_label,
    name_source,
)


def other_hospitals_tables(measured: OtherHospitals) -> str:
    """Say what the sources are; set out the share flagged, then the separations."""
    rows = measured["groups"]
    sources = table(
        ("source", "what it is"), describe_sources(row["source"] for row in rows)
    )
    groups = table(
        ("source", "label", "given by", "radiographs", "flagged"),
        (
            (
                name_source(row["source"]),
                name_label(row["label"]),
                row["labelled_by"],
                str(row["n"]),
                figure(row, "flagged"),
            )
            for row in rows
        ),
    )
    separations = table(
        ("opaque", "normal", "radiographs", "AUROC"),
        (
            (
                name_group(row["opaque"]),
                name_group(row["normal"]),
                str(row["n"]),
                figure(row, "auroc"),
            )
            for row in measured["separations"]
        ),
    )
    return "\n\n".join((sources, groups, separations))
