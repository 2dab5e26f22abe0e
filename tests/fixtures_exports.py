"""Hand-made assessments to export, without TensorFlow."""

from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.export.case_summary import CaseReport
from pneumonia.export.impression import Reading

WEIGHTS_SHA256 = "ab" * 32
INPUT_SHA256 = "cd" * 32
CARD = {
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
REFUSAL = (
    "Only frontal views (PA or AP) are read. Received: view LL. Choose the frontal "
    "radiograph of this study."
)
DAMAGE = "The file is damaged & <cut off>. Export the radiograph again."


def make_report(
    score: float | None = 0.83,
    *,
    reading: Reading | None = None,
    prevalence: float | None = None,
    card: Any = CARD,
    **changes: Any,
) -> CaseReport:
    """Report an assessed case; a stand-in, as the real one imports TensorFlow."""
    values = {
        "status": "assessed",
        "reason": None,
        "message": None,
        "repaired": None,
        "warnings": (),
        "score": score,
        "prevalence": 0.74,
        "calibrated": True,
        "flagged": None if score is None else score >= 0.6125,
        "operating_point": "balanced",
        "threshold": 0.6125,
        "weights": "resnet",
        "weights_sha256": WEIGHTS_SHA256,
        "input_sha256": INPUT_SHA256,
    }
    assessment: Any = SimpleNamespace(**{**values, **changes})
    return CaseReport(assessment, card, reading, prevalence)


def make_refused(**changes: Any) -> CaseReport:
    refused = {"status": "refused", "reason": "lateral_view", "message": REFUSAL}
    return make_report(None, **{**refused, **changes})


def make_unreadable(**changes: Any) -> CaseReport:
    return make_report(None, status="unreadable", message=DAMAGE, **changes)


def draw_overlay(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Lay some colour over a picture."""
    colors = np.asarray(cv2.applyColorMap(grey, cv2.COLORMAP_INFERNO)[..., ::-1])
    return np.ascontiguousarray(colors)
