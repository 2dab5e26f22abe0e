"""Which radiographs of the data set a network learns from, and which judge it."""

from pathlib import Path

from pneumonia import dataset
from pneumonia.errors import DatasetError
from pneumonia.measuring import TRAIN_PARTS, Part

# Shares of the train folder, by patient: where the epoch and the thresholds are
# chosen, and where nothing is.
VALIDATION_SHARE = 0.1
INTERNAL_TEST_SHARE = 0.1
# The same for every run, whatever its seed, so that runs can be compared and the
# internal test stays unseen by all of them.
SPLIT_SEED = 0


def read_parts(data: Path, side: int, *, skip_unreadable: bool) -> dict[str, Part]:
    """Decide which radiographs are for what, and decode them once.

    Parameters
    ----------
    data : Path
        Holds ``train`` and perhaps ``val`` and ``test``; the last is only read to keep
        its patients out of training.
    side : int
        Of the square that the network sees, in pixels.
    skip_unreadable : bool

    Returns
    -------
    dict of str to Part
        ``training``, ``validation``, ``internal_test`` and, where there is a folder
        ``val``, ``official_val``.

    Raises
    ------
    DatasetError
        If a part lacks a class or a radiograph cannot be read.
    """
    others = {
        name: dataset.index_radiographs(data / name)
        for name in ("val", "test")
        if (data / name).is_dir()
    }
    folder = dataset.without_overlap(dataset.index_radiographs(data / "train"), others)
    split = dataset.split_by_patient(
        folder, (VALIDATION_SHARE, INTERNAL_TEST_SHARE), seed=SPLIT_SEED
    )
    files = dict(zip(TRAIN_PARTS, split, strict=True))
    if "val" in others:
        files["official_val"] = others["val"]
    parts = {
        name: Part(*dataset.load_squares(part, side, skip_unreadable=skip_unreadable))
        for name, part in files.items()
    }
    for name, part in parts.items():
        if set(part.labels.tolist()) != {0, 1}:
            raise DatasetError(
                "Every part needs normal and pneumonia radiographs that can be read. "
                f"Received: {len(part.labels)} in {name}, not of both classes."
            )
    return parts
