"""The sentences of the place Reader study."""

from typing import Final

TITLE: Final = "Reader study"
WHAT: Final = (
    "Read each radiograph before you see the model's result. At the end this page "
    "compares you with the model, and both with reference labels if you have them. "
    "Nothing is stored: export the study before you close the page."
)
SETTINGS: Final = "How the study runs"
FIRST: Final = "My impression first"
FIRST_HELP: Final = (
    "The model's result of a case stays hidden until you have recorded your "
    "impression. Cases whose result you have already seen cannot be read first."
)
SHUFFLE: Final = "Shuffle the cases"
SHUFFLE_HELP: Final = "So that their order does not tell what they show."
HIDE: Final = "Hide file names"
HIDE_HELP: Final = "A name or folder can give the answer away."
CONFIDENCE_ASKED: Final = "Ask how sure I am"
CONFIDENCE_ASKED_HELP: Final = (
    "On a scale from 1 to 5, beside normal or pneumonia. It gives you a curve to lay "
    "beside the model's."
)
CONFIDENCE: Final = "How sure are you?"
CONFIDENCE_HELP: Final = "1 is a guess, 5 is certain. Choose it first."
RECORDED_CONFIDENCE: Final = "How sure, from 1 to 5: {}."

REFERENCES: Final = "Reference labels"
REFERENCES_WHAT: Final = (
    "A CSV with the columns file and label (normal or pneumonia), or folders named "
    "NORMAL and PNEUMONIA in your ZIP archive. Labels stay hidden while you read."
)
REFERENCES_UPLOAD: Final = "Labels (CSV)"
REFERENCES_KNOWN: Final = "{known} of {total} radiographs that you read have a label."
REFERENCES_FORGET: Final = "Forget the labels"

NOTHING_READ: Final = (
    "No radiograph was read first yet. Switch on “My impression first”, drop "
    "radiographs under Read, and record an impression of each."
)
PROGRESS: Final = "{read} of {total} read"
REPORT: Final = "Result"
REPORT_WHAT: Final = "Of the radiographs that you have read so far."
ACCURACY: Final = "Compared with the reference"
CURVES: Final = "Sensitivity against false alarms"
CURVES_WHAT: Final = (
    "Your curve follows how sure you were. The crosses are the answers normal or "
    "pneumonia, with 95 % intervals."
)
FALSE_ALARMS: Final = "False alarms (1 - specificity)"
SENSITIVITY: Final = "Sensitivity"
EXPORT: Final = "Export"
WITH_NAMES: Final = "With file names"
WITH_NAMES_HELP: Final = (
    "A name can identify a patient. Without names the rows are known by their number "
    "and the SHA-256 of the file."
)
DOWNLOAD_CSV: Final = "Readings (CSV)"
DOWNLOAD_PDF: Final = "Report (PDF)"

SECOND: Final = "A second reader"
SECOND_WHAT: Final = (
    "Load the readings (CSV) that another reader exported here. Radiographs are joined "
    "by the SHA-256 of the file."
)
SECOND_UPLOAD: Final = "Readings of the second reader (CSV)"
SECOND_FORGET: Final = "Forget the second reader"
SECOND_READER: Final = "Second reader"
NONE_SHARED: Final = (
    "The two readers share no radiograph. Received: readings of other files. Load the "
    "study of the same radiographs."
)
