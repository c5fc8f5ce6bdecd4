"""The validator: which queries can be scored at all, why the others cannot, what to do."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from omnireid.datasets import DataSet, Problem, Sample
from omnireid.errors import InputError
from omnireid.evaluation.audit import Overlap, audit_test
from omnireid.evaluation.draws import Trial
from omnireid.evaluation.embedding import Progress
from omnireid.evaluation.exclusion import NO_EXCLUSION, SAME_CAMERA, SAME_PICTURE, Exclusion
from omnireid.evaluation.protocols import Protocol
from omnireid.evaluation.ranking import CmcRule, QueryRanks, Validity
from omnireid.evaluation.running import Options, Samples, rank_samples, wrong_galleries
from omnireid.images import open_image

_UNREADABLE = "a picture of it cannot be read"
_STEP = 256


@dataclass(frozen=True)
class DataCheck:
    """What an evaluation would and would not count, before any model runs."""

    protocol: str
    exclusion: str
    num_query: int
    num_scorable: int
    num_gallery: int
    unscorable: dict[str, int]
    examples: dict[str, tuple[str, ...]]
    scorable_by_rule: dict[str, int]
    cameras: tuple[str, ...]
    advice: tuple[str, ...]
    overlaps: tuple[Overlap, ...]
    problems: tuple[Problem, ...]


def check_data(
    data: DataSet,
    protocol: Protocol,
    exclusion: Exclusion | None = None,
    progress: Progress | None = None,
) -> DataCheck:
    """Count the scorable queries of the first trial, under the rule and under the alternatives.

    Every picture is decoded: what cannot be read is neither a query nor in the gallery.

    Raises:
        InputError: a split that the protocol needs is missing.
    """
    rule = exclusion or protocol.exclusion
    drawn = protocol.draw(data, 0)
    faults = _unreadable((*drawn.query, *drawn.gallery), progress)
    trial = Trial(
        tuple(sample for sample in drawn.query if sample not in faults),
        tuple(sample for sample in drawn.gallery if sample not in faults),
    )
    cameras = sorted({s.camera for s in (*trial.query, *trial.gallery) if s.camera is not None})
    by_rule = {
        candidate.name: count
        for candidate in dict.fromkeys((rule, SAME_CAMERA, SAME_PICTURE, NO_EXCLUSION))
        if (count := _scorable(trial, candidate)) is not None
    }
    lacking = _lacking(trial, rule)
    unscorable: Counter[str] = Counter()
    examples: dict[str, tuple[str, ...]] = {}
    spoilt = [sample for sample in drawn.query if sample in faults]
    if spoilt:
        unscorable[_UNREADABLE] = len(spoilt)
        examples[_UNREADABLE] = tuple(_name(sample) for sample in spoilt[:3])
    if lacking is not None and trial.query:
        unscorable[lacking] = len(trial.query)
    elif lacking is None:
        ranks = _ranks(trial, rule)
        for code in (Validity.NOT_IN_GALLERY, Validity.ALL_EXCLUDED):
            rows = np.flatnonzero(np.equal(ranks.validity, code))
            if len(rows):
                unscorable[code.reason] = len(rows)
                examples[code.reason] = tuple(_name(trial.query[row]) for row in rows[:3])
    scorable = by_rule.get(rule.name, 0)
    return DataCheck(
        protocol.name,
        str(rule),
        len(drawn.query),
        scorable,
        len(trial.gallery),
        dict(unscorable),
        examples,
        by_rule,
        tuple(cameras),
        _advice(trial, rule, by_rule, cameras),
        audit_test(trial.query, trial.gallery),
        (
            *data.problems,
            *wrong_galleries(protocol, (drawn,)),
            *dict.fromkeys(faults.values()),
        ),
    )


def _unreadable(samples: Samples, progress: Progress | None) -> dict[Sample, Problem]:
    """The samples with a picture that cannot be read, and why."""
    faults: dict[Sample, Problem] = {}
    for done, sample in enumerate(samples, 1):
        for path in sample.files:
            why = _fault(path)
            if why is not None:
                faults.setdefault(sample, Problem(str(path), why))
        if progress is not None and (done % _STEP == 0 or done == len(samples)):
            progress(done, len(samples))
    return faults


def _fault(path: Path) -> str | None:
    try:
        state = path.stat()
    except OSError as error:
        return str(error.strerror)
    return _decoding_fault(path, state.st_mtime_ns, state.st_size)


@cache
def _decoding_fault(path: Path, _modified: int, _size: int) -> str | None:
    # Protocols of one set share their galleries: a check of all of them reads each file once.
    try:
        open_image(path)
    except InputError as error:
        return error.why
    return None


def _advice(
    trial: Trial, rule: Exclusion, by_rule: dict[str, int], cameras: list[str]
) -> tuple[str, ...]:
    advice: list[str] = []
    scorable = by_rule.get(rule.name, 0)
    same_items = bool(set(trial.query) & set(trial.gallery))
    # A query that is a gallery item would find itself where nothing is removed.
    useful = [name for name in by_rule if not (same_items and name == NO_EXCLUSION.name)]
    better = max(useful, key=lambda name: by_rule[name], default=rule.name)
    if same_items and rule == NO_EXCLUSION:
        advice.append(
            f"every query would find itself: use `--exclusion {SAME_PICTURE.name}`, or give "
            "queries and gallery apart in a `split` column"
        )
    if rule.needs_cameras and len(cameras) <= 1:
        suggested = SAME_PICTURE.name if same_items else NO_EXCLUSION.name
        kind = "no camera is named" if not cameras else f"all items are of camera {cameras[0]}"
        advice.append(
            f"{kind}, and the rule {rule.name} removes what one camera saw of a person: use "
            f"`--exclusion {suggested}`. One camera shows the same view again, so figures will be "
            "higher than across cameras: say so with them"
        )
    elif by_rule.get(better, 0) > scorable:
        advice.append(
            f"{by_rule[better] - scorable:,} more queries could be scored with "
            f"`--exclusion {better}`, at the price of counting what the rule {rule.name} removes"
        )
    absent = {s.identity for s in trial.query} - {s.identity for s in trial.gallery}
    if absent:
        advice.append(
            f"{len(absent):,} query "
            f"{'identity is' if len(absent) == 1 else 'identities are'} not in the gallery ("
            + ", ".join(sorted(absent)[:3])
            + "): check how identities are written, or keep them as searches for absent people"
        )
    people = len({s.identity for s in trial.query})
    if 0 < people < 30:
        advice.append(
            f"only {people} {'person is' if people == 1 else 'people are'} searched for: intervals "
            "will be wide; 100 or more are needed to tell models apart"
        )
    return tuple(advice)


def _scorable(trial: Trial, rule: Exclusion) -> int | None:
    """Scorable queries under a rule; None where the data lack the labels that it compares."""
    if _lacking(trial, rule) is not None:
        return None
    return int(_ranks(trial, rule).valid.sum())


def _lacking(trial: Trial, rule: Exclusion) -> str | None:
    """Which labels the rule compares and nobody names, in words."""
    for compared, what, label in (
        (rule.needs_cameras, "cameras", "camera"),
        (rule.same_identity_and_picture, "pictures", "picture"),
    ):
        asked, kept = (
            any(getattr(sample, label) is not None for sample in side)
            for side in (trial.query, trial.gallery)
        )
        if compared and not (asked and kept):
            silent = "queries name" if kept else "gallery names" if asked else "data name"
            return f"the rule compares {what} and the {silent} none"
    return None


def _ranks(trial: Trial, rule: Exclusion) -> QueryRanks:
    """Ranks with vectors that mean nothing: only which queries are valid is read from them."""
    ones = np.ones((1, 1), dtype=np.float32)
    return rank_samples(
        trial.query,
        trial.gallery,
        np.repeat(ones, len(trial.query), axis=0),
        np.repeat(ones, len(trial.gallery), axis=0),
        rule,
        CmcRule.IMAGE,
        Options(),
    ).ranks


def _name(sample: Sample) -> str:
    return str(sample.files[0]) if sample.files else f"{sample.identity}: {sample.text}"
