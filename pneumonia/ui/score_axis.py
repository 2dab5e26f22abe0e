"""One axis: normals, cut-off, this radiograph, pneumonias."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st

from pneumonia.language.speech import say
from pneumonia.statistics.logistic import logit
from pneumonia.ui import texts

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision

# Seen on near black as on near white; words take the theme's colour.
_NORMAL: Final = "#7f8b97"
_PNEUMONIA: Final = "#c07f1e"
_HERE: Final = "#3f8fd8"
_HEIGHT: Final = 84
# Above the bars stand the words of cut-off and groups, below them this radiograph.
_TOP, _BOTTOM = 1.75, -0.75


def show_axis(decision: Decision, distribution: Mapping[str, Any] | None) -> None:
    """Draw where a number lies among normal and pneumonia radiographs.

    Parameters
    ----------
    decision : Decision
        Of an assessed radiograph.
    distribution : mapping or None
        The card's ``score_distribution``: ``edges``, K + 1 logits of scores at the
        reference prevalence, and the counts ``normal`` and ``pneumonia``, K each; the
        first and last bin hold all that lies beyond. Without one nothing is drawn.
    """
    if not distribution or decision.probability is None:
        return
    plot = chart(
        decision.probability,
        decision.threshold,
        _moved(decision, distribution),
        zone=decision.unsure_zone,
        ink=_ink(),
    )
    words = describe_distribution(decision, distribution)
    st.vega_lite_chart(plot, width="stretch", height=_HEIGHT, alt=words)


def describe_distribution(
    decision: Decision, distribution: Mapping[str, Any] | None
) -> str | None:
    """Say how many radiographs of each group scored at least as high.

    Parameters
    ----------
    decision, distribution
        As for `show_axis`.

    Returns
    -------
    str or None
        None where there is nothing to compare with.
    """
    if not distribution or decision.probability is None:
        return None
    moved = _moved(decision, distribution)
    shares = {
        name: share_at_least(decision.probability, moved["edges"], moved[name])
        for name in ("normal", "pneumonia")
    }
    return say(
        texts.DISTRIBUTION_NOTE,
        **{name: round(100 * share) for name, share in shares.items()},
    )


def _moved(decision: Decision, distribution: Mapping[str, Any]) -> dict[str, Any]:
    # Bayes' rule moves every logit by the same, so the bars move with the number.
    shift = logit(decision.prevalence) - logit(decision.reference_prevalence)
    return {**distribution, "edges": [e + shift for e in distribution["edges"]]}


def share_at_least(
    score: float, edges: Sequence[float], counts: Sequence[int]
) -> float:
    """Estimate which share of a histogram scored at least as high.

    Parameters
    ----------
    score : float
        In [0, 1].
    edges : sequence of float, K + 1
        Logits of scores, rising.
    counts : sequence of int, K

    Returns
    -------
    float
        In [0, 1]; within a bin, as if its scores were spread evenly.
    """
    below = np.concatenate([[0], np.cumsum(counts)])
    return float(1 - np.interp(_place(score, edges), edges, below) / below[-1])


def chart(
    score: float,
    threshold: float,
    distribution: Mapping[str, Any],
    *,
    ink: str,
    zone: tuple[float, float] | None = None,
) -> dict[str, Any]:
    """Describe the axis in Vega-Lite: bars on a line, cut-off across, a mark below.

    Parameters
    ----------
    score, threshold : float
        In [0, 1].
    distribution : mapping
        As `show_axis` takes it from the card.
    ink : str
        Colour of the words.
    zone : tuple of float, optional
        Both ends of the unsure zone, in [0, 1]; it is shaded.

    Returns
    -------
    dict
        With its data inside.
    """
    edges = distribution["edges"]
    at, limit = _place(score, edges), _place(threshold, edges)
    groups = texts.DISTRIBUTION_GROUPS
    return {
        "height": _HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 0,
        # One picture with one label: a screen reader is not led from bar to bar.
        "config": {"aria": False, "mark": {"aria": False}},
        "layer": [
            _bar_layer(_bins(distribution), edges),
            *([_zone_layer(zone, edges, ink)] if zone else []),
            _line_layer(limit, edges, ink),
            _mark_layer(at, edges),
            _word_layer(say(groups["normal"]), edges[0], 1.3, edges, ink),
            _word_layer(say(groups["pneumonia"]), edges[-1], 1.3, edges, ink),
            _word_layer(
                say(texts.DISTRIBUTION_THRESHOLD), limit, 1.3, edges, ink, aside=4
            ),
            _word_layer(say(texts.DISTRIBUTION_HERE), at, -0.42, edges, ink, aside=9),
        ],
    }


def _bins(distribution: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each bin's bar; the highest of each group reaches to 1."""
    edges = distribution["edges"]
    bins = []
    for name, color in (("normal", _NORMAL), ("pneumonia", _PNEUMONIA)):
        counts = np.asarray(distribution[name])
        # Roots: one bin holds nearly all, and the rest should still be seen.
        heights = np.sqrt(counts / max(counts.max(), 1)).tolist()
        bins += [
            {"low": low, "high": high, "height": height, "color": color, "group": name}
            for low, high, height in zip(edges[:-1], edges[1:], heights, strict=True)
            if height
        ]
    return bins


