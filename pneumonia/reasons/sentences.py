"""From a code and its details to a sentence."""

from typing import Final

from pneumonia.reasons.cautions import WARNINGS
from pneumonia.reasons.codes import Notice, Refusal
from pneumonia.reasons.received import RECEIVED
from pneumonia.reasons.refusals import REFUSALS, UNREADABLE, Rule

# Stands in a sentence for a detail that is not known or may not be repeated.
UNKNOWN: Final = "unknown"

# No code is in both tables.
_RULES: Final[dict[str, Rule]] = {
    str(code): rule for table in (REFUSALS, UNREADABLE) for code, rule in table.items()
}


def template(refusal: Refusal) -> str:
    """Put a refusal's rule, what was received and the advice together.

    Parameters
    ----------
    refusal : Refusal

    Returns
    -------
    str
        With a placeholder in braces for each detail.
    """
    rule, advice = _RULES[refusal.code]
    if refusal.received is None:
        return f"{rule} {advice}"
    received = RECEIVED[refusal.received]
    return (
        f"{received.rule or rule} Received: {received.received}. "
        f"{received.advice or advice}"
    )


def sentence(message: Notice | Refusal) -> str:
    """Say a warning or a refusal in English.

    Parameters
    ----------
    message : Notice or Refusal

    Returns
    -------
    str
        One to three sentences, without patient data or a file name.

    Raises
    ------
    KeyError
        If there is no such code, or a detail is missing.
    """
    words = WARNINGS[message.code] if isinstance(message, Notice) else template(message)
    details = {k: UNKNOWN if v == "" else v for k, v in message.details.items()}
    return words.format(**details)
