"""Commands about cards: measure published weights again, convert an older card."""

import argparse
import json
import sys
from pathlib import Path

from pneumonia.errors import WeightsError
from pneumonia.model.weights import DEFAULT_WEIGHTS


def add_parsers(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add ``remeasure`` and ``migrate-card`` to the command line."""
    remeasure = commands.add_parser(
        "remeasure", help="measure published weights again and rewrite their card"
    )
    remeasure.add_argument(
        "--weights", default=DEFAULT_WEIGHTS, metavar="NAME|FILE.keras"
    )
    remeasure.add_argument(
        "--data", type=Path, required=True, metavar="DIR", help="holds train/ and val/"
    )
    remeasure.add_argument(
        "--external",
        type=Path,
        metavar="DIR",
        help="holds native_resolution/ or adults_nih/, to measure as well",
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
    remeasure.set_defaults(run=_remeasure)

    migrate = commands.add_parser(
        "migrate-card", help="convert a card from before schema version 1"
    )
    migrate.add_argument("cards", type=Path, nargs="+", metavar="FILE.json")
    migrate.set_defaults(run=_migrate)


def _remeasure(options: argparse.Namespace) -> int:
    # Keras takes seconds to import: only once the command line is sound.
    from pneumonia.evaluation.remeasure import remeasure

    path = remeasure(
        options.weights,
        options.data,
        external=options.external,
        compare_seeds=options.compare_seeds,
        skip_unreadable=options.skip_unreadable,
    )
    sys.stdout.write(f"Written to {path.with_suffix('.json')}.\n")
    return 0


def _migrate(options: argparse.Namespace) -> int:
    from pneumonia.card.migration import migrate

    for path in options.cards:
        try:
            old = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise WeightsError(
                f"A card is a JSON file. Received: {path}, which cannot be read."
            ) from error
        if not isinstance(old, dict):
            raise WeightsError(
                f"A card is a JSON object. Received: {path} with {type(old).__name__}."
            )
        fresh = path.with_name(f".{path.stem}.migrated.json")
        fresh.write_text(json.dumps(migrate(old), indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)
        sys.stdout.write(f"Converted {path}.\n")
    return 0
