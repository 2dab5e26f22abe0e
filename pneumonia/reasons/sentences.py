"""From a code and its details to a sentence."""

from typing import Final

from pneumonia.language.speech import N_, fill, say
from pneumonia.reasons.cautions import WARNINGS
from pneumonia.reasons.codes import Notice, Refusal
from pneumonia.reasons.received import RECEIVED
from pneumonia.reasons.refusals import NAMES, REFUSALS, UNREADABLE, Rule

# Stands in a sentence for a detail that is not known or may not be repeated.
UNKNOWN: Final = N_("unknown")
_RECEIVED: Final = N_("{rule} Received: {received}. {advice}")

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
        In the language that is spoken, with a placeholder in braces for each detail.
    """
    rule, advice = _RULES[refusal.code]
    if refusal.received is None:
        return f"{say(rule)} {say(advice)}"
    received = RECEIVED[refusal.received]
    return say(
        _RECEIVED,
        rule=say(received.rule or rule),
        received=say(received.received),
        advice=say(received.advice or advice),
    )


def sentence(message: Notice | Refusal) -> str:
    """Say a warning or a refusal in the language that is spoken.

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
    words = (
        say(WARNINGS[message.code])
        if isinstance(message, Notice)
        else template(message)
    )
    # Some details are words themselves.
    details = {
        name: say(value or UNKNOWN) if isinstance(value, str) else value
        for name, value in message.details.items()
    }
    return fill(words, **details)


def name_reason(code: str) -> str:
    """Name a refusal in two or three words, for lists and counts.

    Parameters
    ----------
    code : str
        A key of `NAMES`.

    Returns
    -------
    str
        In the language that is spoken.
    """
    return say(NAMES[code])
