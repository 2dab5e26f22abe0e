"""A client for DICOMweb: search studies, load their radiographs, store results."""

import io
import json
import re
import secrets
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from pneumonia.errors import PacsError
from pneumonia.reading.dicom_parser import is_dicom
from pneumonia.reading.radiograph import MAX_BYTES

_UID: Final = re.compile(r"[0-9.]{1,64}")
_JSON: Final = "application/dicom+json"
_DICOM: Final = 'multipart/related; type="application/dicom"'
_STUDY, _SERIES, _INSTANCE = "0020000D", "0020000E", "00080018"
_STORED: Final = "00081199"
_PER_PAGE: Final = 100
_CHUNK_BYTES: Final = 2**16
_FIRST_DELAY: Final = 1.0
# Busy or restarting; anything else will be the same the next time.
_PASSING: Final = {408, 429, 500, 502, 503, 504}
_LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class Instance(NamedTuple):
    """The UIDs of an image: of its study, of its series, and its own."""

    study: str
    series: str
    uid: str


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
    ) -> dict[str, int]:
        """Search for series, and count their images by Study Instance UID.

        Parameters
        ----------
        criteria : mapping of str to str or None
            Attributes by keyword, such as ``StudyDate``; None for any.
        modality : str
        limit : int
            Most series.

        Raises
        ------
        PacsError
            If the archive does not answer, or wrongly.
        """
        found: dict[str, int] = {}
        wanted = {name: text for name, text in criteria.items() if text}
        for entry in self._pages("series", {**wanted, "Modality": modality}, limit):
            study = _uid(entry, _STUDY)
            # NumberOfSeriesRelatedInstances
            count = _value(entry, "00201209")
            found[study] = found.get(study, 0) + (count if type(count) is int else 1)
        return found

    def instances(self, study: str, *, modality: str) -> list[Instance]:
        """List the images of a study by its UID; raises as `search` does."""
        path = f"studies/{_checked(study)}/series"
        return [
            Instance(study, series, _uid(entry, _INSTANCE))
            for each in self._pages(path, {"Modality": modality}, 1000)
            # Some archives ignore what they cannot search for.
            if _value(each, "00080060") == modality
            for series in [_uid(each, _SERIES)]
            for entry in self._pages(f"{path}/{series}/instances", {}, 1000)
        ]

    def retrieve(self, wanted: Instance) -> bytes:
        """Load an image as it is stored, a DICOM file.

        Raises
        ------
        WrongAnswerError
            If the answer is another image, or too large.
        PacsError
            If the archive does not answer.
        """
        from pydicom import dcmread

        kind, body = self._ask(
            "GET",
            f"studies/{wanted.study}/series/{wanted.series}/instances/{wanted.uid}",
            headers={"Accept": f"{_DICOM}; transfer-syntax=*"},
        )
        data = _only_part(kind, body)
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
            raise _wrong_answer("the image that was asked for")
        return data

    def store(self, files: Sequence[bytes]) -> None:
        """Store DICOM files.

        Raises
        ------
        WrongAnswerError
            If the archive does not say that it has them all.
        PacsError
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
        if len(_values(_parse(body), _STORED)) != len(files):
            raise WrongAnswerError(
                f"An archive stores all {len(files)} results. Received: it refuses one "
                "or more. Ask its administrator which kinds it takes."
            )

    def _pages(
        self, path: str, criteria: dict[str, str], limit: int
    ) -> Iterator[dict[str, Any]]:
        """Yield what a search finds, page by page; archives choose their length."""
        offset, last = 0, None
        while offset < limit:
            page = {"limit": str(min(_PER_PAGE, limit - offset)), "offset": str(offset)}
            _, body = self._ask(
                "GET", path, params={**criteria, **page}, headers={"Accept": _JSON}
            )
            answer = _parse(body) if body else []
            if not isinstance(answer, list):
                raise _wrong_answer("a list of search results")
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
                    raise PacsError(
                        f"The archive answers within {self.seconds:g} s. Received: "
                        f"{said}, {self.tries} times. Try again later."
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
                raise PacsError(
                    f"The archive answers {method} with status 200. Received: "
                    f"{response.status_code}. Check address, token and rights."
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
                    raise _Passing("an answer that does not end")
            return response.headers.get("Content-Type", ""), bytes(body)

    def _authorize(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class WrongAnswerError(PacsError):
    """The archive answers, but not with what was asked for."""


class _Passing(Exception):
    """An answer that may be another one the next time."""


def _wrong_answer(expected: str) -> WrongAnswerError:
    return WrongAnswerError(
        f"An archive answers with {expected}. Received: something else. Check the "
        "address: it ends where /studies begins."
    )


def _parse(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise _wrong_answer("DICOM JSON") from None


def _values(entry: Any, tag: str) -> list[Any]:
    """Return the values of an attribute, none where anything else stands."""
    try:
        values = entry[tag]["Value"]
    except (KeyError, TypeError):
        return []
    return values if isinstance(values, list) else []


def _value(entry: Any, tag: str) -> Any:
    return next(iter(_values(entry, tag)), None)


def _uid(entry: Any, tag: str) -> str:
    return _checked(_value(entry, tag))


def _checked(uid: Any) -> str:
    """Let nothing but a UID into a path."""
    if not isinstance(uid, str) or not _UID.fullmatch(uid):
        raise PacsError(
            "A UID has up to 64 digits and dots. Received: something else. Take it "
            "from the search."
        )
    return uid


def _only_part(kind: str, body: bytes) -> bytes:
    """Return the file in a multipart answer of one."""
    found = re.search(r'boundary="?([^";,\s]+)', kind)
    data = body
    if found:
        delimiter = b"--" + found[1].encode()
        head = body.find(b"\r\n\r\n", max(body.find(delimiter), 0)) + 4
        end = body.find(b"\r\n" + delimiter, head - 2)
        data = body[head:end] if head > 3 and end >= head else b""
        if not body[end:].startswith(b"\r\n" + delimiter + b"--"):
            data = b""
    if not is_dicom(data):
        raise _wrong_answer("one whole DICOM file")
    return data
