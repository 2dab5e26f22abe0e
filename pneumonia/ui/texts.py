"""Every sentence of the page but those about a file (`pneumonia.reasons`)."""

from typing import Final, Literal

from pneumonia.export.impression import Agreement, Impression

Example = Literal["clear", "consolidation", "lateral"]

TITLE: Final = "Pneumonia on chest radiographs"
PLACES: Final[dict[str, str]] = {
    "read": "Read",
    "batch": "Batch",
    "study": "Reader study",
    "model": "Model",
    "help": "Help",
}
DISCLAIMER: Final = "Research demonstration, not a medical device."
BANNER: Final = (
    "**Research demonstration, not a medical device.** It learned pneumonia against "
    "normal only, on frontal views of children of one to five years from one hospital."
)
LIMITS: Final = (
    "It has never seen effusion, tuberculosis, heart failure or anything else that "
    "looks abnormal, nor adults, nor lateral views. Its result does not replace "
    "reading the radiograph, and a radiograph that is not flagged may still show "
    "disease."
)
PRIVACY: Final = (
    "Nothing is kept after your session ends; uploads over 1 MB pass through the "
    "server's temporary folder."
)
LIMIT_REACHED: Final = (
    "Not every file was taken: one session holds at most {files} files and "
    "{megabytes} MB. Take everything off the list before you bring more."
)
SERVER_FULL: Final = (
    "This server is full: {sessions} visitors are on it. Try again in some minutes."
)
FOREIGN: Final = "This server does not answer pages of other sites."
CLOSED: Final = "This server does not offer that."
NO_LENGTH: Final = "The length of the file is missing."
SETTINGS: Final = "Settings"
SHOW_LIST: Final = "Show list"
HIDE_LIST: Final = "Hide list"
SHOW_FACTS: Final = "Show age, sex, view and date of the study"
SHOW_FACTS_HELP: Final = (
    "Above the picture, where a DICOM file states them. They are never exported."
)
SEXES: Final[dict[str, str]] = {"M": "male", "F": "female", "O": "other"}
DAYS_OLD: Final = "{count} d"
MONTHS_OLD: Final = "{count} months"
YEARS_OLD: Final = "{count} y"
ABOUT: Final = (
    "Research demonstration, not a medical device. Source, training and model card: "
    "see the project's README."
)

UPLOAD: Final = "Drop chest radiographs here: DICOM, PNG, JPEG, TIFF or a ZIP of them"
PACKING: Final = "Packing many files into one archive …"
ADD: Final = "Add radiographs"
UPLOAD_HELP: Final = (
    "DICOM, PNG, JPEG, TIFF, BMP or WebP, one or hundreds, a ZIP archive of them, or "
    "the files of a PACS export with its DICOMDIR; up to 100 MB each. Files are "
    "recognised by their content, not by their name."
)
LEFT_OUT: Final = "Files left out because they are no radiographs: {count}."
START: Final = "Is there pneumonia on this chest radiograph?"
EXAMPLES_OFFER: Final = "Or open an example:"
EXAMPLES: Final[dict[Example, str]] = {
    "clear": "Clear lungs",
    "consolidation": "Consolidation",
    "lateral": "Lateral view, refused",
}
EXAMPLE_NOTE: Final = (
    "Examples are drawings, not patients: they show how the page works, not how good "
    "the model is."
)
REMOVED: Final = (
    "Impressions recorded of files that are not listed any more: {count}. Drop these "
    "files again to see and export them."
)
CLEAR: Final = "Remove all"
CLEAR_HELP: Final = (
    "Takes all files off the list. What you recorded and did not export is lost."
)

RELOADED: Final = (
    "The page was loaded again, or its server was restarted: the radiographs opened "
    "before were not kept. Drop them again."
)
RECORDED_KEPT: Final = (
    "What you recorded is kept in this tab and returns with the same files "
    "(radiographs: {count})."
)

WORKLIST: Final = "Worklist"
WORKLIST_PROGRESS: Final = "{done} of {total} assessed"
SCORE_WORD: Final = "score"
DONE_MARK: Final = "✓ done"
STATES: Final[dict[str, str]] = {
    "reading": "… waiting",
    "locked": "? impression first",
    "flagged": "● flagged",
    "not_flagged": "○ not flagged",
    "refused": "! refused",
    "unreadable": "! unreadable",
}
ORDER: Final = "Order"
ORDER_HELP: Final = "Cases with equal scores stay in the order they were dropped."
ORDERS: Final[dict[str, str]] = {
    "dropped": "As dropped",
    "score": "Highest score first",
    "name": "By file name",
}
FILTER: Final = "Show"
FILTERS: Final[dict[str, str]] = {
    "all": "All",
    "open": "Not done",
    "flagged": "Flagged",
    "not_flagged": "Not flagged",
    "unsure": "Unsure",
    "refused": "Refused",
    "waiting": "Waiting",
}
NOTHING_MATCHES: Final = "No case is in this state. Choose another under “Show”."
MARK_DONE: Final = "Done, next case"
UNDO_DONE: Final = "Marked as done: undo"

