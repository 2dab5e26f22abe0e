"""TLS for the DICOM node, in both directions, with certificates on both sides."""

import ssl
from typing import TYPE_CHECKING, Any

from pneumonia.errors import PacsError
from pneumonia.pacs.settings import Destination, Tls

if TYPE_CHECKING:
    from pynetdicom import AE
    from pynetdicom.association import Association


def context_of_server(tls: Tls) -> ssl.SSLContext:
    """Return what peers meet: who has no certificate of an authority is refused.

    Raises
    ------
    PacsError
        If a file cannot be read.
    """
    return _loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), tls)


def context_of_client(tls: Tls) -> ssl.SSLContext:
    """Return what meets the archive, which has to prove its name or address.

    Raises
    ------
    PacsError
        If a file cannot be read.
    """
    return _loaded(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), tls)


def _loaded(context: ssl.SSLContext, tls: Tls) -> ssl.SSLContext:
    context.verify_mode = ssl.CERT_REQUIRED
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # PS3.15, B.9 and B.12
    try:
        context.load_cert_chain(tls.certificate, password="")
        context.load_verify_locations(tls.authorities)
    except OSError as error:  # those of ssl too
        raise PacsError(
            "TLS needs a PEM file with certificate and private key, without a "
            "password, and one with the certificates of the authorities. Received: "
            f"files that cannot be used ({error.strerror or type(error).__name__}). "
            "Correct --tls-certificate or --tls-ca."
        ) from error
    return context


def associate(
    ae: "AE", to: Destination, context: ssl.SSLContext | None, **options: Any
) -> "Association":
    """Ask a node for an association, over TLS where there is a context for it."""
    tls_args = (context, to.host) if context else None
    return ae.associate(
        to.host, to.port, ae_title=to.title, tls_args=tls_args, **options
    )
