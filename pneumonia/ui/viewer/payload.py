"""How the viewer's content travels to the browser: a description, and its pixels."""

import hashlib
from typing import Any

from numpy.typing import NDArray

from pneumonia.language.speech import say, spoken
from pneumonia.model.transfer_table import TRANSFER_TABLE
from pneumonia.ui.array_memory import once_for
from pneumonia.ui.viewer.content import ViewerContent
from pneumonia.ui.viewer.texts import GREY_OF, PLACE

__all__ = ["describe", "pack_extras", "pack_grey"]

# Blocks of the payload begin at multiples of this, so that typed arrays can view them.
_ALIGNMENT = 4


def describe(content: ViewerContent, *, key: str) -> dict[str, Any]:
    """Describe what the viewer shows, without its pixels.

    Parameters
    ----------
    content : ViewerContent
    key : str
        The viewer's key on the page.

    Returns
    -------
    dict
        In JSON's types.

    Notes
    -----
    ``id`` names the picture, ``content`` the layers and the model input: the viewer
    starts afresh when the first changes, keeps its drawings of the layers until the
    second does, and does nothing when the whole description is the same.
    """
    extras = [_digest(it) for it in _extras(content)]
    return {
        "id": _join(key, str(content.pixels.shape), _digest(content.pixels)),
        "content": _join(*extras),
        **_describe(content),
        "transfer": TRANSFER_TABLE.tolist(),
    }


def pack_grey(content: ViewerContent) -> bytes:
    """Pack the picture.

    Returns
    -------
    bytes
        In row order; uint16 is little-endian.
    """
    return _block(content.pixels)


def pack_extras(content: ViewerContent) -> bytes:
    """Pack saliency layers and model input.

    Returns
    -------
    bytes
        One after the other in row order, each padded to a multiple of 4 bytes.
    """
    return b"".join(map(_block, _extras(content)))


def _extras(content: ViewerContent) -> list[NDArray[Any]]:
    received = [] if content.model_input is None else [content.model_input]
    return [*(layer.strength for layer in content.saliency), *received]


def _describe(content: ViewerContent) -> dict[str, Any]:
    """Give the header's fields but for the digests."""
    spacing = content.pixel_spacing_mm
    return {
        **_size(content.pixels),
        "bytes": content.pixels.dtype.itemsize,
        "range": content.full_range,
        "window": content.displayed_window,
        "unit": content.window_unit,
        "rescale": [float(value) for value in content.rescale],
        "spacing": spacing and [float(value) for value in spacing],
        "aspect": float(content.pixel_aspect),
        "sides": content.sides,
        "layers": [
            {"name": layer.name, "note": layer.note, **_size(layer.strength)}
            for layer in content.saliency
        ],
        "note": content.saliency_note,
        "input": None
        if content.model_input is None
        else {
            **_size(content.model_input),
            "channels": content.model_input.shape[2]
            if content.model_input.ndim == 3
            else 1,
        },
        "frame": content.frame,
        "stageHeight": content.height,
        "marking": content.marking,
        "blank": content.blank,
        "name": content.name,
        "facts": content.facts,
        "flag": content.flag,
        "state": content.state,
        "cases": content.cases,
        "place": say(PLACE),
        "greyOf": say(GREY_OF),
        "language": spoken(),
    }


def _size(array: NDArray[Any]) -> dict[str, int]:
    return {"width": array.shape[1], "height": array.shape[0]}


def _block(array: NDArray[Any]) -> bytes:
    data = array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes()
    return data + b"\0" * (-len(data) % _ALIGNMENT)


def _digest(array: NDArray[Any]) -> str:
    return once_for(array, "digest", lambda: hashlib.sha256(_block(array)).hexdigest())


def _join(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
