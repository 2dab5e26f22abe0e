"""From the bytes of a radiograph to the DICOM objects that go back into its study."""

import io
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pneumonia import __version__
from pneumonia.errors import ExportError, RadiographError, note_fault
from pneumonia.export.case_summary import CaseReport
from pneumonia.export.secondary_capture import (
    MANUFACTURER,
    check_identifiers,
    secondary_capture,
)
from pneumonia.export.structured_report import structured_report
from pneumonia.model.assessment import Assessment
from pneumonia.model.decision import Decision, decide
from pneumonia.model.heatmap import draw_heatmap
from pneumonia.model.occlusion import mask_region
from pneumonia.reading.display import displayed
from pneumonia.reading.isolation import read_isolated
from pneumonia.reading.radiograph import Radiograph, sha256_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pneumonia.model.classifier import Classifier

_logger = logging.getLogger(__name__)
# Where the manufacturer stands in a file, for an object that this program made.
_HEAD_BYTES = 4096


@dataclass(frozen=True)
class Assessor:
    """Assesses radiographs with one network at one setting.

    Attributes
    ----------
    classifier : Classifier
    operating_point : str
    prevalence : float or None
        In (0, 1); None for the reference prevalence of the weights.
    strict_age : bool
        Refuse patients outside one to five years instead of warning.
    note : callable
        Takes each decision, as for the audit record.
    """

    classifier: "Classifier"
    operating_point: str = "balanced"
    prevalence: float | None = None
    strict_age: bool = False
    note: Callable[[Decision], None] = lambda _: None

    def assess(self, data: bytes) -> tuple[Decision, dict[str, bytes]]:
        """Assess a file and make the objects for its study.

        Their UIDs depend on the file, the weights and the settings alone, so that an
        archive that gets them twice keeps them once.

        Parameters
        ----------
        data : bytes
            The whole file.

        Returns
        -------
        decision : Decision
        files : dict of str to bytes
            DICOM files by name; empty for a file without a score, heatmap or valid
            identifiers. The log says why, with the first digits of its SHA-256.
        """
        assessment, radiograph = self._assess(data)
        decision = decide(
            assessment,
            self.classifier.card,
            operating_point=self.operating_point,
            prevalence=self.prevalence,
        )
        code, files = "assessed", {}
        if assessment.refusal is not None:
            code = assessment.refusal.code
        elif radiograph is None or not assessment.has_map:
            code = "no_heatmap"
        else:
            try:
                check_identifiers(data)
                files = self._objects(decision, radiograph, data)
            except ExportError:
                code = "identifiers"
            except Exception as error:  # by attributes that nobody expected
                code = note_fault(error).code
        _logger.info("%s: %s", assessment.input_sha256[:16], code)
        self.note(decision)
        return decision, files

    def _assess(self, data: bytes) -> tuple[Assessment, Radiograph | None]:
        try:
            radiograph = read_isolated(data)
        except RadiographError as error:
            return self.classifier.refuse(error, sha256_of(data)), None
        found = self.classifier.assess(radiograph, strict_age=self.strict_age)
        return mask_region(self.classifier, radiograph, found), radiograph

    def _objects(
        self, decision: Decision, radiograph: Radiograph, data: bytes
    ) -> dict[str, bytes]:
        report, found = CaseReport(decision), decision.assessment
        made_of = [
            *(found.input_sha256, found.weights_sha256, __version__),
            *(self.operating_point, str(self.prevalence), str(self.strict_age)),
        ]
        grey = displayed(radiograph)
        strength = self.classifier.saliency(found, (grey.shape[0], grey.shape[1]))
        return study_objects(
            report, draw_heatmap(grey, strength), radiograph, data, made_of
        )


def study_objects(
    report: CaseReport,
    overlay: "NDArray[np.uint8]",
    radiograph: Radiograph,
    data: bytes,
    made_of: Sequence[str],
) -> dict[str, bytes]:
    """Make heatmap and report for the study of a radiograph.

    Parameters
    ----------
    report : CaseReport
    overlay : ndarray of uint8, shape (H, W, 3)
        As of `pneumonia.export.secondary_capture.secondary_capture`.
    radiograph : Radiograph
    data : bytes
        The file that it was read from, whose identifiers are kept.
    made_of : sequence of str
        All that the objects depend on. Their UIDs follow from it, so that an archive
        that gets them twice keeps them once.

    Returns
    -------
    dict of str to bytes
        DICOM files by name, in the order of delivery.

    Raises
    ------
    ExportError
        If identifiers are missing or damaged.
    """
    capture = secondary_capture(report, overlay, radiograph, identifiers_from=data)
    capture = _with_lasting_uids(capture, "heatmap", *made_of)
    document = structured_report(report, capture)
    return {
        "1-heatmap.dcm": capture,
        "2-report.dcm": _with_lasting_uids(document, "report", *made_of),
    }


def is_own(data: bytes) -> bool:
    """Tell an object that this program made, which an archive may send back.

    Parameters
    ----------
    data : bytes
        A DICOM file.

    Returns
    -------
    bool
    """
    return MANUFACTURER.encode() in data[:_HEAD_BYTES]


def _with_lasting_uids(data: bytes, *made_of: str) -> bytes:
    """Name an object after what it was made of."""
    from pydicom import dcmread
    from pydicom.uid import generate_uid

    dataset = dcmread(io.BytesIO(data))
    dataset.SeriesInstanceUID = generate_uid(entropy_srcs=[*made_of, "series"])
    dataset.SOPInstanceUID = generate_uid(entropy_srcs=[*made_of, "instance"])
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()
