"""The worst figure that the card knows from outside the training hospital."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pneumonia.export.rounding import write_of_100
from pneumonia.language.speech import say
from pneumonia.ui import texts

# Fewer radiographs of a source say too little.
_FEWEST: Final = 100


def worst_external(card: Mapping[str, Any]) -> str | None:
    """Say how the model fares where it does worst.

    Parameters
    ----------
    card : mapping
        Of the weights; ``metrics.official_test``, ``other_hospitals`` and, without
        these, ``external_sets.adults`` are looked at, where they are there.

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
    for group in card.get("other_hospitals", {}).get("groups", []):
        if group["n"] < _FEWEST:
            continue
        if group["label"] == "normal":
            figures.append((group["flagged"], texts.OTHER_NORMALS))
        elif group["label"] in ("pneumonia", "covid", "opacity"):
            figures.append((1 - group["flagged"], texts.OTHER_PNEUMONIAS))
    adults = card.get("external_sets", {}).get("adults", {})
    if not figures and adults.get("flagged") is not None:
        figures.append((adults["flagged"], texts.ADULTS))
    if not figures:
        return None
    share, words = max(figures)
    return say(words, share=f"{write_of_100(share)}\N{NO-BREAK SPACE}%")
