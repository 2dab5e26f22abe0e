"""The DICOM node: whom it hears, what it keeps, and what comes back."""

import logging
import re
import socket
import struct
import threading
import time
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path

import numpy as np
import pytest
from dicom_files import build
from fixtures_pacs import (
    PATIENT,
    Archive,
    draw_dicom,
    draw_refused,
    free_port,
    parse,
    running,
    send,
    settings_for,
    wait_for,
)
from pydicom.dataset import Dataset
from pynetdicom import AE
from pynetdicom.sop_class import Verification  # type: ignore[attr-defined]

from pneumonia.errors import PacsError
from pneumonia.pacs.node import run_node
from pneumonia.pacs.results import Assessor
from pneumonia.pacs.settings import Peer
from pneumonia.pacs.spool import Spool
from pneumonia.reading.radiograph import sha256_of

OUT_OF_RESOURCES = 0xA700


def kinds(archive: Archive) -> list[str]:
    return sorted(dataset.Modality for dataset in archive.stored)


def spooled(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "spool").rglob("*.dcm")]


def own_lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what this package logged of files, and what it should not have logged.

    Programs switch off what libraries log.
    """
    own = [it.getMessage() for it in caplog.records if it.name.startswith("pneumonia")]
    return [line for line in own if "listens at" not in line]


# Radiographs in, results out


def test_a_radiograph_comes_back_as_heatmap_and_report_of_its_study(
    tmp_path: Path, assessor: Assessor
) -> None:
    with (
        Archive() as archive,
        running(settings_for(tmp_path, archive.port), assessor) as port,
    ):
        assert send(port, draw_dicom(1)) == [0]
        wait_for(lambda: len(archive.stored) == 2 and not spooled(tmp_path))
    assert kinds(archive) == ["OT", "SR"]
    for result in archive.stored:
        assert result.StudyInstanceUID == "1.2.826.0.1.1"
        assert result.PatientName == PATIENT
    capture, report = sorted(archive.stored, key=lambda it: it.Modality)
    referred = {
        str(element.value)
        for element in report.iterall()
        if element.keyword == "ReferencedSOPInstanceUID"
    }
    assert referred == {"1.2.826.0.1.1.1.1", capture.SOPInstanceUID}


@pytest.mark.parametrize(
    ("sop_class", "modality"),
    [
        ("1.2.840.10008.5.1.4.1.1.1.1", "DX"),
        ("1.2.840.10008.5.1.4.1.1.7", "OT"),
    ],
)
def test_digital_x_ray_and_secondary_capture_are_taken_too(
    tmp_path: Path, assessor: Assessor, sop_class: str, modality: str
) -> None:
    data = draw_dicom(1, SOPClassUID=sop_class, Modality=modality)
    with (
        Archive() as archive,
        running(settings_for(tmp_path, archive.port), assessor) as port,
    ):
        assert send(port, data) == [0]
        wait_for(lambda: len(archive.stored) == 2)
    assert kinds(archive) == ["OT", "SR"]


def test_a_tomograph_is_not_accepted(tmp_path: Path, assessor: Assessor) -> None:
    data = draw_dicom(1, SOPClassUID="1.2.840.10008.5.1.4.1.1.2", Modality="CT")
    with running(settings_for(tmp_path, free_port()), assessor) as port:
        assert send(port, data) == []


def test_the_same_radiograph_again_gives_the_same_objects(
    tmp_path: Path, assessor: Assessor
) -> None:
    with (
        Archive() as archive,
        running(settings_for(tmp_path, archive.port), assessor) as port,
    ):
        for count in (2, 4):
            send(port, draw_dicom(1))
            wait_for(lambda count=count: len(archive.stored) == count)  # type: ignore[misc]
    assert len({result.SOPInstanceUID for result in archive.stored}) == 2
    assert len({result.SeriesInstanceUID for result in archive.stored}) == 2


def test_another_threshold_gives_other_objects(assessor: Assessor) -> None:
    def uids(assessor: Assessor) -> set[str]:
        _, files = assessor.assess(draw_dicom(1))
        return {parse(data).SOPInstanceUID for data in files.values()}

    other = replace(assessor, operating_point="screening")
    assert len(uids(assessor) | uids(other)) == 4


def test_a_refused_file_gets_no_result_but_a_line_without_patient_data(
    tmp_path: Path, assessor: Assessor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    files = [draw_refused(1), draw_dicom(2, Modality="CT")]
    with (
        Archive() as archive,
        running(settings_for(tmp_path, archive.port), assessor) as port,
    ):
        assert send(port, *files) == [0, 0]
        wait_for(lambda: len(own_lines(caplog)) == 2 and not spooled(tmp_path))
    assert not archive.stored
    first, second = own_lines(caplog)
    assert re.fullmatch(r"[0-9a-f]{16}: wrong_body_part", first)
    assert re.fullmatch(r"[0-9a-f]{16}: wrong_modality", second)


def test_damaged_identifiers_get_no_result(
    assessor: Assessor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    data = draw_dicom(1, StudyDate="in January")
    assert assessor.assess(data)[1] == {}
    assert own_lines(caplog) == [f"{sha256_of(data)[:16]}: identifiers"]


def test_own_results_that_come_back_go_no_further(
    tmp_path: Path, assessor: Assessor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    _, files = assessor.assess(draw_dicom(1))
    caplog.clear()
    with running(settings_for(tmp_path, free_port()), assessor) as port:
        assert send(port, files["1-heatmap.dcm"]) == [0]
        assert not spooled(tmp_path)
    (line,) = own_lines(caplog)
    assert line.endswith(": own_result")


def test_echo_is_answered(tmp_path: Path, assessor: Assessor) -> None:
    ae = AE(ae_title="MODALITY")
    ae.add_requested_context(Verification)
    with running(settings_for(tmp_path, free_port()), assessor) as port:
        association = ae.associate("127.0.0.1", port, ae_title="PNEUMONIA")
        assert association.send_c_echo().Status == 0
        association.release()


# The archive is down, slow or wrong


def test_results_wait_for_an_archive_that_is_down(
    tmp_path: Path, assessor: Assessor
) -> None:
    port_of_archive = free_port()
    with running(settings_for(tmp_path, port_of_archive), assessor) as port:
        assert send(port, *(draw_dicom(n) for n in range(3))) == [0, 0, 0]
        wait_for(lambda: len(list((tmp_path / "spool/results").glob("*/*.dcm"))) == 6)
        with Archive(port_of_archive) as archive:
            wait_for(lambda: not spooled(tmp_path))
    assert kinds(archive) == ["OT"] * 3 + ["SR"] * 3


def test_results_and_radiographs_outlive_a_restart(
    tmp_path: Path, assessor: Assessor
) -> None:
    settings = settings_for(tmp_path, free_port())
    with running(settings, assessor) as port:
        send(port, *(draw_dicom(n) for n in range(3)))
        wait_for(lambda: list((tmp_path / "spool/results").glob("*/*.dcm")))
    with Archive(settings.destination.port) as archive, running(settings, assessor):
        wait_for(lambda: not spooled(tmp_path))
    assert kinds(archive) == ["OT"] * 3 + ["SR"] * 3


def test_a_result_that_the_archive_refuses_stays_and_holds_up_no_other(
    tmp_path: Path, assessor: Assessor, caplog: pytest.LogCaptureFixture
) -> None:
    bad = "1.2.826.0.1.0"
    with (
        Archive() as archive,
        running(settings_for(tmp_path, archive.port), assessor) as port,
    ):
        archive.answer = lambda it: 0xA900 if it.StudyInstanceUID == bad else 0
        send(port, draw_dicom(0), draw_dicom(1))
        wait_for(lambda: len(archive.stored) == 2)
        wait_for(lambda: "status A900" in caplog.text)
        wait_for(lambda: len(spooled(tmp_path)) == 2)
        archive.answer = lambda it: 0
        wait_for(lambda: not spooled(tmp_path))
    assert kinds(archive) == ["OT", "OT", "SR", "SR"]


def test_reports_wait_for_an_archive_that_takes_only_pictures(
    tmp_path: Path, assessor: Assessor, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        Archive(takes_reports=False) as archive,
        running(settings_for(tmp_path, archive.port), assessor) as port,
    ):
        send(port, draw_dicom(0))
        wait_for(lambda: "status 0122" in caplog.text)
    assert kinds(archive) == ["OT"]
    assert [path.name for path in spooled(tmp_path)] == ["2-report.dcm"]


def test_an_archive_that_has_it_already_is_not_asked_again(
    tmp_path: Path, assessor: Assessor
) -> None:
    with (
        Archive() as archive,
        running(settings_for(tmp_path, archive.port), assessor) as port,
    ):
        archive.answer = lambda it: 0x0111
        send(port, draw_dicom(0))
        wait_for(lambda: list((tmp_path / "spool/results").glob("*")))
        wait_for(lambda: not spooled(tmp_path))


def test_an_archive_that_answers_too_slowly_is_asked_again(
    tmp_path: Path, assessor: Assessor
) -> None:
    slow = [True]

    def answer(dataset: Dataset) -> int:
        if slow:
            slow.pop()
            time.sleep(2)
        return 0

    with (
        Archive() as archive,
        running(settings_for(tmp_path, archive.port, idle_seconds=1), assessor) as port,
    ):
        archive.answer = answer
        send(port, draw_dicom(0))
        wait_for(lambda: len(archive.stored) >= 2 and not spooled(tmp_path))
    assert len({it.SOPInstanceUID for it in archive.stored}) == 2


# Whom it hears


@pytest.mark.parametrize(
    "titles", [{"title": "STRANGER"}, {"called": "OTHER"}], ids=["calling", "called"]
)
def test_other_titles_are_rejected(
    tmp_path: Path, assessor: Assessor, titles: dict[str, str]
) -> None:
    with running(settings_for(tmp_path, free_port()), assessor) as port:
        assert send(port, draw_dicom(1), **titles) == []
        assert send(port, draw_dicom(1)) == [0]


def test_a_title_from_another_peers_address_is_rejected(
    tmp_path: Path, assessor: Assessor
) -> None:
    settings = settings_for(tmp_path, free_port())
    elsewhere = Peer("ELSEWHERE", ip_network("10.0.0.0/24"))
    settings = replace(settings, peers=(*settings.peers, elsewhere))
    with running(settings, assessor) as port:
        assert send(port, draw_dicom(1), title="ELSEWHERE") == []
        assert send(port, draw_dicom(1)) == [0]


def test_a_stranger_is_hung_up_on(tmp_path: Path, assessor: Assessor) -> None:
    settings = settings_for(tmp_path, free_port())
    peers = (Peer("MODALITY", ip_network("10.0.0.0/24")),)
    with (
        running(replace(settings, peers=peers), assessor) as port,
        socket.create_connection(("127.0.0.1", port), 5) as stranger,
    ):
        assert stranger.recv(1) == b""


def test_a_port_in_use_is_told(tmp_path: Path, assessor: Assessor) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        settings = replace(settings_for(tmp_path, 1), port=taken.getsockname()[1])
        with pytest.raises(PacsError, match="in use"):
            run_node(settings, assessor, threading.Event())


# Limits


def test_a_full_spool_is_told_to_the_sender(tmp_path: Path, assessor: Assessor) -> None:
    settings = settings_for(tmp_path, free_port(), spool_megabytes=0.1)
    with running(settings, assessor) as port:
        assert send(port, draw_dicom(1)) == [OUT_OF_RESOURCES]
    assert not spooled(tmp_path)


def test_a_full_disc_is_told_to_the_sender_and_passes(
    tmp_path: Path, assessor: Assessor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running(settings_for(tmp_path, free_port()), assessor) as port:
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            assert send(port, draw_dicom(1)) == [OUT_OF_RESOURCES]
            assert not spooled(tmp_path)
        assert send(port, draw_dicom(1)) == [0]


def full(descriptor: int) -> None:
    raise OSError(28, "No space left on device")


def test_a_radiograph_waits_while_the_disc_is_full(
    tmp_path: Path,
    assessor: Assessor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("pneumonia.pacs.node._AFTER_ERROR_SECONDS", 0.1)
    spool = Spool(tmp_path / "spool", 2**30)
    spool.add(draw_dicom(1))
    spool.close()
    with Archive() as archive:
        settings = settings_for(tmp_path, archive.port)
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            with running(settings, assessor):
                wait_for(lambda: "No space left" in caplog.text)
        assert len(spooled(tmp_path)) == 1
        with running(settings, assessor):
            wait_for(lambda: len(archive.stored) == 2 and not spooled(tmp_path))


def test_no_more_associations_than_are_set(tmp_path: Path, assessor: Assessor) -> None:
    ae = AE(ae_title="MODALITY")
    ae.add_requested_context(Verification)
    with running(settings_for(tmp_path, free_port(), associations=1), assessor) as port:
        first = ae.associate("127.0.0.1", port, ae_title="PNEUMONIA")
        assert first.is_established
        assert not ae.associate("127.0.0.1", port, ae_title="PNEUMONIA").is_established
        first.release()
        wait_for(lambda: send(port, draw_dicom(1)))


def test_short_associations_may_follow_one_another_at_once(
    tmp_path: Path, assessor: Assessor
) -> None:
    data = draw_dicom(1)
    with running(settings_for(tmp_path, free_port()), assessor) as port:
        assert [send(port, data) for _ in range(25)] == [[0]] * 25


def test_those_who_hang_up_before_they_ask_take_no_place(
    tmp_path: Path, assessor: Assessor
) -> None:
    with running(settings_for(tmp_path, free_port()), assessor) as port:
        for _ in range(8):
            socket.create_connection(("127.0.0.1", port), 10).close()
        # Twice a second the node looks around; the library's time is 30 s.
        wait_for(lambda: send(port, draw_dicom(1)) == [0], 10)


def test_an_association_ends_when_its_time_is_up(
    tmp_path: Path, assessor: Assessor
) -> None:
    ae = AE(ae_title="MODALITY")
    ae.add_requested_context(Verification)
    settings = settings_for(tmp_path, free_port(), association_seconds=1)
    with running(settings, assessor) as port:
        association = ae.associate("127.0.0.1", port, ae_title="PNEUMONIA")
        wait_for(lambda: not association.is_established, 5)


def test_half_a_message_does_not_outlast_the_association(
    tmp_path: Path, assessor: Assessor
) -> None:
    settings = settings_for(tmp_path, free_port(), association_seconds=1)
    with (
        running(settings, assessor) as port,
        socket.create_connection(("127.0.0.1", port), 10) as peer,
    ):
        peer.sendall(struct.pack(">BBL", 1, 0, 200) + b"half")
        assert peer.recv(1) == b""


def test_a_pdu_of_any_length_is_not_read(tmp_path: Path, assessor: Assessor) -> None:
    with (
        running(settings_for(tmp_path, free_port()), assessor) as port,
        socket.create_connection(("127.0.0.1", port), 10) as peer,
    ):
        peer.sendall(struct.pack(">BBL", 1, 0, 2**32 - 1))
        assert received_until_closed(peer) == b""


def received_until_closed(peer: socket.socket) -> bytes:
    try:
        return peer.recv(1)
    except ConnectionResetError:
        return b""


def test_an_object_above_the_limit_ends_its_association(
    tmp_path: Path, assessor: Assessor, caplog: pytest.LogCaptureFixture
) -> None:
    # Beside objects, eight megabytes are let through.
    large = build(np.zeros((2500, 2500), np.uint16))
    settings = settings_for(tmp_path, free_port(), object_megabytes=1)
    with running(settings, assessor) as port:
        assert send(port, large) == [None]
        assert send(port, draw_dicom(1)) == [0]
    assert "too large" in caplog.text


def test_many_objects_in_one_association_are_below_the_limit(
    tmp_path: Path, assessor: Assessor
) -> None:
    data = draw_dicom(1)
    settings = settings_for(tmp_path, free_port(), object_megabytes=len(data) / 2**20)
    with running(settings, assessor) as port:
        assert send(port, *[data] * 25) == [0] * 25
