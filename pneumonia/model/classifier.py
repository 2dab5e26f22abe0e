"""One radiograph in, one assessment out: the page and the command line call this."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pneumonia.card.schema import Card
from pneumonia.errors import RadiographError, UnsupportedRadiographError, note_fault
from pneumonia.gate.checks import check_image, check_metadata
from pneumonia.gate.storage import load_gate
from pneumonia.gate.view_classifier import ViewClassifier
from pneumonia.lungs.crop import WHOLE, Box, box_to_see, cut_to_box, within
from pneumonia.lungs.fields import SIDE, LungFields
from pneumonia.lungs.finder import LungFinder, load_lung_finder
from pneumonia.model.assessment import Assessment
from pneumonia.model.cell_grid import Finding, shown_strength, to_image_coordinates
from pneumonia.model.focus import Focus, find_focus
from pneumonia.model.input_statistics import describe_input
from pneumonia.model.served_network import ExplainedNetwork, load_served_network
from pneumonia.model.weights import (
    DEFAULT_WEIGHTS,
    WEIGHTS_FOLDER,
    load_card,
    load_weights,
)
from pneumonia.reading.model_input import margin_notices, within_margins
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, read_radiograph, sha256_of
from pneumonia.reasons.codes import Repair
from pneumonia.statistics.calibration import Calibration, probability


def load_classifier(
    weights: str | Path = DEFAULT_WEIGHTS, *, threads: int = 0
) -> "Classifier":
    """Load published weights, ready to assess radiographs.

    Parameters
    ----------
    weights : str or Path
        A name in the folder of weights, such as ``"ensemble"``, or the path of a
        ``.keras`` file or of a site's card.
    threads : int
        That share one pass of an exported network; with 0 one for each core.

    Returns
    -------
    Classifier

    Raises
    ------
    WeightsError
        If the weights or their card are missing, damaged, or do not match.
    """
    card, path = load_card(weights)
    network: ExplainedNetwork | None = load_served_network(card, path, threads)
    if network is None:
        # TensorFlow takes seconds to import: only for what is not exported.
        from pneumonia.model.grad_cam import GradCam

        network = GradCam(load_weights(weights).model)
    return Classifier(card, network, finder=load_lung_finder(WEIGHTS_FOLDER, threads))


class Classifier:
    """A network ready to assess radiographs. Safe to share between threads.

    Parameters
    ----------
    card : Card
    network : ExplainedNetwork
    gate : ViewClassifier, optional
    finder : LungFinder, optional
        Default: the gate and the network for the lungs in ``weights/``, which all
        networks share.

    Raises
    ------
    WeightsError
        If the gate or the network for the lungs is missing or damaged. Nothing is
        assessed without them.
    """

    def __init__(
        self,
        card: Card,
        network: ExplainedNetwork,
        gate: ViewClassifier | None = None,
        finder: LungFinder | None = None,
    ) -> None:
        self.card = card
        self._network = network
        self._calibration = Calibration(self.card["temperature"], self.card["bias"])
        self._gate = load_gate(WEIGHTS_FOLDER) if gate is None else gate
        self._finder = load_lung_finder(WEIGHTS_FOLDER) if finder is None else finder

    def assess_file(
        self,
        data: bytes,
        *,
        repair: Repair | None = None,
        strict_age: bool = False,
    ) -> Assessment:
        """Read and assess a file; what cannot be read or used becomes a status.

        Parameters
        ----------
        data : bytes
            The whole file.
        repair, strict_age
            As for `assess`.

        Returns
        -------
        Assessment
        """
        try:
            radiograph = read_radiograph(data)
        except RadiographError as error:
            return self.refuse(error, sha256_of(data))
        return self.assess(radiograph, repair=repair, strict_age=strict_age)

    def assess(
        self,
        radiograph: Radiograph,
        *,
        repair: Repair | None = None,
        strict_age: bool = False,
    ) -> Assessment:
        """Score a radiograph and explain the score.

        Parameters
        ----------
        radiograph : Radiograph
            As it was read; its saliency lies on the repaired one.
        repair : str, optional
            What a person asked for, as `Assessment.repair` offered it; never done
            otherwise.
        strict_age : bool
            Refuse patients outside one to five years instead of warning.

        Returns
        -------
        Assessment
            With the status "assessed", or "refused" by the gate; "unreadable" with
            the code ``internal_error`` for whatever else goes wrong.
        """
        try:
            return self._assess(radiograph, repair, strict_age)
        except Exception as error:
            return self.refuse(note_fault(error), radiograph.sha256, repaired=repair)

    def _assess(
        self, radiograph: Radiograph, repair: Repair | None, strict_age: bool
    ) -> Assessment:
        if repair is not None:
            radiograph = apply_repair(radiograph, repair)
        try:
            admission = check_metadata(radiograph, strict_age=strict_age)
            shown = check_image(radiograph, self._gate, self._finder)
        except UnsupportedRadiographError as error:
            return self.refuse(error, radiograph.sha256, repaired=repair)
        if shown.picture is None or shown.lungs is None:
            raise ValueError("an admitted radiograph comes with picture and lungs")
        picture, box = shown.picture, self._box(shown.lungs)
        square = self._cut(picture, box)
        logits, evidence = self._network(square[np.newaxis])
        if not np.isfinite(logits[0]):
            raise FloatingPointError(f"A logit is finite. Received: {logits[0]}.")
        provenance = self._provenance()
        provenance["calibrated"] &= admission.calibrated and shown.calibrated
        assessment = Assessment(
            status="assessed",
            input_sha256=radiograph.sha256,
            repaired=repair,
            warnings=radiograph.warnings
            + margin_notices(radiograph)
            + admission.warnings
            + shown.warnings,
            score=float(probability(logits[0], self._calibration)),
            evidence=evidence[0] if np.isfinite(evidence).all() else None,
            frame=within(radiograph.frame.shares(radiograph.pixels.shape), box),
            lungs=shown.lungs,
            statistics=describe_input(
                radiograph.pixels.shape, square[..., 0], shown.lungs
            ),
            **provenance,
        )
        return replace(assessment, focus=self._find_focus(assessment))

    def warm_up(self) -> None:
        """Run both networks once, so that the first radiograph waits for neither."""
        side, _, channels = self.card["input_shape"]
        self._finder(np.zeros((side, side), np.uint8))
        self._network(np.zeros((1, side, side, channels), np.uint8))

    def score_ungated(self, radiograph: Radiograph) -> float | None:
        """Score whatever was read, to measure what the gate changes; never to show.

        Parameters
        ----------
        radiograph : Radiograph

        Returns
        -------
        float or None
            At the reference prevalence, in [0, 1]; None where `model_input` is None.
        """
        square = self.model_input(radiograph)
        return None if square is None else float(self.scores(square[np.newaxis])[0])

    def scores(self, inputs: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Score model inputs; the gate is not asked.

        Parameters
        ----------
        inputs : ndarray of uint8, shape (N, S, S, C)

        Returns
        -------
        ndarray of float64, shape (N,)
            At the reference prevalence, in [0, 1].
        """
        logits, _ = self._network(inputs)
        return probability(logits, self._calibration)

    def refuse(
        self,
        error: RadiographError,
        input_sha256: str,
        *,
        repaired: Repair | None = None,
    ) -> Assessment:
        """Record why a file was not assessed.

        Parameters
        ----------
        error : RadiographError
        input_sha256 : str
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
            **self._provenance(),
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
            In [0, 1], as `pneumonia.model.cell_grid.shown_strength`.

        Raises
        ------
        ValueError
            If there is no evidence: the file was not assessed, or the network gave
            none that is finite.
        """
        if assessment.evidence is None:
            raise ValueError(
                "Only an assessed radiograph with evidence has saliency. "
                f"Received: status {assessment.status!r}."
            )
        strength = shown_strength(assessment.evidence, toward)
        grid = self._network.grid
        return to_image_coordinates(strength, grid, shape, assessment.frame)

    def _find_focus(self, assessment: Assessment) -> Focus | None:
        lungs = assessment.lungs
        if lungs is None or not assessment.draws:
            return None
        # Over the picture that the lungs were found on.
        laid = replace(assessment, frame=self._box(lungs))
        strength = self.saliency(laid, (SIDE, SIDE))
        mirrored = any(it.code == "mirrored" for it in assessment.warnings)
        return find_focus(strength, lungs, mirrored=mirrored)

    def model_input(
        self, radiograph: Radiograph, lungs: LungFields | None = None
    ) -> NDArray[np.uint8] | None:
        """Return what the network sees.

        Parameters
        ----------
        radiograph : Radiograph
        lungs : LungFields of its assessment, optional; else they are looked for

        Returns
        -------
        ndarray of uint8, shape (S, S, C), or None
            None if too little is left within the picture's margins.
        """
        try:
            picture = within_margins(radiograph)
        except UnsupportedRadiographError:
            return None
        return self._cut(picture, self._box(lungs or self._finder(picture)))

    def _box(self, lungs: LungFields | None) -> Box:
        return box_to_see(lungs) if lungs and self.card["on_lungs"] else WHOLE

    def _cut(self, picture: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
        side, _, channels = self.card["input_shape"]
        return np.repeat(cut_to_box(picture, box, side)[..., np.newaxis], channels, -1)

    def _provenance(self) -> dict[str, Any]:
        return {
            "weights": self.card["name"],
            "weights_sha256": self.card["sha256"],
            "calibrated": self.card["calibrated"],
            "reference_prevalence": self.card["prevalence"],
        }
