"""Radiographs as squares in a file: there may be more of them than memory holds."""

import logging
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from pneumonia.data.labelled_files import LabelledFile
from pneumonia.errors import DatasetError, RadiographError
from pneumonia.reading.model_input import to_model_input
from pneumonia.reading.radiograph import read_radiograph

logger = logging.getLogger(__name__)


def load_squares(
    files: Sequence[LabelledFile],
    side: int,
    *,
    skip_unreadable: bool = False,
) -> tuple[list[LabelledFile], NDArray[np.uint8]]:
    """Decode radiographs to the squares that the model sees, with a progress bar.

    Parameters
    ----------
    files : sequence of LabelledFile
    side : int
        Of the square, in pixels.
    skip_unreadable : bool
        Leave out files that cannot be read, with a warning, instead of failing.

    Returns
    -------
    kept : list of LabelledFile
        The files that were read, in order.
    squares : ndarray of uint8, shape (N, side, side, 1)
        In a file, as of `store_rows`.

    Raises
    ------
    DatasetError
        If files cannot be read and `skip_unreadable` is False. The message counts
        them and names the first twenty.
    """

    def read(file: LabelledFile) -> NDArray[np.uint8] | RadiographError:
        try:
            radiograph = read_radiograph(file.path.read_bytes())
            return to_model_input(radiograph, (side, side, 1))
        except RadiographError as error:
            return error

    kept: list[LabelledFile] = []
    failed: list[str] = []

    def read_all() -> Iterator[NDArray[np.uint8]]:
        with ThreadPoolExecutor() as pool:
            results: Iterable[NDArray[np.uint8] | RadiographError] = tqdm(
                pool.map(read, files), "Reading radiographs", len(files), unit="file"
            )
            for file, result in zip(files, results, strict=True):
                if isinstance(result, RadiographError):
                    failed.append(f"{file.path}: {result}")
                else:
                    kept.append(file)
                    yield result

    squares = store_rows(read_all(), (side, side, 1))
    if failed and not skip_unreadable:
        shown = "\n".join(failed[:20])
        raise DatasetError(
            f"{len(failed)} of {len(files)} radiographs could not be read; delete "
            f"them or leave them out with --skip-unreadable. The first:\n{shown}"
        )
    for line in failed:
        logger.warning("Skipped %s", line)
    return kept, squares


def store_rows(
    rows: Iterable[NDArray[np.uint8]], shape: tuple[int, ...]
) -> NDArray[np.uint8]:
    """Write rows into a temporary file, one after the other, and map it.

    Parameters
    ----------
    rows : iterable of ndarray of uint8
    shape : tuple of int
        Of a row.

    Returns
    -------
    ndarray of uint8, shape (N, *shape)
        Read from the file when it is used; cannot be written. The file ends with it.

    Raises
    ------
    DatasetError
        If the file cannot be written, as on a full disk.
    """
    folder = tempfile.gettempdir()
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            # Not through the mapping: on a full disk that would end the process.
            for row in rows:
                file.write(row.tobytes())
            file.flush()
            if not file.tell():
                return np.empty((0, *shape), np.uint8)  # nothing cannot be mapped
            return np.asarray(np.memmap(file, np.uint8, "r")).reshape(-1, *shape)
    except OSError as error:
        if error.filename is not None:
            raise  # a radiograph that went away
        raise DatasetError(
            f"{folder} cannot hold the radiographs: {error.strerror}. Make room, or "
            "name another folder with the environment variable TMPDIR."
        ) from error
