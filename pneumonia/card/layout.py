"""Markdown: tables, and figures with their intervals."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pneumonia.language.speech import say, write_digits


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a Markdown table; an empty string without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(header)} |", "|---" * len(header) + "|", *lines])


def figure(report: Mapping[str, Any], name: str, form: str = ".3f") -> str:
    """Write a figure with its 95 % interval, or that it is undefined."""
    low, high = report[f"{name}_ci"]
    return interval(report[name], low, high, form)


def interval(
    value: float | None, low: float | None, high: float | None, form: str = ".3f"
) -> str:
    """Write a figure and the ends of its interval, or that it is undefined."""
    if value is None or np.isnan(value) or low is None or high is None:
        return say("undefined")
    text = say(
        "{value} ({low} to {high})",
        **{
            name: write_digits(f"{figure:{form}}")
            for name, figure in (("value", value), ("low", low), ("high", high))
        },
    )
    return text.replace("%", " %")


def percent(share: float) -> str:
    """Write a share in percent, without decimals."""
    return f"{100 * share:.0f} %"


def plain(value: Any) -> str:
    """Write a JSON value in words and numbers."""
    if value is None or value == []:
        return "none"
    if isinstance(value, Mapping):
        parts = (f"{key.replace('_', ' ')} {plain(v)}" for key, v in value.items())
        return ", ".join(parts)
    if isinstance(value, list | tuple):
        return ", ".join(
            f"({plain(item)})" if isinstance(item, list | tuple) else plain(item)
            for item in value
        )
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    return str(value)