def _across(edges: Sequence[float]) -> dict[str, Any]:
    return {
        "type": "quantitative",
        "scale": {"domain": [edges[0], edges[-1]]},
        "axis": None,
    }


def _upward() -> dict[str, Any]:
    return {
        "type": "quantitative",
        "scale": {"domain": [_BOTTOM, _TOP]},
        "axis": None,
    }


def _bar_layer(bars: list[dict[str, Any]], edges: Sequence[float]) -> dict[str, Any]:
    return {
        "data": {"values": bars},
        "mark": {"type": "bar", "tooltip": False, "opacity": 0.75},
        "encoding": {
            "x": {"field": "low", **_across(edges)},
            "x2": {"field": "high"},
            "y": {"field": "height", "stack": None, **_upward()},
            "y2": {"datum": 0},
            "color": {"field": "color", "type": "nominal", "scale": None},
        },
    }


def _zone_layer(
    zone: tuple[float, float], edges: Sequence[float], ink: str
) -> dict[str, Any]:
    low, high = (_place(end, edges) for end in zone)
    return {
        "data": {"values": [{"low": low, "high": high}]},
        "mark": {"type": "rect", "color": ink, "opacity": 0.14},
        "encoding": {
            "x": {"field": "low", **_across(edges)},
            "x2": {"field": "high"},
            "y": {"datum": 0, **_upward()},
            "y2": {"datum": 1.1},
        },
    }


def _line_layer(at: float, edges: Sequence[float], ink: str) -> dict[str, Any]:
    return {
        "data": {"values": [{"at": at}]},
        "mark": {"type": "rule", "color": ink, "strokeDash": [4, 3]},
        "encoding": {
            "x": {"field": "at", **_across(edges)},
            "y": {"datum": 0, **_upward()},
            "y2": {"datum": 1.1},
        },
    }


def _mark_layer(at: float, edges: Sequence[float]) -> dict[str, Any]:
    return {
        "data": {"values": [{"at": at, "height": -0.28}]},
        "mark": {
            "type": "point",
            "shape": "triangle-up",
            "size": 110,
            "filled": True,
            "color": _HERE,
            "opacity": 1,
            "clip": False,
        },
        "encoding": {
            "x": {"field": "at", **_across(edges)},
            "y": {"field": "height", **_upward()},
        },
    }


def _word_layer(
    text: str,
    at: float,
    height: float,
    edges: Sequence[float],
    ink: str,
    *,
    aside: int = 0,
) -> dict[str, Any]:
    """Write a word beside its place, towards the roomier side."""
    left = at < (edges[0] + edges[-1]) / 2
    return {
        "data": {"values": [{"at": at, "height": height}]},
        "mark": {
            "type": "text",
            "text": text,
            "color": ink,
            "fontSize": 11,
            "baseline": "middle",
            "align": "left" if left else "right",
            "dx": aside if left else -aside,
        },
        "encoding": {
            "x": {"field": "at", **_across(edges)},
            "y": {"field": "height", **_upward()},
        },
    }


def _ink() -> str:
    """Return the text colour of the theme that the browser shows."""
    theme = st.context.theme.type or "dark"
    color: str = st.get_option(f"theme.{theme}.textColor")
    return color


def _place(score: float, edges: Sequence[float]) -> float:
    tiny = np.finfo(float).eps
    at = logit(np.clip(score, tiny, 1 - tiny))
    return float(np.clip(at, edges[0], edges[-1]))
