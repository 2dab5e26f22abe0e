"""The sentences on what can be downloaded."""

from typing import Final

DOWNLOAD: Final = "Export"
DOWNLOAD_CSV: Final = "CSV"
DOWNLOAD_JSON: Final = "JSON"
DOWNLOAD_NOTE: Final = (
    "Exports hold no file names. They identify the radiograph by its SHA-256, and name "
    "the weights and the threshold."
)
NO_DOWNLOAD: Final = (
    "This download is no longer there: its session has ended. Open the radiograph "
    "again and export it from there."
)
DOWNLOAD_CASE: Final = "This case"
DOWNLOAD_WORKLIST: Final = "Everything read so far: {count}"
DOWNLOAD_PDF: Final = "PDF"
DOWNLOAD_DICOM: Final = "DICOM: heatmap"
DOWNLOAD_DICOM_AND_REPORT: Final = "DICOM: heatmap and report (ZIP)"
KEEP_IDENTIFIERS: Final = "Keep the patient's and study's identifiers in DICOM"
KEEP_IDENTIFIERS_HELP: Final = (
    "Name, ID, dates and study are copied from the file that you opened, so that the "
    "archive stores heatmap and report with the radiograph. Otherwise both are "
    "anonymous."
)
BURNED_IN: Final = (
    "The file says that text is burned into the picture. It may identify the patient: "
    "look before you pass on a PDF or a DICOM file."
)
BURNED_IN_SEEN: Final = (
    "There seems to be text in the picture. It may identify the patient: look before "
    "you pass on a PDF or a DICOM file."
)
BURNED_IN_UNKNOWN: Final = (
    "The file does not say whether text is burned into the picture. It may identify "
    "the patient: look before you pass on a PDF or a DICOM file."
)
