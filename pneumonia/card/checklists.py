"""Answers to the items of CLAIM (2024 update) and TRIPOD+AI.

“Page”, “methods” and “report” are documents of `pneumonia.card.markdown`.

References
----------
A. S. Tejani et al., "Checklist for Artificial Intelligence in Medical Imaging (CLAIM):
2024 Update", Radiology: Artificial Intelligence 6, 2024. G. S. Collins et al.,
"TRIPOD+AI statement", BMJ 385, 2024.
"""

_NOT_KNOWN = "Not known: the authors of the data do not say."
_NO_STUDY = "Not applicable: a demonstration on public data, not a clinical study."

# Number of the item: its subject, the answer.
CLAIM: dict[str, tuple[str, str]] = {
    "1": ("Names the technology", "Yes: convolutional networks on chest radiographs."),
    "2": ("Structured summary", "Not applicable: a page, not an article."),
    "3": ("Background, intended role", "Page: intended use."),
    "4": (
        "Aims, hypotheses",
        "To separate pneumonia from normal, with robust and calibrated scores.",
    ),
    "5": ("Prospective or retrospective", "Retrospective."),
    "6": ("Study goal", "To develop a model and evaluate it internally."),
    "7": ("Data sources", "Page: data, licence and attribution."),
    "8": (
        "Inclusion, exclusion",
        "The authors of the data left out poor scans; nothing else was left out.",
    ),
    "9": ("Preprocessing", "Methods; `pneumonia/reading/model_input.py`."),
    "10": (
        "Selection of subsets",
        "All of `train`, except patients who are also in `val` or `test`.",
    ),
    "11": ("De-identification", "By the data's authors; files hold pixels only."),
    "12": (
        "Missing data",
        "No pixels are missing; where the native size is unknown, it is left out.",
    ),
    "13": (
        "Acquisition protocol",
        "Frontal, in routine care; the equipment is not known.",
    ),
    "14": (
        "Reference standard",
        "The labels of the readers whom the authors of the data asked.",
    ),
    "15": ("Why that standard", "It is the only one in the data."),
    "16": ("Who annotated", "Two physicians and, for their test set, a third."),
    "17": ("Annotation of the test set", "The same source; not annotated anew."),
    "18": ("Variability of readers", _NOT_KNOWN),
    "19": ("Assignment to partitions", "Methods: split."),
    "20": ("Level of disjointness", "Patient, and identical files."),
    "21": (
        "Size of the test set",
        "Set by the data; the intervals show what it allows.",
    ),
    "22": (
        "Model",
        "`pneumonia/model/architectures.py`; input and size in the report.",
    ),
    "23": ("Software", "`requirements.txt`; the versions used are in each JSON card."),
    "24": (
        "Initialisation",
        "Random, from a seed; EfficientNet-Lite0 from ImageNet parameters.",
    ),
    "25": ("Training", "Report: training; `pneumonia/training/fit.py`."),
    "26": ("Choice of the final model", "The best epoch on validation, or the last."),
    "27": (
        "Ensembling",
        "None; one network answers.",
    ),
    "28": (
        "Performance metrics",
        "Methods; `pneumonia/statistics/metrics.py`.",
    ),
    "29": ("Uncertainty", "95 % intervals, bootstrap over patients."),
    "30": (
        "Robustness",
        "Report: perturbations; lines, tubes and wires; without the lungs; "
        "shortcuts; seed variability.",
    ),
    "31": ("Explainability", "Grad-CAM beside each score; not validated by readers."),
    "32": ("Internal evaluation", "Report: every partition."),
    "33": ("External testing", "Page: official test split and other hospitals."),
    "34": ("Trial registration", _NO_STUDY),
    "35": (
        "Numbers included, excluded",
        "Report: every partition; how many the authors excluded is not known.",
    ),
    "36": ("Demographics", _NOT_KNOWN),
    "37": ("Performance with uncertainty", "Report: every partition."),
    "38": ("Diagnostic performance", "Page: operating points."),
    "39": ("Failure analysis", "Report: limitations; by label."),
    "40": ("Limitations", "Page and report: limitations."),
    "41": ("Implications for practice", "Not for practice; page: intended use."),
    "42": ("Protocol, further detail", "The repository; `weights/EXPERIMENTS.md`."),
    "43": (
        "Availability",
        "Code and weights in this repository; data from its authors.",
    ),
    "44": ("Funding, role of funders", "The project names no funder."),
}

