"""Decoded radiographs of a session: each upload is decoded once while it is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Final

from pneumonia.errors import RadiographError, note_fault
from pneumonia.reading.isolation import read_isolated
from pneumonia.reading.radiograph import Radiograph

# A radiograph takes 1 to 40 MB of memory. What was dropped is decoded again on demand.
MAX_BYTES: Final = 256 * 2**20
MAX_COUNT: Final = 256


class DecodedUploads:
    """Radiographs by their file's digest, the least recently used dropped first.

    Parameters
    ----------
    max_bytes : int
        Of all pixels together; the last radiograph is kept even if it alone has more.
    max_count : int
        Of radiographs.
    """

    def __init__(self, max_bytes: int = MAX_BYTES, max_count: int = MAX_COUNT) -> None:
        self._max_bytes = max_bytes
        self._max_count = max_count
        self._kept: OrderedDict[str, Radiograph | RadiographError] = OrderedDict()

    def get(
        self, digest: str, read: Callable[[], bytes]
    ) -> Radiograph | RadiographError:
        """Return a radiograph, decoding it where it is not kept.

        Parameters
        ----------
        digest : str
            SHA-256 of the file.
        read : callable
            Gives the file's bytes; called only to decode them.

        Returns
        -------
        Radiograph or RadiographError
            The error says why the file cannot be read, whatever went wrong.
        """
        if digest not in self._kept:
            try:
                self._kept[digest] = read_isolated(read(), sha256=digest)
            except RadiographError as error:
                # The frames of a traceback would keep the file's bytes.
                error.__traceback__ = error.__cause__ = error.__context__ = None
                self._kept[digest] = error
            except Exception as error:
                self._kept[digest] = note_fault(error)
        self._kept.move_to_end(digest)
        self._drop()
        return self._kept[digest]

    def forget_except(self, digests: Collection[str]) -> None:
        """Drop what is read of other files than these."""
        for digest in self._kept.keys() - set(digests):
            del self._kept[digest]

    def _drop(self) -> None:
        while len(self._kept) > 1 and (
            len(self._kept) > self._max_count or self._bytes() > self._max_bytes
        ):
            self._kept.popitem(last=False)

    def _bytes(self) -> int:
        return sum(
            it.pixels.nbytes for it in self._kept.values() if isinstance(it, Radiograph)
        )
