"""Where a score lies among the validation radiographs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import streamlit as st
from scipy.special import logit

from pneumonia.ui import texts

# Seen on near black as on near white; words take the theme's colour.
_NORMAL: Final = "#7f8b97"
_PNEUMONIA: Final = "#c07f1e"
_HERE: Final = "#3f8fd8"
_HEIGHT: Final = 150


def show_distribution(score: float, threshold: float, card: Mapping[str, Any]) -> None:
    """Draw a score between normals and pneumonias; nothing if the card has none.

    Parameters
    ----------
    score, threshold : float
        In [0, 1], at the prevalence of the card.
    card : mapping
        ``score_distribution`` holds ``edges``, K + 1 logits of scores, and the counts
        ``normal`` and ``pneumonia``, K each; the first and last bin hold all that lies
        beyond.
    """
    distribution = card.get("score_distribution")
    if not distribution:
        return
    shares = {
        name: share_at_least(score, distribution["edges"], distribution[name])
        for name in ("normal", "pneumonia")
    }
    words = texts.DISTRIBUTION_NOTE.format(
        **{name: round(100 * share) for name, share in shares.items()}
    )
    st.markdown(texts.DISTRIBUTION)
    st.vega_lite_chart(
        chart(score, threshold, distribution, ink=_ink()), width="stretch", alt=words
    )
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
    """Describe the plot in Vega-Lite: pneumonias upwards, normals downwards.

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
    across = {"type": "quantitative", "scale": {"domain": [edges[0], edges[-1]]}}
    bins = []
    for name, color, sign in (("pneumonia", _PNEUMONIA, 1), ("normal", _NORMAL, -1)):
        counts = np.asarray(distribution[name])
        heights = sign * counts / counts.sum()
        bins += [
            {"low": low, "high": high, "height": height, "color": color}
            for low, high, height in zip(
                edges[:-1], edges[1:], heights.tolist(), strict=True
            )
        ]
    highest = max(abs(bar["height"]) for bar in bins)

    def line(value: float, mark: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "data": {"values": [{"at": _place(value, edges)}]},
            "mark": {"type": "rule", **mark},
            "encoding": {
                "x": {"field": "at", **across},
                # Short of the words above and below.
                "y": {"datum": -1.1 * highest, "type": "quantitative"},
                "y2": {"datum": 1.1 * highest},
            },
        }

    def word(text: str, at: float, height: float) -> dict[str, Any]:
        # The upper right and the lower left hold the names of the groups: from here on
        # a word stands before its line instead of behind it.
        turn = 0.4 if height > 0 else 0.75
        left = at < edges[0] + turn * (edges[-1] - edges[0])
        return {
            "data": {"values": [{"at": at, "height": height}]},
            "mark": {
                **{"type": "text", "text": text, "color": ink, "fontSize": 12},
                **{"baseline": "middle", "align": "left" if left else "right"},
                "dx": 5 if left else -5,
            },
            "encoding": {
                "x": {"field": "at", **across},
                "y": {"field": "height", "type": "quantitative"},
            },
        }

    bars = {
        "data": {"values": bins},
        "mark": {"type": "bar", "tooltip": False},
        "encoding": {
            "x": {"field": "low", **across, "axis": None},
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
    groups = texts.DISTRIBUTION_GROUPS
    free = -1.25 if _place(score, edges) > (edges[0] + edges[-1]) / 2 else 1.25
    return {
        "height": _HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
        "padding": 0,
        "layer": [
            bars,
            line(threshold, {"color": _NORMAL, "strokeDash": [4, 3]}),
            line(score, {"color": _HERE, "size": 2.5}),
            word(texts.DISTRIBUTION_HERE, _place(score, edges), free * highest),
            word(
                texts.DISTRIBUTION_THRESHOLD, _place(threshold, edges), -free * highest
            ),
            word(groups["pneumonia"], edges[-1], 1.25 * highest),
            word(groups["normal"], edges[0], -1.25 * highest),
        ],
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
