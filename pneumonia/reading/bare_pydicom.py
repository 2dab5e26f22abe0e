"""Imports pydicom without what it would fetch example files from the internet with.

Nothing here needs ``requests``; with all that comes with it, it takes 5 MB of every
process. Import this before anything of pydicom.
"""

import sys

if "requests" not in sys.modules:
    sys.modules["requests"] = None  # type: ignore[assignment]
    try:
        import pydicom  # noqa: F401
    finally:
        del sys.modules["requests"]
