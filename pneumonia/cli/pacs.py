"""``pacs``: a DICOM node that answers with results, and DICOMweb from a terminal."""

import argparse
import os
import re
import sys
import threading
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pneumonia.cli import model_loading
from pneumonia.cli.text_output import UsageError, describe_record, write_line
from pneumonia.export.records import DISCLAIMER, record

if TYPE_CHECKING:
    from pneumonia.pacs.dicomweb import DicomWeb, Instance

TOKEN: Final = "PNEUMONIA_DICOMWEB_TOKEN"  # noqa: S105 (a name, no token)
_MEGABYTE: Final = 2**20
_TITLE: Final = r"(?P<title>[!-?A-\[\]-~]{1,16})"
_PEER: Final = re.compile(rf"{_TITLE}@(?P<address>[0-9a-fA-F.:/]+)")
_NODE: Final = re.compile(rf"{_TITLE}@(?P<host>[\w.:-]+):(?P<port>\d{{1,5}})", re.ASCII)


def add_parser(commands: Any, parents: list[argparse.ArgumentParser]) -> None:
    """Add the command to a command line.

    Parameters
    ----------
    commands : subparsers of argparse
    parents : list of ArgumentParser
        The options of whatever assesses.
    """
    pacs = commands.add_parser("pacs", help="work with a PACS; needs the extra pacs")
    actions = pacs.add_subparsers(required=True, metavar="ACTION")
    _add_node(
        actions.add_parser(
            "node",
            parents=parents,
            help="a DICOM node: radiographs in, results back into their studies",
        )
    )
    web = argparse.ArgumentParser(add_help=False)
    web.add_argument("url", help="of DICOMweb, such as https://pacs/dicom-web")
    web.add_argument("--seconds", type=_positive, default=60, help="for one answer")
    web.add_argument(
        "--most-megabytes", type=_positive, default=100, help="of one answer"
    )
    web.add_argument(
        *("--modality", "-m"), action="append", help="repeatable (default: CR and DX)"
    )
    query = actions.add_parser("query", parents=[web], help="search for studies")
    query.add_argument("--date", type=_date, help="YYYYMMDD or a range")
    query.add_argument("--body-part", help="such as CHEST")
    query.add_argument("--accession", help="accession number")
    query.add_argument("--limit", type=int, default=1000, help="most series")
    query.set_defaults(run=_query)
    fetch = actions.add_parser(
        "fetch", parents=[web, *parents], help="load studies, and assess them"
    )
    fetch.add_argument("study", nargs="+", help="a Study Instance UID, as of query")
    instead = fetch.add_mutually_exclusive_group()
    instead.add_argument("--folder", type=Path, help="write files, assess nothing")
    instead.add_argument(
        "--store", action="store_true", help="store the results in the archive"
    )
    fetch.set_defaults(run=_fetch)


