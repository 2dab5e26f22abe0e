"""Which files of an archive, a folder or a data set may be radiographs.

A patient's disc (a folder with a DICOMDIR) also holds a viewer, pages and previews:
only its DICOM files are taken for radiographs.
"""

from collections.abc import Callable, Sequence
from pathlib import PurePath, PurePosixPath
from typing import Final

DICOMDIR: Final = "DICOMDIR"
# What operating systems and network drives leave in folders, in lower case.
_SYSTEM_FILES: Final = frozenset(
    {
        "__macosx",
        "thumbs.db",
        "ehthumbs.db",
        "ehthumbs_vista.db",
        "desktop.ini",
        "icon\r",
        "@eadir",
        "$recycle.bin",
        "system volume information",
        "lost+found",
    }
)
# Suffixes of viewers, pages, notes and tables.
_OTHER_SUFFIXES: Final = frozenset(
    """.htm .html .css .js .xml .xsl .txt .md .log .csv .tsv .json .exe .dll .so .inf
    .ini .bat .sh .jar .msi .ico .db .chm .cab .app .dylib .plist .py .docx .xlsx .pptx
    .odt .ods .odp .lnk .url""".split()
)


def may_be_radiograph(path: PurePath) -> bool:
    """Tell by its name whether a file may be a radiograph.

    Parameters
    ----------
    path : PurePath
        From the folder that a person named, so that only what lies below counts.

    Returns
    -------
    bool
        False for hidden files, those of the operating system, viewers and notes.
    """
    return not _is_hidden(path) and path.suffix.lower() not in _OTHER_SUFFIXES


def _is_hidden(path: PurePath) -> bool:
    return any(
        (part.startswith(".") and part != "..") or part.lower() in _SYSTEM_FILES
        for part in path.parts
    )


def is_dicomdir(path: PurePath) -> bool:
    """Tell the directory of a disc, also as ISO 9660 writes its name."""
    return path.name.upper().split(";")[0].rstrip(".") == DICOMDIR


def as_path(name: str) -> PurePosixPath:
    r"""Read a name in an archive; some programs write ``\`` between folders."""
    return PurePosixPath(name.replace("\\", "/"))


def select_radiographs(
    paths: Sequence[PurePath], is_dicom: Callable[[int], bool]
) -> list[int]:
    """Choose the files that may be radiographs.

    Parameters
    ----------
    paths : sequence of PurePath
        Of files that lie in one archive or folder.
    is_dicom : callable
        Tells of the file with this number whether it holds DICOM.

    Returns
    -------
    list of int
        Their numbers, in order. On a disc, all DICOM files but the DICOMDIR.
    """
    discs = [path.parent.parts for path in paths if is_dicomdir(path)]

    def is_chosen(number: int, path: PurePath) -> bool:
        if not any(path.parts[: len(disc)] == disc for disc in discs):
            return may_be_radiograph(path)
        return not _is_hidden(path) and not is_dicomdir(path) and is_dicom(number)

    return [number for number, path in enumerate(paths) if is_chosen(number, path)]
