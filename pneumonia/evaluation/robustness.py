"""How a network performs when pictures change and the lungs do not."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray
from PIL import Image
from tqdm import tqdm

from pneumonia.card.sections import Extremes, Perturbed, Regions, Robustness, Separation
from pneumonia.evaluation.shortcuts import hide_box
from pneumonia.model.network import Network
from pneumonia.perturbations.corruptions import CORRUPTIONS, Perturbation
from pneumonia.statistics import metrics

UNCHANGED = "unchanged"


def perturbed_logits(
    network: Network,
    pictures: NDArray[np.uint8],
    perturbations: Mapping[str, Perturbation] = CORRUPTIONS,
) -> dict[str, NDArray[np.float64]]:
    """Score radiographs unchanged and under every perturbation.

    Parameters
    ----------
    network : Network
    pictures : ndarray of uint8, shape (N, P, P, 1)
    perturbations : mapping of str to Perturbation, optional

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        Logits; ``"unchanged"`` first, then by the names of `perturbations`.
    """
    side = pictures.shape[1]
    logits = {UNCHANGED: network.logits(pictures)}
    for name, perturb in tqdm(
        perturbations.items(), "Scoring perturbed copies", unit="perturbation"
    ):
        copies = [_resize(perturb(picture[..., 0]), side) for picture in pictures]
        logits[name] = network.logits(np.stack(copies)[..., np.newaxis])
    return logits


def occluded_logits(
    network: Network, pictures: NDArray[np.uint8]
) -> dict[str, NDArray[np.float64]]:
    """Score radiographs without the lungs, and with nothing but the lungs' box.

    The hidden part gets the mean grey of the visible rest, so that it carries no sign
    of what it hides. A network that sees the lungs' box still sees that box.

    Parameters
    ----------
    network : Network
    pictures : ndarray of uint8, shape (N, P, P, 1)

    Returns
    -------
    dict of str to ndarray of float64, shape (N,)
        Logits: ``"unchanged"``, ``"lungs_box"`` (hidden) and ``"all_but_lungs_box"``.
    """
    seen = network.boxes(pictures)
    boxes = [fields.box for fields in network.finder.find_all(pictures[..., 0])]
    occluded = {
        name: np.stack(
            [
                hide_box(picture[..., 0], box, outside=outside)[..., np.newaxis]
                for picture, box in zip(pictures, boxes, strict=True)
            ]
        )
        for name, outside in (("lungs_box", False), ("all_but_lungs_box", True))
    }
    return {
        UNCHANGED: network.logits(pictures, seen),
        **{name: network.logits(copies, seen) for name, copies in occluded.items()},
    }


def measure_robustness(
    y_true: ArrayLike,
    scores: Mapping[str, NDArray[np.float64]],
    *,
    threshold: float,
) -> Robustness:
    """Measure each perturbation of the held-out internal test at a fixed threshold.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    scores : mapping of str to ndarray of shape (N,)
        In [0, 1], by perturbation, among them ``"unchanged"``.
    threshold : float
        In [0, 1].

    Returns
    -------
    Robustness
        ``normal_change`` and ``pneumonia_change`` are the mean absolute changes of the
        scores of either class against the unchanged radiographs.
    """
    y = np.asarray(y_true, int)
    rows = {
        name: _measure_perturbed(y, score, scores[UNCHANGED], threshold)
        for name, score in scores.items()
    }

    def over_all(summary: Callable[[list[float]], float]) -> Extremes:
        return {
            "auroc": summary([row["auroc"] for row in rows.values()]),
            "sensitivity": summary([row["sensitivity"] for row in rows.values()]),
            "specificity": summary([row["specificity"] for row in rows.values()]),
        }

    return {
        "measured_on": "internal_test",
        "by_perturbation": rows,
        "worst": over_all(min),
        "mean": over_all(lambda figures: float(np.mean(figures))),
    }


def measure_regions(
    y_true: NDArray[np.int64],
    patients: NDArray[np.str_],
    occluded: Mapping[str, NDArray[np.float64]],
    *,
    threshold: float,
) -> Regions:
    """Measure the held-out internal test with regions occluded.

    Parameters
    ----------
    y_true : ndarray of shape (N,)
        1 for pneumonia, 0 for normal.
    patients : ndarray of shape (N,)
    occluded : mapping of str to ndarray of shape (N,)
        Scores in [0, 1], by occlusion, as of `occluded_logits`.
    threshold : float
        In [0, 1].

    Returns
    -------
    Regions
        An AUROC of 0.5 means that the network cannot separate the classes.
    """

    def separate(scores: NDArray[np.float64]) -> Separation:
        row = metrics.evaluate(y_true, scores, threshold=threshold, groups=patients)
        return {
            "n": row["n"],
            "auroc": row["auroc"],
            "auroc_ci": row["auroc_ci"],
            "sensitivity": row["sensitivity"],
            "sensitivity_ci": row["sensitivity_ci"],
            "specificity": row["specificity"],
            "specificity_ci": row["specificity_ci"],
        }

    rows = {name: separate(scores) for name, scores in occluded.items()}
    return {
        "measured_on": "internal_test",
        "unchanged": rows.pop(UNCHANGED),
        "occlusions": rows,
    }


def _measure_perturbed(
    y: NDArray[np.int64],
    score: NDArray[np.float64],
    unchanged: NDArray[np.float64],
    threshold: float,
) -> Perturbed:
    counted = metrics.proportions(y, score >= threshold)
    change = np.abs(score - unchanged)
    return {
        "auroc": metrics.auroc(y, score),
        "sensitivity": counted["sensitivity"][0] / counted["sensitivity"][1],
        "specificity": counted["specificity"][0] / counted["specificity"][1],
        "normal_change": float(change[y == 0].mean()),
        "pneumonia_change": float(change[y == 1].mean()),
    }


def _resize(grey: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    if grey.shape == (side, side):
        return grey
    image = Image.fromarray(grey).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(image)
