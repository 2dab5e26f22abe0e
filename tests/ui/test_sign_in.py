"""Sign-in with a real OpenID provider on this machine, in a real browser."""

import asyncio
import csv
import json
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from conftest import StreamlitServer
from fixtures_page import phantom_png
from fixtures_visitor import Visitor
from phantoms import write_phantom
from playwright.sync_api import Browser, BrowserContext, Page, expect
from starlette.applications import Starlette
from streamlit.web.server.starlette.starlette_app_utils import (
    create_signed_value,
    decode_signed_value,
)

from pneumonia.model.weights import available_weights
from pneumonia.reading.radiograph import sha256_of
from pneumonia.ui import access_texts, texts
from pneumonia.ui.downloads import (
    Downloads,
    _by_secret,
    _Download,
    download_routes,
)
from pneumonia.ui.sign_in import Person, identify

ROOT = Path(__file__).parents[2]
PATIENCE_MS = 180_000
COOKIE_SECRET = "of these tests alone, and of nothing else"  # noqa: S105
COOKIE = "_streamlit_user"
PEOPLE = {
    "nobody": {"realm": {"roles": ["cook"]}},
    "anna": {"realm": {"roles": ["reader"]}},
    "boss": {"realm": {"roles": ["cook", "administrator"]}},
}

pytest.importorskip("authlib", reason="the extra auth is not installed")

NOW = 1_000_000.0
CLAIMS = {"is_logged_in": True, "sub": "anna", "iat": NOW - 10, "roles": "reader"}


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({}, Person("reader", "anna", NOW + 90)),
        ({"roles": ["reader"]}, Person("reader", "anna", NOW + 90)),
        (
            {"roles": ["reader", "administrator"]},
            Person("administrator", "anna", NOW + 90),
        ),
        ({"is_logged_in": False}, "signed_out"),
        ({"is_logged_in": "yes"}, "signed_out"),
        ({"sub": ""}, "signed_out"),
        ({"iat": NOW - 101}, "over"),
        ({"iat": NOW + 1000}, "over"),
        ({"iat": None}, "over"),
        ({"iat": "now"}, "over"),
        ({"roles": None}, "no_role"),
        ({"roles": "readers"}, "no_role"),
        ({"roles": ["cook"]}, "no_role"),
        ({"roles": {"reader": True}}, "no_role"),
    ],
)
def test_who_is_let_in(changes: dict[str, Any], found: object) -> None:
    claims = CLAIMS | changes
    assert identify(claims, claim="roles", seconds=100, now=NOW) == found


def test_roles_may_lie_within_other_claims() -> None:
    claims = CLAIMS | {"realm": {"roles": ["reader"]}}
    for claim, lets_in in (("realm.roles", True), ("realm.x", False), ("a.b", False)):
        found = identify(claims, claim=claim, seconds=100, now=NOW)
        assert isinstance(found, Person) is lets_in


def test_a_download_ends_with_the_sign_in() -> None:
    downloads = Downloads()
    downloads.offered["a"] = _Download(lambda: b"a", "a.txt", "text/plain", "en")
    _by_secret[downloads.secret] = downloads

    def fetch() -> int:
        async def ask() -> int:
            served = httpx.ASGITransport(Starlette(routes=download_routes()))
            async with httpx.AsyncClient(transport=served) as client:
                address = f"http://page/export/{downloads.secret}/a"
                return (await client.get(address)).status_code

        # In a thread of its own: tests in a browser keep a loop running in this one.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(asyncio.run, ask()).result()

    assert fetch() == 200
    downloads.until = time.time() - 1
    assert fetch() == 404


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    """Start a provider that knows the people; give its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    users = [
        option
        for name, claims in PEOPLE.items()
        for option in ("--user-claims", json.dumps({"sub": name, **claims}))
    ]
    process = subprocess.Popen(
        [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *users],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + 60
    try:
        while True:
            try:
                urllib.request.urlopen(address).close()
                break
            except OSError:
                assert process.poll() is None
                assert time.monotonic() < until
                time.sleep(0.2)
        yield address
    finally:
        process.terminate()
        process.wait()


@pytest.fixture(scope="module")
def server(
    provider: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StreamlitServer]:
    folder = tmp_path_factory.mktemp("sign_in")
    secrets = folder / "secrets.toml"
    secrets.write_text(
        f"""[auth]
redirect_uri = "http://127.0.0.1:{{port}}/oauth2callback"
cookie_secret = "{COOKIE_SECRET}"
client_id = "page"
client_secret = "of the page"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
    )
    with StreamlitServer(
        ROOT / "streamlit_app.py",
        f"--secrets.files={secrets}",
        PNEUMONIA_SIGN_IN="realm.roles",
        PNEUMONIA_AUDIT=folder / "audit.db",
        PNEUMONIA_AUDIT_WAITING=folder / "waiting",
    ) as started:
        yield started


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    opened = chromium.new_context(viewport={"width": 1280, "height": 900})
    opened.set_default_timeout(PATIENCE_MS)
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext, server: StreamlitServer) -> Page:
    tab = context.new_page()
    tab.goto(server.url)
    tab.get_by_role("button", name=access_texts.SIGN_IN).wait_for()
    return tab


def sign_in(page: Page, name: str) -> None:
    page.get_by_role("button", name=access_texts.SIGN_IN).click()
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_url(re.compile(r"127\.0\.0\.1:\d+/$"))


