"""Hand-made assessments and decisions to export, without TensorFlow."""

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.export.case_summary import CaseReport
from pneumonia.export.impression import Reading
from pneumonia.model.assessment import Assessment
from pneumonia.model.decision import Decision, decide
from pneumonia.phantom import draw_phantom
from pneumonia.reasons.codes import Refusal
from pneumonia.reasons.sentences import sentence

WEIGHTS_SHA256 = "ab" * 32
INPUT_SHA256 = "cd" * 32
CARD: dict[str, Any] = {
    "name": "resnet",
    "sha256": WEIGHTS_SHA256,
    "prevalence": 0.74,
    "operating_points": {
        "balanced": {
            "threshold": 0.6125,
            "rule": (
                "middle of the thresholds within 0.01 of the highest mean of "
                "sensitivity and specificity"
            ),
            "sensitivity": 0.935,
            "sensitivity_ci": [0.904, 0.961],
            "specificity": 0.978,
            "specificity_ci": [0.936, 1.0],
        }
    },
}
# Of weights that can be unsure: between 0.4 and 0.9.
UNSURE_CARD: dict[str, Any] = {
    **CARD,
    "operating_points": {
        "balanced": {**CARD["operating_points"]["balanced"], "unsure": [0.4, 0.9]}
    },
}
LATERAL = Refusal("lateral_view", "view", {"view": "LL"})
DAMAGED = Refusal("unknown_format", "text", {"size": 10})
REFUSAL, DAMAGE = sentence(LATERAL), sentence(DAMAGED)


def make_assessment(score: float | None = 0.83, **changes: Any) -> Assessment:
    values: dict[str, Any] = {
        "status": "assessed",
        "score": score,
        "reference_prevalence": 0.74,
        "evidence": None if score is None else np.array([[3, -1]], np.float32),
        "calibrated": True,
        "weights": "resnet",
        "weights_sha256": WEIGHTS_SHA256,
        "input_sha256": INPUT_SHA256,
    }
    return Assessment(**(values | changes))


def make_decision(
    score: float | None = 0.83,
    *,
    prevalence: float | None = None,
    operating_point: str = "balanced",
    card: Mapping[str, Any] = CARD,
    **changes: Any,
) -> Decision:
    return decide(
        make_assessment(score, **changes),
        card,
        operating_point=operating_point,
        prevalence=prevalence,
    )


def make_report(
    score: float | None = 0.83, *, reading: Reading | None = None, **options: Any
) -> CaseReport:
    """Report a case; the options are those of `make_decision`."""
    return CaseReport(make_decision(score, **options), reading)


def make_refused(**changes: Any) -> CaseReport:
    refused: dict[str, Any] = {"status": "refused", "refusal": LATERAL}
    return make_report(None, **(refused | changes))


def make_unreadable(**changes: Any) -> CaseReport:
    return make_report(None, status="unreadable", refusal=DAMAGED, **changes)


def draw_grey(shape: tuple[int, int]) -> NDArray[np.uint8]:
    """Draw a phantom of 8 bits."""
    return np.asarray(draw_phantom(shape), np.uint8)


def draw_overlay(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay some colour over a picture."""
    colors = np.asarray(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO)[..., ::-1])
    return np.ascontiguousarray(colors)
