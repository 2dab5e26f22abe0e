"""The assessments of this session, by the digest of the file."""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

import streamlit as st
from PIL import Image

from pneumonia.errors import RadiographError
from pneumonia.reading.display import displayed
from pneumonia.reading.orientation import apply_repair
from pneumonia.reading.radiograph import Radiograph, sha256_of
from pneumonia.reasons.codes import Notice, WarningCode
from pneumonia.ui.downloads import Downloads
from pneumonia.ui.kept_files import KeptFiles
from pneumonia.ui.metrics import note_assessment
from pneumonia.ui.uploads import Case

if TYPE_CHECKING:
    from pneumonia.model.assessment import Assessment
    from pneumonia.model.classifier import Classifier
    from pneumonia.reasons.codes import Repair
    from pneumonia.ui.kept_files import Key

# A turn of background reading; a click never waits longer than this and one case.
TURN_SECONDS: Final = 1.0
_THUMBNAIL_SIDE = 48


class Assessments:
    """The session's results under the present settings.

    Parameters
    ----------
    classifier : Classifier or None
        None while it is loading.
    ages : {"yes", "no", "unknown"} or None
        Whether the files that do not tell the patient's age are of patients of the
        ages that the weights are calibrated for, as the clinician says; None while
        nobody has said.
    repairs : mapping of str to Repair
        What the clinician asked for, by the case's identity.
    """

    def __init__(
        self,
        classifier: Classifier | None,
        *,
        ages: str | None = None,
        repairs: Mapping[str, Repair] = MappingProxyType({}),
    ) -> None:
        self._kept = KeptFiles.of_session()
        self._classifier = classifier
        self._ages = ages
        self._repairs = repairs
        self._thumbnails = Downloads.of_session().thumbnail("")

    def find(self, case: Case) -> Assessment | None:
        """Return what is known of a case, None while it is waiting."""
        digest = self._kept.digests.get(case.identity)
        if self._classifier is None or digest is None:
            return None
        key = self._key(digest, case, self._classifier.card)
        known = self._kept.results.get(key)
        if known is None or known.score is None or digest not in self._kept.ageless:
            return known
        # The same object in every run, so that what was made of it is known again.
        aged = self._kept.aged
        if (key, self._ages) not in aged:
            aged[key, self._ages] = self._with_age(known)
        return aged[key, self._ages]

    def _with_age(self, known: Assessment) -> Assessment:
        others = tuple(it for it in known.warnings if it.code != "unknown_age")
        if self._ages == "yes":
            return replace(known, warnings=others)
        code: WarningCode = (
            "age_outside_training" if self._ages == "no" else "unknown_age"
        )
        return replace(known, warnings=(Notice(code), *others))

    @property
    def state(self) -> tuple[object, ...]:
        """What changes whenever anything is known that was not known before."""
        kept = self._kept
        known = len(kept.digests), len(kept.thumbnails), len(kept.ageless)
        asked = self._classifier, self._ages, tuple(self._repairs.items())
        return (*asked, *known, len(kept.results))

    def radiograph(self, case: Case) -> Radiograph | RadiographError:
        """Return a case as it was read, without a repair, or why it cannot be read."""
        digest = self._kept.digests.get(case.identity)
        if digest is not None:
            return self._kept.decoded.get(digest, case.read)
        try:
            data = case.read()
        except RadiographError:
            # An archive that gives no bytes leaves nothing to take a digest of.
            self._kept.digests[case.identity] = case.identity
            return self._kept.decoded.get(case.identity, case.read)
        digest = self._kept.digests[case.identity] = sha256_of(data)
        return self._kept.decoded.get(digest, lambda: data)

    def shown(self, case: Case) -> Radiograph | RadiographError:
        """Return a case as it is shown: with the repair that was asked for."""
        found, repair = self.radiograph(case), self._repairs.get(case.identity)
        if repair is None or isinstance(found, RadiographError):
            return found
        last = self._kept.repaired
        if last is None or last[0] is not found or last[1] != repair:
            last = self._kept.repaired = (found, repair, apply_repair(found, repair))
        return last[2]

    def assess(self, case: Case) -> None:
        """Assess a case if it is waiting and the model is there."""
        if self._classifier is None or self.find(case):
            return
        begin = time.perf_counter()
        radiograph = self.radiograph(case)
        digest = self._kept.digests[case.identity]
        if self.find(case):  # a copy of a file that was assessed
            return
        if isinstance(radiograph, RadiographError):
            sha256 = sha256_of(b"") if digest == case.identity else digest
            known = self._classifier.refuse(radiograph, sha256)
        else:
            self._note(digest, radiograph)
            known = self._classifier.assess(
                radiograph, repair=self._repairs.get(case.identity)
            )
        self._kept.results[self._key(digest, case, self._classifier.card)] = known
        note_assessment(known, time.perf_counter() - begin)

    def _note(self, digest: str, radiograph: Radiograph) -> None:
        if digest not in self._kept.thumbnails:
            self._kept.thumbnails[digest] = _draw_thumbnail(radiograph)
        if radiograph.dicom is None or radiograph.dicom.patient_age is None:
            self._kept.ageless.add(digest)

    def _key(self, digest: str, case: Case, card: Mapping[str, Any]) -> Key:
        # Sites' cards share the weights and differ in what a score means.
        repair = self._repairs.get(case.identity)
        return digest, card["name"], card["sha256"], repair

    def assess_some(self, cases: Sequence[Case]) -> None:
        """Assess waiting cases for one turn."""
        until = time.monotonic() + TURN_SECONDS
        for case in cases:
            if self.find(case) is None:
                self.assess(case)
                if time.monotonic() > until:
                    return
                # Streamlit takes a press when its state is asked for.
                st.session_state.get("turn")

    def digest(self, case: Case) -> str | None:
        """Return the SHA-256 of a case's file, None while it was not read."""
        return self.digest_of(case.identity)

    def digest_of(self, identity: str) -> str | None:
        """Return the SHA-256 of a file that may have been taken off the list."""
        return self._kept.digests.get(identity)

    def thumbnail(self, case: Case) -> str | None:
        """Return the address of a small picture, once the case was decoded."""
        digest = self._kept.digests.get(case.identity, "")
        there = digest in self._kept.thumbnails
        return f"{self._thumbnails}{digest}" if there else None

    def tells_no_age(self, case: Case) -> bool:
        """Tell whether a file was read and does not say the patient's age."""
        return self._kept.digests.get(case.identity) in self._kept.ageless


def _draw_thumbnail(radiograph: Radiograph) -> bytes:
    picture = Image.fromarray(displayed(radiograph))
    picture.thumbnail((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE))
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=70)
    return file.getvalue()
