"""The whole worklist as a table, and as a file that a reload can be joined to again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from pneumonia.errors import RecordsError
from pneumonia.export.impression import Reading, Region
from pneumonia.export.records import DISCLAIMER, record_with_reading
from pneumonia.language.speech import say

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision

_FORMAT: Final = "pneumonia worklist"
_VERSION: Final = 1
_MOST_BYTES: Final = 50_000_000


@dataclass(frozen=True, eq=False)
class WorklistCase:
    """A case of the worklist, as it may be shown.

    Attributes
    ----------
    number : int
        Of its row, from 1, in the order the files were dropped.
    name : str
        Of the file.
    input_sha256 : str or None
        None until the file was read.
    decision : Decision or None
        None while the case is waiting, and while its answer must not be shown.
    reading : Reading or None
    done : bool
        Whether the clinician marked it so.
    locked : bool
        Whether the answer waits for the clinician's impression.
    seen : bool
        Whether the answer was shown without an impression before.

    Raises
    ------
    ValueError
        If a locked case comes with its decision.
    """

    number: int
    name: str
    input_sha256: str | None = None
    decision: Decision | None = None
    reading: Reading | None = None
    done: bool = False
    locked: bool = False
    seen: bool = False

    def __post_init__(self) -> None:
        """Refuse what would give an answer away."""
        if self.locked and self.decision is not None:
            raise ValueError(
                "A case whose answer waits for the impression has no decision. "
                f"Received: one in row {self.number}."
            )

    @property
    def state(self) -> str:
        """The decision's state, or ``"locked"`` or ``"reading"``."""
        if self.locked:
            return "locked"
        return self.decision.state if self.decision else "reading"


@dataclass(frozen=True)
class SavedCase:
    """What a saved worklist says of a radiograph.

    Attributes
    ----------
    done, seen : bool
    reading : Reading or None
        As of `WorklistCase`.
    """

    done: bool
    seen: bool
    reading: Reading | None


def worklist_records(
    cases: Sequence[WorklistCase], *, names: bool = False
) -> list[dict[str, Any]]:
    """Describe every row of the worklist in plain values, in the order of the list.

    Parameters
    ----------
    cases : sequence of WorklistCase
    names : bool
        With file names, which can identify a patient.

    Returns
    -------
    list of dict
        ``row``, with `names` ``file``, ``done``, and what
        `pneumonia.export.records.record_with_reading` gives. A case without an answer
        that may be shown has the status ``waiting`` or ``withheld`` and empty cells.
    """
    known = [
        record_with_reading(case.decision, case.reading) if case.decision else {}
        for case in cases
    ]
    columns = dict.fromkeys(key for row in known for key in row)
    return [
        {
            "row": case.number,
            **({"file": case.name} if names else {}),
            "done": case.done,
            **columns,
            **(row or _unanswered(case)),
        }
        for case, row in zip(cases, known, strict=True)
    ]


def _unanswered(case: WorklistCase) -> dict[str, Any]:
    return {
        "status": "withheld" if case.locked else "waiting",
        "input_sha256": case.input_sha256,
        "disclaimer": say(DISCLAIMER),
    }


def save_worklist(cases: Sequence[WorklistCase], *, names: bool = False) -> str:
    """Write what the clinician recorded, without pictures and without results.

    Parameters
    ----------
    cases : sequence of WorklistCase
        Those whose file was not read yet are left out.
    names : bool
        With file names, which can identify a patient.

    Returns
    -------
    str
        JSON; `load_worklist` reads it back.
    """
    saved = [
        {
            "row": case.number,
            **({"file": case.name} if names else {}),
            "input_sha256": case.input_sha256,
            "done": case.done,
            "seen": case.seen,
            "reading": _written(case.reading),
        }
        for case in cases
        if case.input_sha256
    ]
    whole = {
        "format": _FORMAT,
        "version": _VERSION,
        "disclaimer": say(DISCLAIMER),
        "cases": saved,
    }
    text = json.dumps(whole, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace").decode()


def load_worklist(data: bytes) -> dict[str, SavedCase]:
    """Read what `save_worklist` wrote.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    dict of str to SavedCase
        By the SHA-256 of the file.

    Raises
    ------
    RecordsError
        If it is no such file; the message names the row, never what stands there.
    """
    if len(data) > _MOST_BYTES:
        raise RecordsError(
            say(
                "A saved worklist has at most {most} MB. Received: {size:.0f} MB. "
                "Choose the file that this page saved.",
                most=_MOST_BYTES // 1_000_000,
                size=len(data) / 1_000_000,
            )
        )
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        whole = None
    if not isinstance(whole, Mapping) or whole.get("format") != _FORMAT:
        raise RecordsError(
            say(
                "A saved worklist is the JSON file that this page saves. Received: "
                "another file. Choose that one."
            )
        )
    if whole.get("version") != _VERSION or not isinstance(whole.get("cases"), list):
        raise RecordsError(
            say(
                "A saved worklist has the version {version} and a list of cases. "
                "Received: another. Save it again with this version of the page.",
                version=_VERSION,
            )
        )
    found = {}
    for number, case in enumerate(whole["cases"], 1):
        try:
            found[_digest(case["input_sha256"])] = SavedCase(
                case["done"] is True, case.get("seen") is True, _read(case["reading"])
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RecordsError(
                say(
                    "A case of a saved worklist has the file's SHA-256, a mark and an "
                    "impression or none. Received: case {number}, which has not. Use "
                    "the file as it was saved.",
                    number=number,
                )
            ) from error
    return found


def _written(reading: Reading | None) -> dict[str, Any] | None:
    if reading is None:
        return None
    return {
        "impression": reading.impression,
        "seconds": reading.seconds,
        "region": reading.region,
        "changed_after_reveal": reading.changed_after_reveal,
        "region_after_reveal": reading.region_after_reveal,
        "confidence": reading.confidence,
    }


def _read(written: Mapping[str, Any] | None) -> Reading | None:
    if written is None:
        return None
    return Reading(
        written["impression"],
        float(written["seconds"]),
        _region(written["region"]),
        tuple(written["changed_after_reveal"]),
        _region(written["region_after_reveal"]),
        written["confidence"],
    )


def _region(corners: Sequence[float] | None) -> Region | None:
    return Region(*map(float, corners)) if corners else None


def _digest(text: Any) -> str:
    if len(text) != 64 or not set(text) <= set("0123456789abcdef"):
        raise ValueError("not a SHA-256")
    return cast("str", text)