AGES: Final = "Are the patients one to five years old?"
AGES_HELP: Final = (
    "Asked once, for all files that do not state the patient's age; pictures never do. "
    "The model learned from children of one to five years only."
)
AGES_ANSWERS: Final[dict[str, str]] = {
    "yes": "Yes",
    "no": "No",
    "unknown": "Not known",
}

ALIAS: Final = "Case {number}"

IMPRESSION: Final = "Your impression"
IMPRESSION_WHY: Final = (
    "The model's result is shown once you have recorded your impression. The time you "
    "take is recorded too."
)
IMPRESSIONS: Final[dict[Impression, str]] = {
    "normal": "Normal",
    "pneumonia": "Pneumonia",
    "unsure": "Unsure",
}
RECORDED: Final = "Your impression: {impression}, after {seconds:.0f} s."
AGREEMENTS: Final[dict[Agreement, str]] = {
    "agree": "Agrees with the model.",
    "disagree": "Disagrees with the model.",
    "undecided": "Neither agrees nor disagrees with the model.",
}
CHANGED: Final = "Changed after the result was shown: {impression}."
CHANGE_IMPRESSION: Final = "Change your impression"
CHANGE_NOTE: Final = (
    "What you recorded first is kept; the change is marked as made after the result "
    "was shown."
)

WEIGHTS: Final = "Weights"
WEIGHTS_RECOMMENDED: Final = "Recommended"
WEIGHTS_ORIGINAL: Final = "Original CNN (comparison)"
WEIGHTS_FRAGILE: Final = "fragile under {worst}"
OPERATING_POINT_HELP: Final = (
    "Where the cut-off lies. A more sensitive one misses fewer pneumonias and gives "
    "more false alarms; both were measured at the training hospital."
)
FALSE_ALARMS: Final = "{count} false alarms in 100 normals"
NO_COST: Final = "no more false alarms measured"
OPERATING_POINT: Final = "Operating point"
OPERATING_POINTS: Final[dict[str, str]] = {
    "balanced": "Balanced",
    "screening": "Screening (more sensitive)",
}

LOADING: Final = (
    "The model is loading; this takes seconds. You can already view the radiographs."
)
WEIGHTS_FAILED: Final = "The model cannot be used, so no radiograph is scored."
LOADING_FAILED: Final = (
    "The weights could not be loaded ({kind}). Try again; if it fails again, the "
    "server's log says why."
)
NO_CARD: Final = "The card of these weights cannot be read."
TRY_AGAIN: Final = "Try again"

FLAGS: Final[dict[str, str]] = {
    "flagged": "● Flagged",
    "not_flagged": "○ Not flagged",
    "refused": "! Refused",
    "unreadable": "! Unreadable",
}
UNSURE_MARK: Final = "◐ unsure"
UNSURE_ZONE: Final = "Unsure from {low} to {high}"
NOT_FLAGGED_MEANS: Final = "Not flagged does not exclude pneumonia."
CUT_OFF_STAYS: Final = (
    "Not flagged, although more likely pneumonia than not at this prevalence: the "
    "cut-off was chosen where {reference} had pneumonia, and does not move."
)
DISTANCES: Final[dict[str, str]] = {
    "well_above": "well above the cut-off",
    "above": "above the cut-off",
    "close_above": "just above the cut-off: close to undecided",
    "close_below": "just below the cut-off: close to undecided",
    "below": "below the cut-off",
    "well_below": "well below the cut-off",
}
SCORE_LINE: Final = (
    "Score {score}, cut-off {threshold}. A score is not a probability of pneumonia."
)
DETAILS: Final = "Details"
PROBABILITY_LINE: Final = "Model probability {number} at a prevalence of {prevalence}"
SCORE_DETAILS: Final = "Model score {number}, not a calibrated probability"
THRESHOLD: Final = "Threshold {threshold}, operating point {point}"
INTERVAL: Final = "{low:.0f} to {high:.0f}\N{NO-BREAK SPACE}%"
NO_SCORE: Final = "No score is given."
PROVENANCE: Final = "{weights}, version {version} · file {file}"
COARSE_MAP: Final = (
    "With these weights the heatmap is coarse. It may light up places that did not "
    "raise the score."
)
EVIDENCE_FOR: Final = "For pneumonia"
EVIDENCE_AGAINST: Final = "For normal"
MODALITY_UNITS: Final = "units"
NO_EVIDENCE: Final = "No place in this radiograph is evidence for {finding}."
NOTHING_TO_SHOW: Final = "There is no picture to show."

