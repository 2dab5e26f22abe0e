"""A client for DICOMweb: search studies, load their radiographs, store results."""

import io
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode, urlsplit

import requests
from urllib3.exceptions import HTTPError

from pneumonia.errors import PacsError
from pneumonia.pacs.answers import (
    ArchiveError,
    WrongAnswerError,
    is_uid,
    only_part,
    parse_json,
    text_of,
    uid_of,
    value_of,
    values_of,
    wrong_answer,
)
from pneumonia.reading.radiograph import MAX_BYTES

_JSON: Final = "application/dicom+json"
_DICOM: Final = 'multipart/related; type="application/dicom"'
_STUDY, _SERIES, _INSTANCE = "0020000D", "0020000E", "00080018"
_STORED: Final = "00081199"
# What tells studies apart; some archives give it only where it is asked for.
_TOLD: Final = {
    "date": "00080020",
    "description": "00081030",
    "patient_name": "00100010",
    "patient_id": "00100020",
}
_PER_PAGE: Final = 100
_CHUNK_BYTES: Final = 2**16
_FIRST_DELAY: Final = 1.0
# Busy or restarting; anything else will be the same the next time.
_PASSING: Final = {408, 429, 500, 502, 503, 504}
_ENDLESS: Final = "an answer that does not end"
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class Instance(NamedTuple):
    """The UIDs of an image: of its study, of its series, and its own."""

    study: str
    series: str
    uid: str


class Study(NamedTuple):
    """What a search tells of a study: of its series of one modality.

    Its words are those of the archive, and may name a patient.
    """

    uid: str
    modality: str
    images: int
    date: str = ""
    description: str = ""
    patient_name: str = ""
    patient_id: str = ""


