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
from pneumonia.language.speech import N_, say
from pneumonia.model.assessment import LEAST_IN_LUNGS
from pneumonia.reasons.cautions import MAP_CAUTIONS, UNSURE
from pneumonia.reasons.sentences import sentence

if TYPE_CHECKING:
    from pneumonia.export.impression import Reading, Region
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.decision import Decision, Interval, State
    from pneumonia.model.focus import Focus

NOT_A_DEVICE: Final = N_("Research demonstration, not a medical device.")
LIMITS: Final = N_(
    "It learned pneumonia against normal only, on frontal views of children of one to "
    "five years from one hospital. It has never seen effusion, tuberculosis, heart "
    "failure or anything else that looks abnormal. A radiograph that is not flagged "
    "may still show disease."
)
MAP_LEGEND: Final = N_("Relative to this radiograph, not a probability.")

VERDICTS: Final[dict[State, str]] = {
    "flagged": N_("Flagged"),
    "not_flagged": N_("Not flagged"),
    "refused": N_("Refused"),
    "unreadable": N_("Unreadable"),
}
# By whether the number is a probability: the words around it may change with it.
_REACHES: Final = {
    True: N_("The probability reaches the threshold. Read the radiograph yourself."),
    False: N_("The score reaches the threshold. Read the radiograph yourself."),
}
_NUMBER_NAMES: Final = {True: N_("Model probability"), False: N_("Model score")}
_PREDICTIVE_VALUES: Final = N_(
    "At a prevalence of {prevalence}: positive {ppv} %, negative {npv} %"
)
_RECORDED: Final = N_(
    "{impression}, recorded {seconds:.0f} s after the radiograph appeared and before "
    "the result was shown."
)
_MARKED_AFTER: Final = N_("Marked after the result was shown: {place}.")
_ACCURACY_INTERVAL: Final = N_(
    "{name} {value:.0f} % (95 % interval {low:.0f} to {high:.0f} %)"
)
# Where the heatmap lies: the model's attention, never a finding.
_OUTSIDE: Final = N_(
    "The model's attention lies mostly outside the lungs; "
    "{share:.0f}\N{NO-BREAK SPACE}% of the heatmap lies in the lungs."
)
_INSIDE: Final[dict[tuple[str, str], str]] = {
    ("right", "upper"): N_(
        "The model's attention is strongest in the upper third of the patient's right "
        "lung; {share:.0f}\N{NO-BREAK SPACE}% of the heatmap lies in the "
        "lungs. It is no finding."
    ),
    ("right", "middle"): N_(
        "The model's attention is strongest in the middle third of the patient's right "
        "lung; {share:.0f}\N{NO-BREAK SPACE}% of the heatmap lies in the "
        "lungs. It is no finding."
    ),
    ("right", "lower"): N_(
        "The model's attention is strongest in the lower third of the patient's right "
        "lung; {share:.0f}\N{NO-BREAK SPACE}% of the heatmap lies in the "
        "lungs. It is no finding."
    ),
    ("left", "upper"): N_(
        "The model's attention is strongest in the upper third of the patient's left "
        "lung; {share:.0f}\N{NO-BREAK SPACE}% of the heatmap lies in the "
        "lungs. It is no finding."
    ),
    ("left", "middle"): N_(
        "The model's attention is strongest in the middle third of the patient's left "
        "lung; {share:.0f}\N{NO-BREAK SPACE}% of the heatmap lies in the "
        "lungs. It is no finding."
    ),
    ("left", "lower"): N_(
        "The model's attention is strongest in the lower third of the patient's left "
        "lung; {share:.0f}\N{NO-BREAK SPACE}% of the heatmap lies in the "
        "lungs. It is no finding."
    ),
}
_MEASURED: Final = N_(
    "Measured on held-out radiographs of the training hospital. In other hospitals "
    "both are likely lower."
)
_MEASURED_AT_SITE: Final = N_(
    "Measured on the site's own radiographs, each flagged by a threshold that was "
    "fitted to other patients."
)
_NOT_MEASURED_AT_THIS_AGE: Final = N_(
    "Measured on children of one to five years only, and not given for other patients."
)
_AGREEMENTS: Final = {
    "agree": N_("Agrees with the model."),
    "disagree": N_("Disagrees with the model."),
    "undecided": N_("Neither agrees nor disagrees with the model."),
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
        return say(VERDICTS[self.state])

    @property
    def verdict_note(self) -> str:
        """What the verdict means, or why there is none."""
        if self.decision.flagged is None:
            return say("{message} No number is given.", message=self.assessment.message)
        if self.decision.flagged:
            return say(_REACHES[self.decision.calibrated])
        return say("This does not exclude pneumonia.")

    @property
    def unsure_note(self) -> str | None:
        """Why the answer is unsure, in sentences; None where it is not."""
        if not self.decision.unsure_because:
            return None
        return " ".join(say(UNSURE[code]) for code in self.decision.unsure_because)

    @property
    def attention(self) -> list[str]:
        """Where the heatmap lies, and what is wrong with it, in sentences."""
        focus = self.assessment.focus
        lines = [] if focus is None else [describe_attention(focus)]
        return [*lines, *(say(MAP_CAUTIONS[code]) for code in self.decision.map_codes)]

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
        return say(_NUMBER_NAMES[self.decision.calibrated])

    @property
    def number(self) -> str | None:
        """The probability or score; None unless assessed."""
        return write_number(self.decision)

    @property
    def number_note(self) -> str:
        """The prevalence that the probability assumes, or what the score is not."""
        if not self.decision.calibrated:
            return say("Between 0 and 1; not a calibrated probability.")
        return say(
            "At a prevalence of {prevalence}.",
            prevalence=write_percent(self.decision.prevalence),
        )

    @property
    def threshold(self) -> str:
        """The threshold at the same prevalence as the number."""
        return write_threshold(self.decision)

    @property
    def threshold_note(self) -> str:
        """The operating point and the rule that chose its threshold."""
        point = say("{point} operating point", point=say(self.decision.operating_point))
        rule = self.decision.rule
        return f"{point} ({say(rule)})" if rule else point

    @property
    def accuracy(self) -> list[str]:
        """Sensitivity and specificity at the threshold, in lines."""
        decision = self.decision
        if decision.age != "inside":
            return [say(_NOT_MEASURED_AT_THIS_AGE)]
        if decision.sensitivity is None or decision.specificity is None:
            return [say("Not measured at this operating point.")]
        at_site = str(decision.measured_on).startswith("site")
        return [
            _with_interval(
                say("Sensitivity"), decision.sensitivity, decision.sensitivity_interval
            ),
            _with_interval(
                say("Specificity"), decision.specificity, decision.specificity_interval
            ),
            say(_MEASURED_AT_SITE if at_site else _MEASURED),
        ]

    @property
    def predictive_values(self) -> str | None:
        """Both predictive values with their prevalence; None where not known."""
        decision = self.decision
        if decision.flagged is None or decision.ppv is None or decision.npv is None:
            return None
        return say(
            _PREDICTIVE_VALUES,
            prevalence=write_percent(decision.wanted_prevalence),
            ppv=write_of_100(decision.ppv),
            npv=write_of_100(decision.npv),
        )

    @property
    def reader_lines(self) -> list[str]:
        """The reader's impression and how it stands to the flag, in sentences."""
        reading = self.reading
        if reading is None:
            return []
        lines = [
            say(
                _RECORDED,
                impression=say(reading.impression).capitalize(),
                seconds=reading.seconds,
            )
        ]
        if self.decision.flagged is not None:
            lines.append(say(_AGREEMENTS[reading.agreement(self.decision)]))
        if reading.region:
            lines.append(say("Marked {place}.", place=_place(reading.region)))
        if reading.changed_after_reveal:
            changes = say(", then ").join(map(say, reading.changed_after_reveal))
            lines.append(
                say("Changed after the result was shown: {changes}.", changes=changes)
            )
        if reading.region_after_reveal:
            place = _place(reading.region_after_reveal)
            lines.append(say(_MARKED_AFTER, place=place))
        return lines

    @property
    def provenance(self) -> list[tuple[str, str]]:
        """What made this result, and of which file."""
        found = self.assessment
        return [
            (say("Weights"), found.weights),
            (say("Weights SHA-256"), found.weights_sha256),
            (say("Software"), f"pneumonia {__version__}"),
            (say("Input SHA-256"), found.input_sha256),
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
    outside = focus.in_lungs < LEAST_IN_LUNGS
    words = _OUTSIDE if outside else _INSIDE[focus.side, focus.zone]
    return say(words, share=100 * focus.in_lungs)


def _with_interval(name: str, value: float, interval: Interval | None) -> str:
    if interval is None:
        return say("{name} {value:.0f} %", name=name, value=100 * value)
    low, high = (100 * end for end in interval)
    return say(_ACCURACY_INTERVAL, name=name, value=100 * value, low=low, high=high)


def _place(region: Region) -> str:
    return say(
        "columns {left:.0f} to {right:.0f}, rows {top:.0f} to {bottom:.0f}, in pixels "
        "from the top left corner",
        **region._asdict(),
    )
