"""The report of the gate for people: ``report/gate.md``, from ``gate.json``."""

from collections.abc import Mapping
from typing import Any

from pneumonia.card.layout import figure, table

_READING = """\
The gate decides from the picture whether the model may read it. All networks share it.

- It was fitted on the examples below. One of 25 is made from a drawn phantom, so
  phantoms are among what it is fitted to admit.
- Its threshold and the kinds of examples were chosen looking at every row of the
  admission table. The table is therefore optimistic.
- Turned, inverted and perturbed copies are of the held-out internal test. The other
  rows are real files that the gate was not fitted on."""


def write_gate_page(card: Mapping[str, Any]) -> str:
    """Write what the gate was fitted on and what it admits.

    Parameters
    ----------
    card : mapping
        As ``gate.json`` holds it.

    Returns
    -------
    str
        Markdown.
    """
    fitted = card["fitted_on"]
    views = fitted["view_of_examples"]
    examples = table(
        ("examples", "number", "to be called"),
        (
            (name, str(count), views.get(name, "frontal").replace("_", " "))
            for name, count in fitted["examples"].items()
        ),
    )
    admission = table(
        ("pictures", "number", "admitted (95 % interval)", "refused"),
        (
            (
                row["kind"],
                str(row["n"]),
                figure(row, "admitted"),
                ", ".join(
                    f"{count} {reason.replace('_', ' ')}"
                    for reason, count in row["refused"].items()
                ),
            )
            for row in card["admission"]
        ),
    )
    return "\n\n".join(
        ("# The gate", _READING, "## Examples", examples, "## Admission", admission)
    )
