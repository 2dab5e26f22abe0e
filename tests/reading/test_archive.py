import io
import warnings
import zipfile
from pathlib import Path

import dicom_files as files
import pytest

from pneumonia.cli.inputs import find_inputs
from pneumonia.errors import (
    RadiographError,
    UnreadableRadiographError,
    UnsupportedRadiographError,
)
from pneumonia.reading import archive
from pneumonia.reading.archive import is_zip, open_archive

DICOM = files.build(files.ramp(12), bits=12)
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(100)


def pack(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as made:
        for name, data in members.items():
            made.writestr(name, data)
    return file.getvalue()


def code_of(data: bytes) -> str:
    with pytest.raises(UnsupportedRadiographError) as caught:
        open_archive(data)
    return caught.value.code


def test_lists_and_reads_what_is_inside() -> None:
    opened = open_archive(pack({"a/one.dcm": DICOM, "two": PICTURE}))

    assert opened.names == ("a/one.dcm", "two")
    assert opened.skipped == 0
    assert opened.read("a/one.dcm") == DICOM
    assert opened.read("two") == PICTURE


def test_opens_a_file_on_disk(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(pack({"one": DICOM}))

    assert open_archive(path).read("one") == DICOM


def test_is_recognised_by_content() -> None:
    assert is_zip(pack({"one": DICOM}))
    assert is_zip(pack({}))
    assert not is_zip(DICOM)


def test_hidden_files_and_those_of_macos_are_skipped() -> None:
    opened = open_archive(
        pack(
            {
                "one": DICOM,
                "__MACOSX/._one": b"x",
                ".DS_Store": b"x",
                "a/.hidden/b": b"x",
            }
        )
    )

    assert opened.names == ("one",)
    assert opened.skipped == 3


def test_helpers_are_skipped_and_counted() -> None:
    opened = open_archive(
        pack(
            {"one.png": PICTURE, "README.TXT": b"x", "labels.csv": b"x", "go.exe": b""}
        )
    )

    assert opened.names == ("one.png",)
    assert opened.skipped == 3


def test_of_a_pacs_export_only_dicom_files_are_listed() -> None:
    opened = open_archive(
        pack(
            {
                "DICOMDIR": DICOM,
                "DICOM/PAT0/IM0": DICOM,
                "IHE_PDI/PREVIEW.JPG": PICTURE,
                "VIEWER/LOGO.PNG": PICTURE,
                "VIEWER/VIEWER": b"\x7fELF",
            }
        )
    )

    assert opened.names == ("DICOM/PAT0/IM0",)
    assert opened.skipped == 4


def test_folders_are_no_files() -> None:
    opened = open_archive(pack({"a/": b"", "a/one": DICOM}))

    assert opened.names == ("a/one",)
    assert opened.skipped == 0


def test_names_that_climb_out_are_only_names() -> None:
    assert open_archive(pack({"../../one": DICOM})).read("../../one") == DICOM


def test_an_archive_of_helpers_is_refused() -> None:
    assert code_of(pack({"README.TXT": b"x"})) == "no_pixels"


def test_an_empty_archive_is_refused() -> None:
    assert code_of(pack({})) == "no_pixels"


def test_too_many_files_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 2)

    assert code_of(pack({"1": b"x", "2": b"x", "3": b"x"})) == "too_large"


def test_too_many_bytes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_TOTAL_BYTES", 1000)

    assert code_of(pack({"1": DICOM})) == "too_large"


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    assert code_of(pack({"1": bytes(17 * 2**20)})) == "too_large"


def test_a_blank_picture_is_no_bomb() -> None:
    assert open_archive(pack({"1": bytes(2**20)})).names == ("1",)


def test_one_file_that_is_too_large_does_not_spoil_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBER_BYTES", 5000)
    opened = open_archive(pack({"1": DICOM, "2": PICTURE}))

    with pytest.raises(UnsupportedRadiographError) as caught:
        opened.read("1")
    assert caught.value.code == "too_large"
    assert opened.read("2") == PICTURE


def test_a_lying_size_is_not_unpacked_further() -> None:
    data = bytearray(pack({"1": bytes(50_000)}))
    directory = data.rindex(b"PK\x01\x02")
    data[directory + 24 : directory + 28] = (1000).to_bytes(4, "little")

    try:
        unpacked = open_archive(bytes(data)).read("1")
    except RadiographError:
        return
    assert len(unpacked) <= 1000


def test_an_archive_inside_is_opened() -> None:
    inner = pack({"one": DICOM, "README.TXT": b"x"})
    opened = open_archive(pack({"inner.zip": inner, "one": DICOM}))

    assert opened.names == ("inner.zip!one", "one")
    assert opened.skipped == 1
    assert opened.read("inner.zip!one") == DICOM


def test_an_archive_two_deep_is_refused_by_itself() -> None:
    deepest = pack({"inner.zip": pack({"one": DICOM}), "two": PICTURE})
    opened = open_archive(pack({"deep.zip": deepest}))

    assert opened.names == ("deep.zip!inner.zip", "deep.zip!two")
    with pytest.raises(UnreadableRadiographError, match="lies deeper"):
        opened.read("deep.zip!inner.zip")


def test_a_damaged_archive_inside_is_one_unreadable_file() -> None:
    opened = open_archive(pack({"inner": pack({"one": DICOM})[:-30], "one": DICOM}))

    assert opened.names == ("inner", "one")
    with pytest.raises(UnreadableRadiographError, match="archive is damaged"):
        opened.read("inner")


def test_a_bomb_in_an_archive_inside_is_refused() -> None:
    bomb = pack({"1": bytes(17 * 2**20)})
    opened = open_archive(pack({"bomb.zip": bomb, "one": DICOM}))

    with pytest.raises(UnsupportedRadiographError) as caught:
        opened.read("bomb.zip")
    assert caught.value.code == "too_large"


def test_files_of_archives_inside_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_MEMBERS", 3)
    inner = pack({"1": DICOM, "2": DICOM})
    opened = open_archive(pack({"a.zip": inner, "b.zip": inner}))

    assert opened.names == ("a.zip", "b.zip")


@pytest.mark.parametrize("slash", ["/", "\\"])
def test_of_a_disc_only_dicom_files_are_listed_however_folders_are_written(
    slash: str,
) -> None:
    members = {
        "EXPORT/DICOMDIR": DICOM,
        "EXPORT/DICOM/IM0": DICOM,
        "EXPORT/PREVIEW/1.JPG": PICTURE,
        "other.png": PICTURE,
    }
    packed = pack({name.replace("/", slash): it for name, it in members.items()})
    opened = open_archive(packed)

    assert [name.replace(slash, "/") for name in opened.names] == [
        "EXPORT/DICOM/IM0",
        "other.png",
    ]
    assert opened.skipped == 2


@pytest.mark.parametrize("name", ["dicomdir", "DICOMDIR;1", "Dicomdir."])
def test_a_directory_is_recognised_as_file_systems_write_it(name: str) -> None:
    assert open_archive(pack({name: DICOM, "A": DICOM, "B": PICTURE})).names == ("A",)


def test_folders_written_with_backslashes_are_no_files() -> None:
    assert open_archive(pack({"a\\": b"", "a\\one": DICOM})).names == ("a\\one",)


def test_files_of_one_name_are_all_listed() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for content in (DICOM, PICTURE, DICOM[:-2]):
            made.writestr("IM1.dcm", content)
        made.writestr("im1.dcm", DICOM)
    opened = open_archive(file.getvalue())

    assert opened.names == ("IM1.dcm", "IM1 (2).dcm", "IM1 (3).dcm", "im1.dcm")
    assert opened.read("IM1 (2).dcm") == PICTURE
    assert opened.skipped == 0


def test_a_protected_file_is_unreadable_by_itself() -> None:
    data = bytearray(pack({"1": DICOM, "2": PICTURE}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    opened = open_archive(bytes(data))

    assert opened.read("1") == DICOM
    with pytest.raises(UnreadableRadiographError, match="The file in the ZIP"):
        opened.read("2")


@pytest.mark.parametrize(
    "name",
    ["Thumbs.db", "a/desktop.ini", "$RECYCLE.BIN/a.png", "@eaDir/one/thumb.png"],
)
def test_what_operating_systems_leave_is_skipped(name: str) -> None:
    opened = open_archive(pack({"one": DICOM, name: PICTURE}))

    assert opened.names == ("one",)
    assert opened.skipped == 1


def test_a_protected_archive_is_refused() -> None:
    data = bytearray(pack({"one": DICOM}))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1

    with pytest.raises(UnreadableRadiographError, match="password"):
        open_archive(bytes(data))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_rare_methods_are_refused(method: int) -> None:
    opened = open_archive(pack({"one": DICOM}, method))

    with pytest.raises(UnreadableRadiographError, match="stored or deflated"):
        opened.read("one")


def test_an_archive_that_is_cut_off_is_unreadable() -> None:
    with pytest.raises(UnreadableRadiographError, match="damaged"):
        open_archive(pack({"one": DICOM})[:-30])


def test_a_damaged_member_is_unreadable_by_itself() -> None:
    data = bytearray(pack({"1": DICOM, "2": PICTURE}, zipfile.ZIP_STORED))
    data[3000] ^= 1
    opened = open_archive(bytes(data))

    with pytest.raises(UnreadableRadiographError, match="damaged"):
        opened.read("1")
    assert opened.read("2") == PICTURE


def test_the_command_line_names_the_files_inside(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "export"  # recognised by content
    path.write_bytes(pack({"a/one": DICOM, "b": PICTURE, "README.TXT": b"x"}))

    found = {each.name: each.read for each in find_inputs([str(path)])}

    assert list(found) == [f"{path}!a/one", f"{path}!b"]
    assert found[f"{path}!a/one"]() == DICOM
    assert "1 files that are not radiographs were skipped" in capsys.readouterr().err


def test_the_command_line_gives_a_refused_archive_one_row(tmp_path: Path) -> None:
    path = Path(tmp_path / "broken.zip")
    path.write_bytes(b"PK\x03\x04 and nothing")

    (found,) = find_inputs([str(path)])

    assert found.name == str(path)
    with pytest.raises(UnreadableRadiographError, match="ZIP archive is damaged"):
        found.read()


def test_a_disc_as_a_folder_is_its_archive(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    members = {"DICOMDIR": DICOM, "DICOM/A/IM1": DICOM, "PREVIEW/1.jpg": PICTURE}
    for name, data in members.items():
        (tmp_path / "disc" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "disc" / name).write_bytes(data)
    (tmp_path / "disc.zip").write_bytes(pack(members))

    (folder,) = find_inputs([str(tmp_path / "disc")])
    (packed,) = find_inputs([str(tmp_path / "disc.zip")])

    assert folder.name.endswith("disc/DICOM/A/IM1")
    assert packed.name.endswith("disc.zip!DICOM/A/IM1")
    assert folder.read() == packed.read() == DICOM
    assert capsys.readouterr().err.count("2 files that are not radiographs") == 2


def test_a_file_that_is_named_is_never_skipped(tmp_path: Path) -> None:
    (tmp_path / "Thumbs.db").touch()

    (found,) = find_inputs([str(tmp_path / "Thumbs.db")])

    assert found.name.endswith("Thumbs.db")
