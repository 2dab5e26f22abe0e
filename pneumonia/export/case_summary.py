"""One case in the words that every export uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pneumonia import __version__
from pneumonia.errors import ExportError
from pneumonia.sentences import sentence
from pneumonia.statistics.calibration import at_prevalence, predictive_values

if TYPE_CHECKING:
    from pneumonia.export.impression import Reading, Region
    from pneumonia.model.classifier import Assessment

NOT_A_DEVICE: Final = "Research demonstration, not a medical device."
LIMITS: Final = (
    "It learned pneumonia against normal only, on frontal views of children of one to "
    "five years from one hospital. It has never seen effusion, tuberculosis, heart "
    "failure or anything else that looks abnormal. A radiograph that is not flagged "
    "may still show disease."
)
MAP_LEGEND: Final = "Relative to this radiograph, not a probability."

VERDICTS: Final = {
    "flagged": "Flagged",
    "not_flagged": "Not flagged",
    "refused": "Not assessed",
    "unreadable": "Unreadable",
}
_NOTES: Final = {
    "flagged": "The {number} reaches the threshold. Read the radiograph yourself.",
    "not_flagged": "This does not exclude pneumonia.",
    "refused": "{message} No number is given.",
    "unreadable": "{message} No number is given.",
}
_MEASURED: Final = (
    "Measured on radiographs of the same hospital kept apart. Elsewhere both are "
    "likely lower."
)
_MEASURED_AT_SITE: Final = (
    "Measured on the site's own radiographs, each judged by a threshold that was "
    "fitted to other patients."
)
_AGREEMENTS: Final = {
    "agree": "Agrees with the model.",
    "disagree": "Disagrees with the model.",
    "undecided": "Neither agrees nor disagrees with the model.",
}


@dataclass(frozen=True, eq=False)
class CaseReport:
    """All that is exported of one radiograph, apart from its pictures.

    Attributes
    ----------
    assessment : Assessment
    card : mapping
        Of the weights it was assessed with.
    reading : Reading or None
        The reader's own impression, where one was recorded.
    prevalence : float or None
        The one that the clinician entered, in (0, 1).

    Raises
    ------
    ExportError
        If the card is not that of the assessment's weights.
    """

    assessment: Assessment
    card: Mapping[str, Any]
    reading: Reading | None = None
    prevalence: float | None = None

    def __post_init__(self) -> None:
        """Refuse figures of other weights."""
        if self.card["sha256"] != self.assessment.weights_sha256:
            raise ExportError(
                "An export quotes the card of the weights that made the assessment. "
                f"Received: the card {str(self.card['sha256'])[:12]}… for the weights "
                f"{self.assessment.weights_sha256[:12]}…. Assess the radiograph again."
            )

    @property
    def state(self) -> str:
        """``"flagged"``, ``"not_flagged"``, ``"refused"`` or ``"unreadable"``."""
        if self.assessment.flagged is None:
            return self.assessment.status
        return "flagged" if self.assessment.flagged else "not_flagged"

    @property
    def verdict(self) -> str:
        """The state in a word or two."""
        return VERDICTS[self.state]

    @property
    def verdict_note(self) -> str:
        """What the verdict means, or why there is none."""
        return _NOTES[self.state].format(
            message=self.assessment.message,
            number="probability" if self.assessment.calibrated else "score",
        )

    @property
    def warnings(self) -> list[str]:
        """The warnings that stay beside the result, in sentences."""
        return [sentence(warning) for warning in self.assessment.warnings]

    @property
    def number_name(self) -> str:
        """What the number may be called."""
        if self.assessment.calibrated:
            return "Model probability"
        return "Model score"

    @property
    def number(self) -> str | None:
        """The probability or score; None unless assessed."""
        score = self.assessment.score
        if score is None:
            return None
        # Two digits, but four where the score would look the same as its threshold.
        alike = f"{score:.2f}" == f"{self.assessment.threshold:.2f}"
        return _digits(score, 4 if alike else 2)

    @property
    def number_note(self) -> str:
        """The prevalence that the probability assumes, or what the score is not."""
        if not self.assessment.calibrated:
            return "Between 0 and 1; not a calibrated probability."
        share = 100 * self.assessment.prevalence
        return f"Assumes that {share:.0f} of 100 such children have pneumonia."

    @property
    def threshold(self) -> str:
        """The threshold, its name and the rule that chose it."""
        found = self.assessment
        rule = self.operating_point.get("rule")
        return (
            f"{found.threshold:.4f}, {found.operating_point} operating point"
            f"{f' ({rule})' if rule else ''}"
        )

    @property
    def accuracy(self) -> list[str]:
        """Sensitivity and specificity at the threshold, in lines."""
        if "sensitivity" not in self.operating_point:
            return ["Not measured at this operating point."]
        at_site = str(self.operating_point.get("measured_on")).startswith("site")
        return [
            f"Sensitivity {self._percent('sensitivity')}",
            f"Specificity {self._percent('specificity')}",
            _MEASURED_AT_SITE if at_site else _MEASURED,
        ]

    @property
    def at_own_prevalence(self) -> str | None:
        """Probability and predictive values at the clinician's prevalence."""
        found = self.assessment
        if self.prevalence is None or found.score is None or not found.calibrated:
            return None
        moved = float(
            at_prevalence(found.score, assumed=found.prevalence, wanted=self.prevalence)
        )
        text = f"{100 * self.prevalence:.3g} %: probability {_digits(moved, 2)}"
        if "sensitivity" in self.operating_point:
            ppv, npv = predictive_values(
                self.operating_point["sensitivity"],
                self.operating_point["specificity"],
                self.prevalence,
            )
            text += (
                f", positive predictive value {100 * ppv:.0f} %, "
                f"negative predictive value {100 * npv:.0f} %"
            )
        return text

    @property
    def reader_lines(self) -> list[str]:
        """The reader's impression and how it stands to the flag, in sentences."""
        reading = self.reading
        if reading is None:
            return []
        lines = [
            f"{reading.impression.capitalize()}, recorded {reading.seconds:.0f} s "
            "after the radiograph appeared and before the result was shown.",
        ]
        if self.assessment.flagged is not None:
            lines.append(_AGREEMENTS[reading.agreement(self.assessment)])
        if reading.region:
            lines.append(f"Marked {_place(reading.region)}.")
        if reading.changed_after_reveal:
            changes = ", then ".join(reading.changed_after_reveal)
            lines.append(f"Changed after the result was shown: {changes}.")
        if reading.region_after_reveal:
            place = _place(reading.region_after_reveal)
            lines.append(f"Marked after the result was shown: {place}.")
        return lines

    @property
    def provenance(self) -> list[tuple[str, str]]:
        """What made this result, and of which file."""
        found = self.assessment
        return [
            ("Weights", found.weights),
            ("Weights SHA-256", found.weights_sha256),
            ("Software", f"pneumonia {__version__}"),
            ("Input SHA-256", found.input_sha256),
        ]

    @property
    def operating_point(self) -> Mapping[str, Any]:
        """What the card says of the operating point."""
        point: Mapping[str, Any] = self.card["operating_points"][
            self.assessment.operating_point
        ]
        return point

    def _percent(self, name: str) -> str:
        low, high = self.operating_point[f"{name}_ci"]
        return (
            f"{100 * self.operating_point[name]:.0f} % "
            f"(95 % interval {100 * low:.0f} to {100 * high:.0f} %)"
        )


def _digits(value: float, digits: int) -> str:
    """Never round to certainty."""
    least = 10.0**-digits
    if value < least / 2:
        return f"< {least:.{digits}f}"
    if value >= 1 - least / 2:
        return f"> {1 - least:.{digits}f}"
    return f"{value:.{digits}f}"


def _place(region: Region) -> str:
    return (
        f"columns {region.left:.0f} to {region.right:.0f}, rows {region.top:.0f} to "
        f"{region.bottom:.0f}, in pixels from the top left corner"
    )
