"""Which view a radiograph shows: a fitted logistic regression, as plain arrays.

`pneumonia.gate.fitting` fits it, `pneumonia.gate.storage` keeps it on disk.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

FRONTAL: Final = "frontal"
# Standardised features are clipped here. A picture unlike anything in the training
# data must not be admitted because one feature is extreme.
_BOUND: Final = 5.0


@dataclass(frozen=True, eq=False)
class ViewClassifier:
    """Multinomial logistic regression on the features of a picture's layout.

    Attributes
    ----------
    views : tuple of str
        The classes, `FRONTAL` among them; see `pneumonia.gate.checks.VIEWS`.
    mean, scale : ndarray of float32, shape (D,)
        Mean and standard deviation of the features.
    coefficients : ndarray of float32, shape (D, V)
    intercepts : ndarray of float32, shape (V,)
    threshold : float
        Least log odds of `FRONTAL` against all other views for admission.
    """

    views: tuple[str, ...]
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    coefficients: NDArray[np.float32]
    intercepts: NDArray[np.float32]
    threshold: float

    def log_probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the logarithm of each view's probability.

        Parameters
        ----------
        features : ndarray of float32, shape (N, D)
            From `pneumonia.gate.features.describe_layout`.

        Returns
        -------
        ndarray of float64, shape (N, V)
        """
        x = standardise(features, self.mean, self.scale)
        logits = np.asarray(x @ self.coefficients + self.intercepts, np.float64)
        return logits - np.logaddexp.reduce(logits, axis=1, keepdims=True)

    def frontal_log_odds(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Return the log odds of `FRONTAL` against all other views together.

        Parameters
        ----------
        features : ndarray of float32, shape (N, D)

        Returns
        -------
        ndarray of float64, shape (N,)
        """
        logs = self.log_probabilities(features)
        frontal = self.views.index(FRONTAL)
        others = np.delete(logs, frontal, axis=1)
        return np.asarray(logs[:, frontal] - np.logaddexp.reduce(others, axis=1))

    def name_view(self, features: NDArray[np.float32]) -> str:
        """Name the view that one picture shows.

        Parameters
        ----------
        features : ndarray of float32, shape (D,)

        Returns
        -------
        str
            `FRONTAL` if its log odds reach the threshold, else the most probable of
            the other views.
        """
        row = features[np.newaxis]
        if self.frontal_log_odds(row)[0] >= self.threshold:
            return FRONTAL
        logs = self.log_probabilities(row)[0]
        logs[self.views.index(FRONTAL)] = -np.inf
        return self.views[int(logs.argmax())]


def standardise(
    features: NDArray[np.float32], mean: NDArray[np.float32], scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Scale features to mean 0 and standard deviation 1, clipped at 5.

    Parameters
    ----------
    features : ndarray of float32, shape (N, D)
    mean, scale : ndarray of float32, shape (D,)

    Returns
    -------
    ndarray of float32, shape (N, D)
    """
    return np.asarray(np.clip((features - mean) / scale, -_BOUND, _BOUND), np.float32)
