"""The worker's side of reading: a child process that may die of a hostile file, and does not
matter."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Self

from omnireid.errors import InputError, MissingExtraError
from omnireid.jobs.options import NotesOptions
from omnireid.jobs.reading_child import Limits, serve
from omnireid.jobs.wire import Message, receive, send

_MEGABYTE = 1_000_000
_OPENING = 10
"""Times longer that the first word may take."""


# Never forked off this process: a child of a process with threads may hang, and must not hold the
# gallery's files or the model. A server that has imported everything forks children at once.
_SERVED = "forkserver" in multiprocessing.get_all_start_methods()
_context = (
    multiprocessing.get_context("forkserver") if _SERVED else multiprocessing.get_context("spawn")
)
if _SERVED:
    _context.set_forkserver_preload([serve.__module__])


class ReaderError(Exception):
    """The child was killed or died while it read; `reason` is for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader:
    """A reading child, started when first asked, and anew after it died."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._process: BaseProcess | None = None
        self._connection: Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def connection(self) -> Connection:
        """The line to the child, for what follows a message."""
        assert self._connection is not None
        return self._connection

    def ask(self, request: Mapping[str, Any]) -> Iterator[Message]:
        """What the child answers, message by message.

        Raises:
            ReaderError: it took too much memory or time, or died.
            InputError, MissingExtraError: what it was asked to read cannot be read at all.
        """
        # Given up in the middle, the rest of the answer would be taken for the next one.
        whole = False
        try:
            connection = self._started()
            send(connection, request)
            # A child takes a while to start, a long film or a large table to be looked through.
            patience = _OPENING * self._limits.seconds
            while True:
                if not connection.poll(patience):
                    raise ReaderError(f"reading it was given up after {patience:.0f} seconds")
                patience = self._limits.seconds
                message = receive(connection)
                if "end" in message or "error" in message:
                    whole = True
                    break
                if "no_memory" in message:
                    raise ReaderError(self._memory_reason())
                if "failed" in message:
                    raise ReaderError(f"it could not be read ({message['failed']})")
                yield message
        except (EOFError, OSError):
            raise ReaderError(self._death()) from None
        finally:
            if not whole:
                self.close()
        if "error" in message:
            told = message["error"]
            kind = (
                MissingExtraError
                if message["exit_code"] == MissingExtraError.exit_code
                else InputError
            )
            raise kind(str(told["what"]), str(told["why"]), str(told["to_do"]))

    def close(self) -> None:
        """End the child."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._process is not None:
            self._process.kill()
            self._process.join()
            self._process = None

    def _started(self) -> Connection:
        if self._connection is None:
            ours, theirs = _context.Pipe()
            process = _context.Process(target=serve, args=(theirs, self._limits), daemon=True)
            process.start()
            theirs.close()
            self._process, self._connection = process, ours
        return self._connection

    def _memory_reason(self) -> str:
        megabytes = self._limits.memory // _MEGABYTE
        return f"reading it needs more than {megabytes:,} MB of memory (setting job_memory_mb)"

    def _death(self) -> str:
        if self._process is None:
            return "the process that read it is gone"
        self._process.join(5)
        code = self._process.exitcode
        return f"the process that read it died (exit code {code}): the file is damaged or hostile"


@dataclass(frozen=True)
class Preview:
    """The head of a note file: its columns, its first rows as text, how many rows it has."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: int


def preview_notes(options: NotesOptions, limits: Limits, *, rows: int = 5) -> Preview:
    """The first rows of a note file, read in a child under limits.

    Raises:
        InputError: the file cannot be read.
    """
    request = {
        "ask": "preview",
        "path": str(options.path),
        "encoding": options.encoding,
        "sheet": options.sheet,
        "rows": rows,
    }
    try:
        with Reader(limits) as reader:
            told = next(reader.ask(request))
    except ReaderError as died:
        raise InputError(
            f"{options.path.name} could not be read", died.reason, "split it into several files"
        ) from died
    return Preview(
        tuple(str(name) for name in told["columns"]),
        tuple(tuple(str(cell) for cell in row) for row in told["rows"]),
        int(told["total"]),
    )
