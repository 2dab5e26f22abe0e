"""The sentences on what can be downloaded."""

from typing import Final

from pneumonia.language.speech import N_

DOWNLOAD: Final = N_("Export")
DOWNLOAD_CSV: Final = N_("List (CSV)")
DOWNLOAD_JSON: Final = N_("List (JSON)")
DOWNLOAD_NOTE: Final = N_(
    "Exports hold no file names. They identify the radiograph by its SHA-256, and name "
    "the weights and the threshold."
)
NO_DOWNLOAD: Final = N_(
    "This download is no longer there: its session has ended. Open the radiograph "
    "again and export it from there."
)
UNREACHABLE: Final = N_("The server did not answer. Try again.")
DOWNLOAD_CASE: Final = N_("This case")
DOWNLOAD_WORKLIST: Final = N_("Everything read so far: {count}")
DOWNLOAD_PDF: Final = N_("Report (PDF)")
DOWNLOAD_LIST_PDF: Final = N_("List (PDF)")
DOWNLOAD_DICOM: Final = N_("DICOM: heatmap")
DOWNLOAD_DICOM_AND_REPORT: Final = N_("DICOM: heatmap and report (ZIP)")
KEEP_IDENTIFIERS: Final = N_("Keep the patient's and study's identifiers in DICOM")
KEEP_IDENTIFIERS_HELP: Final = N_(
    "Name, ID, dates and study are copied from the file that you opened, so that the "
    "archive stores heatmap and report with the radiograph. Otherwise both are "
    "anonymous."
)
BURNED_IN: Final = N_(
    "The file says that text is burned into the picture. It may identify the patient: "
    "look before you pass on a PDF or a DICOM file."
)
BURNED_IN_SEEN: Final = N_(
    "There seems to be text in the picture. It may identify the patient: look before "
    "you pass on a PDF or a DICOM file."
)
BURNED_IN_UNKNOWN: Final = N_(
    "The file does not say whether text is burned into the picture. It may identify "
    "the patient: look before you pass on a PDF or a DICOM file."
)
