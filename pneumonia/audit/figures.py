"""What an administrator sees of the record: agreement, refusals, drift of scores."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import logit

if TYPE_CHECKING:
    from pneumonia.audit.store import Row
    from pneumonia.card.schema import Card

GROUP: Final = 25
# Of a mean of the group, as on Shewhart's charts.
_SIGMAS: Final = 3


@dataclass(frozen=True)
class Group:
    """Consecutive scores, and what validation has one expect of them.

    Attributes
    ----------
    number : int
        Counted from 1.
    until : str
        The time of the last of them.
    mean : float
        Of the scores' log odds.
    expected, low, high : float
        The mean that validation gives at the prevalence of the entries, and three
        standard errors below and above it.
    """

    number: int
    until: str
    mean: float
    expected: float
    low: float
    high: float

    @property
    def drifted(self) -> bool:
        """Whether the mean lies outside the limits."""
        return not self.low <= self.mean <= self.high


def last_of_each(rows: Sequence[Row]) -> list[Row]:
    """Keep the last entry of each file in each session, in their order.

    Changed settings and impressions make further entries of one result.

    Parameters
    ----------
    rows : sequence of mapping
        Results, in the order of the record.

    Returns
    -------
    list of mapping
    """
    last = {
        (it["session"], it["input_sha256"], it["weights_sha256"]): it for it in rows
    }
    return sorted(last.values(), key=lambda it: (it["time"], it["sequence"]))


def count_agreement(rows: Sequence[Row]) -> dict[tuple[str, bool], int]:
    """Count impressions before the result by what the model then said.

    Parameters
    ----------
    rows : sequence of mapping
        As `last_of_each` gives them.

    Returns
    -------
    dict of (str, bool) to int
        By impression and flag.
    """
    return Counter(
        (it["impression"], it["flagged"])
        for it in rows
        if it["impression"] is not None and it["flagged"] is not None
    )


def count_refusals(rows: Sequence[Row]) -> list[tuple[str, int]]:
    """Count refused and unreadable files by code, the most frequent first."""
    return Counter(it["refusal"] for it in rows if it["refusal"]).most_common()


def control_chart(rows: Sequence[Row], card: Card | Mapping[str, Any]) -> list[Group]:
    """Set the means of groups of scores against validation.

    What validation has one expect is mixed from its normal and its pneumonia
    radiographs, at the prevalence that the entries name: so a wrong prevalence, other
    patients and another apparatus all show.

    Parameters
    ----------
    rows : sequence of mapping
        As `last_of_each` gives them.
    card : Card
        Of the weights; scores of other weights are left out.

    Returns
    -------
    list of Group
        Each of `GROUP` scores; empty where the card knows no scores of validation.
    """
    counts = card.get("score_distribution")
    scored = [
        it
        for it in rows
        if it["score"] is not None and it["weights_sha256"] == card.get("sha256")
    ]
    if not counts:
        return []
    edges = np.asarray(counts["edges"], float)
    middles = (edges[:-1] + edges[1:]) / 2
    classes = [np.asarray(counts[name], float) for name in ("normal", "pneumonia")]
    normal, pneumonia = (it / it.sum() for it in classes)
    found = []
    for start in range(0, len(scored) - GROUP + 1, GROUP):
        part = scored[start : start + GROUP]
        share = float(np.mean([it["prevalence"] for it in part]))
        weights = share * pneumonia + (1 - share) * normal
        expected = float(weights @ middles)
        deviation = math.sqrt(float(weights @ (middles - expected) ** 2))
        odds = logit([it["score"] for it in part])
        reach = _SIGMAS * deviation / math.sqrt(GROUP)
        found.append(
            Group(
                number=start // GROUP + 1,
                until=part[-1]["time"],
                # As validation's are, whose ends hold all that lies beyond.
                mean=float(np.clip(odds, edges[0], edges[-1]).mean()),
                expected=expected,
                low=expected - reach,
                high=expected + reach,
            )
        )
    return found
