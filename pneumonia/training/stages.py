"""Train a network stage by stage, and others alike from other seeds."""

import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras

from pneumonia.training import fit as fitting
from pneumonia.training.batches import LabelledSquares
from pneumonia.training.checkpoints import find_state
from pneumonia.training.fit import Fit
from pneumonia.training.recipes import Recipe

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Lineage:
    """A network and what it was before.

    Attributes
    ----------
    stages : sequence of Fit
        Of one network: what it was after learning from labels and after each lesson.
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
        """Of the last stage, counted over all."""
        last = self.stages[-1]
        return len(self.history) - len(last.history) + last.best_epoch

    @property
    def lessons_after(self) -> list[int]:
        """So many epochs lay before each lesson."""
        lengths = [len(stage.history) for stage in self.stages]
        return list(itertools.accumulate(lengths[:-1]))


def fit_recipe(
    architecture: str,
    recipe: Recipe,
    learned: LabelledSquares,
    validation: LabelledSquares,
    *,
    seed: int,
    checkpoints: Path,
    settings: Mapping[str, Any],
    resume: bool = False,
) -> dict[int, Lineage]:
    """Train the networks of a recipe, one after the other.

    Parameters
    ----------
    architecture : str
    recipe : Recipe
    learned, validation : LabelledSquares
    seed : int
        Of the first network.
    checkpoints : Path
        A folder for the state of every stage, as of `pneumonia.training.fit.fit`.
    settings : mapping
        Whatever else must be the same when the run is continued.
    resume : bool
        Continue from `checkpoints` if there is something to continue; stages that
        were finished are not trained again.

    Returns
    -------
    dict of int to Lineage
        By seed, the first first.

    Raises
    ------
    CheckpointError
        If there is a stopped run but `resume` is False, or its settings differ; before
        anything is trained.
    """
    stages = [recipe.fit, *({**recipe.fit, **lesson} for lesson in recipe.lessons)]
    # Folders are named by their place, so that a run of another seed meets a stopped
    # one. Each stage has a seed of its own: a lesson is about changed radiographs that
    # the network has not seen before.
    asked = {
        (network, stage): {
            "architecture": architecture,
            "seed": seed + network + stage,
            **options,
            "augmentation": asdict(options["augmentation"]),
            **settings,
        }
        for network in range(recipe.seeds)
        for stage, options in enumerate(stages)
    }
    folders = {
        (network, stage): checkpoints / f"network-{network + 1}-stage-{stage + 1}"
        for network, stage in asked
    }
    for place, folder in folders.items():
        find_state(folder, asked[place], resume=resume)
    lineages = {}
    for network in range(recipe.seeds):
        fitted: list[Fit] = []
        for stage, options in enumerate(stages):
            logger.info(
                "Network %d of %d, seed %d: stage %d of %d.",
                *(network + 1, recipe.seeds, seed + network),
                *(stage + 1, len(stages)),
            )
            place = (network, stage)
            fit = fitting.fit(
                architecture,
                learned,
                validation,
                **options,
                teachers=[before.model for before in fitted[-1:]],
                seed=asked[place]["seed"],
                checkpoints=folders[place],
                settings=asked[place],
                resume=resume,
            )
            fitted.append(fit)
        lineages[seed + network] = Lineage(fitted)
    return lineages
