"""One radiograph in, one assessment out."""

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fixtures_models import describe, gate_seeing, publish_tiny, tiny_network
from lung_fields import FixedLungs
from PIL import Image

from pneumonia.errors import (
    UnreadableRadiographError,
    UnsupportedRadiographError,
    WeightsError,
)
from pneumonia.gate.view_classifier import ViewClassifier
from pneumonia.model.assessment import Assessment
from pneumonia.model.classifier import Classifier
from pneumonia.model.grad_cam import GradCam
from pneumonia.model.weights import Weights, load_weights
from pneumonia.phantom import draw_phantom
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import read_radiograph
from pneumonia.reasons.codes import Notice

TEMPERATURE = 2.5


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    folder = tmp_path_factory.mktemp("weights")
    return load_weights(publish_tiny(folder, temperature=TEMPERATURE))


def classify(weights: Weights, gate: ViewClassifier | None = None) -> Classifier:
    return Classifier(weights.card, GradCam(weights.model), gate, FixedLungs())


@pytest.fixture(scope="module")
def classifier(weights: Weights) -> Classifier:
    return classify(weights)


def png(seed: int = 0, shape: tuple[int, int] = (96, 80), bit_depth: int = 8) -> bytes:
    picture = draw_phantom(
        shape, consolidation=bool(seed % 2), seed=seed, bit_depth=bit_depth
    )
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG")
    return buffer.getvalue()


@pytest.fixture(scope="module")
def assessment(classifier: Classifier) -> Assessment:
    return classifier.assess_file(png())


def logit_of(weights: Weights, data: bytes) -> float:
    square = to_model_input(read_radiograph(data), (32, 32, 1))
    return float(weights.model.predict(square[np.newaxis], verbose=0)[0, 0])


@pytest.mark.parametrize("seed", range(3))
def test_score_is_the_sigmoid_of_the_logit_over_the_temperature(
    weights: Weights, classifier: Classifier, seed: int
) -> None:
    score = classifier.assess_file(png(seed)).score
    logit = logit_of(weights, png(seed))
    assert score == pytest.approx(1 / (1 + np.exp(-logit / TEMPERATURE)), rel=1e-5)


def test_score_is_a_plain_float(assessment: Assessment) -> None:
    assert type(assessment.score) is float


def test_assessed_file_has_no_reason(assessment: Assessment) -> None:
    assert assessment.status == "assessed"
    assert assessment.reason is None
    assert assessment.message is None


def test_assessment_is_traced_to_file_and_weights(
    weights: Weights, assessment: Assessment
) -> None:
    assert assessment.input_sha256 == hashlib.sha256(png()).hexdigest()
    assert assessment.weights == "tiny"
    assert assessment.weights_sha256 == weights.card["sha256"]


def test_assessment_carries_the_cards_calibration(assessment: Assessment) -> None:
    assert assessment.calibrated is False
    assert assessment.reference_prevalence == 0.5


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", png()[:200], b"%PDF-1.7"],
    ids=["empty", "text", "truncated", "pdf"],
)
def test_what_is_no_picture_is_unreadable(classifier: Classifier, data: bytes) -> None:
    assessment = classifier.assess_file(data)
    assert assessment.status == "unreadable"
    assert assessment.reason is None
    assert assessment.message
    assert assessment.input_sha256 == hashlib.sha256(data).hexdigest()


def test_picture_the_model_may_not_read_is_refused_with_a_code(
    classifier: Classifier,
) -> None:
    assessment = classifier.assess_file(png(shape=(63, 96)))
    assert assessment.status == "refused"
    assert assessment.reason == "too_small"
    assert "63" in str(assessment.message)


@pytest.mark.parametrize("data", [b"", png(shape=(40, 96))], ids=["empty", "small"])
def test_file_that_is_not_assessed_has_no_score_and_no_evidence(
    classifier: Classifier, data: bytes
) -> None:
    assessment = classifier.assess_file(data)
    assert assessment.score is None
    assert assessment.evidence is None


def test_error_becomes_a_record_of_the_weights_too(
    weights: Weights, classifier: Classifier
) -> None:
    error = UnsupportedRadiographError("low_contrast", "dicom_one_grey_level")
    refused = classifier.refuse(error, "ab")
    assert (refused.reason, refused.message) == ("low_contrast", str(error))
    assert refused.weights_sha256 == weights.card["sha256"]


