"""Train the networks of a recipe: stage by stage, seed by seed."""

import itertools
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import keras

from pneumonia.training.batches import LabelledSquares
from pneumonia.training.checkpoints import find_state
from pneumonia.training.fit import Fit, fit
from pneumonia.training.settings import Recipe, Run

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A network after every stage of its recipe.

    Attributes
    ----------
    stages : sequence of Fit
        In order; at least one.
    """

    stages: Sequence[Fit]

    @property
    def model(self) -> keras.Model:
        """The network after its last stage."""
        return self.stages[-1].model

    @property
    def history(self) -> list[dict[str, float]]:
        """One entry an epoch, of all stages."""
        return [epoch for stage in self.stages for epoch in stage.history]

    @property
    def best_epoch(self) -> int:
        """Of the last stage, counted over all stages."""
        last = self.stages[-1]
        return len(self.history) - len(last.history) + last.best_epoch

    @property
    def stage_starts(self) -> list[int]:
        """Number of epochs before the second stage, the third and so on."""
        lengths = [len(stage.history) for stage in self.stages]
        return list(itertools.accumulate(lengths[:-1]))


def fit_recipe(
    recipe: Recipe,
    training: LabelledSquares,
    validation: LabelledSquares,
    *,
    seed: int,
    index_sha256: str,
    checkpoints: Path,
    resume: bool = False,
) -> dict[int, TrainedNetwork]:
    """Train the networks of a recipe, one after the other.

    Parameters
    ----------
    recipe : Recipe
    training, validation : LabelledSquares
    seed : int
        Of the first network. Its stage n has the seed ``seed + n``, so that no stage
        repeats the augmentation of the one before.
    index_sha256 : str
        Digest of the training radiographs.
    checkpoints : Path
        Folder for the state of every stage.
    resume : bool
        Continue from `checkpoints` if there is a stopped run. Finished stages are not
        trained again.

    Returns
    -------
    dict of int to TrainedNetwork
        By seed, in order.

    Raises
    ------
    CheckpointError
        If there is a stopped run but `resume` is False, or its settings differ; before
        anything is trained.
    """
    runs = [
        [
            Run(recipe.architecture, seed + network + number, index_sha256, stage)
            for number, stage in enumerate(recipe.stages)
        ]
        for network in range(recipe.seeds)
    ]

    # Named by their place, not their seed: a run of another seed meets a stopped one.
    def folder(network: int, number: int) -> Path:
        return checkpoints / f"network-{network + 1}-stage-{number + 1}"

    for network, stages in enumerate(runs):
        for number, run in enumerate(stages):
            find_state(folder(network, number), run, resume=resume)
    networks = {}
    for network, stages in enumerate(runs):
        fitted: list[Fit] = []
        for number, run in enumerate(stages):
            logger.info(
                "Network %d of %d, seed %d: stage %d of %d.",
                network + 1,
                recipe.seeds,
                seed + network,
                number + 1,
                len(stages),
            )
            stage = fit(
                run,
                training,
                validation,
                checkpoints=folder(network, number),
                previous=fitted[-1].model if fitted else None,
                resume=resume,
            )
            fitted.append(stage)
        networks[seed + network] = TrainedNetwork(fitted)
    return networks
