"""The ranges of a card's numbers, told by the name of the number.

One name means one thing everywhere in a card. A number without a range here need only
be finite, and a whole number at least 0.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple


class Range(NamedTuple):
    """The numbers between two ends.

    Attributes
    ----------
    low, high : float
    ends : str
        As in mathematics: ``[`` includes the lower end and ``(`` does not.
    """

    low: float
    high: float
    ends: str = "[]"

    def __contains__(self, number: object) -> bool:
        """Tell whether a number lies between the ends; nan never does."""
        if not isinstance(number, int | float):
            return False
        above = number >= self.low if self.ends[0] == "[" else number > self.low
        below = number <= self.high if self.ends[1] == "]" else number < self.high
        return above and below

    def __str__(self) -> str:
        """Write the range as in mathematics."""
        return f"{self.ends[0]}{self.low:g}, {self.high:g}{self.ends[1]}"


_FINITE: Final = Range(-math.inf, math.inf, "()")
_COUNT: Final = Range(0, math.inf, "[)")
_SHARES: Final = (
    *("accuracy", "accuracy_at_0_5", "auroc", "brier", "ece", "sensitivity"),
    *("specificity", "ppv", "npv", "mean_score", "observed", "flagged", "quartiles"),
    *("worst_auroc", "worst_specificity", "adults_flagged", "normal_change", "unsure"),
    *("pneumonia_change", "largest_normal_change", "mean_change", "largest_change"),
)
_RANGES: Final = {
    **dict.fromkeys(_SHARES, Range(0, 1)),
    # 0 flags every radiograph: what is chosen where no threshold keeps its rule.
    "threshold": Range(0, 1, "[)"),
    "prevalence": Range(0, 1, "()"),
    "temperature": Range(0, math.inf, "()"),
    "stride": Range(0, math.inf, "()"),
    "sd": Range(0, math.inf, "[)"),
    "input_shape": Range(1, 4096),
}
# How many numbers lists have that are taken apart.
_LENGTHS: Final = {"input_shape": 3, "quartiles": 3, "unsure": 2}
_RISING: Final = {"quartiles", "edges", "unsure"}


def range_of(name: str, kind: type) -> Range:
    """Return the range of a number.

    Parameters
    ----------
    name : str
        Its key in the card; ``sensitivity_ci`` has the range of ``sensitivity``.
    kind : type
        `float` or `int`.

    Returns
    -------
    Range
    """
    usual = _COUNT if kind is int else _FINITE
    return _RANGES.get(name.removesuffix("_ci"), usual)


def faults_of_list(name: str, numbers: Sequence[object]) -> Iterator[str]:
    """Say what is wrong with the length and the order of a list of numbers.

    Parameters
    ----------
    name : str
        Its key in the card. An interval, ``…_ci``, is two numbers.
    numbers : sequence

    Yields
    ------
    str
        Behind the list's name.
    """
    interval = name.endswith("_ci")
    length = 2 if interval else _LENGTHS.get(name, len(numbers))
    if len(numbers) != length:
        yield f"with {len(numbers)} numbers, not {length}"
    known = [number for number in numbers if isinstance(number, int | float)]
    if (interval or name in _RISING) and known != sorted(known):
        yield "with numbers that do not rise"
