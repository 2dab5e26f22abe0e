"""What a reader study found: agreement, accuracy with and without the model, time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pneumonia.statistics.agreement import cohen_kappa
from pneumonia.statistics.intervals import clopper_pearson
from pneumonia.statistics.metrics import auroc, proportions
from pneumonia.statistics.roc import Corner, area_interval, roc_corners

if TYPE_CHECKING:
    from pneumonia.export.impression import Impression, Reading
    from pneumonia.model.decision import Decision

Truth = Literal["normal", "pneumonia"]


@dataclass(frozen=True)
class StudyCase:
    """One radiograph that a reader read before its result was shown.

    Attributes
    ----------
    input_sha256 : str
        Of the file, by which the readings of two readers are joined.
    reading : Reading
    reference : {"normal", "pneumonia"} or None
        What the radiograph is held to show.
    score : float or None
        The model's, at its reference prevalence, in [0, 1].
    flagged, unsure : bool or None
        The model's answer, and whether it is unsure.
    operating_point, weights_sha256 : str
        What flagged it.
    probability, prevalence : float or None
        What the page shows, as in `pneumonia.export.records.record`.
    """

    input_sha256: str
    reading: Reading
    reference: Truth | None = None
    score: float | None = None
    flagged: bool | None = None
    operating_point: str = ""
    weights_sha256: str = ""
    unsure: bool | None = None
    probability: float | None = None
    prevalence: float | None = None

    @classmethod
    def of(
        cls, decision: Decision, reading: Reading, reference: Truth | None = None
    ) -> StudyCase:
        """Take what a study needs from a decision."""
        found = decision.assessment
        return cls(
            found.input_sha256,
            reading,
            reference,
            found.score,
            decision.flagged,
            decision.operating_point,
            found.weights_sha256,
            decision.unsure,
            decision.probability,
            decision.prevalence,
        )


@dataclass(frozen=True)
class Measure:
    """A figure with its 95 % interval; None where undefined.

    Attributes
    ----------
    value, low, high : float or None
    n : int
        How many cases it is from.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Accuracy:
    """How one way of reading compares with the reference.

    Attributes
    ----------
    sensitivity, specificity, auroc : Measure
    corners : list of (float, float)
        Of the curve; empty where there is no scale or only one class.
    """

    sensitivity: Measure
    specificity: Measure
    auroc: Measure
    corners: list[Corner]


@dataclass(frozen=True)
class Changes:
    """How many impressions changed once the result was shown, and to what effect.

    Attributes
    ----------
    toward_model, away_from_model : int
        Those that ended with the model's answer, or left it.
    to_right, to_wrong : int
        Those that ended with the reference, or left it; 0 without references.
    total : int
    """

    toward_model: int
    away_from_model: int
    to_right: int
    to_wrong: int
    total: int


@dataclass(frozen=True)
class StudyReport:
    """What a reader study found.

    Attributes
    ----------
    cases, unsure : int
    normal, pneumonia : int
        Cases by reference.
    agreement, kappa : Measure
        Of the reader, before the result was shown, with the model's flag; cases with
        the impression unsure or without a result do not count.
    accuracy : dict of str to Accuracy
        ``reader`` (before the result was shown; unsure does not count),
        ``unsure_as_pneumonia`` (the same, if any was unsure), ``with_model`` (the
        impression that stood afterwards) and ``model``; empty without references.
    median_seconds, quartile_seconds, total_seconds : float, (float, float), float
        From the radiograph's appearance to the impression.
    changes : Changes
    """

    cases: int
    unsure: int
    normal: int
    pneumonia: int
    agreement: Measure
    kappa: Measure
    accuracy: dict[str, Accuracy]
    median_seconds: float
    quartile_seconds: tuple[float, float]
    total_seconds: float
    changes: Changes


@dataclass(frozen=True)
class TwoReaders:
    """How two readers of the same radiographs agree.

    Attributes
    ----------
    shared, only_first, only_second : int
        How many radiographs both read, and only one of them.
    agreement, kappa : Measure
        Over normal, unsure and pneumonia, before the result was shown.
    """

    shared: int
    only_first: int
    only_second: int
    agreement: Measure
    kappa: Measure


def report_study(cases: Sequence[StudyCase]) -> StudyReport:
    """Summarise what a reader recorded.

    Parameters
    ----------
    cases : sequence of StudyCase
        Of one reader, at least one; cases are taken to be independent.

    Returns
    -------
    StudyReport

    Raises
    ------
    ValueError
        If there is no case.
    """
    if not cases:
        raise ValueError("A study is reported once a case was read. Received: none.")
    compared = [
        (case.reading.impression, "pneumonia" if case.flagged else "normal")
        for case in cases
        if case.flagged is not None and case.reading.impression != "unsure"
    ]
    agreement, kappa = _agreement(compared)
    known = [case for case in cases if case.reference is not None]
    seconds = [case.reading.seconds for case in cases]
    low, middle, high = np.percentile(seconds, [25, 50, 75]).tolist()
    return StudyReport(
        cases=len(cases),
        unsure=sum(case.reading.impression == "unsure" for case in cases),
        normal=sum(case.reference == "normal" for case in cases),
        pneumonia=sum(case.reference == "pneumonia" for case in cases),
        agreement=agreement,
        kappa=kappa,
        accuracy=_accuracies(known) if known else {},
        median_seconds=middle,
        quartile_seconds=(low, high),
        total_seconds=float(sum(seconds)),
        changes=_changes(cases),
    )


