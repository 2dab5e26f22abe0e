"""What an archive answers over DICOMweb, checked before anything is made of it."""

import json
import re
from typing import Any, Final, Literal

from pneumonia.errors import PacsError
from pneumonia.reading.dicom_parser import is_dicom

_UID: Final = re.compile(r"[0-9.]{1,64}")
_MOST_LETTERS: Final = 64

Fault = Literal["away", "slow", "not_authorized", "wrong_answer"]


class ArchiveError(PacsError):
    """The archive cannot be used.

    Attributes
    ----------
    fault : {"away", "slow", "not_authorized", "wrong_answer"}
    """

    def __init__(self, message: str, fault: Fault) -> None:
        super().__init__(message)
        self.fault = fault


class WrongAnswerError(ArchiveError):
    """The archive answers, but not with what was asked for."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "wrong_answer")


def wrong_answer(expected: str) -> WrongAnswerError:
    """Say what should have been answered."""
    return WrongAnswerError(
        f"An archive answers with {expected}. Received: something else. Check the "
        "address: it ends where /studies begins."
    )


def parse_json(body: bytes) -> Any:
    """Parse a body; whatever is no JSON is a wrong answer."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise wrong_answer("DICOM JSON") from None


def values_of(entry: Any, tag: str) -> list[Any]:
    """Return the values of an attribute, none where anything else stands."""
    try:
        values = entry[tag]["Value"]
    except (KeyError, TypeError):
        return []
    return values if isinstance(values, list) else []


def value_of(entry: Any, tag: str) -> Any:
    """Return the first value of an attribute, None where there is none."""
    return next(iter(values_of(entry, tag)), None)


def text_of(entry: Any, tag: str) -> str:
    """Return an attribute as a short line of text; a name in its alphabetic form."""
    value = value_of(entry, tag)
    if isinstance(value, dict):
        value = value.get("Alphabetic")
    return " ".join(value.split())[:_MOST_LETTERS] if isinstance(value, str) else ""


def uid_of(entry: Any, tag: str) -> str:
    """Return a UID; an answer without one is a wrong one."""
    value = value_of(entry, tag)
    if not is_uid(value):
        raise wrong_answer("UIDs")
    return str(value)


def is_uid(value: Any) -> bool:
    """Tell whether something is a UID, which may stand in a path."""
    return isinstance(value, str) and _UID.fullmatch(value) is not None


def only_part(kind: str, body: bytes) -> bytes:
    """Return the file in a multipart answer of one."""
    found = re.search(r'boundary="?([^";,\s]+)', kind)
    data = body
    if found:
        delimiter = b"--" + found[1].encode()
        head = body.find(b"\r\n\r\n", max(body.find(delimiter), 0)) + 4
        end = body.find(b"\r\n" + delimiter, head - 2)
        data = body[head:end] if head > 3 and end >= head else b""
        if not body[end:].startswith(b"\r\n" + delimiter + b"--"):
            data = b""
    if not is_dicom(data):
        raise wrong_answer("one whole DICOM file")
    return data
