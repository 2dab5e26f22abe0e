"""How numbers are written, in one place for page, list, PDF and command line.

They are written as the spoken language does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pneumonia.language.speech import write_digits

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision


def write_number(decision: Decision) -> str | None:
    """Write the probability or score of a decision; None unless assessed."""
    if decision.probability is None:
        return None
    return write_both(decision.probability, decision.threshold)[0]


def write_threshold(decision: Decision) -> str:
    """Write the threshold of a decision so that it compares with the number."""
    if decision.probability is None:
        return write_probability(decision.threshold)
    return write_both(decision.probability, decision.threshold)[1]


def write_both(probability: float, threshold: float) -> tuple[str, str]:
    """Write a number and its threshold with as many digits as tell them apart.

    Parameters
    ----------
    probability, threshold : float
        In [0, 1].

    Returns
    -------
    probability, threshold : str
        With two digits, or four or six where two would look equal.
    """
    for places in (2, 4, 6):
        written = (
            write_probability(probability, places),
            write_probability(threshold, places),
        )
        if written[0] != written[1]:
            break
    return written


def write_probability(value: float, places: int = 2) -> str:
    """Round a number in [0, 1], but never to 0 or 1: ``"> 0.99"``, not ``"1.00"``."""
    return write_digits(_round(value, places))


def write_percent(share: float) -> str:
    """Write a share such as a prevalence in percent, with three digits at the most."""
    return write_digits(f"{100 * share:.3g} %")


def write_of_100(share: float) -> str:
    """Count of 100, but never none or all: ``"> 99"``, where ``"> 0.99"`` stands too.

    Parameters
    ----------
    share : float
        In [0, 1].

    Returns
    -------
    str
    """
    written = _round(share, 2)
    if written[0] in "<>":
        return f"{written[0]} {'1' if written[0] == '<' else '99'}"
    return f"{100 * float(written):.0f}"


def _round(value: float, places: int) -> str:
    least = 10.0**-places
    if value < least / 2:
        return f"< {least:.{places}f}"
    if value >= 1 - least / 2:
        return f"> {1 - least:.{places}f}"
    return f"{value:.{places}f}"
