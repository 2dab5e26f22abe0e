"""``pacs``: a DICOM node that answers with results, and DICOMweb from a terminal."""

import argparse
import os
import re
import threading
from dataclasses import fields
from ipaddress import ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pneumonia.audit.opening import noting
from pneumonia.cli import model_loading
from pneumonia.cli.outputs import write_file
from pneumonia.cli.text_output import UsageError, describe_record, write_line
from pneumonia.export.records import DISCLAIMER, record
from pneumonia.pacs.settings import Destination, Limits, NodeSettings, Peer, Tls

if TYPE_CHECKING:
    from collections.abc import Callable

    from pneumonia.model.decision import Decision
    from pneumonia.pacs.dicomweb import DicomWeb, Instance
    from pneumonia.pacs.results import Assessor

_TOKEN: Final = "PNEUMONIA_DICOMWEB_TOKEN"  # noqa: S105 (a name, no token)
_MODALITIES: Final = ("CR", "DX")
_TITLE: Final = re.compile(r"[!-?A-\[\]-~]{1,16}")
_ADD_EXTRA: Final = "{} is not installed. Install it: pip install '.[pacs]'."


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
    _add_node(actions.add_parser("node", parents=parents, help="run a DICOM node"))
    web = argparse.ArgumentParser(add_help=False)
    web.add_argument("url", help="of DICOMweb, such as https://pacs/dicom-web")
    web.add_argument("--seconds", type=_positive, default=60, help="for one answer")
    web.add_argument("--most-megabytes", type=_positive, default=100, help="of one")
    web.add_argument("-m", "--modality", action="append", help="repeatable")
    query = actions.add_parser("query", parents=[web], help="search for studies")
    query.add_argument("--date", type=_date, help="YYYYMMDD or YYYYMMDD-YYYYMMDD")
    query.add_argument("--body-part", help="such as CHEST")
    query.add_argument("--accession", help="accession number")
    query.add_argument("--limit", type=_positive, default=1000, help="most series")
    query.set_defaults(run=_query)
    fetch = actions.add_parser(
        "fetch", parents=[web, *parents], help="load studies, and assess them"
    )
    fetch.add_argument("study", nargs="+", help="a Study Instance UID, as of query")
    instead = fetch.add_mutually_exclusive_group()
    instead.add_argument("--folder", type=Path, help="write files, assess nothing")
    instead.add_argument("--store", action="store_true", help="store the results")
    fetch.set_defaults(run=_fetch)


def _add_node(parser: argparse.ArgumentParser) -> None:
    add = parser.add_argument
    add("--spool", type=Path, required=True, metavar="DIR", help="where files wait")
    add(
        "--from",
        dest="peers",
        action="append",
        required=True,
        type=_peer,
        metavar="TITLE@ADDRESS",
        help="AE title and address, or network, that may send; repeatable",
    )
    add("--to", required=True, type=_destination, metavar="TITLE@HOST:PORT")
    add(
        "--commit",
        action="append",
        default=[],
        type=_destination,
        metavar="TITLE@HOST:PORT",
        help="who may ask for storage commitment, and gets its report; repeatable",
    )
    add("--tls-certificate", type=Path, metavar="FILE", help="PEM, with its key")
    add("--tls-ca", type=Path, metavar="FILE", help="PEM, who signs the peers'")
    own = "own (default: %(default)s)"
    add("--title", type=_title, default=NodeSettings.title, help=own)
    add("--address", default=NodeSettings.address, help=own)
    add("--port", type=_positive, default=NodeSettings.port, help=own)
    for limit in fields(Limits):
        flag, told = f"--{limit.name.replace('_', '-')}", "limit (default: %(default)s)"
        add(flag, type=_positive, default=limit.default, metavar="N", help=told)
    parser.set_defaults(run=_run_node)


def _run_node(options: argparse.Namespace) -> None:
    """Run the node until Ctrl-C or SIGTERM."""
    try:
        from pneumonia.pacs.node import run_node
    except ImportError as error:
        raise UsageError(_ADD_EXTRA.format(error.name)) from error
    tls = [it for it in (options.tls_certificate, options.tls_ca) if it]
    if len(tls) == 1:
        raise UsageError("TLS needs both --tls-certificate and --tls-ca.")
    settings = NodeSettings(
        options.spool,
        tuple(options.peers),
        options.to,
        options.title,
        options.address,
        options.port,
        Limits(*(getattr(options, limit.name) for limit in fields(Limits))),
        tuple(options.commit),
        Tls(*tls) if tls else None,
    )
    with noting() as note:
        assessor = _assessor(options, note)
        write_line(DISCLAIMER)
        run_node(settings, assessor, threading.Event())


def _query(options: argparse.Namespace) -> None:
    """Print a line for each study: UID, modality, number of images."""
    archive = _archive(options)
    criteria = {
        "StudyDate": options.date,
        "BodyPartExamined": options.body_part,
        "AccessionNumber": options.accession,
    }
    for modality in options.modality or _MODALITIES:
        found = archive.search(criteria, modality=modality, limit=options.limit)
        for study in found:
            write_line(f"{study.uid}\t{modality}\t{study.images}")


def _fetch(options: argparse.Namespace) -> bool:
    """Load the images of studies; write or assess each, and store its results."""
    archive = _archive(options)
    from pneumonia.pacs.answers import WrongAnswerError

    wanted = [
        instance
        for study in options.study
        for modality in options.modality or _MODALITIES
        for instance in archive.instances(study, modality=modality)
    ]
    if not wanted:
        raise UsageError("The studies hold no image of these modalities.")
    complete = True
    with noting() as note:
        assessor = None if options.folder else _assessor(options, note)
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
    write_file(path, [data])


def _assessor(
    options: argparse.Namespace, note: "Callable[[Decision], None]"
) -> "Assessor":
    from pneumonia.pacs.results import Assessor

    return Assessor(
        model_loading.load_classifier(options.weights),
        options.operating_point,
        options.prevalence,
        options.strict_age,
        note,
    )


def _archive(options: argparse.Namespace) -> "DicomWeb":
    try:
        from pneumonia.pacs.dicomweb import DicomWeb
    except ImportError as error:
        raise UsageError(_ADD_EXTRA.format(error.name)) from error
    most_bytes = options.most_megabytes * 2**20
    return DicomWeb(options.url, os.environ.get(_TOKEN), options.seconds, most_bytes)


def _title(text: str) -> str:
    if not _TITLE.fullmatch(text):
        raise argparse.ArgumentTypeError("an AE title has 1 to 16 characters, no @")
    return text


def _peer(text: str) -> Peer:
    title, _, address = text.partition("@")
    try:
        return Peer(_title(title), ip_network(address))
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"such as XRAY@10.0.0.7 or XRAY@10.0.0.0/24, not {text!r} ({error})"
        ) from None


def _destination(text: str) -> Destination:
    title, _, place = text.partition("@")
    host, _, port = place.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise argparse.ArgumentTypeError(f"such as PACS@10.0.0.5:104, not {text!r}")
    return Destination(_title(title), host, int(port))


def _positive(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 2**31:
        raise argparse.ArgumentTypeError(f"a whole number above 0, not {text!r}")
    return int(text)


def _date(text: str) -> str:
    if not re.fullmatch(r"\d{8}(-\d{8})?", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"20260131 or 20260101-20260131, not {text!r}")
    return text
