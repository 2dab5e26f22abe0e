"""The types of the card's sections. Figures that are undefined are None."""

from typing import Any, NotRequired, TypedDict

from pneumonia.statistics.calibration import ReliabilityBin, ScoreCounts
from pneumonia.statistics.intervals import Interval
from pneumonia.statistics.metrics import FlagFigures
from pneumonia.statistics.operating_points import OperatingPoint
from pneumonia.statistics.selective import Selective


class MeasuredPoint(OperatingPoint):
    """An operating point with its figures on the data that `measured_on` names."""

    threshold_ci: NotRequired[Interval]
    measured_on: NotRequired[str]
    sensitivity: NotRequired[float | None]
    sensitivity_ci: NotRequired[Interval]
    specificity: NotRequired[float | None]
    specificity_ci: NotRequired[Interval]
    ppv: NotRequired[float | None]
    ppv_ci: NotRequired[Interval]
    npv: NotRequired[float | None]
    npv_ci: NotRequired[Interval]


class Partition(TypedDict):
    """How many radiographs a part of the data has, and the digest of its index."""

    radiographs: int
    patients: int
    normal: int
    pneumonia: int
    index_sha256: str


class Extremes(TypedDict):
    """One figure each over all perturbations."""

    auroc: float
    sensitivity: float
    specificity: float


class Perturbed(Extremes):
    """Figures under one perturbation; changes are mean absolute changes of scores."""

    normal_change: float
    pneumonia_change: float


class Robustness(TypedDict):
    """Figures under each perturbation; ``unchanged`` is among the names."""

    measured_on: str
    by_perturbation: dict[str, Perturbed]
    worst: Extremes
    mean: Extremes


class Separation(FlagFigures):
    """Figures with a region of every radiograph occluded."""

    n: int
    auroc: float | None
    auroc_ci: Interval


class Regions(TypedDict):
    """Figures without the lungs' box, and with nothing else."""

    measured_on: str
    unchanged: Separation
    occlusions: dict[str, Separation]


class ScoreDistribution(ScoreCounts):
    """Counts of scores, and of which part of the data they are."""

    measured_on: str


class Moments(TypedDict):
    """Mean and standard deviation."""

    mean: float
    sd: float


class MomentsByClass(TypedDict):
    """Of normal radiographs and of those with pneumonia."""

    normal: Moments
    pneumonia: Moments


class Inputs(TypedDict):
    """What radiographs are like: those read, those refused, and the admitted ones."""

    measured_on: str
    n: int
    refused: int
    by_statistic: dict[str, MomentsByClass]


class Reliability(TypedDict):
    """Calibration, bin by bin."""

    measured_on: str
    bins: list[ReliabilityBin]


class Subgroup(TypedDict):
    """Normals have a specificity; bacterial and viral pneumonias the rest."""

    n: int
    specificity: NotRequired[float | None]
    specificity_ci: NotRequired[Interval]
    auroc: NotRequired[float | None]
    auroc_ci: NotRequired[Interval]
    sensitivity: NotRequired[float | None]
    sensitivity_ci: NotRequired[Interval]


class Subgroups(TypedDict):
    """Figures by label: ``normal``, ``bacterial``, ``viral``."""

    measured_on: str
    by_kind: dict[str, Subgroup]


class Shortcut(TypedDict):
    """How well properties of picture or file predict the class without the network."""

    n: int
    auroc: float
    auroc_ci: Interval
    higher_in: NotRequired[str]


class Shortcuts(TypedDict):
    """Each property alone, and all of the picture or of picture and file jointly."""

    measured_on: str
    alone: dict[str, Shortcut]
    jointly: dict[str, Shortcut]


class NativeCopies(TypedDict):
    """Scores of files at native resolution against those of their small copies."""

    n: int
    partitions: dict[str, int]
    mean_change: float
    mean_change_ci: Interval
    largest_change: float
    flags_changed: int


class Adults(TypedDict):
    """Scores of unlabelled adults of another hospital; three quartiles."""

    n: int
    patients: int
    flagged: float
    flagged_ci: Interval
    quartiles: list[float]


