"""A visitor of the page without a browser, who speaks Streamlit's protocol."""

import contextlib
import json
import re
import socket
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Common_pb2 import UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

_SECONDS = 120
_GOING_AWAY = 1001  # RFC 6455, 7.4.1: a browser that leaves the page


class Visitor:
    """A session on a real server; use it as a context manager.

    Parameters
    ----------
    url : str
        Of the server.
    locale : str
        Of the browser.
    """

    def __init__(self, url: str, locale: str = "") -> None:
        self.url = url
        self.locale = locale
        self.session_id = ""
        self.elements: dict[tuple[int, ...], Any] = {}
        self._parts: dict[tuple[int, ...], str] = {}  # which part of the page drew it
        self._files: list[Any] = []
        self._drawers: set[str] = set()  # what the server builds for who opens it
        self._opens = False
        self._stack = contextlib.ExitStack()

    def __enter__(self) -> "Visitor":
        self._connect()
        return self

    def come_back(self) -> None:
        """Lose the connection and resume the session, as a browser does."""
        self.lose()
        self._connect(Subprotocol(self.session_id))

    def _connect(self, *session: Subprotocol) -> None:
        with urllib.request.urlopen(f"{self.url}/_stcore/health") as answer:  # noqa: S310
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        self._cookie, self._token = cookie, cookie.partition("=")[2]
        opened = connect(
            f"ws://{urlsplit(self.url).netloc}/_stcore/stream",
            origin=Origin(self.url),
            subprotocols=[
                Subprotocol("streamlit"),
                Subprotocol(self._token),
                *session,
            ],
            additional_headers={"Cookie": cookie},
            max_size=None,
            proxy=None,
        )
        self._socket: ClientConnection = self._stack.enter_context(opened)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Go, as one who closes the tab."""
        with contextlib.suppress(ConnectionClosed):
            self._socket.close(_GOING_AWAY)
            self._stack.close()
        self.elements.clear()

    def lose(self) -> None:
        """Lose the connection, without a goodbye."""
        with contextlib.suppress(OSError):  # which is lost already
            self._socket.socket.shutdown(socket.SHUT_RDWR)
        with contextlib.suppress(ConnectionClosed):
            self._stack.close()

    def send(self, message: BackMsg) -> None:
        """Send a message as it is."""
        self._socket.send(message.SerializeToString())

    def receive(self) -> ForwardMsg:
        """Wait for the next message."""
        message = ForwardMsg()
        data = self._socket.recv(timeout=_SECONDS)
        assert isinstance(data, bytes)
        message.ParseFromString(data)
        return message

    def run(
        self,
        *clicked: str,
        chosen: Mapping[str, Any] | None = None,
        part: str = "",
    ) -> "Visitor":
        """Run the page once, until it is drawn.

        Parameters
        ----------
        *clicked : str
            Labels of buttons that are pressed.
        chosen : mapping, optional
            Options of boxes, as they are written, and states of components, by id.
        part : str
            The part of the page that runs alone, as `part_of` gives it.
        """
        message = BackMsg()
        state = message.rerun_script
        state.SetInParent()
        state.context_info.locale = self.locale
        state.fragment_id = part
        if self._files:
            widget = state.widget_states.widgets.add(id=self.of("file_uploader").id)
            widget.file_uploader_state_value.uploaded_file_info.extend(self._files)
        for drawer in self._drawers if self._opens else ():
            state.widget_states.widgets.add(id=drawer, bool_value=True)
        for label in clicked:
            button = next(it for it in self.all("button") if it.label == label)
            state.widget_states.widgets.add(id=button.id, trigger_value=True)
        for identity, value in (chosen or {}).items():
            form = "string_value" if isinstance(value, str) else "json_value"
            written = value if isinstance(value, str) else json.dumps(value)
            state.widget_states.widgets.add(id=identity, **{form: written})
        self.send(message)
        drawn: dict[tuple[int, ...], Any] = {}
        parts: dict[tuple[int, ...], str] = {}
        # What is left of a run that the server itself began is not of this one.
        while (message_back := self.receive()).WhichOneof("type") != "new_session":
            pass
        while True:
            kind = message_back.WhichOneof("type")
            if kind == "new_session":
                runs = set(message_back.metadata.run.fragment_ids)
                stay = {path for path, it in self._parts.items() if it not in runs}
                stay = stay if runs else set()
                drawn = {path: self.elements[path] for path in stay}
                parts = {path: self._parts[path] for path in stay}
                self.session_id = message_back.new_session.initialize.session_id
            elif kind == "delta":
                delta = message_back.delta
                if drawer := delta.add_block.popover.id:
                    self._drawers.add(drawer)
                if delta.WhichOneof("type") == "new_element":
                    path = tuple(message_back.metadata.delta_path)
                    drawn[path], parts[path] = delta.new_element, delta.fragment_id
            elif kind == "script_finished":
                # A run that another one came upon ends early.
                if message_back.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                    self.elements, self._parts = drawn, parts
                    return self
            message_back = self.receive()

    def press_done(self) -> "Visitor":
        """Press the button that marks the open case as done, or takes that back."""
        (button,) = (
            it
            for it in self.all("bidi_component")
            if it.component_name == "done_button"
        )
        opened, done, _, answered, *_ = json.loads(button.json)
        number = answered["number"] + 1 if answered else 1
        pressed = {"mount": "m", "presses": [[number, opened, not done]]}
        return self.run(
            chosen={button.id: {"pressed": pressed}}, part=self.part_of(button.id)
        )

    def part_of(self, identity: str) -> str:
        """Return the part of the page that a box or component runs, empty for all."""
        for path, it in self.elements.items():
            if getattr(getattr(it, it.WhichOneof("type")), "id", None) == identity:
                return self._parts[path]
        raise AssertionError(f"{identity} is not on the page")

    def run_until(self, is_done: Callable[["Visitor"], bool]) -> "Visitor":
        """Run the page again and again."""
        until = time.monotonic() + _SECONDS
        while not is_done(self.run()):
            assert time.monotonic() < until
            time.sleep(0.2)
        return self

    def all(self, kind: str) -> list[Any]:
        """List what the page shows of a kind."""
        return [
            getattr(it, kind)
            for it in self.elements.values()
            if it.WhichOneof("type") == kind
        ]

    def of(self, kind: str) -> Any:
        """Return the first element of a kind."""
        return self.all(kind)[0]

    def words(self) -> str:
        """Return the texts of the page."""
        kinds = ("markdown", "alert")
        return "\n".join(it.body for kind in kinds for it in self.all(kind))

    def links(self) -> dict[str, str]:
        """Return the addresses of what can be downloaded, by their words."""
        self._opens = True
        self.run()
        drawn = "".join(it.body for it in self.all("html"))
        return {
            label: f"{self.url}{address}"
            for address, label in re.findall(r'href="([^"]*)"[^>]*>([^<]*)<', drawn)
        }

    def rows(self) -> list[dict[str, Any]]:
        """Return the rows of the list of cases."""
        rows: list[dict[str, Any]] = []
        for it in self.told("case_list").get("rows", []):
            rows += json.loads(self.fetch(it)) if isinstance(it, str) else [it]
        return rows

    def told(self, key: str) -> dict[str, Any]:
        """Return what the run tells a component of the page's own."""
        for it in self.all("bidi_component"):
            if it.component_name == "told" and it.json:
                (said,) = json.loads(it.json)
                if said["to"] == key:
                    return dict(said["what"])
        return {}

    def fetch(self, address: str) -> bytes:
        """Fetch what the page's own scripts fetch."""
        with urllib.request.urlopen(f"{self.url}{address}") as answer:  # noqa: S310
            data: bytes = answer.read()
        return data

    def upload(self, name: str, data: bytes) -> int:
        """Send a file, as the field for files does; return the status of the answer.

        It is on the page after the next run.
        """
        message = BackMsg()
        message.file_urls_request.request_id = str(uuid.uuid4())
        message.file_urls_request.file_names.append(name)
        message.file_urls_request.session_id = self.session_id
        self.send(message)
        while (answer := self.receive()).WhichOneof("type") != "file_urls_response":
            pass
        (urls,) = answer.file_urls_response.file_urls
        edge = uuid.uuid4().hex
        head = (
            f"--{edge}\r\nContent-Disposition: form-data; "
            f'name="{name}"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n"
        )
        request = urllib.request.Request(  # noqa: S310
            f"{self.url}{urls.upload_url}",
            head.encode() + data + f"\r\n--{edge}--\r\n".encode(),
            {
                "Content-Type": f"multipart/form-data; boundary={edge}",
                "Cookie": self._cookie,
                "X-Xsrftoken": self._token,
            },
            method="PUT",
        )
        try:
            with urllib.request.urlopen(request) as done:  # noqa: S310
                status = int(done.status)
        except urllib.error.HTTPError as error:
            return error.code
        except urllib.error.URLError as error:
            # Refused before all of it was sent, so that nobody read the answer.
            if not isinstance(error.reason, ConnectionError):
                raise
            return HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        self._files.append(
            UploadedFileInfo(
                file_id=urls.file_id, name=name, size=len(data), file_urls=urls
            )
        )
        return status

    def done(self) -> bool:
        """Tell whether there are cases, and each has a result."""
        rows = self.rows()
        return bool(rows) and all(it["state"] != "reading" for it in rows)
