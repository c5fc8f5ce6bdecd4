"""What is fitted on people that training has never seen: fusion, calibration, attributes.

Everything here is fitted on one half of the held-out identities and judged on the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from omnireid.errors import InputError
from omnireid.evaluation import (
    NO_EXCLUSION,
    OpenSetSearches,
    Reliability,
    calibration_reliability,
    evaluate_retrieval,
    fit_calibration,
    fnir,
)
from omnireid.observation import Modality
from omnireid.runtime import Calibration, Fusion
from omnireid.training.held_out import KINDS, FloatArray, HeldOut, name_of

SHOWN = 20
"""A probability is read on the first page of results; so many candidates of a search are on it."""

_WEIGHTS = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)


@dataclass(frozen=True)
class Judged:
    """A calibration and what it did on the other half of the people.

    `dir_no_match`, `dir_strict`: the share of searches whose person came first and passed the
    threshold (DIR at FAR 10 % and 1 %); `far_no_match`, `far_strict`: the false alarm rates that
    the thresholds really gave there.
    """

    calibration: Calibration
    reliability: Reliability
    dir_no_match: float
    far_no_match: float
    dir_strict: float
    far_strict: float

    @property
    def ece(self) -> float:
        """The calibration error."""
        return self.reliability.ece


def fit_fusion(held: HeldOut) -> dict[str, Fusion]:
    """Weights of the joint vector and the single ones, for each of the 11 combinations.

    Starts from the best single modality alone and climbs one weight at a time by mAP against
    colour pictures; so on these people no combination is worse than its best part.
    """
    fused: dict[str, Fusion] = {}
    for kind in KINDS:
        if len(kind) < 2:
            continue
        parts = [held.queries[name_of(kind)], *(held.queries[m] for m in kind)]
        scores = [_mean_ap(held, part) for part in parts]
        weights = np.zeros(len(parts))
        weights[1 + int(np.argmax(scores[1:]))] = 1.0
        best = max(scores[1:])
        for _ in range(2):
            for place in range(len(parts)):
                for weight in _WEIGHTS:
                    tried = weights.copy()
                    tried[place] = weight
                    if not tried.any():
                        continue
                    score = _mean_ap(held, _sum(parts, tried))
                    if score > best + 1e-6:
                        best, weights = score, tried
        single = {m: float(w) for m, w in zip(kind, weights[1:], strict=True)}
        fused[name_of(kind)] = Fusion(joint=float(weights[0]), single=single)
    return fused


def apply_fusion(held: HeldOut, fusion: Mapping[str, Fusion]) -> HeldOut:
    """The same people, with the vectors of combinations put together as the runtime does it."""
    queries = dict(held.queries)
    for name, weights in fusion.items():
        parts = [held.queries[name], *(held.queries[m] for m in weights.single)]
        queries[name] = _sum(parts, [weights.joint, *weights.single.values()])
    return HeldOut(held.query_views, held.gallery_views, queries, held.gallery)


def fit_calibrations(fit: HeldOut, judge: HeldOut) -> dict[str, Judged]:
    """Probability and thresholds for each kind of query against each modality of gallery.

    Pairs are the candidates that a page would show: the first 20 of each search, where the own
    pictures of every second person were taken out of the gallery. A pair of kinds
    that cannot be calibrated (no true candidate on any page) is left out.
    """
    judged: dict[str, Judged] = {}
    for kind in KINDS:
        for modality in Modality:
            try:
                fitted = fit_calibration(*_shown(fit, kind, modality), prior=None)
                cosines, same, _ = _shown(judge, kind, modality)
                bins = calibration_reliability(fitted, cosines, same, prior=None)
            except InputError:
                continue
            calibration = Calibration(
                slope=fitted.slope,
                offset=fitted.offset,
                no_match=fitted.no_match,
                strict=fitted.strict,
            )
            searches = _searches(judge, kind, modality)
            absent = searches.non_mated_scores
            judged[f"{name_of(kind)}>{modality}"] = Judged(
                calibration,
                bins,
                1 - fnir(searches, fitted.no_match),
                float((absent >= fitted.no_match).mean()),
                1 - fnir(searches, fitted.strict),
                float((absent >= fitted.strict).mean()),
            )
    return judged


def fit_temperature(logits: npt.NDArray[np.floating], values: npt.NDArray[np.int64]) -> float:
    """The temperature that makes softmax(logits / T) likeliest (Guo et al., ICML 2017).

    `logits` (n, V) of one attribute, `values` (n,) what is true. By golden section on log T.

    >>> rng = np.random.default_rng(0)
    >>> truth = rng.integers(0, 2, 4000)
    >>> said = np.where(rng.random(4000) < 0.8, truth, 1 - truth)
    >>> bool(abs(fit_temperature(np.eye(2)[said] * 10, truth) - 10 / np.log(0.8 / 0.2)) < 0.3)
    True
    """
    low, high = np.log(0.05), np.log(50.0)
    ratio = (np.sqrt(5) - 1) / 2
    for _ in range(60):
        left, right = high - ratio * (high - low), low + ratio * (high - low)
        if _surprise(logits, values, np.exp(left)) < _surprise(logits, values, np.exp(right)):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))


def _surprise(
    logits: npt.NDArray[np.floating], values: npt.NDArray[np.int64], temperature: float
) -> float:
    scaled = np.asarray(logits, np.float64) / temperature
    top = scaled.max(1, keepdims=True)
    total = top[:, 0] + np.log(np.exp(scaled - top).sum(1))
    return float((total - scaled[np.arange(len(values)), values]).mean())


def _sum(parts: Sequence[FloatArray], weights: Iterable[float]) -> FloatArray:
    total = sum(np.float32(w) * part for w, part in zip(weights, parts, strict=True))
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    vectors: FloatArray = (total / np.maximum(lengths, 1e-12)).astype(np.float32)
    return vectors


def _mean_ap(held: HeldOut, queries: FloatArray) -> float:
    result = evaluate_retrieval(
        queries,
        held.gallery[Modality.RGB],
        held.query_ids,
        held.gallery_ids,
        exclusion=NO_EXCLUSION,
    )
    return float(result.mAP)


def _cosines(
    held: HeldOut, kind: tuple[Modality, ...], modality: Modality
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Cosines (n, m) and whether each is of the same identity."""
    cosines = held.queries[name_of(kind)] @ held.gallery[modality].T
    same = held.query_ids[:, None] == held.gallery_ids[None, :]
    return cosines.astype(np.float64), same


