"""Whether the score rests on the highlighted region is found by blurring it away."""

import io
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from fixtures_models import describe, gate_seeing, tiny_network
from lung_fields import FixedLungs
from numpy.typing import NDArray
from PIL import Image

from pneumonia.errors import UnsupportedRadiographError
from pneumonia.model.cell_grid import CellGrid
from pneumonia.model.classifier import Classifier
from pneumonia.model.occlusion import Occlusion, blur_away, mask_region, occlude
from pneumonia.reading.radiograph import Radiograph, read_radiograph
from pneumonia.reasons.codes import MapCode

SIDE = 32


class SpotNetwork:
    """Answers to the grey of one place in the lungs, or always the same.

    Its evidence lies in that place whatever it answers to.
    """

    grid = CellGrid(stride=4.0, first=1.5, size=SIDE)

    def __init__(self, *, constant: bool = False, evidence: float = 1.0) -> None:
        self.constant, self.evidence = constant, evidence

    def __call__(
        self, inputs: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        spot = inputs[:, 10:14, 6:12, 0].mean(axis=(1, 2)).astype(np.float32)
        evidence = np.zeros((len(inputs), 8, 8), np.float32)
        evidence[:, 2:4, 1:3] = self.evidence
        return np.full_like(spot, 2) if self.constant else spot / 40 - 3, evidence


class BrokenNetwork(SpotNetwork):
    """Answers with no number."""

    def __call__(
        self, inputs: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Answer."""
        logits, evidence = super().__call__(inputs)
        return logits * np.float32("nan"), evidence


def with_spot() -> Radiograph:
    """Draw a dull picture with a bright spot where `SpotNetwork` looks."""
    grey = np.random.default_rng(0).integers(30, 70, (128, 128), np.uint8)
    grey[32:64, 16:48] = 200
    file = io.BytesIO()
    Image.fromarray(grey).save(file, "PNG")
    return read_radiograph(file.getvalue())


def classify(network: SpotNetwork) -> Classifier:
    card: Any = describe(tiny_network(SIDE), sha256="0" * 64)
    return Classifier(card, network, gate_seeing(), FixedLungs())


def test_masking_the_place_that_the_score_rests_on_lowers_it() -> None:
    classifier, radiograph = classify(SpotNetwork()), with_spot()
    assessment = classifier.assess(radiograph)
    found = occlude(classifier, radiograph, assessment)
    assert found.score == assessment.score
    # 200 / 40 - 3 = 2; without the spot about 50 / 40 - 3.
    assert found.score == pytest.approx(1 / (1 + np.exp(-2)), abs=0.01)
    assert found.without_region < 0.3
    assert found.region_matters
    assert found.without_surroundings == pytest.approx(found.score, abs=0.01)


def test_a_constant_network_is_found_out() -> None:
    classifier, radiograph = classify(SpotNetwork(constant=True)), with_spot()
    found = occlude(classifier, radiograph, classifier.assess(radiograph))
    assert found.without_region == pytest.approx(found.score)
    assert not found.region_matters


@pytest.mark.parametrize(
    ("evidence", "code"), [(0.0, "empty"), (-1.0, "empty"), (np.nan, "not_finite")]
)
def test_a_map_that_shows_nothing_is_refused_with_its_reason(
    evidence: float, code: MapCode
) -> None:
    classifier, radiograph = classify(SpotNetwork(evidence=evidence)), with_spot()
    assessment = classifier.assess(radiograph)
    assert assessment.status == "assessed"
    assert assessment.map_codes == (code,)
    assert not assessment.has_map
    with pytest.raises(ValueError, match=f"Received: assessed, {code}"):
        occlude(classifier, radiograph, assessment)


class OutweighedNetwork(SpotNetwork):
    """Sees more against pneumonia than its spot speaks for it."""

    def __init__(self, against: float) -> None:
        super().__init__()
        self.against = against

    def __call__(
        self, inputs: NDArray[np.uint8]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Answer; the spot has 4 in all."""
        logits, evidence = super().__call__(inputs)
        evidence[:, 7, 7] = -self.against
        return logits, evidence


def test_a_map_that_is_outweighed_four_times_is_faint_and_names_no_place() -> None:
    classifier, radiograph = classify(OutweighedNetwork(17)), with_spot()
    assessment = classifier.assess(radiograph)
    assert assessment.map_codes == ("faint",)
    assert assessment.focus is None
    assert assessment.has_map
    assert not assessment.draws
    assert classifier.saliency(assessment, (128, 128)).max() == pytest.approx(4 / 17)
    assert mask_region(classifier, radiograph, assessment) is assessment
    with pytest.raises(ValueError, match="Received: assessed, faint"):
        occlude(classifier, radiograph, assessment)


def test_highlighted_region_does_not_depend_on_how_faint_the_map_is() -> None:
    found = []
    for against in (0, 12):
        classifier, radiograph = classify(OutweighedNetwork(against)), with_spot()
        assessment = classifier.assess(radiograph)
        assert assessment.draws
        found.append(mask_region(classifier, radiograph, assessment).masked_score)
    assert found[0] == found[1]


def test_masked_region_is_scored_only_when_asked_for() -> None:
    classifier, radiograph = classify(SpotNetwork()), with_spot()
    assessment = classifier.assess(radiograph)
    assert assessment.masked_score is None
    masked = mask_region(classifier, radiograph, assessment)
    without = occlude(classifier, radiograph, assessment).without_region
    assert masked.masked_score == pytest.approx(without)
    assert masked.map_codes == ()


def test_map_that_the_score_does_not_rest_on_has_a_code() -> None:
    classifier, radiograph = classify(SpotNetwork(constant=True)), with_spot()
    assessment = classifier.assess(radiograph)
    masked = mask_region(classifier, radiograph, assessment)
    assert masked.map_codes == ("no_effect",)
    assert masked.has_map


def test_a_score_that_is_not_finite_is_none() -> None:
    assessment = classify(BrokenNetwork()).assess(with_spot())
    assert (assessment.status, assessment.score) == ("unreadable", None)
    assert assessment.refusal is not None
    assert assessment.refusal.code == "internal_error"


def test_a_refused_radiograph_is_not_explained() -> None:
    classifier, radiograph = classify(SpotNetwork()), with_spot()
    error = UnsupportedRadiographError("lateral_view")
    refused = classifier.refuse(error, radiograph.sha256)
    assert refused.map_codes == ()
    assert not refused.has_map
    assert mask_region(classifier, radiograph, refused) is refused
    with pytest.raises(ValueError, match="Received: refused"):
        occlude(classifier, radiograph, refused)


def test_without_lung_fields_nothing_outside_them_is_hidden() -> None:
    classifier, radiograph = classify(SpotNetwork()), with_spot()
    without = replace(classifier.assess(radiograph), lungs=None, focus=None)
    with pytest.raises(ValueError, match="with a score and lungs"):
        occlude(classifier, radiograph, without)


def test_a_map_outside_the_lungs_is_told() -> None:
    classifier, radiograph = classify(SpotNetwork()), with_spot()
    assessment = classifier.assess(radiograph)
    assert assessment.focus is not None
    assert assessment.map_codes == ()
    outside = replace(assessment, focus=assessment.focus._replace(in_lungs=0.49))
    assert outside.map_codes == ("little_in_lungs",)
    assert outside.has_map


def test_another_radiograph_is_not_occluded() -> None:
    classifier, radiograph = classify(SpotNetwork()), with_spot()
    assessment = replace(classifier.assess(radiograph), input_sha256="0" * 64)
    with pytest.raises(ValueError, match="its own heatmap"):
        occlude(classifier, radiograph, assessment)


@pytest.mark.parametrize(
    ("without", "matters"), [(0.7, True), (0.895, False), (0.95, False)]
)
def test_region_matters_where_the_score_falls(without: float, matters: bool) -> None:
    assert Occlusion(0.9, without, 0.9).region_matters is matters


def test_hidden_part_takes_the_grey_of_its_surroundings() -> None:
    square = np.full((64, 64), 90, np.uint8)
    square[24:40, 24:40] = 250
    hidden = np.zeros((64, 64), bool)
    hidden[22:42, 22:42] = True
    blurred = blur_away(square, hidden, ~hidden, reach=1 / 8)
    assert np.abs(blurred.astype(int) - 90).max() <= 25  # at the soft edge
    assert np.abs(blurred[28:36, 28:36].astype(int) - 90).max() <= 1
    assert (blurred[:8] == 90).all()


def test_what_is_shown_stays_as_it_is() -> None:
    square = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    hidden = np.zeros((64, 64), bool)
    hidden[:16] = True
    filled = blur_away(square, hidden, ~hidden, reach=1 / 8)
    assert (filled[24:] == square[24:]).all()


def test_all_hidden_is_one_even_grey() -> None:
    square = np.random.default_rng(0).integers(0, 256, (32, 32), np.uint8)
    hidden = np.ones((32, 32), bool)
    assert np.ptp(blur_away(square, hidden, ~hidden, reach=1 / 8)) <= 1


def test_part_that_is_blurred_where_it_is_keeps_its_mean_and_loses_its_detail() -> None:
    square = np.full((64, 64), 60, np.uint8)
    square[:32] = np.where(np.arange(64) % 2, 220, 180)  # lines
    hidden = np.zeros((64, 64), bool)
    hidden[:32] = True
    blurred = blur_away(square, hidden, hidden, reach=1 / 16)
    assert np.abs(blurred[:28].astype(int) - 200).max() <= 2
    assert (blurred[36:] == 60).all()
