"""What a network is trained with, and the recipe of each published network."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from pneumonia.training.augmentation import GENTLE, OF_LUNGS, Augmentation


@dataclass(frozen=True)
class Trunk:
    """How one network is trained, from the labels alone, in one pass.

    The learning rate falls along a cosine [1]_ after the warm-up; weight decay is
    decoupled [2]_.

    Attributes
    ----------
    architecture : str
        A key of `pneumonia.model.architectures.ARCHITECTURES`.
    augmentation : Augmentation
    epochs, batch_size : int
    learning_rate : float
        At its highest.
    patience : int or None
        End after so many epochs without a better validation AUROC, and keep the best
        epoch. None: train all epochs and keep the last.
    warmup_epochs : int
        The learning rate rises from 0 over these.
    weight_decay : float
        Per unit of learning rate; not applied to biases and normalisation.
    label_smoothing : float
        Share of each target that is spread evenly over the classes.
    imagenet : bool
        Start from ImageNet parameters.
    outside_lungs : float
        Weight in the loss of `pneumonia.training.learner.outside_share`.
    precision : str
        Keras dtype policy of the computation. Parameters are float32 whatever it is.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm
       Restarts", ICLR 2017.
    .. [2] I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
    """

    architecture: str
    augmentation: Augmentation
    epochs: int
    batch_size: int
    learning_rate: float
    patience: int | None = None
    warmup_epochs: int = 0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    imagenet: bool = False
    outside_lungs: float = 0.0
    precision: str = "float32"


@dataclass(frozen=True)
class Recipe:
    """How the published network of a name is made.

    Attributes
    ----------
    name : str
        A key of `pneumonia.model.architectures.ARCHITECTURES`.
    trunks : tuple of Trunk
        Trained apart and joined, as of `pneumonia.model.architectures.join_trunks`.
    on_lungs : bool
        Cut every radiograph to its lungs. Otherwise the whole radiograph is seen.
    calibrated : bool
        Fit temperature and bias, so that scores become probabilities. Otherwise
        scores are only moved to the prevalence of the training folder.
    """

    name: str
    trunks: tuple[Trunk, ...]
    on_lungs: bool = False
    calibrated: bool = False

    def altered(
        self,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        precision: str | None = None,
    ) -> "Recipe":
        """Return the recipe with other settings in every trunk; None keeps one."""
        trunks = [
            replace(
                trunk,
                epochs=epochs or trunk.epochs,
                batch_size=batch_size or trunk.batch_size,
                precision=precision or trunk.precision,
            )
            for trunk in self.trunks
        ]
        return replace(self, trunks=tuple(trunks))

    def described(self) -> dict[str, Any]:
        """Return the settings as the card holds them: one entry a trunk."""
        return {trunk.architecture: asdict(trunk) for trunk in self.trunks}


@dataclass(frozen=True)
class Run:
    """The training of one trunk; a stopped run continues only if all of it is equal.

    Attributes
    ----------
    trunk : Trunk
    seed : int
    index_sha256 : str
        Digest of the training radiographs, as of
        `pneumonia.data.labelled_files.index_sha256`.
    """

    trunk: Trunk
    seed: int
    index_sha256: str


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
            # A fifth faster than float32 where the processor has it; `train.py` asks.
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
