"""The sentences of the place Batch."""

from typing import Final

from pneumonia.language.speech import N_

TITLE: Final = N_("Batch")
EMPTY: Final = N_("Drop radiographs under Read; this place counts and lists them.")
ALL: Final = N_("Radiographs")
STATES: Final[dict[str, str]] = {
    "flagged": N_("● Flagged"),
    "not_flagged": N_("○ Not flagged"),
    "refused": N_("! Refused"),
    "unreadable": N_("! Unreadable"),
    "locked": N_("? Impression first"),
    "reading": N_("… Waiting"),
}
UNSURE: Final = N_("◐ of these unsure")
DONE: Final = N_("✓ Done")
PROGRESS: Final = N_("{read} of {total} assessed")
TIME: Final = N_("Radiographs assessed: {read} in {elapsed}, {each:.1f} s each.")

SCORES: Final = N_("Spread of the results")
PROBABILITY: Final = N_("Probability at a prevalence of {prevalence}")
SCORE: Final = N_("Score, not a calibrated probability")
COUNT: Final = N_("Radiographs")
THRESHOLD: Final = N_("Cut-off {threshold}, {point}")
SCORES_WHAT: Final = N_("Radiographs: {count}, in bins of 0.05. Dashed: the cut-off.")
LEFT_OUT: Final = N_(
    "Left out because their score is not a calibrated probability: {count}."
)
REFUSALS: Final = N_("Why files were refused")
REASON: Final = N_("Reason")

LIST: Final = N_("List")
FILTER: Final = N_("States")
FILTER_CHOOSE: Final = N_("Choose states")
FIND: Final = N_("Name contains")
NOTHING_MATCHES: Final = N_("No radiograph matches. Choose another state or name.")
SHOWN: Final = N_("{shown} of {total} rows")
NUMBER: Final = N_("No.")
FILE: Final = N_("File")
STATE: Final = N_("State")
VALUE: Final = N_("Probability or score")
IMPRESSION: Final = N_("Impression")
NOTE: Final = N_("Reason or warning")
DONE_COLUMN: Final = N_("Done")
DONE_MARK: Final = "✓"

EXPORT: Final = N_("Export")
EXPORT_WHAT: Final = N_(
    "Every row of the list in its order, at the prevalence and operating point that "
    "you chose, with Done and impressions. Rows are known by number and by the SHA-256 "
    "of the file."
)
WITH_NAMES: Final = N_("With file names")
WITH_NAMES_HELP: Final = N_("A name can identify a patient.")
DOWNLOAD_CSV: Final = N_("Table (CSV)")
SAVE: Final = N_("Save the worklist (JSON)")
SAVE_WHAT: Final = N_(
    "The saved worklist holds impressions and what is done, no pictures and no "
    "results. After a reload, drop the same files again and load it here."
)
LOAD: Final = N_("Load a saved worklist")
JOINED: Final = N_(
    "Joined again: {joined} of {total} radiographs of the saved worklist."
)
MISSING: Final = N_("{missing} more wait for their files: drop them under Read.")
FORGET: Final = N_("Forget the saved worklist")
