"""The report of a reader study, counted by hand."""

from typing import Any

import pytest
from fixtures_exports import UNSURE_CARD, make_decision

from pneumonia.export.impression import Impression, Reading
from pneumonia.export.study import (
    StudyCase,
    Truth,
    compare_readers,
    report_study,
)
from pneumonia.export.study_files import read_study, study_to_csv
from pneumonia.export.study_summary import study_facts


def read(
    impression: Impression,
    reference: Truth | None = None,
    *,
    flagged: bool | None = None,
    score: float | None = None,
    digest: str = "",
    **reading: Any,
) -> StudyCase:
    reading.setdefault("seconds", 10.0)
    return StudyCase(digest, Reading(impression, **reading), reference, score, flagged)


# Eight cases: the reader is right on 2 of 3 pneumonias and 3 of 4 normals, unsure on
# one; the model is right on 3 of 4 and 3 of 4.
STUDY = [
    read("pneumonia", "pneumonia", flagged=True, score=0.9, confidence=5),
    read("pneumonia", "pneumonia", flagged=True, score=0.8, confidence=3),
    read("normal", "pneumonia", flagged=True, score=0.7, confidence=2),
    read("unsure", "pneumonia", flagged=False, score=0.2),
    read("normal", "normal", flagged=False, score=0.1, confidence=5),
    read("normal", "normal", flagged=False, score=0.1, confidence=4),
    read("normal", "normal", flagged=True, score=0.6, confidence=1),
    read("pneumonia", "normal", flagged=False, score=0.3, confidence=1),
]


def test_agreement_counts_decided_cases_only() -> None:
    report = report_study(STUDY)
    assert (report.cases, report.unsure) == (8, 1)
    assert report.agreement.n == 7
    assert report.agreement.value == pytest.approx(4 / 7)
    # Chance agreement: (3 * 4 + 4 * 3) / 49.
    assert report.kappa.value == pytest.approx((4 / 7 - 24 / 49) / (1 - 24 / 49))


def test_reader_and_model_are_compared_with_the_reference() -> None:
    accuracy = report_study(STUDY).accuracy
    reader, model = accuracy["reader"], accuracy["model"]
    assert reader.sensitivity.value == pytest.approx(2 / 3)
    assert reader.sensitivity.n == 3
    assert (reader.specificity.value, reader.specificity.n) == (0.75, 4)
    assert (model.sensitivity.value, model.sensitivity.n) == (0.75, 4)
    assert (model.specificity.value, model.specificity.n) == (0.75, 4)


def test_share_has_the_exact_interval() -> None:
    specificity = report_study(STUDY).accuracy["reader"].specificity
    # Clopper and Pearson's interval of 3 of 4.
    assert specificity.low == pytest.approx(0.1941, abs=1e-4)
    assert specificity.high == pytest.approx(0.9937, abs=1e-4)


def test_unsure_can_be_counted_as_pneumonia() -> None:
    accuracy = report_study(STUDY).accuracy
    called = accuracy["unsure_as_pneumonia"]
    assert (called.sensitivity.value, called.sensitivity.n) == (0.75, 4)
    decided = report_study([case for case in STUDY if case.reading.rating])
    assert "unsure_as_pneumonia" not in decided.accuracy


def test_confidence_makes_a_curve() -> None:
    reader = report_study(STUDY).accuracy["reader"]
    # Of the 16 pairs the reader's scale orders 13 rightly: ratings 5, 3, 0 and -2
    # against 1, -1, -4 and -5.
    assert reader.auroc.value == pytest.approx(13 / 16)
    assert reader.corners[0] == (0, 0)
    assert reader.corners[-1] == (1, 1)


def test_unsure_alone_is_no_scale() -> None:
    cases = [read("unsure", "normal"), read("pneumonia", "pneumonia")]
    reader = report_study(cases).accuracy["reader"]
    assert reader.auroc.value is None
    assert reader.corners == []


