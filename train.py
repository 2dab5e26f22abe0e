"""Train a network on labelled chest radiographs and publish its weights.

    python train.py --data chest_xray
    python train.py --data chest_xray --architecture seed_cnn

The data has the layout of Kaggle's "Chest X-Ray Images (Pneumonia)":
``train|val|test`` / ``NORMAL|PNEUMONIA``. Without ``--data`` it is fetched from Kaggle.
A part of ``train``, patients apart, validates; another measures; ``test`` is not read
except to keep its patients out of training. A run that was stopped goes on with
``--resume``. Any Keras backend works (``KERAS_BACKEND=jax python train.py …``).
"""

import argparse
import logging
import os
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pneumonia.augmentation import GENTLE, STRONG
from pneumonia.errors import CheckpointError, DatasetError, WeightsError
from pneumonia.weights import WEIGHTS_FOLDER

KAGGLE_DATASET = "paultimothymooney/chest-xray-pneumonia"

# Shares of the train folder, by patient: where the epoch and the thresholds are
# chosen, and where nothing is.
VALIDATION_SHARE = 0.1
INTERNAL_TEST_SHARE = 0.1
# The same for every run, whatever its seed, so that runs can be compared and the
# internal test stays unseen by all of them.
SPLIT_SEED = 0

# What each architecture is fitted with; see `pneumonia.training.fit`.
RECIPES: dict[str, dict[str, Any]] = {
    "seed_cnn": {
        "epochs": 20,
        "batch_size": 32,
        "learning_rate": 1e-3,
        "patience": 8,
        "augmentation": GENTLE,
    },
    "resnet": {
        "epochs": 80,
        "batch_size": 32,
        # Coarse squares first: most of what is learned is learned there, at a third of
        # the cost.
        "growth": [[0.55, 128], [0.2, 176], [0.25, 224]],
        "learning_rate": 2e-3,
        "warmup_epochs": 2,
        "weight_decay": 0.02,
        "label_smoothing": 0.05,
        # Validation from the same hospital saturates early and cannot tell the last
        # epochs apart: the learning rate has fallen to zero, and the last is kept.
        "patience": None,
        "augmentation": STRONG,
        # A third faster than float32 on processors that have it.
        "precision": "mixed_bfloat16",
    },
}
# The others' scores are only moved to the prevalence of the training folder.
CALIBRATED = ("resnet",)

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
    parser.add_argument("--seed", type=_seed, default=0)
    parser.add_argument("--output", type=Path, default=WEIGHTS_FOLDER)
    parser.add_argument("--resume", action="store_true", help="go on after a stop")
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
    # Keras takes seconds to import: after the command line and the data are sound.
    import keras
    import numpy as np
    from scipy.special import logit

    from pneumonia import (
        batches,
        calibration,
        card,
        dataset,
        evaluation,
        figures,
        metrics,
        training,
        weights,
    )
    from pneumonia.architectures import build_model

    revision = card.git_revision()

    # 1. Which radiographs are for what.
    others = {
        name: dataset.index_radiographs(data / name)
        for name in ("val", "test")
        if (data / name).is_dir()
    }
    folder = dataset.without_overlap(dataset.index_radiographs(data / "train"), others)
    parts = dataset.split_by_patient(
        folder, (VALIDATION_SHARE, INTERNAL_TEST_SHARE), seed=SPLIT_SEED
    )
    files = dict(zip(("training", "validation", "internal_test"), parts, strict=True))
    if "val" in others:
        files["official_val"] = others["val"]

    # 2. Decode them once, as the network will see them.
    input_shape = build_model(arguments.architecture).input_shape[1:]
    squares = {}
    for name in files:
        files[name], squares[name] = dataset.load_squares(
            files[name], input_shape[0], skip_unreadable=arguments.skip_unreadable
        )
    labels = {name: dataset.labels_of(part) for name, part in files.items()}
    for name, values in labels.items():
        if set(values.tolist()) != {0, 1}:
            raise DatasetError(
                "Every part needs normal and pneumonia radiographs that can be read. "
                f"Received: {len(values)} in {name}, not of both classes."
            )

    # 3. Fit; an epoch is chosen on validation, or the last is kept.
    recipe = dict(RECIPES[arguments.architecture])
    recipe["epochs"] = arguments.epochs or recipe["epochs"]
    recipe["batch_size"] = arguments.batch_size or recipe["batch_size"]
    settings: dict[str, Any] = {
        "architecture": arguments.architecture,
        "seed": arguments.seed,
        **recipe,
        "augmentation": asdict(recipe["augmentation"]),
        "index_sha256": dataset.index_sha256(files["training"]),
    }
    fitted = training.fit(
        arguments.architecture,
        batches.LabelledSquares(
            squares["training"], labels["training"], dataset.kinds_of(files["training"])
        ),
        batches.LabelledSquares(squares["validation"], labels["validation"]),
        **recipe,
        seed=arguments.seed,
        checkpoints=checkpoints,
        settings=settings,
        resume=arguments.resume,
    )

    # 4. Validation and its shifted copies give the calibration and the thresholds.
    logger.info("Measuring.")
    shifted = {
        name: evaluation.shifted_logits(fitted.model, squares[name])
        for name in ("validation", "internal_test")
    }
    suite_labels = np.tile(labels["validation"], len(shifted["validation"]))
    suite_logits = np.concatenate(list(shifted["validation"].values()))
    prevalence = float(labels["validation"].mean())
    calibrated = arguments.architecture in CALIBRATED
    fit = (
        calibration.fit_calibration(suite_labels, suite_logits)
        if calibrated
        # Both classes weighed the same in training: back to the folder's prevalence.
        else calibration.Calibration(1.0, float(logit(prevalence)))
    )
    points = metrics.choose_operating_points(
        suite_labels, calibration.probability(suite_logits, fit)
    )

    # 5. Measure; what was fitted on validation is reported on the internal test.
    scores = {
        name: calibration.probability(training.predict_logits(fitted.model, part), fit)
        for name, part in squares.items()
    }
    whole = ("training", "validation", "internal_test")
    files["train_folder"] = [file for name in whole for file in files[name]]
    labels["train_folder"] = dataset.labels_of(files["train_folder"])
    scores["train_folder"] = np.concatenate([scores[name] for name in whole])
    measured = {
        name: metrics.evaluate(
            labels[name],
            scores[name],
            threshold=points["balanced"]["threshold"],
            groups=dataset.patients_of(files[name]),
        )
        for name in files
    }
    under_shifts = {
        part: evaluation.measure_shifts(
            labels[part],
            {name: calibration.probability(z, fit) for name, z in logits.items()},
            threshold=points["balanced"]["threshold"],
        )
        for part, logits in shifted.items()
    }
    # What a threshold does is measured where it was not chosen.
    at_points = {
        name: metrics.evaluate(
            labels["internal_test"],
            scores["internal_test"],
            threshold=point["threshold"],
            groups=dataset.patients_of(files["internal_test"]),
        )
        for name, point in points.items()
    }
    operating_points = {
        name: {
            **point,
            "measured_on": "internal_test",
            **{
                key: at_points[name][key]
                for figure in ("sensitivity", "specificity", "ppv", "npv")
                for key in (figure, f"{figure}_ci")
            },
        }
        for name, point in points.items()
    }

    # 6. Publish.
    name = arguments.architecture
    description = card.describe_training(
        files,
        settings={
            **settings,
            "backend": keras.backend.backend(),
            "hardware": f"{os.cpu_count()} CPU cores",
        },
        revision=revision,
        best_epoch=fitted.best_epoch,
        history=fitted.history,
    )
    path = weights.save_weights(
        fitted.model,
        {
            "name": name,
            "architecture": arguments.architecture,
            "input_shape": list(input_shape),
            "parameters": fitted.model.count_params(),
            "calibrated": calibrated,
            "temperature": fit.temperature,
            "bias": fit.bias,
            "prevalence": prevalence,
            "operating_points": operating_points,
            "metrics": measured,
            "shifts": under_shifts,
            "reported_by_author": card.REPORTED.get(name),
            **description,
        },
        arguments.output,
    )
    pictures = arguments.output / "figures"
    figures.draw_training_curves(fitted.history, pictures / f"{name}_training.png")
    figures.draw_roc(
        labels["internal_test"],
        scores["internal_test"],
        points,
        pictures / f"{name}_roc.png",
        title=f"{name}, internal test",
    )
    figures.draw_confusion_matrix(
        labels["internal_test"],
        scores["internal_test"],
        points["balanced"]["threshold"],
        pictures / f"{name}_confusion.png",
        title=f"{name}, internal test, balanced",
    )
    card.write_model_card(arguments.output)
    shutil.rmtree(checkpoints)
    internal = measured["internal_test"]
    logger.info(
        "Published %s: internal test AUROC %.3f (%.3f to %.3f).",
        path,
        internal["auroc"],
        *internal["auroc_ci"],
    )
    return path


def main() -> int:
    """Run from the command line; returns the exit status."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    arguments = parse_arguments()
    try:
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
