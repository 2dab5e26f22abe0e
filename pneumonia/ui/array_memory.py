"""What is computed of an array once, as long as the array lives."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import partial
from typing import Any, Final, TypeVar
from weakref import ref

from numpy.typing import NDArray

T = TypeVar("T")

# By the array's place in memory, which another may take once it is gone.
_known: Final[dict[int, tuple[ref[NDArray[Any]], dict[Hashable, Any]]]] = {}


def once_for(array: NDArray[Any], what: Hashable, compute: Callable[[], T]) -> T:
    """Compute something of an array once.

    Parameters
    ----------
    array : ndarray
        Nobody changes it.
    what : hashable
        Names what is computed, and all that it depends on besides the array.
    compute : callable
        What it gives must not hold the array, which would then live for ever.

    Returns
    -------
    object
        What `compute` gave the first time.
    """
    number = id(array)
    found = _known.get(number)
    if found is None or found[0]() is not array:
        forget = partial(_known.pop, number)  # bound: names are gone at the exit
        found = (ref(array, lambda _: forget(None)), {})
        _known[number] = found
    if what not in found[1]:
        found[1][what] = compute()
    result: T = found[1][what]
    return result
