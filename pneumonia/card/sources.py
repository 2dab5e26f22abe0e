"""Where the labelled radiographs of other hospitals come from, in plain words.

Cards know a source, a label and who gave it by a short name. This is the one table of
what these names mean; the page and the documents show both, the short name for those
who work with the data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from pneumonia.language.speech import N_, say


class Source(NamedTuple):
    """A collection.

    Attributes
    ----------
    name : str
        What it is, in a few words.
    what : str
        Who and where, adults or children, and who said what the radiographs show.
    """

    name: str
    what: str


SOURCES: Final[dict[str, Source]] = {
    "rsna": Source(
        N_("US research hospital"),
        N_(
            "Patients of the NIH Clinical Center, Bethesda, USA; ages not stated, "
            "mostly adults. Radiologists called them normal for the RSNA Pneumonia "
            "Detection Challenge."
        ),
    ),
    "nih": Source(
        N_("US research hospital, smaller set"),
        N_(
            "Patients of the NIH Clinical Center, Bethesda, USA: 37 radiographs of "
            "adults, 21 of children and adolescents of 8 to 17 years. Radiologists "
            "read them for the RSNA challenge or for Google (2019)."
        ),
    ),
    "cohen": Source(
        N_("Published cases of adults"),
        N_(
            "Adults of many countries, from publications and case reports that J. P. "
            "Cohen and others collected (COVID-19 Image Data Collection). The labels "
            "are those of the publications."
        ),
    ),
    "cxnet": Source(
        N_("Published cases of COVID-19"),
        N_(
            "Mostly adults of many countries, from publications and posts in social "
            "networks (CXNet). Their authors called them COVID-19 with opacities."
        ),
    ),
    "actualmed": Source(
        N_("Spanish hospital"),
        N_(
            "Patients of one hospital in Spain; ages not stated (Actualmed COVID-19 "
            "Chest X-ray Dataset). The labels are those of the collection."
        ),
    ),
    "all": Source(N_("All other hospitals"), ""),
}
LABELS: Final[dict[str, str]] = {
    "normal": N_("normal"),
    "pneumonia": N_("pneumonia"),
    "covid": N_("COVID-19"),
    "tb": N_("tuberculosis"),
    "opacity": N_("opacities"),
    "other": N_("another finding"),
}
# By how the card begins to say it.
_ORIGINS: Final[dict[str, str]] = {
    "radiologist": N_("radiologists"),
    "publication": N_("their authors"),
    "dataset": N_("the collection"),
}


def name_source(source: str) -> str:
    """Name a collection, with its short name in brackets.

    Parameters
    ----------
    source : str
        Its short name; one that is not known stands as it is.

    Returns
    -------
    str
    """
    if source not in SOURCES:
        return source
    name = say(SOURCES[source].name)
    return name if source == "all" else f"{name} ({source})"


def name_group(group: str) -> str:
    """Name a source and a label, which the card separates by a space."""
    source, _, label = group.partition(" ")
    return say("{label}: {source}", label=name_label(label), source=name_source(source))


def name_label(label: str) -> str:
    """Name what a radiograph is said to show."""
    return say(LABELS.get(label, label))


def name_origin(given_by: str) -> str:
    """Name who gave a label."""
    for begin, words in _ORIGINS.items():
        if given_by.startswith(begin):
            return say(words)
    return given_by


def describe_sources(sources: Iterable[str]) -> list[tuple[str, str]]:
    """Say of each collection that is known what it is.

    Parameters
    ----------
    sources : iterable of str
        Short names, also several times.

    Returns
    -------
    list of (str, str)
        Name and description, each once.
    """
    return [
        (name_source(source), say(SOURCES[source].what))
        for source in dict.fromkeys(sources)
        if source in SOURCES
    ]
