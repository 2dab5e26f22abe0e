"""Records of decisions for people and other systems.

Offers JSON and CSV (`records`), PDF (`pdf`, `pdf_worklist`), DICOM
(`secondary_capture`, `structured_report`) and `rounding`, how numbers are written.
Never imports the page or the command line.
"""
