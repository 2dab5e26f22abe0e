"""Messages of the libraries that decode, write and send files."""

import logging
import warnings


def hide_third_party_warnings() -> None:
    """Hide what pydicom, its companions and Pillow print or log about files.

    They quote values, which may identify a patient. What a person needs to know is
    in `pneumonia.reading.radiograph.Radiograph.warnings`. This changes the whole
    process, so only programs call it, at their start: the page, the command line and
    the training script.
    """
    warnings.filterwarnings("ignore", module=r"(PIL|pydicom)\.")
    for name in ("pydicom", "highdicom", "pynetdicom"):
        logger = logging.getLogger(name)
        if logger.level != logging.CRITICAL:  # setting it clears all loggers' caches
            logger.setLevel(logging.CRITICAL)
