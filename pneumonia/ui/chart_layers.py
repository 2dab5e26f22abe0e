"""Charts laid over one another, with numbers in the spoken language.

A screen reader gets a chart as one picture with one label, a table that is not seen
(`shown_chart.tell_rows`) and the sentence below it; not mark by mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from pneumonia.language.speech import write_digits

# Vega describes every mark on its own; a plot may have hundreds.
ONE_PICTURE: Final[dict[str, Any]] = {"aria": False, "mark": {"aria": False}}


def layered(layers: Sequence[alt.Chart], height: int) -> alt.LayerChart:
    """Lay charts over one another.

    Parameters
    ----------
    layers : sequence of altair.Chart
        From the lowest up.
    height : int
        In CSS pixels.

    Returns
    -------
    altair.LayerChart
        Its configuration tells the browser how numbers are written.
    """
    signs = {
        "decimal": write_digits("."),
        "thousands": write_digits(","),
        "grouping": [3],
        "currency": ["", ""],
    }
    config = {**ONE_PICTURE, "locale": {"number": signs}}
    return alt.LayerChart(layer=list(layers), height=height, config=config)
