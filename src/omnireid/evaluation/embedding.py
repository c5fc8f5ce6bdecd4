"""Vectors of samples, kept on disk by model and by the content of the files."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np
import numpy.typing as npt

from omnireid.datasets import Problem, Sample
from omnireid.errors import InputError
from omnireid.observation import IMAGE_MODALITIES, Observation

Vectors = npt.NDArray[np.float32]
Progress = Callable[[int, int], None]
"""Called with samples done and samples in all."""

_CHUNK = 256


class Encoding(Protocol):
    """What evaluation needs of an encoder; `omnireid.load()` gives one."""

    @property
    def model_id(self) -> str:
        """Names the space of vectors: figures and cached vectors belong to it alone."""
        ...

    def encode(self, observations: Sequence[Observation]) -> Vectors:
        """One L2-normalised vector an observation, (n, width)."""
        ...


@dataclass(frozen=True, eq=False)
class Embedded:
    """Samples with their vectors (n, width); those that could not be encoded are in `problems`."""

    samples: tuple[Sample, ...]
    vectors: Vectors
    digests: tuple[str, ...]
    problems: tuple[Problem, ...]


class EmbeddingCache:
    """Vectors in one SQLite file, by model and content; safe to stop at any moment."""

    def __init__(self, path: Path | None) -> None:
        """Open or make the file; None keeps the vectors in memory alone.

        Raises:
            InputError: the file cannot be opened or is no such cache.
        """
        self._path = str(path) if path is not None else ":memory:"
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self._path)
            with self._connection:
                self._connection.execute(
                    "CREATE TABLE IF NOT EXISTS vectors (key TEXT PRIMARY KEY, vector BLOB)"
                )
        except (OSError, sqlite3.Error) as error:
            raise InputError(
                f"the cache {self._path} cannot be used",
                str(error),
                "delete the file, or give another folder with --cache",
            ) from error

    def get(self, keys: Sequence[str]) -> dict[str, Vectors]:
        """The vectors that are known, by key."""
        found: dict[str, Vectors] = {}
        with closing(self._connection.cursor()) as cursor:
            for start in range(0, len(keys), 500):
                some = keys[start : start + 500]
                marks = ",".join("?" * len(some))
                cursor.execute(f"SELECT key, vector FROM vectors WHERE key IN ({marks})", some)
                found.update((key, np.frombuffer(blob, dtype=np.float32)) for key, blob in cursor)
        return found

    def put(self, vectors: dict[str, Vectors]) -> None:
        """Keep vectors; on disk when this returns."""
        rows = [(key, vector.astype(np.float32).tobytes()) for key, vector in vectors.items()]
        with self._connection:
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def embed(
    encoder: Encoding,
    samples: Sequence[Sample],
    cache: EmbeddingCache,
    progress: Progress | None = None,
) -> Embedded:
    """Encode samples, taking what the cache knows; each distinct content is encoded once.

    A sample that cannot be read or encoded, or whose vector is not finite, is left out and named.

    Raises:
        InputError: no sample could be encoded.
    """
    problems: list[Problem] = []
    digests: list[str] = []
    for sample in samples:
        try:
            digests.append(content_digest(sample))
        except InputError as error:
            digests.append("")
            problems.append(Problem(_name(sample), error.why))
    wanted = {digest: sample for digest, sample in zip(digests, samples, strict=True) if digest}
    keys = {digest: f"{encoder.model_id}/{digest}" for digest in wanted}
    known = cache.get(list(keys.values()))
    todo = [digest for digest in wanted if keys[digest] not in known]
    failed: dict[str, str] = {}
    for start in range(0, len(todo), _CHUNK):
        some = todo[start : start + _CHUNK]
        fresh, bad = _encode(encoder, {digest: wanted[digest] for digest in some})
        failed.update(bad)
        fresh_by_key = {keys[digest]: vector for digest, vector in fresh.items()}
        cache.put(fresh_by_key)
        known.update(fresh_by_key)
        if progress is not None:
            progress(min(start + _CHUNK, len(todo)), len(todo))
    kept = [
        (sample, known[keys[digest]], digest)
        for sample, digest in zip(samples, digests, strict=True)
        if digest and keys[digest] in known
    ]
    problems += [
        Problem(_name(sample), failed[digest])
        for sample, digest in zip(samples, digests, strict=True)
        if digest in failed
    ]
    if not kept:
        raise InputError(
            "nothing could be encoded",
            str(problems[0]) if problems else "there are no samples",
            "check the data set with `omnireid eval --check`",
        )
    return Embedded(
        tuple(sample for sample, _, _ in kept),
        np.stack([vector for _, vector, _ in kept]),
        tuple(digest for _, _, digest in kept),
        tuple(problems),
    )


def content_digest(sample: Sample) -> str:
    """SHA-256 over the bytes of the sample's pictures and its text, by modality.

    Raises:
        InputError: a picture cannot be read.
    """
    digest = hashlib.sha256()
    for modality in IMAGE_MODALITIES:
        for path in getattr(sample, modality.value):
            digest.update(f"{modality}:{file_digest(path)};".encode())
    digest.update(f"text:{sample.text or ''}".encode())
    return digest.hexdigest()


def file_digest(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        InputError: it cannot be read.
    """
    try:
        state = path.stat()
        return _file_digest(path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise InputError(
            f"{path} could not be read", str(error.strerror), "check the file"
        ) from error


@cache
def _file_digest(path: Path, _modified: int, _size: int) -> str:
    # A run asks for the same file in several trials and in the audit: it is read once.
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encode(
    encoder: Encoding, samples: dict[str, Sample]
) -> tuple[dict[str, Vectors], dict[str, str]]:
    """Vectors by digest, and reasons for those that failed; one bad picture spoils no batch."""
    digests = list(samples)
    observations = [samples[digest].observation() for digest in digests]
    failed: dict[str, str] = {}
    try:
        vectors = dict(zip(digests, encoder.encode(observations), strict=True))
    except InputError:
        vectors = {}
        for digest, observation in zip(digests, observations, strict=True):
            try:
                vectors[digest] = encoder.encode([observation])[0]
            except InputError as error:
                failed[digest] = f"{error.what}: {error.why}"
    for digest, vector in list(vectors.items()):
        if not np.isfinite(vector).all():
            failed[digest] = "its vector holds NaN or infinity"
            del vectors[digest]
    return vectors, failed


def _name(sample: Sample) -> str:
    return str(sample.files[0]) if sample.files else f"text of {sample.identity}"
