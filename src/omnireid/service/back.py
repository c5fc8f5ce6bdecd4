"""Where a page leads back to: this service, never another site."""

from __future__ import annotations


def local_path(wanted: str) -> str:
    """The address if it is one of this service, else the start page.

    >>> local_path("/?text=red"), local_path("//evil.example"), local_path("https://evil.example")
    ('/?text=red', '/', '/')
    """
    # "//host" and "/\\host" are other hosts to a browser.
    local = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return wanted if local and wanted.isprintable() else "/"
