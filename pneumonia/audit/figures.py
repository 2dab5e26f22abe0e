"""What an administrator sees of the record: agreement, refusals and drift."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from scipy.special import bdtr, logit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pneumonia.audit.store import Row
    from pneumonia.card.schema import Card
    from pneumonia.card.sections import Moments, MomentsByClass

GROUP: Final = 25
# Of a mean of the group, as on Shewhart's charts.
_SIGMAS: Final = 3
# How often a mean lies beyond so many of them by chance.
_OUTSIDE: Final = 0.0027


@dataclass(frozen=True)
class Group:
    """Consecutive results, and what validation has one expect of them.

    Attributes
    ----------
    number : int
        Counted from 1.
    until : str
        The time of the last of them.
    mean : float
        Of the scores' log odds, of a number of the radiographs, or of files that were
        refused: their share.
    expected, low, high : float
        The mean that validation gives at the prevalence of the entries, and three
        standard errors below and above it; for a share as rare a distance.
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


def control_charts(
    rows: Sequence[Row], card: Card | Mapping[str, Any]
) -> dict[str, list[Group]]:
    """Set the means of groups of results against validation.

    What validation has one expect is mixed from its normal and its pneumonia
    radiographs, at the prevalence that the entries name: so a wrong prevalence, other
    patients and another apparatus all show.

    Parameters
    ----------
    rows : sequence of mapping
        As `last_of_each` gives them.
    card : Card
        Of the weights; results of other weights are left out.

    Returns
    -------
    dict of str to list of Group
        Of the scores, ``score``; of the share of files without one, ``refused``; and
        of each of `pneumonia.model.input_statistics.InputStatistics`, by its name.
        Empty where the card knows no validation or there are fewer than `GROUP`.
    """
    own = [it for it in rows if it["weights_sha256"] == card.get("sha256")]
    charts = {}
    if counts := card.get("score_distribution"):
        scored = [it for it in own if it["score"] is not None]
        edges = np.asarray(counts["edges"], float)
        # As validation's are, whose ends hold all that lies beyond.
        odds = np.clip(logit([it["score"] for it in scored]), edges[0], edges[-1])
        by_class: MomentsByClass = {
            "normal": _moments(edges, counts["normal"]),
            "pneumonia": _moments(edges, counts["pneumonia"]),
        }
        charts["score"] = _chart_means(scored, odds, by_class)
    if inputs := card.get("inputs"):
        charts["refused"] = _chart_refused(own, inputs["refused"], inputs["n"])
        for name, expected in inputs["by_statistic"].items():
            known = [it for it in own if it[f"input_{name}"] is not None]
            values = np.array([it[f"input_{name}"] for it in known])
            charts[name] = _chart_means(known, values, expected)
    return charts


def _moments(edges: NDArray[np.float64], counts: Sequence[int]) -> Moments:
    middles, weights = (edges[:-1] + edges[1:]) / 2, np.asarray(counts, float)
    mean = float(np.average(middles, weights=weights))
    variance = np.average((middles - mean) ** 2, weights=weights)
    return {"mean": mean, "sd": math.sqrt(variance)}


def _chart_means(
    rows: Sequence[Row], values: NDArray[np.float64], expected: MomentsByClass
) -> list[Group]:
    normal, pneumonia = expected["normal"], expected["pneumonia"]
    groups = []
    for number, part in enumerate(_parts(rows), 1):
        share = float(np.mean([it["prevalence"] for it in rows[part]]))
        mean = share * pneumonia["mean"] + (1 - share) * normal["mean"]
        variance = (
            share * pneumonia["sd"] ** 2
            + (1 - share) * normal["sd"] ** 2
            + share * (1 - share) * (pneumonia["mean"] - normal["mean"]) ** 2
        )
        reach = _SIGMAS * math.sqrt(variance / GROUP)
        groups.append(
            Group(
                number=number,
                until=rows[part][-1]["time"],
                mean=float(values[part].mean()),
                expected=mean,
                low=mean - reach,
                high=mean + reach,
            )
        )
    return groups


def _chart_refused(rows: Sequence[Row], refused: int, count: int) -> list[Group]:
    # A half more: none of a few hundred does not mean never.
    share = (refused + 0.5) / (count + 1)
    up_to = bdtr(np.arange(GROUP + 1), GROUP, share)
    low, high = np.searchsorted(up_to, [_OUTSIDE / 2, 1 - _OUTSIDE / 2])
    return [
        Group(
            number=number,
            until=rows[part][-1]["time"],
            mean=float(np.mean([it["refusal"] is not None for it in rows[part]])),
            expected=refused / count,
            low=float(low) / GROUP,
            high=float(high) / GROUP,
        )
        for number, part in enumerate(_parts(rows), 1)
    ]


def _parts(rows: Sequence[Row]) -> Iterator[slice]:
    """Yield the places of each full group."""
    for start in range(0, len(rows) - GROUP + 1, GROUP):
        yield slice(start, start + GROUP)
