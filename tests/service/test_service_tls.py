"""The service over TLS by certificate files, and behind a proxy that ends TLS."""

from __future__ import annotations

import datetime
import ipaddress
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from service_clients import CHEAP, PASSWORD

from colour_encoder import ColourEncoder
from omnireid.accounts import Role
from omnireid.gallery import Gallery
from omnireid.service import check_tls, create_app, listen, url_of
from omnireid.service.running import server_of
from omnireid.settings import Settings


@contextmanager
def served(gallery: Gallery, settings: Settings) -> Iterator[str]:
    """The service in a thread of its own, on a real socket; sato is a reviewer."""
    app = create_app(gallery, ColourEncoder(), settings, passwords=CHEAP)
    users = app.state.site.accounts.users
    if not users.exist():
        users.add("sato", [Role.REVIEWER], by="(test)", password=PASSWORD)
    opened = listen("127.0.0.1", 0, allow_network=False)
    answering = threading.Event()
    server = server_of(app, settings, started=answering.set)
    thread = threading.Thread(target=server.run, args=([opened],))
    thread.start()
    try:
        assert answering.wait(120)
        yield url_of(opened, tls=check_tls(settings)).rstrip("/")
    finally:
        server.should_exit = True
        thread.join(120)


def certificate(place: Path) -> tuple[Path, Path]:
    """A certificate of this machine, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    paths = place / "page.pem", place / "page.key"
    paths[0].write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths


def sign_in(client: httpx.Client) -> httpx.Response:
    page = client.get("/sign-in").raise_for_status().text
    token = re.search(r'name="csrf" value="(\w+)"', page)
    assert token
    form = {"name": "sato", "password": PASSWORD, "csrf": token[1]}
    return client.post("/sign-in", data=form, headers={"Origin": str(client.base_url).rstrip("/")})


def test_the_page_is_served_over_tls(gallery: Gallery, tmp_path: Path) -> None:
    pem, key = certificate(tmp_path)
    with served(gallery, Settings(tls_certificate=pem, tls_key=key)) as url:
        assert url.startswith("https://127.0.0.1:")
        trusted = ssl.create_default_context(cafile=str(pem))
        with httpx.Client(base_url=url, verify=trusted, timeout=60) as client:
            answer = sign_in(client)
            assert answer.status_code == 303
            cookie = answer.headers["set-cookie"]
            assert cookie.startswith("__Host-omnireid-session-")
            assert "Secure" in cookie
            assert client.get("/account").status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(url.replace("https", "http") + "/sign-in", timeout=60)


def cookie_of(url: str, told: dict[str, str], origin: str) -> str:
    """The cookie that signing in sets, or the status where it does not."""
    with httpx.Client(base_url=url, headers=told, timeout=60) as client:
        page = client.get("/sign-in")
        token = re.search(r'name="csrf" value="(\w+)"', page.text)
        if not token:
            return str(page.status_code)
        # A browser would send the cookie of the proxy's address, which this one does not see.
        cookie = page.headers["set-cookie"].split(";")[0]
        client.cookies.clear()
        answer = client.post(
            "/sign-in",
            data={"name": "sato", "password": PASSWORD, "csrf": token[1]},
            headers={"Origin": origin, "Cookie": cookie},
        )
        return str(answer.headers.get("set-cookie", answer.status_code))


def latest_address(gallery: Gallery) -> str:
    """From where the latest session was begun."""
    with gallery.database.read() as connection:
        last = "SELECT address FROM sessions ORDER BY id DESC LIMIT 1"
        return str(connection.exec_driver_sql(last).scalar())


TOLD = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}


def test_a_proxy_is_believed_where_there_is_said_to_be_one(gallery: Gallery) -> None:
    named = {**TOLD, "Host": "reid.example"}
    with served(gallery, Settings(behind_proxy=True)) as url:
        cookie = cookie_of(url, named, "https://reid.example")
        assert cookie.startswith("__Host-omnireid-session-")
        assert latest_address(gallery) == "192.0.2.7"
        assert cookie_of(url, named, "https://evil.example") == "403"


def test_without_one_nobody_says_who_calls(gallery: Gallery) -> None:
    with served(gallery, Settings()) as url:
        assert cookie_of(url, {**TOLD, "Host": "reid.example"}, "https://reid.example") == "400"
        assert cookie_of(url, TOLD, url).startswith("omnireid-session-")
        assert latest_address(gallery) == "127.0.0.1"
