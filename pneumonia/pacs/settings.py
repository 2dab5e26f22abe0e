"""What a node is told: whom it hears, whom it answers, and what others may take."""

from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import NamedTuple


class Peer(NamedTuple):
    """An AE title that may send, and the addresses that may use it."""

    title: str
    network: IPv4Network | IPv6Network


class Destination(NamedTuple):
    """The node that gets the results: its AE title, host and port."""

    title: str
    host: str
    port: int


class Tls(NamedTuple):
    """Two PEM files, for TLS.

    Attributes
    ----------
    certificate : Path
        The node's own, with its private key.
    authorities : Path
        Certificates of those who sign the peers' and the archive's.
    """

    certificate: Path
    authorities: Path


@dataclass(frozen=True)
class Limits:
    """What others may take.

    Attributes
    ----------
    associations : int
        At a time.
    association_seconds : float
        Of one association; then it is cut.
    idle_seconds : float
        Without a message, and until an answer.
    pdu_kilobytes : float
        Of one protocol data unit as it is received; never less than 64.
    object_megabytes : float
        Of one object, and of all that is sent ahead of the answers.
    spool_megabytes : float
        Of all that waits.
    retry_seconds : float
        Between two tries to deliver, at most.
    """

    associations: int = 4
    association_seconds: float = 300
    idle_seconds: float = 30
    pdu_kilobytes: float = 128
    object_megabytes: float = 100
    spool_megabytes: float = 2048
    retry_seconds: float = 60


@dataclass(frozen=True)
class NodeSettings:
    """Where the node listens, under which AE title, and what it keeps.

    Storage commitment is offered to those that ``commit`` names, and reported there;
    with ``tls``, every connection is encrypted and every peer proves who it is.
    """

    spool: Path
    peers: tuple[Peer, ...]
    destination: Destination
    title: str = "PNEUMONIA"
    address: str = "127.0.0.1"
    port: int = 11112
    limits: Limits = field(default_factory=Limits)
    commit: tuple[Destination, ...] = ()
    tls: Tls | None = None
