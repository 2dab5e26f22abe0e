"""What is shown of an assessment at one operating point and one prevalence.

Page, list, PDF, CSV, JSON, structured report and command line show a `Decision` and
compute nothing themselves, so that one case has one probability everywhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pneumonia.reasons.codes import MapCode, UnsureCode, WarningCode
from pneumonia.statistics.calibration import (
    at_prevalence,
    check_prevalence,
    predictive_values,
)

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment

Interval = tuple[float, float]
State = Literal["flagged", "not_flagged", "refused", "unreadable"]
Age = Literal["inside", "outside", "unknown"]

# The network saw the part around the lungs; where they are unsure, so is its answer.
_LUNGS_UNCERTAIN: Final[frozenset[WarningCode]] = frozenset(
    {"lungs_uncertain", "one_lung_found"}
)


@dataclass(frozen=True, eq=False)
class Decision:
    """What is said of one file at one operating point and one prevalence.

    Attributes
    ----------
    assessment : Assessment
        What the network says.
    operating_point : str
        Its name in the card.
    rule : str or None
        The rule that chose the threshold, in words.
    measured_on : str or None
        The radiographs that sensitivity and specificity were measured on.
    flagged : bool or None
        Whether the score reaches the threshold, both at the reference prevalence: no
        prevalence moves the flag. None unless assessed.
    probability : float or None
        At `prevalence`, in [0, 1]; a score rather than a probability where the
        assessment is not calibrated. None unless assessed.
    unsure_because : tuple of str, or None
        Why the answer is unsure, as codes; empty where it is sure. No prevalence and
        no code moves the flag. None unless assessed by weights whose card has the
        unsure zone of this operating point.
    threshold : float
        At `prevalence`, in [0, 1].
    unsure_zone : tuple of float, or None
        Lower and upper end of the scores around the threshold that are unsure, at
        `prevalence`; None where the card has none.
    prevalence : float
        The share of pneumonia that `probability` and `threshold` assume, in (0, 1).
        That is `wanted_prevalence`, or the reference prevalence where the assessment
        is not calibrated: a score cannot be moved.
    wanted_prevalence : float
        The share of pneumonia among the patients, as asked for, in (0, 1).
    sensitivity, specificity : float or None
        Of the operating point, in [0, 1]; None where the card does not know them, and
        for patients who are not known to be of the ages that they were measured at.
    sensitivity_interval, specificity_interval : tuple of float, or None
        Lower and upper end of the 95 % interval.
    ppv, npv : float or None
        Positive and negative predictive value at `wanted_prevalence`, in [0, 1]; None
        where sensitivity or specificity is not known.
    """

    assessment: Assessment
    operating_point: str
    rule: str | None
    measured_on: str | None
    flagged: bool | None
    unsure_because: tuple[UnsureCode, ...] | None
    probability: float | None
    threshold: float
    unsure_zone: Interval | None
    prevalence: float
    wanted_prevalence: float
    sensitivity: float | None
    sensitivity_interval: Interval | None
    specificity: float | None
    specificity_interval: Interval | None
    ppv: float | None
    npv: float | None

    @property
    def calibrated(self) -> bool:
        """Whether `probability` may be called a probability."""
        return _is_calibrated(self.assessment)

    @property
    def unsure(self) -> bool | None:
        """Whether the answer is unsure; None where that is not known."""
        return None if self.unsure_because is None else bool(self.unsure_because)

    @property
    def map_codes(self) -> tuple[MapCode, ...]:
        """What is wrong with the heatmap.

        Where the lungs raise the score of a radiograph little, most of what does lies
        outside them: that is told of flagged ones only.
        """
        codes = self.assessment.map_codes
        return tuple(it for it in codes if self.flagged or it != "little_in_lungs")

    def moved(self, score: float) -> float:
        """Move another score of these weights to `prevalence`."""
        return _moved(score, self.reference_prevalence, self.prevalence)

    @property
    def age(self) -> Age:
        """Whether the patient is of the ages that the weights were calibrated at."""
        return _age(self.assessment)

    @property
    def reference_prevalence(self) -> float:
        """The prevalence that the weights were calibrated at, in (0, 1)."""
        return self.assessment.reference_prevalence

    @property
    def state(self) -> State:
        """The flag, or why there is none, as a code."""
        if self.assessment.status != "assessed":
            return self.assessment.status
        return "flagged" if self.flagged else "not_flagged"


def decide(
    assessment: Assessment,
    card: Mapping[str, Any],
    *,
    operating_point: str,
    prevalence: float | None = None,
) -> Decision:
    """Set a score against a threshold, at one prevalence.

    Parameters
    ----------
    assessment : Assessment
    card : mapping
        Of the weights that made the assessment.
    operating_point : str
        A name in the card.
    prevalence : float, optional
        The share of pneumonia among the patients, in (0, 1); by default the reference
        prevalence of the weights.

    Returns
    -------
    Decision

    Raises
    ------
    ValueError
        If the card is that of other weights or has no such operating point, or the
        prevalence is not between 0 and 1.
    """
    _check_weights(assessment, card)
    points = card["operating_points"]
    if operating_point not in points:
        raise ValueError(
            f"The weights {card['name']} have the operating points "
            f"{', '.join(points)}. Received: {operating_point!r}."
        )
    point = points[operating_point]
    reference = assessment.reference_prevalence
    wanted = reference if prevalence is None else prevalence
    check_prevalence(wanted)
    shown = wanted if _is_calibrated(assessment) else reference
    score, threshold = assessment.score, float(point["threshold"])
    zone = point.get("unsure")
    unsure_because = _unsure_because(assessment, zone)
    if _age(assessment) != "inside":
        point = {key: point[key] for key in point.keys() & {"rule", "measured_on"}}
    ppv, npv = _predictive_values(point, wanted)
    return Decision(
        assessment=assessment,
        operating_point=operating_point,
        rule=point.get("rule"),
        measured_on=point.get("measured_on"),
        flagged=None if score is None else score >= threshold,
        unsure_because=unsure_because,
        probability=None if score is None else _moved(score, reference, shown),
        threshold=_moved(threshold, reference, shown),
        unsure_zone=zone
        and (_moved(zone[0], reference, shown), _moved(zone[1], reference, shown)),
        prevalence=shown,
        wanted_prevalence=wanted,
        sensitivity=point.get("sensitivity"),
        sensitivity_interval=_interval(point, "sensitivity"),
        specificity=point.get("specificity"),
        specificity_interval=_interval(point, "specificity"),
        ppv=ppv,
        npv=npv,
    )


def _moved(score: float, reference: float, shown: float) -> float:
    # Not by arithmetic where nothing moves: the last digit would change.
    if shown == reference:
        return score
    return float(at_prevalence(score, assumed=reference, wanted=shown))


def _unsure_because(
    assessment: Assessment, zone: list[float] | None
) -> tuple[UnsureCode, ...] | None:
    if assessment.score is None or zone is None:
        return None
    found: list[UnsureCode] = []
    if zone[0] <= assessment.score <= zone[1]:
        found.append("near_cut_off")
    if any(notice.code in _LUNGS_UNCERTAIN for notice in assessment.warnings):
        found.append("lungs_uncertain")
    return tuple(found)


def _age(assessment: Assessment) -> Age:
    codes = {notice.code for notice in assessment.warnings}
    if "age_outside_training" in codes:
        return "outside"
    return "unknown" if "unknown_age" in codes else "inside"


def _is_calibrated(assessment: Assessment) -> bool:
    return assessment.calibrated and _age(assessment) == "inside"


def _check_weights(assessment: Assessment, card: Mapping[str, Any]) -> None:
    # Cards of sites share the weights and differ in what a score means.
    made = (assessment.weights, assessment.weights_sha256)
    if made != (card["name"], card["sha256"]):
        raise ValueError(
            "A decision needs the card of the weights that made the assessment. "
            f"Received: the card of {card['name']} ({card['sha256'][:12]}…) for an "
            f"assessment by {made[0]} ({made[1][:12]}…). Assess the radiograph again."
        )


def _interval(point: Mapping[str, Any], name: str) -> Interval | None:
    low, high = point.get(f"{name}_ci") or (None, None)
    return None if low is None or high is None else (low, high)


def _predictive_values(
    point: Mapping[str, Any], prevalence: float
) -> tuple[float | None, float | None]:
    sensitivity, specificity = point.get("sensitivity"), point.get("specificity")
    if sensitivity is None or specificity is None:
        return None, None
    ppv, npv = predictive_values(sensitivity, specificity, prevalence)
    # Undefined where nobody would be flagged, or everybody.
    return (
        ppv if math.isfinite(ppv) else None,
        npv if math.isfinite(npv) else None,
    )
