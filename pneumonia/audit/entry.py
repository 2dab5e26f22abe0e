"""One entry of the record, and the hash that chains it to the one before."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from pneumonia.export.impression import Reading
    from pneumonia.model.decision import Decision

Kind = Literal["result", "gap", "checkpoint"]

# What the first entry of all is chained to.
START: Final = "0" * 64
# Fields that came later: without a value they are not hashed, so that entries from
# before keep their hashes.
LATER: Final = (
    "input_size",
    "input_grey",
    "input_contrast",
    "input_lungs",
    "input_certainty",
)


def now() -> str:
    """Return the time as entries write it: UTC, ISO 8601, to the microsecond."""
    return datetime.now(UTC).isoformat(timespec="microseconds")


@dataclass(frozen=True)
class Entry:
    """What is recorded at one moment.

    Attributes
    ----------
    kind : {"result", "gap", "checkpoint"}
        A gap stands for entries that were lost, a checkpoint for those deleted because
        of their age.
    session : str
        A random pseudonym; empty where no visitor was part of it.
    user : str or None
        Who was signed in, as the provider numbers its users.
    input_sha256, weights, weights_sha256, operating_point, status : str or None
        As in the assessment and decision.
    score : float or None
        At the reference prevalence of the weights, in [0, 1].
    flagged : bool or None
    prevalence : float or None
        The share of pneumonia among the patients, as the visitor set it, in (0, 1).
    impression, changed_to : str or None
        Before the result was shown, and the last one after it.
    warnings : str
        Their codes, between them a space.
    refusal : str or None
        The code of why there is no score.
    number : int or None
        Of a gap: how many entries. Of a checkpoint: the last that was deleted.
    digest : str or None
        Of a checkpoint: the hash of the last entry that was deleted.
    input_size, input_grey, input_contrast, input_lungs, input_certainty : float or None
        As of `pneumonia.model.input_statistics.InputStatistics`.
    id : str
        Random, so that an entry that is delivered twice is written once.
    time : str
        As `now` gives it.
    """

    kind: Kind
    session: str = ""
    user: str | None = None
    input_sha256: str | None = None
    weights: str | None = None
    weights_sha256: str | None = None
    status: str | None = None
    score: float | None = None
    flagged: bool | None = None
    operating_point: str | None = None
    prevalence: float | None = None
    impression: str | None = None
    changed_to: str | None = None
    warnings: str = ""
    refusal: str | None = None
    number: int | None = None
    digest: str | None = None
    input_size: float | None = None
    input_grey: float | None = None
    input_contrast: float | None = None
    input_lungs: float | None = None
    input_certainty: float | None = None
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    time: str = field(default_factory=now)


def entry_of(
    decision: Decision, reading: Reading | None, *, session: str, user: str | None
) -> Entry:
    """Make the entry of a result.

    Parameters
    ----------
    decision : Decision
    reading : Reading or None
        What the reader recorded of it.
    session : str
    user : str or None

    Returns
    -------
    Entry
    """
    found = decision.assessment
    changes = reading.changed_after_reveal if reading else ()
    described = found.statistics._asdict() if found.statistics else {}
    return Entry(
        kind="result",
        session=session,
        user=user,
        input_sha256=found.input_sha256,
        weights=found.weights,
        weights_sha256=found.weights_sha256,
        status=found.status,
        score=found.score,
        flagged=decision.flagged,
        operating_point=decision.operating_point,
        prevalence=decision.wanted_prevalence,
        impression=reading.impression if reading else None,
        changed_to=changes[-1] if changes else None,
        warnings=" ".join(dict.fromkeys(it.code for it in found.warnings)),
        refusal=found.refusal.code if found.refusal else None,
        **{f"input_{name}": value for name, value in described.items()},
    )


def chained_hash(sequence: int, previous: str, fields: Mapping[str, Any]) -> str:
    """Hash an entry with its place and the hash of the entry before it.

    Parameters
    ----------
    sequence : int
        Its place, counted from 1.
    previous : str
        The hash of the entry before it, or `START`.
    fields : mapping
        All of `Entry`.

    Returns
    -------
    str
        SHA-256 in hexadecimal digits.
    """
    known = {
        name: value
        for name, value in fields.items()
        if value is not None or name not in LATER
    }
    text = json.dumps(
        {**known, "sequence": sequence, "previous": previous},
        sort_keys=True,
        allow_nan=False,
    )
    return hashlib.sha256(text.encode()).hexdigest()
