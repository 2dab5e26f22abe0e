"""Which view of what a picture shows: the fitted part of the gate, as plain arrays.

A small perceptron on `pneumonia.gate.features`; it is fitted by
`pneumonia.gate.fitting`
and stored in the weights' card, so that reading a card is all that serving needs.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

FRONTAL: Final = "frontal"
# How far a number may lie from its mean, in standard deviations: a picture that is
# unlike anything seen must not win by being extreme.
_BOUND: Final = 5.0


@dataclass(frozen=True, eq=False)
class Recogniser:
    """A perceptron with one hidden layer of rectified units for each of its members.

    Attributes
    ----------
    views : tuple of str
        What it tells apart, `FRONTAL` among them; see `pneumonia.gate.checks`.
    mean, scale : ndarray of float32, shape (D,)
        Of the features.
    hidden, hidden_bias : ndarray of float32, shapes (M, D, H) and (M, H)
    output, output_bias : ndarray of float32, shapes (M, H, V) and (M, V)
    threshold : float
        Log odds of `FRONTAL` from which a picture is admitted.
    """

    views: tuple[str, ...]
    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    hidden: NDArray[np.float32]
    hidden_bias: NDArray[np.float32]
    output: NDArray[np.float32]
    output_bias: NDArray[np.float32]
    threshold: float

    def probabilities(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """Weigh the views; the members' logarithms are averaged.

        Parameters
        ----------
        features : ndarray of float32, shape (N, D)

        Returns
        -------
        ndarray of float64, shape (N, V)
        """
        x = np.clip((features - self.mean) / self.scale, -_BOUND, _BOUND)
        y = np.maximum(x @ self.hidden + self.hidden_bias[:, np.newaxis], 0)
        logits = np.asarray(y @ self.output + self.output_bias[:, np.newaxis], float)
        each = logits - np.logaddexp.reduce(logits, axis=-1, keepdims=True)
        logs = each.mean(axis=0)
        return np.asarray(
            np.exp(logs - np.logaddexp.reduce(logs, axis=-1, keepdims=True))
        )

    def recognise(self, features: NDArray[np.float32]) -> str:
        """Name what a picture shows.

        Parameters
        ----------
        features : ndarray of float32, shape (D,)

        Returns
        -------
        str
            `FRONTAL` if its log odds reach the threshold, else the likeliest of the
            other views.
        """
        weights = self.probabilities(features[np.newaxis])[0]
        if log_odds(weights, self.views) >= self.threshold:
            return FRONTAL
        others = np.where(np.array(self.views) == FRONTAL, -1, weights)
        return self.views[int(others.argmax())]

    def to_card(self) -> dict[str, Any]:
        """Return what `from_card` reads: float16, base64, a few hundred kilobytes."""
        arrays = {
            name: {
                "shape": list(getattr(self, name).shape),
                "float16": base64.b64encode(
                    getattr(self, name).astype("<f2").tobytes()
                ).decode("ascii"),
            }
            for name in _ARRAYS
        }
        return {"views": list(self.views), "threshold": self.threshold, **arrays}

    @classmethod
    def from_card(cls, stored: Mapping[str, Any]) -> "Recogniser":
        """Read what `to_card` wrote.

        Parameters
        ----------
        stored : mapping

        Returns
        -------
        Recogniser

        Raises
        ------
        ValueError
            If something is missing or of another shape.
        """
        try:
            arrays = {
                name: np.frombuffer(
                    base64.b64decode(stored[name]["float16"], validate=True), "<f2"
                )
                .reshape(stored[name]["shape"])
                .astype(np.float32)
                for name in _ARRAYS
            }
            found = cls(
                views=tuple(stored["views"]),
                threshold=float(stored["threshold"]),
                **arrays,
            )
            found.probabilities(np.zeros((1, len(found.mean)), np.float32))
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(
                "The gate in a card holds its views, its threshold and six arrays. "
                f"Received: one that is damaged ({type(error).__name__})."
            ) from error
        return found


def log_odds(
    weights: NDArray[np.float64], views: tuple[str, ...]
) -> NDArray[np.float64]:
    """Return the log odds of `FRONTAL`.

    Parameters
    ----------
    weights : ndarray of float64, shape (..., V)
        From `Recogniser.probabilities`.
    views : tuple of str

    Returns
    -------
    ndarray of float64, shape (...)
    """
    index = views.index(FRONTAL)
    others = np.delete(weights, index, axis=-1).sum(axis=-1)
    tiny = np.finfo(float).tiny
    return np.asarray(
        np.log(np.maximum(weights[..., index], tiny)) - np.log(np.maximum(others, tiny))
    )


_ARRAYS: Final = (*("mean", "scale", "hidden", "hidden_bias", "output", "output_bias"),)
