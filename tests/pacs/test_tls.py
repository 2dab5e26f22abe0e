"""The DICOM node over TLS: whom it lets in, and to whom it gives results."""

import shutil
import socket
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from fixtures_pacs import (
    Archive,
    draw_dicom,
    free_port,
    running,
    send,
    settings_for,
    wait_for,
)

from pneumonia.cli.commands import main
from pneumonia.errors import PacsError
from pneumonia.pacs.node import run_node
from pneumonia.pacs.results import Assessor
from pneumonia.pacs.settings import Tls
from pneumonia.pacs.tls import context_of_server

STORESCU = Path("/usr/bin/storescu")  # pynetdicom has a program of the same name

pytestmark = pytest.mark.skipif(
    not STORESCU.exists() or shutil.which("openssl") is None,
    reason="dcmtk or openssl is not installed",
)


class Authority:
    """Signs certificates in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder, self.certificate = folder, folder / "ca.pem"
        self._key = folder / "ca.key"
        name = ["-subj", "/CN=authority", "-days", "2"]
        new = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", *name]
        _openssl(*new, "-keyout", str(self._key), "-out", str(self.certificate))

    def sign(self, host: str) -> Path:
        """Make a certificate of 127.0.0.1 or another host, with its key."""
        kind = "IP" if host[0].isdigit() else "DNS"
        key, made = self.folder / f"{host}.key", self.folder / f"{host}.crt"
        signed_by = ["-CA", str(self.certificate), "-CAkey", str(self._key)]
        _openssl(
            *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", f"/CN={host}", "-addext", f"subjectAltName={kind}:{host}"),
            *("-keyout", str(key), "-out", str(made), *signed_by),
        )
        both = self.folder / f"{host}.pem"
        both.write_bytes(made.read_bytes() + key.read_bytes())
        return both


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


@pytest.fixture(scope="module")
def hospital(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates") / "hospital")


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("certificates") / "stranger")


def storescu(port: int, path: Path, *tls: str) -> bool:
    """Send a file as a modality would; tells whether it was taken."""
    peers = ["-aet", "MODALITY", "-aec", "PNEUMONIA", "127.0.0.1", str(port)]
    command = [str(STORESCU), "-xy", *tls, *peers, str(path)]
    return subprocess.run(command, timeout=60, capture_output=True).returncode == 0


def test_a_modality_with_a_certificate_gets_its_results_into_the_archive(
    tmp_path: Path, assessor: Assessor, hospital: Authority, stranger: Authority
) -> None:
    own = hospital.sign("127.0.0.1")
    tls = Tls(own, hospital.certificate)
    path = tmp_path / "radiograph.dcm"
    path.write_bytes(draw_dicom(1))
    theirs = [str(own.with_suffix(".key")), str(own)]
    wrong = stranger.sign("127.0.0.1")
    archive = Archive()
    archive.tls = context_of_server(tls)
    settings = replace(settings_for(tmp_path, archive.port), tls=tls)
    with archive, running(settings, assessor) as port:
        trusts = ["+cf", str(hospital.certificate)]
        # Without TLS, without a certificate, and with one that strangers signed.
        assert not storescu(port, path)
        assert not storescu(port, path, "+tla", *trusts)
        others = [str(wrong.with_suffix(".key")), str(wrong)]
        assert not storescu(port, path, "+tls", *others, *trusts)
        assert send(port, draw_dicom(1)) == []
        assert storescu(port, path, "+tls", *theirs, *trusts)
        wait_for(lambda: len(archive.stored) == 2)
    assert sorted(it.Modality for it in archive.stored) == ["OT", "SR"]


@pytest.mark.parametrize("is_stranger", [False, True], ids=["host", "authority"])
def test_an_archive_that_cannot_prove_who_it_is_gets_nothing(
    tmp_path: Path,
    assessor: Assessor,
    hospital: Authority,
    stranger: Authority,
    caplog: pytest.LogCaptureFixture,
    is_stranger: bool,
) -> None:
    own = hospital.sign("127.0.0.1")
    wrong = (
        stranger.sign("127.0.0.1") if is_stranger else hospital.sign("other.example")
    )
    archive = Archive()
    archive.tls = context_of_server(Tls(wrong, hospital.certificate))
    settings = replace(
        settings_for(tmp_path, archive.port), tls=Tls(own, hospital.certificate)
    )
    path = tmp_path / "radiograph.dcm"
    path.write_bytes(draw_dicom(1))
    with archive, running(settings, assessor) as port:
        pair = [str(own.with_suffix(".key")), str(own)]
        trusts = ["+cf", str(hospital.certificate)]
        assert storescu(port, path, "+tls", *pair, *trusts)
        wait_for(lambda: "the archive accepts no association" in caplog.text)
    assert not archive.stored


def test_one_who_says_nothing_keeps_no_other_waiting(
    tmp_path: Path, assessor: Assessor, hospital: Authority
) -> None:
    own = hospital.sign("127.0.0.1")
    settings = replace(
        settings_for(tmp_path, free_port(), association_seconds=5),
        tls=Tls(own, hospital.certificate),
    )
    path = tmp_path / "radiograph.dcm"
    path.write_bytes(draw_dicom(1))
    with (
        running(settings, assessor) as port,
        socket.create_connection(("127.0.0.1", port), 30) as silent,
    ):
        pair = [str(own.with_suffix(".key")), str(own)]
        trusts = ["+cf", str(hospital.certificate)]
        assert storescu(port, path, "+tls", *pair, *trusts)
        # And its own time ends too.
        assert silent.recv(1) == b""


def test_files_that_are_no_certificates_end_the_node_with_a_sentence(
    tmp_path: Path, assessor: Assessor
) -> None:
    (tmp_path / "words.pem").write_text("words")
    words = Tls(tmp_path / "words.pem", tmp_path / "absent.pem")
    settings = replace(settings_for(tmp_path, free_port()), tls=words)
    with pytest.raises(PacsError, match="TLS needs a PEM file"):
        run_node(settings, assessor, threading.Event())


def test_half_of_tls_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    peers = ["--from", "A@127.0.0.1", "--to", "B@127.0.0.1:104"]
    spool = ["--spool", str(tmp_path)]
    assert main(["pacs", "node", *spool, *peers, "--tls-ca", "ca.pem"]) == 2
    assert "both --tls-certificate and --tls-ca" in capsys.readouterr().err
