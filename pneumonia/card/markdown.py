"""The model card for people: ``README.md``, written from the JSON cards beside it."""

import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pneumonia.card import tables as tables
from pneumonia.card.checklists import CLAIM, TRIPOD_AI
from pneumonia.card.limitations import weak_points
from pneumonia.card.tables import figure, table

_INTENDED_USE = """\
A research demonstration, not a medical device. The networks learned to tell pneumonia
from normal, and nothing else, on frontal chest radiographs of children of one to five
years from one hospital (Guangzhou Women and Children's Medical Center). The normals
are healthy children only: the networks have never seen effusion, tuberculosis, heart
failure or anything else that looks abnormal, nor adults. They are meant for teaching
and for research on such radiographs, read by people who know these limits; not for
triage, not for excluding pneumonia, not for any decision about a patient. A score is
not a probability while a card says `"calibrated": false`."""
_WEAKNESSES = """\
- The file gives the class away: in this set normal radiographs are wider and more
  finely sampled than pneumonias, and a network can use that instead of the lungs.
  Figures from the same folder do not show it; the changes and the audit below try to.
- The official test split is shifted against `train`. Networks that reach an AUROC of
  0.99 on a part of `train` have fallen to 0.80 to 0.92 on it, with more than half of
  the normals flagged. Before development three trial networks (the seed CNN and two of
  the starting recipe) were scored on that split; nothing here was chosen on it, and
  its row stays empty until the weights are frozen.
- Probabilities hold at the prevalence and in the hospital they were calibrated for:
  about three of four radiographs there show pneumonia. `python -m pneumonia
  recalibrate` fits them to a site's own.
- Labels are those of the data's authors; how readers differ is not known. Age, sex,
  equipment and course are not in the data, so nothing is known of them either."""
_METHOD = """\
All radiographs are squashed to the network's square. `train` is split by patient,
stratified by normal, bacterial and viral: about 80 % to fit, 10 % validation, 10 %
internal test; patients who share a file count as one, and whoever is also in `val` or
`test` is left out of all three. Temperature, bias and operating points are fitted on
validation together with its shifted copies; all that is said of them is measured on the
internal test. "Balanced" maximises the mean of sensitivity and specificity over the
whole suite: as that mean is flat about its highest, it is the middle of the thresholds
that come within 0.01 of it. "Screening" is the largest threshold not above balanced
with a sensitivity of at least 0.98 there. Intervals are 95 %: bootstrap over patients
(1,000 draws), for proportions never narrower than Clopper and Pearson's. ECE: ten bins
of equal mass; even perfectly calibrated scores show about 0.01 to 0.02 on some hundreds
of radiographs."""
_ATTRIBUTION = """\
Data: D. Kermany, K. Zhang, M. Goldbaum, "Labeled Optical Coherence Tomography (OCT)
and Chest X-Ray Images for Classification", Mendeley Data, doi:10.17632/rscbjbr9sj,
CC BY 4.0; as on Kaggle, "Chest X-Ray Images (Pneumonia)" by P. Mooney. Adults that
probe the networks: X. Wang et al., "ChestX-ray8", CVPR 2017 (NIH Clinical Center). The
weights are licensed under Apache-2.0 like the code; whoever passes them on names the
data's authors."""


def write_model_card(cards: Sequence[Mapping[str, Any]], folder: Path) -> Path:
    """Write ``README.md`` for people from JSON cards.

    Parameters
    ----------
    cards : sequence of mapping
        As of `pneumonia.model.weights.trained_cards`.
    folder : Path
        Of the weights, with their ``figures``.

    Returns
    -------
    Path
    """
    parts = [
        "# Model card",
        "*Written by `train.py` from the JSON cards beside it.*",
        f"## Intended use\n\n{_INTENDED_USE}",
        f"## Known weaknesses\n\n{_WEAKNESSES}",
        f"## How it was measured\n\n{_METHOD}",
        _comparison(cards),
        *[_describe_weights(card, folder) for card in cards],
        f"## Data, licence and attribution\n\n{_ATTRIBUTION}",
        f"## Reporting guidelines\n\n### CLAIM, 2024 update\n\n{_items(CLAIM)}",
        f"### TRIPOD+AI\n\n{_items(TRIPOD_AI)}",
    ]
    path = folder / "README.md"
    fresh = folder / ".README.new.md"
    text = "\n\n".join(part for part in parts if part)
    fresh.write_text(text + "\n", encoding="utf-8")
    return fresh.replace(path)


