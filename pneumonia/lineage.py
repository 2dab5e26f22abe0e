"""Train networks of several seeds, and the one that learns from them."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pneumonia import training
from pneumonia.batches import LabelledSquares
from pneumonia.checkpoints import find_state
from pneumonia.recipes import Recipe
from pneumonia.training import Fit

logger = logging.getLogger(__name__)

_DISTILLED = "distilled"


@dataclass(frozen=True, eq=False)
class Lineage:
    """A network and those that it comes from.

    Attributes
    ----------
    published : Fit
        Its history begins with the first epoch of the member it began as.
    members : mapping of int to Fit
        By seed; the first is what the published one began as, or is it itself.
    distilled_after : int or None
        The epoch after which it began to learn from the members; None if it never did.
    """

    published: Fit
    members: Mapping[int, Fit]
    distilled_after: int | None = None


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
) -> Lineage:
    """Train the members of a recipe, and the network that learns from them.

    Parameters
    ----------
    architecture : str
    recipe : Recipe
    learned, validation : LabelledSquares
    seed : int
        Of the first member.
    checkpoints : Path
        A folder for the state of every network, as of `pneumonia.training.fit`.
    settings : mapping
        Whatever else must be the same when the run is continued.
    resume : bool
        Continue from `checkpoints` if there is something to continue; networks that
        were finished are not trained again.

    Returns
    -------
    Lineage

    Raises
    ------
    CheckpointError
        If there is a stopped run but `resume` is False, or its settings differ; before
        any network is trained.
    """
    seeds = range(seed, seed + recipe.members)
    # Named by their place, so that a run of another seed meets a stopped one.
    stages = {f"member-{n}": (number, recipe.fit) for n, number in enumerate(seeds, 1)}
    if recipe.distillation:
        # Its stream of changed radiographs is none that a member has seen.
        stages[_DISTILLED] = (seeds.stop, {**recipe.fit, **recipe.distillation})
    asked = {
        name: {
            "architecture": architecture,
            "seed": number,
            **options,
            "augmentation": asdict(options["augmentation"]),
            **settings,
        }
        for name, (number, options) in stages.items()
    }
    for name in stages:
        find_state(checkpoints / name, asked[name], resume=resume)
    fits: dict[str, Fit] = {}
    for name, (number, options) in stages.items():
        logger.info(
            "Network %d of %d: %s, seed %d.", len(fits) + 1, len(stages), name, number
        )
        fits[name] = training.fit(
            architecture,
            learned,
            validation,
            **options,
            teachers=[fitted.model for fitted in fits.values()]
            if name == _DISTILLED
            else [],
            seed=number,
            checkpoints=checkpoints / name,
            settings=asked[name],
            resume=resume,
        )
    members = dict(zip(seeds, fits.values(), strict=False))
    first = members[seed]
    if _DISTILLED not in fits:
        return Lineage(first, members)
    distilled = fits[_DISTILLED]
    whole = Fit(
        distilled.model,
        [*first.history, *distilled.history],
        len(first.history) + distilled.best_epoch,
    )
    return Lineage(whole, members, distilled_after=len(first.history))
