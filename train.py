"""Train a network on labelled chest radiographs and publish its weights.

    python train.py                                             # resnet, the default
    python train.py --architecture seed_cnn                     # the seed CNN
    python train.py --epochs 2 --seeds 1 --output trial         # a short trial
    python train.py --resume                                    # continue a stopped run
    KERAS_BACKEND=jax python train.py                           # another Keras backend
    python train.py --gate                                      # the gate, no network

The data is Kaggle's "Chest X-Ray Images (Pneumonia)", or a folder laid out like it:
``train|val|test`` / ``NORMAL|PNEUMONIA``. It is looked for in ``data/chest_xray`` and
``data``, and fetched from Kaggle if it is in neither.

The folder ``train`` is split by patient: 80 % train the network, 10 % validate it
(calibration and thresholds), 10 % are the held-out internal test. ``test`` is only
read to keep its patients out of training. The recipes are in
`pneumonia/training/recipes.py`. `python -m pneumonia remeasure` measures published
weights again without training.
"""

import argparse
import logging
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pneumonia.data.kaggle import find_data, find_native_sizes
from pneumonia.data.labelled_files import index_sha256
from pneumonia.data.partitions import Part, read_parts
from pneumonia.errors import CheckpointError, DatasetError, WeightsError
from pneumonia.model.weights import WEIGHTS_FOLDER
from pneumonia.reading.third_party_warnings import hide_third_party_warnings
from pneumonia.training.checkpoints import claim, find_precision
from pneumonia.training.recipes import RECIPES
from pneumonia.training.settings import Recipe

if TYPE_CHECKING:
    from pneumonia.training.stages import TrainedNetwork

logger = logging.getLogger("train")


def parse_arguments() -> argparse.Namespace:
    """Read the settings from the command line."""
    parser = argparse.ArgumentParser(
        description="Train a network on chest radiographs and publish its weights."
    )
    add = parser.add_argument
    add("--data", type=Path, help="folder with train/; default: data/chest_xray, data")
    add("--architecture", choices=list(RECIPES), default="resnet")
    add(
        "--epochs", type=_positive, help="in each stage, at most; default: the recipe's"
    )
    add("--batch-size", type=_positive, help="default: the recipe's")
    add(
        "--precision",
        choices=["float32", "mixed_bfloat16"],
        help="default: the recipe's, or float32 if a timing shows it is far faster",
    )
    add("--seed", type=_seed, default=0, help="of the published network")
    add(
        "--seeds",
        type=_positive,
        help="networks to train from consecutive seeds, for the seed variance; "
        "default: the recipe's",
    )
    add("--output", type=Path, default=WEIGHTS_FOLDER, help="folder of the weights")
    add("--resume", action="store_true", help="continue a stopped run")
    add(
        "--gate",
        action="store_true",
        help="fit the gate that all networks share, instead of a network",
    )
    add(
        "--external",
        type=Path,
        help="folder with native_resolution/ or adults_nih/, to measure as well",
    )
    add(
        "--skip-unreadable",
        action="store_true",
        help="leave out radiographs that cannot be read instead of stopping",
    )
    return parser.parse_args()


