"""The sentences of the place Model."""

from typing import Final

TITLE: Final = "Model"
IDENTITY: Final = (
    "{name} · {parameters:,} parameters · model input {shape} · weights SHA-256 "
    "{sha256}"
)
CARD: Final = "Download the card (JSON)"
DATA: Final = "Data (CSV)"
UNDEFINED: Final = "–"

POINTS: Final = "At a prevalence of {prevalence}"
POINTS_WHAT: Final = (
    "Of 100 patients whom you radiograph, about {ill} have pneumonia. At the {point} "
    "operating point {found} of them are flagged and {missed} missed, and "
    "{false_alarms} of the {well} others are flagged too. Measured on: {measured_on}. "
    "Brackets: 95 % intervals."
)
FIGURES: Final[dict[str, str]] = {
    "sensitivity": "Sensitivity",
    "specificity": "Specificity",
    "ppv": "PPV: flagged patients who have pneumonia",
    "npv": "NPV: patients not flagged who have none",
}
FIGURE: Final = "Figure"
THRESHOLD: Final = "Threshold"

ROC: Final = "Sensitivity against false alarms"
ROC_WHAT: Final = "The curve is of: {curve}, from counts in bins."
ROC_POINTS: Final = "The points, with 95 % intervals, are of: {points}."
ROC_PART: Final = "Part of the curve"
ROC_PARTS: Final[dict[str, str]] = {"corner": "Upper left corner", "whole": "Whole"}
FALSE_ALARMS: Final = "False alarms (1 - specificity)"
SENSITIVITY: Final = "Sensitivity"
RELIABILITY: Final = "Calibration"
RELIABILITY_WHAT: Final = (
    "On the dotted line, of 100 patients with a score of 0.30 thirty have pneumonia. "
    "Scores here assume the prevalence of the training data, {prevalence}. Measured "
    "on: {measured_on}. Lines: 95 % intervals."
)
MEAN_SCORE: Final = "Mean score of the bin"
OBSERVED: Final = "Share with pneumonia"
GROUPS: Final = "On radiographs that it did not learn from"
GROUPS_WHAT: Final = "At the balanced operating point, with 95 % intervals."
GROUP_FIGURE: Final = "Sensitivity or specificity"
GROUP_LABEL: Final = "{group} ({count})"
PERTURBATIONS: Final = "When the picture changes and the lungs do not"
PERTURBATIONS_WHAT: Final = (
    "The same radiographs after each change. A network that reads the lungs should "
    "hardly move."
)
MEASURE: Final = "Show"
MEASURES: Final[dict[str, str]] = {
    "normal_change": "Score change, normals",
    "pneumonia_change": "Score change, pneumonias",
    "specificity": "Specificity",
    "sensitivity": "Sensitivity",
    "auroc": "AUROC",
}
BESIDE: Final = "Beside the other networks"
COMPARED: Final[dict[str, str]] = {
    "auroc": "AUROC",
    "sensitivity": "Sensitivity, balanced",
    "specificity": "Specificity, balanced",
    "ece": "Calibration error (ECE)",
    "worst": "Lowest specificity when perturbed",
    "adults": "Adults flagged",
}
ELSEWHERE: Final = "Other sets and other hospitals"
HOSPITALS: Final = (
    "Labelled radiographs, mostly of adults; nothing was trained or fitted on them. "
    "Sources and labels go together: read false alarms from normals and sensitivity "
    "from the others, each by source."
)
HOSPITAL_COLUMNS: Final = ("Source", "Label", "Given by", "Radiographs", "Flagged")
SEPARATION_COLUMNS: Final = ("Opaque lungs", "Normals", "Radiographs", "AUROC")
ADULTS: Final = (
    "- {flagged} of {n} unlabelled radiographs of {patients} adults of another "
    "hospital are flagged. Adults are outside the intended use."
)
NATIVE: Final = (
    "- {n} files at native resolution against their small copies: the score changes by "
    "{mean:.4f} on average and {largest:.3f} at most; flags that change: {flags}."
)
LIMITATIONS: Final = "Limitations"
LEARNED_FROM: Final = "Data"
PARTITION_COLUMNS: Final = ("Radiographs", "Normal", "Pneumonia", "Patients")
LICENCE_TITLE: Final = "Licence"
CITATION_TITLE: Final = "How to cite"
