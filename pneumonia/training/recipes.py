"""The recipe of each published network."""

from pneumonia.training.augmentation import GENTLE, OF_LUNGS
from pneumonia.training.settings import Recipe, Trunk

# As its author made it.
SEED_CNN = Recipe(
    "seed_cnn",
    trunks=(
        Trunk(
            "seed_cnn",
            GENTLE,
            epochs=20,
            batch_size=32,
            learning_rate=1e-3,
            patience=8,
        ),
    ),
)

# Two trunks that differ in kind: more of the same kind brought nothing.
ENSEMBLE = Recipe(
    "ensemble",
    on_lungs=True,
    calibrated=True,
    trunks=(
        Trunk(
            "resnet",
            OF_LUNGS,
            epochs=24,
            batch_size=32,
            # Validation comes from the same hospital, is close to perfect early and
            # cannot rank the last epochs: keep the last.
            patience=None,
            learning_rate=2e-3,
            warmup_epochs=1,
            weight_decay=0.02,
            label_smoothing=0.05,
            outside_lungs=0.5,
            # A fifth faster than float32 where the processor has it.
            precision="mixed_bfloat16",
        ),
        Trunk(
            "efficientnet_lite0",
            OF_LUNGS,
            epochs=8,
            batch_size=32,
            learning_rate=4e-4,
            warmup_epochs=1,
            weight_decay=0.02,
            label_smoothing=0.05,
            imagenet=True,
            outside_lungs=0.5,
        ),
    ),
)

RECIPES = {recipe.name: recipe for recipe in (ENSEMBLE, SEED_CNN)}
