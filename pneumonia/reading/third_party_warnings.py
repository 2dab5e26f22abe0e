"""Warnings of the libraries that decode files."""

import logging
import warnings


def hide_third_party_warnings() -> None:
    """Hide what pydicom and Pillow print or log about odd files.

    They quote odd values, which may identify a patient. What a person needs to know is
    in `pneumonia.reading.radiograph.Radiograph.warnings`. This changes the whole
    process, so only programs call it, at their start: the page, the command line and
    the training script.
    """
    warnings.filterwarnings("ignore", module=r"(PIL|pydicom)\.")
    logging.getLogger("pydicom").setLevel(logging.CRITICAL)
