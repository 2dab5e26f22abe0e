"""All that the server keeps of one visitor's files, in one object."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from pneumonia.ui.decoded_uploads import DecodedUploads
from pneumonia.ui.downloads import Downloads

if TYPE_CHECKING:
    from pneumonia.errors import RadiographError
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.classifier import Classifier
    from pneumonia.reading.archive import Archive
    from pneumonia.reading.radiograph import Radiograph
    from pneumonia.reasons.codes import Repair

    Key = tuple[str, str, str, "Repair | None"]  # digest, card, weights, repair

_KEY: Final = "files"


@dataclass
class KeptFiles:
    """Of each file its result, a coarse map and a thumbnail; of some their pixels.

    The files' bytes are Streamlit's, and are read again where pixels were dropped.

    Attributes
    ----------
    digests : dict of str to str
        SHA-256 by the case's identity; kept of files that were taken off the list, so
        that one that is dropped again is known.
    decoded : DecodedUploads
        Bounded; those used last.
    thumbnails : dict of str to bytes
        JPEG, by digest.
    ageless : set of str
        Digests of files that do not tell the patient's age.
    results : dict
        Assessments, by digest, card, weights and repair.
    aged : dict
        The same with what the clinician says of the age, by that too.
    rows : dict of str to tuple
        The row of each case, behind what it was made of, by the case's identity.
    listing : Listing or None
        All rows as the last run showed them.
    collected : tuple
        The last list of cases, behind the files that it was made of.
    repaired : tuple
        The last radiograph that was repaired, behind what it was made of.
    archives : dict of str to Archive or RadiographError
        Opened ZIP archives, by the upload's identity.
    classifiers : dict of str to Future of Classifier
        Loaded ones, by the name of the weights. They read a list to its end, whatever
        is published meanwhile.
    """

    digests: dict[str, str] = field(default_factory=dict)
    decoded: DecodedUploads = field(default_factory=DecodedUploads)
    thumbnails: dict[str, bytes] = field(default_factory=dict)
    ageless: set[str] = field(default_factory=set)
    results: dict[Key, Assessment] = field(default_factory=dict)
    aged: dict[tuple[Key, str | None], Assessment] = field(default_factory=dict)
    # Of modules that need this one.
    rows: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    listing: Any = None
    collected: tuple[Any, Any, int] | None = None
    repaired: tuple[Radiograph, Repair, Radiograph] | None = None
    archives: dict[str, Archive | RadiographError] = field(default_factory=dict)
    classifiers: dict[str, Future[Classifier]] = field(default_factory=dict)

    @classmethod
    def of_session(cls) -> KeptFiles:
        """Return this session's, made at its first run."""
        kept: KeptFiles | None = st.session_state.get(_KEY)
        if kept is None:
            kept = st.session_state[_KEY] = cls()
            Downloads.of_session().thumbnails = kept.thumbnails
        return kept

    def forget_except(self, cases: Collection[str]) -> None:
        """Forget what belongs to none of these cases, but for their digests.

        Parameters
        ----------
        cases : collection of str
            Their identities.
        """
        left = {self.digests[it] for it in cases if it in self.digests}
        self.decoded.forget_except(left)
        for digest in self.thumbnails.keys() - left:
            del self.thumbnails[digest]
        self.ageless &= left
        self.results = {key: it for key, it in self.results.items() if key[0] in left}
        self.aged = {key: it for key, it in self.aged.items() if key[0][0] in left}
        self.rows = {key: it for key, it in self.rows.items() if key in cases}
        self.listing = self.repaired = None
        if not self.results:
            self.classifiers.clear()


def forget_files() -> None:
    """Forget all files of this session, and what could be downloaded of them."""
    st.session_state.pop(_KEY, None)
    Downloads.forget()
