"""The drawing of the place Help: what the heatmap is, and what it is not."""

from typing import Final

_LUNGS: Final = (
    "M44 22 C24 28 14 62 16 96 C17 112 42 112 50 98 C56 78 54 34 44 22 Z",
    "M76 22 C96 28 106 62 104 96 C103 112 84 108 72 92 C64 74 66 34 76 22 Z",
)
# Column, row and strength of the cells that speak for pneumonia.
_CELLS: Final = (
    *((2, 6, 0.45), (3, 6, 0.7), (2, 7, 0.75), (3, 7, 1.0)),
    *((4, 7, 0.4), (3, 8, 0.5), (2, 8, 0.35), (7, 3, 0.2)),
)
_CELL: Final = 12
# Both are seen on near black as on near white.
_LINE: Final = "#7f8b97"
_WARM: Final = "#d9822b"


def draw_map() -> str:
    """Draw a chest in cells, and beside it a map that is not the shadow's outline.

    Returns
    -------
    str
        SVG, without words.
    """
    lungs = "".join(
        f'<path d="{path}" fill="none" stroke="{_LINE}" stroke-width="1.5"/>'
        for path in _LUNGS
    )
    grid = "".join(
        f'<path d="M{at} 0 V120 M0 {at} H120" stroke="{_LINE}" opacity="0.25"/>'
        for at in range(0, 121, _CELL)
    )
    cells = "".join(
        f'<rect x="{_CELL * column}" y="{_CELL * row}" width="{_CELL}" '
        f'height="{_CELL}" fill="{_WARM}" opacity="{strength}"/>'
        for column, row, strength in _CELLS
    )
    glow = "".join(
        f'<circle cx="38" cy="90" r="{radius}" fill="{_WARM}" opacity="0.22"/>'
        for radius in (8, 14, 20, 26)
    )
    shadow = (
        f'<ellipse cx="32" cy="74" rx="11" ry="8" fill="none" stroke="{_LINE}" '
        'stroke-width="2" stroke-dasharray="4 3"/>'
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 122">'
        f'<g transform="translate(1 1)">{grid}{cells}{lungs}</g>'
        f'<g transform="translate(170 1)">{glow}{lungs}{shadow}</g></svg>'
    )
