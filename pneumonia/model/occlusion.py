"""Blur a part of what the network saw, to learn whether the score rests on it."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.crop import WHOLE, box_to_see, cut_to_box
from pneumonia.model.assessment import Assessment, lowers
from pneumonia.reading.radiograph import Radiograph

if TYPE_CHECKING:
    from pneumonia.model.classifier import Classifier

# The strength of the heatmap, relative to its strongest place, that is highlighted.
HIGHLIGHTED: Final = 0.5
# Of the side of the square: how far the blurs of region and surroundings reach, how
# soft their edges are, and how much around the lungs stays with them.
_REACH, _REACH_AROUND, _EDGE, _MARGIN = 1 / 8, 1 / 16, 1 / 80, 7 / 160


class Occlusion(NamedTuple):
    """What the score is without a part of the picture.

    Attributes
    ----------
    score : float
        With the whole picture, at the reference prevalence, in [0, 1]; so are the
        others.
    without_region : float
        With the highlighted region masked.
    without_surroundings : float
        With everything outside the lungs blurred.
    """

    score: float
    without_region: float
    without_surroundings: float

    @property
    def region_matters(self) -> bool:
        """Whether masking the highlighted region lowers the score."""
        return lowers(self.score, self.without_region)


def occlude(
    classifier: "Classifier", radiograph: Radiograph, assessment: Assessment
) -> Occlusion:
    """Score a radiograph without the highlighted region, and with blurred surroundings.

    The region is filled from what lies around it. What lies outside the lungs is
    blurred where it is: filled with the grey of the lungs it would be a haze, to which
    the network answers.

    Parameters
    ----------
    classifier : Classifier
    radiograph : Radiograph
        The one that was assessed, repaired where the assessment says so.
    assessment : Assessment
        Of this classifier.

    Returns
    -------
    Occlusion

    Raises
    ------
    ValueError
        If no heatmap is drawn, or it is that of another file.
    """
    lungs = assessment.lungs
    if assessment.score is None or lungs is None:
        raise ValueError(
            "Only a radiograph with a score and lungs can be occluded. "
            f"Received: {assessment.status}."
        )
    square, masked = _mask(classifier, radiograph, assessment)
    side, grey = len(square), square[..., 0]
    box = box_to_see(lungs) if classifier.card["on_lungs"] else WHOLE
    both = 255 * np.any(lungs.masks, axis=0).astype(np.uint8)
    kernel = np.ones((2 * round(_MARGIN * side) + 1,) * 2)
    around = cv2.dilate(cut_to_box(both, box, side), kernel) <= 127
    blurred = blur_away(grey, around, around, reach=_REACH_AROUND)
    copies = np.stack([masked, blurred])[..., np.newaxis]
    scores = classifier.scores(np.repeat(copies, square.shape[2], axis=-1))
    return Occlusion(assessment.score, *scores.tolist())


def mask_region(
    classifier: "Classifier", radiograph: Radiograph, assessment: Assessment
) -> Assessment:
    """Score a radiograph also with the highlighted region masked.

    It costs a forward pass, a third of what reading and assessing a radiograph does,
    so it is done only where a heatmap is asked for.

    Parameters
    ----------
    classifier, radiograph, assessment
        As of `occlude`.

    Returns
    -------
    Assessment
        With its `masked_score`; as it is where no heatmap is drawn.

    Raises
    ------
    ValueError
        If the assessment is that of another file.
    """
    if not assessment.draws:
        return assessment
    square, masked = _mask(classifier, radiograph, assessment)
    copies = np.repeat(masked[np.newaxis, ..., np.newaxis], square.shape[2], axis=-1)
    return replace(assessment, masked_score=float(classifier.scores(copies)[0]))


def _mask(
    classifier: "Classifier", radiograph: Radiograph, assessment: Assessment
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return what the network saw, and that in grey without the highlighted region."""
    square = classifier.model_input(radiograph)
    own = radiograph.sha256 == assessment.input_sha256
    if not assessment.draws or not own or square is None:
        raise ValueError(
            "Only a radiograph with its own heatmap can be occluded. "
            f"Received: {assessment.status}, {', '.join(assessment.map_codes)}."
        )
    # Over the network's square instead of the radiograph that it was cut from.
    laid = replace(assessment, frame=WHOLE)
    strength = classifier.saliency(laid, (len(square), len(square)))
    highlighted = strength >= HIGHLIGHTED * strength.max()
    masked = blur_away(square[..., 0], highlighted, ~highlighted, reach=_REACH)
    return square, masked


def blur_away(
    square: NDArray[np.uint8],
    hidden: NDArray[np.bool_],
    source: NDArray[np.bool_],
    *,
    reach: float,
) -> NDArray[np.uint8]:
    """Replace a part of a picture by a blur of another part, or of itself.

    Black or grey would be a new object in the picture, and the network would answer
    to that.

    Parameters
    ----------
    square : ndarray of uint8, shape (S, S)
    hidden, source : ndarray of bool, shape (S, S)
        What is replaced, and what gives its grey; where there is none, all does.
    reach : float
        Standard deviation of the blur, as a share of S.

    Returns
    -------
    ndarray of uint8, shape (S, S)
    """
    side = len(square)
    grey, giving = square.astype(np.float32), source.astype(np.float32)
    # Far from the source, its mean is what is left.
    weight = cv2.GaussianBlur(giving, (0, 0), reach * side) + 1e-6
    mean = float(grey[source].mean() if source.any() else grey.mean())
    blurred = (
        cv2.GaussianBlur(giving * (grey - mean), (0, 0), reach * side) / weight + mean
    )
    soft = cv2.GaussianBlur(hidden.astype(np.float32), (0, 0), _EDGE * side)
    filled = soft * blurred + (1 - soft) * grey
    return np.asarray(np.rint(np.clip(filled, 0, 255)), np.uint8)
