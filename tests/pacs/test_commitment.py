"""Storage commitment: the node promises what it holds or has answered, and no more."""

import json
import os
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from fixtures_pacs import (
    LOOPBACK,
    Archive,
    draw_dicom,
    draw_refused,
    free_port,
    parse,
    running,
    running_orthanc,
    send,
    settings_for,
    wait_for,
)
from pydicom.dataset import Dataset
from pydicom.uid import generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import (  # type: ignore[attr-defined]
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

from pneumonia.pacs import ledger as ledger_module
from pneumonia.pacs.ledger import CLASS_CONFLICT, NO_SUCH_INSTANCE, Ledger
from pneumonia.pacs.results import Assessor
from pneumonia.pacs.settings import Destination, NodeSettings, Peer
from pneumonia.pacs.spool import Spool
from pneumonia.reading.radiograph import sha256_of

CR = "1.2.840.10008.5.1.4.1.1.1"


class Modality:
    """Asks for commitment, and takes the reports in associations of the node's own."""

    def __init__(self) -> None:
        self.reports: list[tuple[int, Dataset]] = []
        self.port = free_port()
        self._ae = AE(ae_title="MODALITY")
        self._ae.add_supported_context(
            StorageCommitmentPushModel, scu_role=False, scp_role=True
        )
        self._ae.add_requested_context(StorageCommitmentPushModel)

    def __enter__(self) -> "Modality":
        handlers: Any = [(evt.EVT_N_EVENT_REPORT, self._take)]
        self._server = self._ae.start_server(
            ("127.0.0.1", self.port), block=False, evt_handlers=handlers
        )
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.shutdown()

    def _take(self, event: Any) -> tuple[int, None]:
        self.reports.append((event.event_type, event.event_information))
        return 0x0000, None

    def ask(
        self,
        port: int,
        *instances: tuple[str, str],
        action: int = 1,
        transaction: str | None = None,
    ) -> int | None:
        """Return the status of N-ACTION; None where commitment is not offered."""
        request = Dataset()
        request.TransactionUID = transaction or generate_uid()
        request.ReferencedSOPSequence = []
        for sop_class, uid in instances:
            item = Dataset()
            item.ReferencedSOPClassUID = sop_class
            item.ReferencedSOPInstanceUID = uid
            request.ReferencedSOPSequence.append(item)
        association = self._ae.associate("127.0.0.1", port, ae_title="PNEUMONIA")
        if not association.is_established:
            return None
        answer, _ = association.send_n_action(
            *(request, action, StorageCommitmentPushModel),
            StorageCommitmentPushModelInstance,
        )
        association.release()
        return int(answer.Status)


@pytest.fixture
def modality() -> Iterator[Modality]:
    with Modality() as started:
        yield started


def with_commitment(settings: NodeSettings, modality: Modality) -> NodeSettings:
    to = Destination("MODALITY", "127.0.0.1", modality.port)
    return replace(settings, commit=(to,))


def instance(data: bytes) -> tuple[str, str]:
    dataset = parse(data)
    return str(dataset.SOPClassUID), str(dataset.SOPInstanceUID)


def reported(modality: Modality) -> tuple[int, set[str], dict[str, int]]:
    """Wait for one report; returns its type, what is committed to, and what is not."""
    wait_for(lambda: modality.reports)
    event_type, told = modality.reports.pop()
    good = told.get("ReferencedSOPSequence", [])
    bad = told.get("FailedSOPSequence", [])
    return (
        event_type,
        {it.ReferencedSOPInstanceUID for it in good},
        {it.ReferencedSOPInstanceUID: it.FailureReason for it in bad},
    )


def test_what_waits_and_what_was_delivered_is_committed_to(
    tmp_path: Path, assessor: Assessor, modality: Modality
) -> None:
    sent = [draw_dicom(1), draw_dicom(2)]
    archive = Archive()
    settings = with_commitment(settings_for(tmp_path, archive.port), modality)
    with running(settings, assessor) as port:
        assert send(port, *sent) == [0, 0]
        assert modality.ask(port, *map(instance, sent)) == 0
        both = {uid for _, uid in map(instance, sent)}
        assert reported(modality) == (1, both, {})
        with archive:
            wait_for(lambda: not list((tmp_path / "spool").glob("re*/*")))
        assert len(archive.stored) == 4
        assert modality.ask(port, *map(instance, sent)) == 0
        assert reported(modality) == (1, both, {})
    # And after a restart.
    with running(settings, assessor) as port:
        assert modality.ask(port, instance(sent[0])) == 0
        assert reported(modality) == (1, {instance(sent[0])[1]}, {})


def test_what_never_came_was_refused_or_is_of_another_kind_is_not(
    tmp_path: Path, assessor: Assessor, modality: Modality
) -> None:
    kept, refused = draw_dicom(1), draw_refused(2)
    settings = with_commitment(settings_for(tmp_path, free_port()), modality)
    with running(settings, assessor) as port:
        assert send(port, refused, kept) == [0, 0]
        wait_for(lambda: list((tmp_path / "spool/results").glob("*/*.dcm")))
        conflict = ("1.2.840.10008.5.1.4.1.1.7", instance(kept)[1])
        assert modality.ask(port, instance(kept), (CR, "1.2.3"), instance(refused)) == 0
        failed = {"1.2.3": NO_SUCH_INSTANCE, instance(refused)[1]: NO_SUCH_INSTANCE}
        assert reported(modality) == (2, {instance(kept)[1]}, failed)
        assert modality.ask(port, conflict) == 0
        assert reported(modality) == (2, set(), {conflict[1]: CLASS_CONFLICT})


def test_a_radiograph_that_was_lost_is_not_committed_to(
    tmp_path: Path, assessor: Assessor, modality: Modality
) -> None:
    data = draw_dicom(1)
    settings = with_commitment(settings_for(tmp_path, free_port()), modality)
    with running(settings, assessor) as port:
        send(port, data)
        wait_for(lambda: list((tmp_path / "spool/results").glob("*/*.dcm")))
    for path in (tmp_path / "spool/results").glob("*/*.dcm"):
        path.unlink()
    with running(settings, assessor) as port:
        assert modality.ask(port, instance(data)) == 0
        uid = instance(data)[1]
        assert reported(modality) == (2, set(), {uid: NO_SUCH_INSTANCE})


def test_a_report_is_tried_again_while_its_peer_is_away(
    tmp_path: Path, assessor: Assessor, modality: Modality
) -> None:
    away = Modality()
    settings = with_commitment(settings_for(tmp_path, free_port()), away)
    with running(settings, assessor) as port:
        assert modality.ask(port, (CR, "1.2.3")) == 0
        time.sleep(1)
        with away:
            assert reported(away) == (2, set(), {"1.2.3": NO_SUCH_INSTANCE})


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"action": 2}, 0x0123),
        ({"transaction": "x"}, 0x0115),
        ({"instances": ()}, 0x0115),
        ({"instances": ((CR, "../x"),)}, 0x0115),
        ({"title": "OTHER"}, 0x0124),
    ],
    ids=["action", "transaction", "nothing", "path", "title"],
)
@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_a_request_that_cannot_be_answered_is_refused(
    tmp_path: Path,
    assessor: Assessor,
    modality: Modality,
    asked: dict[str, Any],
    status: int,
) -> None:
    title = asked.pop("title", "MODALITY")
    instances = asked.pop("instances", ((CR, "1.2.3"),))
    to = Destination(title, "127.0.0.1", modality.port)
    settings = replace(settings_for(tmp_path, free_port()), commit=(to,))
    with running(settings, assessor) as port:
        assert modality.ask(port, *instances, **asked) == status
    assert not modality.reports


