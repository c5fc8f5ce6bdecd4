"""Where the service listens: this machine alone, until someone says otherwise in so many words."""

from __future__ import annotations

import ipaddress
import socket

from omnireid.errors import InputError

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


def listen(host: str, port: int, *, allow_network: bool) -> socket.socket:
    """A socket that listens on the address; port 0 takes a free one.

    Raises:
        InputError: the address is open to the network and `allow_network` is False, or it cannot
            be used.
    """
    if not allow_network and not is_loopback(host):
        raise InputError(
            f"the page was not opened on {host}",
            "that address is reachable from the network, and this version has no login",
            "leave --host at 127.0.0.1, or add --allow-network if the network is yours alone",
        )
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
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


def url_of(opened: socket.socket) -> str:
    """The address for a browser."""
    host, port = opened.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
