"""Charts laid over one another, with numbers in the spoken language."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from pneumonia.language.speech import write_digits


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
    config = {"locale": {"number": signs}}
    return alt.LayerChart(layer=list(layers), height=height, config=config)
