"""What tests of the PACS share."""

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
from pynetdicom.transport import AssociationSocket

from pneumonia import load_classifier
from pneumonia.pacs.results import Assessor


@pytest.fixture(scope="session")
def assessor() -> Assessor:
    return Assessor(load_classifier())


@pytest.fixture(scope="session", autouse=True)
def _sockets_are_closed() -> Iterator[None]:
    """Close what pynetdicom leaves to the garbage collector, with a warning.

    Its own shuts down and closes, but a connection that failed cannot be shut down.
    """

    def close(self: AssociationSocket) -> None:
        if self.socket is not None:
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_RDWR)
            self.socket.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AssociationSocket, "_shutdown_socket", close)
        yield
