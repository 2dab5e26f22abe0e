"""Gives freed memory back to the system, so that nothing of a radiograph stays in it.

The C library keeps what is freed, as it is, for the next who asks for memory. A picture
could then be found in a process long after the last who saw it has gone.
"""

import ctypes
import gc
import sys
from functools import cache
from typing import Final

# Of `mallopt`, as in <malloc.h>.
_TRIM_THRESHOLD: Final = -1
_PERTURB: Final = -6
_ARENA_MAX: Final = -8
_TRIM_BYTES: Final = 64 * 1024
_ARENAS: Final = 4


@cache
def _c_library() -> ctypes.CDLL | None:
    """Return the C library if it is GNU's, which alone has these calls."""
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    return library if hasattr(library, "malloc_trim") else None


def keep_no_freed_memory() -> None:
    """Have memory go back when it is freed, and overwrite what does not.

    Call it once, early in the life of a process. Without the GNU C library nothing
    happens.
    """
    if library := _c_library():
        library.mallopt(_TRIM_THRESHOLD, _TRIM_BYTES)
        library.mallopt(_ARENA_MAX, _ARENAS)
        library.mallopt(_PERTURB, 1)


def return_freed_memory() -> None:
    """Free what nobody refers to, and give back the pages that are then empty."""
    gc.collect()
    if library := _c_library():
        library.malloc_trim(0)
