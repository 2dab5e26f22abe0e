"""What the command line prints and writes."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pneumonia.export.records import DISCLAIMER
from pneumonia.export.rounding import write_both, write_percent


class UsageError(Exception):
    """The command line asks for something that cannot be done."""


def check_writable(path: Path | None) -> None:
    """Find out before the work whether a file can be written.

    Raises
    ------
    UsageError
        If there is no such folder, a folder in the file's place, or no permission.
    """
    if path is None:
        return
    if path.is_dir() or not path.parent.is_dir():
        raise UsageError(
            f"Output is written to a file in an existing folder. Received: {path}."
        )
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"The folder {path.parent} is read-only.")


def write_file(path: Path, text: str) -> None:
    """Write a file, replacing an older one only when all is written."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def write_line(text: str) -> None:
    """Write to standard output; characters that it cannot show are escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def describe_record(row: Mapping[str, Any]) -> str:
    """Tell of one file, as `pneumonia.export.records.record` describes it."""
    if row["status"] != "assessed":
        code = f" ({row['reason']})" if row["reason"] else ""
        return f"{row['file']}: {row['status']}{code}. {row['message']}"
    word = "probability" if row["calibrated"] else "score"
    flag = "flagged" if row["flagged"] else "not flagged"
    number, threshold = write_both(row["probability"], row["threshold"])
    notes = " ".join(["", *row["warnings"]])
    return (
        f"{row['file']}: {flag}, {word} {number}, threshold {threshold} at "
        f"{write_percent(row['prevalence'])} prevalence ({row['operating_point']})."
        f"{notes}"
    )


def describe_evaluation(report: Mapping[str, Any]) -> str:
    """Tell what ``evaluate`` measured."""
    lines = [
        f"{report['n']} scored, {report['positives']} with pneumonia, "
        f"{sum(report['refused'].values())} refused, {report['unreadable']} unreadable",
        f"{report['weights']}, {report['operating_point']} operating point, threshold "
        f"{report['threshold']:.4f}",
    ]
    return "\n".join([*lines, *_with_intervals(report), DISCLAIMER])


def describe_recalibration(card: Mapping[str, Any]) -> str:
    """Tell what ``recalibrate`` fitted and measured."""
    counts, site = card["partitions"]["site"], card["recalibration"]
    lines = [
        f"{counts['normal']} normal, {counts['pneumonia']} with pneumonia, "
        f"{counts['patients']} patients; {sum(site['refused'].values())} refused, "
        f"{site['unreadable']} unreadable",
        f"{card['name']}, a card for the weights {card['recalibrated_from']}; "
        f"prevalence {card['prevalence']:.4f}",
        "Figures with 95 % intervals; each radiograph was scored by a fit to other "
        "patients",
        *_with_intervals({**card, **site}),
        *_with_intervals(card["metrics"]["site"]),
    ]
    for name, point in card["operating_points"].items():
        lines += [f"{name}:", *(f"  {line}" for line in _with_intervals(point))]
    return "\n".join(lines)


def _with_intervals(report: Mapping[str, Any]) -> list[str]:
    lines = []
    for name in [key.removesuffix("_ci") for key in report if key.endswith("_ci")]:
        low, high = report[f"{name}_ci"]
        if report[name] is None:
            lines.append(f"{name:16} undefined")
        else:
            lines.append(f"{name:16} {report[name]:.4f} ({low:.4f} to {high:.4f})")
    return lines
