"""Every sentence of the page but those about a file (`pneumonia.reasons`)."""

from typing import Final, Literal

from pneumonia.export.impression import Agreement, Impression
from pneumonia.language.speech import N_
from pneumonia.reasons.cautions import MAP_CAUTIONS

Example = Literal["clear", "consolidation", "lateral"]

TITLE: Final = N_("Pneumonia on chest radiographs")
PLACES: Final[dict[str, str]] = {
    "read": N_("Read"),
    "batch": N_("Batch"),
    "study": N_("Reader study"),
    "model": N_("Model"),
    "help": N_("Help"),
}
OPENING: Final = N_("Opening …")
DISCLAIMER: Final = N_("Research demonstration, not a medical device.")
BANNER: Final = N_(
    "**Research demonstration, not a medical device.** It learned pneumonia against "
    "normal only, on frontal views of children of one to five years from one hospital."
)
LIMITS: Final = N_(
    "It has never seen effusion, tuberculosis, heart failure or anything else that "
    "looks abnormal, nor adults, nor lateral views. Its result does not replace "
    "reading the radiograph, and a radiograph that is not flagged may still show "
    "disease."
)
PRIVACY: Final = N_(
    "Nothing is kept after you close this page, or {away} after its connection is "
    "lost; uploads over 1 MB pass through the server's temporary folder."
)
LIMIT_REACHED: Final = N_(
    "Not every file was taken: one session holds at most {files} files and "
    "{megabytes:,} MB. Take some off the list before you bring more."
)
SERVER_FULL: Final = N_(
    "This server is full: {sessions} visitors are on it. Try again in some minutes."
)
FOREIGN: Final = N_("This server does not answer pages of other sites.")
CLOSED: Final = N_("This server does not offer that.")
NO_LENGTH: Final = N_("The length of the file is missing.")
SETTINGS: Final = N_("Settings")
LANGUAGE: Final = N_("Language")
SHOW_LIST: Final = N_("Show list")
HIDE_LIST: Final = N_("Hide list")
SHOW_FACTS: Final = N_("Show age, sex, view and date of the study")
SHOW_FACTS_HELP: Final = N_(
    "Above the picture, where a DICOM file states them. They are never exported."
)
SEXES: Final[dict[str, str]] = {"M": N_("male"), "F": N_("female"), "O": N_("other")}
DAYS_OLD: Final = N_("{count} d")
YEARS_OLD: Final = N_("{count} y")
ABOUT: Final = N_(
    "Research demonstration, not a medical device. Source, training and model card: "
    "see the project's README."
)

UPLOAD: Final = N_(
    "Drop chest radiographs here: DICOM, PNG, JPEG, TIFF or a ZIP of them"
)
PACKING: Final = N_("Packing many files into one archive …")
ADD: Final = N_("Add radiographs")
UPLOAD_HELP: Final = N_(
    "DICOM, PNG, JPEG, TIFF, BMP or WebP, one or hundreds, a ZIP archive of them, or "
    "the files of a PACS export with its DICOMDIR; up to 100 MB each. Files are "
    "recognised by their content, not by their name."
)
LEFT_OUT: Final = N_("Files left out because they are no radiographs: {count}.")
START: Final = N_("Is there pneumonia on this chest radiograph?")
EXAMPLES_OFFER: Final = N_("Or open an example:")
EXAMPLES: Final[dict[Example, str]] = {
    "clear": N_("Clear lungs"),
    "consolidation": N_("Consolidation"),
    "lateral": N_("Lateral view, refused"),
}
EXAMPLE_NOTE: Final = N_(
    "Examples are drawings, not patients: they show how the page works, not how good "
    "the model is."
)
REMOVED: Final = N_(
    "Impressions recorded of files that are not listed any more: {count}. Drop these "
    "files again to see and export them."
)
REMOVE: Final = N_("Remove {name}")
CLEAR: Final = N_("Remove all")
CLEAR_ASK: Final = N_("Take all radiographs off the list: {count}?")
CLEAR_LOSES: Final = N_(
    "Impressions that you recorded and did not export are lost: {count}."
)
CLEAR_NOW: Final = N_("Remove")

RELOADED: Final = N_(
    "The page was loaded again, or its server was restarted: the radiographs opened "
    "before were not kept. Drop them again."
)
RECORDED_KEPT: Final = N_(
    "What you recorded is kept in this tab and returns with the same files "
    "(radiographs: {count})."
)

