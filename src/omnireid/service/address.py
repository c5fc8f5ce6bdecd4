"""Where the service listens: this machine alone, until someone says otherwise in so many words."""

from __future__ import annotations

import ipaddress
import socket
import ssl

from omnireid.errors import InputError
from omnireid.settings import Settings

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]", "::1")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`.

    >>> is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
    (True, False)
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def listen(
    host: str, port: int, *, allow_network: bool, settings: Settings | None = None
) -> socket.socket:
    """A socket that listens on the address; port 0 takes a free one.

    Raises:
        InputError: the address is open to the network, and `allow_network` is False or neither TLS
            nor a proxy protects it; or it cannot be used.
    """
    if not is_loopback(host):
        if not allow_network:
            raise InputError(
                f"the page was not opened on {host}",
                "that address is reachable from the network",
                "leave --host at 127.0.0.1, or add --allow-network if others shall reach it",
            )
        if settings is not None and not (settings.tls_certificate or settings.behind_proxy):
            raise InputError(
                f"the page was not opened on {host}",
                "without TLS, passwords and pictures would cross the network readable by others",
                "set tls_certificate and tls_key, or add --behind-proxy where a proxy ends TLS",
            )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol by name: asyncio turns Nagle's delay (40 ms an answer) off where it sees TCP.
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host.strip("[]"), port))
        opened.listen(128)
    except OSError as error:
        opened.close()
        raise InputError(
            f"the page could not be opened on {host}:{port}",
            error.strerror or str(error),
            "choose another --port (0 takes a free one)",
        ) from error
    return opened


def url_of(opened: socket.socket, *, tls: bool = False) -> str:
    """The address for a browser."""
    host, port = opened.getsockname()[:2]
    scheme = "https" if tls else "http"
    return f"{scheme}://[{host}]:{port}/" if ":" in host else f"{scheme}://{host}:{port}/"


def check_tls(settings: Settings) -> bool:
    """Whether the page is served over TLS, with files that were found to fit.

    Raises:
        InputError: a file is missing, unreadable or does not belong to the other.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if certificate is None and key is None:
        return False
    if certificate is None or key is None:
        raise InputError(
            "TLS cannot be used",
            "one of tls_certificate and tls_key is set and the other is not",
            "set both, or neither",
        )
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise InputError(
            f"TLS cannot be used with {certificate} and {key}",
            str(error.strerror or error),
            "give a certificate (PEM, with its chain) and the key that belongs to it, both "
            "readable by the user that runs omnireid",
        ) from error
    return True
