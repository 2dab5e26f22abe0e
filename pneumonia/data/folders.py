"""Find the folders of a data set, and the radiographs in them."""

from pathlib import Path

from pneumonia.errors import DatasetError
from pneumonia.reading.file_selection import may_be_radiograph


def find_split(data: Path, split: str) -> Path:
    """Find a split in a data set's folder or in the only folder inside that has it.

    Parameters
    ----------
    data : Path
        Such as ``chest_xray``, or the folder that it was unpacked into.
    split : str
        Such as ``"val"``, in capitals or not.

    Returns
    -------
    Path
        There may be no such folder.

    Raises
    ------
    DatasetError
        If several folders have it; names them.
    """
    here = find_folder(data, split)
    if here.is_dir():
        return here
    inside = sorted(path for path in data.glob("*") if path.is_dir())
    found = [each for path in inside if (each := find_folder(path, split)).is_dir()]
    if len(found) > 1:
        raise DatasetError(
            f"The data is one folder with {split}. Received: "
            f"{', '.join(map(str, found))}."
        )
    return found[0] if found else here


def find_folder(parent: Path, name: str) -> Path:
    """Find a folder by its name, in capitals or not.

    Parameters
    ----------
    parent : Path
    name : str
        A folder of exactly this name comes first.

    Returns
    -------
    Path
        There may be no such folder.

    Raises
    ------
    DatasetError
        If several differ in capitals only; names them.
    """
    exact = parent / name
    if exact.is_dir() or not parent.is_dir():
        return exact
    found = [
        path
        for path in parent.iterdir()
        if path.is_dir() and path.name.lower() == name.lower()
    ]
    if len(found) > 1:
        raise DatasetError(
            f"One folder is called {name}. Received: "
            f"{', '.join(sorted(map(str, found)))}."
        )
    return found[0] if found else exact


def list_radiographs(folder: Path) -> list[Path]:
    """List the files that may be radiographs, sorted, also of folders inside."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and may_be_radiograph(path.relative_to(folder))
    )
