"""Records of assessments for people and other systems.

Offers JSON, CSV, PDF, DICOM.
Never imports the page or the command line.
"""
