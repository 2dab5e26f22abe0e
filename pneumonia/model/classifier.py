"""One radiograph in, one assessment out: the page and the command line call this."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import RadiographError, UnsupportedRadiographError
from pneumonia.gate.checks import check_image, check_metadata
from pneumonia.gate.storage import load_gate
from pneumonia.gate.view_classifier import ViewClassifier
from pneumonia.model.cell_grid import to_image_coordinates
from pneumonia.model.grad_cam import Finding, GradCam, relative_strength
from pneumonia.model.weights import WEIGHTS_FOLDER, Weights
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, read_radiograph, sha256_of
from pneumonia.sentences import Notice, Refusal, Repair, sentence
from pneumonia.statistics.calibration import Calibration, probability

Status = Literal["assessed", "refused", "unreadable"]


@dataclass(frozen=True, eq=False)
class Assessment:
    """What the model says of one file, and everything needed to trace it.

    Attributes
    ----------
    status : {"assessed", "refused", "unreadable"}
    weights, weights_sha256 : str
        Name and checksum of the weights.
    input_sha256 : str
        SHA-256 of the file's bytes.
    operating_point : str
    threshold : float
        Of the operating point.
    calibrated : bool
        Whether `score` may be called a probability.
    prevalence : float
        The share of pneumonia that `score` assumes.
    refusal : Refusal or None
        Why the file was refused or could not be read; None if it was assessed.
    repaired : str or None
        The repair that was asked for and done before reading.
    warnings : tuple of Notice
    score : float or None
        In [0, 1]; None unless assessed.
    evidence : ndarray of float32, shape (h, w), or None
        As `pneumonia.model.grad_cam.GradCam` gives it; None unless assessed.
    """

    status: Status
    weights: str
    weights_sha256: str
    input_sha256: str
    operating_point: str
    threshold: float
    calibrated: bool
    prevalence: float
    refusal: Refusal | None = None
    repaired: Repair | None = None
    warnings: tuple[Notice, ...] = ()
    score: float | None = None
    evidence: NDArray[np.float32] | None = None

    @property
    def flagged(self) -> bool | None:
        """Whether the score reaches the threshold; None unless assessed."""
        return None if self.score is None else self.score >= self.threshold

    @property
    def reason(self) -> str | None:
        """The code of a refusal; None also for a file that cannot be read."""
        if self.refusal is None or self.status != "refused":
            return None
        return self.refusal.code

    @property
    def message(self) -> str | None:
        """Why there is no score, in English; None if the file was assessed."""
        return None if self.refusal is None else sentence(self.refusal)

    @property
    def repair(self) -> Repair | None:
        """What would make a refused radiograph readable, for `Classifier.assess`."""
        return None if self.refusal is None else self.refusal.repair


class Classifier:
    """A network ready to assess radiographs. Safe to share between threads.

    Parameters
    ----------
    weights : Weights
    gate : ViewClassifier, optional
        Default: the gate in ``weights/``, which all networks share.

    Raises
    ------
    WeightsError
        If the gate is missing or damaged. Nothing is assessed without it.
    """

    def __init__(self, weights: Weights, gate: ViewClassifier | None = None) -> None:
        self.card = weights.card
        side, width, channels = weights.card["input_shape"]
        self._input_shape = (side, width, channels)
        self._grad_cam = GradCam(weights.model)
        self._calibration = Calibration(self.card["temperature"], self.card["bias"])
        self._gate = load_gate(WEIGHTS_FOLDER) if gate is None else gate

    def assess_file(
        self,
        data: bytes,
        *,
        operating_point: str = "balanced",
        repair: Repair | None = None,
        strict_age: bool = False,
    ) -> Assessment:
        """Read and assess a file; what cannot be read or used becomes a status.

        Parameters
        ----------
        data : bytes
            The whole file.
        operating_point, repair, strict_age
            As for `assess`.

        Returns
        -------
        Assessment
        """
        try:
            radiograph = read_radiograph(data)
        except RadiographError as error:
            return self.refuse(error, sha256_of(data), operating_point=operating_point)
        return self.assess(
            radiograph,
            operating_point=operating_point,
            repair=repair,
            strict_age=strict_age,
        )

    def assess(
        self,
        radiograph: Radiograph,
        *,
        operating_point: str = "balanced",
        repair: Repair | None = None,
        strict_age: bool = False,
    ) -> Assessment:
        """Score a radiograph and explain the score.

        Parameters
        ----------
        radiograph : Radiograph
            As it was read; its saliency lies on the repaired one.
        operating_point : str
            A name in the weights' card.
        repair : str, optional
            What a person asked for, as `Assessment.repair` offered it; never done
            otherwise.
        strict_age : bool
            Refuse patients outside one to five years instead of warning.

        Returns
        -------
        Assessment
            With the status "assessed", or "refused" by the gate.
        """
        if repair is not None:
            radiograph = apply_repair(radiograph, repair)
        try:
            admission = check_metadata(radiograph, strict_age=strict_age)
            shown = check_image(radiograph, self._gate)
        except UnsupportedRadiographError as error:
            return self.refuse(
                error,
                radiograph.sha256,
                operating_point=operating_point,
                repaired=repair,
            )
        square = to_model_input(radiograph, self._input_shape)
        logits, evidence = self._grad_cam(square[np.newaxis])
        provenance = self._provenance(operating_point)
        provenance["calibrated"] &= admission.calibrated and shown.calibrated
        return Assessment(
            status="assessed",
            input_sha256=radiograph.sha256,
            repaired=repair,
            warnings=radiograph.warnings + admission.warnings + shown.warnings,
            score=float(probability(logits[0], self._calibration)),
            evidence=evidence[0],
            **provenance,
        )

    def score_ungated(self, radiograph: Radiograph) -> float:
        """Score whatever was read, to measure what the gate changes; never to show.

        Parameters
        ----------
        radiograph : Radiograph

        Returns
        -------
        float
            In [0, 1].
        """
        square = to_model_input(radiograph, self._input_shape)
        logits, _ = self._grad_cam(square[np.newaxis])
        return float(probability(logits[0], self._calibration))

    def refuse(
        self,
        error: RadiographError,
        input_sha256: str,
        *,
        operating_point: str,
        repaired: Repair | None = None,
    ) -> Assessment:
        """Record why a file was not assessed.

        Parameters
        ----------
        error : RadiographError
        input_sha256 : str
        operating_point : str
        repaired : str, optional
            What was repaired before it was refused all the same.

        Returns
        -------
        Assessment
            With the status "refused" or "unreadable", and no score.
        """
        sound = isinstance(error, UnsupportedRadiographError)
        return Assessment(
            status="refused" if sound else "unreadable",
            refusal=error.refusal,
            repaired=repaired,
            input_sha256=input_sha256,
            **self._provenance(operating_point),
        )

    def saliency(
        self,
        assessment: Assessment,
        shape: tuple[int, int],
        *,
        toward: Finding = "pneumonia",
    ) -> NDArray[np.float32]:
        """Lay the evidence over a picture.

        Parameters
        ----------
        assessment : Assessment
            With the status "assessed".
        shape : tuple of int, (H, W)
            Of the radiograph, or any smaller grid over the whole of it.
        toward : {"pneumonia", "normal"}

        Returns
        -------
        ndarray of float32, shape (H, W)
            In [0, 1], relative to this radiograph.

        Raises
        ------
        ValueError
            If the file was not assessed.
        """
        if assessment.evidence is None:
            raise ValueError(
                "Only an assessed radiograph has saliency. "
                f"Received: status {assessment.status!r}."
            )
        strength = relative_strength(assessment.evidence, toward)
        return to_image_coordinates(strength, self._grad_cam.grid, shape)

    def model_input(self, radiograph: Radiograph) -> NDArray[np.uint8]:
        """Return what the network sees, shape (S, S, C)."""
        return to_model_input(radiograph, self._input_shape)

    def _provenance(self, operating_point: str) -> dict[str, Any]:
        points = self.card["operating_points"]
        if operating_point not in points:
            raise ValueError(
                f"These weights have the operating points {', '.join(points)}. "
                f"Received: {operating_point!r}."
            )
        return {
            "weights": self.card["name"],
            "weights_sha256": self.card["sha256"],
            "operating_point": operating_point,
            "threshold": points[operating_point]["threshold"],
            "calibrated": self.card["calibrated"],
            "prevalence": self.card["prevalence"],
        }
