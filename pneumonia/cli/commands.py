"""Command line: assess files and folders, evaluate and recalibrate on labelled ones.

python -m pneumonia assess radiographs/ --csv scores.csv --heatmaps maps/
python -m pneumonia evaluate --data chest_xray --split val
python -m pneumonia recalibrate --data our_radiographs --name our_clinic
"""

import argparse
import json
import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from tqdm import tqdm

from pneumonia.cli.card_commands import add_parsers
from pneumonia.cli.inputs import find_files, read_bytes
from pneumonia.cli.text_output import (
    describe_evaluation,
    describe_recalibration,
    describe_record,
)
from pneumonia.errors import DatasetError, RadiographError, WeightsError
from pneumonia.export.records import DISCLAIMER, record, to_csv, to_json
from pneumonia.model.weights import DEFAULT_WEIGHTS, load_card
from pneumonia.reading.display import displayed
from pneumonia.reading.radiograph import read_radiograph, sha256_of
from pneumonia.reading.third_party_warnings import hide_third_party_warnings

if TYPE_CHECKING:
    from pneumonia.data.labelled_files import LabelledFile
    from pneumonia.model.classifier import Assessment, Classifier

EXIT_OK, EXIT_SOME_NOT_ASSESSED, EXIT_USAGE = 0, 1, 2
# Decoding and the network release the interpreter's lock; two cores are common.
_WORKERS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; by default those of this process.

    Returns
    -------
    int
        0 when all went well, 1 when a file was not assessed, 2 for wrong usage.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    hide_third_party_warnings()
    options = _parser().parse_args(arguments)
    try:
        if "operating_point" not in options:
            return int(options.run(options))
        card, _ = load_card(options.weights)
        if options.operating_point not in card["operating_points"]:
            raise _UsageError(
                f"The weights {card['name']} have the operating points "
                f"{', '.join(card['operating_points'])}. "
                f"Received: {options.operating_point}."
            )
        return int(options.run(options))
    except (_UsageError, DatasetError, WeightsError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_USAGE


class _UsageError(Exception):
    """The command line asks for something that cannot be done."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m pneumonia",
        description=f"Pneumonia on chest radiographs. {DISCLAIMER}",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument(
        "--weights",
        default=DEFAULT_WEIGHTS,
        metavar="NAME|FILE.keras",
        help=f"a name in weights/ or a file (default: {DEFAULT_WEIGHTS})",
    )
    # Which point does not matter where both are chosen anew.
    which.set_defaults(operating_point="balanced")
    shared = argparse.ArgumentParser(add_help=False, parents=[which])
    shared.add_argument(
        "--operating-point", default="balanced", choices=["balanced", "screening"]
    )
    shared.add_argument("--json", type=Path, metavar="FILE", help="write JSON here")

    assess = commands.add_parser(
        "assess", parents=[shared], help="score files and folders"
    )
    assess.add_argument("paths", nargs="+", metavar="PATH")
    assess.add_argument("--csv", type=Path, metavar="FILE", help="write CSV here")
    assess.add_argument(
        "--heatmaps", type=Path, metavar="DIR", help="write Grad-CAM overlays here"
    )
    assess.add_argument(
        "--strict-age",
        action="store_true",
        help="refuse patients outside one to five years instead of warning",
    )
    assess.set_defaults(run=_assess)

    evaluate = commands.add_parser(
        "evaluate", parents=[shared], help="measure on a labelled folder"
    )
    evaluate.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="holds the split"
    )
    evaluate.add_argument("--split", default="test", help="default: test")
    evaluate.set_defaults(run=_evaluate)

    recalibrate = commands.add_parser(
        "recalibrate",
        parents=[which],
        help="calibrate weights to a site's labelled folder",
    )
    recalibrate.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="holds NORMAL and PNEUMONIA",
    )
    recalibrate.add_argument(
        "--name", required=True, help="of the new card, for --weights"
    )
    recalibrate.set_defaults(run=_recalibrate)
    add_parsers(commands)
    return parser


def _assess(options: argparse.Namespace) -> int:
    try:
        files = list(find_files(options.paths))
    except FileNotFoundError as error:
        raise _UsageError(str(error)) from error
    if not files:
        raise _UsageError(
            f"No files were found in {', '.join(options.paths)}. Name the "
            "radiographs, or a folder that holds them."
        )
    for output in (options.json, options.csv):
        _check_writable(output)
    if options.heatmaps:
        try:
            options.heatmaps.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _UsageError(
                f"The folder {options.heatmaps} cannot be made: {error.strerror}."
            ) from error
    classifier = _load_classifier(options.weights)

    def assess(read: Callable[[], bytes]) -> "Assessment":
        try:
            data = read()
        except RadiographError as error:  # of an archive, or of a file in one
            return classifier.refuse(
                error, sha256_of(b""), operating_point=options.operating_point
            )
        assessment = classifier.assess_file(
            data,
            operating_point=options.operating_point,
            strict_age=options.strict_age,
        )
        if options.heatmaps and assessment.status == "assessed":
            _write_heatmap(classifier, assessment, data, options.heatmaps)
        return assessment

    assessments = _map_with_progress(assess, [read for _, read in files])
    records = [
        record(assessment, file=name)
        for (name, _), assessment in zip(files, assessments, strict=True)
    ]
    if options.json:
        _write(options.json, to_json(records))
    if options.csv:
        _write(options.csv, to_csv(records))
    _print("".join(f"{describe_record(row)}\n" for row in records))
    _print(f"{DISCLAIMER}\n")
    complete = all(assessment.status == "assessed" for assessment in assessments)
    return EXIT_OK if complete else EXIT_SOME_NOT_ASSESSED


def _evaluate(options: argparse.Namespace) -> int:
    from pneumonia.statistics import metrics

    _check_writable(options.json)
    scored = _score_labelled(options.data / options.split, options)
    card = scored.classifier.card

    def measure(files: "list[LabelledFile]", scores: list[float]) -> "metrics.Metrics":
        return metrics.evaluate(
            [file.label for file in files],
            scores,
            threshold=card["operating_points"][options.operating_point]["threshold"],
            groups=[file.patient for file in files],
        )

    report = {
        **measure(scored.files, scored.scores),
        "operating_point": options.operating_point,
        "weights": card["name"],
        "weights_sha256": card["sha256"],
        "refused": scored.refused,
        "unreadable": scored.unreadable,
        "all_readable": measure(*_score_ungated(scored)),
        "disclaimer": DISCLAIMER,
    }
    if options.json:
        _write(options.json, json.dumps(report, indent=2) + "\n")
    _print(describe_evaluation(report))
    return EXIT_OK


def _recalibrate(options: argparse.Namespace) -> int:
    from pneumonia.evaluation.recalibration import recalibrate
    from pneumonia.model.weights import check_site_name, save_site_card

    _, weights = load_card(options.weights)
    check_site_name(weights, options.name)
    scored = _score_labelled(options.data, options)
    card = recalibrate(
        scored.classifier.card, weights, scored.files, scored.scores, name=options.name
    )
    card["recalibration"] |= {
        "refused": scored.refused,
        "unreadable": scored.unreadable,
    }
    path = save_site_card(weights, card)
    _print(describe_recalibration(card))
    _print(f"Written to {path}. Use it with --weights.\n{DISCLAIMER}\n")
    return EXIT_OK


@dataclass(frozen=True)
class _Scored:
    """The radiographs of a labelled folder: assessed, stopped, and why."""

    classifier: "Classifier"
    files: "list[LabelledFile]"
    scores: list[float]
    stopped: "list[LabelledFile]"
    refused: dict[str, int]
    unreadable: int


def _score_labelled(folder: Path, options: argparse.Namespace) -> _Scored:
    from pneumonia.data import labelled_files

    files = labelled_files.index_radiographs(folder)
    ignored = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and path.name not in labelled_files.CLASSES
    )
    if ignored:
        sys.stderr.write(f"Ignored in {folder}: {', '.join(ignored)}\n")
    classifier = _load_classifier(options.weights)
    assessments = _map_with_progress(
        lambda path: classifier.assess_file(
            read_bytes(path), operating_point=options.operating_point
        ),
        [file.path for file in files],
    )
    scored = [
        (file, assessment.score)
        for file, assessment in zip(files, assessments, strict=True)
        if assessment.score is not None
    ]
    if not scored:
        raise DatasetError(
            f"None of the {len(files)} files in {folder} could be assessed."
        )
    return _Scored(
        classifier,
        [file for file, _ in scored],
        [score for _, score in scored],
        [f for f, a in zip(files, assessments, strict=True) if a.score is None],
        dict(Counter(a.reason for a in assessments if a.reason)),
        sum(a.status == "unreadable" for a in assessments),
    )


def _score_ungated(scored: _Scored) -> "tuple[list[LabelledFile], list[float]]":
    """Score as if the gate admitted everything that can be read."""
    files, scores = list(scored.files), list(scored.scores)
    for file in scored.stopped:
        try:
            radiograph = read_radiograph(read_bytes(file.path))
        except RadiographError:
            continue
        files.append(file)
        scores.append(scored.classifier.score_ungated(radiograph))
    return files, scores


def _load_classifier(weights: str) -> "Classifier":
    # TensorFlow takes seconds to import: only once the command line is sound.
    sys.stderr.write("Loading the model…\n")
    from pneumonia.model.classifier import Classifier
    from pneumonia.model.weights import load_weights

    return Classifier(load_weights(weights))


def _map_with_progress(function: Any, items: Sequence[Any]) -> list["Assessment"]:
    with ThreadPoolExecutor(_WORKERS) as pool:
        return list(
            tqdm(
                pool.map(function, items),
                "Assessing",
                len(items),
                unit="file",
                disable=None,
            )
        )


def _write_heatmap(
    classifier: "Classifier", assessment: "Assessment", data: bytes, folder: Path
) -> None:
    from pneumonia.model.grad_cam import overlay

    grey = displayed(read_radiograph(data))
    strength = classifier.saliency(assessment, (grey.shape[0], grey.shape[1]))
    target = folder / f"{assessment.input_sha256[:16]}.png"
    # Copies of one file have one heatmap, and two threads may draw it at once.
    fresh = target.with_suffix(f".{threading.get_ident()}.new")
    Image.fromarray(overlay(grey, strength)).save(fresh, format="PNG")
    fresh.replace(target)


def _check_writable(path: Path | None) -> None:
    """Find out before the work, not after it."""
    if path is not None and (path.is_dir() or not path.parent.is_dir()):
        raise _UsageError(
            f"Output is written to a file in an existing folder. Received: {path}."
        )


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(text, encoding="utf-8")
    fresh.replace(path)


def _print(text: str) -> None:
    """Write to standard output; characters that it cannot show are escaped."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