@dataclass(frozen=True)
class DicomWeb:
    """An archive that speaks DICOMweb.

    Attributes
    ----------
    url : str
        Root of its services, such as ``https://pacs.example/dicom-web``.
    token : str or None
        Sent as bearer token, over https or to this machine alone.
    seconds : float
        For the first byte of an answer, and for the whole of it.
    most_bytes : int
        Of one answer.
    tries : int
        While the archive cannot be reached or is busy.
    """

    url: str
    token: str | None = None
    seconds: float = 60
    most_bytes: int = MAX_BYTES
    tries: int = 4

    def __post_init__(self) -> None:
        """Refuse an address that would carry the token in the clear."""
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise PacsError(
                "DICOMweb has an address such as https://pacs.example/dicom-web. "
                "Received: another one. Correct it."
            )
        if self.token and parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise PacsError(
                "A token is sent over https alone. Received: an http address. Name the "
                "https address, or unset the token."
            )

    def search(
        self, criteria: Mapping[str, str | None], *, modality: str, limit: int
    ) -> list[Study]:
        """Search for series, and gather them by study.

        Parameters
        ----------
        criteria : mapping of str to str or None
            Attributes by keyword, such as ``StudyDate``; None for any.
        modality : str
        limit : int
            Most series.

        Returns
        -------
        list of Study
            In the archive's order.

        Raises
        ------
        ArchiveError
            If the archive does not answer, or wrongly.
        """
        found: dict[str, Study] = {}
        wanted: dict[str, str | list[str]] = {
            # One parameter each: some archives know no list of them.
            **{"Modality": modality, "includefield": list(_TOLD.values())},
            **{name: text for name, text in criteria.items() if text},
        }
        for entry in self._pages("series", wanted, limit):
            uid = uid_of(entry, _STUDY)
            # NumberOfSeriesRelatedInstances
            count = value_of(entry, "00201209")
            images = count if type(count) is int else 1
            told = {name: text_of(entry, tag) for name, tag in _TOLD.items()}
            known = found.get(uid) or Study(uid, modality, 0, **told)
            found[uid] = known._replace(images=known.images + images)
        return list(found.values())

    def instances(self, study: str, *, modality: str) -> list[Instance]:
        """List the images of a study by its UID; raises as `search` does."""
        if not is_uid(study):
            raise PacsError(
                "A UID has up to 64 digits and dots. Received: something else. Take it "
                "from the search."
            )
        path = f"studies/{study}/series"
        return [
            Instance(study, series, uid_of(entry, _INSTANCE))
            for each in self._pages(path, {"Modality": modality}, 1000)
            # Some archives ignore what they cannot search for.
            if value_of(each, "00080060") == modality
            for series in [uid_of(each, _SERIES)]
            for entry in self._pages(f"{path}/{series}/instances", {}, 1000)
        ]

    def retrieve(self, wanted: Instance) -> bytes:
        """Load an image as it is stored, a DICOM file.

        Raises
        ------
        WrongAnswerError
            If the answer is another image, or too large.
        ArchiveError
            If the archive does not answer.
        """
        from pydicom import dcmread

        kind, body = self._ask(
            "GET",
            f"studies/{wanted.study}/series/{wanted.series}/instances/{wanted.uid}",
            headers={"Accept": f"{_DICOM}; transfer-syntax=*"},
        )
        data = only_part(kind, body)
        try:
            said = dcmread(
                io.BytesIO(data),
                stop_before_pixels=True,
                specific_tags=["StudyInstanceUID", "SOPInstanceUID"],
            )
            found = (said.StudyInstanceUID, said.SOPInstanceUID)
        except Exception:  # pydicom meets damaged bytes with almost any type
            found = None
        if found != (wanted.study, wanted.uid):
            raise wrong_answer("the image that was asked for")
        return data

    def store(self, files: Sequence[bytes]) -> None:
        """Store DICOM files.

        Raises
        ------
        WrongAnswerError
            If the archive does not say that it has them all.
        ArchiveError
            If it does not answer.
        """
        boundary = secrets.token_hex(16)
        parts = [
            f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
            + data
            + b"\r\n"
            for data in files
        ]
        _, body = self._ask(
            "POST",
            "studies",
            data=b"".join([*parts, f"--{boundary}--\r\n".encode()]),
            headers={"Accept": _JSON, "Content-Type": f"{_DICOM}; boundary={boundary}"},
        )
        if len(values_of(parse_json(body), _STORED)) != len(files):
            raise WrongAnswerError(
                f"An archive stores all {len(files)} results. Received: it refuses one "
                "or more. Ask its administrator which kinds it takes."
            )

    def _pages(
        self, path: str, criteria: Mapping[str, str | list[str]], limit: int
    ) -> Iterator[dict[str, Any]]:
        """Yield what a search finds, page by page; archives choose their length."""
        offset, last = 0, None
        while offset < limit:
            page = {"limit": str(min(_PER_PAGE, limit - offset)), "offset": str(offset)}
            # The wildcard as it stands: Orthanc takes a quoted one for a letter.
            query = urlencode({**criteria, **page}, doseq=True, safe="*")
            _, body = self._ask("GET", path, params=query, headers={"Accept": _JSON})
            answer = parse_json(body) if body else []
            if not isinstance(answer, list):
                raise wrong_answer("a list of search results")
            if not answer or answer == last:  # some archives ignore the offset
                return
            yield from answer[: limit - offset]
            offset, last = offset + len(answer), answer

    def _ask(self, method: str, path: str, **options: Any) -> tuple[str, bytes]:
        """Send a request until it is answered; returns content type and body."""
        for left in reversed(range(self.tries)):
            try:
                return self._ask_once(method, path, **options)
            except (requests.RequestException, HTTPError, _Passing) as error:
                if not left:
                    said = str(error) if isinstance(error, _Passing) else "no answer"
                    slow = said == _ENDLESS or isinstance(error, requests.Timeout)
                    raise ArchiveError(
                        f"The archive answers within {self.seconds:g} s. Received: "
                        f"{said}, {self.tries} times. Try again later.",
                        "slow" if slow else "away",
                    ) from None
                time.sleep(_FIRST_DELAY * 2.0 ** (self.tries - 1 - left))
        raise AssertionError

    def _ask_once(self, method: str, path: str, **options: Any) -> tuple[str, bytes]:
        end = time.monotonic() + self.seconds
        with requests.request(
            method,
            f"{self.url.rstrip('/')}/{path}",
            auth=self._authorize if self.token else None,
            timeout=self.seconds,
            stream=True,
            # Elsewhere the token is nobody's business.
            allow_redirects=False,
            **options,
        ) as response:
            if response.status_code in _PASSING:
                raise _Passing(f"status {response.status_code}")
            if response.status_code == 204:  # a search that found nothing
                return "", b""
            if response.status_code not in (200, 202):
                barred = response.status_code in (401, 403)
                raise ArchiveError(
                    f"The archive answers {method} with status 200. Received: "
                    f"{response.status_code}. Check address, token and rights.",
                    "not_authorized" if barred else "wrong_answer",
                )
            body = bytearray()
            while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=True):
                body += chunk
                if len(body) > self.most_bytes:
                    raise WrongAnswerError(
                        f"An answer has at most {self.most_bytes // 2**20} MB. "
                        "Received: more. Raise --most-megabytes if that is right."
                    )
                if time.monotonic() > end:
                    raise _Passing(_ENDLESS)
            return response.headers.get("Content-Type", ""), bytes(body)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class _Passing(Exception):
    """An answer that may be another one the next time."""
