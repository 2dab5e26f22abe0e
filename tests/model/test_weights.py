"""Weights and card are published together, and refused when they are not a pair."""

import hashlib
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any, cast

import keras
import numpy as np
import pytest
from fixtures_models import (
    describe,
    gate_seeing,
    list_anew,
    publish_tiny,
    tiny_network,
)
from lung_fields import publish_lungs
from phantoms import draw_squares

from pneumonia.card.schema import SCHEMA_VERSION, Card
from pneumonia.errors import WeightsError
from pneumonia.gate.storage import save_gate
from pneumonia.model import weights
from pneumonia.model.publication import save_card, save_site_card, save_weights
from pneumonia.model.weights import (
    DEFAULT_WEIGHTS,
    available_weights,
    load_card,
    load_weights,
)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish_tiny(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def published(pristine: Path, tmp_path: Path) -> Path:
    """Give a copy of published weights that a test may damage."""
    shutil.copytree(pristine.parent, tmp_path, dirs_exist_ok=True)
    return tmp_path / pristine.name


@pytest.fixture
def other() -> keras.Model:
    return tiny_network(seed=1)


def change_card(path: Path, **changes: Any) -> None:
    card = json.loads(path.with_suffix(".json").read_text())
    write_card(path, json.dumps({**card, **changes}))


def write_card(path: Path, text: str) -> None:
    """Write another card, and list it."""
    path.with_suffix(".json").write_text(text)
    list_anew(path.parent)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def kernel(model: keras.Model) -> np.ndarray:
    return np.asarray(model.layers[2].get_weights()[0])


def stop_at_move(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Let the process be stopped instead of making move `number`, from 1."""
    moves = 0
    original = Path.replace

    def replace(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == number:
            raise KeyboardInterrupt
        return original(self, target)

    monkeypatch.setattr(Path, "replace", replace)


def test_saved_network_gives_the_same_logits_after_loading(tmp_path: Path) -> None:
    model = tiny_network()
    path = save_weights(model, describe(model), tmp_path)
    squares = draw_squares(4)
    np.testing.assert_array_equal(
        load_weights(path).model.predict_on_batch(squares),
        model.predict_on_batch(squares),
    )


def test_saved_card_comes_back_with_the_checksum_added(tmp_path: Path) -> None:
    model = tiny_network()
    card = describe(model, git_revision=None, versions={"package": "1 – ×"})
    path = save_weights(model, card, tmp_path)
    assert load_weights(path).card == {
        **card,
        "sha256": sha256(path),
        "schema_version": SCHEMA_VERSION,
    }


def test_saving_makes_the_folder_and_leaves_files_and_list(tmp_path: Path) -> None:
    path = publish_tiny(tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / "tiny.keras"
    assert sorted(p.name for p in path.parent.iterdir()) == [
        "SHA256SUMS",
        "tiny.json",
        "tiny.keras",
    ]


def test_saving_again_replaces_both_files(published: Path, other: keras.Model) -> None:
    save_weights(other, describe(other, git_revision="second"), published.parent)
    loaded = load_weights(published)
    assert loaded.card["git_revision"] == "second"
    np.testing.assert_array_equal(kernel(loaded.model), kernel(other))


def test_file_holds_no_optimizer(pristine: Path) -> None:
    assert getattr(load_weights(pristine).model, "optimizer", None) is None
    with zipfile.ZipFile(pristine) as archive:
        assert b"optimizer" not in archive.read("model.weights.h5")
        assert not json.loads(archive.read("config.json"))["compile_config"]


def test_file_holds_float32_only(pristine: Path) -> None:
    model = keras.saving.load_model(pristine)
    assert {weight.dtype for weight in model.weights} == {"float32"}


def test_name_without_suffix_is_looked_up_in_the_weights_folder(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(weights, "WEIGHTS_FOLDER", published.parent)
    assert load_card("tiny")[1] == published


def test_path_may_be_a_string(published: Path) -> None:
    assert load_card(str(published))[1] == published


@pytest.mark.parametrize("name", ["absent", "absent.keras"])
def test_missing_weights_are_named_with_what_to_do(name: str) -> None:
    with pytest.raises(WeightsError, match=r"absent\.json is missing.*train\.py"):
        load_weights(name)


def test_missing_card_is_named_with_what_to_do(published: Path) -> None:
    published.with_suffix(".json").unlink()
    with pytest.raises(WeightsError, match=r"tiny\.json must .* none that.*train\.py"):
        load_weights(published)


def test_folder_in_place_of_the_weights_is_refused(tmp_path: Path) -> None:
    path = publish_tiny(tmp_path)
    path.unlink()
    path.mkdir()
    with pytest.raises(WeightsError, match=r"tiny\.keras must .*none that can be read"):
        load_weights(path)


@pytest.mark.parametrize("text", ["", "{", '{"name": "tiny"', "\x00\x01", "nonsense"])
def test_damaged_card_is_named_with_what_to_do(published: Path, text: str) -> None:
    write_card(published, text)
    with pytest.raises(WeightsError, match=r"tiny\.json cannot .* no JSON.*train"):
        load_weights(published)


def test_card_that_is_no_utf_8_is_damaged(published: Path) -> None:
    published.with_suffix(".json").write_bytes(b'{"name": "\xff\xfe"}')
    list_anew(published.parent)
    with pytest.raises(WeightsError, match=r"tiny\.json cannot .* no JSON"):
        load_weights(published)


@pytest.mark.parametrize(
    ("text", "kind"), [("[]", "list"), ("null", "NoneType"), ('"card"', "str")]
)
def test_card_must_be_an_object(published: Path, text: str, kind: str) -> None:
    write_card(published, text)
    with pytest.raises(WeightsError, match=rf"tiny\.json .*object. Received: {kind}"):
        load_weights(published)


@pytest.mark.parametrize(
    "key",
    [
        "name",
        "sha256",
        "architecture",
        "input_shape",
        "calibrated",
        "temperature",
        "prevalence",
        "operating_points",
    ],
)
def test_card_without_a_key_is_refused_by_its_name(published: Path, key: str) -> None:
    card = json.loads(published.with_suffix(".json").read_text())
    del card[key]
    write_card(published, json.dumps(card))
    with pytest.raises(
        WeightsError, match=rf"tiny\.json cannot .*lacks {key}\..*train\.py"
    ):
        load_weights(published)


def test_card_without_a_schema_version_is_refused_with_the_way_out(
    published: Path,
) -> None:
    write_card(published, "{}")
    with pytest.raises(WeightsError, match=r"tiny\.json cannot .* version"):
        load_weights(published)


def test_card_that_breaks_the_schema_is_not_published(
    published: Path, other: keras.Model
) -> None:
    before = load_card(published)[0]
    with pytest.raises(WeightsError, match="unknown key note"):
        save_weights(other, describe(other, note="free text"), published.parent)
    assert load_card(published)[0] == before
    assert len(list(published.parent.iterdir())) == 3


def test_card_of_other_weights_is_refused(published: Path) -> None:
    digest = "0123456789ab" + 52 * "0"
    change_card(published, sha256=digest)
    with pytest.raises(
        WeightsError, match=r"belongs to other weights than .*tiny\.keras.*0123456789ab"
    ):
        load_weights(published)


def test_other_weights_than_the_cards_are_refused_though_they_are_listed(
    published: Path,
) -> None:
    published.write_bytes(published.read_bytes()[:1000])
    list_anew(published.parent)
    with pytest.raises(WeightsError, match="belongs to other weights"):
        load_weights(published)


def test_number_out_of_its_range_is_refused_though_it_is_listed(
    published: Path,
) -> None:
    change_card(published, temperature=float("nan"))
    with pytest.raises(
        WeightsError, match=r"tiny\.json cannot .*temperature nan, outside \(0, inf\)"
    ):
        load_card(published)


def test_weights_that_keras_cannot_load_are_named_with_what_to_do(
    published: Path,
) -> None:
    published.write_bytes(b"not an archive")
    change_card(published, sha256=sha256(published))
    with pytest.raises(
        WeightsError, match=r"tiny\.keras cannot be loaded by Keras .*requirements\.txt"
    ):
        load_weights(published)


@pytest.mark.parametrize("shape", [[32, 32, 3], [300, 300, 1]])
def test_card_with_another_input_shape_is_refused(
    published: Path, shape: list[int]
) -> None:
    change_card(published, input_shape=shape)
    with pytest.raises(WeightsError, match=r"Received: a network for \[32, 32, 1\]"):
        load_weights(published)


def test_custom_code_in_weights_is_not_run(tmp_path: Path) -> None:
    inputs = keras.Input((32, 32, 1))
    model = keras.Model(inputs, keras.layers.Lambda(lambda x: x)(inputs))
    path = save_weights(model, describe(model), tmp_path)
    with pytest.raises(WeightsError, match="cannot be loaded by Keras"):
        load_weights(path)


@pytest.mark.parametrize("move", [1, 2, 3])
def test_stop_at_any_move_leaves_the_old_pair_or_the_new_one(
    published: Path, other: keras.Model, monkeypatch: pytest.MonkeyPatch, move: int
) -> None:
    before = kernel(load_weights(published).model)
    stop_at_move(monkeypatch, move)
    with pytest.raises(KeyboardInterrupt):
        save_weights(other, describe(other, git_revision="second"), published.parent)
    loaded, renewed = load_weights(published), move > 1
    assert loaded.card.get("git_revision") == ("second" if renewed else None)
    expected = kernel(other) if renewed else before
    np.testing.assert_array_equal(kernel(loaded.model), expected)


def test_stop_between_the_first_moves_of_all_leaves_the_new_pair(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_at_move(monkeypatch, 2)
    with pytest.raises(KeyboardInterrupt):
        publish_tiny(tmp_path)
    assert available_weights(tmp_path) == ["tiny"]
    assert load_weights(tmp_path / "tiny.keras").card["name"] == "tiny"


def test_stop_while_the_network_is_written_leaves_the_old_pair(
    published: Path, other: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(path: Path) -> None:
        path.write_bytes(b"PK half an archive")
        raise KeyboardInterrupt

    monkeypatch.setattr(other, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        save_weights(other, describe(other), published.parent)
    assert load_weights(published).card["name"] == "tiny"
    assert available_weights(published.parent) == ["tiny"]


def test_available_weights_begin_with_the_default_and_are_sorted(
    tmp_path: Path,
) -> None:
    for name in ("zebra", DEFAULT_WEIGHTS, "alpha"):
        (tmp_path / f"{name}.keras").touch()
    list_anew(tmp_path)
    assert available_weights(tmp_path) == [DEFAULT_WEIGHTS, "alpha", "zebra"]


def test_available_weights_leave_out_other_files_and_what_is_not_listed(
    tmp_path: Path,
) -> None:
    for name in ("tiny.json", "README.md", "tiny.h5"):
        (tmp_path / name).touch()
    list_anew(tmp_path)
    (tmp_path / "tiny.keras").touch()
    assert available_weights(tmp_path) == []


def test_available_weights_of_a_missing_folder_are_none(tmp_path: Path) -> None:
    assert available_weights(tmp_path / "absent") == []


def publish_site(published: Path, **changes: Any) -> Path:
    """Write a card of a site over published weights."""
    site = {"name": "clinic", "temperature": 2.0, "weights_file": "tiny.keras"}
    card = {**load_card(published)[0], **site, **changes}
    return save_site_card(published, cast("Card", card))


def test_card_is_replaced_and_the_weights_stay(published: Path) -> None:
    before = published.read_bytes()
    card, _ = load_card(published)
    card["temperature"] = 3.0
    save_card(published, card)
    assert load_card(published)[0]["temperature"] == 3.0
    assert published.read_bytes() == before
    assert len(list(published.parent.iterdir())) == 3


def test_card_of_a_site_is_loaded_with_the_weights_it_names(published: Path) -> None:
    path = publish_site(published)
    assert path == published.with_name("clinic.json")
    loaded = load_weights(path)
    assert loaded.card["temperature"] == 2.0
    np.testing.assert_array_equal(
        kernel(loaded.model), kernel(load_weights(published).model)
    )
    assert load_card(published)[0]["temperature"] == 1.0


def test_card_of_a_site_is_found_by_its_name(
    published: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish_site(published)
    monkeypatch.setattr(weights, "WEIGHTS_FOLDER", published.parent)
    card, path = load_card("clinic")
    assert card["name"] == "clinic"
    assert path == published


def test_card_of_a_site_is_listed_and_other_json_files_are_not(published: Path) -> None:
    publish_site(published)
    (published.parent / "notes.json").write_text("{}")
    (published.parent / "broken.json").write_text("{")
    list_anew(published.parent)
    assert available_weights(published.parent) == ["clinic", "tiny"]


def test_card_of_a_site_is_refused_once_the_weights_have_changed(
    published: Path, other: keras.Model
) -> None:
    path = publish_site(published)
    save_weights(other, describe(other), published.parent)
    with pytest.raises(WeightsError, match="belongs to other weights"):
        load_card(path)


def test_card_of_a_site_cannot_reach_out_of_its_folder(published: Path) -> None:
    folder = published.parent / "below"
    folder.mkdir()
    text = publish_site(published, weights_file="../tiny.keras").read_text()
    (folder / "clinic.json").write_text(text)
    list_anew(folder)
    with pytest.raises(WeightsError, match="missing"):
        load_card(folder / "clinic.json")


@pytest.mark.parametrize("name", ["", "../clinic", "a/b", ".hidden", "clinic.keras"])
def test_site_needs_a_plain_name(published: Path, name: str) -> None:
    with pytest.raises(WeightsError, match="letters, digits"):
        publish_site(published, name=name)


def test_site_cannot_take_the_name_of_weights(published: Path) -> None:
    before = published.with_suffix(".json").read_bytes()
    with pytest.raises(WeightsError, match="must not replace"):
        publish_site(published, name="tiny")
    assert published.with_suffix(".json").read_bytes() == before


@pytest.mark.parametrize("name", ["gate", "lungs"])
def test_site_cannot_take_the_name_of_gate_or_lungs(published: Path, name: str) -> None:
    save_gate(gate_seeing(), {}, published.parent)
    publish_lungs(published.parent)
    with pytest.raises(WeightsError, match="must not replace"):
        publish_site(published, name=name)


def test_reading_a_card_imports_neither_tensorflow_nor_keras(pristine: Path) -> None:
    program = (
        "import sys; import pneumonia.model.weights as weights; "
        f"weights.load_card({str(pristine)!r}); weights.available_weights(); "
        "print({'keras', 'tensorflow', 'jax', 'torch'} & set(sys.modules))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout == "set()\n"
