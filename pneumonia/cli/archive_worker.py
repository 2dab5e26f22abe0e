"""What assesses files on one core of any machine of a cluster.

It loads the model once. Files are read ahead by threads, decoded in a process of
its own and scored one by one: on a core a batch takes as long as its radiographs.
"""

import os
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from pneumonia.cli.archive_sources import Source, read_source
from pneumonia.cli.assess import assess_one
from pneumonia.cli.model_loading import in_threads
from pneumonia.cli.outputs import Row
from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    WeightsError,
    note_fault,
)
from pneumonia.export.records import record
from pneumonia.model.decision import decide
from pneumonia.reading.radiograph import sha256_of
from pneumonia.reading.third_party_warnings import hide_third_party_warnings

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment

# A request to a storage takes longer than a radiograph; at most twice as many are held.
_READERS = 8
# One radiograph is decoded while another is scored.
_ASSESSORS = 2


class Settings(NamedTuple):
    """What the rows depend on.

    Attributes
    ----------
    weights, weights_sha256, version : str
        Workers must have the same weights and the same program.
    operating_point : str
    prevalence : float or None
    strict_age, repair : bool
    """

    weights: str
    weights_sha256: str
    version: str
    operating_point: str
    prevalence: float | None
    strict_age: bool
    repair: bool


class Worker:
    """Assesses files; an actor of Ray.

    Parameters
    ----------
    settings : Settings
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def load(self) -> str:
        """Load the model.

        Returns
        -------
        str
            Why it cannot be used; empty if it can.
        """
        import cv2

        from pneumonia import __version__
        from pneumonia.model.classifier import load_classifier

        hide_third_party_warnings()
        # There is a worker for each core.
        os.environ["PNEUMONIA_DECODERS"] = "1"
        cv2.setNumThreads(1)
        wanted = self._settings
        try:
            self._classifier = load_classifier(wanted.weights, threads=1)
        except WeightsError as error:
            return str(error)
        here = (__version__, self._classifier.card["sha256"])
        if here != (wanted.version, wanted.weights_sha256):
            return (
                "All machines need the same program and weights. Received: version "
                f"{here[0]} with weights {here[1][:12]}… beside version "
                f"{wanted.version} with {wanted.weights_sha256[:12]}…. Install one."
            )
        return ""

    def assess(self, sources: list[Source], *, give_up: bool = False) -> list[Row]:
        """Assess files.

        Parameters
        ----------
        sources : list of Source
        give_up : bool
            Read nothing: the file has ended worker after worker.

        Returns
        -------
        list of dict
            A row for each file, in their order, as of the plain engine.
        """
        reads = in_threads(_refuse if give_up else _read, sources, _READERS)
        assessments = in_threads(self._assess, reads, _ASSESSORS)
        return [
            record(
                decide(
                    assessment,
                    self._classifier.card,
                    operating_point=self._settings.operating_point,
                    prevalence=self._settings.prevalence,
                ),
                file=source.name,
            )
            for source, assessment in zip(sources, assessments, strict=True)
        ]

    def _assess(self, read: Callable[[], bytes]) -> "Assessment":
        try:
            return assess_one(
                read,
                classifier=self._classifier,
                strict_age=self._settings.strict_age,
                repair=self._settings.repair,
            )
        except Exception as error:
            return self._classifier.refuse(note_fault(error), sha256_of(b""))


def _read(source: Source) -> Callable[[], bytes]:
    """Read a file ahead; the error comes when its bytes are asked for."""
    try:
        data = read_source(source)
    except RadiographError as error:
        return partial(_fail, error)
    return lambda: data


def _refuse(_: Source) -> Callable[[], bytes]:
    return partial(_fail, UnreadableRadiographError("decoder_failed"))


def _fail(error: RadiographError) -> bytes:
    raise error
