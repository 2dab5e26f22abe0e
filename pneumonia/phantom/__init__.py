"""A synthetic chest radiograph of a small child, projected from simple bodies.

It behaves like a radiograph and shows nobody. Rays gather path length (cm) times
linear attenuation (1/cm) in ellipsoids, shells and tubes; a detector counts what is
left by Beer and Lambert's law, and the display shows the logarithm of the counts.
"""

from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from pneumonia.phantom.anatomy import (
    cross_body,
    cross_consolidation,
    cross_consolidations,
    cross_gas,
    cross_lungs,
    cross_ribs,
    cross_shoulders,
    cross_spine,
    cross_vessels,
)
from pneumonia.phantom.geometry import Map, View, blur, place_child, ramp

# Linear attenuation at 60 keV, 1/cm: NIST mass coefficient (cm2/g) times density.
_MU_SOFT = 0.2048 * 1.06
_MU_LUNG = 0.2053 * 0.26  # Lung tissue at the density of an inflated lung.
_MU_BONE = 0.3148 * 1.92  # Cortical bone.

_PHOTONS_PER_CM2 = 2.5e7  # Reaching the detector through air.
_WHITE = 2.7  # Attenuation shown as white at mean exposure.


def draw_phantom(
    shape: tuple[int, int] = (1024, 1024),
    *,
    consolidation: bool | Literal["both"] = False,
    seed: int = 0,
    bit_depth: int = 8,
) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """Draw a frontal chest radiograph of a small child who does not exist.

    Standard presentation: bone is white and air black, the patient's right is on
    the left of the picture.

    Parameters
    ----------
    shape : tuple of int
        Rows and columns in pixels, each at least 32. The thorax fills the picture.
    consolidation : bool or "both"
        Whether fluid fills a part of one lung, or of both. Nothing else in the
        picture depends on it: anatomy, exposure and the draw of the noise follow
        from the seed.
    seed : int
        Not negative. Chooses anatomy, position, exposure and noise.
    bit_depth : int
        Bits that a grey level fills, 8 to 16.

    Returns
    -------
    ndarray of uint8 or uint16, shape (rows, columns)
        Grey levels from 0 to ``2**bit_depth - 1``; uint8 where `bit_depth` is 8.
        The same arguments give the same picture, to within rounding.

    Raises
    ------
    ValueError
        If a side is shorter than 32, `bit_depth` is not within 8 to 16, or `seed`
        is negative.

    References
    ----------
    .. [1] Hubbell JH, Seltzer SM. Tables of X-Ray Mass Attenuation Coefficients.
       NIST Standard Reference Database 126, table 4: ICRU-44 tissues at 60 keV.
       https://www.nist.gov/pml/x-ray-mass-attenuation-coefficients
    """
    if len(shape) != 2 or min(shape) < 32:
        raise ValueError(f"shape needs two sides of 32 or more. Received: {shape}")
    if not 8 <= bit_depth <= 16:
        raise ValueError(f"bit_depth must be from 8 to 16. Received: {bit_depth}")
    if seed < 0:
        raise ValueError(f"seed must not be negative. Received: {seed}")
    # A stream each, so that a consolidation shifts no other draw.
    build, fine, ill, quanta = (np.random.default_rng([seed, n]) for n in range(4))
    margin = 1 + max(shape) // 20  # Turning brings into view what lay outside.
    v = place_child(shape, margin, build)
    middle = ((v.x.size - 1) / 2, (v.y.size - 1) / 2)
    turn = cv2.getRotationMatrix2D(middle, v.child["turn"], 1)
    turn[:, 2] -= margin

    def rotate(whole: Map) -> Map:
        return np.asarray(cv2.warpAffine(whole, turn, shape[::-1]), dtype=np.float32)

    lungs = cross_lungs(v)
    # Lung takes the place of soft tissue, vessels that of lung, bone that of either.
    airy = lungs - cross_vessels(v, fine, lungs)
    depth = _MU_SOFT * (cross_body(v) - cross_gas(v)) - (_MU_SOFT - _MU_LUNG) * airy
    bone = cross_ribs(v) + cross_spine(v) + cross_shoulders(v)
    clear = rotate(np.maximum(depth + (_MU_BONE - _MU_SOFT) * bone, 0))
    through = clear
    if consolidation:
        fill = cross_consolidations if consolidation == "both" else cross_consolidation
        filled = rotate(fill(v, ill, lungs))
        through = clear + (_MU_SOFT - _MU_LUNG) * filled
    grey = _expose(through, clear, v, quanta)
    levels: Map = np.rint(grey * (2**bit_depth - 1))
    return levels.astype(np.uint8) if bit_depth == 8 else levels.astype(np.uint16)


def _expose(through: Map, clear: Map, v: View, quanta: np.random.Generator) -> Map:
    """Count what passes ``through`` the chest and show it, 0 black to 1 white."""
    # Scatter and the display's gain on detail are taken from the clear chest: they
    # reach far, and an opacity shall change the picture only where it lies.
    scatter = 0.25 * blur(clear * np.exp(-clear), v, 2)
    detail = 0.8 * (clear - blur(clear, v, 0.7))
    dose = _PHOTONS_PER_CM2 * v.step[0] * v.step[1]
    counts = dose * (blur(np.exp(-through), v, 0.022) + scatter)
    counts += np.sqrt(counts) * quanta.standard_normal(clear.shape, dtype=np.float32)
    shown = detail - np.log(np.maximum(counts, 1) / dose)
    # Just above the noise of bare air the display is black.
    return np.asarray(
        ramp((shown - 0.06) * (v.child["exposure"] / _WHITE)) ** v.child["gamma"]
    )
