"""How much one visitor may bring, and how many there may be."""

from __future__ import annotations

from typing import Final, NamedTuple

from pneumonia.reading.environment import whole_number


class Limits(NamedTuple):
    """What the server takes; each is set by an environment variable.

    Attributes
    ----------
    sessions : int
        ``PNEUMONIA_SESSIONS``: visitors at a time. With as many sessions in memory, one
        without a connection makes room for the next visitor.
    files : int
        ``PNEUMONIA_SESSION_FILES``: of one session, those in archives too.
    megabytes : int
        ``PNEUMONIA_SESSION_MEGABYTES``: of one session's files together.
    resume_seconds : int
        ``PNEUMONIA_RESUME_SECONDS``: how long a session is kept that lost its
        connection, so that a network that fails for a while costs no list. One whose
        page was closed is not.
    """

    sessions: int
    files: int
    megabytes: int
    resume_seconds: int


LIMITS: Final = Limits(
    whole_number("PNEUMONIA_SESSIONS", 50),
    whole_number("PNEUMONIA_SESSION_FILES", 5000),
    whole_number("PNEUMONIA_SESSION_MEGABYTES", 2048),
    whole_number("PNEUMONIA_RESUME_SECONDS", 600),
)
