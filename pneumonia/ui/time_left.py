"""How long reading has taken, and how long it will take, in words."""

from __future__ import annotations

from pneumonia.language.speech import say
from pneumonia.ui import texts


def write_duration(seconds: float) -> str:
    """Write seconds, minutes or hours.

    Parameters
    ----------
    seconds : float

    Returns
    -------
    str
    """
    if seconds < 90:
        return say(texts.SECONDS, count=max(round(seconds), 1))
    minutes = round(seconds / 60)
    if minutes < 90:
        return say(texts.MINUTES, count=minutes)
    return say(texts.HOURS, hours=minutes // 60, minutes=minutes % 60)


def write_time_left(read: int, total: int, elapsed: float | None) -> str:
    """Say how long the rest will take, at the pace so far.

    Parameters
    ----------
    read, total : int
        How many radiographs have a result, and how many there are.
    elapsed : float or None
        Seconds so far.

    Returns
    -------
    str
        Empty while there is no pace, and once all are read.
    """
    if not (read and elapsed) or read >= total:
        return ""
    left = write_duration(elapsed / read * (total - read))
    return say(texts.TIME_LEFT, left=left)
