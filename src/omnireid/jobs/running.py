"""How each kind of job is done, from where it stopped to its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omnireid.errors import InputError
from omnireid.gallery import Gallery
from omnireid.jobs.claims import Claim
from omnireid.jobs.likeness import group_near_duplicates, hash_pictures, unhashed
from omnireid.jobs.options import (
    FolderOptions,
    NearDuplicatesOptions,
    NotesOptions,
    ReindexOptions,
    VideoOptions,
)
from omnireid.jobs.reading import Reader, ReaderError
from omnireid.jobs.reading_child import Limits
from omnireid.jobs.rows import now
from omnireid.jobs.staging import staging_folder
from omnireid.jobs.storing import store
from omnireid.jobs.values import Job, Outcome, Result
from omnireid.jobs.wire import Unit, unit_of
from omnireid.sources import Skipped

BATCH = 32
"""Units stored in one transaction."""
BATCH_SECONDS = 3.0
"""A batch is stored after so long though it is not full: progress is seen, little is lost."""
_CHUNK = 500
_HEARSAY_SECONDS = 0.2
_SHARES = 1000

Beat = Callable[[], None]


@dataclass(frozen=True)
class Work:
    """A claimed job and what it is done with. `beat` raises StopError when the worker is to end."""

    gallery: Gallery
    claim: Claim
    limits: Limits
    beat: Beat

    @property
    def job(self) -> Job:
        """The job as it was claimed."""
        return self.claim.job

    @property
    def since(self) -> str:
        """When the job began, as ledger text."""
        started = self.job.started
        return now() if started is None else started.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def run(work: Work) -> None:
    """Do a job to its end.

    Raises:
        StopError: asked to pause, to cancel, or to end the worker.
        OmniReIDError: the job cannot be done.
    """
    match work.job.options:
        case FolderOptions() as options:
            _folder(work, options)
        case NotesOptions() as options:
            with _told_by_name(work, options.path):
                _rows(work, options)
        case VideoOptions() as options:
            with _told_by_name(work, options.path):
                _walks(work, options)
        case ReindexOptions():
            _reindex(work)
        case NearDuplicatesOptions() as options:
            _hash_all(work)
            group_near_duplicates(work.gallery.database, options.bits)
    if isinstance(work.job.options, FolderOptions | NotesOptions | VideoOptions):
        _hash_new(work)


def _folder(work: Work, options: FolderOptions) -> None:
    with Reader(work.limits) as reader:
        if not work.job.listed:
            _list(work, options, reader)
        while waiting := work.claim.pending(_CHUNK):
            _read_files(work, options, reader, waiting)


def _list(work: Work, options: FolderOptions, reader: Reader) -> None:
    work.claim.forget_list()
    skipped: list[Outcome] = []
    for message in reader.ask({"ask": "list", "options": options.model_dump_json()}):
        if "names" in message:
            work.claim.list_files([str(name) for name in message["names"]])
        else:
            found = unit_of(reader.connection, message).found
            assert isinstance(found, Skipped)
            skipped.append(Outcome(found.source, Result.SKIPPED, found.reason))
        work.beat()
    work.claim.end_list(skipped)


def _read_files(
    work: Work,
    options: FolderOptions,
    reader: Reader,
    waiting: Iterable[tuple[int, str, str | None]],
) -> None:
    staged = staging_folder(work.gallery.folder, work.job.staged)
    files, sources = [], {}
    for key, name, stored_as in waiting:
        path = options.path / name
        sources[key] = str(path)
        if staged is not None and stored_as is not None:
            path = staged / stored_as
            sources[key] = f"upload/{work.job.id}/{name}"
        files.append((key, str(path), name, sources[key]))
    request = {"ask": "pictures", "options": options.model_dump_json(), "files": files}
    try:
        _ingest(work, reader, request, positions=False)
    except _UnitError as died:
        skipped = Outcome(sources[died.key], Result.SKIPPED, died.reason, file_id=died.key)
        work.claim.record([skipped])


def _rows(work: Work, options: NotesOptions) -> None:
    source, path = _place(work, options.path)
    told = options.model_copy(update={"path": path}).model_dump_json()
    after = int(work.job.position or 0)
    with Reader(work.limits) as reader:
        while True:
            request = {"ask": "notes", "options": told, "source": source, "after": after}
            try:
                return _ingest(work, reader, request, positions=True)
            except _UnitError as died:
                after = died.key
                skipped = Outcome(f"{source}#row={after}", Result.SKIPPED, died.reason)
                work.claim.record([skipped], position=after)


def _walks(work: Work, options: VideoOptions) -> None:
    source, path = _place(work, options.path)
    request = {
        "ask": "video",
        "options": options.model_copy(update={"path": path}).model_dump_json(),
        "source": source,
        "name": options.path.name,
        "after": int(work.job.position or 0),
    }
    skipped: list[Outcome] = []
    with Reader(work.limits) as reader:
        try:
            _ingest(work, reader, request, positions=True)
        # The film itself is what cannot be read; the walks before are stored.
        except ReaderError as died:
            skipped = [Outcome(source, Result.SKIPPED, died.reason)]
    work.claim.record(skipped, handled=_SHARES, total=_SHARES)


class _UnitError(Exception):
    """The child died at the unit with this key."""

    def __init__(self, key: int, reason: str) -> None:
        super().__init__(reason)
        self.key, self.reason = key, reason


def _ingest(work: Work, reader: Reader, request: Mapping[str, Any], *, positions: bool) -> None:
    """Read, store and record what a request gives, batch by batch.

    positions: a unit's key is its place, and the work goes on after it; else it is the file's row.

    Raises:
        _UnitError: the child died at a unit that it had named; all before it is stored.
        ReaderError: it died otherwise.
    """
    batch: list[Unit] = []
    at: int | None = None
    share: float | None = None
    began = time.monotonic()

    def flush() -> None:
        nonlocal batch, began
        outcomes = store(work.gallery, batch, work.since, by_row=not positions)
        handled, total = (None, None) if share is None else (round(share * _SHARES), _SHARES)
        position = batch[-1].key if batch and positions else None
        batch, began = [], time.monotonic()
        work.claim.record(outcomes, position=position, handled=handled, total=total)

    try:
        for message in reader.ask(request):
            match message:
                case {"at": key}:
                    at = int(key)
                case {"total": total}:
                    work.claim.record(total=int(total))
                case {"share": told}:
                    # Watched again after a pause, a film does not take back what is done.
                    share = max(float(told), work.job.handled / _SHARES)
                case _:
                    batch.append(unit_of(reader.connection, message))
            if len(batch) >= BATCH or time.monotonic() - began > BATCH_SECONDS:
                flush()
            work.beat()
        flush()
    except ReaderError as died:
        # When the whole group of processes is told to end, the child may hear it first.
        time.sleep(_HEARSAY_SECONDS)
        work.beat()
        flush()
        if at is None:
            raise
        raise _UnitError(at, died.reason) from died


def _place(work: Work, path: Path) -> tuple[str, Path]:
    """What the one file of a job is called, and where it lies: as given, or as uploaded."""
    staged = staging_folder(work.gallery.folder, work.job.staged)
    if staged is None:
        return str(path), path
    return f"upload/{work.job.id}/{path.name}", next(staged.glob("000000*"), staged)


@contextmanager
def _told_by_name(work: Work, path: Path) -> Iterator[None]:
    """Let what is said of an upload name it as it was called, not as it is kept."""
    _, kept = _place(work, path)
    try:
        yield
    except InputError as error:
        raise InputError(
            error.what.replace(kept.name, path.name), error.why, error.to_do
        ) from error


def _reindex(work: Work) -> None:
    """Write the indexes anew, and read the attributes that items lack."""
    done = work.job.handled
    work.claim.record(total=max(done, 1) + work.gallery.unread())
    if done == 0:
        work.gallery.rebuild_index()
        done = 1
        work.claim.record(handled=done)
    for count in work.gallery.read_attributes():
        done += count
        work.claim.record(handled=done)
        work.beat()


def _hash_all(work: Work) -> None:
    done = work.job.handled
    work.claim.record(total=done + unhashed(work.gallery.database))
    for count in hash_pictures(work.gallery):
        done += count
        work.claim.record(handled=done)
        work.beat()


def _hash_new(work: Work) -> None:
    for _ in hash_pictures(work.gallery):
        work.beat()
