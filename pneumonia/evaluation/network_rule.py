"""The decision rule of a network: from its logits to scores and flags."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pneumonia.statistics.calibration import Calibration, probability
from pneumonia.statistics.operating_points import OperatingPoint


@dataclass(frozen=True)
class DecisionRule:
    """What turns a logit into a score and a flag.

    Attributes
    ----------
    calibrated : bool
        Whether scores are probabilities. Otherwise they are only moved to
        `prevalence`.
    calibration : Calibration
    prevalence : float
        Share of pneumonia that the scores assume, in (0, 1).
    operating_points : mapping of str to OperatingPoint
        ``balanced`` and ``screening``.
    """

    calibrated: bool
    calibration: Calibration
    prevalence: float
    operating_points: Mapping[str, OperatingPoint]

    @property
    def threshold(self) -> float:
        """The balanced threshold, in [0, 1]."""
        return self.operating_points["balanced"]["threshold"]

    def scores(self, logits: ArrayLike) -> NDArray[np.float64]:
        """Turn logits into scores in [0, 1]."""
        return probability(logits, self.calibration)
