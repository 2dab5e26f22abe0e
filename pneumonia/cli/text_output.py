"""What the command line says of its results, in lines of text."""

from collections.abc import Mapping
from typing import Any

from pneumonia.export.records import DISCLAIMER


def describe_record(row: Mapping[str, Any]) -> str:
    """Tell of one file, as `pneumonia.export.records.record` describes it."""
    if row["status"] != "assessed":
        code = f" ({row['reason']})" if row["reason"] else ""
        return f"{row['file']}: {row['status']}{code}. {row['message']}"
    word = "probability" if row["calibrated"] else "score"
    flag = "flagged" if row["flagged"] else "not flagged"
    notes = " ".join(["", *row["warnings"]])
    return (
        f"{row['file']}: {flag}, {word} {row['probability']:.3f}, threshold "
        f"{row['threshold']:.3f} ({row['operating_point']}).{notes}"
    )


def describe_evaluation(report: Mapping[str, Any]) -> str:
    """Tell what ``evaluate`` measured."""
    lines = [
        f"{report['n']} scored, {report['positives']} with pneumonia, "
        f"{sum(report['refused'].values())} refused, {report['unreadable']} unreadable",
        f"{report['weights']}, {report['operating_point']} operating point, threshold "
        f"{report['threshold']:.4f}",
    ]
    return "\n".join([*lines, *_with_intervals(report), DISCLAIMER, ""])


def describe_recalibration(card: Mapping[str, Any]) -> str:
    """Tell what ``recalibrate`` fitted and measured."""
    counts, site = card["partitions"]["site"], card["recalibration"]
    lines = [
        f"{counts['normal']} normal, {counts['pneumonia']} with pneumonia, "
        f"{counts['patients']} patients; {sum(site['refused'].values())} refused, "
        f"{site['unreadable']} unreadable",
        f"{card['name']}, over {card['recalibrated_from']}; prevalence "
        f"{card['prevalence']:.4f}; what follows was scored by fits to other patients",
        *_with_intervals({**card, **site}),
        *_with_intervals(card["metrics"]["site"]),
    ]
    for name, point in card["operating_points"].items():
        lines += [f"{name}:", *(f"  {line}" for line in _with_intervals(point))]
    return "\n".join([*lines, ""])


def _with_intervals(report: Mapping[str, Any]) -> list[str]:
    lines = []
    for name in [key.removesuffix("_ci") for key in report if key.endswith("_ci")]:
        low, high = report[f"{name}_ci"]
        if report[name] is None:
            lines.append(f"{name:16} undefined")
        else:
            lines.append(f"{name:16} {report[name]:.4f} ({low:.4f} to {high:.4f})")
    return lines
