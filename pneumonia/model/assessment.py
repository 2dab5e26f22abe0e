"""The result for one file: assessed with a score, refused or unreadable."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from pneumonia.lungs.crop import WHOLE, Box
from pneumonia.lungs.fields import LungFields
from pneumonia.model.cell_grid import shown_strength
from pneumonia.model.focus import Focus
from pneumonia.model.input_statistics import InputStatistics
from pneumonia.reasons.codes import MapCode, Notice, Refusal, Repair
from pneumonia.reasons.sentences import sentence
from pneumonia.statistics.logistic import logit

Status = Literal["assessed", "refused", "unreadable"]

# Less of the heatmap's strength in the lungs is told.
LEAST_IN_LUNGS: Final = 0.5
# Of the strongest place; below it nothing is seen of the map. Four times as much speaks
# against pneumonia then.
FAINT: Final = 0.25
# A change of the log odds that is smaller counts as none.
_NO_EFFECT: Final = 0.1


@dataclass(frozen=True, eq=False)
class Assessment:
    """What the network says of one file, and what traces it to file and weights.

    It holds no threshold and no flag: `pneumonia.model.decision.decide` makes those
    from it, an operating point and a prevalence.

    Attributes
    ----------
    status : {"assessed", "refused", "unreadable"}
    weights, weights_sha256 : str
        Name and checksum of the weights.
    input_sha256 : str
        SHA-256 of the file's bytes.
    calibrated : bool
        Whether `score` may be called a probability.
    reference_prevalence : float
        The share of pneumonia that `score` assumes, in (0, 1): that of the
        radiographs that the weights were calibrated on.
    refusal : Refusal or None
        Why the file was refused or cannot be read; None if it was assessed.
    repaired : str or None
        The repair that was asked for and done before reading.
    warnings : tuple of Notice
    score : float or None
        At the reference prevalence, in [0, 1]; None unless assessed.
    evidence : ndarray of float32, shape (h, w), or None
        As `pneumonia.model.grad_cam.GradCam` gives it; None unless assessed, and
        where it is not finite.
    frame : tuple of float
        Top, bottom, left and right edge of what the network saw, as shares of the
        height and of the width.
    lungs : LungFields or None
        Of the picture within its margins; None unless assessed.
    focus : Focus or None
        Where the evidence for pneumonia lies, in words; None if nothing is drawn.
    statistics : InputStatistics or None
        What the radiograph is like; None unless assessed.
    masked_score : float or None
        With the highlighted region masked, at the reference prevalence; None unless
        that was asked for, as `pneumonia.model.occlusion.mask_region` does.
    """

    status: Status
    weights: str
    weights_sha256: str
    input_sha256: str
    calibrated: bool
    reference_prevalence: float
    refusal: Refusal | None = None
    repaired: Repair | None = None
    warnings: tuple[Notice, ...] = ()
    score: float | None = None
    evidence: NDArray[np.float32] | None = None
    frame: Box = WHOLE
    lungs: LungFields | None = None
    focus: Focus | None = None
    statistics: InputStatistics | None = None
    masked_score: float | None = None

    @property
    def reason(self) -> str | None:
        """The code of a refusal; None also for a file that cannot be read."""
        if self.refusal is None or self.status != "refused":
            return None
        return self.refusal.code

    @property
    def map_codes(self) -> tuple[MapCode, ...]:
        """What is wrong with the heatmap; empty if nothing is, and unless assessed."""
        if self.status != "assessed":
            return ()
        if self.evidence is None:
            return ("not_finite",)
        strongest = shown_strength(self.evidence).max()
        if strongest < FAINT:
            return ("faint",) if strongest > 0 else ("empty",)
        found: list[MapCode] = []
        if self.focus is not None and self.focus.in_lungs < LEAST_IN_LUNGS:
            found.append("little_in_lungs")
        score, masked = self.score, self.masked_score
        if score is not None and masked is not None and not lowers(score, masked):
            found.append("no_effect")
        return tuple(found)

    @property
    def has_map(self) -> bool:
        """Whether there is a heatmap for pneumonia to show."""
        hidden = {"not_finite", "empty"} & set(self.map_codes)
        return self.status == "assessed" and not hidden

    @property
    def draws(self) -> bool:
        """Whether that heatmap is seen."""
        return self.has_map and "faint" not in self.map_codes

    @property
    def message(self) -> str | None:
        """Why there is no score, in English; None if the file was assessed."""
        return None if self.refusal is None else sentence(self.refusal)

    @property
    def repair(self) -> Repair | None:
        """What would put a radiograph right, for `Classifier.assess`."""
        if self.refusal is not None:
            return self.refusal.repair
        mirrored = any(warning.code == "mirrored" for warning in self.warnings)
        return "mirror" if mirrored else None


def lowers(score: float, masked: float) -> bool:
    """Tell whether masking a part of the picture lowers the score.

    Parameters
    ----------
    score, masked : float
        With the whole picture and without the part, in [0, 1].

    Returns
    -------
    bool
    """
    tiny = np.finfo(float).eps
    whole, without = logit(np.clip([score, masked], tiny, 1 - tiny))
    return bool(whole - without >= _NO_EFFECT)