def _shown(
    held: HeldOut, kind: tuple[Modality, ...], modality: Modality
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_], npt.NDArray[np.float64]]:
    """Cosines and truth of all candidates shown, and the best cosine of searches for nobody."""
    cosines, same = _cosines(held, kind, modality)
    strangers = np.where(same, -np.inf, cosines)
    # Whole people are absent: queries alternate in language, so every second row would be one.
    absent = np.isin(held.query_ids, np.unique(held.query_ids)[1::2])
    rows = np.where(absent[:, None], strangers, cosines)
    first = np.argsort(-rows, axis=1, kind="stable")[:, :SHOWN]
    shown = np.take_along_axis(rows, first, axis=1)
    right = np.take_along_axis(same, first, axis=1)
    there = np.isfinite(shown)
    return shown[there], right[there], strangers.max(axis=1)


def _searches(held: HeldOut, kind: tuple[Modality, ...], modality: Modality) -> OpenSetSearches:
    cosines, same = _cosines(held, kind, modality)
    own = np.where(same, cosines, -np.inf).max(axis=1)
    strangers = np.where(same, -np.inf, cosines).max(axis=1)
    ranks = 1 + (np.where(same, -np.inf, cosines) >= own[:, None]).sum(axis=1)
    return OpenSetSearches(own, ranks.astype(np.int64), strangers)