def _items(items: Mapping[str, tuple[str, str]]) -> str:
    return table(
        ("item", "subject", "answer"),
        ((number, *answer) for number, answer in items.items()),
    )


def _comparison(cards: Sequence[Mapping[str, Any]]) -> str:
    """Set the weights side by side where nothing was chosen: on the internal test."""
    rows = []
    for card in cards:
        if "shifts" in card:
            unchanged = card["metrics"]["internal_test"]
            shifts = card["shifts"]["internal_test"]
            moves = [row["normal_change"] for row in shifts["by_shift"].values()]
            rows.append(
                (
                    f"`{card['name']}`",
                    figure(unchanged, "auroc"),
                    f"{shifts['worst']['auroc']:.3f}",
                    figure(unchanged, "sensitivity"),
                    figure(unchanged, "specificity"),
                    f"{shifts['worst']['specificity']:.3f}",
                    figure(unchanged, "ece"),
                    f"{max(moves):.3f}",
                )
            )
    found = table(
        (
            *("weights", "AUROC", "worst AUROC", "sensitivity", "specificity"),
            *("worst specificity", "ECE", "normals move by at most"),
        ),
        rows,
    )
    return _section(
        "## Side by side, on the internal test",
        "Balanced operating point; worst: of any of the changes in the tables below.",
        found,
    )


def _section(title: str, text: str, body: str) -> str:
    """Write a heading, what to know and the body; nothing without a body."""
    return "\n\n".join(part for part in (title, text, body) if part) if body else ""


