"""Radiographs from a PACS, and results back into it.

Offers a DICOM node (`node`, with `spool`, `results` and `delivery`) and a client for
DICOMweb (`dicomweb`). Needs the extra ``pacs``.
Never imports the page or the command line.
"""