def compare_readers(
    first: Sequence[StudyCase], second: Sequence[StudyCase]
) -> TwoReaders:
    """Join the readings of two readers by the digest of the file.

    Parameters
    ----------
    first, second : sequence of StudyCase

    Returns
    -------
    TwoReaders
    """
    # Of a file that lies there twice the reading that was recorded first.
    one, other = (
        {case.input_sha256: case.reading.impression for case in reversed(cases)}
        for cases in (first, second)
    )
    shared = [digest for digest in one if digest in other]
    agreement, kappa = _agreement([(one[d], other[d]) for d in shared])
    return TwoReaders(
        len(shared),
        len(one) - len(shared),
        len(other) - len(shared),
        agreement,
        kappa,
    )


def _agreement(pairs: Sequence[tuple[str, str]]) -> tuple[Measure, Measure]:
    same = sum(first == second for first, second in pairs)
    kappa = cohen_kappa([first for first, _ in pairs], [second for _, second in pairs])
    return _share(same, len(pairs)), _measure(kappa.value, *kappa.interval, len(pairs))


def _accuracies(known: Sequence[StudyCase]) -> dict[str, Accuracy]:
    before = [case.reading.impression for case in known]
    found = {"reader": _of_impressions(known, before, rated=True)}
    if "unsure" in before:
        called: list[Impression] = [
            "normal" if impression == "normal" else "pneumonia" for impression in before
        ]
        found["unsure_as_pneumonia"] = _of_impressions(known, called)
    after = [case.reading.last_impression for case in known]
    found["with_model"] = _of_impressions(known, after)
    answered = [case for case in known if case.flagged is not None]
    if answered:
        found["model"] = _accuracy(
            [(_is_ill(case), bool(case.flagged)) for case in answered],
            [(_is_ill(it), it.score) for it in answered if it.score is not None],
        )
    return found


def _of_impressions(
    known: Sequence[StudyCase],
    impressions: Sequence[Impression],
    *,
    rated: bool = False,
) -> Accuracy:
    """Compare impressions with the reference; unsure ones do not count."""
    decided = [
        (_is_ill(case), impression == "pneumonia")
        for case, impression in zip(known, impressions, strict=True)
        if impression != "unsure"
    ]
    ratings = [
        (_is_ill(case), float(case.reading.rating))
        for case in known
        if rated and case.reading.rating is not None
    ]
    # Where nobody was asked how sure they are, unsure alone is no scale.
    if not any(rating for _, rating in ratings):
        ratings = []
    return _accuracy(decided, ratings)


def _is_ill(case: StudyCase) -> bool:
    return case.reference == "pneumonia"


def _accuracy(
    decided: Sequence[tuple[bool, bool]], rated: Sequence[tuple[bool, float]]
) -> Accuracy:
    counted = proportions(*zip(*decided, strict=True)) if decided else {}
    labels = [label for label, _ in rated]
    scores = [score for _, score in rated]
    ill = sum(labels)
    area = auroc(labels, scores) if labels else float("nan")
    low, high = area_interval(area, normal=len(labels) - ill, pneumonia=ill)
    return Accuracy(
        _share(*counted.get("sensitivity", (0, 0))),
        _share(*counted.get("specificity", (0, 0))),
        _measure(area, low, high, len(labels)),
        roc_corners(labels, scores) if labels else [],
    )


def _changes(cases: Sequence[StudyCase]) -> Changes:
    moved = [it for it in cases if it.reading.last_impression != it.reading.impression]
    answers = [
        (case, "pneumonia" if case.flagged else "normal")
        for case in moved
        if case.flagged is not None
    ]
    known = [case for case in moved if case.reference is not None]
    return Changes(
        toward_model=sum(c.reading.last_impression == answer for c, answer in answers),
        away_from_model=sum(c.reading.impression == answer for c, answer in answers),
        to_right=sum(c.reading.last_impression == c.reference for c in known),
        to_wrong=sum(c.reading.impression == c.reference for c in known),
        total=len(moved),
    )


def _share(successes: int, trials: int) -> Measure:
    value = successes / trials if trials else float("nan")
    return _measure(value, *clopper_pearson(successes, trials), trials)


def _measure(value: float, low: float, high: float, n: int) -> Measure:
    known = [None if np.isnan(it) else float(it) for it in (value, low, high)]
    return Measure(known[0], known[1], known[2], n)
