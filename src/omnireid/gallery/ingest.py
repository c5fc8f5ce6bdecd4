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
from omnireid.gallery.blocked import REASON, any_blocked, blocked
from omnireid.gallery.blurring import Blur, blur_observation
from omnireid.gallery.content import (
    Content,
    KeptPicture,
    keep_pictures,
    read_content,
    source_digests,
)
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
    fingerprints: frozenset[str] = frozenset()


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
        watching = any_blocked(connection)
    fresh: list[_Candidate] = []
    for candidate in candidates:
        if candidate.content.content_hash in known:
            tally.duplicates += 1
            continue
        try:
            pictures = keep_pictures(candidate.content.observation, store.blur)
            fingerprints = _fingerprints(candidate, pictures) if watching else frozenset()
        except InputError as error:
            tally.skipped.append(_skipped(candidate.label, error))
            continue
        # The same content twice in one batch is one item.
        known |= {candidate.content.content_hash}
        fresh.append(replace(candidate, pictures=pictures, fingerprints=fingerprints))
    fresh = list(_allowed(store, fresh, tally))
    new = list(_encode(encoder, store.blur, fresh, tally))
    if new:
        tally.added += (stored := _commit(store, new))
        tally.duplicates += len(new) - stored


def _fingerprints(candidate: _Candidate, pictures: Iterable[KeptPicture] = ()) -> frozenset[str]:
    """Every hash under which this content may have been erased, whatever was blurred then."""
    observation = candidate.content.observation
    kept = {picture.digest for picture in pictures}
    for blur in (Blur.OFF, Blur.THUMBNAILS):
        kept.update(picture.digest for picture in keep_pictures(observation, blur))
    return frozenset({candidate.content.content_hash, *source_digests(observation), *kept})


def _allowed(store: Store, candidates: Iterable[_Candidate], tally: _Tally) -> Iterator[_Candidate]:
    """The candidates whose content nobody had erased."""
    candidates = list(candidates)
    with store.database.read() as connection:
        refused = blocked(
            connection, store.folder, frozenset().union(*(c.fingerprints for c in candidates))
        )
    for candidate in candidates:
        if candidate.fingerprints & refused:
            tally.skipped.append(Skipped(candidate.label, REASON))
        else:
            yield candidate


def _read(store: Store, batch: Sequence[Observation], tally: _Tally) -> Iterator[_Candidate]:
    for number, observation in enumerate(batch, start=tally.handled + 1):
        label = _label(observation, number)
        try:
            yield _Candidate(read_content(observation, store.local), label)
        except InputError as error:
            tally.skipped.append(_skipped(label, error))


def _encode(
    encoder: Encoder, blur: Blur, candidates: Sequence[_Candidate], tally: _Tally
) -> Iterator[NewItem]:
    if not candidates:
        return
    seen = [c.content.observation for c in candidates]
    try:
        if blur is Blur.EMBEDDING:
            seen = [blur_observation(observation) for observation in seen]
        vectors, readings = _vectors_and_readings(encoder, seen)
    except InputError as error:
        if len(candidates) == 1:
            tally.skipped.append(_skipped(candidates[0].label, error))
            return
        # One of them cannot be encoded: find it, keep the others.
        for candidate in candidates:
            yield from _encode(encoder, blur, [candidate], tally)
        return
    for candidate, vector, read in zip(candidates, vectors, readings, strict=True):
        # Off pictures alone: what a note leaves open would be guessed.
        kept = read if candidate.pictures else ()
        yield NewItem(candidate.content, candidate.pictures, vector.astype(np.float16), kept, blur)


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
            # Nor may an erasure have ended since: its own content is then refused at last here.
            refused = blocked(connection, store.folder, _committed(unknown))
            unknown = [item for item in unknown if not refused & _committed([item])]
            store.pictures.write(p for item in unknown for p in item.pictures)
            if unknown:
                ledger.insert_items(connection, unknown, store.state.model_key)
            reach("add.items_inserted")
    reach("add.committed")
    return len(unknown)


def _committed(new: Iterable[NewItem]) -> frozenset[str]:
    kept = {picture.digest for item in new for picture in item.pictures}
    return frozenset(kept | {item.content.content_hash for item in new})


def _skipped(label: str, error: InputError) -> Skipped:
    return Skipped(label, f"{error.what}: {error.why}")


def _label(observation: Observation, number: int) -> str:
    if observation.source is not None:
        return observation.source
    images: list[ImageInput] = [i for m in IMAGE_MODALITIES for i in observation.images(m)]
    paths = [os.fspath(i) for i in images if isinstance(i, str | os.PathLike)]
    return paths[0] if paths else f"observation {number}"
