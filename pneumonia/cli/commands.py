"""Command line: assess, evaluate, remeasure, explain, serve a PACS, audit.

python -m pneumonia assess radiographs/ --csv scores.csv --heatmaps maps/
python -m pneumonia evaluate --data chest_xray --split val
python -m pneumonia recalibrate --data our_radiographs --name our_clinic
"""

import argparse
import logging
import math
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from pneumonia.cli import archive, audit, explain_check, pacs, remeasure
from pneumonia.cli.labelled import evaluate, recalibrate
from pneumonia.cli.text_output import UsageError, printable
from pneumonia.errors import AuditError, DatasetError, PacsError, WeightsError
from pneumonia.export.records import DISCLAIMER
from pneumonia.model.weights import DEFAULT_WEIGHTS, load_card
from pneumonia.reading.third_party_warnings import hide_third_party_warnings

EXIT_OK, EXIT_SOME_NOT_ASSESSED, EXIT_USAGE = 0, 1, 2
# What a shell gives for a program that Ctrl-C stopped.
EXIT_STOPPED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        Without the program's name; by default those of this process.

    Returns
    -------
    int
        0 when all went well, 1 when a file was not assessed, 2 for wrong usage, 130
        when Ctrl-C or SIGTERM stopped it.
    """
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    hide_third_party_warnings()
    options = _parser().parse_args(arguments)
    stopped = signal.signal(signal.SIGTERM, _stop)
    try:
        if "operating_point" in options:
            _check_operating_point(options)
        complete = options.run(options)
    except (
        UsageError,
        AuditError,
        DatasetError,
        PacsError,
        WeightsError,
    ) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_USAGE
    except OSError as error:  # a full or read-only disc, found while writing
        place = error.filename or "A file"
        sys.stderr.write(f"{printable(str(place))} cannot be used: {error.strerror}.\n")
        return EXIT_USAGE
    except KeyboardInterrupt as error:
        sys.stderr.write(f"{str(error) or 'Stopped.'}\n")
        return EXIT_STOPPED
    finally:
        signal.signal(signal.SIGTERM, stopped or signal.SIG_DFL)
    return EXIT_SOME_NOT_ASSESSED if complete is False else EXIT_OK


def _stop(number: int, frame: FrameType | None) -> None:
    """End as Ctrl-C does."""
    raise KeyboardInterrupt


def _check_operating_point(options: argparse.Namespace) -> None:
    card, _ = load_card(options.weights)
    if options.operating_point not in card["operating_points"]:
        raise UsageError(
            f"The weights {card['name']} have the operating points "
            f"{', '.join(card['operating_points'])}. "
            f"Received: {options.operating_point}."
        )


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
    scoring = argparse.ArgumentParser(add_help=False, parents=[which])
    scoring.add_argument(
        "--operating-point", default="balanced", choices=["balanced", "screening"]
    )
    shared = argparse.ArgumentParser(add_help=False, parents=[scoring])
    shared.add_argument("--json", type=Path, metavar="FILE", help="write JSON here")
    shared.add_argument(
        "--force",
        action="store_true",
        help="replace an output that this program did not write",
    )

    patients = _about_patients()
    _add_assess(
        commands.add_parser("assess", parents=[shared, patients], help="score files")
    )
    _add_evaluate(
        commands.add_parser(
            "evaluate", parents=[shared], help="measure on a labelled folder"
        )
    )
    _add_recalibrate(
        commands.add_parser(
            "recalibrate",
            parents=[which],
            help="fit calibration and thresholds to a site's labelled folder",
        )
    )
    remeasure.add_parser(commands)
    explain_check.add_parser(commands)
    pacs.add_parser(commands, [scoring, patients])
    audit.add_parser(commands)
    return parser


def _about_patients() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument(
        "--prevalence",
        type=_prevalence,
        metavar="P",
        help="share of pneumonia among the patients, such as 0.15; it changes "
        "probability and threshold, never the flag (default: that of the weights)",
    )
    parser.add_argument(
        "--strict-age",
        action="store_true",
        help="refuse patients outside one to five years instead of warning",
    )
    return parser


def _add_assess(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="*", metavar="PATH", help="a file or a folder")
    parser.add_argument("--csv", type=Path, metavar="FILE", help="write CSV here")
    parser.add_argument(
        "--heatmaps", type=Path, metavar="DIR", help="write Grad-CAM overlays here"
    )
    parser.add_argument(
        "--repair",
        action="store_true",
        help="turn, mirror or invert a radiograph where the file or the picture says "
        "that it lies otherwise, and say so in its warnings",
    )
    parser.add_argument(
        "--resume",
        action="store_true",
        help="go on with the rows of --json, --csv or --parquet: files in them are not "
        "read",
    )
    archive.add_options(parser)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder that holds the split",
    )
    parser.add_argument(
        "--split", default="test", help="a folder in --data (default: test)"
    )
    parser.set_defaults(run=evaluate)


def _add_recalibrate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder that holds NORMAL and PNEUMONIA",
    )
    parser.add_argument(
        "--name", required=True, help="name of the new card; give it to --weights"
    )
    parser.set_defaults(run=recalibrate)


def _prevalence(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise argparse.ArgumentTypeError(
            f"A prevalence lies between 0 and 1, ends excluded. Received: {text}."
        )
    return value
