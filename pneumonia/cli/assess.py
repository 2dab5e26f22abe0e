"""``assess``: a row for every file, and a heatmap on request."""

import argparse
import os
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pneumonia.audit.opening import noting
from pneumonia.cli import model_loading
from pneumonia.cli.inputs import Input, find_inputs
from pneumonia.cli.outputs import (
    ResultFiles,
    Row,
    check_output,
    is_same_file,
    part_of,
    read_rows,
)
from pneumonia.cli.text_output import (
    UsageError,
    describe_record,
    printable,
    write_line,
)
from pneumonia.errors import RadiographError
from pneumonia.export.records import DISCLAIMER, record, to_csv_name
from pneumonia.model.decision import Decision, decide
from pneumonia.model.heatmap import draw_heatmap
from pneumonia.model.occlusion import mask_region
from pneumonia.model.weights import load_card
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
        ``repair``, ``json``, ``csv``, ``heatmaps``, ``resume`` and ``force``.

    Returns
    -------
    bool
        Whether every file was assessed.

    Raises
    ------
    UsageError
        Before the model is loaded, if there is nothing to read or nowhere to write;
        after it, if a result cannot be written.
    WeightsError
        If the model cannot be loaded.
    AuditError
        If an audit record is asked for that cannot be.
    KeyboardInterrupt
        If a person or the system stops it; what is there is written.
    """
    inputs = _find(options.paths)
    outputs = [path for path in (options.json, options.csv) if path]
    _check_outputs(outputs, inputs, options)
    rows = _read_earlier_rows(options) if options.resume else []
    done = {row["file"] for row in rows}
    named = (lambda name: name) if options.json else to_csv_name
    left = [each for each in inputs if named(each.name) not in done]
    if options.heatmaps:
        _make_folder(options.heatmaps)
    complete = all(row["status"] == "assessed" for row in rows)
    classifier = (
        model_loading.load_classifier(options.weights, files=len(left))
        if left
        else None
    )
    count = len(rows)
    try:
        with noting() as note, ResultFiles(options.json, options.csv, rows) as results:
            for name, decision in _assess_each(left, classifier, options):
                row = record(decision, file=name)
                results.add(row)
                note(decision)
                complete &= row["status"] == "assessed"
                count += 1
                write_line(describe_record(row))
    except KeyboardInterrupt as error:
        raise KeyboardInterrupt(
            f"Stopped after {count} of {len(inputs)} files."
            + (" Go on with --resume." if outputs and count else "")
        ) from error
    write_line(DISCLAIMER)
    return complete


def _assess_each(
    inputs: list[Input], classifier: "Classifier | None", options: argparse.Namespace
) -> Iterator[tuple[str, Decision]]:
    """Yield each file's name and decision as they come."""
    if classifier is None:
        return
    assess_each = partial(
        assess_one,
        classifier=classifier,
        strict_age=options.strict_age,
        repair=options.repair,
        heatmaps=options.heatmaps,
    )
    assessments = model_loading.each_with_progress(
        assess_each, [each.read for each in inputs]
    )
    for each, assessment in zip(inputs, assessments, strict=True):
        yield (
            each.name,
            decide(
                assessment,
                classifier.card,
                operating_point=options.operating_point,
                prevalence=options.prevalence,
            ),
        )


def _find(paths: list[str]) -> list[Input]:
    try:
        inputs = list(find_inputs(paths))
    except FileNotFoundError as error:
        raise UsageError(str(error)) from error
    if not inputs:
        raise UsageError(
            f"No files were found in {printable(', '.join(paths))}. Name the "
            "radiographs, or a folder that holds them."
        )
    return inputs


def _check_outputs(
    outputs: list[Path], inputs: list[Input], options: argparse.Namespace
) -> None:
    if options.resume and not outputs:
        raise UsageError("--resume goes on with the rows of --json or --csv. Name one.")
    parts = [part_of(path) for path in outputs]
    places = [*outputs, *parts, *filter(None, [options.heatmaps])]
    linked = len(outputs) == 2 and is_same_file(*outputs)
    if linked or len({place.resolve() for place in places}) < len(places):
        raise UsageError("Each output needs a file or folder of its own.")
    read = {each.path for each in inputs}
    for path, part in zip(outputs, parts, strict=True):
        check_output(path, read, force=options.force)
        check_output(part, read, force=True)
        if part.exists() and not (options.resume or options.force):
            raise UsageError(
                f"{printable(str(part))} holds the rows of a run that did not end. Go "
                "on with --resume, or start anew with --force."
            )


def _read_earlier_rows(options: argparse.Namespace) -> list[Row]:
    """Read the rows to go on from; they must be of the same weights and settings."""
    rows = read_rows(options.json or options.csv)
    card, _ = load_card(options.weights)
    wanted = {
        "weights": card["name"],
        "weights_sha256": card["sha256"],
        "operating_point": options.operating_point,
    }
    prevalence = options.prevalence or card["prevalence"]
    for row in rows:
        differing = [name for name in wanted if row.get(name) != wanted[name]]
        # A score that is not calibrated stays at the prevalence of the weights.
        if str(row.get("calibrated")) == "True":
            differing += ["prevalence"] * (float(row["prevalence"]) != prevalence)
        if differing:
            raise UsageError(
                f"The earlier rows have another {differing[0]}. Received: "
                f"{row.get(differing[0])}. Give the same options, or start anew "
                "without --resume."
            )
    return rows


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"The folder {folder} cannot be made: {error.strerror}."
        ) from error
    if not os.access(folder, os.W_OK):
        raise UsageError(f"The folder {folder} is read-only.")


def assess_one(
    read: Callable[[], bytes],
    *,
    classifier: "Classifier",
    strict_age: bool,
    repair: bool,
    heatmaps: Path | None = None,
) -> "Assessment":
    """Read a file once, assess it, repaired where asked, and draw its heatmap.

    Parameters
    ----------
    read : callable
        As of `pneumonia.cli.inputs.Input`.
    classifier : Classifier
    strict_age, repair : bool
    heatmaps : Path, optional
        A folder.

    Returns
    -------
    Assessment

    Raises
    ------
    OSError
        If a heatmap cannot be written.
    """
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
    if heatmaps and assessment.has_map:
        assessment = mask_region(classifier, radiograph, assessment)
        _write_heatmap(classifier, assessment, radiograph, heatmaps)
    return assessment


def _write_heatmap(
    classifier: "Classifier",
    assessment: "Assessment",
    radiograph: Radiograph,
    folder: Path,
) -> None:
    """Write the heatmap over the radiograph, and the map alone with 16 bits."""
    grey = displayed(radiograph)
    overlay = draw_heatmap(
        grey, classifier.saliency(assessment, (grey.shape[0], grey.shape[1]))
    )
    rows, columns = radiograph.pixels.shape
    strength = classifier.saliency(assessment, (rows, columns))
    stem = assessment.input_sha256[:16]
    _write_png(overlay, folder / f"{stem}.png")
    levels = np.rint(65535 * strength).astype(np.uint16)
    _write_png(levels, folder / f"{stem}.map.png")


def _write_png(pixels: NDArray[np.generic], target: Path) -> None:
    # Copies of one file have one heatmap, and two threads may draw it at once.
    fresh = target.with_name(f"{target.name}.{threading.get_ident()}.new")
    try:
        Image.fromarray(pixels).save(fresh, format="PNG")
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        error.filename = str(target)
        raise
