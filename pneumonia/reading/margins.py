"""The picture without its plain margins, found from the picture alone.

A scanned film, a slide, a letterbox and a collimated exposure have borders of one grey
level. They are not the chest, and a network that reads them gives another answer.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pneumonia.reading.grey_levels import (
    AS_STORED,
    GreyLevels,
    Window,
    window_table,
)

# Grey levels of 256 that a margin may vary by: the noise of a scanner and of JPEG.
_TOLERANCE: Final = 12
# The share of a line's pixels at each end of its grey levels that may be dust.
_DUST: Final = 0.01
# A side marker or a line of text within a margin: at most so many lines, as a share of
# the side, in which so many pixels still are as the margin, and so many plain lines
# behind it.
_MARK: Final = 0.08
_LEAST_PLAIN: Final = 0.5
_BEHIND_MARK: Final = 0.01


class Frame(NamedTuple):
    """The part of a picture within its margins.

    Attributes
    ----------
    top, bottom, left, right : int
        In pixels from the upper left corner; `bottom` and `right` are the first
        beyond it. Where nothing is left, `top` equals `bottom` or `left` `right`.
    """

    top: int
    bottom: int
    left: int
    right: int

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns within the frame."""
        return self.bottom - self.top, self.right - self.left

    @property
    def corners(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom edge."""
        return self.left, self.top, self.right, self.bottom

    def cut(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return a view of the pixels within the frame."""
        return pixels[self.top : self.bottom, self.left : self.right]

    def shares(self, shape: tuple[int, ...]) -> tuple[float, float, float, float]:
        """Return the same edges as shares of the height and width, in [0, 1]."""
        rows, columns = shape[:2]
        return (
            self.top / rows,
            self.bottom / rows,
            self.left / columns,
            self.right / columns,
        )


# Gives the grey level of a line, or None if the line is not plain.
_Level = Callable[[NDArray[Any]], float | None]


def find_frame(pixels: GreyLevels, window: Window = AS_STORED) -> Frame:
    """Find the part of a picture within its plain margins.

    A row or column is plain if its 1st and 99th percentile are at most 12 levels
    apart. Plain lines are cut from each side inwards while their median stays within
    12 levels of the outermost one's; then again, until no side has any. A marker or
    text within a margin is cut with it if plain lines lie behind it.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)
    window : tuple of float
        In which the picture is shown; 8 bits are shown as they are without one.

    Returns
    -------
    Frame
        The same for a picture and for that picture with further margins around it.
    """
    # Only the lines that are looked at are shown in the window: seldom are many.
    table = window_table(pixels.dtype, window)
    frame = _shrink(pixels, _plain_level, _TOLERANCE, table, mark=_MARK)
    if frame.cut(pixels).size:
        return frame
    # A small picture within wide margins is no mark.
    return _shrink(pixels, _plain_level, _TOLERANCE, table)


def find_exact_frame(pixels: NDArray[Any]) -> Frame:
    """Find the part of a picture within lines whose pixels all have one value.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (H, W)

    Returns
    -------
    Frame
    """
    return _shrink(pixels, _only_level, 0)


def _shrink(
    pixels: NDArray[Any],
    level: _Level,
    tolerance: float,
    table: NDArray[Any] | None = None,
    *,
    mark: float = 0,
) -> Frame:
    top, bottom, left, right = 0, pixels.shape[0], 0, pixels.shape[1]

    def count(lines: NDArray[Any]) -> int:
        return _count_margin(_Lines(lines, table), level, tolerance, mark)

    cut = 1
    while cut and top < bottom and left < right:
        lines = pixels[top:bottom, left:right]
        above, below = count(lines), count(lines[::-1])
        top, bottom = top + above, max(bottom - below, top + above)
        cut = above + below
        if top == bottom:
            break
        # A mark above the chest is gone before the columns are looked at.
        lines = pixels[top:bottom, left:right].T
        before, after = count(lines), count(lines[::-1])
        left, right = left + before, max(right - after, left + before)
        cut += before + after
    return Frame(top, bottom, left, right)


class _Lines:
    """Lines of a picture, each looked up in a table when it is asked for."""

    def __init__(self, lines: NDArray[Any], table: NDArray[Any] | None) -> None:
        self._lines = lines
        self._table = table

    def __len__(self) -> int:
        return len(self._lines)

    def __getitem__(self, number: int) -> NDArray[Any]:
        line: NDArray[Any] = self._lines[number]
        return line if self._table is None else self._table[line]


def _count_margin(lines: _Lines, level: _Level, tolerance: float, mark: float) -> int:
    """Count the lines of one grey level, from the first, with marks between them."""
    edge = level(lines[0])
    if edge is None:
        return 0
    margin = behind = 0
    needed = 1.0
    for number in range(len(lines)):
        line = lines[number]
        found = level(line)
        if found is not None and abs(found - edge) <= tolerance:
            behind += 1
            if behind >= needed:
                margin, needed = number + 1, 1
            continue
        behind, needed = 0, max(2, _BEHIND_MARK * len(lines))
        if number - margin >= mark * len(lines):
            break
        if (np.abs(line - edge) <= tolerance).mean() < _LEAST_PLAIN:
            break
    return margin


def _plain_level(line: NDArray[np.uint8]) -> float | None:
    """Return a line's median, or None if its grey levels spread too far."""
    counts = np.bincount(line, minlength=256).cumsum()
    # The levels at or below which lie so many pixels.
    ranks = np.array([_DUST, 0.5, 1 - _DUST]) * (len(line) - 1) + 1
    low, median, high = np.searchsorted(counts, np.floor(ranks))
    return float(median) if high - low <= _TOLERANCE else None


def _only_level(line: NDArray[Any]) -> float | None:
    return float(line[0]) if line.min() == line.max() else None