def train(arguments: argparse.Namespace, data: Path, checkpoints: Path) -> None:
    """Split, fit, measure, save, describe."""
    # Keras takes seconds to import: only after the command line and the data are sound.
    from pneumonia.card import provenance
    from pneumonia.evaluation.network_report import fit_decision, report
    from pneumonia.evaluation.remeasure import write_documents
    from pneumonia.evaluation.seed_variability import measure_seed_variability
    from pneumonia.model import weights
    from pneumonia.model.architectures import build_model
    from pneumonia.training.batches import LabelledSquares
    from pneumonia.training.stages import fit_recipe

    code = provenance.describe_code()

    # 1. Data: index, split by patient, decode as the network will see it.
    side = build_model(arguments.architecture).input_shape[1]
    parts = read_parts(data, side, skip_unreadable=arguments.skip_unreadable)
    training, validation = parts["training"], parts["validation"]

    # 2. Fit: every stage of the recipe, from every seed.
    recipe = choose_recipe(arguments, checkpoints)
    networks = fit_recipe(
        recipe,
        LabelledSquares(training.squares, training.labels, training.kinds),
        LabelledSquares(validation.squares, validation.labels),
        seed=arguments.seed,
        index_sha256=index_sha256(training.files),
        checkpoints=checkpoints,
        resume=arguments.resume,
    )
    published = networks[arguments.seed]

    # 3. Decide: calibration and operating points, on validation.
    rule = fit_decision(published.model, validation, calibrated=recipe.calibrated)

    # 4. Report: measure the network on the held-out internal test.
    logger.info("Measuring.")
    measured = report(
        published.model,
        parts,
        rule,
        sizes=find_native_sizes(data),
        external=arguments.external,
    )
    card = {
        **describe_run(recipe, networks, arguments.seed, training),
        **code,
        "measured_with": code,
        **measured.card,
    }
    if len(networks) > 1:
        card["seed_variability"] = measure_seed_variability(
            {seed: network.model for seed, network in networks.items()},
            parts,
            calibrated=recipe.calibrated,
            earlier_stages=[stage.model for stage in published.stages[:-1]],
            external=arguments.external,
        )

    # 5. Save the weights with their card.
    path = weights.save_weights(published.model, card, arguments.output)

    # 6. Draw the figures and write the documents.
    write_documents(path, measured)


def train_gate(arguments: argparse.Namespace, data: Path) -> None:
    """Fit the gate, measure what it admits, save both."""
    from pneumonia.evaluation.gate_admission import fit_and_publish_gate

    path = fit_and_publish_gate(
        data,
        arguments.output,
        external=arguments.external,
        skip_unreadable=arguments.skip_unreadable,
    )
    logger.info("Published %s.", path)


def choose_recipe(arguments: argparse.Namespace, checkpoints: Path) -> Recipe:
    """Return the recipe with the settings of the command line.

    A resumed run keeps its precision, even if a timing would choose another now.
    """
    from pneumonia.training.precision import choose_precision

    recipe = RECIPES[arguments.architecture]
    precision = arguments.precision
    if precision is None and arguments.resume:
        precision = find_precision(checkpoints)
    if precision is None:
        precision = choose_precision(recipe.stages[0].precision)
    return recipe.altered(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        precision=precision,
        seeds=arguments.seeds,
    )


def describe_run(
    recipe: Recipe, networks: Mapping[int, "TrainedNetwork"], seed: int, training: Part
) -> dict[str, Any]:
    """Describe for the card which network was trained, how and on what."""
    import keras

    from pneumonia.card import provenance

    published, name = networks[seed], recipe.architecture
    author = provenance.REPORTED.get(name)
    return {
        "name": name,
        "architecture": name,
        "input_shape": list(published.model.input_shape[1:]),
        "parameters": published.model.count_params(),
        **({"reported_by_author": author} if author else {}),
        "training": {
            "seed": seed,
            "recipe": recipe.described(),
            "index_sha256": index_sha256(training.files),
            "backend": keras.backend.backend(),
            "hardware": f"{os.cpu_count()} CPU cores",
            **provenance.describe_training(
                published.history,
                published.best_epoch,
                radiographs=len(training.files),
                stages_after=published.stage_starts,
                other_seeds={n: e.history for n, e in networks.items() if n != seed},
            ),
        },
    }


def main() -> int:
    """Run from the command line; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    hide_third_party_warnings()
    arguments = parse_arguments()
    try:
        data = find_data(arguments.data)
        if arguments.gate:
            train_gate(arguments, data)
            return 0
        checkpoints = _make_checkpoints(arguments.output, arguments.architecture)
        with claim(checkpoints):
            train(arguments, data, checkpoints)
        shutil.rmtree(checkpoints)
    except (CheckpointError, DatasetError, WeightsError) as error:
        logger.error("%s", error)
        return 2
    except KeyboardInterrupt:
        logger.error("Stopped. Completed epochs are kept: continue with --resume.")
        return 130
    return 0


def _make_checkpoints(output: Path, architecture: str) -> Path:
    checkpoints = output / "checkpoints" / architecture
    try:
        checkpoints.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            f"The folder {output} cannot be written: {error.strerror}. "
            "Name another with --output."
        ) from error
    return checkpoints


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
