"""Train a network on labelled chest radiographs and publish its weights.

    python train.py --data chest_xray
    python train.py --data chest_xray --architecture seed_cnn
    python train.py --gate --data chest_xray

The data has the layout of Kaggle's "Chest X-Ray Images (Pneumonia)":
``train|val|test`` / ``NORMAL|PNEUMONIA``. Without ``--data`` it is fetched from Kaggle.
A part of ``train``, patients apart, validates; another measures; ``test`` is not read
except to keep its patients out of training. Recipes are in
`pneumonia.training.recipes`: the
residual network learns from the labels, then from itself, with surroundings and heart
exchanged for another child's and lines drawn on. Networks of further seeds are trained
alike, to tell in the card what hangs on chance; ``--seeds 1`` leaves them out.
A run that was stopped goes on with ``--resume``. ``python -m pneumonia remeasure``
measures a published network again. ``--gate`` fits the gate that all networks share
(``gate.npz`` and its card) instead of a network. Any Keras backend works
(``KERAS_BACKEND=jax python train.py …``).
"""

import argparse
import logging
import os
import shutil
import sys
from pathlib import Path

from pneumonia.errors import CheckpointError, DatasetError, WeightsError
from pneumonia.model.weights import WEIGHTS_FOLDER
from pneumonia.reading.third_party_warnings import hide_third_party_warnings
from pneumonia.training.checkpoints import claim
from pneumonia.training.recipes import RECIPES

KAGGLE_DATASET = "paultimothymooney/chest-xray-pneumonia"

NATIVE_SIZES = "train_native_sizes.csv"

logger = logging.getLogger("train")


def parse_arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        description="Train a network on chest radiographs and publish its weights."
    )
    parser.add_argument("--data", type=Path, help="folder with train/ and val/")
    parser.add_argument("--architecture", choices=list(RECIPES), default="resnet")
    parser.add_argument("--epochs", type=_positive, help="default: the recipe's")
    parser.add_argument("--batch-size", type=_positive, help="default: the recipe's")
    parser.add_argument(
        "--precision",
        choices=["float32", "mixed_bfloat16"],
        help="default: the recipe's, or float32 where that is far faster",
    )
    parser.add_argument("--seed", type=_seed, default=0, help="of the first network")
    parser.add_argument(
        "--seeds",
        type=_positive,
        help="networks trained alike, to compare; default: the recipe's",
    )
    parser.add_argument("--output", type=Path, default=WEIGHTS_FOLDER)
    parser.add_argument("--resume", action="store_true", help="go on after a stop")
    parser.add_argument(
        "--gate",
        action="store_true",
        help="fit the gate that all networks share, instead of a network",
    )
    parser.add_argument(
        "--external",
        type=Path,
        help="folder with native_resolution/, adults_nih/ …, to measure as well",
    )
    parser.add_argument(
        "--skip-unreadable",
        action="store_true",
        help="leave out radiographs that cannot be read",
    )
    return parser.parse_args()


def find_data(data: Path | None) -> Path:
    """Return the folder that holds ``train``, fetching the data set if need be."""
    if data is None:
        data = _fetch()
    # The archive from Kaggle holds the folder once more inside itself.
    for folder in (data, data / "chest_xray"):
        if (folder / "train").is_dir():
            return folder
    raise DatasetError(
        f"The data is a folder with train/NORMAL and train/PNEUMONIA. Received: {data} "
        "without train."
    )


def find_sizes(data: Path) -> Path | None:
    """Return the table of native sizes, where the data has one (Kaggle's has not)."""
    table = data / NATIVE_SIZES
    return table if table.is_file() else None


def publish_gate(arguments: argparse.Namespace) -> Path:
    """Fit the gate, measure it, publish it. Returns the path of ``gate.npz``."""
    from pneumonia.evaluation.gate_admission import fit_and_publish_gate

    path = fit_and_publish_gate(
        find_data(arguments.data),
        arguments.output,
        external=arguments.external,
        skip_unreadable=arguments.skip_unreadable,
    )
    logger.info("Published %s.", path)
    return path


def train(arguments: argparse.Namespace) -> Path:
    """Read, split, fit, measure, publish. Returns the path of the weights."""
    data = find_data(arguments.data)
    checkpoints = arguments.output / "checkpoints" / arguments.architecture
    try:
        checkpoints.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            f"The folder {arguments.output} cannot be written: {error.strerror}. "
            "Name another with --output."
        ) from error
    with claim(checkpoints):
        path = _train(arguments, data, checkpoints)
    shutil.rmtree(checkpoints)
    return path


