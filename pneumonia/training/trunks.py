"""Train the trunks of a recipe, one after the other, on the same radiographs."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from pneumonia.data.labelled_files import index_sha256
from pneumonia.data.partitions import Part
from pneumonia.data.squares import store_rows
from pneumonia.model.network import Network
from pneumonia.training import fit as fitting
from pneumonia.training.batches import LabelledPictures, with_lungs
from pneumonia.training.recipes import Recipe, Run

logger = logging.getLogger(__name__)


def fit_trunks(
    recipe: Recipe,
    network: Network,
    parts: Mapping[str, Part],
    *,
    seed: int,
    checkpoints: Path,
    resume: bool = False,
) -> list[fitting.Fit]:
    """Train the trunks of a recipe; finished ones are kept.

    Parameters
    ----------
    recipe : Recipe
    network : Network
        Says what the trunks see: its side, and whether it looks at the lungs.
    parts : mapping of str to Part
        ``training`` and ``validation``.
    seed : int
    checkpoints : Path
        Holds a folder for each trunk, as of `pneumonia.training.fit.fit`.
    resume : bool
        Continue a stopped run.

    Returns
    -------
    list of Fit
        In the order of the recipe.
    """
    training, validation = parts["training"], parts["validation"]
    learned = (
        with_lungs(training.squares, training.labels, network.finder)
        if recipe.on_lungs
        else LabelledPictures(training.squares, training.labels)
    )
    cut = (
        network.squares(picture[np.newaxis], [box])[0]
        for picture, box in zip(
            validation.squares, network.boxes(validation.squares), strict=True
        )
    )
    seen = store_rows(cut, (*network.model.input_shape[1:3], 1))
    fitted = []
    for trunk in recipe.trunks:
        logger.info("Training %s.", trunk.architecture)
        fitted.append(
            fitting.fit(
                Run(trunk, seed, index_sha256(training.files)),
                learned,
                LabelledPictures(seen, validation.labels),
                checkpoints=checkpoints / trunk.architecture,
                resume=resume,
            )
        )
    return fitted
