"""The report of the lung fields: ``report/lungs.md``, from ``lungs.json``."""

from collections.abc import Mapping
from typing import Any

from pneumonia.card.layout import figure, table

_READING = """\
A small U-Net finds both lungs on every radiograph; only the box around them, with a
margin and stretched to a square, is seen by the network for pneumonia. It was trained
on masks that people drew on radiographs of training patients. The figures are of
patients that it was not trained on.

Dice is the overlap of both lungs together with the drawn masks, from 0 to 1. “Within
the box” counts the radiographs of which the box holds at least 95 % of each lung."""


def write_lungs_page(card: Mapping[str, Any]) -> str:
    """Write how well the lungs are found.

    Parameters
    ----------
    card : mapping
        As ``lungs.json`` holds it.

    Returns
    -------
    str
        Markdown.
    """
    measured = card["measured"]
    rows = (
        (
            name,
            str(row["n"]),
            figure(row, "dice"),
            f"{row['dice_low']:.3f}",
            f"{row['both_found']} of {row['n']}",
            f"{row['in_box']} of {row['n']}",
        )
        for name, row in measured["by_change"].items()
    )
    quality = ", ".join(
        f"{name} {value:.3f}" for name, value in measured["quality"].items()
    )
    return "\n\n".join(
        (
            "# The lung fields",
            _READING,
            table(
                (
                    "radiographs",
                    "number",
                    "Dice (95 % interval)",
                    "5th percentile",
                    "both lungs found",
                    "both within the box",
                ),
                rows,
            ),
            f"Quality of the fields on the unchanged radiographs: {quality}. Below "
            f"{card['certain_quality']} the result has a warning and is no calibrated "
            "probability.",
            card["attribution"],
        )
    )