def _describe_weights(card: Mapping[str, Any], folder: Path) -> str:
    training = card["training"]
    balanced = card["operating_points"]["balanced"]["threshold"]
    at_balanced = f"On the internal test, at the balanced threshold of {balanced:.4f}."
    rules = "\n".join(
        f"- **{name}**: threshold {point['threshold']:.4f}, the {point['rule']} on "
        "validation and its shifted copies."
        for name, point in card["operating_points"].items()
    )
    calibration = (
        f"Temperature {card['temperature']:.4f}, bias {card['bias']:.4f}; scores "
        f"assume a prevalence of {card['prevalence']:.3f}."
    )
    parts = [
        f"## `{card['name']}`",
        (
            f"{card['parameters']:,} parameters, input {_times(card['input_shape'])}, "
            f"{'calibrated' if card['calibrated'] else 'not calibrated'}. "
            f"{_course(training)}; {training['seconds'] / 60:.0f} minutes on "
            f"{training['hardware']} ({training['radiographs_per_second']} radiographs "
            f"a second). SHA-256 `{card['sha256']}`."
        ),
        tables.reported_table(card),
        _section(
            "### Where it is weak",
            "",
            "\n".join(f"- {sentence}" for sentence in weak_points(card)),
        ),
        _section("### Recipe", "", tables.recipe_table(card)),
        _section(
            "### Operating points, on the internal test",
            rules,
            tables.points_table(card),
        ),
        _section(
            "### Every partition",
            f"{calibration} Flags are those of the balanced threshold of "
            f"{balanced:.4f}.",
            tables.metrics_tables(card),
        ),
        _section("### By label", at_balanced, tables.kinds_table(card)),
        _section(
            "### By property of the picture and the file",
            f"{at_balanced} Thirds of the radiographs with known values; brightness "
            "and contrast in grey levels, local contrast against a blurred copy in the "
            "middle of the square, sharpness as the mean absolute Laplacian per unit "
            "of contrast, border: the outer 4 % of the square.",
            tables.properties_table(card),
        ),
        _section(
            "### When the picture changes and the lungs do not",
            "The internal test under the fixed changes of "
            "`pneumonia/perturbations/corruptions.py`, at "
            "the balanced threshold; last, the mean absolute change of the normals' "
            "scores.",
            tables.shifts_table(card),
        ),
        _section(
            "### Shortcut audit",
            "How well properties that have little to do with the lungs predict the "
            "class on the whole `train` folder (where the native size is known, for "
            "width and aspect; jointly by a logistic regression, each patient scored "
            "by a fit to others), and how far this network's score follows when "
            "nothing else is changed. Disease lowers local contrast as exposure and "
            "processing do; which of them makes the difference here is not known.",
            tables.shortcuts_table(card),
        ),
        _section(
            "### Lines, tubes and wires",
            "The internal test with each of "
            "`pneumonia/perturbations/drawn_devices.py` drawn onto every "
            "radiograph: sick children carry them more often, and a network can take "
            "them for the disease.",
            tables.devices_table(card),
        ),
        _section(
            "### With parts covered or exchanged",
            "The internal test with parts of every radiograph under an even grey like "
            "that of the rest (`pneumonia/perturbations/occlusions.py`), and with "
            "parts of another: all "
            "but the chest, or mediastinum and heart "
            "(`pneumonia/perturbations/region_swaps.py`). A "
            "network that goes by the lungs alone tells nothing apart without them "
            "(0.5) and does not mind whose arms, abdomen and heart surround them; with "
            "the mediastinum go the hila and the lung about the heart, so that some of "
            "its fall is right. Places are those of a centred chest; a rim of lung may "
            "stay in sight. A network whose recipe exchanges a part learned it along "
            "the same outline, a tenth larger or smaller: for it the rows of that part "
            "flatter.",
            tables.parts_table(card),
        ),
        _section("### Outside the partitions", "", _probes(card)),
        _section(
            "### Agreement of seeds",
            "This network and others trained alike from different seeds; their mean "
            "(of the probabilities); and what this one was before each lesson. Each is "
            "calibrated and given its balanced threshold by itself, on validation and "
            "its shifted copies, and measured on the internal test. Adults are "
            "unlabelled and "
            "outside what any of them may read: there only the agreement counts.",
            "\n\n".join(
                rows
                for key in ("seeds", "agreement")
                if (rows := tables.rows_table(card.get(key, [])))
            ),
        ),
        _section(
            "### What the gate refuses",
            "Turned, inverted and changed copies are of the internal test, on which "
            "nothing was fitted. The gate learned from such changes of other patients' "
            "radiographs and from drawings. Its threshold and its drawings were chosen "
            "looking at the adults, the lateral views, the brain MRI and the chest CT "
            "below: for these the figures flatter it. Limbs, teeth, breasts, "
            "ultrasound and documents were only tried as drawings.",
            tables.rows_table(card.get("gate_measured", [])),
        ),
        _section(
            "### Figures",
            "",
            "\n".join(
                f"![{path.stem.replace('_', ' ')}](figures/{path.name})"
                for path in sorted((folder / "figures").glob("*.png"))
                if path.stem.rpartition("_")[0] == card["name"]
            ),
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _course(training: Mapping[str, Any]) -> str:
    """Say how the network was trained for how long, and which others alike."""
    seed, lessons = training["seed"], training.get("lessons", [])
    starts = [*training.get("lessons_after", []), training["epochs_trained"]]
    first, *later = (end - start for start, end in itertools.pairwise([0, *starts]))
    if later:
        course = f"Seed {seed}: {first} epochs from the labels"
        for epochs, lesson in zip(later, lessons, strict=True):
            course += f", then {epochs} from what it said itself by then"
            if share := lesson.get("label_share"):
                course += f", with a share of {share:g} of the labels"
    else:
        course = f"Seed {seed}, best of {first} epochs: {training['best_epoch']}"
    others = [str(o["seed"]) for o in training.get("histories_of_others", [])]
    if others:
        course += f"; others alike from seed {' and '.join(others)}; all together"
    return course


def _probes(card: Mapping[str, Any]) -> str:
    probes, lines = card.get("probes", {}), []
    if "native_copies" in probes:
        copies = probes["native_copies"]
        of = ", ".join(
            f"{count} of {name.replace('_', ' ')}"
            for name, count in copies["partitions"].items()
        )
        lines.append(
            f"- Between {copies['n']} files at native resolution and their small "
            f"copies ({of}) scores move by {figure(copies, 'mean_change', '.4f')} on "
            f"average, by {copies['largest_change']:.3f} at most; "
            f"{copies['flags_changed']} flags change."
        )
    if "adults" in probes:
        adults = probes["adults"]
        low, median, high = adults["quartiles"]
        lines.append(
            f"- Of {adults['n']} unlabelled radiographs of {adults['patients']} adults "
            f"of another hospital, {figure(adults, 'flagged')} are flagged; quartiles "
            f"of the scores {low:.3f}, {median:.3f} and {high:.3f}. Adults are outside "
            "what the network may read."
        )
    return "\n".join(lines)


def _times(shape: Sequence[int]) -> str:
    return " × ".join(str(side) for side in shape)
