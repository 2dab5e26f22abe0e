"""Settings of this program that are environment variables."""

import logging
import os

_logger = logging.getLogger(__name__)


def whole_number(name: str, default: int) -> int:
    """Read a setting that is a whole number, 0 or more.

    Parameters
    ----------
    name : str
        Of the environment variable.
    default : int
        Taken where it is not set, and, with a line in the log, where it is no number.

    Returns
    -------
    int
    """
    stated = os.environ.get(name, "")
    if stated.isdecimal():
        return int(stated)
    if stated:
        _logger.warning(
            "%s must be a whole number, 0 or more. Received: %s.", name, stated
        )
    return default