WORKLIST: Final = N_("Worklist")
WORKLIST_PROGRESS: Final = N_("{done} of {total} assessed")
TIME_LEFT: Final = N_("about {left} left")
SECONDS: Final = N_("{count} s")
MINUTES: Final = N_("{count} min")
HOURS: Final = N_("{hours} h {minutes} min")
SCORE_WORD: Final = N_("score")
DONE_MARK: Final = N_("✓ done")
STATES: Final[dict[str, str]] = {
    "reading": N_("… waiting"),
    "locked": N_("? impression first"),
    "flagged": N_("● flagged"),
    "not_flagged": N_("○ not flagged"),
    "refused": N_("! refused"),
    "unreadable": N_("! unreadable"),
}
ORDER: Final = N_("Order")
ORDER_HELP: Final = N_("Cases with equal numbers stay in the order they were dropped.")
ORDERS: Final[dict[str, str]] = {
    "dropped": N_("As dropped"),
    "score": N_("Highest first"),
    "name": N_("By file name"),
}
FILTER: Final = N_("Show")
FILTERS: Final[dict[str, str]] = {
    "all": N_("All"),
    "open": N_("Not done"),
    "flagged": N_("Flagged"),
    "not_flagged": N_("Not flagged"),
    "unsure": N_("Unsure"),
    "refused": N_("Refused"),
    "waiting": N_("Waiting"),
}
NOTHING_MATCHES: Final = N_("No case is in this state. Choose another under “Show”.")
MARK_DONE: Final = N_("Done, next case")
UNDO_DONE: Final = N_("Marked as done: undo")
DONE_WAITS: Final = N_("Record your impression first: then the case can be done.")

AGES: Final = N_("Are the patients one to five years old?")
AGES_HELP: Final = N_(
    "Asked once, for all files that do not state the patient's age; pictures never do. "
    "The model learned from children of one to five years only."
)
AGES_ANSWERS: Final[dict[str, str]] = {
    "yes": N_("Yes"),
    "no": N_("No"),
    "unknown": N_("Not known"),
}

ALIAS: Final = N_("Case {number}")

IMPRESSION: Final = N_("Your impression")
IMPRESSION_WHY: Final = N_(
    "The model's result is shown once you have recorded your impression. The time you "
    "take is recorded too."
)
IMPRESSIONS: Final[dict[Impression, str]] = {
    "normal": N_("Normal"),
    "pneumonia": N_("Pneumonia"),
    "unsure": N_("Unsure"),
}
RECORDED: Final = N_("Your impression: {impression}, after {seconds:.0f} s.")
AGREEMENTS: Final[dict[Agreement, str]] = {
    "agree": N_("Agrees with the model."),
    "disagree": N_("Disagrees with the model."),
    "undecided": N_("Neither agrees nor disagrees with the model."),
}
CHANGED: Final = N_("Changed after the result was shown: {impression}.")
CHANGE_IMPRESSION: Final = N_("Change your impression")
CHANGE_NOTE: Final = N_(
    "What you recorded first is kept; the change is marked as made after the result "
    "was shown."
)

WEIGHTS: Final = N_("Weights")
WEIGHTS_RECOMMENDED: Final = N_("Recommended")
WEIGHTS_ORIGINAL: Final = N_("Original CNN (comparison)")
WEIGHTS_FRAGILE: Final = N_("fragile under {worst}")
OPERATING_POINT_HELP: Final = N_(
    "Where the cut-off lies. A more sensitive one misses fewer pneumonias and gives "
    "more false alarms; both were measured at the training hospital."
)
WEIGHTS_WITH_NOTE: Final = N_("{weights}; {note}")
POINT_WITH_COST: Final = N_("{point}: {cost}")
FALSE_ALARMS: Final = N_("{count} false alarms in 100 normals")
NO_COST: Final = N_("no more false alarms measured")
OPERATING_POINT: Final = N_("Operating point")
OPERATING_POINTS: Final[dict[str, str]] = {
    "balanced": N_("Balanced"),
    "screening": N_("Screening (more sensitive)"),
}

LOADING: Final = N_(
    "The model is loading; this takes seconds. You can already view the radiographs."
)
WEIGHTS_FAILED: Final = N_("The model cannot be used, so no radiograph is scored.")
NO_CARD: Final = N_("The card of these weights cannot be read.")
TRY_AGAIN: Final = N_("Try again")

FLAGS: Final[dict[str, str]] = {
    "flagged": N_("● Flagged"),
    "not_flagged": N_("○ Not flagged"),
    "refused": N_("! Refused"),
    "unreadable": N_("! Unreadable"),
}
REFUSED_FOR: Final = N_("{state}: {reason}")
UNSURE_MARK: Final = N_("◐ unsure")
UNSURE_ZONE: Final = N_("Unsure from {low:.2f} to {high:.2f}")
NOT_FLAGGED_MEANS: Final = N_("Not flagged does not exclude pneumonia.")
CUT_OFF_STAYS: Final = N_(
    "Not flagged, although more likely pneumonia than not at this prevalence: the "
    "cut-off was chosen where {reference} had pneumonia, and does not move."
)
DISTANCES: Final[dict[str, str]] = {
    "well_above": N_("well above the cut-off"),
    "above": N_("above the cut-off"),
    "close_above": N_("just above the cut-off: close to undecided"),
    "close_below": N_("just below the cut-off: close to undecided"),
    "below": N_("below the cut-off"),
    "well_below": N_("well below the cut-off"),
}
SCORE_LINE: Final = N_(
    "Score {score}, cut-off {threshold}. A score is not a probability of pneumonia."
)
DETAILS: Final = N_("Details")
PROBABILITY_LINE: Final = N_(
    "Model probability {number} at a prevalence of {prevalence}"
)
SCORE_DETAILS: Final = N_("Model score {number}, not a calibrated probability")
THRESHOLD: Final = N_("Threshold {threshold}, operating point {point}")
INTERVAL: Final = N_("{low:.0f} to {high:.0f}\N{NO-BREAK SPACE}%")
NO_SCORE: Final = N_("No score is given.")
PROVENANCE: Final = N_("{weights}, version {version} · file {file}")
COARSE_MAP: Final = N_(
    "With these weights the heatmap is coarse. It may light up places that did not "
    "raise the score."
)
EVIDENCE_FOR: Final = N_("For pneumonia")
EVIDENCE_AGAINST: Final = N_("For normal")
MODALITY_UNITS: Final = N_("units")
UNCLEAR: Final[dict[str, str]] = {
    "pneumonia": MAP_CAUTIONS["faint"],
    "normal": N_("Nothing in this radiograph speaks clearly for normal."),
}
NOTHING_TO_SHOW: Final = N_("There is no picture to show.")

