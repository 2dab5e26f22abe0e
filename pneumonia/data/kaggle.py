"""Find the Kaggle data set on disk, or fetch it."""

import logging
import shutil
from pathlib import Path

from pneumonia.errors import DatasetError

logger = logging.getLogger(__name__)

DATASET = "paultimothymooney/chest-xray-pneumonia"
# Where the data is looked for, below the working directory; fetched into the first.
FOLDERS = (Path("data/chest_xray"), Path("data"))


def find_data(folder: Path | None = None) -> Path:
    """Return the folder that holds ``train``.

    Parameters
    ----------
    folder : Path, optional
        The folder itself or its parent, as the archive from Kaggle unpacks. None:
        look in `FOLDERS`, and fetch the data set from Kaggle if it is not there.

    Raises
    ------
    DatasetError
        If the folder holds no ``train``, or the data set cannot be fetched.
    """
    looked_in = FOLDERS if folder is None else (folder,)
    for place in looked_in:
        for candidate in (place, place / "chest_xray"):
            if (candidate / "train").is_dir():
                return candidate
    if folder is None:
        return _fetch(FOLDERS[0])
    raise DatasetError(
        "The data is a folder with train/NORMAL and train/PNEUMONIA. Received: "
        f"{folder} without train."
    )


def find_native_sizes(folder: Path) -> Path | None:
    """Return the table of the original files' width and height, if there is one.

    Kaggle's data set has none; it serves the audit of shortcuts.

    Parameters
    ----------
    folder : Path
        Holds ``train``.
    """
    table = folder / "train_native_sizes.csv"
    return table if table.is_file() else None


def _fetch(target: Path) -> Path:
    """Download to a folder beside the target, then rename: complete or absent."""
    by_hand = f"Or download {DATASET} from kaggle.com by hand and unpack it into data/."
    try:
        import kagglehub
    except ImportError as error:
        raise DatasetError(
            f"There is no data in {' or '.join(map(str, FOLDERS))}. Fetching it needs "
            f'kagglehub: pip install ".[train]". {by_hand}'
        ) from error
    logger.info("Fetching %s from Kaggle into %s (2 GB).", DATASET, target)
    fresh = target.with_name("fetching")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        kagglehub.dataset_download(DATASET, output_dir=str(fresh))
        (fresh / "chest_xray").rename(target)
        shutil.rmtree(fresh)
    except Exception as error:
        # The client raises many types without network, account or disk space.
        raise DatasetError(
            f"{DATASET} could not be fetched from Kaggle ({type(error).__name__}). "
            f"Try again. {by_hand}"
        ) from error
    return target
