"""Logits to shares and back; SciPy's own take 30 MB and half a second to import."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike


def expit(logits: ArrayLike) -> Any:
    """Return 1 / (1 + exp(-logits)), of the shape and precision of the logits."""
    x = np.asarray(logits)
    small = np.exp(-np.abs(x))
    return (np.where(x >= 0, 1, small) / (1 + small))[()]


def logit(shares: ArrayLike) -> Any:
    """Return log(p / (1 - p)); infinite at 0 and 1, no number beyond them."""
    p = np.asarray(shares)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.log(p) - np.log1p(-p)
