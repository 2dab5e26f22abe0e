"""``evaluate`` and ``recalibrate``, the commands for a labelled folder."""

import argparse
import json
import sys
from collections import Counter
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pneumonia.cli import model_loading
from pneumonia.cli.outputs import check_output, write_file
from pneumonia.cli.text_output import (
    describe_evaluation,
    describe_recalibration,
    write_line,
)
from pneumonia.data.folders import find_split
from pneumonia.errors import DatasetError, RadiographError
from pneumonia.export.records import DISCLAIMER
from pneumonia.model.weights import load_card
from pneumonia.reading.radiograph import read_radiograph, sha256_of
from pneumonia.reading.regular_files import read_regular_file

if TYPE_CHECKING:
    from pneumonia.data.labelled_files import LabelledFile
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.classifier import Classifier


def evaluate(options: argparse.Namespace) -> None:
    """Measure weights on one split of a labelled folder.

    Parameters
    ----------
    options : Namespace
        ``data``, ``split``, ``weights``, ``operating_point``, ``json`` and ``force``.

    Raises
    ------
    UsageError, DatasetError, WeightsError
        If the report cannot be written, the split lacks a class or nothing in it is
        assessed, or the model cannot be loaded.
    """
    from pneumonia.statistics import metrics

    folder = find_split(options.data, options.split)
    if options.json:
        check_output(options.json, folder.rglob("*"), force=options.force)
    scored = _score_folder(folder, options.weights)
    card = scored.classifier.card

    def measure(files: "list[tuple[LabelledFile, float]]") -> "metrics.Metrics":
        return metrics.evaluate(
            [file.label for file, _ in files],
            [score for _, score in files],
            threshold=card["operating_points"][options.operating_point]["threshold"],
            groups=[file.patient for file, _ in files],
        )

    report = {
        **measure(scored.assessed),
        "operating_point": options.operating_point,
        "weights": card["name"],
        "weights_sha256": card["sha256"],
        "refused": scored.refused,
        "unreadable": scored.unreadable,
        "all_readable": measure([*scored.assessed, *scored.ungated]),
        "disclaimer": DISCLAIMER,
    }
    if options.json:
        write_file(options.json, [json.dumps(report, indent=2), "\n"])
    write_line(describe_evaluation(report))


def recalibrate(options: argparse.Namespace) -> None:
    """Calibrate weights to a site's labelled folder and write the site's card.

    Parameters
    ----------
    options : Namespace
        ``data``, ``weights`` and ``name``.

    Raises
    ------
    DatasetError, WeightsError
        If the folder lacks a class or is too small, the name is taken or is none, or
        the model cannot be loaded.
    """
    from pneumonia.evaluation.recalibration import recalibrate
    from pneumonia.model.publication import check_site_name, save_site_card

    _, weights = load_card(options.weights)
    check_site_name(weights, options.name)
    scored = _score_folder(options.data, options.weights)
    card = recalibrate(
        scored.classifier.card,
        weights,
        [file for file, _ in scored.assessed],
        [score for _, score in scored.assessed],
        name=options.name,
    )
    card["recalibration"] |= {
        "refused": scored.refused,
        "unreadable": scored.unreadable,
    }
    path = save_site_card(weights, card)
    write_line(describe_recalibration(card))
    write_line(f"Written to {path}. Use it with --weights.\n{DISCLAIMER}")


@dataclass(frozen=True)
class _Scored:
    """The radiographs of a labelled folder.

    Attributes
    ----------
    classifier : Classifier
    assessed : list of (LabelledFile, float)
        With their scores at the reference prevalence.
    ungated : list of (LabelledFile, float)
        Refused by the gate, with the scores that they would have had.
    refused : dict of str to int
        How many were refused, by reason.
    unreadable : int
    """

    classifier: "Classifier"
    assessed: "list[tuple[LabelledFile, float]]"
    ungated: "list[tuple[LabelledFile, float]]"
    refused: dict[str, int]
    unreadable: int


def _score_folder(folder: Path, weights: str) -> _Scored:
    from pneumonia.data import labelled_files

    files = labelled_files.index_radiographs(folder)
    ignored = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and path.name.upper() not in labelled_files.CLASSES
    )
    if ignored:
        sys.stderr.write(f"Ignored in {folder}: {', '.join(ignored)}\n")
    classifier = model_loading.load_classifier(weights, files=len(files))
    results = list(
        model_loading.each_with_progress(
            partial(_score, classifier=classifier), [file.path for file in files]
        )
    )
    assessed: list[tuple[LabelledFile, float]] = []
    ungated: list[tuple[LabelledFile, float]] = []
    for file, (assessment, score) in zip(files, results, strict=True):
        if score is not None:
            kept = assessed if assessment.status == "assessed" else ungated
            kept.append((file, score))
    if not assessed:
        raise DatasetError(
            f"None of the {len(files)} files in {folder} could be assessed."
        )
    assessments = [assessment for assessment, _ in results]
    return _Scored(
        classifier,
        assessed,
        ungated,
        dict(Counter(it.reason for it in assessments if it.reason)),
        sum(it.status == "unreadable" for it in assessments),
    )


def _score(
    path: Path, *, classifier: "Classifier"
) -> "tuple[Assessment, float | None]":
    """Assess a file; the score is also given where only the gate refuses it."""
    data = b""  # of what is not read
    try:
        data = read_regular_file(path)
        radiograph = read_radiograph(data)
    except RadiographError as error:
        return classifier.refuse(error, sha256_of(data)), None
    assessment = classifier.assess(radiograph)
    if assessment.score is None:
        return assessment, classifier.score_ungated(radiograph)
    return assessment, assessment.score