TRIPOD_AI: dict[str, tuple[str, str]] = {
    "1": (
        "Title",
        "Development and internal evaluation of a classifier of radiographs.",
    ),
    "2": ("Abstract", "Not applicable: a page, not an article."),
    "3a": ("Healthcare context", "Page: intended use."),
    "3b": ("Target population, users", "Page: intended use."),
    "3c": ("Health inequalities", "Not answerable: one hospital, no data on patients."),
    "4": ("Objectives", "Development and internal evaluation."),
    "5a": ("Data sources", "Page: data, licence and attribution."),
    "5b": ("Dates", _NOT_KNOWN),
    "6a": ("Setting", "One children's hospital in Guangzhou."),
    "6b": ("Eligibility", "Children of one to five years; see CLAIM 8."),
    "6c": ("Treatments", _NOT_KNOWN),
    "7": (
        "Data preparation",
        "Methods; `pneumonia/reading/model_input.py`.",
    ),
    "8a": ("Outcome", "The label: pneumonia (bacterial or viral) or normal."),
    "8b": ("Outcome assessors", "CLAIM 16."),
    "8c": ("Blinding of the outcome", _NOT_KNOWN),
    "9a": ("Choice of predictors", "The pixels of the radiograph only."),
    "9b": ("Definition of predictors", "A grey square; size in the report."),
    "9c": ("Predictor assessors", "Not applicable: pixels."),
    "10": ("Sample size", "Given by the data."),
    "11": ("Missing data", "CLAIM 12."),
    "12a": ("Use of the data", "Methods: split."),
    "12b": ("Handling of predictors", "Resized to a square; grey levels unchanged."),
    "12c": ("Model type and building", "Report: training."),
    "12d": ("Heterogeneity across clusters", "Not answerable: one hospital."),
    "12e": (
        "Performance measures",
        "Discrimination, calibration, both operating points.",
    ),
    "12f": ("Model updating", "`python -m pneumonia recalibrate`."),
    "12g": ("Calculating predictions", "The sigmoid of (logit / temperature + bias)."),
    "13": ("Class imbalance", "Equal class weights in training, then calibration."),
    "14": ("Fairness", "Not answerable: neither sex nor origin is in the data."),
    "15": (
        "Output",
        "A probability (a score, if not calibrated) and a flag at a threshold.",
    ),
    "16": (
        "Training against evaluation",
        "The same hospital; perturbations imitate other equipment.",
    ),
    "17": ("Ethical approval", "By the authors of the data; public data here."),
    "18a": ("Funding", "The project names no funder."),
    "18b": ("Conflicts of interest", "The project names no interests."),
    "18c": ("Protocol", "Not prepared; trials are in `EXPERIMENTS.md`."),
    "18d": ("Registration", _NO_STUDY),
    "18e": ("Data sharing", "Page: data, licence and attribution."),
    "18f": ("Code sharing", "This repository, Apache-2.0."),
    "19": ("Patient involvement", "No patients were involved."),
    "20a": ("Flow of participants", "Report: every partition."),
    "20b": ("Characteristics", "Report: by label; no others are known."),
    "20c": ("Development against evaluation", "Split at random by patient."),
    "21": ("Numbers in each analysis", "Report: every partition."),
    "22": ("Model specification", "The weights and their JSON card; Apache-2.0."),
    "23a": ("Performance", "Report: every partition."),
    "23b": ("Heterogeneity", "Report: by label, by perturbation."),
    "24": ("Updating results", "Of a site: in the card that recalibration writes."),
    "25": ("Interpretation", "Report: limitations."),
    "26": ("Limitations", "Page: limitations."),
    "27a": ("Poor input", "The gate refuses it with a reason."),
    "27b": (
        "Users' part and expertise",
        "They turn or invert a picture, give the prevalence, and read radiographs.",
    ),
    "27c": ("Next steps", "Labelled radiographs of other hospitals and diseases."),
}
