"""The command ``remeasure``: measure published weights again."""

import argparse
import sys
from pathlib import Path

from pneumonia.model.weights import DEFAULT_WEIGHTS


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add ``remeasure`` to the command line."""
    remeasure = commands.add_parser(
        "remeasure", help="measure published weights again and rewrite their card"
    )
    remeasure.add_argument(
        "--weights", default=DEFAULT_WEIGHTS, metavar="NAME|FILE.keras"
    )
    remeasure.add_argument(
        "--data",
        type=Path,
        required=True,
        metavar="DIR",
        help="folder that holds train/ and val/",
    )
    remeasure.add_argument(
        "--external",
        type=Path,
        metavar="DIR",
        help="folder that holds native_resolution/ or adults_nih/, to measure as well",
    )
    remeasure.add_argument(
        "--compare-seeds",
        type=Path,
        nargs="+",
        default=[],
        metavar="FILE.keras",
        help="weights of the same recipe and data from other seeds",
    )
    remeasure.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="leave out radiographs that cannot be read",
    )
    remeasure.add_argument(
        "--only-inputs",
        action="store_true",
        help="measure only what the radiographs of validation are like, with which the "
        "audit record compares",
    )
    remeasure.set_defaults(run=_remeasure)


def _remeasure(options: argparse.Namespace) -> int:
    # Keras takes seconds to import: only once the command line is sound.
    from pneumonia.evaluation.remeasure import remeasure, remeasure_inputs

    if options.only_inputs:
        path = remeasure_inputs(options.weights, options.data)
    else:
        path = remeasure(
            options.weights,
            options.data,
            external=options.external,
            compare_seeds=options.compare_seeds,
            skip_unreadable=options.skip_unreadable,
        )
    sys.stdout.write(f"Written to {path.with_suffix('.json')}.\n")
    return 0
