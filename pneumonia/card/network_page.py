"""The section of a network in ``weights/README.md``, and its full report."""

import itertools
from collections.abc import Sequence
from pathlib import Path

from pneumonia.card import tables
from pneumonia.card.explanation_tables import explanation_tables
from pneumonia.card.hospital_tables import other_hospitals_tables
from pneumonia.card.layout import figure, percent, table
from pneumonia.card.limitations import limitations
from pneumonia.card.schema import Card
from pneumonia.card.sections import Training
from pneumonia.card.selective_table import selective_table

_LIMITATIONS_ON_PAGE = 5


def write_page(card: Card, cards: Sequence[Card]) -> str:
    """Write the page of a network.

    Parameters
    ----------
    card : Card
    cards : sequence of Card
        Of all networks; the first is the default.

    Returns
    -------
    str
        Markdown.
    """
    prevalence = card["prevalence"]
    calibrated = (
        "Its scores are calibrated probabilities"
        if card["calibrated"]
        else "Its scores are not calibrated, so they are not probabilities"
    )
    parts = [
        f"## `{card['name']}`",
        f"{calibrated}. They assume a prevalence of {percent(prevalence)}, that of the "
        "training data. Figures are of the held-out internal test, which was not used "
        "for fitting or selection. Brackets: 95 % intervals.",
        tables.points_table(card),
        _choice(card, cards),
        _bullets(limitations(card)[:_LIMITATIONS_ON_PAGE], "### Limitations"),
    ]
    return "\n\n".join(part for part in parts if part)


def _choice(card: Card, cards: Sequence[Card]) -> str:
    """Say why the first network is the default, or what another is for."""
    shipped = cards[0]
    if card is not shipped:
        return (
            f"This network is published to compare `{shipped['name']}` with. It is not "
            "the default."
        )
    others = [other for other in cards[1:] if "corruptions" in other]
    if "corruptions" not in shipped or not others:
        return ""
    rows = []
    for each in (shipped, *others):
        changes = each["corruptions"]["by_perturbation"].values()
        rows.append(
            (
                f"`{each['name']}`",
                figure(each["metrics"]["internal_test"], "auroc"),
                f"{each['corruptions']['worst']['auroc']:.3f}",
                f"{each['corruptions']['worst']['specificity']:.3f}",
                f"{max(change['normal_change'] for change in changes):.3f}",
            )
        )
    return "\n\n".join(
        (
            f"### Why `{shipped['name']}` is the default",
            "Its specificity holds best under perturbations, which change the picture "
            "and leave the lungs as they are.",
            table(
                (
                    "network",
                    "AUROC, unchanged",
                    "worst AUROC",
                    "worst specificity",
                    "largest mean score change of normals",
                ),
                rows,
            ),
        )
    )


def write_report(card: Card, figures: Path) -> str:
    """Write the full report of a network.

    Parameters
    ----------
    card : Card
    figures : Path
        The folder ``report/figures``.

    Returns
    -------
    str
        Markdown.
    """
    parts = [
        f"# Report of `{card['name']}`",
        "How the figures were measured is in [methods](methods.md).",
        *_sections(card),
        *_measured_sections(card),
        _bullets(
            [
                f"![{path.stem.replace('_', ' ')}](figures/{path.name})"
                for path in sorted(figures.glob("*.png"))
                if path.stem.rpartition("_")[0] == card["name"]
            ],
            "## Figures",
            mark="",
        ),
    ]
    return "\n\n".join(part for part in parts if part)


def _sections(card: Card) -> list[str]:
    """Network, limitations, training and figures of every partition."""
    shape = " × ".join(str(side) for side in card["input_shape"])
    rule = (
        f"Temperature {card['temperature']:.4f} and bias {card['bias']:.4f}; scores "
        f"assume a prevalence of {card['prevalence']:.3f}. Flags are those of the "
        "balanced threshold."
    )
    points = [
        f"**{name}**: threshold {point['threshold']:.4f}, {point['rule']}."
        for name, point in card["operating_points"].items()
    ]
    return [
        f"{card.get('parameters', 0):,} parameters, input {shape}, SHA-256 "
        f"`{card['sha256']}`.",
        _bullets(limitations(card), "## Limitations"),
        "## Training\n\n" + _describe_training(card["training"]),
        tables.recipe_table(card),
        _reported(card),
        _section("## Operating points", _bullets(points), tables.points_table(card)),
        _section("## Every partition", rule, tables.partition_tables(card)),
    ]


