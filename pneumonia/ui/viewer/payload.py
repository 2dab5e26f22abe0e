"""The bytes in which the viewer's content travels to the browser."""

import hashlib
import json
import struct
from typing import Any, cast

from numpy.typing import NDArray

from pneumonia.language.speech import say, spoken
from pneumonia.model.transfer_table import TRANSFER_TABLE
from pneumonia.ui.viewer.content import ViewerContent
from pneumonia.ui.viewer.texts import GREY_OF, PLACE

__all__ = ["pack_payload", "picture_id"]

# Blocks of the payload begin at multiples of this, so that typed arrays can view them.
_ALIGNMENT = 4


def pack_payload(content: ViewerContent, *, key: str) -> bytes:
    """Pack what the viewer shows into the bytes it reads.

    Parameters
    ----------
    content : ViewerContent
    key : str
        The viewer's key on the page.

    Returns
    -------
    bytes
        The header's length (4 bytes, little-endian), the header (JSON in UTF-8, padded
        with spaces), then grey, saliency layers and model input in row order, each
        padded to a multiple of 4 bytes; uint16 is little-endian.

    Notes
    -----
    ``id`` in the header names the picture, ``content`` the layers and the model input:
    the viewer starts afresh when the first changes, keeps its drawings of the layers
    until the second does, and does nothing when the whole header is the same.
    """
    grey = _block(content.pixels)
    layers = [_block(layer.strength) for layer in content.saliency]
    received = [] if content.model_input is None else [_block(content.model_input)]
    header = {
        "id": _digest(key.encode(), str(content.pixels.shape).encode(), grey),
        "content": _digest(*layers, *received),
        **_describe(content),
        "transfer": TRANSFER_TABLE.tolist(),
    }
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-(4 + len(text)) % _ALIGNMENT)
    return b"".join([struct.pack("<I", len(text)), text, grey, *layers, *received])


def picture_id(payload: bytes) -> str:
    """Read from a payload the name of its picture."""
    (length,) = struct.unpack_from("<I", payload)
    return cast("str", json.loads(payload[4 : 4 + length])["id"])


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
            {"name": layer.name, **_size(layer.strength)} for layer in content.saliency
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


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(struct.pack("<Q", len(part)))
        digest.update(part)
    return digest.hexdigest()[:16]
