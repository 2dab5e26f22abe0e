"""Where a heatmap lies, in words: share in the lungs, side and zone.

Always the model's attention, never a finding.
"""

import itertools
from typing import Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.fields import LungFields

# Thirds of the height of a lung field.
Zone = Literal["upper", "middle", "lower"]
# Of the patient; the picture's left is the patient's right, unless it is mirrored.
Side = Literal["right", "left"]
_ZONES: Final[tuple[Zone, ...]] = ("upper", "middle", "lower")
_SIDES: Final[tuple[Side, ...]] = ("right", "left")


class Focus(NamedTuple):
    """Where the strength of a heatmap lies.

    Attributes
    ----------
    in_lungs : float
        Share of the strength that lies in both lung fields, from 0 to 1.
    side : {"right", "left"}
        Of the patient.
    zone : {"upper", "middle", "lower"}
        Third of that lung, by its height, with the largest share.
    share : float
        Share of the strength in that zone, from 0 to 1.
    """

    in_lungs: float
    side: Side
    zone: Zone
    share: float


def find_focus(
    strength: NDArray[np.float32], lungs: LungFields, *, mirrored: bool = False
) -> Focus | None:
    """Say where a heatmap lies.

    Parameters
    ----------
    strength : ndarray of float32, shape (128, 128)
        In [0, 1], over the picture that the lungs were found on.
    lungs : LungFields
    mirrored : bool
        Whether the patient's left side lies on the picture's left.

    Returns
    -------
    Focus or None
        None where the map is zero everywhere, or no lung was found.
    """
    total = float(strength.sum())
    if total <= 0 or not lungs.masks.any():
        return None
    masks = lungs.masks[::-1] if mirrored else lungs.masks
    shares = {
        (side, zone): float(strength[part].sum()) / total
        for side, mask in zip(_SIDES, masks, strict=True)
        for zone, part in zip(_ZONES, _thirds(mask), strict=True)
    }
    side, zone = max(shares, key=lambda place: shares[place])
    within = np.any(lungs.masks, axis=0)
    return Focus(float(strength[within].sum()) / total, side, zone, shares[side, zone])


def _thirds(mask: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Cut a lung into three parts of the same height; empty where there is none."""
    rows = np.flatnonzero(np.any(mask, axis=1))
    if not len(rows):
        return [mask] * 3
    edges = np.linspace(rows[0], rows[-1] + 1, 4).round().astype(int)
    places = np.arange(len(mask))[:, np.newaxis]
    return [
        mask & (places >= top) & (places < bottom)
        for top, bottom in itertools.pairwise(edges)
    ]
