"""The background check of the whole gallery and its audit log. Never in the way of a request."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from omnireid.errors import OmniReIDError
from omnireid.service.logs import entry

_log = logging.getLogger("omnireid.integrity")

_FIRST_AFTER_SECONDS = 60.0


@dataclass(frozen=True)
class Findings:
    """What one check found. `problems` are kinds and counts, such as {"picture": 2}; `fault` says
    why the check could not be done to its end."""

    began: datetime
    seconds: float
    items: int
    pictures: int
    problems: Mapping[str, int]
    audit_entries: int
    audit_whole: bool
    audit_head: str
    fault: str | None = None

    @property
    def whole(self) -> bool:
        """Whether all was read and nothing is wrong."""
        return not self.problems and self.audit_whole and self.fault is None


Check = Callable[[], Findings]


class IntegrityWatch:
    """Runs a check in a thread of its own: some time after the start, then at intervals."""

    def __init__(self, check: Check, interval_seconds: float) -> None:
        """`interval_seconds`: 0 checks only when asked to."""
        self._check, self._interval = check, interval_seconds
        self._wake = threading.Event()
        self._ended = False
        self._running = False
        self._last: Findings | None = None
        self._thread: threading.Thread | None = None

    @property
    def last(self) -> Findings | None:
        """The findings of the last check since the service started."""
        return self._last

    @property
    def running(self) -> bool:
        """Whether a check is under way."""
        return self._running

    def start(self) -> None:
        """Begin to check in the background."""
        self._ended = False
        self._thread = threading.Thread(target=self._watch, name="integrity", daemon=True)
        self._thread.start()

    def check_soon(self) -> None:
        """Have a check done now; returns at once."""
        self._wake.set()

    def stop(self) -> None:
        """Check no more. A check that is under way is not waited for."""
        self._ended = True
        self._wake.set()

    def figures(self) -> Mapping[str, float]:
        """For the metrics; empty before the first check."""
        if (last := self._last) is None:
            return {}
        return {
            "whole": float(last.whole),
            "problems": float(sum(last.problems.values())),
            "checked_timestamp_seconds": last.began.timestamp(),
            "seconds": last.seconds,
            "audit_entries": float(last.audit_entries),
        }

    def _watch(self) -> None:
        wait = min(_FIRST_AFTER_SECONDS, self._interval)
        while True:
            self._wake.wait(wait or None)
            self._wake.clear()
            if self._ended:
                return
            self._running = True
            try:
                self._last = self._check()
            finally:
                self._running = False
            _log.log(
                logging.INFO if self._last.whole else logging.ERROR,
                "integrity",
                extra=entry(
                    whole=self._last.whole,
                    seconds=round(self._last.seconds, 1),
                    items=self._last.items,
                    problems=sum(self._last.problems.values()),
                    audit_entries=self._last.audit_entries,
                    fault=self._last.fault,
                ),
            )
            wait = self._interval


def timed(read: Callable[[], Findings]) -> Findings:
    """The findings with the time they took; a check that fails is a finding too."""
    began, clock = datetime.now(UTC), time.perf_counter()
    try:
        found = read()
    except OmniReIDError as error:
        found = Findings(began, 0, 0, 0, {}, 0, False, "", fault=error.code)
    except Exception as error:
        _log.error("the integrity check stopped at a fault", exc_info=error)
        found = Findings(began, 0, 0, 0, {}, 0, False, "", fault=type(error).__name__)
    return replace(found, began=began, seconds=time.perf_counter() - clock)
