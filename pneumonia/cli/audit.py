"""The command ``audit``: check, export and shorten the audit record."""

import argparse
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from pneumonia.audit.opening import audit_address, audit_packages
from pneumonia.cli.text_output import UsageError

if TYPE_CHECKING:
    from pneumonia.audit.store import AuditStore


def add_parser(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add ``audit`` to the command line."""
    audit = commands.add_parser("audit", help="check, export or shorten the record")
    where = argparse.ArgumentParser(add_help=False)
    where.add_argument(
        "--database",
        metavar="URL",
        help="a SQLite file or postgresql://... (default: PNEUMONIA_AUDIT)",
    )
    actions = audit.add_subparsers(required=True, metavar="ACTION")
    verify = actions.add_parser(
        "verify", parents=[where], help="check the chain, and print its last hash"
    )
    verify.add_argument(
        "--head", metavar="HASH", help="a last hash of before, still to be found"
    )
    verify.set_defaults(run=_with_store(_verify))
    export = actions.add_parser(
        "export", parents=[where], help="write all entries as CSV to standard output"
    )
    export.set_defaults(run=_with_store(_export))
    purge = actions.add_parser(
        "purge", parents=[where], help="delete old entries; a checkpoint says so"
    )
    purge.add_argument("--days", type=_days, required=True, metavar="N")
    purge.set_defaults(run=_with_store(_purge))


def _with_store(
    act: Callable[["AuditStore", argparse.Namespace], None],
) -> Callable[[argparse.Namespace], None]:
    def run(options: argparse.Namespace) -> None:
        with audit_packages():
            from pneumonia.audit.store import AuditStore
        address = options.database or audit_address()
        if address is None:
            raise UsageError(
                "No audit record is named. Give --database, or set PNEUMONIA_AUDIT."
            )
        # Deleting much takes a while, and nobody waits for the page.
        store = AuditStore(address, seconds=600)
        try:
            act(store, options)
        finally:
            store.close()

    return run


def _verify(store: "AuditStore", options: argparse.Namespace) -> None:
    count, head = store.verify(options.head)
    sys.stdout.write(f"{count} entries, the chain is whole. Last hash: {head}\n")


def _export(store: "AuditStore", options: argparse.Namespace) -> None:
    for line in store.to_csv():
        sys.stdout.write(line)


def _purge(store: "AuditStore", options: argparse.Namespace) -> None:
    count = store.purge(options.days)
    sys.stdout.write(f"{count} entries older than {options.days} days were deleted.\n")


def _days(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 100_000:
        raise argparse.ArgumentTypeError(
            f"Days are a whole number, 1 or more. Received: {text}."
        )
    return int(text)
