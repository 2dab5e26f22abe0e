"""The package's exceptions.

A message is one to three sentences for the person who chose the file: what was
expected, what was received, and what to do. That of a `RadiographError` never holds
patient data or a file name, since it is shown and exported.
"""

from pneumonia.reasons.codes import Refusal, RefusalCode, Repair, UnreadableCode
from pneumonia.reasons.sentences import sentence


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
