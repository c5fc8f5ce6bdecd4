"""What test data share: with each other, and with what a model was trained on."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from omnireid.datasets import Sample, cards, shared_between
from omnireid.errors import InputError
from omnireid.evaluation.embedding import file_digest

_EXAMPLES = 5


@dataclass(frozen=True)
class Overlap:
    """One finding: what is shared, how often, a few examples, and what it means."""

    what: str
    count: int
    examples: tuple[str, ...]
    meaning: str

    def __str__(self) -> str:
        shown = ", ".join(self.examples)
        return f"{self.what}: {self.count:,} ({shown}). {self.meaning}"


def audit_test(query: Sequence[Sample], gallery: Sequence[Sample]) -> tuple[Overlap, ...]:
    """Same files on both sides, twice in the gallery, and the same file under two identities.

    A query that is its own gallery item (all against all) is no copy: the rule removes it.
    """
    by_digest = _digests((*query, *gallery))
    asked, kept = _samples_of(query), _samples_of(gallery)
    copied = sorted(
        digest for digest in asked.keys() & kept.keys() if len(asked[digest] | kept[digest]) > 1
    )
    times = Counter(digest for sample in gallery for digest in set(_of(sample)))
    repeated = sorted(digest for digest, count in times.items() if count > 1)
    conflicts = sorted(
        digest
        for digest, places in by_digest.items()
        if len({identity for identity, _ in places}) > 1
    )
    copies = _finding(
        "files that are both query and gallery",
        copied,
        by_digest,
        "A copy is trivially found: figures are too high. Remove one of each pair",
    )
    twice = _finding(
        "files that are in the gallery more than once",
        repeated,
        by_digest,
        "Each counts as an image of its own, for or against the model. Keep one",
    )
    doubted = _finding(
        "files that carry two identities",
        conflicts,
        by_digest,
        "One of the labels is wrong: figures are wrong in an unknown direction. Correct them",
    )
    return (*copies, *twice, *doubted)


def audit_training(
    train: Sequence[Sample], test: Sequence[Sample], *, same_naming: bool = True
) -> tuple[Overlap, ...]:
    """Files and identity names that training and test data share.

    `same_naming`: both name people in one scheme, so that an equal name means an equal person.
    """
    seen = _digests(train)
    tested = _digests(test)
    shared = sorted(seen.keys() & tested.keys())
    found = list(
        _finding(
            "files in training and test",
            shared,
            tested,
            "The result is not a test of unseen people",
        )
    )
    names = sorted({s.identity for s in train} & {s.identity for s in test})
    if names and same_naming:
        found.append(
            Overlap(
                "identity names in training and test",
                len(names),
                tuple(names[:_EXAMPLES]),
                "Unless the names are counted anew, the same people were trained on",
            )
        )
    return tuple(found)


def known_sharing(training_data: str, dataset: str) -> tuple[str, ...]:
    """Notes for a model whose training data are described in words, on a test set."""
    notes: list[str] = []
    for name in sets_named_in(training_data):
        if name == dataset:
            notes.append(f"the model was trained on {cards()[name].title}")
            continue
        shared = shared_between(name, dataset)
        if shared is not None:
            notes.append(f"trained on {cards()[name].title}: {shared}")
    return tuple(notes)


def sets_named_in(training_data: str) -> tuple[str, ...]:
    """The known data sets that a description of training data names.

    A longer name is not also its shorter part: Tri-CUHK-PEDES does not name CUHK-PEDES. Names may
    be written with or without their hyphens, and a release may follow: CUHK03-NP is CUHK03.

    >>> sets_named_in("Market-1501 and Tri-CUHK-PEDES")
    ('market1501', 'tri_cuhk')
    """
    text = training_data.lower()
    found: list[str] = []
    for card in sorted(cards().values(), key=lambda card: -len(card.title)):
        for name in {card.title.lower(), card.name}:
            loose = re.sub(r"[-_]", "[-_ ]?", name)
            whole = re.compile(rf"(?<![\w-]){loose}(?:v\d)?(?![^\W_])")
            if whole.search(text) and card.name != "folder":
                found.append(card.name)
                text = whole.sub(" ", text)
    return tuple(sorted(set(found)))


def _samples_of(samples: Iterable[Sample]) -> dict[str, set[Sample]]:
    """Digest of each picture to the samples that hold it."""
    found: dict[str, set[Sample]] = defaultdict(set)
    for sample in samples:
        for digest in _of(sample):
            found[digest].add(sample)
    return found


def _of(sample: Sample) -> list[str]:
    digests: list[str] = []
    for path in sample.files:
        try:
            digests.append(file_digest(path))
        except InputError:
            continue  # unreadable files are listed where samples are encoded
    return digests


def _digests(samples: Iterable[Sample]) -> dict[str, list[tuple[str, str]]]:
    """Digest to (identity, path) of every picture."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for sample in samples:
        for path in sample.files:
            try:
                found[file_digest(path)].append((sample.identity, str(path)))
            except InputError:
                continue
    return found


def _finding(
    what: str, digests: list[str], places: dict[str, list[tuple[str, str]]], meaning: str
) -> tuple[Overlap, ...]:
    if not digests:
        return ()
    examples = tuple(
        " = ".join(sorted({path for _, path in places[digest]})[:2])
        for digest in digests[:_EXAMPLES]
    )
    return (Overlap(what, len(digests), examples, meaning),)
