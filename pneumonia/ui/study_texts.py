"""The sentences of the place Reader study."""

from typing import Final

from pneumonia.language.speech import N_

TITLE: Final = N_("Reader study")
WHAT: Final = N_(
    "Read each radiograph before you see the model's result. At the end this page "
    "compares you with the model, and both with reference labels if you have them. "
    "Nothing is stored: export the study before you close the page."
)
SETTINGS: Final = N_("How the study runs")
FIRST: Final = N_("My impression first")
FIRST_HELP: Final = N_(
    "The model's result of a case stays hidden until you have recorded your "
    "impression. Cases whose result you have already seen cannot be read first."
)
SHUFFLE: Final = N_("Shuffle the cases")
SHUFFLE_HELP: Final = N_("So that their order does not tell what they show.")
HIDE: Final = N_("Hide file names")
HIDE_HELP: Final = N_("A name or folder can give the answer away.")
CONFIDENCE_ASKED: Final = N_("Ask how sure I am")
CONFIDENCE_ASKED_HELP: Final = N_(
    "On a scale from 1 to 5, beside normal or pneumonia. It gives you a curve to lay "
    "beside the model's."
)
CONFIDENCE: Final = N_("How sure are you, from 1 (a guess) to 5 (certain)?")
RECORDED_CONFIDENCE: Final = N_("How sure, from 1 to 5: {confidence}.")

REFERENCES: Final = N_("Reference labels")
REFERENCES_WHAT: Final = N_(
    "A CSV with the columns file and label (normal or pneumonia), or folders named "
    "NORMAL and PNEUMONIA in your ZIP archive. Labels stay hidden while you read."
)
REFERENCES_UPLOAD: Final = N_("Labels (CSV)")
REFERENCES_KNOWN: Final = N_(
    "{known} of {total} radiographs that you read have a label."
)
REFERENCES_FORGET: Final = N_("Forget the labels")

NOTHING_READ: Final = N_(
    "No impression is recorded yet; Done alone does not record one. Switch on “My "
    "impression first”, drop radiographs under Read, and record your impression of "
    "each; its result is shown after it."
)
NOW_DROP: Final = N_(
    "Now drop radiographs under Read, and record your impression of each."
)
NOW_READ: Final = N_(
    "Now open Read, and record your impression of each radiograph. To be read: {count}."
)
ALL_SEEN: Final = N_(
    "The results of all radiographs that are open have been shown already, so they "
    "cannot be read first. Drop others under Read; or press “Remove all” there and "
    "drop these again."
)
PROGRESS: Final = N_("{read} of {total} read")
REPORT: Final = N_("Result")
REPORT_WHAT: Final = N_("Of the radiographs that you have read so far.")
ACCURACY: Final = N_("Compared with the reference")
CURVES: Final = N_("Sensitivity against false alarms")
CURVES_WHAT: Final = N_(
    "Your curve follows how sure you were. The crosses are the answers normal or "
    "pneumonia, with 95 % intervals."
)
FALSE_ALARMS: Final = N_("False alarms (1 - specificity)")
SENSITIVITY: Final = N_("Sensitivity")
EXPORT: Final = N_("Export")
WITH_NAMES: Final = N_("With file names")
WITH_NAMES_HELP: Final = N_(
    "A name can identify a patient. Without names the rows are known by their number "
    "and the SHA-256 of the file."
)
DOWNLOAD_CSV: Final = N_("Readings (CSV)")
DOWNLOAD_PDF: Final = N_("Report (PDF)")

SECOND: Final = N_("A second reader")
SECOND_WHAT: Final = N_(
    "Load the readings (CSV) that another reader exported here. Radiographs are joined "
    "by the SHA-256 of the file."
)
SECOND_UPLOAD: Final = N_("Readings of the second reader (CSV)")
SECOND_FORGET: Final = N_("Forget the second reader")
SECOND_READER: Final = N_("Second reader")
NONE_SHARED: Final = N_(
    "The two readers share no radiograph. Received: readings of other files. Load the "
    "study of the same radiographs."
)
