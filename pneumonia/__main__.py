"""Command line: assess files and folders, evaluate on a labelled folder.

python -m pneumonia assess radiographs/ --csv scores.csv --heatmaps maps/
python -m pneumonia evaluate --data chest_xray --split val
"""

import argparse
import json
import logging
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image
from tqdm import tqdm

from pneumonia.archive import is_zip, open_archive
from pneumonia.errors import DatasetError, RadiographError, WeightsError
from pneumonia.export.table import DISCLAIMER, record, to_csv, to_json
from pneumonia.preprocess import to_8_bit
from pneumonia.radiograph import read_radiograph, sha256_of
from pneumonia.weights import DEFAULT_WEIGHTS, load_card

if TYPE_CHECKING:
    from pneumonia.classifier import Assessment, Classifier

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
    options = _parser().parse_args(arguments)
    try:
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
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--weights",
        default=DEFAULT_WEIGHTS,
        metavar="NAME|FILE.keras",
        help=f"a name in weights/ or a file (default: {DEFAULT_WEIGHTS})",
    )
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
    assess.set_defaults(run=_assess)

    evaluate = commands.add_parser(
        "evaluate", parents=[shared], help="measure on a labelled folder"
    )
    evaluate.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="holds the split"
    )
    evaluate.add_argument("--split", default="test", help="default: test")
    evaluate.set_defaults(run=_evaluate)
    return parser


def _assess(options: argparse.Namespace) -> int:
    files = list(_find_files(options.paths))
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
            data, operating_point=options.operating_point
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
    _print("".join(f"{_line(row)}\n" for row in records))
    _print(f"{DISCLAIMER}\n")
    complete = all(assessment.status == "assessed" for assessment in assessments)
    return EXIT_OK if complete else EXIT_SOME_NOT_ASSESSED


def _evaluate(options: argparse.Namespace) -> int:
    from pneumonia import dataset, metrics

    folder = options.data / options.split
    _check_writable(options.json)
    files = dataset.index_radiographs(folder)
    ignored = sorted(
        path.name
        for path in folder.iterdir()
        if path.is_dir() and path.name not in dataset.CLASSES
    )
    if ignored:
        sys.stderr.write(f"Ignored in {folder}: {', '.join(ignored)}\n")
    classifier = _load_classifier(options.weights)
    assessments = _map_with_progress(
        lambda path: classifier.assess_file(
            _read_bytes(path), operating_point=options.operating_point
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
    card = classifier.card
    figures = metrics.evaluate(
        [file.label for file, _ in scored],
        [score for _, score in scored],
        threshold=card["operating_points"][options.operating_point]["threshold"],
        groups=[file.patient for file, _ in scored],
    )
    report = {
        **figures,
        "operating_point": options.operating_point,
        "weights": card["name"],
        "weights_sha256": card["sha256"],
        "refused": dict(Counter(a.reason for a in assessments if a.reason)),
        "unreadable": sum(a.status == "unreadable" for a in assessments),
        # Whatever was refused so far could not be scored at all.
        "all_readable": figures,
        "disclaimer": DISCLAIMER,
    }
    if options.json:
        _write(options.json, json.dumps(report, indent=2) + "\n")
    _print(_summary(report))
    return EXIT_OK


def _find_files(paths: Sequence[str]) -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Yield each file's name as the person gave it, and how to read it.

    What a ZIP archive holds is named ``archive.zip!folder/file``.
    """
    for name, path in _find_paths(paths):
        if not _is_zip_file(path):
            yield name, partial(_read_bytes, path)
            continue
        try:
            archive = open_archive(path)
        except RadiographError as error:
            yield name, partial(_fail, error)
            continue
        if archive.skipped:
            sys.stderr.write(
                f"{name}: {archive.skipped} files that are no radiographs were skipped."
                "\n"
            )
        for member in archive.names:
            yield f"{name}!{member}", partial(archive.read, member)


def _is_zip_file(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return is_zip(file.read(4))
    except OSError:
        return False


def _fail(error: RadiographError) -> bytes:
    raise error


def _find_paths(paths: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Yield each file's name as the person gave it, and its path."""
    for name in paths:
        path = Path(name)
        if path.is_dir():
            for found in sorted(path.rglob("*")):
                below = found.relative_to(path)
                hidden = any(part.startswith(".") for part in below.parts)
                dangling = found.is_symlink() and not found.exists()
                if not hidden and (found.is_file() or dangling):
                    yield str(found), found
        elif path.exists():
            yield name, path
        else:
            raise _UsageError(f"There is no file or folder {name}.")


def _read_bytes(path: Path) -> bytes:
    """Read a file; one that cannot be opened is as unreadable as an empty one."""
    try:
        return path.read_bytes()
    except OSError as error:
        logging.getLogger(__name__).warning("%s: %s.", path, error.strerror)
        return b""


def _load_classifier(weights: str) -> "Classifier":
    # TensorFlow takes seconds to import: only once the command line is sound.
    sys.stderr.write("Loading the model…\n")
    from pneumonia.classifier import Classifier
    from pneumonia.weights import load_weights

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
    from pneumonia.saliency import overlay

    grey = to_8_bit(read_radiograph(data))
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


def _line(row: dict[str, Any]) -> str:
    if row["status"] != "assessed":
        code = f" ({row['reason']})" if row["reason"] else ""
        return f"{row['file']}: {row['status']}{code}. {row['message']}"
    word = "probability" if row["calibrated"] else "score"
    flag = "flagged" if row["flagged"] else "not flagged"
    notes = " ".join(["", *row["warnings"]])
    return (
        f"{row['file']}: {flag}, {word} {row['probability']:.3f}, threshold "
        f"{row['threshold']:.3f} ({row['operating_point']}).{notes}"
    )


def _summary(report: dict[str, Any]) -> str:
    lines = [
        f"{report['n']} scored, {report['positives']} with pneumonia, "
        f"{sum(report['refused'].values())} refused, {report['unreadable']} unreadable",
        f"{report['weights']}, {report['operating_point']} operating point, threshold "
        f"{report['threshold']:.4f}",
    ]
    for name in [key.removesuffix("_ci") for key in report if key.endswith("_ci")]:
        low, high = report[f"{name}_ci"]
        if report[name] is None:
            lines.append(f"{name:16} undefined")
        else:
            lines.append(f"{name:16} {report[name]:.4f} ({low:.4f} to {high:.4f})")
    return "\n".join([*lines, DISCLAIMER, ""])


if __name__ == "__main__":
    sys.exit(main())
