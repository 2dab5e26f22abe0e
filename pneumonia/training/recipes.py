"""What the network of each architecture is trained with."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pneumonia.training.augmentation import GENTLE, STRONG


@dataclass(frozen=True)
class Recipe:
    """How the network of an architecture comes about.

    Attributes
    ----------
    fit : dict
        What `pneumonia.training.fit.fit` is told.
    lessons : sequence of dict
        What is told otherwise when the network goes on and learns what it said itself
        before.
    seeds : int
        So many networks are trained alike, from consecutive seeds. The first is
        published; the others show what hangs on chance.
    calibrated : bool
        Scores become probabilities. Otherwise they are only moved to the prevalence of
        the training folder.
    """

    fit: dict[str, Any]
    lessons: Sequence[dict[str, Any]] = ()
    seeds: int = 1
    calibrated: bool = False

    def altered(self, *, seeds: int | None = None, **options: Any) -> "Recipe":
        """Give the recipe with other settings of every stage; None keeps one."""
        fit = {**self.fit, **{k: v for k, v in options.items() if v is not None}}
        lessons = [
            {**lesson, "epochs": min(fit["epochs"], lesson["epochs"])}
            for lesson in self.lessons
        ]
        return replace(self, fit=fit, lessons=lessons, seeds=seeds or self.seeds)

    def described(self) -> dict[str, Any]:
        """Give what is told as it stands in the card; of lessons, what is otherwise."""
        usual = asdict(self.fit["augmentation"])
        described = {**self.fit, "augmentation": usual}
        if self.lessons:
            described["lessons"] = [dict(lesson) for lesson in self.lessons]
        for lesson in described.get("lessons", []):
            if "augmentation" in lesson:
                changes = asdict(lesson["augmentation"])
                lesson["augmentation"] = {
                    name: value
                    for name, value in changes.items()
                    if value != usual[name]
                }
        return described


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
        lessons=[
            {
                "epochs": 8,
                "growth": [],
                "learning_rate": 5e-4,
                "rate_floor": 1.0,
                "warmup_epochs": 1,
                # The teacher has learned it.
                "label_smoothing": 0.0,
                # Over about four epochs.
                "averaging": 0.998,
                # Unchanged radiographs are what it is asked about; changed in every
                # way at once a normal looks like a faint pneumonia.
                "augmentation": replace(STRONG, varied=True),
                # Haze, which other processing brings about as well as disease, the
                # network mostly evens out itself from here on.
                "network": {"local_contrast": 1.5},
                # Asked of smaller copies, the network ranks better and follows crops
                # less; it learns to do so at first sight.
                "teacher_zooms": [0.82, 0.88],
                # A chest is the same however it is stretched.
                "teachers_spared": ["border", "marker", "log_aspect"],
                # Arms and abdomen tell the classes apart here, and so do hearts.
                # Mostly another child's, they no longer do, and the lungs are left to
                # go by; likewise with lines, tubes and wires.
                "exchanged_surroundings": 0.7,
                "exchanged_mediastinum": 0.4,
                "drawn_lines": 0.5,
                # The teacher flags some normals that the labels know to be normal.
                "label_share": 0.5,
            },
        ],
        seeds=3,
        calibrated=True,
    ),
}
