"""Logits to shares and back, as SciPy does it."""

import numpy as np
import scipy.special

from pneumonia.statistics.logistic import expit, logit

LOGITS = np.r_[-np.inf, -800, np.linspace(-40, 40, 801), 800, np.inf]


def test_shares_are_those_of_scipy() -> None:
    np.testing.assert_allclose(expit(LOGITS), scipy.special.expit(LOGITS), rtol=1e-14)


def test_logits_are_those_of_scipy() -> None:
    shares = np.r_[0, 1e-300, np.linspace(1e-6, 1 - 1e-6, 1001), 1]
    np.testing.assert_allclose(
        logit(shares), scipy.special.logit(shares), rtol=1e-12, atol=1e-15
    )
    assert np.isnan(logit([-0.1, 1.1])).all()


def test_precision_and_shape_stay() -> None:
    shares = expit(np.zeros((2, 3), np.float32))
    assert shares.dtype == np.float32
    assert shares.shape == (2, 3)
    assert isinstance(expit(0.0), float)