# The result panel.
PREVALENCE: Final = "Prevalence among your patients"
PREVALENCE_TYPED: Final = "Or type it, in percent"
PREVALENCE_BEYOND: Final = (
    "More than {most} %: the cut-off was not chosen for such a prevalence."
)
CHANGE_PREVALENCE: Final = "{prevalence} prevalence"
CHANGE_PREVALENCE_HELP: Final = (
    "Change how many of the children whom you radiograph have pneumonia."
)
PREVALENCE_FORMAT: Final = "%d %%"
PREVALENCE_HELP: Final = (
    "Of 100 children whom you would send for a chest radiograph, how many have "
    "pneumonia? It moves probability, threshold and predictive values, here, in the "
    "list and in every export; never the flag. Among children radiographed "
    "for suspected pneumonia in an emergency department it was 16 % (Neuman and "
    "others, Pediatrics 2011)."
)
OF_100_CHILDREN: Final = (
    "Of 100 children with a radiograph like this, {children} have pneumonia, at"
)
ABOUT_COUNT: Final = "about {count}"
FEWER_THAN: Final = "fewer than {count}"
MORE_THAN: Final = "more than {count}"
PREDICTIVE_VALUES: Final = (
    "At a prevalence of {prevalence}, {ppv} of 100 flagged radiographs show pneumonia "
    "(PPV), and {npv} of 100 not flagged show none (NPV)."
)
SAME_FLAG: Final = (
    "The prevalence moves probability and threshold together, never the flag. Of the "
    "training radiographs {reference} had pneumonia."
)
ACCURACY: Final = "{name} {value}"
SENSITIVITY: Final = "Sensitivity"
SPECIFICITY: Final = "Specificity"
ACCURACY_NOTE: Final = (
    "With 95\N{NO-BREAK SPACE}% intervals, on held-out radiographs of the training "
    "hospital. In other hospitals both are likely lower."
)
SITE_ACCURACY_NOTE: Final = (
    "With 95\N{NO-BREAK SPACE}% intervals, on your site's radiographs, each flagged by "
    "a threshold that was fitted to other patients."
)
ERRORS: Final = (
    "Misses {misses} of pneumonias, false alarms in {false_alarms} of normals, at the "
    "training hospital."
)
ERRORS_AT_SITE: Final = (
    "Misses {misses} of pneumonias, false alarms in {false_alarms} of normals, at your "
    "site."
)
OFFICIAL_TEST: Final = (
    "Elsewhere worse: false alarms in {share} of normals of the official test set."
)
OTHER_NORMALS: Final = (
    "Elsewhere worse: false alarms in {share} of normal adults of another hospital."
)
OTHER_PNEUMONIAS: Final = (
    "Elsewhere worse: {share} of pneumonias of adults of other hospitals were missed."
)
ADULTS: Final = (
    "Elsewhere worse: {share} of adults of another hospital were flagged, ill or not."
)
DISTRIBUTION_HERE: Final = "this radiograph"
DISTRIBUTION_THRESHOLD: Final = "cut-off"
DISTRIBUTION_GROUPS: Final[dict[str, str]] = {
    "pneumonia": "pneumonias",
    "normal": "normals",
}
DISTRIBUTION_NOTE: Final = (
    "Of the validation radiographs, {normal} of 100 normal ones and {pneumonia} of 100 "
    "with pneumonia scored at least as high."
)
REPAIRS: Final[dict[str, str]] = {
    "rotate": "Turn it and read again",
    "mirror": "Mirror it and read again",
    "rotate_mirror": "Turn and mirror it and read again",
    "invert": "Invert it and read again",
}
REPAIR_ICONS: Final[dict[str, str]] = {
    "rotate": ":material/rotate_right:",
    "mirror": ":material/flip:",
    "rotate_mirror": ":material/flip:",
    "invert": ":material/invert_colors:",
}
REPAIR_UNDO: Final = "Undo and read again"
REPAIR_HELP: Final = (
    "Your file is not changed; the model reads a turned or inverted copy."
)
