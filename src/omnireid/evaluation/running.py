"""A protocol run with a model: trials drawn, samples encoded once, every trial ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from omnireid.datasets import DataSet, Problem, Sample
from omnireid.errors import InputError
from omnireid.evaluation.draws import Trial
from omnireid.evaluation.embedding import EmbeddingCache, Encoding, Progress, Vectors, embed
from omnireid.evaluation.exclusion import Exclusion
from omnireid.evaluation.labels import Gallery, match_labels
from omnireid.evaluation.metrics import MAX_RANK, query_average_precisions, ranking_of, summarise
from omnireid.evaluation.protocols import Protocol
from omnireid.evaluation.ranking import (
    CmcRule,
    QueryRanks,
    Scores,
    rank_queries,
)
from omnireid.evaluation.reranking import Reranking
from omnireid.evaluation.results import RetrievalResult, mean_of_trials

Samples = tuple[Sample, ...]


@dataclass(frozen=True)
class Options:
    """What a run may change; `exclusion` None keeps the protocol's own.

    `trials`: numbers from 1 of those to run, None for all. A part of them is named in the result.
    """

    exclusion: Exclusion | None = None
    reranking: Reranking | None = None
    max_rank: int = MAX_RANK
    memory_mb: int = 256
    trials: tuple[int, ...] | None = None


@dataclass(frozen=True, eq=False)
class RankedTrial:
    """One trial: samples and vectors that could be encoded, and what the ranking found."""

    query: Samples
    gallery: Samples
    query_vectors: Vectors
    gallery_vectors: Vectors
    labels: Gallery
    scores: Scores
    ranks: QueryRanks
    ranking: str

    def first(self, query: int, count: int) -> list[tuple[int, float]]:
        """The best `count` gallery rows of one query after exclusion, with their similarity."""
        row = self.scores(query, query + 1)[0].astype(np.float64)
        row[self.labels.split(query)[1]] = -np.inf
        order = np.argsort(-row, kind="stable")[:count]
        return [(int(index), float(row[index])) for index in order if row[index] > -np.inf]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A protocol's result with a model, and all that breakdowns and pictures are made from."""

    protocol: Protocol
    exclusion: Exclusion
    model_id: str
    result: RetrievalResult
    trials: tuple[RankedTrial, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, eq=False)
class QueryFigures:
    """Per-query figures over all trials: hit at rank 1 and AP, NaN where invalid."""

    samples: Samples
    hits: npt.NDArray[np.float64]
    precisions: npt.NDArray[np.float64]

    @property
    def identities(self) -> list[str]:
        """The identity of each query."""
        return [sample.identity for sample in self.samples]


