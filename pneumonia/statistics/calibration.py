"""From logits to calibrated probabilities at a named prevalence."""

from collections.abc import Sequence
from typing import NamedTuple, TypedDict

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pneumonia.statistics.intervals import Interval, proportion_interval
from pneumonia.statistics.logistic import expit, logit

# Logits of probabilities from 0.0003 to 0.9997. The end bins hold all beyond.
_HISTOGRAM_EDGES = np.linspace(-8, 8, 33)


# Value, low and high end; None where undefined.
Figure = tuple[float | None, float | None, float | None]


class Calibration(NamedTuple):
    """A straight line on the logit scale (Platt scaling [1]_).

    The probability is the sigmoid of ``logit / temperature + bias``.

    Attributes
    ----------
    temperature : float
        Above 1 for an overconfident network.
    bias : float
        Moves scores to the prevalence of the fit.

    References
    ----------
    .. [1] J. Platt, "Probabilistic outputs for support vector machines and comparisons
       to regularized likelihood methods", Advances in Large Margin Classifiers, 1999.
    """

    temperature: float
    bias: float


class ReliabilityBin(TypedDict):
    """One bin of equal mass: mean score against the observed share of pneumonia."""

    n: int
    mean_score: float
    observed: float
    observed_ci: Interval


class ScoreCounts(TypedDict):
    """Counts of scores in K bins of equal width in logits, between K + 1 edges."""

    edges: list[float]
    normal: list[int]
    pneumonia: list[int]


def probability(logits: ArrayLike, calibration: Calibration) -> NDArray[np.float64]:
    """Turn logits into probabilities, at the prevalence of the calibration."""
    z = np.asarray(logits, float) / calibration.temperature + calibration.bias
    return np.asarray(expit(z))


