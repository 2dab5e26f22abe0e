"""Cohen's kappa against published values and scikit-learn."""

import itertools
import math

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

from pneumonia.statistics.agreement import cohen_kappa

# Two dermatologists, 88 patients: the example of SAS PROC FREQ, which prints kappa
# 0.3449, its standard error 0.0724 and the limits 0.2030 and 0.4868.
DERMATOLOGISTS = [[10, 4, 1, 0], [5, 10, 12, 2], [2, 4, 12, 5], [0, 2, 6, 13]]


def spread(table: list[list[int]]) -> tuple[list[int], list[int]]:
    """Turn a table of counts into the categories of two readers."""
    cells = [
        (i, j)
        for i, row in enumerate(table)
        for j, n in enumerate(row)
        for _ in range(n)
    ]
    first, second = zip(*cells, strict=True)
    return list(first), list(second)


def test_kappa_and_its_error_are_the_published_ones() -> None:
    kappa = cohen_kappa(*spread(DERMATOLOGISTS))
    assert kappa.value == pytest.approx(0.3449, abs=5e-5)
    assert kappa.standard_error == pytest.approx(0.0724, abs=5e-5)


def test_interval_holds_the_published_limits() -> None:
    low, high = cohen_kappa(*spread(DERMATOLOGISTS)).interval
    assert 0.18 < low <= 0.2030
    assert 0.4868 <= high < 0.51


def test_kappa_is_that_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    for categories in (2, 3):
        first, second = rng.integers(categories, size=(2, 60)).tolist()
        expected = cohen_kappa_score(first, second)
        assert cohen_kappa(first, second).value == pytest.approx(expected)


def test_full_agreement_has_an_interval() -> None:
    kappa = cohen_kappa("abababab", "abababab")
    assert kappa.value == 1
    # The exact lower limit of 8 of 8 is 0.6306; chance agreement is one half.
    assert kappa.interval[0] == pytest.approx(2 * 0.6306 - 1, abs=1e-3)
    assert kappa.interval[1] == 1


def test_full_disagreement_stays_above_minus_one() -> None:
    kappa = cohen_kappa("abab", "baba")
    assert kappa.value == -1
    assert kappa.interval[0] == -1


def test_order_of_readers_does_not_matter() -> None:
    first, second = spread(DERMATOLOGISTS)
    one, other = cohen_kappa(first, second), cohen_kappa(second, first)
    assert (*one[:2], *one.interval) == pytest.approx((*other[:2], *other.interval))


@pytest.mark.parametrize(("first", "second"), [("", ""), ("aaa", "aaa")])
def test_kappa_is_undefined_without_two_categories(first: str, second: str) -> None:
    kappa = cohen_kappa(first, second)
    assert all(map(math.isnan, itertools.chain(kappa[:2], kappa.interval)))


def test_readers_must_have_read_the_same_number() -> None:
    with pytest.raises(ValueError, match="Received: 2 and 3"):
        cohen_kappa("ab", "aba")