def evaluate_protocol(
    encoder: Encoding,
    data: DataSet,
    protocol: Protocol,
    cache: EmbeddingCache,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Draw every trial, encode each distinct sample once, rank, and average over trials.

    Samples that cannot be encoded are left out and listed in `problems`.

    Raises:
        InputError: a split or camera that the protocol needs is missing, or nothing is encodable.
    """
    chosen = options or Options()
    numbers = trial_numbers(protocol, chosen.trials)
    drawn = draw_trials(protocol, data, numbers)
    for trial in drawn:
        if not trial.query or not trial.gallery:
            raise InputError(
                f"{protocol.name} cannot be evaluated",
                f"{len(trial.query)} queries and {len(trial.gallery)} gallery items were found",
                "check the data with `omnireid eval --check`",
            )
    distinct = tuple(
        dict.fromkeys(sample for trial in drawn for sample in (*trial.query, *trial.gallery))
    )
    embedded = embed(encoder, distinct, cache, progress)
    row_of = {sample: row for row, sample in enumerate(embedded.samples)}
    trials = tuple(
        _ranked(trial, row_of, embedded.vectors, protocol, chosen, seed=number)
        for number, trial in zip(numbers, drawn, strict=True)
    )
    exclusion = chosen.exclusion or protocol.exclusion
    results = [
        summarise(
            trial.ranks,
            exclusion=exclusion,
            ap_rule=protocol.ap_rule,
            ranking=trial.ranking,
            max_rank=chosen.max_rank,
            trial=(number, protocol.trials),
        )
        for number, trial in zip(numbers, trials, strict=True)
    ]
    return Evaluation(
        protocol,
        exclusion,
        encoder.model_id,
        mean_of_trials(results),
        trials,
        (*wrong_galleries(protocol, drawn), *embedded.problems),
    )


def evaluate_splits(
    encoders: Sequence[Encoding],
    data: DataSet,
    protocol: Protocol,
    cache: EmbeddingCache,
    options: Options | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Each trial with its own encoder, the first with the first: for sets such as RegDB, on which
    a model must be trained once a split.

    Raises:
        InputError: not one encoder for each trial, or as `evaluate_protocol`.
    """
    chosen = options or Options()
    numbers = trial_numbers(protocol, chosen.trials)
    if len(encoders) != len(numbers):
        raise InputError(
            f"{len(encoders)} models for {len(numbers)} trials of {protocol.name}",
            "each trial needs the model that was trained on its split",
            "give the models in the order of the trials, one for each",
        )
    parts = [
        evaluate_protocol(
            encoder, data, protocol, cache, replace(chosen, trials=(number,)), progress
        )
        for number, encoder in zip(numbers, encoders, strict=True)
    ]
    return Evaluation(
        protocol,
        parts[0].exclusion,
        models_named([part.model_id for part in parts]),
        mean_of_trials([part.result for part in parts]),
        tuple(trial for part in parts for trial in part.trials),
        tuple(dict.fromkeys(problem for part in parts for problem in part.problems)),
    )


def trial_numbers(protocol: Protocol, asked: Sequence[int] | None) -> tuple[int, ...]:
    """The numbers of the trials to run, from 1; all of them for None.

    Raises:
        InputError: none, or one that the protocol has not.
    """
    if asked is None:
        return tuple(range(1, protocol.trials + 1))
    numbers = tuple(dict.fromkeys(asked))
    if not numbers or not all(1 <= number <= protocol.trials for number in numbers):
        raise InputError(
            f"{protocol.name} has no such trial",
            f"asked for {', '.join(map(str, asked)) or 'none'}; it has trials 1 to "
            f"{protocol.trials}",
            "give numbers in this range",
        )
    return numbers


def draw_trials(protocol: Protocol, data: DataSet, numbers: Sequence[int]) -> tuple[Trial, ...]:
    """The trials of these numbers.

    Raises:
        InputError: one cannot be drawn from this copy; where others can, it says which.
    """
    drawn: list[Trial] = []
    for number in numbers:
        try:
            drawn.append(protocol.draw(data, number - 1))
        except InputError as error:
            if not drawn:
                raise
            raise InputError(
                f"trial {number} of {protocol.name} cannot be drawn",
                f"{error.what}: {error.why}",
                f"{error.to_do}; or leave it out with `--trials`",
            ) from error
    return tuple(drawn)


def models_named(model_ids: Sequence[str]) -> str:
    """The name of one model, or of several that each took a trial.

    >>> models_named(["a", "b"])
    'a + b (one a trial)'
    """
    names = list(dict.fromkeys(model_ids))
    return names[0] if len(names) == 1 else " + ".join(names) + " (one a trial)"


def rank_samples(
    query: Samples,
    gallery: Samples,
    query_vectors: Vectors,
    gallery_vectors: Vectors,
    exclusion: Exclusion,
    cmc_rule: CmcRule,
    options: Options,
    *,
    seed: int = 0,
    part: bool = False,
) -> RankedTrial:
    """Rank samples by their vectors under a rule; the seed is for the single-shot CMC, and `part`
    is as for `label_samples`.

    Raises:
        InputError: a rule whose labels no sample has, unless it is a part.
    """
    labels = label_samples(query, gallery, exclusion, part=part)
    scores, ranking = ranking_of(
        query_vectors, gallery_vectors, options.reranking, options.memory_mb
    )
    ranks = rank_queries(scores, labels, cmc_rule=cmc_rule, memory_mb=options.memory_mb, seed=seed)
    return RankedTrial(
        query, gallery, query_vectors, gallery_vectors, labels, scores, ranks, ranking
    )


def label_samples(
    query: Samples, gallery: Samples, exclusion: Exclusion, *, part: bool = False
) -> Gallery:
    """The samples' identities, cameras and picture names, as a ranking compares them.

    `part`: these are some of a trial's samples, and the trial has the labels that the rule
    compares; a part may have none of them (sketches name no camera), and then removes nothing.

    Raises:
        InputError: a rule whose labels no sample has, unless it is a part.
    """
    return match_labels(
        [sample.identity for sample in query],
        [sample.identity for sample in gallery],
        _names([sample.camera for sample in query], "query", always=part),
        _names([sample.camera for sample in gallery], "gallery", always=part),
        _names([sample.picture for sample in query], "query", always=part),
        _names([sample.picture for sample in gallery], "gallery", always=part),
        exclusion,
    )


def query_figures(evaluation: Evaluation) -> QueryFigures:
    """Hits and APs of every query of every trial; intervals resample identities, so a query that
    stands in several trials weighs no more than its person."""
    samples: list[Sample] = []
    hits: list[npt.NDArray[np.float64]] = []
    precisions: list[npt.NDArray[np.float64]] = []
    for trial in evaluation.trials:
        samples += trial.query
        hit = (trial.ranks.first_ranks == 1).mean(axis=1)
        hits.append(np.where(trial.ranks.valid, hit, np.nan))
        precisions.append(query_average_precisions(trial.ranks, evaluation.protocol.ap_rule))
    return QueryFigures(tuple(samples), np.concatenate(hits), np.concatenate(precisions))


def _ranked(
    trial: Trial,
    row_of: dict[Sample, int],
    vectors: Vectors,
    protocol: Protocol,
    options: Options,
    *,
    seed: int,
) -> RankedTrial:
    query = tuple(sample for sample in trial.query if sample in row_of)
    gallery = tuple(sample for sample in trial.gallery if sample in row_of)
    exclusion = options.exclusion or protocol.exclusion
    ranked = rank_samples(
        query,
        gallery,
        vectors[[row_of[sample] for sample in query]],
        vectors[[row_of[sample] for sample in gallery]],
        exclusion,
        protocol.cmc_rule,
        options,
        seed=seed,
    )
    found = finding_themselves(query, gallery, ranked.labels)
    if found:
        raise InputError(
            f"{protocol.name} would not test anything",
            f"{found:,} queries are gallery items too, and the rule {exclusion.name} does not "
            "remove them: each would find itself",
            "use the rule same_picture, or give queries and gallery apart",
        )
    return ranked


def wrong_galleries(protocol: Protocol, trials: Sequence[Trial]) -> tuple[Problem, ...]:
    """Galleries that were not drawn to their published size: files are missing, or too many."""
    sizes = dict.fromkeys(len(trial.gallery) for trial in trials)
    return tuple(
        Problem(
            protocol.name,
            f"gallery items drawn: {size:,}, published: {protocol.gallery_size:,}; figures on "
            "this copy are not comparable with published ones",
            wrong_count=True,
        )
        for size in sizes
        if protocol.gallery_size not in (None, size)
    )


def finding_themselves(query: Samples, gallery: Samples, labels: Gallery) -> int:
    """How many queries are gallery items of their own that the rule leaves in."""
    places: dict[Sample, list[int]] = {}
    asked = set(query)
    for row, sample in enumerate(gallery):
        if sample in asked:
            places.setdefault(sample, []).append(row)
    return sum(
        bool(np.isin(places[sample], labels.split(row)[0]).any())
        for row, sample in enumerate(query)
        if sample in places
    )


def _names(values: Sequence[str | None], side: str, *, always: bool) -> list[str] | None:
    """Labels, with a missing one equal to no other; None where all are missing, unless `always`."""
    if not always and not any(value is not None for value in values):
        return None
    return [
        value if value is not None else f"\0unknown {side} {number}"
        for number, value in enumerate(values)
    ]