def test_unreadable_error_has_no_code(classifier: Classifier) -> None:
    error = UnreadableRadiographError("damaged_dicom")
    refused = classifier.refuse(error, "ab")
    assert (refused.status, refused.reason) == ("unreadable", None)


def in_colour() -> bytes:
    levels = draw_phantom((96, 96)).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([levels, 255 - levels, levels // 2])).save(buffer, "PNG")
    return buffer.getvalue()


def test_colour_is_refused_without_a_score(classifier: Classifier) -> None:
    refused = classifier.assess_file(in_colour())
    assert (refused.status, refused.reason) == ("refused", "colour_image")
    assert refused.score is None
    assert refused.evidence is None


@pytest.mark.parametrize("shape", [(40, 96), (96, 500)], ids=["small", "strip"])
def test_what_the_gate_refuses_is_never_given_to_the_network(
    weights: Weights, monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int]
) -> None:
    classifier = classify(weights)

    def run(*_: object) -> None:
        pytest.fail("The network was run.")

    monkeypatch.setattr(GradCam, "__call__", run)
    assert classifier.assess_file(png(shape=shape)).status == "refused"


def test_warnings_of_the_reader_are_passed_on(classifier: Classifier) -> None:
    levels = draw_phantom((96, 96)).astype(np.uint8)
    glass = np.full_like(levels, 255)
    glass[:20, :20] = 0
    buffer = io.BytesIO()
    Image.fromarray(np.dstack([levels, glass])).save(buffer, "PNG")
    (first,) = classifier.assess_file(buffer.getvalue()).warnings
    assert first.code == "transparency_made_black"


def test_a_repair_is_done_on_request_and_recorded(classifier: Classifier) -> None:
    turned = np.rot90(draw_phantom((96, 96), seed=3), 2).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(turned).save(buffer, "PNG")
    upright = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(turned[::-1, ::-1])).save(upright, "PNG")
    repaired = classifier.assess_file(buffer.getvalue(), repair="rotate_180")
    assert repaired.repaired == "rotate_180"
    assert repaired.warnings[0].code == "turned_upside_down"
    assert repaired.score == classifier.assess_file(upright.getvalue()).score


def test_nothing_is_repaired_unasked(assessment: Assessment) -> None:
    assert assessment.repaired is None


