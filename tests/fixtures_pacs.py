"""Archives and nodes on loopback, and drawn radiographs to send them."""

import io
import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from dicom_files import build
from pydicom import dcmread
from pydicom.dataset import Dataset
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    ComprehensiveSRStorage,
    SecondaryCaptureImageStorage,
)

from pneumonia.pacs.node import run_node
from pneumonia.pacs.results import Assessor
from pneumonia.pacs.settings import Destination, Limits, NodeSettings, Peer
from pneumonia.phantom import draw_phantom

LOOPBACK = ip_network("127.0.0.1")
PATIENT = "Doe^Jane"
PLUGIN = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")


def draw_dicom(number: int, **attributes: Any) -> bytes:
    """Draw a CR of a study of its own; `number` tells it from others."""
    pixels = draw_phantom((512, 512), seed=number, consolidation=bool(number % 2))
    values = {
        "StudyInstanceUID": f"1.2.826.0.1.{number}",
        "SeriesInstanceUID": f"1.2.826.0.1.{number}.1",
        "SOPInstanceUID": f"1.2.826.0.1.{number}.1.1",
        "AccessionNumber": f"ACC{number}",
        "BodyPartExamined": "CHEST",
        "StudyDate": "20260115",
        "StudyID": "1",
        "SeriesNumber": 1,
        "InstanceNumber": 1,
        "BurnedInAnnotation": "NO",
        "ViewPosition": "AP",
        "PatientAge": "003Y",
    }
    built = build(pixels.astype(np.uint16), bits=12, **{**values, **attributes})
    dataset = dcmread(io.BytesIO(built))
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    file = io.BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def draw_refused(number: int) -> bytes:
    """Draw a DICOM file that the gate refuses: of another body part."""
    return draw_dicom(number, BodyPartExamined="ANKLE")


def parse(data: bytes) -> Dataset:
    return dcmread(io.BytesIO(data))


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(condition: Callable[[], Any], seconds: float = 30) -> Any:
    """Wait until something holds, and return it."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)
    return found


class Archive:
    """A node that keeps what it is sent, and can be told to fail.

    Attributes
    ----------
    stored : list of Dataset
        All that came, those that came twice too.
    answer : callable
        Gives the status for a dataset; may wait.
    tls : SSLContext or None
    """

    def __init__(self, port: int = 0, *, takes_reports: bool = True) -> None:
        self.stored: list[Dataset] = []
        self.answer: Callable[[Dataset], int] = lambda dataset: 0x0000
        self._ae = AE(ae_title="ARCHIVE")
        self._ae.add_supported_context(SecondaryCaptureImageStorage)
        if takes_reports:
            self._ae.add_supported_context(ComprehensiveSRStorage)
        self.port = port or free_port()
        self.tls: ssl.SSLContext | None = None

    def __enter__(self) -> "Archive":
        handlers: Any = [(evt.EVT_C_STORE, self._store)]
        self._server = self._ae.start_server(
            ("127.0.0.1", self.port),
            block=False,
            evt_handlers=handlers,
            ssl_context=self.tls,
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()

    def _store(self, event: Any) -> int:
        dataset = event.dataset
        status = self.answer(dataset)
        if status == 0x0000:
            self.stored.append(dataset)
        return status


def settings_for(
    tmp_path: Path, port: int, title: str = "ARCHIVE", **limits: Any
) -> NodeSettings:
    """Let MODALITY send from this machine, and deliver to a port of it."""
    limits.setdefault("retry_seconds", 1)
    return NodeSettings(
        spool=tmp_path / "spool",
        peers=(Peer("MODALITY", LOOPBACK),),
        destination=Destination(title, "127.0.0.1", port),
        port=free_port(),
        limits=replace(Limits(), **limits),
    )


@contextmanager
def running(settings: NodeSettings, assessor: Assessor) -> Iterator[int]:
    """Run a node beside the test; gives its port."""
    stopped = threading.Event()
    node = threading.Thread(target=run_node, args=(settings, assessor, stopped))
    node.start()
    try:
        wait_for(lambda: listens(settings.port))
        yield settings.port
    finally:
        stopped.set()
        node.join()


def listens(port: int) -> bool:
    """Tell whether somebody listens, without connecting."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def send(
    port: int, *files: bytes, title: str = "MODALITY", called: str = "PNEUMONIA"
) -> list[int | None]:
    """Send files in one association; returns the statuses, None where it ended."""
    ae = AE(ae_title=title)
    for sop_class in {parse(data).SOPClassUID for data in files}:
        ae.add_requested_context(sop_class)
    association = ae.associate("127.0.0.1", port, ae_title=called)
    if not association.is_established:
        return []
    statuses = []
    for data in files:
        answer = association.send_c_store(parse(data))
        statuses.append(answer.Status if "Status" in answer else None)
    association.release()
    return statuses


class Orthanc:
    """A real Orthanc on loopback, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.dicom, self.http = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.http}"
        self._log = folder / "orthanc.log"
        self._settings = folder / "orthanc.json"
        settings = {
            "Name": "test",
            "StorageDirectory": str(folder / "storage"),
            "IndexDirectory": str(folder / "storage"),
            "Plugins": [str(PLUGIN)],
            "HttpPort": self.http,
            "RemoteAccessAllowed": False,
            "AuthenticationEnabled": False,
            "DicomAet": "ORTHANC",
            "DicomPort": self.dicom,
            "DicomModalities": {},
            "DicomAlwaysAllowStore": True,
            "StableAge": 1,
            "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
        }
        self._settings.write_text(json.dumps(settings))

    def start(self) -> None:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                ["Orthanc", str(self._settings)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        wait_for(self._answers)

    def stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        assert self._process.poll() is None, self._log.read_text(errors="replace")
        try:
            return bool(self.ask("/system"))
        except OSError:
            return False

    def ask(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.url}{path}", method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def previews(self, modality: str) -> list[bytes]:
        """Return what the archive's viewer shows of images, as picture files."""
        shown = []
        for series in self.ask("/series?expand"):
            if series["MainDicomTags"]["Modality"] == modality:
                url = f"{self.url}/instances/{series['Instances'][0]}/preview"
                with urllib.request.urlopen(url, timeout=10) as answer:  # noqa: S310
                    shown.append(answer.read())
        return shown

    def clear(self) -> None:
        for patient in self.ask("/patients"):
            self.ask(f"/patients/{patient}", "DELETE")

    def modalities_by_study(self) -> dict[str, list[str]]:
        """Return the modalities of all instances, by Study Instance UID."""
        found: dict[str, list[str]] = {}
        for study in self.ask("/studies?expand"):
            uid = study["MainDicomTags"]["StudyInstanceUID"]
            series = self.ask(f"/studies/{study['ID']}/series")
            found[uid] = sorted(
                each["MainDicomTags"]["Modality"]
                for each in series
                for _ in each["Instances"]
            )
        return found


@contextmanager
def running_orthanc(folder: Path) -> Iterator[Orthanc]:
    if shutil.which("Orthanc") is None or not PLUGIN.exists():
        pytest.skip("Orthanc is not installed, or its plugin for DICOMweb")
    orthanc = Orthanc(folder)
    orthanc.start()
    try:
        yield orthanc
    finally:
        orthanc.stop()
