"""A reader study in the sentences and tables that page and PDF share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pneumonia.export.study import Measure, StudyCase, StudyReport, TwoReaders
from pneumonia.language.speech import N_, say

WAYS: Final[dict[str, str]] = {
    "reader": N_("Reader, before the result"),
    "unsure_as_pneumonia": N_("The same, unsure counted as pneumonia"),
    "with_model": N_("Reader, with the result in view"),
    "model": N_("Model"),
}
ACCURACY_HEADER: Final = (
    N_("Who"),
    N_("Sensitivity"),
    N_("Specificity"),
    N_("AUROC"),
)
INTERVALS: Final = N_(
    "Brackets: 95 % intervals, number of cases. Shares have the exact interval of "
    "Clopper and Pearson, areas that of Newcombe's method 5. Kappa's interval takes "
    "the outer ends of the large-sample one and of an exact one. Cases are taken to be "
    "independent. Unsure counts as neither right nor wrong."
)
_UNDEFINED: Final = N_("undefined")


def study_facts(
    report: StudyReport, cases: Sequence[StudyCase]
) -> list[tuple[str, str]]:
    """Say in sentences what a study found, apart from accuracy.

    Parameters
    ----------
    report : StudyReport
    cases : sequence of StudyCase
        That it is of.

    Returns
    -------
    list of (str, str)
        A name, and what there is to say.
    """
    low, high = report.quartile_seconds
    return [
        (
            say("Cases read"),
            say(
                "{count} radiographs, {unsure} of them unsure",
                count=report.cases,
                unsure=report.unsure,
            ),
        ),
        (say("Reference"), _references(report)),
        (say("Agreement with model"), write_share(report.agreement)),
        (say("Cohen's kappa"), write_number(report.kappa)),
        (
            say("Time per radiograph"),
            say(
                "median {median:.0f} s, middle half {low:.0f} to {high:.0f} s, all "
                "together {minutes:.1f} min",
                median=report.median_seconds,
                low=low,
                high=high,
                minutes=report.total_seconds / 60,
            ),
        ),
        (say("Changed with result"), _changes(report)),
        (say("Model"), _models(cases)),
        *_unsure(cases),
    ]


def _references(report: StudyReport) -> str:
    known = report.normal + report.pneumonia
    if not known:
        return say("none given, so accuracy is not known")
    words = say(
        "{normal} normal, {pneumonia} pneumonia",
        normal=report.normal,
        pneumonia=report.pneumonia,
    )
    if known < report.cases:
        words += say(", {count} unknown", count=report.cases - known)
    return words


def _changes(report: StudyReport) -> str:
    changes = report.changes
    words = say(
        "{changed} of {total}; {toward} towards the model, {away} away from it.",
        changed=changes.total,
        total=report.cases,
        toward=changes.toward_model,
        away=changes.away_from_model,
    )
    if changes.total and report.normal + report.pneumonia:
        effect = say(
            "{right} ended with the reference, {wrong} left it.",
            right=changes.to_right,
            wrong=changes.to_wrong,
        )
        words += f" {effect}"
    return words


def readers_facts(found: TwoReaders) -> list[tuple[str, str]]:
    """Say in sentences how two readers agree.

    Parameters
    ----------
    found : TwoReaders

    Returns
    -------
    list of (str, str)
    """
    return [
        (
            say("Read by both"),
            say(
                "{both} radiographs; {first} by the first reader only, {second} by the "
                "second only",
                both=found.shared,
                first=found.only_first,
                second=found.only_second,
            ),
        ),
        (say("Agreement of readers"), write_share(found.agreement)),
        (say("Cohen's kappa"), write_number(found.kappa)),
    ]


def accuracy_rows(report: StudyReport) -> list[tuple[str, str, str, str]]:
    """Set out sensitivity, specificity and AUROC, a row for each way of reading.

    Parameters
    ----------
    report : StudyReport

    Returns
    -------
    list of (str, str, str, str)
        Under `ACCURACY_HEADER`; empty without references.
    """
    return [
        (
            say(WAYS[name]),
            write_share(found.sensitivity),
            write_share(found.specificity),
            write_number(found.auroc) if found.auroc.n else "",
        )
        for name, found in report.accuracy.items()
    ]


def write_share(measure: Measure) -> str:
    """Write a share in percent with its interval and the number of cases."""
    if measure.value is None or measure.low is None or measure.high is None:
        return say(_UNDEFINED)
    return say(
        "{value:.0f} % ({low:.0f} to {high:.0f} %, {count})",
        value=100 * measure.value,
        low=100 * measure.low,
        high=100 * measure.high,
        count=_count(measure),
    )


def write_number(measure: Measure) -> str:
    """Write a figure with its interval and the number of cases."""
    if measure.value is None or measure.low is None or measure.high is None:
        return say(_UNDEFINED)
    return say(
        "{value:.2f} ({low:.2f} to {high:.2f}, {count})",
        value=measure.value,
        low=measure.low,
        high=measure.high,
        count=_count(measure),
    )


def _count(measure: Measure) -> str:
    return f"n = {measure.n}".replace(" ", "\N{NO-BREAK SPACE}")


def _unsure(cases: Sequence[StudyCase]) -> list[tuple[str, str]]:
    """Count the answers of which the model was unsure, where it can be."""
    known = [case for case in cases if case.unsure is not None]
    if not known:
        return []
    count = sum(bool(case.unsure) for case in known)
    words = say(
        "{count} of {total} answers; counted above by their flag",
        count=count,
        total=len(known),
    )
    return [(say("Model unsure"), words)]


def _models(cases: Sequence[StudyCase]) -> str:
    """Name what flagged the cases; a study with several is told as such."""
    kinds = dict.fromkeys(
        say(
            "weights {weights}, {point} operating point",
            weights=case.weights_sha256[:12],
            point=say(case.operating_point),
        )
        for case in cases
        if case.flagged is not None
    )
    if len(kinds) > 1:
        return say(
            "{count} different ones: {models}",
            count=len(kinds),
            models="; ".join(kinds),
        )
    return next(iter(kinds), say("gave no result"))
