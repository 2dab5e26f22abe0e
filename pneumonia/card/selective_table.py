"""What setting the least sure radiographs aside does to the errors, as a table."""

from collections.abc import Sequence

from pneumonia.card.layout import figure, percent, table
from pneumonia.card.schema import Card
from pneumonia.card.sources import name_source
from pneumonia.statistics.selective import COVERAGES, Selective


def selective_table(card: Card) -> str:
    """Set out errors with and without the unsure ones, inside and in each source.

    Parameters
    ----------
    card : Card

    Returns
    -------
    str
        Markdown; empty without figures.
    """
    rows: list[tuple[str, Selective]] = []
    if "selective" in card:
        rows.append(("held-out internal test", card["selective"]))
    others = card.get("other_hospitals", {}).get("selective", [])
    rows += [(name_source(row["source"]), row) for row in others]
    if not rows:
        return ""
    zone = table(
        (
            "radiographs of",
            "number",
            "unsure",
            "wrong, of all",
            "wrong, of those that are not unsure",
            "errors that are unsure",
            "errors in the least sure tenth",
        ),
        (
            (
                name,
                str(row["n"]),
                figure(row, "unsure"),
                figure(row, "wrong"),
                figure(row, "wrong_when_sure"),
                _share(row["errors_unsure"]),
                _share(row["errors_in_tenth"]),
            )
            for name, row in rows
        ),
    )
    curve = table(
        ("wrong among the surest", *map(percent, COVERAGES)),
        ((name, *_curve(row["wrong_at_coverage"])) for name, row in rows),
    )
    return f"{zone}\n\n{curve}"


def _curve(shares: Sequence[float]) -> list[str]:
    return [f"{share:.3f}" for share in shares]


def _share(value: float | None) -> str:
    return "no error" if value is None else f"{value:.2f}"
