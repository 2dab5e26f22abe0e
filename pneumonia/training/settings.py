"""What a network is trained with, as typed values that a checkpoint can store."""

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from pneumonia.training.augmentation import Augmentation


@dataclass(frozen=True)
class Schedule:
    """How long training lasts and on squares of which size.

    Attributes
    ----------
    epochs, batch_size : int
    patience : int or None
        End after so many epochs without a better validation AUROC, and keep the best
        epoch. None: train all epochs and keep the last.
    progressive_resizing : tuple of (float, int)
        Shares of the epochs, summing to 1, and the side of the squares in each. Small
        squares first cost less [1]_. Empty: the network's own side throughout.

    References
    ----------
    .. [1] M. Tan, Q. V. Le, "EfficientNetV2: Smaller Models and Faster Training",
       ICML 2021.
    """

    epochs: int
    batch_size: int
    patience: int | None = None
    progressive_resizing: tuple[tuple[float, int], ...] = ()

    def phases(self, side: int) -> list[tuple[int, int]]:
        """List the phases as (last epoch, side of the squares).

        Parameters
        ----------
        side : int
            The network's own.
        """
        if not self.progressive_resizing:
            return [(self.epochs, side)]
        shares, sides = zip(*self.progressive_resizing, strict=True)
        ends = np.floor(np.cumsum(shares) * self.epochs).astype(int).tolist()
        return list(zip([*ends[:-1], self.epochs], sides, strict=True))


@dataclass(frozen=True)
class Optimisation:
    """How the parameters are updated.

    Attributes
    ----------
    learning_rate : float
        At its highest.
    warmup_epochs : int
        The learning rate rises from 0 over these.
    final_rate : float
        Share of the learning rate at which the cosine [1]_ ends; 1 keeps it constant.
    weight_decay : float
        Decoupled [2]_, per unit of learning rate; not applied to biases and
        normalisation.
    label_smoothing : float
        Share of each target that is spread evenly over the classes.
    averaging : float
        Momentum of a moving average of the parameters over the steps [3]_. The final
        network has the averaged parameters, and batch statistics measured for them.
        0 for none.

    References
    ----------
    .. [1] I. Loshchilov, F. Hutter, "SGDR: Stochastic Gradient Descent with Warm
       Restarts", ICLR 2017.
    .. [2] I. Loshchilov, F. Hutter, "Decoupled Weight Decay Regularization", ICLR 2019.
    .. [3] P. Izmailov et al., "Averaging Weights Leads to Wider Optima and Better
       Generalization", UAI 2018.
    """

    learning_rate: float
    warmup_epochs: int = 0
    final_rate: float = 0.0
    weight_decay: float = 0.0
    label_smoothing: float = 0.0
    averaging: float = 0.0


@dataclass(frozen=True)
class Distillation:
    """Self-distillation: the network of the stage before is the teacher [1]_, [2]_.

    Attributes
    ----------
    label_share : float
        Share of the label in each target; the rest is the teacher's probability.
    teacher_zooms : tuple of float
        The teacher's probability is its mean over copies at these zooms. Below 1, a
        copy lies in a black frame.
    hidden_changes : tuple of str
        Fields of `pneumonia.training.change.Change` that only the student sees.

    References
    ----------
    .. [1] G. Hinton, O. Vinyals, J. Dean, "Distilling the Knowledge in a Neural
       Network", NIPS Deep Learning Workshop 2014.
    .. [2] L. Beyer et al., "Knowledge distillation: A good teacher is patient and
       consistent", CVPR 2022.
    """

    label_share: float = 0.0
    teacher_zooms: tuple[float, ...] = (1.0,)
    hidden_changes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counterfactuals:
    """Shares of training radiographs with parts that must not matter replaced [1]_.

    A teacher sees the original radiograph.

    Attributes
    ----------
    background_swap : float
        Everything around the chest comes from another patient.
    mediastinum_swap : float
        Mediastinum and heart come from another patient.
    drawn_lines : float
        Random lines, like tubes and wires, are drawn on.

    References
    ----------
    .. [1] K. Xiao et al., "Noise or Signal: The Role of Image Backgrounds in Object
       Recognition", ICLR 2021.
    """

    background_swap: float = 0.0
    mediastinum_swap: float = 0.0
    drawn_lines: float = 0.0


@dataclass(frozen=True)
class Stage:
    """One stage of training.

    Attributes
    ----------
    schedule : Schedule
    optimisation : Optimisation
    augmentation : Augmentation
    counterfactuals : Counterfactuals
    distillation : Distillation or None
        None: the labels alone are learned.
    local_contrast : float or None
        Ratio of `pneumonia.model.architectures.LocalContrast`; None leaves that layer
        out.
    precision : str
        Keras dtype policy of the computation. Parameters are float32 whatever it is.

    Raises
    ------
    ValueError
        If parameters are averaged over squares of several sides: batch statistics
        measured on one side do not fit the average.
    """

    schedule: Schedule
    optimisation: Optimisation
    augmentation: Augmentation
    counterfactuals: Counterfactuals = Counterfactuals()
    distillation: Distillation | None = None
    local_contrast: float | None = None
    precision: str = "float32"

    def __post_init__(self) -> None:
        """Refuse settings that contradict each other."""
        if self.optimisation.averaging and self.schedule.progressive_resizing:
            raise ValueError(
                "Averaging needs squares of one side. Received: averaging "
                f"{self.optimisation.averaging} with progressive resizing."
            )


@dataclass(frozen=True)
class Recipe:
    """How the network of an architecture is trained.

    Attributes
    ----------
    architecture : str
        A key of `pneumonia.model.architectures.ARCHITECTURES`.
    stages : tuple of Stage
        Each continues from the network of the one before.
    seeds : int
        Number of networks trained from consecutive seeds. The first is published; the
        others show the seed variance.
    calibrated : bool
        Fit temperature and bias, so that scores become probabilities. Otherwise
        scores are only moved to the prevalence of the training folder.
    """

    architecture: str
    stages: tuple[Stage, ...]
    seeds: int = 1
    calibrated: bool = False

    def altered(
        self,
        *,
        epochs: int | None = None,
        batch_size: int | None = None,
        precision: str | None = None,
        seeds: int | None = None,
    ) -> "Recipe":
        """Return the recipe with other settings in every stage; None keeps one.

        Later stages are shortened to `epochs`, never lengthened.
        """
        epochs = epochs or self.stages[0].schedule.epochs
        stages = [
            replace(
                stage,
                precision=precision or stage.precision,
                schedule=replace(
                    stage.schedule,
                    epochs=min(epochs, stage.schedule.epochs) if number else epochs,
                    batch_size=batch_size or stage.schedule.batch_size,
                ),
            )
            for number, stage in enumerate(self.stages)
        ]
        return replace(self, stages=tuple(stages), seeds=seeds or self.seeds)

    def described(self) -> dict[str, Any]:
        """Return the settings as the card holds them: one entry a stage."""
        return {
            f"stage_{number}": asdict(stage)
            for number, stage in enumerate(self.stages, 1)
        }


@dataclass(frozen=True)
class Run:
    """One stage of one network; a stopped run continues only if all of it is equal.

    Attributes
    ----------
    architecture : str
    seed : int
    index_sha256 : str
        Digest of the training radiographs, as of
        `pneumonia.data.labelled_files.index_sha256`.
    stage : Stage
    """

    architecture: str
    seed: int
    index_sha256: str
    stage: Stage
