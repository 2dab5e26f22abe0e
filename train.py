"""Train a network on labelled chest radiographs and publish its weights.

    python train.py                                             # the ensemble
    python train.py --architecture seed_cnn                     # the seed CNN
    python train.py --epochs 2 --output trial                   # a short trial
    python train.py --resume                                    # continue a stopped run
    KERAS_BACKEND=jax python train.py                           # another Keras backend
    python train.py --lungs                                     # what finds the lungs
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
import shutil
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pneumonia.data.kaggle import find_data, find_native_sizes
from pneumonia.data.labelled_files import index_sha256
from pneumonia.data.partitions import TRAIN_PARTS, Part, read_parts, split_train
from pneumonia.errors import CheckpointError, DatasetError, WeightsError
from pneumonia.model.weights import WEIGHTS_FOLDER
from pneumonia.reading.third_party_warnings import hide_third_party_warnings
from pneumonia.training.checkpoints import claim
from pneumonia.training.devices import find_devices, is_chief, join
from pneumonia.training.recipes import RECIPES, Recipe

if TYPE_CHECKING:
    from pneumonia.model.network import Network
    from pneumonia.training.fit import Fit

logger = logging.getLogger("train")


def parse_arguments() -> argparse.Namespace:
    """Read the settings from the command line."""
    parser = argparse.ArgumentParser(
        description="Train a network on chest radiographs and publish its weights."
    )
    add = parser.add_argument
    add("--data", type=Path, help="folder with train/; default: data/chest_xray, data")
    add("--architecture", choices=list(RECIPES), default="ensemble")
    add("--epochs", type=_positive, help="of each trunk; default: the recipe's")
    add("--batch-size", type=_positive, help="default: the recipe's")
    add(
        "--precision",
        choices=["float32", "mixed_bfloat16"],
        help="of the computation; default: the recipe's, where the processor has it",
    )
    add("--seed", type=_seed, default=0)
    add("--output", type=Path, default=WEIGHTS_FOLDER, help="folder of the weights")
    add("--resume", action="store_true", help="continue a stopped run")
    add(
        "--gate",
        action="store_true",
        help="fit the gate that all networks share, instead of a network",
    )
    add(
        "--lungs",
        action="store_true",
        help="train the network that finds the lungs, on masks that people drew",
    )
    add(
        "--masks",
        type=Path,
        help="with --lungs: folder with train/{NORMAL,PNEUMONIA}; "
        "default: lung_masks beside the data",
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
    from pneumonia.evaluation.input_report import measure_inputs
    from pneumonia.evaluation.network_report import fit_decision, report
    from pneumonia.evaluation.remeasure import write_documents
    from pneumonia.lungs.finder import load_lung_finder
    from pneumonia.model import weights
    from pneumonia.model.architectures import build_model, join_trunks
    from pneumonia.model.network import Network
    from pneumonia.model.publication import save_weights
    from pneumonia.training.export import export_served
    from pneumonia.training.precision import has_bfloat16
    from pneumonia.training.trunks import fit_trunks

    join()
    logger.info("Training on %s.", find_devices())
    code = provenance.describe_code()
    recipe = RECIPES[arguments.architecture].altered(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        precision=arguments.precision or (None if has_bfloat16() else "float32"),
    )
    untrained = build_model(recipe.name)
    finder = load_lung_finder(weights.WEIGHTS_FOLDER)
    network = Network(untrained, finder, recipe.on_lungs)

    # 1. Data: index, split by patient, decode, find the lungs.
    parts = read_parts(
        data, network.picture_side, skip_unreadable=arguments.skip_unreadable
    )

    # 2. Fit: each trunk apart; then join them.
    fitted = fit_trunks(
        recipe,
        network,
        parts,
        seed=arguments.seed,
        checkpoints=checkpoints,
        resume=arguments.resume,
    )
    if not is_chief():
        return
    network = replace(network, model=join_trunks([fit.model for fit in fitted]))

    # 3. Decide: calibration and operating points, on validation.
    rule = fit_decision(network, parts["validation"], calibrated=recipe.calibrated)

    # 4. Report: measure the network on the held-out internal test.
    logger.info("Measuring.")
    measured = report(
        network,
        parts,
        rule,
        sizes=find_native_sizes(data),
        external=arguments.external,
    )
    card = {
        **describe_run(recipe, network, fitted, arguments.seed, parts["training"]),
        **code,
        "measured_with": code,
        "inputs": measure_inputs(
            parts["validation"].files,
            side=network.model.input_shape[1],
            on_lungs=recipe.on_lungs,
            sizes=find_native_sizes(data),
        ),
        **measured.card,
    }

    # 5. Save the weights with their card.
    path = save_weights(
        network.model, card, arguments.output, served=export_served(network.model)
    )

    # 6. Draw the figures and write the documents.
    write_documents(path, measured)


def train_lungs(arguments: argparse.Namespace, data: Path) -> None:
    """Train the network that finds the lungs, measure it, save both."""
    import numpy as np

    from pneumonia.card import provenance
    from pneumonia.evaluation.lung_report import ATTRIBUTION, find_adults, measure_lungs
    from pneumonia.gate.checks import CERTAIN_QUALITY
    from pneumonia.lungs.finder import LUNG_FILES, LungFinder
    from pneumonia.training.export import to_onnx
    from pneumonia.training.lung_masks import read_masks, read_pairs
    from pneumonia.training.lung_network import fit_lung_network

    _make_folder(arguments.output)  # refused before the work, not after it
    masks = arguments.masks or data.parent / "lung_masks"
    drawn = {
        name: read_masks(masks / "train", files)
        for name, files in split_train(data).items()
        if name in TRAIN_PARTS
    }
    network = to_onnx(fit_lung_network(*drawn["training"], seed=arguments.seed))
    adults = read_pairs(find_adults(masks, arguments.external or data.parent))
    pictures, lungs = (
        np.concatenate([drawn["validation"][half], drawn["internal_test"][half]])
        for half in (0, 1)
    )
    card = {
        "trained_on": len(drawn["training"][0]),
        "seed": arguments.seed,
        "certain_quality": CERTAIN_QUALITY,
        "measured": measure_lungs(LungFinder(network), (pictures, lungs), adults),
        "attribution": ATTRIBUTION,
        **provenance.describe_code(),
    }
    path = LUNG_FILES.save(network, card, arguments.output)
    logger.info("Published %s.", path)


def train_gate(arguments: argparse.Namespace, data: Path) -> None:
    """Fit the gate, measure what it admits, save both."""
    from pneumonia.evaluation.gate_admission import fit_and_publish_gate

    _make_folder(arguments.output)  # refused before the work, not after it
    path = fit_and_publish_gate(
        data,
        arguments.output,
        external=arguments.external,
        skip_unreadable=arguments.skip_unreadable,
    )
    logger.info("Published %s.", path)


def describe_run(
    recipe: Recipe,
    network: "Network",
    fitted: "Sequence[Fit]",
    seed: int,
    training: Part,
) -> dict[str, Any]:
    """Describe for the card which network was trained, how and on what."""
    import keras

    from pneumonia.card import provenance

    author = provenance.REPORTED.get(recipe.name)
    return {
        "name": recipe.name,
        "architecture": recipe.name,
        "input_shape": list(network.model.input_shape[1:]),
        "on_lungs": recipe.on_lungs,
        "parameters": network.model.count_params(),
        **({"reported_by_author": author} if author else {}),
        "training": {
            "seed": seed,
            "recipe": recipe.described(),
            "index_sha256": index_sha256(training.files),
            "backend": keras.backend.backend(),
            "hardware": str(find_devices()),
            **provenance.describe_training(
                [fit.history for fit in fitted],
                fitted[-1].best_epoch,
                radiographs=len(training.files),
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
        if arguments.gate or arguments.lungs:
            (train_gate if arguments.gate else train_lungs)(arguments, data)
            return 0
        checkpoints = _make_folder(
            arguments.output, "checkpoints", arguments.architecture
        )
        with claim(checkpoints) if is_chief() else nullcontext():
            train(arguments, data, checkpoints)
        if is_chief():
            shutil.rmtree(checkpoints)
    except (CheckpointError, DatasetError, WeightsError) as error:
        logger.error("%s", error)
        return 2
    except KeyboardInterrupt:
        logger.error("Stopped. Completed epochs are kept: continue with --resume.")
        return 130
    return 0


def _make_folder(output: Path, *below: str) -> Path:
    folder = output.joinpath(*below)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WeightsError(
            f"The folder {output} cannot be written: {error.strerror}. "
            "Name another with --output."
        ) from error
    return folder


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
