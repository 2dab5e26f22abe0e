"""Where a score lies among the validation radiographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import streamlit as st
from scipy.special import logit

from pneumonia.ui import texts

if TYPE_CHECKING:
    from pneumonia.model.decision import Decision

# Seen on near black as on near white; words take the theme's colour.
_NORMAL: Final = "#7f8b97"
_PNEUMONIA: Final = "#c07f1e"
_HERE: Final = "#3f8fd8"
_HEIGHT: Final = 150


def show_distribution(
    decision: Decision, distribution: Mapping[str, Any] | None
) -> None:
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
    # Bayes' rule moves every logit by the same, so the bars move with the number.
    shift = logit(decision.prevalence) - logit(decision.reference_prevalence)
    distribution = {**distribution, "edges": [e + shift for e in distribution["edges"]]}
    shares = {
        name: share_at_least(
            decision.probability, distribution["edges"], distribution[name]
        )
        for name in ("normal", "pneumonia")
    }
    words = texts.DISTRIBUTION_NOTE.format(
        **{name: round(100 * share) for name, share in shares.items()}
    )
    st.markdown(texts.DISTRIBUTION)
    plot = chart(decision.probability, decision.threshold, distribution, ink=_ink())
    st.vega_lite_chart(plot, width="stretch", alt=words)
    st.caption(words)


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
    score: float, threshold: float, distribution: Mapping[str, Any], *, ink: str
) -> dict[str, Any]:
    """Describe the plot in Vega-Lite: pneumonia upwards, normal downwards.

    Parameters
    ----------
    score, threshold : float
        In [0, 1].
    distribution : mapping
        As `show_distribution` takes it from the card.
    ink : str
        Colour of the words.

    Returns
    -------
    dict
        With its data inside.
    """
    edges = distribution["edges"]
    bars = _bins(distribution)
    highest = max(abs(bar["height"]) for bar in bars)
    at, limit = _place(score, edges), _place(threshold, edges)
    # Opposite the name of the group on whose side the number lies.
    free = -1.25 if at > (edges[0] + edges[-1]) / 2 else 1.25
    groups = texts.DISTRIBUTION_GROUPS
    words = [
        (texts.DISTRIBUTION_HERE, at, free),
        (texts.DISTRIBUTION_THRESHOLD, limit, -free),
        (groups["pneumonia"], edges[-1], 1.25),
        (groups["normal"], edges[0], -1.25),
    ]
    return {
        "height": _HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 0,
        "layer": [
            _bar_layer(bars, edges, highest),
            _line_layer(limit, edges, highest, color=_NORMAL, strokeDash=[4, 3]),
            _line_layer(at, edges, highest, color=_HERE, size=2.5),
            *(_word_layer(text, x, y * highest, edges, ink) for text, x, y in words),
        ],
    }


def _bins(distribution: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give each bin's bar; those of a group have heights that sum to 1 or -1."""
    edges = distribution["edges"]
    bins = []
    for name, color, sign in (("pneumonia", _PNEUMONIA, 1), ("normal", _NORMAL, -1)):
        counts = np.asarray(distribution[name])
        heights = (sign * counts / counts.sum()).tolist()
        bins += [
            {"low": low, "high": high, "height": height, "color": color}
            for low, high, height in zip(edges[:-1], edges[1:], heights, strict=True)
        ]
    return bins


def _across(edges: Sequence[float]) -> dict[str, Any]:
    return {"type": "quantitative", "scale": {"domain": [edges[0], edges[-1]]}}


def _bar_layer(
    bars: list[dict[str, Any]], edges: Sequence[float], highest: float
) -> dict[str, Any]:
    return {
        "data": {"values": bars},
        "mark": {"type": "bar", "tooltip": False},
        "encoding": {
            "x": {"field": "low", **_across(edges), "axis": None},
            "x2": {"field": "high"},
            "y": {
                "field": "height",
                "type": "quantitative",
                "scale": {"domain": [-1.35 * highest, 1.35 * highest]},
                "axis": None,
            },
            "y2": {"datum": 0},
            "color": {"field": "color", "type": "nominal", "scale": None},
        },
    }


def _line_layer(
    at: float, edges: Sequence[float], highest: float, **mark: Any
) -> dict[str, Any]:
    return {
        "data": {"values": [{"at": at}]},
        "mark": {"type": "rule", **mark},
        "encoding": {
            "x": {"field": "at", **_across(edges)},
            # Short of the words above and below.
            "y": {"datum": -1.1 * highest, "type": "quantitative"},
            "y2": {"datum": 1.1 * highest},
        },
    }


def _word_layer(
    text: str, at: float, height: float, edges: Sequence[float], ink: str
) -> dict[str, Any]:
    # The upper right and the lower left hold the names of the groups: from here on a
    # word stands before its line instead of behind it.
    turn = 0.4 if height > 0 else 0.75
    left = at < edges[0] + turn * (edges[-1] - edges[0])
    return {
        "data": {"values": [{"at": at, "height": height}]},
        "mark": {
            "type": "text",
            "text": text,
            "color": ink,
            "fontSize": 12,
            "baseline": "middle",
            "align": "left" if left else "right",
            "dx": 5 if left else -5,
        },
        "encoding": {
            "x": {"field": "at", **_across(edges)},
            "y": {"field": "height", "type": "quantitative"},
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
