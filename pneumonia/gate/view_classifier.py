"""Which view a radiograph shows: its layout, and a logistic regression on that.

The layout is where the picture is light or dark and which way its edges face, 768
numbers of the radiograph itself, so the gate does not depend on any network.
`pneumonia.gate.fitting` fits the regression, `pneumonia.gate.storage` keeps it on disk.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.areas import Picture, average_areas

FRONTAL: Final = "frontal"
_SIDE: Final = 64
_THUMBNAIL: Final = 16
_CELLS: Final = 8
_DIRECTIONS: Final = 8
# Of the layout.
LENGTH: Final = _THUMBNAIL**2 + _CELLS**2 * _DIRECTIONS
# Standardised features are clipped here. A picture unlike anything in the training
# data must not be admitted because one feature is extreme.
_BOUND: Final = 5.0


def describe_layout(grey: Picture) -> NDArray[np.float32]:
    """Describe the layout of a picture.

    Parameters
    ----------
    grey : ndarray of uint8, shape (H, W), or what `average_areas` made of it
        Grey levels as they are displayed. The picture is first resized to a square of
        64 x 64 pixels.

    Returns
    -------
    ndarray of float32, shape (LENGTH,)
        A thumbnail of 16 x 16 pixels with mean 0 and variance 1, then a histogram of
        gradient directions in each of 8 x 8 cells [1]_. Opposite directions count
        apart, so an inverted picture differs in both.

    References
    ----------
    .. [1] N. Dalal, B. Triggs, "Histograms of Oriented Gradients for Human
       Detection", CVPR 2005.
    """
    averaged = average_areas(grey)
    small = cv2.resize(averaged, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
    levels = np.rint(small.astype(np.float32))
    levels = (levels - levels.mean()) / max(float(levels.std()), 1.0)
    thumbnail = _average(levels, _THUMBNAIL)
    return np.concatenate([thumbnail.ravel(), _gradient_histograms(levels)])


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
            From `describe_layout`.

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


def _gradient_histograms(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Share each pixel's gradient between its two nearest directions."""
    strength, angle = cv2.cartToPolar(
        cv2.Sobel(levels, cv2.CV_32F, 1, 0, ksize=3),
        cv2.Sobel(levels, cv2.CV_32F, 0, 1, ksize=3),
    )
    position = np.asarray(angle, np.float32) * np.float32(_DIRECTIONS / (2 * np.pi))
    cells = []
    for direction in range(_DIRECTIONS):
        turned = np.abs(position - direction)
        distance = np.minimum(turned, _DIRECTIONS - turned)
        share = np.maximum(1 - distance, 0)
        cells.append(_average(strength * share, _CELLS).ravel())
    # The root keeps a few hard edges (a marker, a wire) from outweighing the rest.
    roots = np.sqrt(np.concatenate(cells))
    return np.asarray(roots / max(float(np.sqrt(np.mean(roots**2))), 1e-6))


def _average(field: NDArray[np.float32], cells: int) -> NDArray[np.float32]:
    """Average over ``cells`` x ``cells`` equal parts."""
    parts = cv2.resize(field, (cells, cells), interpolation=cv2.INTER_AREA)
    return np.asarray(parts, np.float32)
