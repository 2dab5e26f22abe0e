"""The sentences that the source marks for the catalogues."""

import functools
from pathlib import Path

from babel.messages.extract import extract_from_dir

PACKAGE = Path(__file__).parents[1] / "pneumonia"
# As CONTRIBUTING.md gives them to `pybabel extract`.
KEYWORDS = {"N_": None, "say": None, "plural": (1, 2)}

# A sentence, or both forms of one with a number.
Key = str | tuple[str, ...]


@functools.cache
def marked() -> frozenset[Key]:
    """Return all that `pybabel extract` finds in the package."""
    found = extract_from_dir(str(PACKAGE), [("**.py", "python")], keywords=KEYWORDS)
    return frozenset(it[2] for it in found)