def fit_calibration(y_true: ArrayLike, logits: ArrayLike) -> Calibration:
    """Fit temperature and bias by maximum likelihood.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    logits : array-like of shape (N,)

    Returns
    -------
    Calibration

    Raises
    ------
    ValueError
        If there is only one class.

    Notes
    -----
    Platt's targets, (n + 1) / (n + 2) instead of 1 and 1 / (n + 2) instead of 0, keep
    the temperature finite when the scores separate the classes without error.
    """
    y = np.asarray(y_true, int)
    z = np.asarray(logits, float)
    n = np.bincount(y, minlength=2)
    if n.min() == 0:
        raise ValueError(
            "Calibration needs normal and pneumonia radiographs. "
            f"Received: {n[0]} and {n[1]}."
        )
    targets = np.where(y == 1, (n[1] + 1) / (n[1] + 2), 1 / (n[0] + 2))

    def loss(parameters: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        """Give the mean cross-entropy and its gradient; the slope is positive."""
        slope, bias = np.exp(parameters[0]), parameters[1]
        line = z * slope + bias
        residual = expit(line) - targets
        value = float(np.mean(np.logaddexp(0, line) - targets * line))
        return value, np.array([np.mean(residual * z) * slope, residual.mean()])

    from scipy.optimize import minimize  # takes a second to import

    found = minimize(loss, np.zeros(2), jac=True, method="BFGS", tol=1e-8)
    return Calibration(temperature=float(np.exp(-found.x[0])), bias=float(found.x[1]))


def at_prevalence(
    probability: ArrayLike, *, assumed: float, wanted: float
) -> NDArray[np.float64]:
    """Move probabilities from one prevalence to another by Bayes' rule [1]_.

    Parameters
    ----------
    probability : array-like
        At the prevalence `assumed`, in [0, 1].
    assumed, wanted : float
        In (0, 1).

    Returns
    -------
    ndarray of float64

    Raises
    ------
    ValueError
        If a prevalence is not between 0 and 1.

    References
    ----------
    .. [1] M. Saerens, P. Latinne, C. Decaestecker, "Adjusting the outputs of a
       classifier to new a priori probabilities", Neural Computation 14, 2002.
    """
    for prevalence in (assumed, wanted):
        check_prevalence(prevalence)
    p = np.asarray(probability, float)
    pneumonia = p * wanted / assumed
    normal = (1 - p) * (1 - wanted) / (1 - assumed)
    return np.asarray(pneumonia / (pneumonia + normal))


def predictive_values(
    sensitivity: float, specificity: float, prevalence: float
) -> tuple[float, float]:
    """Positive and negative predictive value at a prevalence (Bayes' rule).

    Parameters
    ----------
    sensitivity, specificity : float
        In [0, 1].
    prevalence : float
        In (0, 1).

    Returns
    -------
    ppv, npv : float
        nan where nobody would be flagged, or nobody not.

    Raises
    ------
    ValueError
        If the prevalence is not between 0 and 1.
    """
    check_prevalence(prevalence)
    true_flags = sensitivity * prevalence
    false_flags = (1 - specificity) * (1 - prevalence)
    true_rests = specificity * (1 - prevalence)
    false_rests = (1 - sensitivity) * prevalence
    flags, rests = true_flags + false_flags, true_rests + false_rests
    return (
        true_flags / flags if flags else float("nan"),
        true_rests / rests if rests else float("nan"),
    )


def predictive_figures(
    sensitivity: Sequence[float | None],
    specificity: Sequence[float | None],
    prevalence: float,
) -> tuple[Figure, Figure]:
    """Positive and negative predictive value with their intervals, at a prevalence.

    Both rise with sensitivity and specificity. So their lower ends come from the lower
    ends of these, and their upper ends from the upper ones; the intervals cover more
    than 95 %.

    Parameters
    ----------
    sensitivity, specificity : sequence of float or None, 3
        Value, low and high end, in [0, 1].
    prevalence : float
        In (0, 1).

    Returns
    -------
    ppv, npv : (float, float, float)
        Value, low and high end; None where undefined.
    """
    ppv: list[float | None] = []
    npv: list[float | None] = []
    for found, spared in zip(sensitivity, specificity, strict=True):
        both = (
            (np.nan, np.nan)
            if found is None or spared is None
            else predictive_values(found, spared, prevalence)
        )
        for values, value in zip((ppv, npv), both, strict=True):
            values.append(None if np.isnan(value) else value)
    return (ppv[0], ppv[1], ppv[2]), (npv[0], npv[1], npv[2])


def of_100_patients(
    sensitivity: float, specificity: float, prevalence: float
) -> dict[str, int]:
    """Count what a flag does among 100 patients, in whole patients [1]_.

    Parameters
    ----------
    sensitivity, specificity : float
        In [0, 1].
    prevalence : float
        In (0, 1).

    Returns
    -------
    dict of str to int
        ``found``, ``missed``, ``false_alarms`` and ``spared``; their sum is 100.

    References
    ----------
    .. [1] G. Gigerenzer, U. Hoffrage, "How to improve Bayesian reasoning without
       instruction: frequency formats", Psychological Review 102, 1995.
    """
    check_prevalence(prevalence)
    ill = round(100 * prevalence)
    found, spared = round(ill * sensitivity), round((100 - ill) * specificity)
    return {
        "found": found,
        "missed": ill - found,
        "false_alarms": 100 - ill - spared,
        "spared": spared,
    }


def reliability(
    y_true: ArrayLike, y_score: ArrayLike, groups: ArrayLike, *, n_bins: int = 10
) -> list[ReliabilityBin]:
    """Compare scores with outcomes in bins of equal mass [1]_.

    The bins are those of `metrics.expected_calibration_error`.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    y_score : array-like of shape (N,)
        In [0, 1].
    groups : array-like of shape (N,)
        Patients.
    n_bins : int

    Returns
    -------
    list of ReliabilityBin
        By rising score.

    References
    ----------
    .. [1] A. H. Murphy, R. L. Winkler, "Reliability of subjective probability
       forecasts of precipitation and temperature", J. R. Stat. Soc. C 26, 1977.
    """
    y, score = np.asarray(y_true, int), np.asarray(y_score, float)
    patients = np.asarray(groups)
    order = np.argsort(score, kind="stable")
    return [
        {
            "n": len(rows),
            "mean_score": float(score[rows].mean()),
            "observed": float(y[rows].mean()),
            "observed_ci": list(proportion_interval(y[rows], patients[rows])),
        }
        for rows in np.array_split(order, min(n_bins, len(order)))
    ]


def score_distribution(y_true: ArrayLike, y_score: ArrayLike) -> ScoreCounts:
    """Count the scores of either class in bins of equal width in logits.

    Parameters
    ----------
    y_true : array-like of shape (N,)
        1 for pneumonia, 0 for normal.
    y_score : array-like of shape (N,)
        In [0, 1].

    Returns
    -------
    ScoreCounts
        The first and last bin also hold all beyond.
    """
    y = np.asarray(y_true)
    tiny = np.finfo(float).eps
    logits = logit(np.clip(np.asarray(y_score, float), tiny, 1 - tiny))
    logits = np.clip(logits, _HISTOGRAM_EDGES[0], _HISTOGRAM_EDGES[-1])
    return {
        "edges": _HISTOGRAM_EDGES.tolist(),
        "normal": np.histogram(logits[y == 0], _HISTOGRAM_EDGES)[0].tolist(),
        "pneumonia": np.histogram(logits[y == 1], _HISTOGRAM_EDGES)[0].tolist(),
    }


def check_prevalence(prevalence: float) -> None:
    """Refuse what is no prevalence.

    Parameters
    ----------
    prevalence : float

    Raises
    ------
    ValueError
        If it is not between 0 and 1, ends excluded.
    """
    if not 0 < prevalence < 1:
        raise ValueError(
            f"A prevalence lies between 0 and 1, ends excluded. Received: {prevalence}"
        )
