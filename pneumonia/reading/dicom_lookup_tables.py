"""Lookup tables of DICOM files."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from pneumonia.errors import UnreadableRadiographError


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

    References
    ----------
    * DICOM PS3.3, C.11.1.1 and C.11.2.1.1
    """

    data: NDArray[np.uint16]
    first: int
    top: int

    @classmethod
    def of(cls, item: Dataset) -> Self:
        """Read an item of a LUT sequence."""
        entries, first, depth = (int(value) for value in item.LUTDescriptor)
        entries = entries or 65_536  # does not fit into its 16 bits
        data = item.LUTData
        if isinstance(data, bytes):
            little_endian = item.original_encoding[1] is not False
            wide = depth > 8 or len(data) >= 2 * entries
            order = "<" if little_endian else ">"
            data = np.frombuffer(data, f"{order}u2" if wide else "u1")
        values = np.atleast_1d(np.asarray(data)).astype(np.uint16)[:entries]
        if not 1 <= depth <= 16 or len(values) < entries:
            raise UnreadableRadiographError(
                "incomplete_table",
                "table_entries",
                entries=len(values),
                expected=entries,
                bits=depth,
            )
        # Some writers state more bits than they use, which would look far too dark.
        highest = int(values.max())
        top = (1 << depth) - 1
        return cls(values, first, top if top / 2 <= highest <= top else highest or 1)

    def look_up(self, values: NDArray[Any]) -> NDArray[np.uint16]:
        """Map numbers, rounded, to outputs."""
        first = self.first
        # The VR may be US although the input is signed.
        if first > 32_767 and values.min() < 0:
            first -= 65_536
        index = np.clip(np.rint(values) - first, 0, len(self.data) - 1)
        return np.asarray(self.data[index.astype(np.intp)])
