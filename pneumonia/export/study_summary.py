"""A reader study in the sentences and tables that page and PDF share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from pneumonia.export.study import Measure, StudyCase, StudyReport, TwoReaders

WAYS: Final[dict[str, str]] = {
    "reader": "Reader, before the result",
    "unsure_as_pneumonia": "The same, unsure counted as pneumonia",
    "with_model": "Reader, with the result in view",
    "model": "Model",
}
ACCURACY_HEADER: Final = ("Who", "Sensitivity", "Specificity", "AUROC")
INTERVALS: Final = (
    "Brackets: 95 % intervals, number of cases. Shares have the exact interval of "
    "Clopper and Pearson, areas that of Newcombe's method 5. Kappa's interval takes "
    "the outer ends of the large-sample one and of an exact one. Cases are taken to be "
    "independent. Unsure counts as neither right nor wrong."
)
_UNDEFINED: Final = "undefined"


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
    known = report.normal + report.pneumonia
    references = (
        f"{report.normal} normal, {report.pneumonia} pneumonia"
        + (f", {report.cases - known} unknown" if known < report.cases else "")
        if known
        else "none given, so accuracy is not known"
    )
    low, high = report.quartile_seconds
    changes = report.changes
    effect = (
        f" {changes.to_right} ended with the reference, {changes.to_wrong} left it."
        if known and changes.total
        else ""
    )
    return [
        ("Read", f"{report.cases} radiographs, {report.unsure} of them unsure"),
        ("Reference", references),
        ("Agreement with model", write_share(report.agreement)),
        ("Cohen's kappa", write_number(report.kappa)),
        (
            "Time per radiograph",
            f"median {report.median_seconds:.0f} s, middle half {low:.0f} to "
            f"{high:.0f} s, all together {report.total_seconds / 60:.0f} min",
        ),
        (
            "Changed with result",
            f"{changes.total} of {report.cases}; {changes.toward_model} towards the "
            f"model, {changes.away_from_model} away from it.{effect}",
        ),
        ("Model", _models(cases)),
        *_unsure(cases),
    ]


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
            "Read by both",
            f"{found.shared} radiographs; {found.only_first} by the first reader only, "
            f"{found.only_second} by the second only",
        ),
        ("Agreement of readers", write_share(found.agreement)),
        ("Cohen's kappa", write_number(found.kappa)),
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
            WAYS[name],
            write_share(found.sensitivity),
            write_share(found.specificity),
            write_number(found.auroc) if found.auroc.n else "",
        )
        for name, found in report.accuracy.items()
    ]


def write_share(measure: Measure) -> str:
    """Write a share in percent with its interval and the number of cases."""
    if measure.value is None or measure.low is None or measure.high is None:
        return _UNDEFINED
    return (
        f"{100 * measure.value:.0f} % ({100 * measure.low:.0f} to "
        f"{100 * measure.high:.0f} %, {_count(measure)})"
    )


def write_number(measure: Measure) -> str:
    """Write a figure with its interval and the number of cases."""
    if measure.value is None or measure.low is None or measure.high is None:
        return _UNDEFINED
    interval = f"{measure.low:.2f} to {measure.high:.2f}"
    return f"{measure.value:.2f} ({interval}, {_count(measure)})"


def _count(measure: Measure) -> str:
    return f"n = {measure.n}".replace(" ", "\N{NO-BREAK SPACE}")


def _unsure(cases: Sequence[StudyCase]) -> list[tuple[str, str]]:
    """Count the answers of which the model was unsure, where it can be."""
    known = [case for case in cases if case.unsure is not None]
    if not known:
        return []
    count = sum(bool(case.unsure) for case in known)
    words = f"{count} of {len(known)} answers; counted above by their flag"
    return [("Model unsure", words)]


def _models(cases: Sequence[StudyCase]) -> str:
    """Name what flagged the cases; a study with several is told as such."""
    kinds = dict.fromkeys(
        f"weights {case.weights_sha256[:12]}, {case.operating_point} operating point"
        for case in cases
        if case.flagged is not None
    )
    if len(kinds) > 1:
        return f"{len(kinds)} different ones: {'; '.join(kinds)}"
    return next(iter(kinds), "gave no result")