# The result panel.
PREVALENCE: Final = N_("Prevalence among your patients")
PREVALENCE_TYPED: Final = N_("Or type it, in percent")
PREVALENCE_BEYOND: Final = N_(
    "More than {most} %: the cut-off was not chosen for such a prevalence."
)
CHANGE_PREVALENCE: Final = N_("{prevalence} prevalence")
CHANGE_PREVALENCE_HELP: Final = N_(
    "Change how many of the children whom you radiograph have pneumonia."
)
PREVALENCE_FORMAT: Final = "%d %%"
PREVALENCE_HELP: Final = N_(
    "Of 100 children whom you would send for a chest radiograph, how many have "
    "pneumonia? It moves probability, threshold and predictive values, here, in the "
    "list and in every export; never the flag. Among children radiographed "
    "for suspected pneumonia in an emergency department it was 16 % (Neuman and "
    "others, Pediatrics 2011)."
)
OF_100_CHILDREN: Final = N_(
    "Of 100 children with a radiograph like this, {children} have pneumonia, at"
)
ABOUT_COUNT: Final = N_("about {count}")
FEWER_THAN: Final = N_("fewer than {count}")
MORE_THAN: Final = N_("more than {count}")
PREDICTIVE_VALUES: Final = N_(
    "At a prevalence of {prevalence}, {ppv} of 100 flagged radiographs show pneumonia "
    "(PPV), and {npv} of 100 not flagged show none (NPV)."
)
SAME_FLAG: Final = N_(
    "The prevalence moves probability and threshold together, never the flag. Of the "
    "training radiographs {reference} had pneumonia."
)
ACCURACY: Final = "{name} {value}"
SENSITIVITY: Final = N_("Sensitivity")
SPECIFICITY: Final = N_("Specificity")
ACCURACY_NOTE: Final = N_(
    "With 95\N{NO-BREAK SPACE}% intervals, on held-out radiographs of the training "
    "hospital. In other hospitals both are likely lower."
)
SITE_ACCURACY_NOTE: Final = N_(
    "With 95\N{NO-BREAK SPACE}% intervals, on your site's radiographs, each flagged by "
    "a threshold that was fitted to other patients."
)
ERRORS: Final = N_(
    "Misses {misses} of pneumonias, false alarms in {false_alarms} of normals, at the "
    "training hospital."
)
ERRORS_AT_SITE: Final = N_(
    "Misses {misses} of pneumonias, false alarms in {false_alarms} of normals, at your "
    "site."
)
OFFICIAL_TEST: Final = N_(
    "Elsewhere worse: false alarms in {share} of normals of the official test set."
)
OTHER_NORMALS: Final = N_(
    "Elsewhere worse: false alarms in {share} of normal adults of another hospital."
)
OTHER_PNEUMONIAS: Final = N_(
    "Elsewhere worse: {share} of pneumonias of adults of other hospitals were missed."
)
ADULTS: Final = N_(
    "Elsewhere worse: {share} of adults of another hospital were flagged, ill or not."
)
DISTRIBUTION_HERE: Final = N_("this radiograph")
DISTRIBUTION_THRESHOLD: Final = N_("cut-off")
DISTRIBUTION_GROUPS: Final[dict[str, str]] = {
    "pneumonia": N_("pneumonias"),
    "normal": N_("normals"),
}
DISTRIBUTION_NOTE: Final = N_(
    "Of the validation radiographs, {normal} of 100 normal ones and {pneumonia} of 100 "
    "with pneumonia scored at least as high."
)
REPAIRS: Final[dict[str, str]] = {
    "rotate": N_("Turn it and read again"),
    "mirror": N_("Mirror it and read again"),
    "rotate_mirror": N_("Turn and mirror it and read again"),
    "invert": N_("Invert it and read again"),
}
REPAIR_ICONS: Final[dict[str, str]] = {
    "rotate": ":material/rotate_right:",
    "mirror": ":material/flip:",
    "rotate_mirror": ":material/flip:",
    "invert": ":material/invert_colors:",
}
REPAIR_UNDO: Final = N_("Undo and read again")
REPAIR_HELP: Final = N_(
    "Your file is not changed; the model reads a turned or inverted copy."
)
