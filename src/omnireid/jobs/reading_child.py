"""The reading child: lists folders and decodes pictures, notes and videos under limits."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from omnireid.errors import OmniReIDError
from omnireid.jobs.options import (
    FolderOptions,
    NotesOptions,
    VideoOptions,
    camera_and_start,
    read_options,
)
from omnireid.jobs.wire import Message, Unit, receive, send, send_unit
from omnireid.sources import (
    NoteColumns,
    PictureFile,
    PictureReader,
    Skipped,
    cell_text,
    list_folder,
    open_notes,
    read_table,
)

_NAMES = 500
_TELL_SECONDS = 0.5


@dataclass(frozen=True)
class Limits:
    """What reading may take: bytes of memory beyond the child's own, seconds without a sign of
    life."""

    memory: int = 2_000_000_000
    seconds: float = 60.0


def serve(connection: Connection, limits: Limits) -> None:
    """Answer requests until the worker hangs up."""
    _stand_alone(limits)
    while True:
        try:
            request = receive(connection)
        except (EOFError, OSError):
            return
        try:
            _ANSWERS[request["ask"]](connection, request)
            send(connection, {"end": True})
        except OmniReIDError as error:
            told = {"what": error.what, "why": error.why, "to_do": error.to_do}
            send(connection, {"error": told, "exit_code": error.exit_code})
        except MemoryError:
            # The allocation failed and was given back: an answer can still be made.
            send(connection, {"no_memory": True})
        # Decoders raise almost anything on hostile bytes; each is "cannot be read" there.
        except Exception as error:
            send(connection, {"failed": f"{type(error).__name__}: {error}"[:300]})


def _stand_alone(limits: Limits) -> None:
    # Ctrl-C and systemd tell every process of the group; the worker alone decides when to end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if os.name == "posix":
        import resource

        # What decoders print would only clutter the worker's log.
        null = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(null, stream)
        os.nice(5)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if sys.platform == "linux":
            own = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
            most = own + limits.memory
            resource.setrlimit(resource.RLIMIT_AS, (most, most))
        threading.Thread(target=_follow, args=(os.getppid(),), daemon=True).start()


def _follow(parent: int) -> None:
    """End when the worker is gone, even in the middle of a picture."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _list(connection: Connection, request: Message) -> None:
    options = read_options(request["options"])
    assert isinstance(options, FolderOptions)
    names: list[str] = []
    for one in list_folder(options.path, table=options.table):
        if isinstance(one, Skipped):
            send_unit(connection, Unit(0, one))
        elif not _is_text(str(one)):
            shown = str(one).encode("utf-8", "backslashreplace").decode()
            send_unit(connection, Unit(0, Skipped(shown, "its name is not UTF-8: rename it")))
        else:
            names.append(str(one))
        if len(names) == _NAMES:
            send(connection, {"names": names})
            names = []
    send(connection, {"names": names})


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _pictures(connection: Connection, request: Message) -> None:
    options = read_options(request["options"])
    assert isinstance(options, FolderOptions)
    reader = PictureReader(
        modality=options.modality,
        camera=options.camera,
        pattern=options.pattern,
        table=options.table,
    )
    for key, path, name, source in request["files"]:
        send(connection, {"at": key})
        found = reader.read(PictureFile(Path(path), PurePosixPath(name), source))
        send_unit(connection, Unit(key, found))


def _notes(connection: Connection, request: Message) -> None:
    options = read_options(request["options"])
    assert isinstance(options, NotesOptions)
    columns = NoteColumns(
        options.text_column,
        options.camera_column,
        options.time_column,
        options.picture_column,
        options.modality,
    )
    notes = open_notes(
        options.path,
        columns=columns,
        encoding=options.encoding,
        sheet=options.sheet,
        source=request["source"],
    )
    send(connection, {"total": len(notes.numbers)})
    for number in notes.numbers:
        if number > request["after"]:
            send(connection, {"at": number})
            send_unit(connection, Unit(number, notes.read(number)))


def _video(connection: Connection, request: Message) -> None:
    from omnireid.sources import OnnxDetector, read_video  # only here: OpenCV is an extra

    options = read_options(request["options"])
    assert isinstance(options, VideoOptions)
    camera, start = camera_and_start(options, request["name"])
    told = 0.0

    def tell(share: float) -> None:
        nonlocal told
        if time.monotonic() - told > _TELL_SECONDS:
            told = time.monotonic()
            send(connection, {"share": share})

    walks = read_video(
        options.path,
        camera=camera,
        start=start,
        detector=OnnxDetector(options.detector) if options.detector else None,
        modality=options.modality,
        progress=tell,
        source=request["source"],
    )
    # Walks come in the same order each time: those before `after` are stored already.
    for number, found in enumerate(walks, start=1):
        if number > request["after"]:
            send_unit(connection, Unit(number, found))


def _preview(connection: Connection, request: Message) -> None:
    table = read_table(Path(request["path"]), encoding=request["encoding"], sheet=request["sheet"])
    rows = [[_shown(cell) for cell in cells] for _, cells in table.rows[: request["rows"]]]
    send(connection, {"columns": list(table.columns), "rows": rows, "total": len(table.rows)})


def _shown(cell: object) -> str:
    try:
        return cell_text(cell)[:200]
    except OmniReIDError:
        return "…"


Answer: TypeAlias = Callable[[Connection, Message], None]

_ANSWERS: dict[str, Answer] = {
    "list": _list,
    "pictures": _pictures,
    "notes": _notes,
    "video": _video,
    "preview": _preview,
}
