"""``assess``: a row for every file, and a heatmap on request."""

import argparse
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from pneumonia.cli import model_loading
from pneumonia.cli.inputs import find_files
from pneumonia.cli.text_output import (
    UsageError,
    check_writable,
    describe_record,
    write_file,
    write_line,
)
from pneumonia.errors import RadiographError
from pneumonia.export.records import DISCLAIMER, record, to_csv, to_json
from pneumonia.model.decision import decide
from pneumonia.model.heatmap import draw_heatmap
from pneumonia.reading.display import displayed
from pneumonia.reading.isolation import read_isolated
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, sha256_of

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.classifier import Classifier


def assess(options: argparse.Namespace) -> bool:
    """Assess files and folders, and tell of each.

    Parameters
    ----------
    options : Namespace
        ``paths``, ``weights``, ``operating_point``, ``prevalence``, ``strict_age``,
        ``repair``, ``json``, ``csv`` and ``heatmaps``.

    Returns
    -------
    bool
        Whether every file was assessed.

    Raises
    ------
    UsageError
        Before the model is loaded, if there is nothing to read or nowhere to write.
    WeightsError
        If the model cannot be loaded.
    """
    files = _find(options.paths)
    for output in (options.json, options.csv):
        check_writable(output)
    if options.heatmaps:
        _make_folder(options.heatmaps)
    classifier = model_loading.load_classifier(options.weights)
    assessments = model_loading.map_with_progress(
        partial(
            _assess,
            classifier=classifier,
            strict_age=options.strict_age,
            repair=options.repair,
            heatmaps=options.heatmaps,
        ),
        [read for _, read in files],
    )
    records = [
        record(
            decide(
                assessment,
                classifier.card,
                operating_point=options.operating_point,
                prevalence=options.prevalence,
            ),
            file=name,
        )
        for (name, _), assessment in zip(files, assessments, strict=True)
    ]
    if options.json:
        write_file(options.json, to_json(records))
    if options.csv:
        write_file(options.csv, to_csv(records))
    for row in records:
        write_line(describe_record(row))
    write_line(DISCLAIMER)
    return all(assessment.status == "assessed" for assessment in assessments)


def _find(paths: list[str]) -> list[tuple[str, Callable[[], bytes]]]:
    try:
        files = list(find_files(paths))
    except FileNotFoundError as error:
        raise UsageError(str(error)) from error
    if not files:
        raise UsageError(
            f"No files were found in {', '.join(paths)}. Name the radiographs, or a "
            "folder that holds them."
        )
    return files


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be made: {error.strerror}."
        ) from error
    if not os.access(folder, os.W_OK):
        raise UsageError(f"The folder {folder} is read-only.")


def _assess(
    read: Callable[[], bytes],
    *,
    classifier: "Classifier",
    strict_age: bool,
    repair: bool,
    heatmaps: Path | None,
) -> "Assessment":
    """Read a file once, assess it, repaired where asked, and draw its heatmap."""
    data = b""  # of what an archive does not give
    try:
        data = read()
        radiograph = read_isolated(data)
    except RadiographError as error:
        return classifier.refuse(error, sha256_of(data))
    assessment = classifier.assess(radiograph, strict_age=strict_age)
    if repair and (wanted := assessment.repair):
        assessment = classifier.assess(radiograph, repair=wanted, strict_age=strict_age)
        radiograph = apply_repair(radiograph, wanted)
    if heatmaps and assessment.status == "assessed":
        _write_heatmap(classifier, assessment, radiograph, heatmaps)
    return assessment


def _write_heatmap(
    classifier: "Classifier",
    assessment: "Assessment",
    radiograph: Radiograph,
    folder: Path,
) -> None:
    grey = displayed(radiograph)
    strength = classifier.saliency(assessment, (grey.shape[0], grey.shape[1]))
    target = folder / f"{assessment.input_sha256[:16]}.png"
    # Copies of one file have one heatmap, and two threads may draw it at once.
    fresh = target.with_suffix(f".{threading.get_ident()}.new")
    Image.fromarray(draw_heatmap(grey, strength)).save(fresh, format="PNG")
    fresh.replace(target)
