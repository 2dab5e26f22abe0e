"""One changed bit in any file of the weights that ship: it is not loaded.

``PNEUMONIA_CHANGES=10`` makes ten times as many changes: 3,000 of the cards and 300 of
the networks.
"""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pneumonia.checked_files import LIST, listed_files, read_files
from pneumonia.errors import WeightsError
from pneumonia.gate.storage import load_gate
from pneumonia.lungs.finder import load_lung_finder
from pneumonia.model.served_network import load_served_network
from pneumonia.model.weights import WEIGHTS_FOLDER, load_card

TIMES = int(os.environ.get("PNEUMONIA_CHANGES", "1"))
CARDS = 300 * TIMES
NETWORKS = 30 * TIMES

pytestmark = pytest.mark.skipif(
    not listed_files(WEIGHTS_FOLDER), reason="no weights are in weights/"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("weights")
    for name in (LIST, *listed_files(WEIGHTS_FOLDER)):
        shutil.copy(WEIGHTS_FOLDER / name, copy)
    return copy


def loader_of(name: str) -> Callable[[Path], object]:
    """Return what loads a file of the folder."""
    if name.startswith("gate."):
        return load_gate
    if name.startswith("lungs."):
        return load_lung_finder
    if name == "reading.json":  # of no network: written into the report alone
        return lambda folder: read_files(folder, name, restore="")
    network = f"{Path(name).stem}.keras"
    if name.endswith(".onnx"):
        return lambda folder: load_served_network(*load_card(folder / network))
    return lambda folder: load_card(folder / network)


def accepted_changes(folder: Path, names: list[str], count: int) -> list[str]:
    """Change one bit at a time; tell which changes were loaded without a word."""
    accepted, draw = [], random.Random(0)  # noqa: S311
    for _ in range(count):
        name = draw.choice(names)
        path = folder / name
        content = path.read_bytes()
        place, bit = draw.randrange(len(content)), draw.randrange(8)
        with path.open("r+b") as file:
            file.seek(place)
            file.write(bytes([content[place] ^ 1 << bit]))
        try:
            loader_of(name)(folder)
            accepted.append(f"bit {bit} of byte {place} of {name}")
        except WeightsError as error:
            if name not in str(error):
                accepted.append(f"{name} is not named: {error}")
        path.write_bytes(content)
    return accepted


def test_no_card_is_loaded_with_a_changed_bit(folder: Path) -> None:
    cards = [name for name in listed_files(folder) if name.endswith(".json")]
    assert len(cards) >= 4
    assert accepted_changes(folder, cards, CARDS) == []


def test_no_network_is_loaded_with_a_changed_bit(folder: Path) -> None:
    networks = [name for name in listed_files(folder) if not name.endswith(".json")]
    assert len(networks) >= 5
    assert accepted_changes(folder, networks, NETWORKS) == []


def test_no_list_is_used_with_a_changed_bit(folder: Path) -> None:
    def load_all(folder: Path) -> None:
        for name in listed_files(WEIGHTS_FOLDER):
            loader_of(name)(folder)

    path = folder / LIST
    content = path.read_bytes()
    load_all(folder)
    draw = random.Random(0)  # noqa: S311
    for _ in range(10 * TIMES):
        changed = bytearray(content)
        changed[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        path.write_bytes(changed)
        with pytest.raises(WeightsError):
            load_all(folder)
    path.write_bytes(content)