def says(page: Page, state: str) -> None:
    expect(page.get_by_text(access_texts.SIGN_IN_STATES[state])).to_be_visible()
    expect(page.locator("input[type=file]")).to_have_count(0)
    expect(page.get_by_role("link", name=texts.PLACES["model"])).to_have_count(0)


def is_let_in(page: Page) -> None:
    page.locator("input[type=file]").first.wait_for(state="attached")
    page.get_by_role("link", name=texts.PLACES["model"], exact=True).wait_for()


def sign_out(page: Page) -> None:
    page.get_by_role("button", name=access_texts.SIGN_OUT).click()
    # The provider ends its own session as well, and sends back.
    page.get_by_role("button", name="End session").click()
    says(page, "signed_out")


@pytest.mark.browser
def test_a_stranger_sees_the_sign_in_alone(page: Page) -> None:
    says(page, "signed_out")


def test_a_stranger_brings_no_file(server: StreamlitServer) -> None:
    with Visitor(server.url) as visitor:
        visitor.run()
        assert access_texts.SIGN_IN_STATES["signed_out"] in visitor.words()
        assert visitor.upload("a.png", phantom_png()) == 403


@pytest.mark.browser
def test_a_reader_signs_in_and_out(page: Page) -> None:
    sign_in(page, "anna")
    is_let_in(page)
    expect(page.get_by_role("link", name=access_texts.PLACE)).to_have_count(0)
    page.reload()
    is_let_in(page)
    page.get_by_role("button", name=texts.SETTINGS).click()
    expect(page.get_by_text(access_texts.SIGNED_IN["reader"])).to_be_visible()
    sign_out(page)


@pytest.mark.browser
def test_whom_the_provider_refuses_is_back_at_the_sign_in(page: Page) -> None:
    page.get_by_role("button", name=access_texts.SIGN_IN).click()
    page.get_by_role("button", name="Deny").click()
    page.get_by_role("button", name=access_texts.SIGN_IN).wait_for()
    says(page, "signed_out")


@pytest.mark.browser
def test_one_without_a_role_is_refused(page: Page) -> None:
    sign_in(page, "nobody")
    says(page, "no_role")
    sign_out(page)


def change_cookie(
    context: BrowserContext, change: Callable[[dict[str, Any]], None], secret: str
) -> None:
    (cookie,) = (it for it in context.cookies() if it["name"] == COOKIE)
    value = decode_signed_value(COOKIE_SECRET, COOKIE, cookie["value"].strip('"'))
    assert value
    claims = json.loads(value)
    change(claims)
    signed = create_signed_value(secret, COOKIE, json.dumps(claims))
    cookie["value"] = signed.decode()
    context.clear_cookies(name=COOKIE)
    context.add_cookies([cookie])  # type: ignore[list-item]


@pytest.mark.browser
def test_a_sign_in_of_yesterday_is_over(page: Page, context: BrowserContext) -> None:
    sign_in(page, "anna")
    is_let_in(page)

    def make_old(claims: dict[str, Any]) -> None:
        claims["iat"] -= 24 * 3600

    change_cookie(context, make_old, COOKIE_SECRET)
    page.reload()
    says(page, "over")
    sign_in(page, "anna")
    is_let_in(page)


@pytest.mark.browser
def test_a_role_that_somebody_gave_himself_is_not_taken(
    page: Page, context: BrowserContext
) -> None:
    sign_in(page, "nobody")
    says(page, "no_role")

    def rise(claims: dict[str, Any]) -> None:
        claims["realm"]["roles"] = ["administrator"]

    change_cookie(context, rise, "another secret, as an attacker has it")
    page.reload()
    says(page, "signed_out")


@pytest.mark.browser
@pytest.mark.skipif(not available_weights(), reason="no weights are in weights/")
def test_an_administrator_sees_what_a_reader_was_shown(
    page: Page, chromium: Browser, server: StreamlitServer, tmp_path: Path
) -> None:
    picture = write_phantom(tmp_path / "Jane_Doe.png", seed=1, shape=(512, 600))
    sign_in(page, "anna")
    is_let_in(page)
    page.locator("input[type=file]").first.set_input_files(picture)
    expect(page.get_by_text(texts.DETAILS, exact=True)).to_be_visible(
        timeout=PATIENCE_MS
    )
    context = chromium.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    other = context.new_page()
    other.goto(server.url)
    sign_in(other, "boss")
    other.get_by_role("link", name=access_texts.PLACE, exact=True).click()
    expect(other.get_by_role("heading", name=access_texts.HEADING)).to_be_visible()
    expect(other.get_by_text(access_texts.WHAT.format(count=1))).to_be_visible()
    with other.expect_download() as download:
        other.get_by_role("link", name=access_texts.EXPORT).click()
    exported = Path(download.value.path()).read_text()
    (row,) = csv.DictReader(exported.splitlines())
    assert row["user"] == "anna"
    assert row["input_sha256"] == sha256_of(picture.read_bytes())
    assert row["status"] == "assessed"
    assert "Jane" not in exported
    field = other.get_by_role("textbox", name=access_texts.SEARCH)
    field.fill(row["input_sha256"])
    field.press("Enter")
    expect(other.get_by_test_id("stDataFrame")).to_be_visible()
    context.close()
