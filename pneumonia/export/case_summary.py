"""One case in the sentences that PDF and DICOM exports share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pneumonia import __version__
from pneumonia.export.rounding import (
    write_number,
    write_of_100,
    write_percent,
    write_threshold,
)
from pneumonia.model.assessment import LEAST_IN_LUNGS
from pneumonia.reasons.cautions import MAP_CAUTIONS, UNSURE
from pneumonia.reasons.sentences import sentence

if TYPE_CHECKING:
    from pneumonia.export.impression import Reading, Region
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.decision import Decision, Interval, State
    from pneumonia.model.focus import Focus

NOT_A_DEVICE: Final = "Research demonstration, not a medical device."
LIMITS: Final = (
    "It learned pneumonia against normal only, on frontal views of children of one to "
    "five years from one hospital. It has never seen effusion, tuberculosis, heart "
    "failure or anything else that looks abnormal. A radiograph that is not flagged "
    "may still show disease."
)
MAP_LEGEND: Final = "Relative to this radiograph, not a probability."

VERDICTS: Final[dict[State, str]] = {
    "flagged": "Flagged",
    "not_flagged": "Not flagged",
    "refused": "Refused",
    "unreadable": "Unreadable",
}
_NOTES: Final = {
    "flagged": "The {number} reaches the threshold. Read the radiograph yourself.",
    "not_flagged": "This does not exclude pneumonia.",
    "refused": "{message} No number is given.",
    "unreadable": "{message} No number is given.",
}
_MEASURED: Final = (
    "Measured on held-out radiographs of the training hospital. In other hospitals "
    "both are likely lower."
)
_MEASURED_AT_SITE: Final = (
    "Measured on the site's own radiographs, each flagged by a threshold that was "
    "fitted to other patients."
)
_NOT_MEASURED_AT_THIS_AGE: Final = (
    "Measured on children of one to five years only, and not given for other patients."
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
    decision : Decision
    reading : Reading or None
        The reader's own impression, where one was recorded.
    """

    decision: Decision
    reading: Reading | None = None

    @property
    def assessment(self) -> Assessment:
        """The result for the file."""
        return self.decision.assessment

    @property
    def state(self) -> State:
        """``"flagged"``, ``"not_flagged"``, ``"refused"`` or ``"unreadable"``."""
        return self.decision.state

    @property
    def verdict(self) -> str:
        """The state in a word or two."""
        return VERDICTS[self.state]

    @property
    def verdict_note(self) -> str:
        """What the verdict means, or why there is none."""
        return _NOTES[self.state].format(
            message=self.assessment.message,
            number="probability" if self.decision.calibrated else "score",
        )

    @property
    def unsure_note(self) -> str | None:
        """Why the answer is unsure, in sentences; None where it is not."""
        if not self.decision.unsure_because:
            return None
        return " ".join(UNSURE[code] for code in self.decision.unsure_because)

    @property
    def attention(self) -> list[str]:
        """Where the heatmap lies, and what is wrong with it, in sentences."""
        focus = self.assessment.focus
        lines = [] if focus is None else [describe_attention(focus)]
        return [*lines, *(MAP_CAUTIONS[code] for code in self.decision.map_codes)]

    @property
    def warnings(self) -> list[str]:
        """The warnings that stay beside the result, in sentences; the age's first."""
        ranked = sorted(
            self.assessment.warnings,
            key=lambda it: it.code not in ("age_outside_training", "unknown_age"),
        )
        return [sentence(warning) for warning in ranked]

    @property
    def number_name(self) -> str:
        """What the number may be called."""
        return "Model probability" if self.decision.calibrated else "Model score"

    @property
    def number(self) -> str | None:
        """The probability or score; None unless assessed."""
        return write_number(self.decision)

    @property
    def number_note(self) -> str:
        """The prevalence that the probability assumes, or what the score is not."""
        if not self.decision.calibrated:
            return "Between 0 and 1; not a calibrated probability."
        return f"At a prevalence of {write_percent(self.decision.prevalence)}."

    @property
    def threshold(self) -> str:
        """The threshold at the same prevalence as the number."""
        return write_threshold(self.decision)

    @property
    def threshold_note(self) -> str:
        """The operating point and the rule that chose its threshold."""
        rule = self.decision.rule
        return (
            f"{self.decision.operating_point} operating point"
            f"{f' ({rule})' if rule else ''}"
        )

    @property
    def accuracy(self) -> list[str]:
        """Sensitivity and specificity at the threshold, in lines."""
        decision = self.decision
        if decision.age != "inside":
            return [_NOT_MEASURED_AT_THIS_AGE]
        if decision.sensitivity is None or decision.specificity is None:
            return ["Not measured at this operating point."]
        at_site = str(decision.measured_on).startswith("site")
        return [
            _with_interval(
                "Sensitivity", decision.sensitivity, decision.sensitivity_interval
            ),
            _with_interval(
                "Specificity", decision.specificity, decision.specificity_interval
            ),
            _MEASURED_AT_SITE if at_site else _MEASURED,
        ]

    @property
    def predictive_values(self) -> str | None:
        """Both predictive values with their prevalence; None where not known."""
        decision = self.decision
        if decision.flagged is None or decision.ppv is None or decision.npv is None:
            return None
        return (
            f"At a prevalence of {write_percent(decision.wanted_prevalence)}: "
            f"positive {write_of_100(decision.ppv)} %, "
            f"negative {write_of_100(decision.npv)} %"
        )

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
        if self.decision.flagged is not None:
            lines.append(_AGREEMENTS[reading.agreement(self.decision)])
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


def describe_attention(focus: Focus) -> str:
    """Say where the heatmap lies: the model's attention, never a finding.

    Parameters
    ----------
    focus : Focus

    Returns
    -------
    str
        One or two sentences.
    """
    within = f"{100 * focus.in_lungs:.0f} % of the heatmap lies in the lungs"
    if focus.in_lungs < LEAST_IN_LUNGS:
        return f"The model's attention lies mostly outside the lungs; {within}."
    return (
        f"The model's attention is strongest in the {focus.zone} third of the "
        f"patient's {focus.side} lung; {within}. It is no finding."
    )


def _with_interval(name: str, value: float, interval: Interval | None) -> str:
    text = f"{name} {100 * value:.0f} %"
    if interval is None:
        return text
    return (
        f"{text} (95 % interval {100 * interval[0]:.0f} to {100 * interval[1]:.0f} %)"
    )


def _place(region: Region) -> str:
    return (
        f"columns {region.left:.0f} to {region.right:.0f}, rows {region.top:.0f} to "
        f"{region.bottom:.0f}, in pixels from the top left corner"
    )
