"""Charts of the places Model, Reader study, Batch and Help, from plain rows.

Each looks the same on a dark and on a light page: Streamlit gives words and grid the
theme's colours, and the marks are seen on both. Nothing is told by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import altair as alt

from pneumonia.ui.chart_layers import ONE_PICTURE, layered

Row = Mapping[str, Any]

BLUE: Final = "#3f8fd8"
AMBER: Final = "#c07f1e"
GREY: Final = "#7f8b97"
_COLORS: Final = [BLUE, AMBER, GREY, "#a079d6"]
_SHAPES: Final = ["circle", "diamond", "triangle-up", "square"]
_HEIGHT: Final = 400
# In CSS pixels: a row with a name, and axis and legend around the rows.
_ROW: Final = 19
_AROUND: Final = 130


def roc_chart(
    curves: Sequence[Row],
    points: Sequence[Row],
    *,
    x: str,
    y: str,
    corner: bool = False,
) -> alt.LayerChart:
    """Draw curves and operating points with their intervals.

    Parameters
    ----------
    curves : sequence of mapping
        Corners: ``series``, ``false_alarms`` and ``sensitivity``.
    points : sequence of mapping
        ``series``, and ``false_alarms`` and ``sensitivity``, each also with ``_low``
        and ``_high``.
    x, y : str
        Titles of the axes.
    corner : bool
        Show the upper left part only, where good readers lie.

    Returns
    -------
    altair.LayerChart
    """
    across = alt.Scale(domain=[0, 0.3] if corner else [0, 1])
    up = alt.Scale(domain=[0.7, 1] if corner else [0, 1])
    along = alt.X("false_alarms:Q", title=x, scale=across)
    height = alt.Y("sensitivity:Q", title=y, scale=up)
    layers = [_diagonal(x, across, up)]
    series = list(dict.fromkeys(row["series"] for row in (*curves, *points)))
    color = _by("series", series)
    if curves:
        layers.append(
            alt.Chart(_data([{**row, "order": i} for i, row in enumerate(curves)]))
            .mark_line(clip=True, strokeWidth=2)
            .encode(
                x=along,
                y=height,
                order="order:Q",
                color=color,
                tooltip=[
                    alt.Tooltip("series:N", title=" "),
                    alt.Tooltip("false_alarms:Q", title=x, format=".3f"),
                    alt.Tooltip("sensitivity:Q", title=y, format=".3f"),
                ],
            )
        )
    if points:
        marked = {row["series"] for row in points}
        shapes = iter(_SHAPES)
        shape = alt.Shape(
            "series:N",
            scale=alt.Scale(
                domain=series,
                range=[next(shapes) if it in marked else "stroke" for it in series],
            ),
            legend=_legend(),
        )
        layers += _crosses(points, along, height, color, shape)
    return layered(layers, _HEIGHT)


def calibration_chart(rows: Sequence[Row], *, x: str, y: str) -> alt.LayerChart:
    """Draw the observed share against the mean score, bin by bin, with intervals.

    Parameters
    ----------
    rows : sequence of mapping
        As of `pneumonia.card.chart_data.reliability_rows`.
    x, y : str
        Titles of the axes.

    Returns
    -------
    altair.LayerChart
    """
    scale = alt.Scale(domain=[0, 1])
    base = alt.Chart(_data(rows)).encode(x=alt.X("mean_score:Q", title=x, scale=scale))
    ends = base.mark_rule(color=BLUE, strokeWidth=1.5).encode(
        y=alt.Y("observed_low:Q", title=y, scale=scale), y2="observed_high:Q"
    )
    middle = base.mark_point(filled=True, color=BLUE, size=60, opacity=1).encode(
        y=alt.Y("observed:Q", title=y, scale=scale),
        tooltip=[
            alt.Tooltip("mean_score:Q", title=x, format=".3f"),
            alt.Tooltip("observed:Q", title=y, format=".3f"),
            alt.Tooltip("radiographs:Q"),
        ],
    )
    return layered([_diagonal(x, scale, scale), ends, middle], _HEIGHT)


def named_dots(
    rows: Sequence[Row],
    *,
    name: str,
    value: str,
    series: str,
    title: str,
    order: Sequence[str],
    ends: bool = False,
    domain: Sequence[float] | None = None,
) -> alt.LayerChart:
    """Draw a value a row of names, one dot for each of several series.

    Parameters
    ----------
    rows : sequence of mapping
    name, value, series : str
        Their keys; with `ends` also ``value_low`` and ``value_high``.
    title : str
        Of the axis of values.
    order : sequence of str
        Of the names, from the top.
    ends : bool
        Draw intervals.
    domain : sequence of float, optional
        Ends of the axis of values.

    Returns
    -------
    altair.LayerChart
    """
    kinds = list(dict.fromkeys(row[series] for row in rows))
    scale = alt.Scale(domain=list(domain)) if domain else alt.Scale(zero=False)
    place = alt.Y(
        f"{name}:N",
        sort=list(order),
        title=None,
        axis=alt.Axis(
            labelLimit=170, labelOverlap=False, grid=True, ticks=False, domain=False
        ),
    )
    base = alt.Chart(_data(rows)).encode(y=place)
    apart: Any = {"yOffset": alt.YOffset(f"{series}:N", sort=kinds)} if ends else {}
    dots = base.mark_point(filled=True, size=70, opacity=1).encode(
        x=alt.X(f"{value}:Q", title=title, scale=scale),
        color=_by(series, kinds),
        shape=alt.Shape(
            f"{series}:N",
            scale=alt.Scale(domain=kinds, range=_SHAPES[: len(kinds)]),
            legend=_legend(),
        ),
        tooltip=[
            alt.Tooltip(f"{name}:N", title=" "),
            alt.Tooltip(f"{series}:N", title=" "),
            alt.Tooltip(f"{value}:Q", title=title, format=".3f"),
        ],
        **apart,
    )
    layers = [dots]
    if ends:
        bars = base.mark_rule(strokeWidth=1.5).encode(
            x=alt.X(f"{value}_low:Q", title=title, scale=scale),
            x2=f"{value}_high:Q",
            color=_by(series, kinds),
            **apart,
        )
        layers.insert(0, bars)
    height = len(order) * (_ROW * (2 if ends else 1)) + _AROUND
    return layered(layers, height)


def histogram_chart(
    rows: Sequence[Row], *, x: str, y: str, threshold: float, named: str
) -> alt.LayerChart:
    """Draw how many numbers fall in each bin, on either side of a threshold.

    Parameters
    ----------
    rows : sequence of mapping
        ``low``, ``high``, ``count`` and ``series``.
    x, y : str
        Titles of the axes.
    threshold : float
        In [0, 1].
    named : str
        What the threshold is called in the legend.

    Returns
    -------
    altair.LayerChart
    """
    series = list(dict.fromkeys(row["series"] for row in rows))
    bars = (
        alt.Chart(_data(rows))
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("low:Q", title=x, bin="binned", scale=alt.Scale(domain=[0, 1])),
            x2="high:Q",
            y=alt.Y("count:Q", title=y, axis=alt.Axis(tickMinStep=1, format="d")),
            color=_by("series", series, [GREY, AMBER]),
            tooltip=[
                alt.Tooltip("series:N", title=" "),
                alt.Tooltip("low:Q", format=".2f"),
                alt.Tooltip("high:Q", format=".2f"),
                alt.Tooltip("count:Q", title=y),
            ],
        )
    )
    line = (
        alt.Chart(_data([{"at": threshold, "named": named}]))
        .mark_rule(strokeDash=[4, 3], strokeWidth=2, color=BLUE)
        .encode(x="at:Q", tooltip=alt.Tooltip("named:N", title=" "))
    )
    return layered([bars, line], 300)


def patients_chart(groups: Mapping[str, int]) -> alt.Chart:
    """Draw 100 patients as ten rows of ten, by group.

    Parameters
    ----------
    groups : mapping of str to int
        Up to four names and how many patients each has, in the order of drawing.

    Returns
    -------
    altair.Chart
    """
    names = [name for name, count in groups.items() for _ in range(count)]
    rows = [
        {"group": name, "column": number % 10, "row": number // 10}
        for number, name in enumerate(names)
    ]
    kinds = list(groups)
    # Shape tells pneumonia from normal, colour tells the flag.
    chart: alt.Chart = (
        alt.Chart(_data(rows), height=300, config=ONE_PICTURE)
        .mark_point(filled=True, size=170, opacity=1)
        .encode(
            x=alt.X("column:O", axis=None),
            y=alt.Y("row:O", axis=None),
            color=_by("group", kinds, [AMBER, BLUE, AMBER, GREY]),
            shape=alt.Shape(
                "group:N",
                scale=alt.Scale(
                    domain=kinds, range=["diamond", "diamond", "circle", "circle"]
                ),
                legend=_legend(),
            ),
            tooltip=alt.Tooltip("group:N", title=" "),
        )
    )
    return chart


def _diagonal(x: str, across: alt.Scale, up: alt.Scale) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(_data([{"at": 0.0}, {"at": 1.0}]))
        .mark_line(clip=True, color=GREY, strokeDash=[2, 4], strokeWidth=1)
        .encode(x=alt.X("at:Q", title=x, scale=across), y=alt.Y("at:Q", scale=up))
    )
    return chart


def _crosses(
    points: Sequence[Row],
    along: alt.X,
    height: alt.Y,
    color: alt.Color,
    shape: alt.Shape,
) -> list[alt.Chart]:
    """Draw points with an interval in either direction."""
    base = alt.Chart(_data(points)).encode(color=color)
    return [
        base.mark_rule(clip=True, strokeWidth=1).encode(
            x=along, y=_renamed(height, "sensitivity_low"), y2="sensitivity_high:Q"
        ),
        base.mark_rule(clip=True, strokeWidth=1).encode(
            x=_renamed(along, "false_alarms_low"), x2="false_alarms_high:Q", y=height
        ),
        base.mark_point(clip=True, filled=True, size=90, opacity=1).encode(
            x=along,
            y=height,
            shape=shape,
            tooltip=[
                alt.Tooltip("series:N", title=" "),
                alt.Tooltip("false_alarms:Q", format=".3f"),
                alt.Tooltip("sensitivity:Q", format=".3f"),
            ],
        ),
    ]


def _renamed(channel: Any, field: str) -> Any:
    """Give the same axis for another field."""
    other = channel.copy()
    other.shorthand = f"{field}:Q"
    return other


def _data(rows: Sequence[Row]) -> alt.InlineData:
    return alt.InlineData(values=[dict(row) for row in rows])


def _legend() -> alt.Legend:
    # Above the plot and in one column: beside it a phone has no room.
    return alt.Legend(
        orient="top",
        direction="vertical",
        title=None,
        labelLimit=300,
        symbolSize=80,
        rowPadding=4,
    )


def _by(
    series: str, kinds: Sequence[str], colors: Sequence[str] = _COLORS
) -> alt.Color:
    return alt.Color(
        f"{series}:N",
        scale=alt.Scale(domain=list(kinds), range=list(colors[: len(kinds)])),
        legend=_legend() if len(kinds) > 1 else None,
    )
