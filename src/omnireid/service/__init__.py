"""The HTTP service: a search page and a JSON API over one gallery."""

from omnireid.service.address import check_tls, is_loopback, listen, url_of
from omnireid.service.app import create_app
from omnireid.service.logs import configure_log
from omnireid.service.running import run
from omnireid.service.site import Site
from omnireid.service.trail import trail_into

__all__ = [
    "Site",
    "check_tls",
    "configure_log",
    "create_app",
    "is_loopback",
    "listen",
    "run",
    "trail_into",
    "url_of",
]
