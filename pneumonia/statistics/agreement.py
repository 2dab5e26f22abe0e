"""How well two readers agree, or a reader and a model."""

from collections.abc import Hashable, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from pneumonia.statistics.intervals import CONFIDENCE, clopper_pearson, wider


class Kappa(NamedTuple):
    """Cohen's kappa; every value is nan where it is undefined.

    Attributes
    ----------
    value : float
        1 for full agreement, 0 for what chance would give.
    standard_error : float
    interval : tuple of float
        Low and high end of the 95 % interval, in [-1, 1].
    """

    value: float
    standard_error: float
    interval: tuple[float, float]


def cohen_kappa(first: Sequence[Hashable], second: Sequence[Hashable]) -> Kappa:
    """Measure agreement beyond chance [1]_.

    Parameters
    ----------
    first, second : sequence of hashable
        The categories that two readers gave the same cases.

    Returns
    -------
    Kappa
        Undefined without cases, and where both gave all cases one category. Each end
        of the interval is the outer one of the large-sample interval [2]_ and of the
        exact interval of the observed agreement at the same chance agreement: the
        first is a point where the two agree on every case.

    Raises
    ------
    ValueError
        If the readers did not read the same number of cases.

    References
    ----------
    .. [1] J. Cohen, "A coefficient of agreement for nominal scales", Educational and
       Psychological Measurement 20, 1960.
    .. [2] J. L. Fleiss, J. Cohen, B. S. Everitt, "Large sample standard errors of
       kappa and weighted kappa", Psychological Bulletin 72, 1969.
    """
    if len(first) != len(second):
        raise ValueError(
            "Agreement needs two readings of the same cases. "
            f"Received: {len(first)} and {len(second)}."
        )
    places = {name: i for i, name in enumerate(dict.fromkeys([*first, *second]))}
    table = np.zeros((len(places), len(places)))
    for one, other in zip(first, second, strict=True):
        table[places[one], places[other]] += 1
    if not table.sum():
        return Kappa(np.nan, np.nan, (np.nan, np.nan))
    share = table / table.sum()
    rows, columns = share.sum(axis=1), share.sum(axis=0)
    observed, chance = float(np.trace(share)), float(rows @ columns)
    if chance >= 1:
        return Kappa(np.nan, np.nan, (np.nan, np.nan))
    value = (observed - chance) / (1 - chance)
    # Cell (i, j) counts with the sum of the margins of column i and of row j.
    margins = columns[:, None] + rows[None, :]
    agreed = np.diag(share) @ (1 - np.diag(margins) * (1 - value)) ** 2
    off = share * margins**2
    differed = (1 - value) ** 2 * (off.sum() - np.trace(off))
    rest = (value - chance * (1 - value)) ** 2
    variance = max(agreed + differed - rest, 0) / (table.sum() * (1 - chance) ** 2)
    error = float(np.sqrt(variance))
    margin = float(NormalDist().inv_cdf((1 + CONFIDENCE) / 2)) * error
    exact = clopper_pearson(int(np.trace(table)), len(first))
    low, high = wider(
        (value - margin, value + margin),
        ((exact[0] - chance) / (1 - chance), (exact[1] - chance) / (1 - chance)),
    )
    return Kappa(value, error, (max(low, -1.0), min(high, 1.0)))
