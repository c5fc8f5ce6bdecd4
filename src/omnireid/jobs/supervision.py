"""The worker as a process of its own: started beside the page, and anew when it dies."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

_log = logging.getLogger("omnireid.jobs")

_FIRST_WAIT, _LONGEST_WAIT = 1.0, 60.0
_GRACE_SECONDS = 20.0


class WorkerProcess:
    """Keeps `omnireid jobs work --follow` alive while it is entered.

    Whatever a hostile file does to the worker, the page goes on. The worker's standard input is a
    pipe that nobody writes to: it ends with this process, however that ends, and then the worker
    ends too.
    """

    def __init__(self, gallery: Path, model: str) -> None:
        self._command = worker_command(gallery, model)
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name="job worker", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        process = self._process
        if process is not None and process.stdin is not None:
            process.stdin.close()
            try:
                process.wait(_GRACE_SECONDS)
            except subprocess.TimeoutExpired:
                # Nothing is lost: the next worker takes the job over.
                process.kill()
        self._thread.join()

    def _keep(self) -> None:
        wait = _FIRST_WAIT
        while not self._stopping.is_set():
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
            )
            if self._stopping.is_set():
                self._process.kill()
            code = self._process.wait()
            if self._stopping.is_set():
                return
            _log.warning("the job worker ended with %d and is started again", code)
            self._stopping.wait(wait)
            wait = min(2 * wait, _LONGEST_WAIT)


def worker_command(gallery: Path, model: str) -> Sequence[str]:
    """The command line of the worker beside the page."""
    return (
        sys.executable,
        "-m",
        "omnireid",
        "jobs",
        "work",
        "--follow",
        "--beside-page",
        "--gallery",
        os.fspath(gallery.resolve()),
        "--model",
        model,
    )


def stop_when_input_ends(stop: threading.Event) -> None:
    """Set `stop` once standard input ends: whoever started this process is gone."""

    def wait() -> None:
        while sys.stdin.buffer.read(4096):
            pass
        stop.set()

    threading.Thread(target=wait, name="parent", daemon=True).start()
