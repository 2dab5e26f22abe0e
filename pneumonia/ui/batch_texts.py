"""The sentences of the place Batch."""

from typing import Final

TITLE: Final = "Batch"
EMPTY: Final = "Drop radiographs under Read; this place counts and lists them."
ALL: Final = "Radiographs"
STATES: Final[dict[str, str]] = {
    "flagged": "● Flagged",
    "not_flagged": "○ Not flagged",
    "refused": "! Refused",
    "unreadable": "! Unreadable",
    "locked": "? Impression first",
    "reading": "… Waiting",
}
UNSURE: Final = "◐ Unsure"
DONE: Final = "✓ Done"
PROGRESS: Final = "{read} of {total} assessed"
TIME_LEFT: Final = "{progress}, about {left} left"
TIME: Final = "Radiographs assessed: {read} in {elapsed}, {each:.1f} s each."
SECONDS: Final = "{count} s"
MINUTES: Final = "{count} min"

SCORES: Final = "Where the scores lie"
PROBABILITY: Final = "Probability at a prevalence of {prevalence}"
SCORE: Final = "Score, not a calibrated probability"
COUNT: Final = "Radiographs"
THRESHOLD: Final = "Cut-off {threshold}, {point}"
SCORES_WHAT: Final = "Radiographs: {count}, in bins of 0.05. Dashed: the cut-off."
LEFT_OUT: Final = (
    "Left out because their score is not a calibrated probability: {count}."
)
REFUSALS: Final = "Why files were refused"
REASON: Final = "Reason"
UNREADABLE: Final = "unreadable"

LIST: Final = "List"
FILTER: Final = "States"
FIND: Final = "Name contains"
NOTHING_MATCHES: Final = "No radiograph matches. Choose another state or name."
SHOWN: Final = "{shown} of {total} rows"
NUMBER: Final = "No."
FILE: Final = "File"
STATE: Final = "State"
VALUE: Final = "Number"
IMPRESSION: Final = "Impression"
NOTE: Final = "Reason or warning"
DONE_COLUMN: Final = "Done"
DONE_MARK: Final = "✓"

EXPORT: Final = "Export"
EXPORT_WHAT: Final = (
    "Every row of the list in its order, at the prevalence and operating point that "
    "you chose, with Done and impressions. Rows are known by number and by the SHA-256 "
    "of the file."
)
WITH_NAMES: Final = "With file names"
WITH_NAMES_HELP: Final = "A name can identify a patient."
DOWNLOAD_CSV: Final = "Table (CSV)"
SAVE: Final = "Save the worklist (JSON)"
SAVE_WHAT: Final = (
    "The saved worklist holds impressions and what is done, no pictures and no "
    "results. After a reload, drop the same files again and load it here."
)
LOAD: Final = "Load a saved worklist"
JOINED: Final = "Joined again: {joined} of {total} radiographs of the saved worklist."
MISSING: Final = "{missing} more wait for their files: drop them under Read."
FORGET: Final = "Forget the saved worklist"
