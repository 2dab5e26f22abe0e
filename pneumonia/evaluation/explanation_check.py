"""Is a heatmap true? Measured against maps that know nothing of the network."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pneumonia.card.sections import Explanation
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
from pneumonia.lungs.crop import Box
from pneumonia.model.cell_grid import Finding
from pneumonia.model.classifier import Classifier
from pneumonia.model.explanations import Array, Evidence, Explain, Logits, pixel_grid

# A box is small below this share of the radiograph.
_SMALL: Final = 0.08
# Each radiograph is moved by two pixels in one of these directions.
_SHIFTS: Final = ((2, 0), (0, 2), (-2, 0), (0, -2))
# Randomising a network is done with so many radiographs and seeds.
_RANDOMISED_CASES: Final = 8
_RANDOMISED_SEEDS: Final = 2
# So is the cost, the least of so many tries.
_TRIES: Final = 3
# The pass without an explanation.
FORWARD: Final = "forward pass"


@dataclass(frozen=True)
class ExplainedNetwork:
    """A network, and how it is explained.

    Attributes
    ----------
    logits : callable
        From squares (N, S, S, 1) to logits (N,).
    explain : callable
        From squares and a finding to the evidence of each method.
    trunks : sequence of callable
        The same of each trunk; empty for a network that is not joined.
    randomised : callable
        From a seed to an iterator that randomises the network step by step, as
        `pneumonia.evaluation.changed_networks.randomised_from_top`.
    alone : mapping of str to callable
        One pass without an explanation (`FORWARD`), and with each method alone, from
        squares and a finding.
    """

    logits: Logits
    explain: Explain
    trunks: Sequence[Explain]
    randomised: Callable[[int], Iterator[float]]
    alone: Mapping[str, Explain]


def check_explanations(
    classifier: Classifier,
    network: ExplainedNetwork,
    folder: Path,
    *,
    boxes: Mapping[Path, list[Box]],
    masks: Mapping[str, Path],
    limit: int | None = None,
) -> Explanation:
    """Measure every method of explanation on a folder of radiographs.

    A radiograph is explained as its flag says: a flagged one for pneumonia, another
    one for normal. Boxes are compared with the map for pneumonia.

    Parameters
    ----------
    classifier : Classifier
    network : ExplainedNetwork
        The classifier's.
    folder : Path
        Of radiographs, also in folders inside.
    boxes, masks : mapping
        As `pneumonia.evaluation.drawn_regions` reads them; either may be empty.
    limit : int, optional
        How many radiographs, drawn at random; those with boxes first.

    Returns
    -------
    Explanation

    Raises
    ------
    DatasetError
        If no radiograph gets a score, or a mask cannot be read.
    WeightsError
        If the network gives what is no number.
    """
    files = choose_files(folder, boxes, limit)
    cases, left_out = read_cases(classifier, files, boxes, masks)
    check = _Check(network)
    for row, case in enumerate(tqdm(cases, "Explaining", unit="file", disable=None)):
        check.measure(row, case)
    check.time(cases)
    check.randomise(cases)
    return {
        "data": folder.resolve().name,
        "radiographs": len(cases),
        "radiographs_flagged": sum(case.toward == "pneumonia" for case in cases),
        "left_out": dict(left_out),
        "missing": _missing(cases, bool(network.trunks)),
        "without_map": dict(check.without_map),
        "by_method": summarise(check.values, [case.patient for case in cases]),
    }


class _Check:
    """What was measured of the maps of a network."""

    def __init__(self, network: ExplainedNetwork) -> None:
        self.values: Values = defaultdict(lambda: defaultdict(dict))
        self.without_map = defaultdict[str, int](int)
        self._network = network

    def measure(self, row: int, case: Case) -> None:
        """Measure all maps of one radiograph."""
        found = self._network.explain(_batch(case.square), case.toward)
        for name in list(found):
            if not (found[name].cells > 0).any():
                self.without_map[name] += 1
                del found[name]
        if found:
            found |= self._baselines(row, case)
            self._follow_score(row, case, found)
            self._place(row, case, found)
            self._repeat(row, case, found)
        self._compare_with_boxes(row, case, found)

    def time(self, cases: Sequence[Case]) -> None:
        """Compare the processor's time for each map with that of one forward pass."""
        alone = self._network.alone
        for row, case in enumerate(cases[:_RANDOMISED_CASES]):
            least = dict.fromkeys(alone, float("inf"))
            for _ in range(_TRIES):  # in turns: what else the machine does hits all
                for name, run in alone.items():
                    run(_batch(case.square), case.toward)  # not timed: fills the caches
                    start = process_time()
                    run(_batch(case.square), case.toward)
                    least[name] = min(least[name], process_time() - start)
            for name in alone.keys() - {FORWARD}:
                self.values[name]["cost"][row] = least[name] / least[FORWARD]

    def randomise(self, cases: Sequence[Case]) -> None:
        """Compare maps of the network with those of the same network randomised."""
        few = list(enumerate(cases[:_RANDOMISED_CASES]))
        original = [self._maps(case.square, case.toward) for _, case in few]
        sums = defaultdict[tuple[str, str, int], float](float)
        for seed in range(_RANDOMISED_SEEDS):
            steps = self._network.randomised(seed)
            for depth in tqdm(steps, "Randomising", disable=None):
                for (row, case), maps in zip(few, original, strict=True):
                    fresh = self._maps(case.square, case.toward)
                    for name, one in maps.items():
                        if one.any():
                            sums[name, f"randomised_{depth:.0%}", row] += (
                                rank_correlation(one, fresh[name])
                            )
        for (name, measure, row), total in sums.items():
            self.values[name][measure][row] = total / _RANDOMISED_SEEDS

    def _maps(
        self, square: NDArray[np.uint8], toward: Finding, explain: Explain | None = None
    ) -> dict[str, Array]:
        """Return the maps that are shown, laid over the square."""
        found = (explain or self._network.explain)(_batch(square), toward)
        return {name: e.strength().over_square()[0] for name, e in found.items()}

    def _baselines(self, row: int, case: Case) -> dict[str, Evidence]:
        side = case.square.shape[0]
        grid = pixel_grid(side)
        maps = baselines(side, np.random.default_rng(row))
        return {name: Evidence(each[np.newaxis], grid) for name, each in maps.items()}

    def _follow_score(
        self, row: int, case: Case, found: Mapping[str, Evidence]
    ) -> None:
        sign = 1 if case.toward == "pneumonia" else -1
        maps = [each.over_square()[0] for each in found.values()]
        areas = deletion_and_insertion(
            case.square,
            maps,
            lambda squares: sign * self._network.logits(squares),
            seed=row,
        )
        # There are none where the logit has nothing to lose.
        for name, (deletion, insertion) in zip(found, areas, strict=bool(areas)):
            self.values[name][f"deletion_{case.toward}"][row] = deletion
            self.values[name][f"insertion_{case.toward}"][row] = insertion

    def _place(self, row: int, case: Case, found: Mapping[str, Evidence]) -> None:
        for name, each in found.items():
            strength = each.strength()
            laid = case.over_picture(strength)
            for part, mask in (("lungs", case.lungs), ("body", case.body)):
                share = share_within(laid, mask)
                self.values[name][f"in_{part}_{case.toward}"][row] = share
            if case.drawn_lungs is not None:
                laid = case.over_radiograph(strength)
                share = share_within(laid, case.drawn_lungs)
                self.values[name]["in_drawn_lungs"][row] = share

    def _repeat(self, row: int, case: Case, found: Mapping[str, Evidence]) -> None:
        rows, columns = _SHIFTS[row % len(_SHIFTS)]
        moved = self._maps(shifted(case.square, rows, columns), case.toward)
        trunks = [self._maps(case.square, case.toward, t) for t in self._network.trunks]
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
        self, row: int, case: Case, found: dict[str, Evidence]
    ) -> None:
        if case.opacities is None:
            return
        if case.toward == "normal":
            found = self._network.explain(_batch(case.square), "pneumonia")
            found |= self._baselines(row, case)
        size = "small" if case.opacities.mean() < _SMALL else "large"
        for name, each in found.items():
            laid = case.over_radiograph(each.strength())
            if laid.any():
                hit = points_into(laid, case.opacities)
                energy = share_within(laid, case.opacities)
                for suffix in ("", f"_{size}"):
                    self.values[name][f"pointing{suffix}"][row] = hit
                    self.values[name][f"energy{suffix}"][row] = energy


def _batch(square: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return square[np.newaxis, ..., np.newaxis]


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
