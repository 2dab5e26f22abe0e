"""What the network of each architecture is trained with."""

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
    distillation : dict, optional
        What is told otherwise when one network, beginning as the first member, learns
        what all members say; without it there is one member, and it is published.
    calibrated : bool
        Scores become probabilities. Otherwise they are only moved to the prevalence of
        the training folder.
    """

    fit: dict[str, Any]
    members: int = 1
    distillation: dict[str, Any] | None = None
    calibrated: bool = False

    def altered(self, **options: Any) -> "Recipe":
        """Give the recipe with other settings of every network; None keeps one."""
        fit = {**self.fit, **{k: v for k, v in options.items() if v is not None}}
        distillation = self.distillation and dict(self.distillation)
        if distillation:
            distillation["epochs"] = min(fit["epochs"], distillation["epochs"])
        return replace(self, fit=fit, distillation=distillation)

    def described(self) -> dict[str, Any]:
        """Give what is told as it stands in the card."""
        return {
            **self.fit,
            "augmentation": asdict(self.fit["augmentation"]),
            **(
                {"members": self.members, "distillation": self.distillation}
                if self.distillation
                else {}
            ),
        }


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
        distillation={
            "epochs": 10,
            "growth": [],
            "learning_rate": 5e-4,
            "rate_floor": 1.0,
            "warmup_epochs": 1,
            # The teachers have learned it.
            "label_smoothing": 0.0,
            # Over about four epochs.
            "averaging": 0.998,
        },
        calibrated=True,
    ),
}
