"""The report of what is read: ``report/reading.md``, from ``reading.json``."""

from collections.abc import Mapping
from typing import Any

from pneumonia.card.layout import percent, table

_MARGINS = """\
Rows and columns of one grey level are cropped from each side before a network sees the
radiograph. Here margins were put around radiographs of the internal test, which were
saved as JPEG and scored by `{weights}`; the scores are compared with those of the same
radiographs without a margin. Of the unchanged radiographs {cropped} lost more than 2 %
of a side, and none more than {most} %. What they lost is dark: in each, half of it lies
at or below grey level {lightest} of 255."""
_TINTS = """\
A picture of one tint is grey after one linear map and is read with a warning. Each tint
was drawn over radiographs that the gate admits in grey, half of children and half of
adults, and saved as JPEG. The correlation is with the radiograph in grey."""
_OTHERS = """\
Pictures that are no tinted radiographs: crops of {photographs} photographs in colour,
and drawings. “For its colour” is what the reader refuses; the gate refuses the rest.
The gate has learned from drawn viewers too, but from other drawings."""
_ORIENTATIONS = """\
A phantom was stored in the eight orientations at right angles that DICOM can state.
“Restored” compares every pixel with the upright picture after the repair that is
offered."""


def write_reading_page(measured: Mapping[str, Any]) -> str:
    """Write what margins, tints and orientations do to what is read.

    Parameters
    ----------
    measured : mapping
        As ``reading.json`` holds it.

    Returns
    -------
    str
        Markdown.
    """
    margins = table(
        ("margin", "grey level", "sides", "mean change", "largest", "flags changed"),
        (
            (
                percent(row["width"]),
                row["colour"],
                str(row["sides"]),
                f"{row['mean_change']:.4f}",
                f"{row['largest_change']:.3f}",
                f"{row['flags_changed']} of {row['n']}",
            )
            for row in measured["margins"]
        ),
    )
    tints = table(
        ("tint", "admitted", "lowest correlation"),
        (
            (
                row["tint"],
                f"{row['admitted']} of {row['n']}",
                f"{row['least_correlation']:.3f}",
            )
            for row in measured["tints"]
        ),
    )
    others = table(
        ("picture", "refused for its colour", "refused"),
        (
            (
                row["picture"],
                f"{row['refused_for_colour']} of {row['n']}",
                f"{row['refused']} of {row['n']}",
            )
            for row in measured["other_pictures"]
        ),
    )
    orientations = table(
        ("rows lead to", "columns lead to", "what is done", "repair", "restored"),
        (
            (
                row["rows_lead_to"],
                row["columns_lead_to"],
                row["done"],
                row["repair"] or "none",
                "yes" if row["restored"] else "no",
            )
            for row in measured["orientations"]
        ),
    )
    introduction = _MARGINS.format(
        weights=measured["weights"],
        cropped=f"{measured['cropped_as_they_are']} of {measured['margins'][0]['n']}",
        most=f"{100 * measured['most_cropped']:.1f}",
        lightest=f"{measured['lightest_cropped']:.0f}",
    )
    return "\n\n".join(
        (
            "# Margins, tints and orientations",
            "Measured by `tests/benchmarks/measure_reading.py`.",
            f"## Plain margins\n\n{introduction}\n\n{margins}",
            f"## Tints\n\n{_TINTS}\n\n{tints}",
            _OTHERS.format(photographs=measured["photographs"]) + f"\n\n{others}",
            f"## Orientations\n\n{_ORIENTATIONS}\n\n{orientations}",
        )
    )
