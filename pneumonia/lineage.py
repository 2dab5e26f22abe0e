"""Train networks of several seeds, and the one that learns from them."""

import itertools
import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pneumonia import training
from pneumonia.batches import LabelledSquares
from pneumonia.checkpoints import find_state
from pneumonia.recipes import Recipe
from pneumonia.training import Fit

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Lineage:
    """A network and those that it comes from.

    Attributes
    ----------
    members : mapping of int to Fit
        By seed; the first is what the published network began as, or is it itself.
    lessons : sequence of Fit
        What that network was after each lesson; the last is published.
    """

    members: Mapping[int, Fit]
    lessons: Sequence[Fit] = ()

    @property
    def published(self) -> Fit:
        """The network to publish; its history begins with the first member's."""
        course = self._course()
        history = [epoch for fitted in course for epoch in fitted.history]
        last = course[-1]
        before = len(history) - len(last.history)
        return Fit(last.model, history, before + last.best_epoch)

    @property
    def lessons_after(self) -> list[int]:
        """So many epochs of the published network lay before each lesson."""
        lengths = [len(fitted.history) for fitted in self._course()]
        return list(itertools.accumulate(lengths[:-1]))

    def _course(self) -> list[Fit]:
        return [next(iter(self.members.values())), *self.lessons]


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
    # Named by their place, so that a run of another seed meets a stopped one.
    stages = {
        **{f"member-{n}": recipe.fit for n in range(1, recipe.members + 1)},
        **{
            f"lesson-{n}": {**recipe.fit, **lesson}
            for n, lesson in enumerate(recipe.lessons, 1)
        },
    }
    # Each has a seed of its own: a lesson is about changed radiographs not seen before.
    asked = {
        name: {
            "architecture": architecture,
            "seed": number,
            **options,
            "augmentation": asdict(options["augmentation"]),
            **settings,
        }
        for number, (name, options) in enumerate(stages.items(), seed)
    }
    for name in stages:
        find_state(checkpoints / name, asked[name], resume=resume)
    members: dict[int, Fit] = {}
    lessons: list[Fit] = []
    for place, (name, options) in enumerate(stages.items(), 1):
        number = asked[name]["seed"]
        logger.info("Stage %d of %d: %s, seed %d.", place, len(stages), name, number)
        is_member = place <= recipe.members
        teachers = [] if is_member else lessons[-1:] or list(members.values())
        fitted = training.fit(
            architecture,
            learned,
            validation,
            **options,
            teachers=[teacher.model for teacher in teachers],
            seed=number,
            checkpoints=checkpoints / name,
            settings=asked[name],
            resume=resume,
        )
        if is_member:
            members[number] = fitted
        else:
            lessons.append(fitted)
    return Lineage(members, lessons)
