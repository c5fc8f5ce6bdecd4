"""All fifteen query combinations, and what is lost when modalities go missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from omnireid.datasets import Sample
from omnireid.errors import InputError
from omnireid.evaluation.bootstrap import Interval, bootstrap_mean
from omnireid.evaluation.embedding import EmbeddingCache, Encoding, embed
from omnireid.evaluation.exclusion import Exclusion
from omnireid.evaluation.metrics import query_average_precisions, summarise
from omnireid.evaluation.ranking import CmcRule
from omnireid.evaluation.results import RetrievalResult
from omnireid.evaluation.running import Options, RankedTrial, Samples, rank_samples
from omnireid.observation import Modality

COMBINATIONS = tuple(
    combination
    for count in range(1, len(Modality) + 1)
    for combination in combinations(tuple(Modality), count)
)
DROP_PROBABILITIES = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class CombinationFigures:
    """One query combination, with intervals over identities; None where no query has these
    modalities."""

    query: str
    result: RetrievalResult | None
    rank1: Interval | None
    mAP: Interval | None  # noqa: N815 - the field's name for it


@dataclass(frozen=True)
class MissingFigures:
    """Mean figures when each modality of a query is dropped with a probability; one stays."""

    probability: float
    rank1: float
    mAP: float  # noqa: N815 - the field's name for it
    repeats: int
    num_queries: int


def ranked_combinations(
    encoder: Encoding,
    cache: EmbeddingCache,
    query: Samples,
    gallery: Samples,
    exclusion: Exclusion,
    options: Options,
    gallery_modality: Modality = Modality.RGB,
) -> dict[str, RankedTrial | None]:
    """Each of the 15 combinations ranked against one gallery of a single modality, by name; None
    where no query has these modalities.

    Where some queries have every modality, only those are used, so that combinations compare the
    same people; otherwise one uses the queries that have its modalities.

    Raises:
        InputError: no gallery item has the gallery modality.
    """
    targets = _with(gallery, (gallery_modality,))
    if not targets:
        raise InputError(
            "the query combinations cannot be compared",
            f"no gallery item has {gallery_modality}",
            "choose another gallery modality",
        )
    complete = tuple(sample for sample in query if len(sample.modalities) == len(Modality))
    embedded = embed(encoder, targets, cache)
    found: dict[str, RankedTrial | None] = {}
    for combination in COMBINATIONS:
        asked = _with(complete or query, combination)
        given = embed(encoder, asked, cache) if asked else None
        found["+".join(combination)] = (
            None
            if given is None
            else rank_samples(
                given.samples,
                embedded.samples,
                given.vectors,
                embedded.vectors,
                exclusion,
                CmcRule.IMAGE,
                options,
                part=True,
            )
        )
    return found


def combination_figures(
    ranked: Mapping[str, RankedTrial | None], options: Options, *, seed: int = 0
) -> tuple[CombinationFigures, ...]:
    """Figures and intervals of each ranked combination."""
    return tuple(
        CombinationFigures(name, None, None, None)
        if trial is None
        else CombinationFigures(
            name,
            summarise(
                trial.ranks,
                exclusion=trial.labels.exclusion,
                ranking=trial.ranking,
                max_rank=options.max_rank,
            ),
            *_intervals(trial, seed),
        )
        for name, trial in ranked.items()
    )


def _intervals(ranked: RankedTrial, seed: int) -> tuple[Interval, Interval]:
    hits = np.where(ranked.ranks.valid, ranked.ranks.first_ranks[:, 0] == 1, np.nan)
    people = [sample.identity for sample in ranked.query]
    return (
        bootstrap_mean(hits, people, seed=seed),
        bootstrap_mean(query_average_precisions(ranked.ranks), people, seed=seed),
    )


def missing_modality_sweep(
    encoder: Encoding,
    cache: EmbeddingCache,
    query: Samples,
    gallery: Samples,
    exclusion: Exclusion,
    options: Options,
    *,
    gallery_modality: Modality = Modality.RGB,
    repeats: int = 3,
    seed: int = 0,
) -> tuple[MissingFigures, ...]:
    """Drop each modality of each query with probability 0 to 1, always keeping one.

    Only queries with two or more modalities take part; empty if there is none.
    """
    several = tuple(sample for sample in query if len(sample.modalities) > 1)
    targets = _with(gallery, (gallery_modality,))
    if not several or not targets:
        return ()
    embedded = embed(encoder, targets, cache)
    found: list[MissingFigures] = []
    for probability in DROP_PROBABILITIES:
        random = np.random.default_rng(seed)
        figures: list[RetrievalResult] = []
        for _ in range(repeats if probability else 1):
            asked = tuple(_dropped(sample, probability, random) for sample in several)
            given = embed(encoder, asked, cache)
            ranked = rank_samples(
                given.samples,
                embedded.samples,
                given.vectors,
                embedded.vectors,
                exclusion,
                CmcRule.IMAGE,
                options,
                part=True,
            )
            figures.append(summarise(ranked.ranks, exclusion=exclusion))
        found.append(
            MissingFigures(
                probability,
                float(np.mean([one.rank1 for one in figures])),
                float(np.mean([one.mAP for one in figures])),
                len(figures),
                len(several),
            )
        )
    return tuple(found)


def _with(samples: Samples, modalities: tuple[Modality, ...]) -> Samples:
    """The samples that have all of these, reduced to them."""
    return tuple(
        sample.only(modalities) for sample in samples if set(modalities) <= set(sample.modalities)
    )


def _dropped(sample: Sample, probability: float, random: np.random.Generator) -> Sample:
    present = sample.modalities
    kept = tuple(m for m in present if random.random() >= probability)
    return sample.only(kept or (present[random.integers(len(present))],))
