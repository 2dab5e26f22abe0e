"""The package's exceptions.

A message is one to three sentences for the person who chose the file: what was
expected, what was received, and what to do. That of a `RadiographError` never holds
patient data or a file name, since it is shown and exported.
"""

import hashlib
import logging
import traceback

from pneumonia.reasons.codes import Refusal, RefusalCode, Repair, UnreadableCode
from pneumonia.reasons.sentences import sentence

_logger = logging.getLogger(__name__)


class RadiographError(ValueError):
    """A file cannot become a radiograph that the model may read.

    Its text is made from `pneumonia.reasons` when it is asked for.

    Parameters
    ----------
    code : str
        A key of `pneumonia.reasons.refusals.REFUSALS` or of `UNREADABLE`.
    received : str, optional
        A key of `pneumonia.reasons.refusals.RECEIVED`.
    repair : Repair, optional
        What would make the radiograph readable.
    **details : str, int or float
        The values of the sentence's placeholders, without patient data. An empty
        string stands for what is unknown or may not be repeated.
    """

    def __init__(
        self,
        code: RefusalCode | UnreadableCode,
        received: str | None = None,
        *,
        repair: Repair | None = None,
        **details: str | int | float,
    ) -> None:
        super().__init__(code, received)
        self.code = code
        self.received = received
        self.repair = repair
        self.details = details

    def __str__(self) -> str:
        """Say in English why, and what to do."""
        return sentence(self.refusal)

    @property
    def refusal(self) -> Refusal:
        """The same as plain data, which outlives the traceback."""
        return Refusal(self.code, self.received, self.details, self.repair)


class UnreadableRadiographError(RadiographError):
    """The bytes cannot be decoded: damaged, empty, or not a picture at all.

    Its code is a key of `pneumonia.reasons.refusals.UNREADABLE`.
    """


def note_fault(error: Exception) -> UnreadableRadiographError:
    """Make an error of this program one file's result, and log where it occurred.

    Parameters
    ----------
    error : Exception
        Of any kind. Its text, in which a patient's data may stand, is not kept.

    Returns
    -------
    UnreadableRadiographError
        With the code ``internal_error`` and, as ``fault``, eight letters and digits
        under which the log has the trace; the same for every error at one place.
    """
    trace, cause = "", error.__cause__
    while cause is not None:
        place = "".join(traceback.format_tb(cause.__traceback__))
        trace += f"{place}{type(cause).__name__}, which caused\n"
        cause = cause.__cause__
    trace += "".join(traceback.format_tb(error.__traceback__)) + type(error).__name__
    fault = hashlib.sha256(trace.encode()).hexdigest()[:8]
    _logger.error("Fault %s\n%s", fault, trace)
    return UnreadableRadiographError("internal_error", fault=fault)


class UnsupportedRadiographError(RadiographError):
    """The file is sound, but it is not something the model may read.

    Its code is a key of `pneumonia.reasons.refusals.REFUSALS`.
    """


class DatasetError(ValueError):
    """A folder of labelled radiographs cannot be trained or evaluated on."""


class CheckpointError(RuntimeError):
    """A stopped training run cannot be continued as asked."""


class WeightsError(RuntimeError):
    """A weights file or its card is missing, damaged, or they do not match."""


class ExportError(ValueError):
    """An export was asked for that cannot be made of what was given."""


class RecordsError(ValueError):
    """A file of labels, readings or a worklist cannot be used."""


class PacsError(RuntimeError):
    """A PACS, its spool or an answer of it cannot be used."""


class AuditError(RuntimeError):
    """The audit record cannot be reached or written, or its chain is broken."""
