"""Adding observations: read, encode, keep pictures, commit, a batch at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np
import numpy.typing as npt

from omnireid.errors import GalleryError, InputError, ModelError
from omnireid.gallery import ledger
from omnireid.gallery.attributes import Readings
from omnireid.gallery.content import Content, KeptPicture, keep_pictures, read_content
from omnireid.gallery.faults import reach
from omnireid.gallery.ledger import NewItem
from omnireid.gallery.store import Store, writable
from omnireid.gallery.values import AddReport, Encoder, ReadingEncoder, Skipped
from omnireid.images import ImageInput
from omnireid.observation import IMAGE_MODALITIES, Observation

Progress = Callable[[int], None]
"""Called after each batch is committed, with the number of observations dealt with so far."""

_NORM_TOLERANCE = 1e-2


@dataclass
class _Tally:
    added: int = 0
    duplicates: int = 0
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def handled(self) -> int:
        return self.added + self.duplicates + len(self.skipped)


@dataclass(frozen=True)
class _Candidate:
    content: Content
    label: str
    pictures: tuple[KeptPicture, ...] = ()


def add_observations(
    store: Store,
    encoder: Encoder,
    observations: Iterable[Observation],
    batch_size: int,
    progress: Progress | None,
) -> AddReport:
    """See Gallery.add."""
    tally = _Tally()
    source = iter(observations)
    try:
        while batch := list(islice(source, batch_size)):
            _add_batch(store, encoder, batch, tally)
            if progress is not None:
                progress(tally.handled)
    except GalleryError as error:
        if not tally.added:
            raise
        raise GalleryError(
            error.what,
            f"{error.why} ({tally.added} new items were stored before that and are safe)",
            error.to_do,
        ) from error
    return AddReport(tally.added, tally.duplicates, tuple(tally.skipped))


def checked_vectors(
    encoder: Encoder, observations: Sequence[Observation]
) -> npt.NDArray[np.float32]:
    """(n, width) vectors of the encoder, found fit to be stored and searched with.

    Raises:
        InputError: an observation that cannot be encoded.
        ModelError: the encoder broke its promise.
    """
    return _checked(encoder, np.asarray(encoder.encode(observations)), len(observations))


def _vectors_and_readings(
    encoder: Encoder, observations: Sequence[Observation]
) -> tuple[npt.NDArray[np.float32], Sequence[Readings]]:
    if not isinstance(encoder, ReadingEncoder):
        return checked_vectors(encoder, observations), [()] * len(observations)
    vectors, readings = encoder.encode_and_read(observations)
    return _checked(encoder, np.asarray(vectors), len(observations)), readings


def _checked(
    encoder: Encoder, vectors: npt.NDArray[np.floating], count: int
) -> npt.NDArray[np.float32]:
    expected = (count, encoder.width)
    if vectors.shape != expected:
        why = f"it gave vectors of shape {vectors.shape} instead of {expected}"
    elif not np.isfinite(vectors).all():
        why = "it gave vectors that are not finite"
    elif (np.abs(np.linalg.norm(vectors, axis=1) - 1) > _NORM_TOLERANCE).any():
        why = "it gave vectors that are not of length 1"
    else:
        return vectors.astype(np.float32)
    raise ModelError(
        f"the model {encoder.model_id} cannot be used", why, "verify its folder or use another"
    )


def _add_batch(store: Store, encoder: Encoder, batch: Sequence[Observation], tally: _Tally) -> None:
    candidates = list(_read(store, batch, tally))
    with store.database.read() as connection:
        known = ledger.known_hashes(connection, (c.content.content_hash for c in candidates))
    fresh: list[_Candidate] = []
    for candidate in candidates:
        if candidate.content.content_hash in known:
            tally.duplicates += 1
            continue
        try:
            pictures = keep_pictures(candidate.content.observation)
        except InputError as error:
            tally.skipped.append(_skipped(candidate.label, error))
            continue
        # The same content twice in one batch is one item.
        known |= {candidate.content.content_hash}
        fresh.append(replace(candidate, pictures=pictures))
    new = list(_encode(encoder, fresh, tally))
    if new:
        tally.added += (stored := _commit(store, new))
        tally.duplicates += len(new) - stored


def _read(store: Store, batch: Sequence[Observation], tally: _Tally) -> Iterator[_Candidate]:
    for number, observation in enumerate(batch, start=tally.handled + 1):
        label = _label(observation, number)
        try:
            yield _Candidate(read_content(observation, store.local), label)
        except InputError as error:
            tally.skipped.append(_skipped(label, error))


def _encode(encoder: Encoder, candidates: Sequence[_Candidate], tally: _Tally) -> Iterator[NewItem]:
    if not candidates:
        return
    try:
        vectors, readings = _vectors_and_readings(
            encoder, [c.content.observation for c in candidates]
        )
    except InputError as error:
        if len(candidates) == 1:
            tally.skipped.append(_skipped(candidates[0].label, error))
            return
        # One of them cannot be encoded: find it, keep the others.
        for candidate in candidates:
            yield from _encode(encoder, [candidate], tally)
        return
    for candidate, vector, read in zip(candidates, vectors, readings, strict=True):
        # Off pictures alone: what a note leaves open would be guessed.
        kept = read if candidate.pictures else ()
        yield NewItem(candidate.content, candidate.pictures, vector.astype(np.float16), kept)


def _commit(store: Store, new: Sequence[NewItem]) -> int:
    pictures = {p.digest: p for item in new for p in item.pictures}.values()
    with writable(store.folder):
        if pictures:
            with store.database.write() as connection:
                ledger.announce_pictures(connection, (p.digest for p in pictures))
            reach("add.pictures_announced")
            store.pictures.write(pictures)
            reach("add.pictures_written")
        with store.database.write() as connection:
            # Another process may have added the same content since it was looked up, or swept
            # the announced files: under the write lock neither can happen any more.
            known = ledger.known_hashes(connection, (i.content.content_hash for i in new))
            unknown = [item for item in new if item.content.content_hash not in known]
            store.pictures.write(p for item in unknown for p in item.pictures)
            if unknown:
                ledger.insert_items(connection, unknown, store.state.model_key)
            reach("add.items_inserted")
    reach("add.committed")
    return len(unknown)


def _skipped(label: str, error: InputError) -> Skipped:
    return Skipped(label, f"{error.what}: {error.why}")


def _label(observation: Observation, number: int) -> str:
    if observation.source is not None:
        return observation.source
    images: list[ImageInput] = [i for m in IMAGE_MODALITIES for i in observation.images(m)]
    paths = [os.fspath(i) for i in images if isinstance(i, str | os.PathLike)]
    return paths[0] if paths else f"observation {number}"
