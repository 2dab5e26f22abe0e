"""Labelled radiographs of other hospitals: measured, never trained or fitted on.

Sources and classes go together in such collections, so sensitivity and specificity are
given by source, and an AUROC within a source where it has both classes.
"""

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pneumonia.card.sections import (
    OtherHospitals,
    SourceGroup,
    SourceSelective,
    SourceSeparation,
)
from pneumonia.errors import DatasetError
from pneumonia.evaluation.external_sets import read_square
from pneumonia.evaluation.network_rule import DecisionRule
from pneumonia.model.network import Network
from pneumonia.statistics import metrics
from pneumonia.statistics.intervals import proportion_interval
from pneumonia.statistics.selective import measure_selective

FOLDER = "other_hospitals"
_COLUMNS = ("path", "source", "label", "label_origin")
# Labels that say that the lungs are opaque, and the one that says that they are normal.
OPAQUE = ("pneumonia", "covid", "opacity")
NORMAL = "normal"
ALL_SOURCES = "all"
# Its normals are many and read by radiologists: they also stand beside other sources.
_COMPARED_WITH = "rsna"


def measure_other_hospitals(
    network: Network, folder: Path, rule: DecisionRule
) -> OtherHospitals:
    """Measure the radiographs that ``other_hospitals/index.csv`` lists.

    Parameters
    ----------
    network : Network
    folder : Path
        Holds ``other_hospitals`` with ``index.csv``: the columns ``path``, ``source``,
        ``label`` and ``label_origin``, and ``patient`` where it is known.
    rule : DecisionRule

    Returns
    -------
    OtherHospitals
        Without radiographs in colour, and with the share flagged at the balanced
        threshold.

    Raises
    ------
    DatasetError
        If the index or a radiograph cannot be read.
    """
    index = folder / FOLDER / "index.csv"
    rows = [row for row in read_index(index) if row.get("colour") != "1"]
    if not rows:
        raise DatasetError(
            "An index of other hospitals lists radiographs in grey. "
            f"Received: {index} without any."
        )
    pictures = np.stack(
        [
            read_square(
                index.parent / row["path"], network.picture_side, listed_in=index.name
            )
            for row in tqdm(rows, "Reading other hospitals", unit="file", disable=None)
        ]
    )
    scores = rule.scores(network.logits(pictures))
    source, label = (
        np.array([row[key] for row in rows]) for key in ("source", "label")
    )
    # Where no patient is known, each radiograph counts as one.
    patient = np.array([row.get("patient") or row["path"] for row in rows])
    groups: list[SourceGroup] = []
    for pair in sorted({(row["source"], row["label"]) for row in rows}):
        chosen = (source == pair[0]) & (label == pair[1])
        flagged = scores[chosen] >= rule.threshold
        origins = {
            row["label_origin"] for row in rows if (row["source"], row["label"]) == pair
        }
        groups.append(
            {
                "source": pair[0],
                "label": pair[1],
                "labelled_by": "; ".join(sorted(origins)),
                "n": int(chosen.sum()),
                "flagged": float(flagged.mean()),
                "flagged_ci": list(proportion_interval(flagged, patient[chosen])),
            }
        )
    separations = []
    for name in sorted(set(source)):
        for kind in OPAQUE:
            ill = (source == name) & (label == kind)
            for other in sorted({name, _COMPARED_WITH}):
                well = (source == other) & (label == NORMAL)
                if ill.any() and well.any():
                    separations.append(
                        _separate(f"{name} {kind}", other, ill, well, scores, patient)
                    )
    found: OtherHospitals = {"groups": groups, "separations": separations}
    if selective := _set_aside(rule, source, label, scores, patient):
        found["selective"] = selective
    return found


def _set_aside(
    rule: DecisionRule,
    source: NDArray[np.str_],
    label: NDArray[np.str_],
    scores: NDArray[np.float64],
    patient: NDArray[np.str_],
) -> list[SourceSelective]:
    """Measure the unsure zone in each source, and in all of them together."""
    zone = rule.operating_points["balanced"].get("unsure")
    ill = np.isin(label, OPAQUE)
    known = ill | (label == NORMAL)
    if zone is None or not known.any():
        return []
    chosen = {name: known & (source == name) for name in sorted(set(source[known]))}
    return [
        {
            "source": name,
            **measure_selective(
                ill[rows],
                scores[rows],
                patient[rows],
                threshold=rule.threshold,
                zone=zone,
            ),
        }
        for name, rows in {**chosen, ALL_SOURCES: known}.items()
    ]


def _separate(
    ill_name: str,
    well_name: str,
    ill: NDArray[np.bool_],
    well: NDArray[np.bool_],
    scores: NDArray[np.float64],
    patient: NDArray[np.str_],
) -> SourceSeparation:
    both = ill | well
    labels = ill[both].astype(int)
    return {
        "opaque": ill_name,
        "normal": f"{well_name} {NORMAL}",
        "n": int(both.sum()),
        "auroc": metrics.auroc(labels, scores[both]),
        "auroc_ci": list(metrics.auroc_interval(labels, scores[both], patient[both])),
    }


def read_index(path: Path) -> list[dict[str, str]]:
    """Read the lines of an index of other hospitals.

    Parameters
    ----------
    path : Path
        CSV with the columns of `_COLUMNS`.

    Returns
    -------
    list of dict of str to str

    Raises
    ------
    DatasetError
        If it cannot be read, or a line lacks a column.
    """
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            rows = list(csv.DictReader(stream))
        for row in rows:
            if not all(row[key] for key in _COLUMNS):
                raise ValueError(row["path"])
    except (OSError, KeyError, ValueError, csv.Error) as error:
        raise DatasetError(
            f"An index of other hospitals is a CSV file with {', '.join(_COLUMNS)} in "
            f"every line. Received: {path}, which cannot be read as one."
        ) from error
    return rows
