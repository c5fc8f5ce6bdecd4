"""The whole examination, in the order in which trouble is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from omnireid.doctor import installation, machine, site
from omnireid.doctor.findings import Finding, failure


def examine() -> Iterator[Finding]:
    """Look at everything; a look that itself fails is a finding, and the others go on."""
    yield from _look("python", installation.python)
    yield from _look("packages", installation.packages)
    where, settings = site.read_settings()
    yield settings
    yield from _look("clock", machine.clock)
    yield from _look("disk", lambda: machine.disk(where.gallery))
    yield from _look("permissions", lambda: site.permissions(where.gallery))
    yield from _look("write-ahead log", lambda: machine.write_ahead_log(where.gallery))
    yield from _look("model", lambda: site.model(where.model))
    yield from _look("gallery", lambda: site.gallery(where.gallery))
    yield from _look("port", lambda: machine.port(where.host, where.port))
    yield from _look("fonts", machine.fonts)


def _look(subject: str, at: Callable[[], Finding | Iterable[Finding]]) -> Iterator[Finding]:
    try:
        found = at()
        yield from [found] if isinstance(found, Finding) else list(found)
    except Exception as error:  # the examination of a broken machine must come to its end
        yield failure(
            subject,
            "this could not be looked at",
            f"{type(error).__name__}: {error}",
            "mend what stands above first; report this if nothing does",
        )