def _train(arguments: argparse.Namespace, data: Path, checkpoints: Path) -> Path:
    # Keras takes seconds to import: after the command line and the data are sound.
    import keras

    from pneumonia.card import provenance
    from pneumonia.data import labelled_files
    from pneumonia.data.partitions import read_parts
    from pneumonia.evaluation.network_report import fit_decision, report
    from pneumonia.evaluation.remeasure import write_documents
    from pneumonia.evaluation.seed_variability import measure_seed_variability
    from pneumonia.model import weights
    from pneumonia.model.architectures import build_model
    from pneumonia.training import batches
    from pneumonia.training.precision import choose_precision
    from pneumonia.training.stages import fit_recipe

    code = provenance.describe_code()

    # 1. Which radiographs are for what, decoded as the network will see them.
    input_shape = build_model(arguments.architecture).input_shape[1:]
    parts = read_parts(data, input_shape[0], skip_unreadable=arguments.skip_unreadable)
    learned, validation = parts["training"], parts["validation"]

    # 2. Fit; an epoch is chosen on validation, or the last is kept.
    recipe = RECIPES[arguments.architecture]
    recipe = recipe.altered(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        precision=arguments.precision or choose_precision(recipe.fit["precision"]),
        seeds=arguments.seeds,
    )
    learned_from = {"index_sha256": labelled_files.index_sha256(learned.files)}
    lineages = fit_recipe(
        arguments.architecture,
        recipe,
        batches.LabelledSquares(
            learned.squares, learned.labels, labelled_files.kinds_of(learned.files)
        ),
        batches.LabelledSquares(validation.squares, validation.labels),
        seed=arguments.seed,
        checkpoints=checkpoints,
        settings=learned_from,
        resume=arguments.resume,
    )
    published = lineages[arguments.seed]
    others = {n: lineage for n, lineage in lineages.items() if lineage is not published}

    # 3. Measure.
    logger.info("Measuring.")
    rule = fit_decision(
        published.model, parts["validation"], calibrated=recipe.calibrated
    )
    measured = report(
        published.model,
        parts,
        rule,
        sizes=find_sizes(data),
        external=arguments.external,
    )
    if others:
        measured.card["seed_variability"] = measure_seed_variability(
            {n: lineage.model for n, lineage in lineages.items()},
            parts,
            calibrated=recipe.calibrated,
            earlier_stages=[stage.model for stage in published.stages[:-1]],
            external=arguments.external,
        )

    # 4. Publish.
    name = arguments.architecture
    course = provenance.describe_training(
        published.history,
        published.best_epoch,
        radiographs=len(learned.files),
        stages_after=published.lessons_after,
        other_seeds={n: lineage.history for n, lineage in others.items()},
    )
    author = provenance.REPORTED.get(name)
    path = weights.save_weights(
        published.model,
        {
            "name": name,
            "architecture": arguments.architecture,
            "input_shape": list(input_shape),
            "parameters": published.model.count_params(),
            **({"reported_by_author": author} if author else {}),
            **code,
            "measured_with": code,
            "training": {
                "seed": arguments.seed,
                "recipe": recipe.described(),
                **learned_from,
                "backend": keras.backend.backend(),
                "hardware": f"{os.cpu_count()} CPU cores",
                **course,
            },
            **measured.card,
        },
        arguments.output,
    )
    write_documents(path, measured)
    return path


def main() -> int:
    """Run from the command line; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    hide_third_party_warnings()
    arguments = parse_arguments()
    try:
        if arguments.gate:
            publish_gate(arguments)
        else:
            train(arguments)
    except (CheckpointError, DatasetError, WeightsError) as error:
        logger.error("%s", error)
        return 2
    except KeyboardInterrupt:
        logger.error("Stopped. Completed epochs are kept: go on with --resume.")
        return 130
    return 0


def _fetch() -> Path:
    import kagglehub

    try:
        return Path(kagglehub.dataset_download(KAGGLE_DATASET))
    except Exception as error:
        # Whatever the client raises without network or account, the way out is one.
        raise DatasetError(
            f"The data set {KAGGLE_DATASET} could not be fetched from Kaggle "
            f"({type(error).__name__}). Download and unpack it by hand and name its "
            "folder: python train.py --data chest_xray"
        ) from error


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"at least 1 is needed. Received: {number}")
    return number


def _seed(text: str) -> int:
    number = int(text)
    if not 0 <= number < 2**32:
        raise argparse.ArgumentTypeError(
            f"a number from 0 to 2**32 - 1 is needed. Received: {number}"
        )
    return number


if __name__ == "__main__":
    sys.exit(main())