def test_commitment_is_offered_only_where_it_is_set(
    tmp_path: Path, assessor: Assessor, modality: Modality
) -> None:
    with running(settings_for(tmp_path, free_port()), assessor) as port:
        assert modality.ask(port, (CR, "1.2.3")) is None
        send(port, draw_dicom(1))
        assert not (tmp_path / "spool" / "instances").exists()


def test_what_is_older_than_a_month_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "_SECONDS_BETWEEN", 0)
    spool = Spool(tmp_path, 2**30)
    ledger = Ledger(tmp_path, spool)
    data = draw_dicom(1)
    spool.add(data)
    ledger.note(*instance(data), sha256_of(data))
    assert ledger.failure(*instance(data)) is None
    old = time.time() - 31 * 86400
    os.utime(tmp_path / "instances" / instance(data)[1], (old, old))
    ledger.note(CR, "1.2.3", sha256_of(b""))
    assert ledger.failure(*instance(data)) == NO_SUCH_INSTANCE
    spool.close()


def test_orthanc_hears_of_what_the_node_has_and_has_not(
    tmp_path: Path, assessor: Assessor
) -> None:
    with running_orthanc(tmp_path) as orthanc:
        settings = replace(
            settings_for(tmp_path, orthanc.dicom, "ORTHANC"),
            peers=(
                Peer("MODALITY", LOOPBACK),
                Peer("ORTHANC", ip_network("127.0.0.1")),
            ),
            commit=(Destination("ORTHANC", "127.0.0.1", orthanc.dicom),),
        )

        def post(path: str, content: Any, method: str = "POST") -> Any:
            request = urllib.request.Request(  # noqa: S310
                f"{orthanc.url}{path}", json.dumps(content).encode(), method=method
            )
            with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
                return json.load(answer) if method == "POST" else None

        node = {
            **{"AET": "PNEUMONIA", "Host": "127.0.0.1", "Port": settings.port},
            "AllowStorageCommitment": True,
        }
        post("/modalities/pneumonia", node, "PUT")
        data = draw_dicom(1)
        with running(settings, assessor) as port:
            assert send(port, data) == [0]
            wait_for(lambda: len(orthanc.modalities_by_study()) == 1)
            asked = [list(instance(data)), [CR, "1.2.3"]]
            made = post(
                "/modalities/pneumonia/storage-commitment", {"DicomInstances": asked}
            )
            path = f"/storage-commitment/{made['ID']}"
            wait_for(lambda: orthanc.ask(path)["Status"] != "Pending")
            told = orthanc.ask(path)
    assert told["Status"] == "Failure"
    assert [it["SOPInstanceUID"] for it in told["Success"]] == [instance(data)[1]]
    (failed,) = told["Failures"]
    assert (failed["SOPInstanceUID"], failed["FailureReason"]) == (
        "1.2.3",
        NO_SUCH_INSTANCE,
    )
