"""The worst figure that the card knows from outside the training hospital."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pneumonia.export.rounding import write_of_100
from pneumonia.ui import texts


def worst_external(card: Mapping[str, Any]) -> str | None:
    """Say how the model fares where it does worst.

    Parameters
    ----------
    card : mapping
        Of the weights; ``metrics.official_test`` and ``external_sets.adults`` are
        looked at, where they are there.

    Returns
    -------
    str or None
        A sentence; None where nothing was measured.
    """
    figures: list[tuple[float, str]] = []
    test = card.get("metrics", {}).get("official_test", {})
    if test.get("specificity") is not None:
        alarms = 1 - test["specificity"]
        figures.append((alarms, texts.OFFICIAL_TEST))
    adults = card.get("external_sets", {}).get("adults", {})
    if adults.get("flagged") is not None:
        figures.append((adults["flagged"], texts.ADULTS))
    if not figures:
        return None
    share, words = max(figures)
    return words.format(share=f"{write_of_100(share)}\N{NO-BREAK SPACE}%")
