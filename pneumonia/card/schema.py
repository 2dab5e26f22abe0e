"""The card: its keys, their types, and the check that refuses any other.

A card is the JSON file beside the weights. The classifier and the page need the keys
that `Card` requires; the other sections are measured and may be absent. Figures that
are undefined, such as the AUROC of one class, are None.
"""

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, NotRequired, TypedDict, cast, get_args, get_origin

from pneumonia.card.ranges import faults_of_list, range_of
from pneumonia.card.sections import (
    Code,
    Explanation,
    ExternalSets,
    Inputs,
    MeasuredPoint,
    MeasuredSelective,
    OtherHospitals,
    Partition,
    Recalibration,
    Regions,
    Reliability,
    Reported,
    Robustness,
    ScoreDistribution,
    SeedVariability,
    Served,
    Shortcuts,
    Subgroups,
    Training,
)
from pneumonia.errors import WeightsError
from pneumonia.statistics.metrics import Metrics

# Raised by one with every change that older programs cannot read.
SCHEMA_VERSION = 2


class Card(TypedDict):
    """The card of published weights, or of a site that recalibrated them."""

    schema_version: int
    name: str
    sha256: str
    architecture: str
    input_shape: list[int]
    on_lungs: bool
    calibrated: bool
    temperature: float
    bias: float
    prevalence: float
    operating_points: dict[str, MeasuredPoint]

    served: NotRequired[Served]
    parameters: NotRequired[int]
    created: NotRequired[str]
    git_revision: NotRequired[str | None]
    versions: NotRequired[dict[str, str]]
    measured_with: NotRequired[Code]
    training: NotRequired[Training]
    reported_by_author: NotRequired[Reported]

    partitions: NotRequired[dict[str, Partition]]
    metrics: NotRequired[dict[str, Metrics]]
    selective: NotRequired[MeasuredSelective]
    score_distribution: NotRequired[ScoreDistribution]
    inputs: NotRequired[Inputs]
    reliability: NotRequired[Reliability]
    subgroups: NotRequired[Subgroups]
    corruptions: NotRequired[Robustness]
    drawn_devices: NotRequired[Robustness]
    regions: NotRequired[Regions]
    shortcuts: NotRequired[Shortcuts]
    external_sets: NotRequired[ExternalSets]
    other_hospitals: NotRequired[OtherHospitals]
    seed_variability: NotRequired[SeedVariability]
    explanation: NotRequired[Explanation]

    weights_file: NotRequired[str]
    recalibrated_from: NotRequired[str]
    recalibration: NotRequired[Recalibration]


def check_card(card: Mapping[str, Any]) -> Card:
    """Return a card whose keys, types and ranges are those of `Card`.

    Parameters
    ----------
    card : mapping
        As read from JSON.

    Returns
    -------
    Card
        The same object.

    Raises
    ------
    WeightsError
        If the schema version is another, a key is missing, unknown or ill-typed, a
        number is out of its range, or an unsure zone does not lie around its
        threshold. The message names each key by its path.
    """
    version = card.get("schema_version")
    if version != SCHEMA_VERSION:
        raise WeightsError(
            f"A card has the schema version {SCHEMA_VERSION}. Received: {version}. "
            "Restore the card from the repository, or make it again with train.py or "
            "recalibrate."
        )
    wrong = list(_mismatches(card, Card, "")) or list(_misplaced(card))
    if wrong:
        raise WeightsError(
            f"A card has the keys and ranges of schema version {SCHEMA_VERSION}. "
            f"Received one that {'; '.join(wrong)}."
        )
    return cast("Card", card)


def _misplaced(card: Mapping[str, Any]) -> Iterator[str]:
    """Say which thresholds and unsure zones do not lie as they must."""
    points, names = card["operating_points"], ("screening", "balanced")
    rising = [points[name]["threshold"] for name in names if name in points]
    if rising != sorted(rising):
        yield "has a screening threshold above the balanced one"
    for name, point in points.items():
        low, high = point.get("unsure", (0, 1))
        if not low <= point["threshold"] <= high:
            yield (
                f"has operating_points.{name}.unsure of [{low}, {high}], not around "
                f"the threshold {point['threshold']}"
            )


def _mismatches(value: Any, expected: Any, path: str) -> Iterator[str]:
    """Say where a value departs from a type that JSON can hold."""
    origin, arguments = get_origin(expected), get_args(expected)
    if expected is Any:
        return
    if typing.is_typeddict(expected):
        if not isinstance(value, Mapping):
            yield _ill_typed(path, "an object", value)
            return
        hints = typing.get_type_hints(expected)
        prefix = f"{path}." if path else ""
        required = [key for key in hints if key in expected.__required_keys__]
        if missing := [prefix + key for key in required if key not in value]:
            yield f"lacks {', '.join(missing)}"
        for key, item in value.items():
            if key in hints:
                yield from _mismatches(item, hints[key], prefix + key)
            else:
                yield f"has the unknown key {prefix}{key}"
    elif origin is types.UnionType:
        found = [list(_mismatches(value, choice, path)) for choice in arguments]
        if all(found):
            yield found[0][0]
    elif origin is dict:
        if not isinstance(value, Mapping):
            yield _ill_typed(path, "an object", value)
            return
        for key, item in value.items():
            yield from _mismatches(item, arguments[1], f"{path}.{key}")
    elif origin is list:
        if not isinstance(value, list):
            yield _ill_typed(path, "a list", value)
            return
        for index, item in enumerate(value):
            yield from _mismatches(item, arguments[0], f"{path}[{index}]")
        for fault in faults_of_list(path.rpartition(".")[2], value):
            yield f"has {path} {fault}"
    else:
        # JSON writes 1.0 as 1 at times; a bool is never a number.
        allowed = (int, float) if expected is float else expected
        if not isinstance(value, allowed) or (
            isinstance(value, bool) and expected is not bool
        ):
            yield _ill_typed(path, expected.__name__, value)
        elif expected in (int, float):
            name = path.rpartition(".")[2].partition("[")[0]
            if value not in (allowed_range := range_of(name, expected)):
                yield f"has {path} {value}, outside {allowed_range}"


def _ill_typed(path: str, expected: str, value: Any) -> str:
    return f"has {path or 'a card'} of type {type(value).__name__}, not {expected}"
