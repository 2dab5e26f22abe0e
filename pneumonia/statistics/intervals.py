"""Confidence intervals: exact ones, and a bootstrap over patients.

Radiographs of one patient are not independent. So the bootstrap draws patients, not
radiographs [1]_. It collapses to a point when every case is right. So the interval of
a proportion takes at each end the outer one of the bootstrap and Clopper and Pearson.

References
----------
.. [1] C. A. Field, A. H. Welsh, "Bootstrapping clustered data", J. R. Stat. Soc. B 69,
   2007.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95
# Draws of every bootstrap. Read when a bootstrap starts, so that a test can lower it.
N_RESAMPLES = 1000

# Low and high end; None where a figure is undefined.
Interval = list[float | None]


def clopper_pearson(successes: int, trials: int) -> tuple[float, float]:
    """Exact 95 % interval of a proportion [1]_; (nan, nan) without trials.

    References
    ----------
    .. [1] C. J. Clopper, E. S. Pearson, "The use of confidence or fiducial limits
       illustrated in the case of the binomial", Biometrika 26, 1934.
    """
    if trials == 0:
        return float("nan"), float("nan")
    # Not `scipy.stats.binomtest`, which takes seconds to import.
    from scipy.special import betaincinv

    failures, tail = trials - successes, (1 - CONFIDENCE) / 2
    low = betaincinv(successes, failures + 1, tail) if successes else 0.0
    high = betaincinv(successes + 1, failures, 1 - tail) if failures else 1.0
    return float(low), float(high)


def proportion_interval(hits: ArrayLike, groups: ArrayLike) -> list[float]:
    """95 % interval of a share, low and high.

    Each end is the outer one of `clopper_pearson` and a bootstrap over patients.

    Parameters
    ----------
    hits : array-like of bool, shape (N,)
    groups : array-like of shape (N,)
        Patients.
    """
    hit = np.asarray(hits, bool)
    drawn = percentiles([float(hit[rows].mean()) for rows in draw_patients(groups)])
    return list(wider(drawn, clopper_pearson(int(hit.sum()), len(hit))))


def draw_patients(
    groups: ArrayLike, n_resamples: int | None = None, *, seed: int = 0
) -> Iterator[NDArray[np.intp]]:
    """Draw patients with replacement, each with all radiographs.

    Parameters
    ----------
    groups : array-like of shape (N,)
        Patients.
    n_resamples : int, optional
        How often; `N_RESAMPLES` if not given.
    seed : int

    Yields
    ------
    ndarray of int
        Rows of the radiographs drawn.
    """
    _, patient = np.unique(np.asarray(groups), return_inverse=True)
    order = np.argsort(patient, kind="stable")
    starts = np.searchsorted(patient[order], np.arange(patient.max() + 2))
    members = [order[a:b] for a, b in pairwise(starts)]
    rng = np.random.default_rng(seed)
    for _ in range(N_RESAMPLES if n_resamples is None else n_resamples):
        drawn = rng.integers(len(members), size=len(members))
        yield np.concatenate([members[i] for i in drawn])


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """Return the ends of the middle 95 % of draws, without undefined ones (nan)."""
    known = np.asarray(values)[~np.isnan(values)]
    if known.size == 0:
        return float("nan"), float("nan")
    tail = 50 * (1 - CONFIDENCE)
    low, high = np.percentile(known, [tail, 100 - tail])
    return float(low), float(high)


def wider(
    drawn: tuple[float, float], exact: tuple[float, float]
) -> tuple[float, float]:
    """Take the outer ends of two intervals; an undefined end (nan) does not count."""
    return (
        float(np.fmin(drawn[0], exact[0])),
        float(np.fmax(drawn[1], exact[1])),
    )