class ExternalSets(TypedDict):
    """Radiographs outside the partitions, where they are at hand."""

    native_copies: NotRequired[NativeCopies]
    adults: NotRequired[Adults]


class SourceGroup(TypedDict):
    """Radiographs of one source with one label: how many are flagged."""

    source: str
    label: str
    labelled_by: str
    n: int
    flagged: float
    flagged_ci: Interval


class SourceSeparation(TypedDict):
    """AUROC of opaque lungs of a source against normals of the same or another one."""

    opaque: str
    normal: str
    n: int
    auroc: float
    auroc_ci: Interval


class SourceSelective(Selective):
    """What setting the least sure radiographs of a source aside does."""

    source: str


class OtherHospitals(TypedDict):
    """Labelled radiographs of other hospitals; nothing was fitted on them."""

    groups: list[SourceGroup]
    separations: list[SourceSeparation]
    selective: NotRequired[list[SourceSelective]]


class MeasuredSelective(Selective):
    """What setting the least sure radiographs aside does, and on which data."""

    measured_on: str


class ExplanationFigure(TypedDict):
    """A mean over radiographs, and how far it is from maps that know nothing."""

    n: int
    mean: float
    mean_ci: Interval
    over_random: NotRequired[float]
    over_random_ci: NotRequired[Interval]
    over_gaussian: NotRequired[float]
    over_gaussian_ci: NotRequired[Interval]


class Explanation(TypedDict):
    """How true the maps of each method are, by measure.

    ``data`` is the name of the folder, ``left_out`` counts refused radiographs by
    code, ``without_map`` those on which a method found nothing to show, and
    ``missing`` says in sentences what could not be measured.
    """

    data: str
    radiographs: int
    radiographs_flagged: int
    left_out: dict[str, int]
    missing: list[str]
    without_map: dict[str, int]
    by_method: dict[str, dict[str, ExplanationFigure]]


class SeedNetwork(FlagFigures):
    """One network of `SeedVariability`, at its own balanced threshold."""

    network: str
    threshold: float
    auroc: float | None
    auroc_ci: Interval
    worst_auroc: float
    worst_specificity: float
    ece: float | None
    ece_ci: Interval
    largest_normal_change: float
    adults_flagged: NotRequired[float]


class SeedPair(TypedDict):
    """How far two networks of `SeedVariability` differ."""

    networks: list[str]
    mean_score_difference: float
    largest_mean_score_difference: float
    largest_under: str
    flags_that_differ: float
    adults_rank_correlation: NotRequired[float]
    adults_flags_that_differ: NotRequired[float]


class SeedVariability(TypedDict):
    """Networks of the same recipe and data that differ in their seed."""

    measured_on: str
    networks: list[SeedNetwork]
    pairs: list[SeedPair]


# Of one epoch: ``loss``, ``auroc``, ``validation_auroc`` and ``seconds``.
Epoch = dict[str, float]


class Training(TypedDict):
    """How the network was trained.

    ``recipe`` is free: it holds the settings of `pneumonia.training.recipes`.
    ``trunks_after`` are the numbers of epochs after which the training of a further
    trunk began.
    """

    seed: int
    recipe: dict[str, Any]
    index_sha256: str
    backend: str
    hardware: str
    epochs_trained: int
    best_epoch: int
    seconds: int
    radiographs_per_second: float | None
    history: NotRequired[list[Epoch]]
    trunks_after: NotRequired[list[int]]


class Served(TypedDict):
    """The export for serving: its checksum, and where its cells of evidence lie."""

    sha256: str
    stride: float
    first: float


class Code(TypedDict):
    """What ran, and when."""

    created: str
    git_revision: str | None
    versions: dict[str, str]


class Reported(TypedDict):
    """What the author of the seed CNN reports, not measured here; accuracies at 0.5."""

    training_accuracy: float
    official_validation_accuracy: float


class Recalibration(TypedDict):
    """How a site's card was fitted, and what could not be used."""

    folds: int
    temperature_ci: Interval
    bias_ci: Interval
    refused: NotRequired[dict[str, int]]
    unreadable: NotRequired[int]
