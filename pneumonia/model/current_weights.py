"""The weights in use, exchanged for newer ones while the program runs.

Whoever asks for a classifier sets off a look at the folder. What is new there is loaded
and tried beside what is in use, in a thread of its own. Only if all of it is sound does
it take the old one's place, in one step. Whoever has a classifier keeps it.
"""

from __future__ import annotations

import io
import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

from PIL import Image

from pneumonia.card.schema import Card
from pneumonia.checked_files import LIST, listed_files, read_files
from pneumonia.errors import WeightsError
from pneumonia.model.weights import available_weights, load_card
from pneumonia.phantom import draw_phantom
from pneumonia.reading.radiograph import read_radiograph

if TYPE_CHECKING:
    from pneumonia.model.classifier import Classifier

_logger = logging.getLogger(__name__)

_KINDS: Final = {".json", ".keras", ".npz", ".onnx"}
# Files that are still being copied change from one look to the next.
_SETTLING_SECONDS: Final = 1.0
_RESTORE: Final = "Publish the weights again."

# Name, size, time of the last change and inode of each file.
_State = frozenset[tuple[str, int, int, int]]
T = TypeVar("T")


class Version(NamedTuple):
    """Weights that were published together.

    Attributes
    ----------
    names : list of str
        Of the weights and sites' cards, the default first.
    cards : mapping of str to Card
        By name; without those that cannot be used.
    loading : dict of str to Future of Classifier
        By name; of those that somebody has asked for.
    """

    names: list[str]
    cards: Mapping[str, Card]
    loading: dict[str, Future[Classifier]]


class CurrentWeights:
    """The newest sound weights of a folder. Safe to share between threads.

    Parameters
    ----------
    folder : Path
    load : callable
        Gives the classifier of a name, or raises `WeightsError`.
    """

    def __init__(self, folder: Path, load: Callable[[str], Classifier]) -> None:
        self._folder = folder
        self._load = load
        self._lock = threading.Lock()
        self._seen = _look(folder)
        self._checking = False
        self._version = Version(available_weights(folder), _cards(folder), {})

    @property
    def version(self) -> Version:
        """What is in use; what is new is looked for."""
        with self._lock:
            if not self._checking and _look(self._folder) != self._seen:
                self._checking = True
                _start("check-weights", self._check)
        return self._version

    def loading(self, name: str) -> Future[Classifier]:
        """Return a classifier, begun to load where nobody has asked for it before.

        Parameters
        ----------
        name : str

        Returns
        -------
        Future of Classifier
            Its exception, if there is one, is that of ``load``.
        """
        loading = self.version.loading
        with self._lock:
            if name not in loading:
                loading[name] = _start("load-weights", partial(self._load, name))
            return loading[name]

    def load_again(self, name: str) -> None:
        """Forget a failure, so that the next who asks loads the weights again."""
        with self._lock:
            self._version.loading.pop(name, None)

    def _check(self) -> None:
        """Take what is new into use, or say why not."""
        try:
            state = _settled(self._folder)
            while True:
                failure, fresh = None, None
                try:
                    fresh = self._read()
                except Exception as error:
                    failure = error
                before, state = state, _settled(self._folder)
                if state == before:
                    break
                # Others were published meanwhile.
            if fresh is None:
                said = failure if isinstance(failure, WeightsError) else repr(failure)
                _logger.warning(
                    "The weights in %s have changed and are not used; those that were "
                    "loaded go on. %s",
                    self._folder,
                    said,
                )
            else:
                self._version = fresh
                # Whoever published them looks for this; a server shows no less.
                _logger.warning("The weights in %s were exchanged.", self._folder)
            self._seen = state
        finally:
            self._checking = False

    def _read(self) -> Version:
        """Read all files of the list, and load and try what is in use.

        Raises
        ------
        WeightsError
            If anything is not sound.
        """
        folder = self._folder
        read_files(folder, *listed_files(folder), restore=_RESTORE)
        names = available_weights(folder)
        if not names:
            raise WeightsError(f"{folder / LIST} lists no network. {_RESTORE}")
        cards = {name: load_card(folder / f"{name}.keras")[0] for name in names}
        ready: dict[str, Future[Classifier]] = {}
        with self._lock:
            asked_for = self._version.loading.keys() & cards.keys()
        for name in asked_for:
            classifier = self._load(name)
            _try_out(classifier)
            ready[name] = Future()
            ready[name].set_result(classifier)
        return Version(names, cards, ready)


def _start(thread: str, work: Callable[[], T]) -> Future[T]:
    executor = ThreadPoolExecutor(1, thread_name_prefix=thread)
    started = executor.submit(work)
    executor.shutdown(wait=False)
    return started


def _look(folder: Path) -> _State:
    """Tell of each file of the weights what changes with it."""
    try:
        found = [
            (path.name, path.stat())
            for path in folder.iterdir()
            if path.name == LIST or path.suffix in _KINDS
        ]
    except OSError:  # taken away, or while it was looked at
        return frozenset()
    return frozenset(
        (name, it.st_size, it.st_mtime_ns, it.st_ino) for name, it in found
    )


def _settled(folder: Path) -> _State:
    """Wait until nobody copies any more."""
    state, before = _look(folder), None
    while state != before:
        time.sleep(_SETTLING_SECONDS)
        before, state = state, _look(folder)
    return state


def _cards(folder: Path) -> dict[str, Card]:
    cards = {}
    for name in available_weights(folder):
        try:
            cards[name] = load_card(folder / f"{name}.keras")[0]
        except WeightsError:
            continue  # told where the weights are loaded
    return cards


def _try_out(classifier: Classifier) -> None:
    """Let gate, lungs and network read a phantom: whoever comes next does not wait."""
    file = io.BytesIO()
    Image.fromarray(draw_phantom((256, 300))).save(file, "PNG")
    radiograph = read_radiograph(file.getvalue())
    try:
        classifier.score_ungated(radiograph)
    except WeightsError:
        raise
    except Exception as error:
        raise WeightsError(
            f"The network {classifier.card['name']} must read a drawn radiograph. "
            f"Received: {type(error).__name__}. {_RESTORE}"
        ) from error
    if classifier.assess(radiograph).status == "unreadable":
        raise WeightsError(f"The gate must read a drawn radiograph. {_RESTORE}")
