"""The model of the command line, loaded when needed and used by several threads."""

import os
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from tqdm import tqdm

from pneumonia.errors import WeightsError
from pneumonia.model.weights import load_card

if TYPE_CHECKING:
    from pneumonia.model.classifier import Classifier

# Decoding and the network release the interpreter's lock.
_CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2
_WORKERS = max(2, min(_CORES, 4))
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def load_classifier(weights: str, *, files: int = 1) -> "Classifier":
    """Load the model. TensorFlow is imported only for a network without an export.

    Parameters
    ----------
    weights : str
        A name in the folder of weights, or a file.
    files : int
        How many it is for. Where several are assessed at once, the threads of one do
        not take the cores of another.

    Returns
    -------
    Classifier

    Raises
    ------
    WeightsError
        If the weights are missing or damaged, or Keras is set to another backend.
    """
    card, _ = load_card(weights)
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if "served" not in card and backend != "tensorflow":
        raise WeightsError(
            f"The weights {card['name']} are used with Keras on TensorFlow. Received: "
            f"KERAS_BACKEND={backend}. Unset it, or set it to tensorflow."
        )
    sys.stderr.write("Loading the model…\n")
    try:
        from pneumonia.model import classifier
    except ImportError as error:  # Keras' own settings may name another backend
        raise WeightsError(
            f"Keras or its backend TensorFlow cannot be imported: {error.name}."
        ) from error
    threads = max(1, _CORES // _WORKERS) if files > 1 else 0
    return classifier.load_classifier(weights, threads=threads)


def each_with_progress(
    function: Callable[[_Item], _Result], items: Sequence[_Item]
) -> Iterator[_Result]:
    """Apply a function to all items, in threads, under a progress bar.

    Parameters
    ----------
    function : callable
    items : sequence

    Yields
    ------
    result
        In the order of the items. Only a few items are ahead of the one that is
        asked for, so that memory does not grow with their number.
    """
    with tqdm(total=len(items), desc="Assessing", unit="file", disable=None) as bar:
        for result in in_threads(function, items, _WORKERS):
            yield result
            bar.update()


def in_threads(
    function: Callable[[_Item], _Result], items: Iterable[_Item], workers: int
) -> Iterator[_Result]:
    """Apply a function to all items, in threads.

    Parameters
    ----------
    function : callable
    items : iterable
        Asked for the next one only when there is room for it.
    workers : int
        Threads; twice as many items are ahead of the one that is asked for.

    Yields
    ------
    result
        In the order of the items.
    """
    pool = ThreadPoolExecutor(workers)
    waiting = deque[Future[_Result]]()
    try:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > 2 * workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)
