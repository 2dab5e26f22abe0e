"""Fit the gate's view classifier on training radiographs.

A folder of upright frontal radiographs is all it needs: `pneumonia.gate.examples` makes
the other views. The drawn phantom is among what the gate is fitted to admit.
"""

from collections import Counter
from dataclasses import replace
from typing import Final, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from pneumonia.gate.examples import KINDS
from pneumonia.gate.view_classifier import (
    FRONTAL,
    ViewClassifier,
    describe_layout,
    standardise,
)
from pneumonia.phantom import draw_phantom

# The square on which examples are made, in pixels.
SIDE: Final = 128
# The counts of `KINDS` suit so many training radiographs; fewer get fewer examples.
_SUITED_TO: Final = 4000
# Every 25th example is made from a phantom, of which there are so many.
_PHANTOM_EVERY, _PHANTOMS = 25, 60
# Inverse strength of the L2 penalty.
_REGULARISATION: Final = 0.01
# Chosen looking at the admission table: a lower threshold admits more cropped and
# lateral views, a higher one refuses more adults.
_THRESHOLD: Final = -0.5
_REFUSED_OF_VALIDATION: Final = 0.002


class FittedGate(NamedTuple):
    """A gate and what it was fitted on.

    Attributes
    ----------
    gate : ViewClassifier
    counts : dict of str to int
        Examples by kind.
    """

    gate: ViewClassifier
    counts: dict[str, int]


def fit_gate(
    training: NDArray[np.uint8], validation: NDArray[np.uint8], *, seed: int
) -> FittedGate:
    """Fit the view classifier that `pneumonia.gate.checks.check_image` asks.

    Parameters
    ----------
    training, validation : ndarray of uint8, shape (N, S, S)
        Upright frontal radiographs of different patients.
    seed : int
        The same arguments give the same gate.

    Returns
    -------
    FittedGate
        With the numbers that float16 can hold, as they are stored.
    """
    features, views, counts = _make_examples(training, seed)
    mean = _round(features.mean(axis=0))
    scale = _round(np.maximum(features.std(axis=0), 1e-2))
    model = LogisticRegression(C=_REGULARISATION, tol=1e-3, max_iter=1000)
    model.fit(standardise(features, mean, scale), views)
    gate = ViewClassifier(
        views=tuple(str(view) for view in model.classes_),
        mean=mean,
        scale=scale,
        coefficients=_round(model.coef_.T),
        intercepts=_round(model.intercept_),
        threshold=_THRESHOLD,
    )
    described = np.stack([describe_layout(grey) for grey in validation])
    odds = gate.frontal_log_odds(described)
    lowest = float(np.quantile(odds, _REFUSED_OF_VALIDATION))
    return FittedGate(replace(gate, threshold=min(_THRESHOLD, lowest)), counts)


def _make_examples(
    training: NDArray[np.uint8], seed: int
) -> tuple[NDArray[np.float32], list[str], dict[str, int]]:
    """Return features (N, D) and views of all examples, and their counts by kind."""
    rng = np.random.default_rng(seed)
    share = min(1.0, len(training) / _SUITED_TO)
    squares = [
        np.asarray(cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA))
        for grey in training
    ]
    phantoms = [
        draw_phantom((SIDE, SIDE), consolidation=bool(number % 2), seed=number)
        for number in range(max(2, round(_PHANTOMS * share)))
    ]
    features = [describe_layout(square) for square in squares]
    views = [FRONTAL] * len(squares)
    counts = Counter({"training radiographs as they are": len(squares)})
    for name, kind in KINDS.items():
        counts[name] = max(2, round(kind.count * share))
        for number in range(counts[name]):
            sources = squares if number % _PHANTOM_EVERY else phantoms
            grey = np.asarray(sources[rng.integers(len(sources))], np.uint8)
            example = np.ascontiguousarray(kind.make(rng, grey))
            features.append(describe_layout(example))
            views.append(kind.view)
    return np.stack(features), views, dict(counts)


def _round(values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Keep what float16 holds, so that a stored gate answers as the fitted one does."""
    return values.astype(np.float16).astype(np.float32)