def test_without_the_gate_nothing_is_assessed(
    weights: Weights, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pneumonia.model.classifier.WEIGHTS_FOLDER", tmp_path)
    with pytest.raises(WeightsError, match=r"gate\.npz is missing"):
        classify(weights)


def test_the_gate_is_asked_before_the_network(weights: Weights) -> None:
    refused = classify(weights, gate_seeing("lateral_view")).assess_file(png())
    assert (refused.status, refused.reason) == ("refused", "lateral_view")
    assert refused.score is None


def test_the_gate_can_be_left_out_of_the_score_only(
    classifier: Classifier, assessment: Assessment
) -> None:
    assert classifier.score_ungated(read_radiograph(png())) == assessment.score


def with_border(data: bytes, width: int) -> bytes:
    pixels = np.asarray(Image.open(io.BytesIO(data)))
    buffer = io.BytesIO()
    Image.fromarray(np.pad(pixels, width, constant_values=255)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_margin_changes_no_score_and_is_told(
    classifier: Classifier, assessment: Assessment
) -> None:
    within = classifier.assess_file(with_border(png(), 20))
    assert within.score == assessment.score
    assert Notice("margin_cropped") in within.warnings
    assert Notice("margin_cropped") not in assessment.warnings


def test_saliency_of_a_picture_with_a_margin_lies_within_it(
    classifier: Classifier, assessment: Assessment
) -> None:
    within = classifier.assess_file(with_border(png(), 20))
    placed = classifier.saliency(within, (136, 120))
    expected = classifier.saliency(assessment, (96, 80))
    np.testing.assert_allclose(placed[20:-20, 20:-20], expected, atol=1e-5)
    placed[20:-20, 20:-20] = 0
    assert not placed.any()


def test_a_picture_of_margins_only_is_refused_and_never_scored(
    classifier: Classifier,
) -> None:
    pixels = np.repeat(np.array([[0], [255]], np.uint8), 100, axis=0).repeat(90, axis=1)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    refused = classifier.assess_file(buffer.getvalue())
    assert refused.reason == "cropped"
    radiograph = read_radiograph(buffer.getvalue())
    assert classifier.score_ungated(radiograph) is None
    assert classifier.model_input(radiograph) is None


def test_sixteen_bit_radiograph_is_assessed(classifier: Classifier) -> None:
    assert classifier.assess_file(png(bit_depth=16)).status == "assessed"


def test_reading_and_assessing_apart_give_the_same(
    classifier: Classifier, assessment: Assessment
) -> None:
    apart = classifier.assess(read_radiograph(png()))
    assert apart.score == assessment.score
    assert apart.input_sha256 == assessment.input_sha256
    np.testing.assert_array_equal(apart.evidence, assessment.evidence)


def test_same_file_gives_the_same_score_again(
    classifier: Classifier, assessment: Assessment
) -> None:
    classifier.assess_file(png(1))
    assert classifier.assess_file(png()).score == assessment.score


def test_threads_give_what_one_after_the_other_gives(classifier: Classifier) -> None:
    files = [png(seed) for seed in range(6)] * 4
    sequential = [classifier.assess_file(data) for data in files]
    with ThreadPoolExecutor(4) as pool:
        parallel = list(pool.map(classifier.assess_file, files))
    for one, other in zip(parallel, sequential, strict=True):
        assert one.input_sha256 == other.input_sha256
        assert one.score == pytest.approx(other.score, abs=1e-6)
        assert one.evidence is not None
        assert other.evidence is not None
        np.testing.assert_allclose(one.evidence, other.evidence, atol=1e-6)


def test_model_input_is_what_the_network_sees(classifier: Classifier) -> None:
    radiograph = read_radiograph(png())
    square = classifier.model_input(radiograph)
    assert square is not None
    assert square.shape == (32, 32, 1)
    assert square.dtype == np.uint8
    np.testing.assert_array_equal(square, to_model_input(radiograph, (32, 32, 1)))


@pytest.mark.parametrize("shape", [(96, 80), (24, 20), (301, 977)])
def test_saliency_has_the_asked_shape_and_range(
    classifier: Classifier, assessment: Assessment, shape: tuple[int, int]
) -> None:
    strength = classifier.saliency(assessment, shape)
    assert strength.shape == shape
    assert strength.dtype == np.float32
    assert strength.min() >= 0
    assert strength.max() <= 1


def test_saliency_explains_either_finding(
    classifier: Classifier, assessment: Assessment
) -> None:
    toward = classifier.saliency(assessment, (96, 80), toward="pneumonia")
    against = classifier.saliency(assessment, (96, 80), toward="normal")
    assert not np.array_equal(toward, against)


def test_saliency_of_a_refused_file_is_an_error(classifier: Classifier) -> None:
    with pytest.raises(ValueError, match="Received: status 'unreadable'"):
        classifier.saliency(classifier.assess_file(b""), (96, 80))


@pytest.mark.parametrize(("bias", "score"), [(-1e4, 0.0), (1e4, 1.0)])
def test_extreme_logit_gives_a_finite_score(bias: float, score: float) -> None:
    model = tiny_network()
    kernel, _ = model.layers[-1].get_weights()
    model.layers[-1].set_weights([kernel, np.array([bias])])
    card: Any = {**describe(model), "sha256": ""}
    assert classify(Weights(model, card)).assess_file(png()).score == score


def test_network_of_three_channels_is_fed_the_same_grey(tmp_path: Path) -> None:
    model = tiny_network(48, 3)
    card: Any = {**describe(model), "sha256": ""}
    assessor = classify(Weights(model, card))
    assert assessor.assess_file(png()).status == "assessed"
    square = assessor.model_input(read_radiograph(png()))
    assert square is not None
    assert square.shape == (48, 48, 3)


def test_an_error_while_scoring_is_the_result_of_one_file(
    classifier: Classifier,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    patient = "Mustermann^Erika"

    def fail(*_: object) -> None:
        raise ValueError(patient)  # the log quotes this line

    radiograph = read_radiograph(png())
    with monkeypatch.context() as patched:
        patched.setattr("pneumonia.model.classifier.check_image", fail)
        failed = classifier.assess(radiograph)

    assert (failed.status, failed.score) == ("unreadable", None)
    assert failed.input_sha256 == radiograph.sha256
    assert failed.refusal
    assert failed.refusal.code == "internal_error"
    assert str(failed.refusal.details["fault"]) in caplog.text
    assert "ValueError" in caplog.text
    assert patient not in caplog.text + (failed.message or "")
    assert classifier.assess(radiograph).status == "assessed"
