"""The recipe of each architecture."""

from dataclasses import replace

from pneumonia.training.augmentation import GENTLE, STRONG
from pneumonia.training.settings import (
    Counterfactuals,
    Distillation,
    Optimisation,
    Recipe,
    Schedule,
    Stage,
)

SEED_CNN = Recipe(
    "seed_cnn",
    stages=(
        Stage(
            Schedule(epochs=20, batch_size=32, patience=8),
            Optimisation(learning_rate=1e-3),
            GENTLE,
        ),
    ),
)

RESNET = Recipe(
    "resnet",
    stages=(
        # From the labels.
        Stage(
            Schedule(
                epochs=80,
                batch_size=32,
                # Most is learned on small squares, at a third of the cost.
                progressive_resizing=((0.55, 128), (0.2, 176), (0.25, 224)),
                # Validation comes from the same hospital, is close to perfect early
                # and cannot rank the last epochs: keep the last.
                patience=None,
            ),
            Optimisation(
                learning_rate=2e-3,
                warmup_epochs=2,
                weight_decay=0.02,
                label_smoothing=0.05,
            ),
            STRONG,
            # A third faster than float32 where the processor has it.
            precision="mixed_bfloat16",
        ),
        # Self-distillation: half label, half teacher on two smaller copies;
        # backgrounds and hearts are swapped between patients.
        Stage(
            Schedule(epochs=8, batch_size=32),
            Optimisation(
                learning_rate=5e-4,
                warmup_epochs=1,
                final_rate=1.0,
                weight_decay=0.02,
                averaging=0.998,  # over about four epochs
            ),
            # Changed in every way at once, a normal looks like a faint pneumonia.
            replace(STRONG, varied=True),
            # Background and heart tell the classes of the training folder apart.
            Counterfactuals(background_swap=0.7, mediastinum_swap=0.4, drawn_lines=0.5),
            Distillation(
                # The teacher calls some normals pneumonia; the label corrects it.
                label_share=0.5,
                # The teacher ranks better on smaller copies.
                teacher_zooms=(0.82, 0.88),
                hidden_changes=("border", "marker", "log_aspect"),
            ),
            # Haze comes from processing as well as from disease: weaken it.
            local_contrast=1.5,
            precision="mixed_bfloat16",
        ),
    ),
    seeds=3,
    calibrated=True,
)

RECIPES = {recipe.architecture: recipe for recipe in (RESNET, SEED_CNN)}