def test_scores_make_the_curve_of_the_model() -> None:
    model = report_study(STUDY).accuracy["model"]
    assert model.auroc.value == pytest.approx(14 / 16)
    assert model.auroc.n == 8


def test_changes_are_told_by_what_they_led_to() -> None:
    cases = [
        read("normal", "pneumonia", flagged=True, changed_after_reveal=("pneumonia",)),
        read("normal", "normal", flagged=True, changed_after_reveal=("pneumonia",)),
        read("pneumonia", "normal", flagged=True, changed_after_reveal=("normal",)),
        read("unsure", "pneumonia", flagged=True, changed_after_reveal=("pneumonia",)),
        # Came back to what it was.
        read("normal", "normal", changed_after_reveal=("unsure", "normal")),
        read("normal", "normal", flagged=False),
    ]
    changes = report_study(cases).changes
    assert changes.total == 4
    assert (changes.toward_model, changes.away_from_model) == (3, 1)
    assert (changes.to_right, changes.to_wrong) == (3, 1)


def test_accuracy_with_the_model_takes_the_impression_that_stood() -> None:
    case = read("normal", "pneumonia", changed_after_reveal=("pneumonia",))
    accuracy = report_study([case]).accuracy
    assert accuracy["reader"].sensitivity.value == 0
    assert accuracy["with_model"].sensitivity.value == 1
    assert accuracy["with_model"].specificity.value is None


def test_time_has_median_quartiles_and_total() -> None:
    cases = [read("normal", seconds=s) for s in (1.0, 2.0, 3.0, 4.0, 100.0)]
    report = report_study(cases)
    assert report.median_seconds == 3
    assert report.quartile_seconds == (2, 4)
    assert report.total_seconds == 110


def test_without_references_there_is_no_accuracy() -> None:
    report = report_study([read("normal", flagged=False), read("pneumonia")])
    assert report.accuracy == {}
    assert (report.normal, report.pneumonia) == (0, 0)
    assert report.agreement.n == 1


def test_a_study_without_a_case_is_refused() -> None:
    with pytest.raises(ValueError, match="Received: none"):
        report_study([])


def test_two_readers_are_joined_by_the_digest() -> None:
    first = [read("normal", digest="a"), read("unsure", digest="b")]
    first += [read("pneumonia", digest="c"), read("pneumonia", digest="d")]
    second = [read("pneumonia", digest="d"), read("unsure", digest="b")]
    second += [read("normal", digest="c"), read("normal", digest="e")]
    found = compare_readers(first, second)
    assert (found.shared, found.only_first, found.only_second) == (3, 1, 1)
    assert found.agreement.value == pytest.approx(2 / 3)


def test_first_reading_of_a_copied_file_counts() -> None:
    twice = [read("normal", digest="a"), read("pneumonia", digest="a")]
    assert compare_readers(twice, [read("normal", digest="a")]).agreement.value == 1


def test_case_takes_score_and_flag_from_the_decision() -> None:
    decision = make_decision(0.83, prevalence=0.1)
    case = StudyCase.of(decision, Reading("normal", 3), "pneumonia")
    assert (case.score, case.flagged, case.reference) == (0.83, True, "pneumonia")
    assert case.operating_point == "balanced"


def test_answers_of_which_the_model_was_unsure_are_counted_apart() -> None:
    reading = Reading("pneumonia", 3)
    cases = [
        StudyCase.of(make_decision(score, card=UNSURE_CARD), reading)
        for score in (0.95, 0.83, 0.5, None)
    ]
    assert [case.unsure for case in cases] == [False, True, True, None]
    facts = dict(study_facts(report_study(cases), cases))
    assert facts["Model unsure"].startswith("2 of 3 answers")
    assert read_study(study_to_csv(cases).encode()) == cases


def test_of_weights_that_cannot_be_unsure_nothing_is_counted() -> None:
    cases = [StudyCase.of(make_decision(0.83), Reading("pneumonia", 3))]
    assert "Model unsure" not in dict(study_facts(report_study(cases), cases))
