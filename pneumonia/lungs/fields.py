"""Lung fields: two masks, and the box, coverage and quality read from them."""

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

# Side of the square on which the lungs are found, in pixels.
SIDE: Final = 128
# A lung that covers less of the picture is not counted as found.
_LEAST_LUNG: Final = 0.01


@dataclass(frozen=True, eq=False)
class LungFields:
    """The lung fields of one picture; lengths are fractions of its width or height.

    Attributes
    ----------
    probabilities : ndarray of float32, shape (2, 128, 128)
        That a place belongs to the lung at the picture's left (on an upright frontal
        radiograph the patient's right lung), and to that at its right.
    """

    probabilities: NDArray[np.float32]

    @cached_property
    def masks(self) -> NDArray[np.bool_]:
        """Both lungs, shape (2, 128, 128): the largest connected part of each."""
        return np.stack([_largest_part(lung > 0.5) for lung in self.probabilities])

    @property
    def found(self) -> tuple[bool, bool]:
        """Whether each lung covers at least 1 % of the picture."""
        left, right = self.masks.mean(axis=(1, 2)) >= _LEAST_LUNG
        return bool(left), bool(right)

    @property
    def coverage(self) -> float:
        """Share of the picture that both lungs cover, from 0 to 1."""
        return float(np.any(self.masks, axis=0).mean())

    @cached_property
    def box(self) -> tuple[float, float, float, float]:
        """Top, bottom, left and right edge of both lungs; the picture's without any."""
        union = np.any(self.masks, axis=0)
        if not union.any():
            return (0.0, 1.0, 0.0, 1.0)
        rows = np.flatnonzero(np.any(union, axis=1))
        columns = np.flatnonzero(np.any(union, axis=0))
        top, bottom = rows[0] / SIDE, (rows[-1] + 1) / SIDE
        left, right = columns[0] / SIDE, (columns[-1] + 1) / SIDE
        return float(top), float(bottom), float(left), float(right)

    @cached_property
    def cut(self) -> float:
        """How much of the lungs' width or height lies on an edge of the picture.

        The largest of the four edges, from 0 to 1. Both lungs cut in the middle have
        about 0.8 on that edge; apices just beyond the edge, 0.4.
        """
        union = np.any(self.masks, axis=0)
        shares = [
            lines[edge].sum() / max(1, int(np.any(lines, axis=0).sum()))
            for lines in (union, union.T)
            for edge in (0, -1)
        ]
        return float(max(shares))

    @cached_property
    def quality(self) -> float:
        """How certain the network is of the worse lung, from 0 to 1.

        The Dice coefficient of a lung's probabilities with its own mask: 1 where every
        place is certain, 0 where a lung was not found.
        """
        if not all(self.found):
            return 0.0
        return min(
            float(2 * lung[mask].sum() / (lung.sum() + mask.sum()))
            for lung, mask in zip(self.probabilities, self.masks, strict=True)
        )


def _largest_part(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    count, parts, statistics, _ = cv2.connectedComponentsWithStats(
        mask.astype(np.uint8), connectivity=4
    )
    if count < 3:  # the background and at most one part
        return mask
    largest = 1 + int(statistics[1:, cv2.CC_STAT_AREA].argmax())
    return np.asarray(parts == largest)
