"""The radiograph viewer: full bit depth in the browser, no round trip to read it.

A Streamlit component of one HTML template, one style sheet and one ES module. Python
packs the picture, its saliency maps and what the model received into one bytes
payload; window, zoom, inversion and overlay then happen in the browser.
"""

import hashlib
import html
import json
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any, cast

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from streamlit.components.v2 import component

from pneumonia.ui.texts import VIEWER

__all__ = ["Corners", "SaliencyLayer", "pack_payload", "show_viewer"]

# Left, top, right and bottom edge in pixels of the radiograph, as
# `pneumonia.export.impression.Region` takes them.
Corners = tuple[float, float, float, float]

# Blocks of the payload begin at multiples of this, so that typed arrays can view them.
_ALIGNMENT = 4

_HERE = Path(__file__).parent

_component = component(
    "radiograph_viewer",
    html=Template((_HERE / "viewer.html").read_text(encoding="utf-8")).substitute(
        {name: html.escape(words) for name, words in VIEWER.items()}
    ),
    css=(_HERE / "viewer.css").read_text(encoding="utf-8"),
    js=(_HERE / "viewer.js").read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class SaliencyLayer:
    """One saliency map over the whole radiograph.

    Attributes
    ----------
    name : str
        What the map shows, as the reader sees it: ``"Evidence for pneumonia"``.
    strength : ndarray of shape (height, width), uint8
        0 to 255, relative to this radiograph. It covers the whole picture whatever
        its own size: the browser stretches it bilinearly.
    """

    name: str
    strength: NDArray[np.uint8]


def show_viewer(
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    key: str,
    saliency: Sequence[SaliencyLayer] = (),
    saliency_note: str = "",
    window: tuple[float, float] | None = None,
    window_unit: str | None = None,
    rescale: tuple[float, float] = (1.0, 0.0),
    pixel_spacing_mm: tuple[float, float] | None = None,
    pixel_aspect: float = 1.0,
    model_input: NDArray[np.uint8] | None = None,
    height: int = 640,
    marking: bool = False,
    on_mark: Callable[[Corners | None], None] | None = None,
    on_navigate: Callable[[], None] | None = None,
) -> str | None:
    """Show a radiograph with window, zoom, inversion and saliency overlay.

    The reader's window, zoom and overlay survive reruns of the script with the same
    pixels; other pixels are another case and open afresh, with the heatmap off.

    Parameters
    ----------
    pixels : ndarray of shape (height, width), uint8 or uint16
        Grey levels as stored, bright meaning dense (MONOCHROME2).
    key : str
        The viewer's key on the page. Keep one key for all cases: the viewer then
        keeps the keyboard focus from case to case.
    saliency : sequence of SaliencyLayer, optional
        Maps the reader can lay over the picture, the first one first.
    saliency_note : str, optional
        A sentence added to the legend.
    window : tuple of float, optional
        Lowest and highest stored value displayed at opening. By default all of 0 to
        255 for uint8, and minimum to maximum for uint16, where robust percentiles or
        the file's own window are the better choice.
    window_unit : str, optional
        Unit of the readout, after `rescale`. By default the window is read in percent.
    rescale : tuple of float, default=(1.0, 0.0)
        Slope and intercept from stored values to `window_unit`.
    pixel_spacing_mm : tuple of float, optional
        Row and column spacing, in the order of DICOM's PixelSpacing. Without it there
        is no scale bar.
    pixel_aspect : float, default=1.0
        Height over width of a pixel.
    model_input : ndarray of shape (side, side[, 1 or 3]), uint8, optional
        The picture as the model received it.
    height : int, default=640
        Greatest height of the picture area in CSS pixels. It never exceeds the
        viewer's width, so that a telephone gets a square, and gives way on a low
        screen, so that picture and controls are seen together.
    marking : bool, default=False
        Let the reader mark a place with a rectangle. The browser keeps each picture's
        mark and goes on showing it, also when marking is over.
    on_mark : callable, optional
        Called before the rerun with the rectangle that the reader drew on these
        pixels, in pixels of the radiograph, or with None when it was removed. Without
        it, read ``st.session_state[key]["mark"]``: ``corners`` on the picture whose id
        is ``case``.
    on_navigate : callable, optional
        Called before the rerun when the reader asks for another case; the direction
        is ``st.session_state[key]["navigate"]``.

    Returns
    -------
    str or None
        ``"previous"`` or ``"next"`` in the run that an arrow key caused, else None.

    Raises
    ------
    ValueError
        If an array has the wrong shape or data type, or the window, spacing, aspect
        or height is out of range.

    References
    ----------
    DICOM PS3.3 C.11.2.1.2 (window) and C.7.6.2.1.1 (pixel spacing).
    """
    payload = pack_payload(
        pixels,
        key=key,
        saliency=saliency,
        saliency_note=saliency_note,
        window=window,
        window_unit=window_unit,
        rescale=rescale,
        pixel_spacing_mm=pixel_spacing_mm,
        pixel_aspect=pixel_aspect,
        model_input=model_input,
        height=height,
        marking=marking,
    )

    def pass_mark() -> None:
        drawn = st.session_state[key]["mark"]
        # The browser may have sent it just before it was given another case.
        if marking and on_mark and drawn["case"] == _case_of(payload):
            on_mark(_corners(drawn["corners"], pixels.shape))

    # Streamlit reports a trigger only if a callback is given for it.
    result = _component(
        key=key,
        data=payload,
        on_navigate_change=on_navigate or (lambda: None),
        on_mark_change=pass_mark,
    )
    return cast("str | None", result.get("navigate"))


def pack_payload(
    pixels: NDArray[np.uint8] | NDArray[np.uint16],
    *,
    key: str,
    saliency: Sequence[SaliencyLayer] = (),
    saliency_note: str = "",
    window: tuple[float, float] | None = None,
    window_unit: str | None = None,
    rescale: tuple[float, float] = (1.0, 0.0),
    pixel_spacing_mm: tuple[float, float] | None = None,
    pixel_aspect: float = 1.0,
    model_input: NDArray[np.uint8] | None = None,
    height: int = 640,
    marking: bool = False,
) -> bytes:
    """Pack what the viewer shows into the bytes it reads.

    Parameters
    ----------
    pixels, key, saliency, saliency_note, window, window_unit, rescale, \
pixel_spacing_mm, pixel_aspect, model_input, height, marking
        As for `show_viewer`.

    Returns
    -------
    bytes
        The header's length (4 bytes, little-endian), the header (JSON in UTF-8, padded
        with spaces), then grey, saliency layers and model input in row order, each
        padded to a multiple of 4 bytes; uint16 is little-endian.

    Raises
    ------
    ValueError
        As for `show_viewer`.

    Notes
    -----
    ``id`` in the header names the case, ``content`` all that belongs to it: the viewer
    starts afresh when the first changes, and does nothing when neither does.
    """
    _check_picture(pixels)
    for layer in saliency:
        _check_shape("A saliency layer", layer.strength, channels=False)
    if model_input is not None:
        _check_shape("The model input", model_input, channels=True)
    if pixel_spacing_mm is not None and not all(
        np.isfinite(spacing) and spacing > 0 for spacing in pixel_spacing_mm
    ):
        raise ValueError(
            f"Pixel spacings are positive millimetres. Received: {pixel_spacing_mm}"
        )
    if not (np.isfinite(pixel_aspect) and pixel_aspect > 0):
        raise ValueError(
            f"The shape of a pixel is a positive ratio. Received: {pixel_aspect}"
        )
    if height <= 0:
        raise ValueError(f"The height is a positive number. Received: {height}")

    full_range = _full_range(pixels)
    low, high = full_range if window is None else window
    if not (np.isfinite(low) and np.isfinite(high) and low < high):
        raise ValueError(f"A window is (low, high), low < high. Received: {window}")

    grey = _block(pixels)
    maps = [_block(layer.strength) for layer in saliency]
    received = [] if model_input is None else [_block(model_input)]

    header = {
        "id": _digest(key.encode(), str(pixels.shape).encode(), grey),
        "content": _digest(*maps, *received),
        "width": pixels.shape[1],
        "height": pixels.shape[0],
        "bytes": pixels.dtype.itemsize,
        "range": full_range,
        "window": [float(low), float(high)],
        "unit": window_unit,
        "rescale": [float(value) for value in rescale],
        "spacing": pixel_spacing_mm and [float(value) for value in pixel_spacing_mm],
        "aspect": float(pixel_aspect),
        "layers": [
            {
                "name": layer.name,
                "width": layer.strength.shape[1],
                "height": layer.strength.shape[0],
            }
            for layer in saliency
        ],
        "note": saliency_note,
        "input": None
        if model_input is None
        else {
            "width": model_input.shape[1],
            "height": model_input.shape[0],
            "channels": model_input.shape[2] if model_input.ndim == 3 else 1,
        },
        "stageHeight": int(height),
        "marking": marking,
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-(4 + len(text)) % _ALIGNMENT)
    return b"".join([struct.pack("<I", len(text)), text, grey, *maps, *received])


def _case_of(payload: bytes) -> str:
    (length,) = struct.unpack_from("<I", payload)
    return cast("str", json.loads(payload[4 : 4 + length])["id"])


def _corners(drawn: Any, shape: tuple[int, ...]) -> Corners | None:
    """Keep what comes from the browser within the picture; no area is no mark."""
    if drawn is None:
        return None
    left, top, right, bottom = np.clip(
        np.asarray(drawn, float), 0, [shape[1], shape[0]] * 2
    ).tolist()
    return (left, top, right, bottom) if left < right and top < bottom else None


def _check_picture(pixels: NDArray[Any]) -> None:
    grey = pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2
    if pixels.ndim != 2 or pixels.size == 0 or not grey:
        raise ValueError(
            "A picture is a (height, width) array of uint8 or uint16. "
            f"Received: shape {pixels.shape}, {pixels.dtype}"
        )


def _check_shape(what: str, array: NDArray[Any], *, channels: bool) -> None:
    flat = array.ndim == 2
    deep = channels and array.ndim == 3 and array.shape[2] in (1, 3)
    if not (flat or deep) or array.size == 0 or array.dtype != np.uint8:
        rule = "(height, width[, 1 or 3])" if channels else "(height, width)"
        raise ValueError(
            f"{what} is a {rule} array of uint8. "
            f"Received: shape {array.shape}, {array.dtype}"
        )


def _full_range(pixels: NDArray[Any]) -> tuple[int, int]:
    """Give the stored values that count as 0 and 100 %."""
    if pixels.dtype == np.uint8:
        return 0, 255
    low, high = int(pixels.min()), int(pixels.max())
    return low, max(high, low + 1)


def _block(array: NDArray[Any]) -> bytes:
    data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return data + b"\0" * (-len(data) % _ALIGNMENT)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(struct.pack("<Q", len(part)))
        digest.update(part)
    return digest.hexdigest()[:16]
