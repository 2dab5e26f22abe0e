"""What the command line prints."""

import os
import sys
from collections.abc import Mapping
from typing import Any

from tqdm import tqdm

from pneumonia.export.records import DISCLAIMER
from pneumonia.export.rounding import write_both, write_percent


class UsageError(Exception):
    """The command line asks for something that cannot be done."""


def printable(text: str) -> str:
    """Escape what a terminal would obey or cannot show, such as line breaks."""
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode()
        for each in text
    )


def write_line(text: str) -> None:
    """Write to standard output; characters that it cannot show are escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    shown = text.encode(encoding, "backslashreplace").decode(encoding)
    try:
        # tqdm takes its bar away for as long as it writes.
        tqdm.write(shown, file=sys.stdout)
        sys.stdout.flush()
    except BrokenPipeError:
        # Nobody listens any more; Python would try again at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise


def describe_record(row: Mapping[str, Any]) -> str:
    """Tell of one file, as `pneumonia.export.records.record` describes it."""
    name = printable(row["file"])
    if row["status"] != "assessed":
        code = f" ({row['reason']})" if row["reason"] else ""
        return f"{name}: {row['status']}{code}. {row['message']}"
    word = "probability" if row["calibrated"] else "score"
    flag = "flagged" if row["flagged"] else "not flagged"
    if row["unsure"]:
        flag += f" (unsure: {', '.join(row['unsure_reasons'])})"
    number, threshold = write_both(row["probability"], row["threshold"])
    notes = " ".join(["", *row["warnings"]])
    return (
        f"{name}: {flag}, {word} {number}, threshold {threshold} at "
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