def _add_node(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--spool", type=Path, required=True, help="folder in which files wait")
    add(
        "--from",
        dest="peers",
        action="append",
        required=True,
        metavar="TITLE@ADDRESS",
        help="AE title and address, or network, that may send; repeatable",
    )
    add("--to", required=True, metavar="TITLE@HOST:PORT", help="gets the results")
    add("--title", default="PNEUMONIA", help="own AE title (default: %(default)s)")
    add("--address", default="127.0.0.1", help="own address (default: %(default)s)")
    for name, default, limit in (
        ("port", 11112, "own port"),
        ("max-associations", 4, "associations at a time"),
        ("association-seconds", 300, "of one association"),
        ("idle-seconds", 30, "without a message, or for an answer"),
        ("pdu-kilobytes", 128, "of one PDU"),
        ("object-megabytes", 100, "of one object"),
        ("spool-megabytes", 2048, "of all that waits"),
        ("retry-seconds", 60, "between two tries to deliver, at most"),
    ):
        add(
            f"--{name}",
            type=_positive,
            default=default,
            metavar="N",
            help=f"{limit} (default: %(default)s)",
        )
    parser.set_defaults(run=_run_node)


def _run_node(options: argparse.Namespace) -> bool:
    """Run the node until Ctrl-C or SIGTERM."""
    try:
        from pneumonia.pacs.delivery import Destination
        from pneumonia.pacs.node import NodeSettings, run_node
        from pneumonia.pacs.results import Assessor
        from pneumonia.pacs.server import Limits, Peer
    except ImportError as error:
        raise _without_extra(error) from error
    peers = []
    for text in options.peers:
        found = _match(_PEER, text, "--from MODALITY@10.0.0.7 or @10.0.0.0/24")
        try:
            peers.append(Peer(found["title"], ip_network(found["address"])))
        except ValueError as error:
            raise UsageError(f"An address or network is expected: {error}.") from None
    to = _match(_NODE, options.to, "--to ARCHIVE@pacs.example:4242")
    _match(re.compile(_TITLE), options.title, "--title PNEUMONIA")
    settings = NodeSettings(
        spool=options.spool,
        peers=tuple(peers),
        destination=Destination(to["title"], to["host"], int(to["port"])),
        title=options.title,
        address=options.address,
        port=options.port,
        limits=Limits(
            associations=options.max_associations,
            association_seconds=options.association_seconds,
            idle_seconds=options.idle_seconds,
            pdu_bytes=options.pdu_kilobytes * 1024,
            object_bytes=options.object_megabytes * _MEGABYTE,
            spool_bytes=options.spool_megabytes * _MEGABYTE,
            longest_delay=options.retry_seconds,
        ),
    )
    assessor = Assessor(
        model_loading.load_classifier(options.weights),
        options.operating_point,
        options.prevalence,
        options.strict_age,
    )

    def tell(port: int) -> None:
        sys.stderr.write(f"{options.title} listens at {options.address}:{port}.\n")
        sys.stderr.write(f"{DISCLAIMER}\n")
        sys.stderr.flush()

    run_node(settings, assessor, stopped=threading.Event(), ready=tell)
    return True


def _query(options: argparse.Namespace) -> bool:
    """Print a line for each study: UID, modality, number of images."""
    archive = _archive(options)
    criteria = {
        "StudyDate": options.date,
        "BodyPartExamined": options.body_part,
        "AccessionNumber": options.accession,
    }
    for modality in options.modality or ("CR", "DX"):
        found = archive.search(criteria, modality=modality, limit=options.limit)
        for study, count in found.items():
            write_line(f"{study}\t{modality}\t{count}")
    return True


def _fetch(options: argparse.Namespace) -> bool:
    """Load the images of studies; write or assess each, and store its results."""
    archive = _archive(options)
    from pneumonia.pacs.dicomweb import WrongAnswerError
    from pneumonia.pacs.results import Assessor

    wanted = [
        instance
        for study in options.study
        for modality in options.modality or ("CR", "DX")
        for instance in archive.instances(study, modality=modality)
    ]
    if not wanted:
        raise UsageError("The studies hold no image of these modalities.")
    assessor = None
    if not options.folder:
        assessor = Assessor(
            model_loading.load_classifier(options.weights),
            options.operating_point,
            options.prevalence,
            options.strict_age,
        )
    complete = True
    for instance in wanted:
        try:
            if assessor is None:
                _write(archive, instance, options.folder)
                continue
            decision, files = assessor.assess(archive.retrieve(instance))
            write_line(describe_record(record(decision, file=instance.uid)))
            complete &= bool(files)
            if files and options.store:
                archive.store(list(files.values()))
        except WrongAnswerError as error:
            write_line(f"{instance.uid}: {error}")
            complete = False
    if assessor is not None:
        write_line(DISCLAIMER)
    return complete


def _write(archive: "DicomWeb", instance: "Instance", folder: Path) -> None:
    """Write an image into a folder, unless it is there already."""
    path = folder / f"{instance.uid}.dcm"
    if path.exists():
        return
    data = archive.retrieve(instance)
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    try:
        part.write_bytes(data)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _archive(options: argparse.Namespace) -> "DicomWeb":
    try:
        from pneumonia.pacs.dicomweb import DicomWeb
    except ImportError as error:
        raise _without_extra(error) from error
    return DicomWeb(
        options.url,
        token=os.environ.get(TOKEN),
        seconds=options.seconds,
        most_bytes=options.most_megabytes * _MEGABYTE,
    )


def _without_extra(error: ImportError) -> UsageError:
    return UsageError(
        f"This needs the package {error.name}. Install it: pip install '.[pacs]'."
    )


def _match(pattern: re.Pattern[str], text: str, example: str) -> re.Match[str]:
    found = pattern.fullmatch(text)
    if found is None:
        raise UsageError(f"Expected is {example}. Received: {text!r}.")
    return found


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"a whole number above 0, not {text!r}")
    return int(text)


def _date(text: str) -> str:
    if not re.fullmatch(r"\d{8}(-\d{8})?", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"20260131 or 20260101-20260131, not {text!r}")
    return text
