"""Measure published weights again: their card, figures and documents are rewritten."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from pneumonia.card import figures, markdown, provenance
from pneumonia.card.schema import Card
from pneumonia.card.sections import Inputs
from pneumonia.checked_files import claimed
from pneumonia.data import labelled_files
from pneumonia.data.kaggle import find_data, find_native_sizes
from pneumonia.data.labelled_files import LabelledFile
from pneumonia.data.partitions import TRAIN_PARTS, read_parts, split_train
from pneumonia.errors import DatasetError, WeightsError
from pneumonia.evaluation.input_report import measure_inputs
from pneumonia.evaluation.network_report import Report, fit_decision, report
from pneumonia.evaluation.seed_variability import (
    load_other_seeds,
    measure_seed_variability,
)
from pneumonia.lungs.finder import load_lung_finder
from pneumonia.model import weights
from pneumonia.model.network import Network
from pneumonia.model.publication import save_card

logger = logging.getLogger(__name__)


def remeasure(
    name_or_path: str | Path,
    data: Path,
    *,
    external: Path | None = None,
    compare_seeds: Sequence[Path] = (),
    skip_unreadable: bool = False,
) -> Path:
    """Fit the decision rule of published weights again and measure them with it.

    The weights stay as they are. So does what their card says of training, and every
    section that is not measured here.

    Parameters
    ----------
    name_or_path : str or Path
        As for `pneumonia.model.weights.load_weights`.
    data : Path
        The folder that the weights were trained on: it holds ``train``, or a folder
        ``chest_xray`` that does.
    external : Path, optional
        As for `pneumonia.evaluation.external_sets.measure_external_sets`.
    compare_seeds : sequence of Path, optional
        Weights of the same recipe and data from other seeds.
    skip_unreadable : bool
        Leave out radiographs that cannot be read.

    Returns
    -------
    Path
        Of the ``.keras`` file.

    Raises
    ------
    WeightsError
        If weights cannot be loaded, were not made by ``train.py``, or cannot be
        compared.
    DatasetError
        If the data is not what the weights were trained on, or cannot be read.
    """
    published = weights.load_weights(name_or_path)
    card, path = weights.load_card(name_or_path)
    _check_trained(card, path)
    others = load_other_seeds(compare_seeds, card["training"])
    folder = find_data(data)
    network = Network(
        published.model, load_lung_finder(weights.WEIGHTS_FOLDER), card["on_lungs"]
    )
    parts = read_parts(folder, network.picture_side, skip_unreadable=skip_unreadable)
    _check_same_data({name: parts[name].files for name in TRAIN_PARTS}, card, data)
    logger.info("Measuring.")
    measured = report(
        network,
        parts,
        fit_decision(network, parts["validation"], calibrated=card["calibrated"]),
        sizes=find_native_sizes(folder),
        external=external,
    )
    card["inputs"] = _measure_inputs(card, parts["validation"].files, folder)
    card["measured_with"] = provenance.describe_code()
    if others:
        card["seed_variability"] = measure_seed_variability(
            {card["training"]["seed"]: network}
            | {
                seed: replace(network, model=other.model)
                for seed, other in others.items()
            },
            parts,
            calibrated=card["calibrated"],
            external=external,
        )
    save_card(path, cast("Card", {**card, **measured.card}))
    write_documents(path, measured)
    return path


def remeasure_inputs(name_or_path: str | Path, data: Path) -> Path:
    """Measure anew only what the radiographs of validation are like.

    Parameters
    ----------
    name_or_path, data
        As for `remeasure`.

    Returns
    -------
    Path
        Of the ``.keras`` file.

    Raises
    ------
    WeightsError
        If the card cannot be loaded or was not made by ``train.py``.
    DatasetError
        If the data is not what the weights were trained on, or cannot be read.
    """
    card, path = weights.load_card(name_or_path)
    _check_trained(card, path)
    folder = find_data(data)
    files = {"validation": split_train(folder)["validation"]}
    _check_same_data(files, card, data)
    save_card(
        path,
        {**card, "inputs": _measure_inputs(card, files["validation"], folder)},
    )
    with claimed(path.parent):
        markdown.write_documents(weights.trained_cards(path.parent), path.parent)
    return path


def _measure_inputs(card: Card, files: Sequence[LabelledFile], folder: Path) -> Inputs:
    return measure_inputs(
        files,
        side=card["input_shape"][0],
        on_lungs=card["on_lungs"],
        sizes=find_native_sizes(folder),
    )


def write_documents(path: Path, measured: Report) -> None:
    """Draw the figures of published weights, and write all documents of their folder.

    Parameters
    ----------
    path : Path
        Of the ``.keras`` file, with its card beside it.
    measured : Report
    """
    card, _ = weights.load_card(path)
    figures.draw_figures(
        card, measured.labels, measured.scores, path.parent / "report" / "figures"
    )
    with claimed(path.parent):  # the documents are of all cards: one writer at a time
        markdown.write_documents(weights.trained_cards(path.parent), path.parent)
    auroc = measured.card["metrics"]["internal_test"]
    logger.info(
        "Published %s: held-out internal test AUROC %.3f (%.3f to %.3f).",
        path,
        auroc["auroc"],
        *auroc["auroc_ci"],
    )


def _check_trained(card: Card, path: Path) -> None:
    if "training" not in card or "partitions" not in card:
        raise WeightsError(
            f"Only weights that train.py made can be measured again. Received: {path} "
            "with a card without training and partitions."
        )


def _check_same_data(
    files: Mapping[str, Sequence[LabelledFile]], card: Card, data: Path
) -> None:
    for name, part in files.items():
        digest = labelled_files.index_sha256(part)
        if digest != card["partitions"][name]["index_sha256"]:
            raise DatasetError(
                f"The part {name} must hold the radiographs that it held in training. "
                f"Received: {data} with others. Name the folder that the weights were "
                "trained on, or train again."
            )