def _measured_sections(card: Card) -> list[str]:
    """Figures of the held-out internal test beyond the operating points."""
    return [
        _section("## By label", "", tables.kinds_table(card)),
        _section(
            "## Perturbations",
            "Other exposure, processing, files and framing. The lungs stay as they "
            "are (`pneumonia/perturbations/corruptions.py`).",
            tables.robustness_table(card["corruptions"])
            if "corruptions" in card
            else "",
        ),
        _section(
            "## Lines, tubes and wires",
            "Drawn onto every radiograph. Sick children carry lines, tubes and wires "
            "more often than healthy ones, so a network can use them as a shortcut.",
            tables.robustness_table(card["drawn_devices"])
            if "drawn_devices" in card
            else "",
        ),
        _section(
            "## Without the lungs, and without anything else",
            "The box of the lungs is made an even grey, or everything but this box. A "
            "network that uses only the lungs has AUROC 0.5 without their box, and "
            "keeps its AUROC without the rest.",
            tables.regions_table(card),
        ),
        _section(
            "## Shortcuts",
            "How well a property of picture or file alone predicts the class on the "
            "`train` folder, and how much the network's scores change when only this "
            "property changes. Pneumonia itself lowers local contrast, so the AUROC of "
            "local contrast is only partly a shortcut.",
            tables.shortcuts_table(card),
        ),
        _section(
            "## What the radiographs are like",
            "Mean and standard deviation over validation, of those that the gate "
            "admits. The audit record of a site compares with these; size and class go "
            "together in the training folder.",
            tables.inputs_table(card["inputs"]) if "inputs" in card else "",
        ),
        _section("## External sets", "", _external_sets(card)),
        _section(
            "## Other hospitals",
            "Labelled radiographs, mostly of adults. Nothing was trained or fitted on "
            "them. Sources and labels go together, so read specificity from normals "
            "and sensitivity from the others, each by source.",
            other_hospitals_tables(card["other_hospitals"])
            if "other_hospitals" in card
            else "",
        ),
        _section(
            "## Heatmaps",
            "",
            explanation_tables(card["explanation"]) if "explanation" in card else "",
        ),
        _section(
            "## Unsure",
            "Radiographs whose score lies in the unsure zone around the balanced "
            "threshold, and the errors among the rest. The zone was fitted on "
            "validation: it holds 10 % of each class, on average over both, and "
            "reaches as far to both sides on the logit scale. Below: the share of "
            "errors when only the surest are answered.",
            selective_table(card),
        ),
        _section(
            "## Seed variability",
            "Networks that differ in their seed only. Each has its own balanced "
            "threshold from validation. The "
            "adults are unlabelled, so only how far networks agree counts there.",
            tables.seed_tables(card["seed_variability"])
            if "seed_variability" in card
            else "",
        ),
    ]


def _section(title: str, text: str, body: str) -> str:
    """Write a heading, an explanation and the body; nothing without a body."""
    return "\n\n".join(part for part in (title, text, body) if part) if body else ""


def _bullets(lines: Sequence[str], title: str = "", *, mark: str = "- ") -> str:
    return _section(title, "", "\n".join(f"{mark}{line}" for line in lines))


def _describe_training(training: Training) -> str:
    """Say how long the network was trained, or each of its trunks."""
    epochs = training["epochs_trained"]
    ends = [*training.get("trunks_after", []), epochs]
    if len(ends) > 1:
        lengths = [end - start for start, end in itertools.pairwise([0, *ends])]
        trunks = [
            f"{name.replace('_', ' ')} for {length}"
            for name, length in zip(training["recipe"], lengths, strict=True)
        ]
        course = (
            f"Seed {training['seed']}. Trunks were trained apart: "
            f"{' and '.join(trunks)} epochs."
        )
    else:
        course = (
            f"Seed {training['seed']}: {epochs} epochs, of which number "
            f"{training['best_epoch']} was the best on validation."
        )
    return (
        f"{course} It took {training['seconds'] / 60:.0f} minutes on "
        f"{training['hardware']}, {training['radiographs_per_second']} radiographs a "
        "second."
    )


def _reported(card: Card) -> str:
    """Compare what the author reports with what was measured here."""
    if "reported_by_author" not in card:
        return ""
    reported, measured = card["reported_by_author"], card["metrics"]
    rows = [
        (
            title,
            f"{100 * accuracy:.1f} %",
            figure(measured[key], "accuracy_at_0_5", ".1%"),
        )
        for key, title, accuracy in (
            ("train_folder", "training folder", reported["training_accuracy"]),
            (
                "official_val",
                "official `val` folder",
                reported["official_validation_accuracy"],
            ),
        )
        if key in measured
    ]
    header = ("accuracy at 0.5", "reported by its author", "measured here")
    return _section("## Reported by its author", "", table(header, rows))


def _external_sets(card: Card) -> str:
    found = card.get("external_sets", {})
    lines = []
    if "native_copies" in found:
        copies = found["native_copies"]
        lines.append(
            f"{copies['n']} files at native resolution against their small copies: "
            f"scores change by {figure(copies, 'mean_change', '.4f')} on average and "
            f"{copies['largest_change']:.3f} at most; flags that change: "
            f"{copies['flags_changed']}."
        )
    if "adults" in found:
        adults = found["adults"]
        quartiles = ", ".join(f"{value:.3f}" for value in adults["quartiles"])
        lines.append(
            f"{adults['n']} unlabelled radiographs of {adults['patients']} adults of "
            f"another hospital: {figure(adults, 'flagged', '.0%')} are flagged. "
            f"Quartiles of their scores: {quartiles}. Adults are outside the intended "
            "use."
        )
    return _bullets(lines)
