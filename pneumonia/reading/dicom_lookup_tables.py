"""Lookup tables of DICOM files."""

from dataclasses import dataclass
from typing import Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumonia.reading.dicom_values import (
    HOSTILE_BYTES,
    UnreadableAttributeError,
    is_own_error,
)

# So many inputs may lie beyond a table that lacks its last entries.
_MAX_MISSED: Final = 0.01


@dataclass(frozen=True, eq=False)
class Lut:
    """A lookup table of a DICOM file.

    pydicom's own functions fail for 12-bit modality LUTs and overflow for 8-bit VOI
    LUTs of more than 256 entries.

    Attributes
    ----------
    data : ndarray of uint16, shape (N,)
    first : int
        The input of the first entry. Lower inputs get the first entry, inputs beyond
        the table the last one.
    top : int
        The highest output that its depth allows.
    is_short : bool
        Whether entries are missing at the end.

    References
    ----------
    * DICOM PS3.3, C.11.1.1 and C.11.2.1.1
    """

    data: NDArray[np.uint16]
    first: int
    top: int
    is_short: bool = False

    @classmethod
    def of(cls, item: Dataset) -> Self:
        """Read an item of a LUT sequence."""
        entries, first, depth = (int(value) for value in item.LUTDescriptor)
        entries = entries or 65_536  # does not fit into its 16 bits
        data = item.LUTData
        if isinstance(data, bytes):
            little_endian = item.original_encoding[1] is not False
            # Short tables of bytes occur, and short tables of words.
            wide = depth > 8 or len(data) > entries + 1
            order = "<" if little_endian else ">"
            data = np.frombuffer(
                data[: len(data) // 2 * 2] if wide else data,
                f"{order}u2" if wide else "u1",
            )
        values = np.atleast_1d(np.asarray(data)).astype(np.uint16)[:entries]
        if not 1 <= depth <= 16 or not len(values):
            raise ValueError("a table without entries of 1 to 16 bits")
        # Some writers state more bits than they use, which would look far too dark.
        highest = int(values.max())
        top = (1 << depth) - 1
        return cls(
            values,
            first,
            top if top / 2 <= highest <= top else highest or 1,
            is_short=len(values) < entries,
        )

    def serves(self, values: NDArray[Any], counts: NDArray[np.int64]) -> bool:
        """Tell whether no more than 1 % of inputs need entries that are missing."""
        if not self.is_short:
            return True
        missed = counts[self._index(values) >= len(self.data)].sum()
        return bool(missed <= _MAX_MISSED * counts.sum())

    def look_up(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Map numbers, rounded, to outputs."""
        index = np.clip(self._index(values), 0, len(self.data) - 1)
        return np.asarray(self.data[index.astype(np.intp)])

    def _index(self, values: NDArray[Any]) -> NDArray[Any]:
        first = self.first
        # The VR may be US although the input is signed.
        if first > 32_767 and values.min() < 0:
            first -= 65_536
        return np.asarray(np.rint(values) - first)


def read_lut(dataset: Dataset, keyword: str) -> Lut | None:
    """Read the first table of a LUT sequence that may be absent.

    Parameters
    ----------
    dataset : pydicom.Dataset
    keyword : str

    Returns
    -------
    Lut or None

    Raises
    ------
    UnreadableAttributeError
        If the sequence is there, but holds no sound table.
    """
    try:
        items = dataset.get(keyword)
        return Lut.of(items[0]) if items else None
    except HOSTILE_BYTES as error:
        if is_own_error(error):
            raise
        raise UnreadableAttributeError(keyword) from error
