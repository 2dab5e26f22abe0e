"""Where a network fails, and whether it is right for the wrong reason."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from pneumonia.statistics import metrics
from pneumonia.statistics.intervals import proportion_interval

Properties = Mapping[str, NDArray[np.float64]]

_TERTILES = ("low", "middle", "high")
_FOLDS = 5


def audit_shortcuts(
    picture: Properties,
    file: Properties,
    labels: NDArray[np.int64],
    patients: NDArray[np.str_],
) -> dict[str, Any]:
    """Measure how well properties of picture and file alone predict the class.

    Parameters
    ----------
    picture, file : mapping of str to ndarray of shape (N,)
        As of `pneumonia.evaluation.shortcuts`; nan where unknown. Of the file there may
        be none.
    labels : ndarray of shape (N,)
    patients : ndarray of shape (N,)

    Returns
    -------
    dict
        ``alone``: for each property ``n``, ``auroc``, ``auroc_ci`` and
        ``higher_in``, the class with the higher values; ``jointly``: for ``picture``
        and, where there are any of the file, ``picture and file``: ``n``, ``auroc``
        and ``auroc_ci`` of a logistic regression on all of them, each patient scored
        by a fit to others.
    """
    alone = {}
    for name, values in {**picture, **file}.items():
        known = ~np.isnan(values)
        if len(set(labels[known].tolist())) == 2:
            score = values[known]
            higher = metrics.auroc(labels[known], score) >= 0.5
            score = score if higher else -score
            alone[name] = {
                **_separation(labels[known], score, patients[known]),
                "higher_in": "pneumonia" if higher else "normal",
            }
    together = {"picture": picture}
    if set(file) & set(alone):
        together["picture and file"] = {**picture, **file}
    jointly = {}
    for name, properties in together.items():
        table = np.column_stack(list(properties.values()))
        known = ~np.isnan(table).any(axis=1)
        predicted = _predict_across(table[known], labels[known], patients[known])
        jointly[name] = _separation(labels[known], predicted, patients[known])
    return {"alone": alone, "jointly": jointly}


def by_part(
    labels: NDArray[np.int64],
    scores: Mapping[str, NDArray[np.float64]],
    patients: NDArray[np.str_],
    *,
    threshold: float,
) -> dict[str, Any]:
    """Measure what a network tells apart when parts are covered or exchanged.

    Parameters
    ----------
    labels : ndarray of shape (N,)
    scores : mapping of str to ndarray of shape (N,)
        In [0, 1], by what was done to the radiographs.
    patients : ndarray of shape (N,)
    threshold : float

    Returns
    -------
    dict of str to dict
        By the same names ``n``, ``auroc``, ``sensitivity`` and ``specificity``, with
        their intervals. An AUROC of 0.5 says that nothing is left to go by.
    """
    kept = ("auroc", "sensitivity", "specificity")
    found = {
        name: metrics.evaluate(labels, score, threshold=threshold, groups=patients)
        for name, score in scores.items()
    }
    return {
        name: {"n": row["n"]}
        | {f"{key}{end}": row[f"{key}{end}"] for key in kept for end in ("", "_ci")}
        for name, row in found.items()
    }


def by_kind(
    kinds: NDArray[np.int64],
    scores: NDArray[np.float64],
    patients: NDArray[np.str_],
    *,
    threshold: float,
) -> dict[str, Any]:
    """Measure normal, bacterial and viral radiographs apart.

    Parameters
    ----------
    kinds : ndarray of int, shape (N,)
        As of `pneumonia.data.labelled_files.kinds_of`.
    scores : ndarray of shape (N,)
        In [0, 1].
    patients : ndarray of shape (N,)
    threshold : float

    Returns
    -------
    dict
        ``normal``: ``n``, ``specificity`` and ``specificity_ci``; ``bacterial`` and
        ``viral``, where there are any: ``n``, ``sensitivity`` and, against all
        normals, ``auroc``, with their intervals.
    """
    normal: NDArray[np.bool_] = kinds == 0
    spared = scores[normal] < threshold
    found: dict[str, Any] = {
        "normal": {
            "n": int(normal.sum()),
            "specificity": float(spared.mean()),
            "specificity_ci": proportion_interval(spared, patients[normal]),
        }
    }
    for number, name in ((1, "bacterial"), (2, "viral")):
        kind: NDArray[np.bool_] = kinds == number
        if kind.any():
            flagged = scores[kind] >= threshold
            both = normal | kind
            found[name] = {
                **_separation(kind[both], scores[both], patients[both]),
                "n": int(kind.sum()),
                "sensitivity": float(flagged.mean()),
                "sensitivity_ci": proportion_interval(flagged, patients[kind]),
            }
    return found


def by_property(
    properties: Properties,
    labels: NDArray[np.int64],
    scores: NDArray[np.float64],
    patients: NDArray[np.str_],
    *,
    threshold: float,
) -> dict[str, list[dict[str, Any]]]:
    """Measure the thirds with low, middle and high values of each property.

    Parameters
    ----------
    properties : mapping of str to ndarray of shape (N,)
        nan where unknown; such radiographs are in no third.
    labels, scores, patients : ndarray of shape (N,)
    threshold : float

    Returns
    -------
    dict of str to list of dict
        For each third ``third``, ``from``, ``to`` and the figures of
        `pneumonia.statistics.metrics.evaluate`. A property that is hardly ever known is
        left out.
    """
    found = {}
    for name, values in properties.items():
        known = np.flatnonzero(~np.isnan(values))
        if len(known) < len(_TERTILES):
            continue
        order = known[np.argsort(values[known], kind="stable")]
        found[name] = [
            {
                "third": third,
                "from": float(values[rows[0]]),
                "to": float(values[rows[-1]]),
                **metrics.evaluate(
                    labels[rows],
                    scores[rows],
                    threshold=threshold,
                    groups=patients[rows],
                ),
            }
            for third, rows in zip(
                _TERTILES, np.array_split(order, len(_TERTILES)), strict=True
            )
        ]
    return found


def _separation(
    labels: NDArray[Any], score: NDArray[np.float64], patients: NDArray[np.str_]
) -> dict[str, Any]:
    return {
        "n": len(labels),
        "auroc": metrics.auroc(labels, score),
        "auroc_ci": metrics.auroc_interval(labels, score, patients),
    }


def _predict_across(
    table: NDArray[np.float64], labels: NDArray[np.int64], patients: NDArray[np.str_]
) -> NDArray[np.float64]:
    """Score each patient by a fit to the others."""
    smaller = min(len(set(patients[labels == label])) for label in (0, 1))
    folds = StratifiedGroupKFold(min(_FOLDS, smaller), shuffle=True, random_state=0)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    logits = cross_val_predict(
        model, table, labels, groups=patients, cv=folds, method="decision_function"
    )
    return np.asarray(logits, np.float64)
