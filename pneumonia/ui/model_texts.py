"""The sentences of the place Model."""

from typing import Final

from pneumonia.language.speech import N_

TITLE: Final = N_("Model")
IDENTITY: Final = N_(
    "{name} · {parameters:,} parameters · model input {shape} · weights SHA-256 "
    "{sha256}"
)
CARD: Final = N_("Download the card (JSON)")
DATA: Final = N_("Data (CSV)")
UNDEFINED: Final = "–"

POINTS: Final = N_("At a prevalence of {prevalence}")
POINTS_WHAT: Final = N_(
    "Of 100 patients whom you radiograph, about {ill} have pneumonia. At the {point} "
    "operating point {found} of them are flagged and {missed} missed, and "
    "{false_alarms} of the {well} others are flagged too. Measured on: {measured_on}. "
    "Brackets: 95 % intervals."
)
FIGURES: Final[dict[str, str]] = {
    "sensitivity": N_("Sensitivity"),
    "specificity": N_("Specificity"),
    "ppv": N_("PPV: flagged patients who have pneumonia"),
    "npv": N_("NPV: patients not flagged who have none"),
}
FIGURE: Final = N_("Figure")
THRESHOLD: Final = N_("Threshold")

ROC: Final = N_("Sensitivity against false alarms")
ROC_WHAT: Final = N_("The curve is of: {curve}, from counts in bins.")
ROC_POINTS: Final = N_("The points, with 95 % intervals, are of: {points}.")
ROC_PART: Final = N_("Part of the curve")
ROC_PARTS: Final[dict[str, str]] = {
    "corner": N_("Upper left corner"),
    "whole": N_("Whole"),
}
POINT: Final = N_("Operating point")
FALSE_ALARMS: Final = N_("False alarms (1 - specificity)")
SENSITIVITY: Final = N_("Sensitivity")
RELIABILITY: Final = N_("Calibration")
RELIABILITY_WHAT: Final = N_(
    "On the dotted line, of 100 patients with a score of 0.30 thirty have pneumonia. "
    "Scores here assume the prevalence of the training data, {prevalence}. Measured "
    "on: {measured_on}. Lines: 95 % intervals."
)
MEAN_SCORE: Final = N_("Mean score of the bin")
OBSERVED: Final = N_("Share with pneumonia")
SURENESS: Final = N_("Errors without the least sure")
SURENESS_WHAT: Final = N_(
    "How many are wrong at the balanced operating point when only the surest are "
    "counted, those with scores farthest from the cut-off. If being unsure told "
    "errors, the share would fall from row to row. Sources with fewer than 100 "
    "labelled radiographs are left out."
)
SUREST: Final = N_("Surest {share:.0f} %")
SURENESS_OF: Final = "{name} ({count})"
COUNTED: Final = N_("Counted")
WRONG: Final = N_("Share that is wrong")
GROUPS: Final = N_("On radiographs that it did not learn from")
GROUPS_WHAT: Final = N_("At the balanced operating point, with 95 % intervals.")
RADIOGRAPHS_OF: Final = N_("Radiographs of")
GROUP_FIGURE: Final = N_("Sensitivity or specificity")
GROUP_LABEL: Final = "{group} ({count})"
PERTURBATIONS: Final = N_("When the picture changes and the lungs do not")
PERTURBATIONS_WHAT: Final = N_(
    "The same radiographs after each change. A network that reads the lungs should "
    "hardly move."
)
PERTURBATION: Final = N_("Change of the picture")
NETWORK: Final = N_("Network")
MEASURE: Final = N_("Show")
MEASURES: Final[dict[str, str]] = {
    "normal_change": N_("Score change, normals"),
    "pneumonia_change": N_("Score change, pneumonias"),
    "specificity": N_("Specificity"),
    "sensitivity": N_("Sensitivity"),
    "auroc": N_("AUROC"),
}
BESIDE: Final = N_("Beside the other networks")
COMPARED: Final[dict[str, str]] = {
    "auroc": N_("AUROC"),
    "sensitivity": N_("Sensitivity, balanced"),
    "specificity": N_("Specificity, balanced"),
    "ece": N_("Calibration error (ECE)"),
    "worst": N_("Lowest specificity when perturbed"),
    "adults": N_("Adults flagged"),
}
ELSEWHERE: Final = N_("Other sets and other hospitals")
HOSPITALS: Final = N_(
    "Labelled radiographs, mostly of adults; nothing was trained or fitted on them. "
    "Sources and labels go together: read false alarms from normals and sensitivity "
    "from the others, each by source."
)
HOSPITAL_COLUMNS: Final = (
    N_("Source"),
    N_("Label"),
    N_("Given by"),
    N_("Radiographs"),
    N_("Flagged"),
)
SEPARATION_COLUMNS: Final = (
    N_("Opaque lungs"),
    N_("Normals"),
    N_("Radiographs"),
    N_("AUROC"),
)
ADULTS: Final = N_(
    "- {flagged} of {n} unlabelled radiographs of {patients} adults of another "
    "hospital are flagged. Adults are outside the intended use."
)
NATIVE: Final = N_(
    "- {n} files at native resolution against their small copies: the score changes by "
    "{mean:.4f} on average and {largest:.3f} at most; flags that change: {flags}."
)
LIMITATIONS: Final = N_("Limitations")
LEARNED_FROM: Final = N_("Data")
PARTITION_COLUMNS: Final = (
    N_("Radiographs"),
    N_("Normal"),
    N_("Pneumonia"),
    N_("Patients"),
)
LICENCE_TITLE: Final = N_("Licence")
CITATION_TITLE: Final = N_("How to cite")
