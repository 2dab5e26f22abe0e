"""Averages of what was measured of each map, with intervals over patients."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from pneumonia.card.sections import ExplanationFigure
from pneumonia.evaluation.explanation_measures import GAUSSIAN, RANDOM
from pneumonia.statistics.intervals import (
    Interval,
    draw_patients,
    percentiles,
    proportion_interval,
)

# Of each method and measure, the values by number of the radiograph.
Values = defaultdict[str, defaultdict[str, dict[int, float]]]


def summarise(
    values: Values, patients: Sequence[str]
) -> dict[str, dict[str, ExplanationFigure]]:
    """Average over radiographs, and compare with the maps that know nothing.

    Parameters
    ----------
    values : mapping
        Of each method and measure, the values by number of the radiograph; those that
        are no number do not count.
    patients : sequence of str
        Of each radiograph.

    Returns
    -------
    dict
        Of each method and measure the mean with its 95 % interval; where it is known
        of a random map and a centred Gaussian too, also the mean differences from
        them on the same radiographs.
    """
    known: dict[str, dict[str, dict[int, float]]] = {
        name: {
            measure: {row: v for row, v in sorted(by_row.items()) if not np.isnan(v)}
            for measure, by_row in measures.items()
        }
        for name, measures in values.items()
    }
    return {
        name: {
            measure: _figure(known, name, measure, patients)
            for measure, by_row in measures.items()
            if by_row
        }
        for name, measures in known.items()
    }


def _figure(
    known: Mapping[str, Mapping[str, Mapping[int, float]]],
    name: str,
    measure: str,
    patients: Sequence[str],
) -> ExplanationFigure:
    def less(baseline: str) -> dict[int, float]:
        theirs = known.get(baseline, {}).get(measure, {})
        return {row: own[row] - theirs[row] for row in own if row in theirs}

    own = known[name][measure]
    share = measure.startswith("pointing")
    mean, interval = _average(own, patients, share=share)
    figure: ExplanationFigure = {"n": len(own), "mean": mean, "mean_ci": interval}
    if name not in (RANDOM, GAUSSIAN):
        if over := less(RANDOM):
            figure["over_random"], figure["over_random_ci"] = _average(over, patients)
        if over := less(GAUSSIAN):
            mean, figure["over_gaussian_ci"] = _average(over, patients)
            figure["over_gaussian"] = mean
    return figure


def _average(
    by_row: Mapping[int, float], patients: Sequence[str], *, share: bool = False
) -> tuple[float, Interval]:
    values = np.array(list(by_row.values()))
    groups = [patients[row] for row in by_row]
    if share:  # of radiographs
        return float(values.mean()), [*proportion_interval(values, groups)]
    means = [float(values[rows].mean()) for rows in draw_patients(groups)]
    return float(values.mean()), list(percentiles(means))
