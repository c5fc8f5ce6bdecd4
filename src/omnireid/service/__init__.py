"""The HTTP service: a search page and a JSON API over one gallery."""

from omnireid.service.address import is_loopback, listen, url_of
from omnireid.service.app import create_app
from omnireid.service.logs import configure_log
from omnireid.service.running import run

__all__ = ["configure_log", "create_app", "is_loopback", "listen", "run", "url_of"]
