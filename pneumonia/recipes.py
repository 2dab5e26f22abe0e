"""What the network of each architecture is trained with."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pneumonia.augmentation import GENTLE, STRONG


@dataclass(frozen=True)
class Recipe:
    """How the network of an architecture comes about.

    Attributes
    ----------
    fit : dict
        What `pneumonia.training.fit` is told.
    members : int
        So many networks are fitted, from consecutive seeds.
    lessons : sequence of dict
        What is told otherwise when a network goes on and learns what others say: in the
        first lesson, beginning as the first member, what all members say; in a later
        one what it said itself at the end of the one before. Without any there is one
        member, and it is published.
    calibrated : bool
        Scores become probabilities. Otherwise they are only moved to the prevalence of
        the training folder.
    """

    fit: dict[str, Any]
    members: int = 1
    lessons: Sequence[dict[str, Any]] = ()
    calibrated: bool = False

    def altered(self, **options: Any) -> "Recipe":
        """Give the recipe with other settings of every network; None keeps one."""
        fit = {**self.fit, **{k: v for k, v in options.items() if v is not None}}
        lessons = [
            {**lesson, "epochs": min(fit["epochs"], lesson["epochs"])}
            for lesson in self.lessons
        ]
        return replace(self, fit=fit, lessons=lessons)

    def described(self) -> dict[str, Any]:
        """Give what is told as it stands in the card."""
        return {
            **self.fit,
            "augmentation": asdict(self.fit["augmentation"]),
            **(
                {"members": self.members, "lessons": list(self.lessons)}
                if self.lessons
                else {}
            ),
        }


_LESSON: dict[str, Any] = {
    "growth": [],
    "learning_rate": 5e-4,
    "rate_floor": 1.0,
    "warmup_epochs": 1,
    # The teachers have learned it.
    "label_smoothing": 0.0,
    # Over about four epochs.
    "averaging": 0.998,
}
# Asked of smaller copies as well, the network ranks better and follows crops less; the
# pupil learns to do so at first sight.
_SMALLER: dict[str, Any] = {"teacher_zooms": [0.85, 0.92, 1.0]}

RECIPES = {
    "seed_cnn": Recipe(
        {
            "epochs": 20,
            "batch_size": 32,
            "learning_rate": 1e-3,
            "patience": 8,
            "augmentation": GENTLE,
            "precision": "float32",
        }
    ),
    "resnet": Recipe(
        {
            "epochs": 80,
            "batch_size": 32,
            # Coarse squares first: most of what is learned is learned there, at a
            # third of the cost.
            "growth": [[0.55, 128], [0.2, 176], [0.25, 224]],
            "learning_rate": 2e-3,
            "warmup_epochs": 2,
            "weight_decay": 0.02,
            "label_smoothing": 0.05,
            # Validation from the same hospital saturates early and cannot tell the
            # last epochs apart: the learning rate has fallen to zero, and the last is
            # kept.
            "patience": None,
            "augmentation": STRONG,
            # A third faster than float32 where the processor has it; float32 elsewhere.
            "precision": "mixed_bfloat16",
        },
        members=3,
        lessons=[
            {"epochs": 10, **_LESSON},
            {"epochs": 8, **_LESSON, **_SMALLER},
            # Arms and abdomen tell the classes apart here as well. Mostly another
            # child's, they no longer do, and the chest is left to go by.
            {
                "epochs": 8,
                **_LESSON,
                **_SMALLER,
                "teachers_spared": ["border", "marker"],
                "exchanged_surroundings": 0.7,
            },
            # Likewise with the heart, and with lines, tubes and wires; and a chest is
            # the same however it is stretched. Haze, which other processing brings
            # about as well as disease, the network mostly evens out itself.
            {
                "epochs": 8,
                **_LESSON,
                "network": {"local_contrast": 1.5},
                # Those at which it ranks best.
                "teacher_zooms": [0.82, 0.88],
                "teachers_spared": ["border", "marker", "log_aspect"],
                "exchanged_surroundings": 0.7,
                "exchanged_mediastinum": 0.4,
                "drawn_lines": 0.5,
                # The teacher flags some normals that the labels know to be normal.
                "label_share": 0.5,
            },
        ],
        calibrated=True,
    ),
}
