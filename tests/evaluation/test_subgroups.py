"""Normal, bacterial and viral radiographs are measured separately."""

import numpy as np

from pneumonia.evaluation.subgroups import by_kind

PATIENTS = np.array([f"patient{i}" for i in range(7)])


def test_viral_misses_are_told_from_bacterial() -> None:
    kinds = np.array([0, 0, 1, 1, 2, 2, -1])
    scores = np.array([0.1, 0.7, 0.8, 0.9, 0.3, 0.6, 0.9])
    found = by_kind(kinds, scores, PATIENTS, threshold=0.5)
    assert found["normal"]["specificity"] == 0.5
    assert found["bacterial"]["sensitivity"] == 1
    assert found["viral"]["sensitivity"] == 0.5
    assert found["viral"]["n"] == 2
    assert found["bacterial"]["auroc"] == 1
    assert found["viral"]["auroc"] == 0.5


def test_kind_without_radiographs_has_no_row() -> None:
    found = by_kind(np.array([0, 1]), np.array([0.1, 0.9]), PATIENTS[:2], threshold=0.5)
    assert set(found) == {"normal", "bacterial"}
