"""``assess --engine ray``: archives of millions, on the cores of many machines."""

import argparse
import os
import signal
import sys
from pathlib import Path
from typing import Final

from tqdm import tqdm

from pneumonia import __version__
from pneumonia.audit.opening import audit_address
from pneumonia.cli.assess import assess
from pneumonia.cli.text_output import UsageError, printable, write_line
from pneumonia.export.records import DISCLAIMER
from pneumonia.model.weights import load_card

_ADD_EXTRA: Final = "{} is not installed. Install it: pip install '.[archive]'."
# It holds lists of files and rows, no radiographs.
_OBJECT_STORE_BYTES: Final = 100 * 2**20


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what ``assess`` needs for archives.

    Parameters
    ----------
    parser : ArgumentParser
    """
    add = parser.add_argument_group("archives; need the extra archive").add_argument
    add(
        "--engine",
        choices=["plain", "ray"],
        default="plain",
        help="ray: on all cores of this machine or of a cluster",
    )
    add("--parquet", type=Path, metavar="DIR", help="write rows as Parquet here")
    add("--files-from", type=Path, metavar="FILE", help="read paths, one a line, too")
    add("--ray-address", metavar="ADDRESS", help="of a cluster, such as HOST:6379")
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> bool:
    if options.engine == "ray":
        return _assess_archive(options)
    if options.parquet or options.files_from or options.ray_address:
        raise UsageError(
            "--parquet, --files-from and --ray-address are options of --engine ray."
        )
    if not options.paths:
        raise UsageError("Name the radiographs to assess, or a folder that holds them.")
    return assess(options)


def _assess_archive(options: argparse.Namespace) -> bool:
    """Assess on Ray; returns whether every file was assessed."""
    if not options.parquet or options.json or options.csv or options.heatmaps:
        raise UsageError(
            "--engine ray writes Parquet, and neither JSON, CSV nor heatmaps. Name a "
            "folder with --parquet."
        )
    if audit_address():
        raise UsageError(
            "--engine ray writes no audit record. Unset PNEUMONIA_AUDIT, or assess "
            "without --engine ray."
        )
    try:
        import ray

        from pneumonia.cli.archive_crew import Crew
        from pneumonia.cli.archive_output import ArchiveFolder
        from pneumonia.cli.archive_sources import find_sources
        from pneumonia.cli.archive_worker import Settings
    except ImportError as error:
        raise UsageError(_ADD_EXTRA.format(error.name)) from error
    card, _ = load_card(options.weights)
    settings = Settings(
        options.weights,
        card["sha256"],
        __version__,
        options.operating_point,
        options.prevalence or card["prevalence"],
        options.strict_age,
        options.repair,
    )
    folder = ArchiveFolder(options.parquet)
    asked = {"paths": options.paths, "files_from": str(options.files_from or "")}
    folder.begin(
        {**settings._asdict(), **asked},
        find_sources(options.paths, options.files_from),
        resume=options.resume,
    )
    done = sum(folder.count().values())
    place = printable(str(options.parquet))
    if done < folder.files:
        _start_ray(options.ray_address)
        bar = tqdm(total=folder.files, initial=done, unit="file", disable=None)
        try:
            with bar:
                for number, rows in Crew(settings).assess(folder.left()):
                    folder.write(number, rows)
                    done += len(rows)
                    bar.update(len(rows))
        except KeyboardInterrupt as error:
            raise KeyboardInterrupt(
                f"Stopped after {done} of {folder.files} files. Go on with --resume."
            ) from error
        except OSError as error:
            raise UsageError(
                f"{place} cannot be written: {error.strerror}. {done} of "
                f"{folder.files} rows are in it. Make room and go on with --resume."
            ) from error
        finally:
            ray.shutdown()
    counts = folder.count()
    write_line(
        f"{place}: {counts['assessed']} assessed, {counts['refused']} refused, "
        f"{counts['unreadable']} unreadable and in quarantine."
    )
    write_line(DISCLAIMER)
    return counts["assessed"] == folder.files


def _start_ray(address: str | None) -> None:
    """Join a cluster, or start one on this machine that no other can reach."""
    import ray

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    stopped = signal.getsignal(signal.SIGTERM)
    try:
        if address:
            ray.init(address, log_to_driver=False, logging_level="WARNING")
        else:
            ray.init(
                "local",
                _node_ip_address="127.0.0.1",
                include_dashboard=False,
                object_store_memory=_OBJECT_STORE_BYTES,
                log_to_driver=False,
                logging_level="WARNING",
            )
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise UsageError(
            f"No cluster answers at {printable(str(address))}: {error}."
            if address
            else f"Ray does not start on this machine: {error}."
        ) from error
    finally:
        signal.signal(signal.SIGTERM, stopped)  # Ray sets its own
    sys.stderr.write(f"Ray has {_cores()} cores.\n")


def _cores() -> int:
    import ray

    return int(ray.cluster_resources().get("CPU", 0))
