"""Score, operating point and prevalence make one decision."""

from typing import Any

import pytest
from fixtures_exports import CARD, make_assessment, make_decision, make_refused

from pneumonia.model.decision import decide
from pneumonia.reasons.codes import Notice
from pneumonia.statistics.calibration import at_prevalence, predictive_values

POINT = CARD["operating_points"]["balanced"]


def with_points(**points: Any) -> dict[str, Any]:
    return {**CARD, "operating_points": points}


@pytest.mark.parametrize(
    ("score", "flagged"), [(0.6124, False), (0.6125, True), (0.6126, True)]
)
@pytest.mark.parametrize("prevalence", [None, 1e-9, 0.15, 0.999])
def test_flag_is_the_score_against_the_threshold_at_any_prevalence(
    score: float, flagged: bool, prevalence: float | None
) -> None:
    decision = make_decision(score, prevalence=prevalence)
    assert decision.flagged is flagged
    assert decision.state == ("flagged" if flagged else "not_flagged")


def test_probability_and_threshold_move_together_to_the_wanted_prevalence() -> None:
    decision = make_decision(0.83, prevalence=0.15)
    probability, threshold = at_prevalence([0.83, 0.6125], assumed=0.74, wanted=0.15)
    assert decision.probability == probability
    assert decision.threshold == threshold
    assert decision.prevalence == decision.wanted_prevalence == 0.15
    assert decision.reference_prevalence == 0.74


def test_without_a_wish_numbers_stand_at_the_reference_prevalence_unchanged() -> None:
    decision = make_decision(0.83)
    assert (decision.probability, decision.threshold) == (0.83, 0.6125)
    assert decision.prevalence == decision.wanted_prevalence == 0.74


def test_score_that_is_not_calibrated_does_not_move() -> None:
    decision = make_decision(0.83, prevalence=0.15, calibrated=False)
    assert (decision.probability, decision.threshold) == (0.83, 0.6125)
    assert decision.prevalence == 0.74
    assert decision.wanted_prevalence == 0.15


@pytest.mark.parametrize("calibrated", [True, False])
def test_predictive_values_are_at_the_wanted_prevalence(calibrated: bool) -> None:
    decision = make_decision(prevalence=0.15, calibrated=calibrated)
    assert (decision.ppv, decision.npv) == predictive_values(0.935, 0.978, 0.15)


def test_accuracy_is_the_cards_with_intervals() -> None:
    decision = make_decision()
    assert (decision.sensitivity, decision.specificity) == (0.935, 0.978)
    assert decision.sensitivity_interval == (0.904, 0.961)
    assert decision.specificity_interval == (0.936, 1.0)
    assert decision.rule == POINT["rule"]


def test_what_the_card_does_not_know_is_none() -> None:
    decision = make_decision(card=with_points(balanced={"threshold": 0.5}))
    assert decision.sensitivity is decision.specificity is None
    assert decision.sensitivity_interval is decision.specificity_interval is None
    assert decision.ppv is decision.npv is None
    assert decision.rule is decision.measured_on is None


def test_undefined_figures_of_a_card_are_none() -> None:
    point = {**POINT, "specificity": None, "specificity_ci": [None, None]}
    decision = make_decision(card=with_points(balanced=point))
    assert decision.sensitivity == 0.935
    assert decision.specificity is None
    assert decision.specificity_interval is None
    assert decision.ppv is decision.npv is None


def test_predictive_value_of_a_flag_that_never_comes_is_none() -> None:
    point = {"threshold": 1.0, "sensitivity": 0.0, "specificity": 1.0}
    decision = make_decision(card=with_points(balanced=point), prevalence=0.15)
    assert decision.ppv is None
    assert decision.npv == pytest.approx(0.85)


@pytest.mark.parametrize("status", ["refused", "unreadable"])
def test_file_that_was_not_assessed_has_neither_number_nor_flag(status: str) -> None:
    decision = make_decision(None, status=status, prevalence=0.15)
    assert decision.probability is decision.flagged is None
    assert decision.state == status


def test_unknown_operating_point_is_refused_with_the_known() -> None:
    with pytest.raises(ValueError, match=r"points balanced\. Received: 'best'"):
        make_decision(operating_point="best")


@pytest.mark.parametrize("prevalence", [0, 1, -0.1, 15, float("nan")])
def test_prevalence_outside_0_and_1_is_refused(prevalence: float) -> None:
    with pytest.raises(ValueError, match=f"Received: {prevalence}"):
        make_decision(prevalence=prevalence, calibrated=False)


@pytest.mark.parametrize("other", [{"sha256": "ef" * 32}, {"name": "our_clinic"}])
def test_card_of_other_weights_is_refused(other: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="Assess the radiograph again"):
        decide(make_assessment(), {**CARD, **other}, operating_point="balanced")


# Unsure

ZONE = with_points(balanced={**POINT, "unsure": [0.4, 0.8]})


@pytest.mark.parametrize(
    ("score", "reasons"),
    [
        (0.39, ()),
        (0.4, ("near_cut_off",)),
        (0.61, ("near_cut_off",)),
        (0.8, ("near_cut_off",)),
        (0.81, ()),
    ],
)
@pytest.mark.parametrize("prevalence", [None, 0.15])
def test_score_in_the_zone_is_unsure_at_any_prevalence(
    score: float, reasons: tuple[str, ...], prevalence: float | None
) -> None:
    decision = make_decision(score, card=ZONE, prevalence=prevalence)
    assert decision.unsure_because == reasons
    assert decision.unsure is bool(reasons)
    assert decision.flagged is (score >= 0.6125)


def test_zone_stands_at_the_prevalence_of_the_threshold() -> None:
    decision = make_decision(0.83, card=ZONE, prevalence=0.15)
    low, high = at_prevalence([0.4, 0.8], assumed=0.74, wanted=0.15)
    assert decision.unsure_zone == (low, high)
    assert low < decision.threshold < high


def test_card_without_a_zone_does_not_know_what_is_unsure() -> None:
    decision = make_decision(0.62, warnings=(Notice("lungs_uncertain"),))
    assert (decision.unsure, decision.unsure_because) == (None, None)
    assert decision.unsure_zone is None


@pytest.mark.parametrize("code", ["lungs_uncertain", "one_lung_found"])
def test_lungs_that_are_uncertain_make_the_answer_unsure(code: Any) -> None:
    decision = make_decision(0.95, card=ZONE, warnings=(Notice(code),))
    assert decision.unsure_because == ("lungs_uncertain",)
    assert decision.flagged is True


def test_refused_file_is_neither_sure_nor_unsure() -> None:
    assert make_refused().decision.unsure is None
