"""Assessments as JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pneumonia import __version__
from pneumonia.language.speech import N_, say
from pneumonia.reasons.sentences import sentence

if TYPE_CHECKING:
    from pneumonia.export.impression import Reading, Region
    from pneumonia.model.decision import Decision

DISCLAIMER = N_(
    "Research demonstration, not a medical device. Pneumonia against normal only, on "
    "frontal chest radiographs of children of one to five years."
)

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def record(decision: Decision, *, file: str | None = None) -> dict[str, Any]:
    """Describe one decision in plain values.

    Parameters
    ----------
    decision : Decision
    file : str, optional
        Left out by default: a file name can identify a patient.

    Returns
    -------
    dict
        Numbers are not rounded. ``probability`` and ``threshold`` are at
        ``prevalence``; the first is a score unless ``calibrated``. ``repair`` is what
        was done before reading, on request. ``warnings`` are sentences,
        ``warning_codes`` their codes. ``unsure`` is None where the card cannot tell;
        ``unsure_reasons`` are codes. ``heatmap_region`` is where most of the heatmap
        lies, such as ``right_lower`` (the patient's right lung, its lower third), and
        ``heatmap_in_lungs`` the share of it in both lungs: the model's attention,
        never a finding; both are None if nothing is drawn. ``heatmap_codes`` say what
        is wrong with the heatmap. ``masked_probability`` is the probability with the
        highlighted region masked; None where that was not scored.
    """
    assessment = decision.assessment
    focus, masked = assessment.focus, assessment.masked_score
    named = {} if file is None else {"file": file}
    return {
        **named,
        "status": assessment.status,
        "reason": assessment.reason,
        "message": assessment.message,
        "warnings": [sentence(warning) for warning in assessment.warnings],
        "warning_codes": [warning.code for warning in assessment.warnings],
        "probability": decision.probability,
        "prevalence": decision.prevalence,
        "calibrated": decision.calibrated,
        "flagged": decision.flagged,
        "unsure": decision.unsure,
        "unsure_reasons": list(decision.unsure_because or ()),
        "operating_point": decision.operating_point,
        "threshold": decision.threshold,
        "weights": assessment.weights,
        "weights_sha256": assessment.weights_sha256,
        "input_sha256": assessment.input_sha256,
        "repair": assessment.repaired,
        "heatmap_region": focus and f"{focus.side}_{focus.zone}",
        "heatmap_in_lungs": focus and focus.in_lungs,
        "heatmap_codes": list(decision.map_codes),
        "masked_probability": masked if masked is None else decision.moved(masked),
        "disclaimer": say(DISCLAIMER),
    }


def record_with_reading(
    decision: Decision, reading: Reading | None, *, file: str | None = None
) -> dict[str, Any]:
    """Describe one decision, the software and the reader's own impression.

    Parameters
    ----------
    decision : Decision
    reading : Reading or None
    file : str, optional
        As for `record`.

    Returns
    -------
    dict
        `record`, and ``version``, ``impression``, ``confidence``,
        ``seconds_to_impression``, ``agreement``, ``changed_after_reveal``, ``region``
        and ``region_after_reveal`` (left, top, right, bottom), which are None or empty
        without a reading; the same fields for every case.
    """
    row = record(decision, file=file)
    disclaimer = row.pop("disclaimer")
    read = {
        "impression": reading and reading.impression,
        "confidence": reading and reading.confidence,
        "seconds_to_impression": reading and reading.seconds,
        "agreement": reading and reading.agreement(decision),
        "changed_after_reveal": list(reading.changed_after_reveal) if reading else [],
        "region": _as_list(reading.region) if reading else None,
        "region_after_reveal": (
            _as_list(reading.region_after_reveal) if reading else None
        ),
    }
    return {**row, "version": __version__, **read, "disclaimer": disclaimer}


def to_json(records: Sequence[dict[str, Any]]) -> str:
    """Write records as a JSON list."""
    return _encodable(json.dumps(records, indent=2, ensure_ascii=False) + "\n")


def to_json_line(row: dict[str, Any]) -> str:
    """Write one record as a line of JSON Lines."""
    return _encodable(json.dumps(row, ensure_ascii=False) + "\n")


def to_csv(records: Sequence[dict[str, Any]], *, header: bool = True) -> str:
    """Write records as CSV (RFC 4180); empty cells are unknown.

    Parameters
    ----------
    records : sequence of dict
        All with the same fields.
    header : bool
        Whether the first line names the fields.

    Returns
    -------
    str
        Names of files as `to_csv_name` writes them.
    """
    if not records:
        return ""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(records[0]))
    if header:
        writer.writeheader()
    for row in records:
        cells = {
            name: " ".join(map(str, cell)) if isinstance(cell, list) else cell
            for name, cell in row.items()
        }
        if "file" in cells:
            cells["file"] = to_csv_name(cells["file"])
        writer.writerow(cells)
    return text.getvalue()


def to_csv_name(name: str) -> str:
    """Write a file's name so that a spreadsheet keeps it.

    A spreadsheet would run a name such as ``=1+1.png`` as a formula [1]_; it is
    written as ``./=1+1.png``, which names the same file. Bytes that are not UTF-8
    are escaped.

    References
    ----------
    .. [1] OWASP, "CSV injection",
       https://owasp.org/www-community/attacks/CSV_Injection
    """
    return _encodable(f"./{name}" if name.startswith(_FORMULA_STARTS) else name)


def _as_list(region: Region | None) -> list[float] | None:
    return None if region is None else list(region)


def _encodable(text: str) -> str:
    """Escape what stands for a file name's bytes that are not UTF-8."""
    return text.encode("utf-8", "backslashreplace").decode()
