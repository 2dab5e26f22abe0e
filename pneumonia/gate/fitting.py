"""Fit the gate's recogniser on training radiographs.

What it must refuse is made from the radiographs themselves (`pneumonia.gate.outliers`)
and drawn (`pneumonia.gate.drawings`), so a folder of chest radiographs is all it needs.
"""

import warnings
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from pneumonia.gate.checks import VIEWS
from pneumonia.gate.drawings import KINDS, draw
from pneumonia.gate.features import describe
from pneumonia.gate.outliers import CHANGES
from pneumonia.gate.view_classifier import FRONTAL, Recogniser, log_odds
from pneumonia.phantom import draw_phantom

# How many pictures of each kind; of those that are not named, `_OTHERS`. They suit so
# many training radiographs; for fewer there are fewer of each.
_SUITED_TO: Final = 4000
_COUNTS: Final = {
    "frontal": 6000,
    "rotated_90": 1200,
    "rotated_180": 1200,
    "rotated_270": 1200,
    "inverted": 1500,
    "cropped": 1500,
    "photo_of_screen": 900,
    "lateral": 1500,
    "slice": 500,
}
_OTHERS: Final = 300
# One picture in so many is changed from a phantom, of which there are so many.
_PHANTOM_EVERY, _PHANTOMS = 25, 60
# The lines and letters of drawings need so many pixels a side.
_LEAST_SIDE: Final = 96
# Perceptrons that are averaged, and the hidden units of each.
_MEMBERS, _HIDDEN = 4, 32
# Log odds of a frontal chest from which a picture is admitted. Chosen on adults of
# other hospitals and on lateral views, brain MRI and chest CT, which the training data
# has none of; lowered where validation radiographs would be refused.
_THRESHOLD: Final = 0.0
_REFUSED_OF_VALIDATION: Final = 0.002


def fit_gate(
    training: NDArray[np.uint8],
    validation: NDArray[np.uint8],
    *,
    seed: int,
) -> dict[str, Any]:
    """Fit the recogniser that `pneumonia.gate.checks.check_image` asks.

    Parameters
    ----------
    training, validation : ndarray of uint8, shape (N, S, S, C)
        Upright frontal radiographs, squared as for the network; patients apart.
    seed : int
        The same arguments give the same numbers.

    Returns
    -------
    dict
        For the weights' card, as ``gate``; `Recogniser.from_card` reads it.
    """
    features, views = _examples(training[..., 0], seed)
    mean, spread = features.mean(axis=0), np.maximum(features.std(axis=0), 1e-2)
    x = np.clip((features - mean) / spread, -5, 5)
    members = []
    for member in range(_MEMBERS):
        network = MLPClassifier(
            (_HIDDEN,),
            alpha=0.3,
            batch_size=min(256, len(x)),
            learning_rate_init=2e-3,
            max_iter=16,
            random_state=seed + member,
        )
        with warnings.catch_warnings():
            # The number of passes is chosen, not what is left of the loss.
            warnings.simplefilter("ignore", ConvergenceWarning)
            members.append(network.fit(x, views))
    hidden, output = (
        np.stack([member.coefs_[layer] for member in members]) for layer in (0, 1)
    )
    hidden_bias, output_bias = (
        np.stack([member.intercepts_[layer] for member in members]) for layer in (0, 1)
    )
    recogniser = Recogniser(
        views=tuple(str(view) for view in members[0].classes_),
        mean=mean,
        scale=spread,
        hidden=np.asarray(hidden, np.float32),
        hidden_bias=np.asarray(hidden_bias, np.float32),
        output=np.asarray(output, np.float32),
        output_bias=np.asarray(output_bias, np.float32),
        threshold=_THRESHOLD,
    )
    # As it will be read, with what is lost in rounding.
    card = recogniser.to_card()
    read = Recogniser.from_card(card)
    scores = log_odds(
        read.probabilities(np.stack([describe(s[..., 0]) for s in validation])),
        read.views,
    )
    lowest = float(np.quantile(scores, _REFUSED_OF_VALIDATION))
    return {**card, "threshold": min(_THRESHOLD, lowest), "seed": seed}


def _examples(
    squares: NDArray[np.uint8], seed: int
) -> tuple[NDArray[np.float32], NDArray[np.str_]]:
    """Make, draw and describe what the recogniser learns from."""
    rng = np.random.default_rng(seed)
    side = squares.shape[1]
    scale = min(1.0, len(squares) / _SUITED_TO)
    phantoms = [
        np.asarray(
            draw_phantom((side, side), consolidation=bool(i % 2), seed=i), np.uint8
        )
        for i in range(max(2, round(_PHANTOMS * scale)))
    ]
    features = [describe(square) for square in squares]
    views = [FRONTAL] * len(squares)
    for view, changes in CHANGES.items():
        for name, change in changes.items():
            for index in range(max(2, round(_COUNTS.get(name, _OTHERS) * scale))):
                source = squares if index % _PHANTOM_EVERY else phantoms
                grey = np.asarray(source[rng.integers(len(source))], np.uint8)
                features.append(describe(change(rng, grey)))
                views.append(view)
    for kind in KINDS:
        view = "lateral_view" if kind == "lateral" else "not_chest_radiograph"
        for index in range(max(2, round(_COUNTS.get(kind, _OTHERS) * scale))):
            drawn = draw(kind, seed=index, side=max(side, _LEAST_SIDE))
            features.append(describe(drawn))
            views.append(view)
    unknown = set(views) - set(VIEWS)
    if unknown:
        raise ValueError(f"The gate has no words for the views {sorted(unknown)}.")
    return np.stack(features), np.array(views)
