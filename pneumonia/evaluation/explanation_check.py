"""Is a heatmap true? Measured against maps that know nothing of the network."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import keras
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pneumonia.card.sections import Explanation
from pneumonia.evaluation import drawn_regions
from pneumonia.evaluation.changed_networks import randomised_from_top, trunks_of
from pneumonia.evaluation.explanation_cases import Case, choose_files, read_cases
from pneumonia.evaluation.explanation_measures import (
    baselines,
    deletion_and_insertion,
    points_into,
    rank_correlation,
    share_within,
    shifted,
)
from pneumonia.evaluation.explanation_summary import Values, summarise
from pneumonia.model.cell_grid import CellGrid, Finding
from pneumonia.model.classifier import Classifier
from pneumonia.model.explanations import Evidence, Explain, GradientMaps, Rise
from pneumonia.model.prediction import predict_logits
from pneumonia.statistics.calibration import Calibration, probability

# A box is small below this share of the radiograph.
_SMALL: Final = 0.08
# Each radiograph is moved by two pixels in one of these directions.
_SHIFTS: Final = ((2, 0), (0, 2), (-2, 0), (0, -2))
# Randomising a network is done with so many radiographs and seeds.
_RANDOMISED_CASES: Final = 8
_RANDOMISED_SEEDS: Final = 2


def check_explanations(
    classifier: Classifier,
    model: keras.Model,
    folder: Path,
    *,
    boxes: Path | None = None,
    masks: Path | None = None,
    limit: int | None = None,
    with_rise: bool = True,
) -> Explanation:
    """Measure every method of explanation on a folder of radiographs.

    A radiograph is explained as its flag says: a flagged one for pneumonia, another
    one for normal. Boxes are compared with the map for pneumonia.

    Parameters
    ----------
    classifier : Classifier
    model : keras.Model
        The classifier's network.
    folder : Path
        Of radiographs, also in folders inside.
    boxes, masks : Path, optional
        As for `pneumonia.evaluation.drawn_regions`.
    limit : int, optional
        How many radiographs, drawn at random; those with boxes first.
    with_rise : bool
        Whether RISE is measured too, which takes most of the time.

    Returns
    -------
    Explanation

    Raises
    ------
    DatasetError
        If no radiograph gets a score, or boxes or masks cannot be read.
    WeightsError
        If the network gives what is no number.
    """
    drawn = drawn_regions.read_boxes(boxes) if boxes else {}
    files = choose_files(folder, drawn, limit)
    cases, left_out = read_cases(
        classifier, files, drawn, drawn_regions.find_masks(masks) if masks else {}
    )
    check = _Check(classifier, model, with_rise=with_rise)
    for row, case in enumerate(tqdm(cases, "Explaining", unit="file", disable=None)):
        check.measure(row, case)
    check.randomise(cases)
    return {
        "data": folder.resolve().name,
        "radiographs": len(cases),
        "flagged": sum(case.toward == "pneumonia" for case in cases),
        "left_out": dict(left_out),
        "missing": _missing(cases, check.has_trunks),
        "without_map": dict(check.without_map),
        "by_method": summarise(check.values, [case.patient for case in cases]),
    }


class _Check:
    """The networks that are explained, and what was measured of their maps."""

    def __init__(
        self, classifier: Classifier, model: keras.Model, *, with_rise: bool
    ) -> None:
        def explainers(network: keras.Model) -> list[Explain]:
            found: list[Explain] = [GradientMaps(network)]
            return [*found, Rise(network)] if with_rise else found

        self.values: Values = defaultdict(lambda: defaultdict(dict))
        self.without_map = defaultdict[str, int](int)
        card = classifier.card
        self._calibration = Calibration(card["temperature"], card["bias"])
        self._model = model
        self._explainers = explainers(model)
        self._trunks = [explainers(trunk) for trunk in trunks_of(model)]

    @property
    def has_trunks(self) -> bool:
        return bool(self._trunks)

    def measure(self, row: int, case: Case) -> None:
        """Measure all maps of one radiograph."""
        found = self._explain(case.square, case.toward)
        for name in list(found):
            if not (found[name].cells > 0).any():
                self.without_map[name] += 1
                del found[name]
        if found:
            found |= self._baselines(row, case)
            self._follow_score(row, case, found)
            self._place(row, case, found)
            self._repeat(row, case, found)
        if case.opacities is not None:
            self._compare_with_boxes(row, case, found)

    def randomise(self, cases: Sequence[Case]) -> None:
        """Compare maps of the network with those of the same network randomised."""
        few = list(enumerate(cases[:_RANDOMISED_CASES]))
        original = [self._maps(case.square, case.toward) for _, case in few]
        sums = defaultdict[tuple[str, str, int], float](float)
        bar = tqdm(range(_RANDOMISED_SEEDS), "Randomising", disable=None)
        for seed in bar:
            for depth in randomised_from_top(self._model, seed):
                for (row, case), maps in zip(few, original, strict=True):
                    fresh = self._maps(case.square, case.toward)
                    for name, one in maps.items():
                        if one.any():
                            sums[name, f"randomised_{depth:.0%}", row] += (
                                rank_correlation(one, fresh[name])
                            )
        for (name, measure, row), total in sums.items():
            self.values[name][measure][row] = total / _RANDOMISED_SEEDS

    def _explain(
        self,
        square: NDArray[np.uint8],
        toward: Finding,
        explainers: Sequence[Explain] | None = None,
    ) -> dict[str, Evidence]:
        batch = square[np.newaxis, ..., np.newaxis]
        found: dict[str, Evidence] = {}
        for explain in self._explainers if explainers is None else explainers:
            found |= explain(batch, toward)
        return found

    def _maps(
        self,
        square: NDArray[np.uint8],
        toward: Finding,
        explainers: Sequence[Explain] | None = None,
    ) -> dict[str, NDArray[np.float32]]:
        found = self._explain(square, toward, explainers)
        return {name: e.strength().over_square()[0] for name, e in found.items()}

    def _baselines(self, row: int, case: Case) -> dict[str, Evidence]:
        side = case.square.shape[0]
        grid = CellGrid(1.0, 0.0, side)
        maps = baselines((side, side), (10, 10), np.random.default_rng(row))
        return {name: Evidence(each[np.newaxis], grid) for name, each in maps.items()}

    def _follow_score(
        self, row: int, case: Case, found: Mapping[str, Evidence]
    ) -> None:
        def score(squares: NDArray[np.uint8]) -> NDArray[np.float64]:
            shown = probability(predict_logits(self._model, squares), self._calibration)
            return shown if case.toward == "pneumonia" else 1 - shown

        maps = [each.over_square()[0] for each in found.values()]
        areas = deletion_and_insertion(case.square, maps, score, seed=row)
        for name, (deletion, insertion) in zip(found, areas, strict=True):
            self.values[name][f"deletion_{case.toward}"][row] = deletion
            self.values[name][f"insertion_{case.toward}"][row] = insertion

    def _place(self, row: int, case: Case, found: Mapping[str, Evidence]) -> None:
        for name, each in found.items():
            strength = each.strength()
            share = share_within(case.over_picture(strength), case.lungs)
            self.values[name][f"in_lungs_{case.toward}"][row] = share
            if case.drawn_lungs is not None:
                laid = case.over_radiograph(strength)
                share = share_within(laid, case.drawn_lungs)
                self.values[name]["in_drawn_lungs"][row] = share

    def _repeat(self, row: int, case: Case, found: Mapping[str, Evidence]) -> None:
        rows, columns = _SHIFTS[row % len(_SHIFTS)]
        moved = self._maps(shifted(case.square, rows, columns), case.toward)
        trunks = [self._maps(case.square, case.toward, t) for t in self._trunks]
        inner = np.s_[4:-4, 4:-4]
        for name in moved.keys() & found.keys():
            original = found[name].strength().over_square()[0]
            back = np.roll(moved[name], (-rows, -columns), axis=(0, 1))
            alike = rank_correlation(original[inner], back[inner])
            self.values[name]["shift"][row] = alike
            if trunks:
                alike = rank_correlation(*(maps[name] for maps in trunks))
                self.values[name]["trunks"][row] = alike

    def _compare_with_boxes(
        self, row: int, case: Case, found: Mapping[str, Evidence]
    ) -> None:
        if case.opacities is None:
            return
        if case.toward == "normal":
            found = self._explain(case.square, "pneumonia") | self._baselines(row, case)
        size = "small" if case.opacities.mean() < _SMALL else "large"
        for name, each in found.items():
            laid = case.over_radiograph(each.strength())
            if laid.any():
                hit = points_into(laid, case.opacities)
                energy = share_within(laid, case.opacities)
                for suffix in ("", f"_{size}"):
                    self.values[name][f"pointing{suffix}"][row] = hit
                    self.values[name][f"energy{suffix}"][row] = energy


def _missing(cases: Sequence[Case], has_trunks: bool) -> list[str]:
    """Say what could not be measured."""
    lacking = (
        (
            all(case.opacities is None for case in cases),
            "No radiograph has a box that a reader drew: pointing game and energy were "
            "not measured.",
        ),
        (
            all(case.drawn_lungs is None for case in cases),
            "No radiograph has a mask that a person drew: the share in the lungs is of "
            "those that the program finds.",
        ),
        (not has_trunks, "The network is not joined of trunks to compare."),
    )
    return [sentence for is_missing, sentence in lacking if is_missing]
