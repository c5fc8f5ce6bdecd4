"""The validator: which queries can be scored at all, why the others cannot, what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from omnireid.datasets import DataSet, Problem, Sample
from omnireid.errors import InputError
from omnireid.evaluation.audit import Overlap, audit_test
from omnireid.evaluation.checked_trials import TrialCheck, check_trial, readable, scorable
from omnireid.evaluation.draws import Trial
from omnireid.evaluation.embedding import Progress
from omnireid.evaluation.exclusion import NO_EXCLUSION, SAME_CAMERA, SAME_PICTURE, Exclusion
from omnireid.evaluation.protocols import Protocol
from omnireid.evaluation.running import Samples, draw_trials, trial_numbers, wrong_galleries
from omnireid.images import open_image

_STEP = 256


@dataclass(frozen=True)
class DataCheck:
    """What an evaluation would and would not count, before any model runs.

    `trials`: the counts of each trial that was looked at. Counts beside it, the rules tried, the
    cameras, the advice and the overlaps are those of the first of them.
    """

    protocol: str
    exclusion: str
    num_query: int
    num_scorable: int
    num_gallery: int
    unscorable: dict[str, int]
    examples: dict[str, tuple[str, ...]]
    protocol_trials: int
    trials: tuple[TrialCheck, ...]
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
    trials: Sequence[int] | None = None,
) -> DataCheck:
    """Count the scorable queries of every trial, or of those whose numbers are given.

    Each picture is decoded once: what cannot be read is neither a query nor in the gallery.

    Raises:
        InputError: a split that a trial needs is missing, or there is no such trial.
    """
    rule = exclusion or protocol.exclusion
    numbers = trial_numbers(protocol, trials)
    drawn = draw_trials(protocol, data, numbers)
    faults = _unreadable(
        tuple(dict.fromkeys(s for trial in drawn for s in (*trial.query, *trial.gallery))), progress
    )
    checks = tuple(
        check_trial(number, trial, rule, faults)
        for number, trial in zip(numbers, drawn, strict=True)
    )
    first, trial = checks[0], readable(drawn[0], faults)
    cameras = sorted({s.camera for s in (*trial.query, *trial.gallery) if s.camera is not None})
    by_rule = {
        candidate.name: count
        for candidate in dict.fromkeys((rule, SAME_CAMERA, SAME_PICTURE, NO_EXCLUSION))
        if (count := scorable(trial, candidate)) is not None
    }
    return DataCheck(
        protocol.name,
        str(rule),
        first.num_query,
        first.num_scorable,
        first.num_gallery,
        first.unscorable,
        first.examples,
        protocol.trials,
        checks,
        by_rule,
        tuple(cameras),
        _advice(trial, rule, by_rule, cameras),
        audit_test(trial.query, trial.gallery),
        (
            *data.problems,
            *wrong_galleries(protocol, drawn),
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
