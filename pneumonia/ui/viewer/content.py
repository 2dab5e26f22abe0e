"""What the viewer shows of one radiograph, checked when it is put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pneumonia.ui.array_memory import once_for

__all__ = ["SaliencyLayer", "ViewerContent"]


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
    note : str, optional
        A sentence added to the legend while this map is chosen.

    Raises
    ------
    ValueError
        If `strength` has another shape or data type.
    """

    name: str
    strength: NDArray[np.uint8]
    note: str = ""

    def __post_init__(self) -> None:
        """Check the shape and the data type."""
        _check_uint8("A saliency layer", self.strength, channels=False)


@dataclass(frozen=True, kw_only=True)
class ViewerContent:
    """One radiograph with all that the viewer can lay over it or write beside it.

    Attributes
    ----------
    pixels : ndarray of shape (height, width), uint8 or uint16
        Grey levels as stored, bright meaning dense (MONOCHROME2).
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
    sides : tuple of str, optional
        Letters of the patient's side that lies left and right in the picture.
    saliency : sequence of SaliencyLayer, optional
        Maps the reader can lay over the picture, the first one first.
    saliency_note : str, optional
        A sentence added to the legend.
    model_input : ndarray of shape (side, side[, 1 or 3]), uint8, optional
        The picture as the model received it.
    frame : tuple of float, optional
        Left, top, right and bottom edge, in pixels, of the part that the model sees;
        a line is drawn around it.
    height : int, optional
        Height of the picture area in CSS pixels. By default the viewer fills the window
        below the page's header.
    marking : bool, default=False
        Let the reader mark a place with a rectangle. The browser keeps each picture's
        mark and goes on showing it, also when marking is over.
    blank : str, optional
        A sentence that stands in place of the picture, where there is none; `pixels`
        are then not looked at.
    name, facts, flag : str, optional
        What the case is called, what its file says of it, and its flag in words: they
        stand above the picture, in full screen too.
    state : str, optional
        The flag as a code, for its colour.
    cases : mapping, optional
        Where the case stands in the list, as `pneumonia.ui.steps.describe_place` gives
        it. Without it there is no way to other cases.

    Raises
    ------
    ValueError
        If an array has the wrong shape or data type, or the window, spacing, aspect
        or height is out of range.

    References
    ----------
    DICOM PS3.3 C.11.2.1.2 (window) and C.7.6.2.1.1 (pixel spacing).
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    window: tuple[float, float] | None = None
    window_unit: str | None = None
    rescale: tuple[float, float] = (1.0, 0.0)
    pixel_spacing_mm: tuple[float, float] | None = None
    pixel_aspect: float = 1.0
    sides: tuple[str, str] | None = None
    saliency: Sequence[SaliencyLayer] = ()
    saliency_note: str = ""
    model_input: NDArray[np.uint8] | None = None
    frame: tuple[float, float, float, float] | None = None
    height: int | None = None
    marking: bool = False
    blank: str = ""
    name: str = ""
    facts: str = ""
    flag: str = ""
    state: str = ""
    cases: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        """Check shapes, data types and ranges."""
        _check_pixels(self.pixels)
        if self.model_input is not None:
            _check_uint8("The model input", self.model_input, channels=True)
        spacing = self.pixel_spacing_mm
        if spacing is not None and not all(
            np.isfinite(side) and side > 0 for side in spacing
        ):
            raise ValueError(
                f"Pixel spacings are positive millimetres. Received: {spacing}"
            )
        if not (np.isfinite(self.pixel_aspect) and self.pixel_aspect > 0):
            raise ValueError(
                "The shape of a pixel is a positive ratio. "
                f"Received: {self.pixel_aspect}"
            )
        if self.height is not None and self.height <= 0:
            raise ValueError(
                f"The height is a positive number. Received: {self.height}"
            )
        low, high = self.displayed_window
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ValueError(
                f"A window is (low, high), low < high. Received: {self.window}"
            )

    @property
    def full_range(self) -> tuple[int, int]:
        """The stored values that count as 0 and 100 %."""
        if self.pixels.dtype == np.uint8:
            return 0, 255
        return once_for(self.pixels, "range", lambda: _range(self.pixels))

    @property
    def displayed_window(self) -> tuple[float, float]:
        """Lowest and highest stored value displayed at opening."""
        low, high = self.full_range if self.window is None else self.window
        return float(low), float(high)


def _range(pixels: NDArray[Any]) -> tuple[int, int]:
    low, high = int(pixels.min()), int(pixels.max())
    return low, max(high, low + 1)


def _check_pixels(pixels: NDArray[Any]) -> None:
    grey = pixels.dtype.kind == "u" and pixels.dtype.itemsize <= 2
    if pixels.ndim != 2 or pixels.size == 0 or not grey:
        raise ValueError(
            "A picture is a (height, width) array of uint8 or uint16. "
            f"Received: shape {pixels.shape}, {pixels.dtype}"
        )


def _check_uint8(what: str, array: NDArray[Any], *, channels: bool) -> None:
    flat = array.ndim == 2
    deep = channels and array.ndim == 3 and array.shape[2] in (1, 3)
    if not (flat or deep) or array.size == 0 or array.dtype != np.uint8:
        rule = "(height, width[, 1 or 3])" if channels else "(height, width)"
        raise ValueError(
            f"{what} is a {rule} array of uint8. "
            f"Received: shape {array.shape}, {array.dtype}"
        )
