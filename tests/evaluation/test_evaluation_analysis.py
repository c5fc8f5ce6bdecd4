"""Breakdowns, sweeps, combinations, thresholds, audit and validator on people of plain colours."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from colour_people import ColourEncoder, paint

from omnireid.datasets import DataSet, Sample, load_dataset
from omnireid.errors import InputError
from omnireid.evaluation import (
    EXCLUSIONS,
    NO_EXCLUSION,
    SAME_PICTURE,
    EmbeddingCache,
    Evaluation,
    Options,
    Reranking,
    audit_test,
    audit_training,
    breakdowns,
    check_data,
    combination_figures,
    evaluate_protocol,
    evaluate_retrieval,
    find_protocol,
    fit_sigmoid,
    gallery_size_sweep,
    known_sharing,
    match_labels,
    matrix_scores,
    missing_modality_sweep,
    open_set_figures,
    query_figures,
    rank_lists,
    rank_queries,
    ranked_combinations,
    sets_named_in,
)
from omnireid.runtime import Calibration


@pytest.fixture
def evaluated(people: Path, encoder: ColourEncoder) -> tuple[DataSet, Evaluation, EmbeddingCache]:
    data, cache = load_dataset("folder", people), EmbeddingCache(None)
    return data, evaluate_protocol(encoder, data, find_protocol("folder"), cache), cache


def test_a_protocol_run_equals_the_plain_metric(
    evaluated: tuple[DataSet, Evaluation, EmbeddingCache], encoder: ColourEncoder
) -> None:
    data, evaluation, _ = evaluated
    query, gallery = data.split("query"), data.split("gallery")
    plain = evaluate_retrieval(
        encoder.encode([s.observation() for s in query]),
        encoder.encode([s.observation() for s in gallery]),
        [s.identity for s in query],
        [s.identity for s in gallery],
        [s.camera for s in query],
        [s.camera for s in gallery],
    )
    assert evaluation.result == plain
    assert plain.num_valid == 12


def test_options_change_the_rule_and_name_the_reranking(
    people: Path, encoder: ColourEncoder
) -> None:
    evaluation = evaluate_protocol(
        encoder,
        load_dataset("folder", people),
        find_protocol("folder"),
        EmbeddingCache(None),
        Options(exclusion=NO_EXCLUSION, reranking=Reranking(k1=3, k2=2)),
    )
    assert evaluation.result.exclusion == str(NO_EXCLUSION)
    assert "k-reciprocal re-ranking" in str(evaluation.result)


def test_breakdowns_count_every_query_once_for_each_kind(
    evaluated: tuple[DataSet, Evaluation, EmbeddingCache],
) -> None:
    _, evaluation, _ = evaluated
    found = breakdowns(query_figures(evaluation))
    kinds = {part.kind for part in found}
    assert kinds == {"all", "camera", "modality", "light"}
    for kind in kinds:
        assert sum(part.rank1.num_queries for part in found if part.kind == kind) == 12
    (whole,) = [part for part in found if part.kind == "all"]
    assert whole.rank1.mean == pytest.approx(evaluation.result.rank1)
    assert whole.mAP.mean == pytest.approx(evaluation.result.mAP)
    assert {part.group for part in found if part.kind == "light"} == {"day", "night"}


def test_the_gallery_sweep_is_the_mean_over_all_smaller_galleries() -> None:
    rng = np.random.default_rng(0)
    scores = rng.random((3, 8)).astype(np.float32)
    identities = [1, 1, 2, 3, 3, 4, 5, 5]
    gallery = match_labels([1, 2, 3], identities, None, None, None, None, NO_EXCLUSION)
    ranks = rank_queries(matrix_scores(scores), gallery)
    for size, share in gallery_size_sweep(ranks, (1, 3, 4)):
        hits = []
        for query, own in enumerate([1, 2, 3]):
            right = scores[query][np.array(identities) == own].max()
            wrong = scores[query][np.array(identities) != own]
            every = [right > max(drawn) for drawn in combinations(wrong, size)]
            hits.append(np.mean(every))
        assert share == pytest.approx(np.mean(hits))
    assert gallery_size_sweep(ranks)[-1][0] == 7


def test_all_fifteen_combinations_use_the_same_queries(
    evaluated: tuple[DataSet, Evaluation, EmbeddingCache], encoder: ColourEncoder
) -> None:
    data, evaluation, cache = evaluated
    ranked = ranked_combinations(
        encoder,
        cache,
        data.split("query"),
        data.split("gallery"),
        evaluation.exclusion,
        Options(),
    )
    found = combination_figures(ranked, Options())
    assert len(found) == 15
    assert {one.result.num_query for one in found if one.result} == {12}
    by_name = {one.query: one.result for one in found}
    assert by_name["rgb+infrared+sketch+text"] == evaluation.result
    assert by_name["text"].rank1 == 1.0
    text, drawn = found[3], found[2]
    assert (text.query, text.rank1.mean, text.rank1.num_identities) == ("text", 1.0, 12)
    assert drawn.rank1.low < by_name["sketch"].rank1 < drawn.rank1.high
    assert by_name["sketch"].rank1 < 1.0
    with pytest.raises(InputError, match="no gallery item has rgb"):
        ranked_combinations(
            encoder,
            cache,
            data.split("query"),
            (Sample("1", text="red red"),),
            evaluation.exclusion,
            Options(),
        )


def test_dropping_modalities_starts_at_the_whole_query_and_always_keeps_one(
    evaluated: tuple[DataSet, Evaluation, EmbeddingCache], encoder: ColourEncoder
) -> None:
    data, evaluation, cache = evaluated
    arguments = (
        encoder,
        cache,
        data.split("query"),
        data.split("gallery"),
        evaluation.exclusion,
        Options(),
    )
    found = missing_modality_sweep(*arguments)
    assert [one.probability for one in found] == [0, 0.25, 0.5, 0.75, 1]
    assert found[0].mAP == pytest.approx(evaluation.result.mAP)
    assert found[-1].mAP < found[0].mAP
    assert found == missing_modality_sweep(*arguments)


def test_open_set_figures_hold_out_half_and_judge_on_unseen_people(
    evaluated: tuple[DataSet, Evaluation, EmbeddingCache],
) -> None:
    _, evaluation, _ = evaluated
    (found,) = open_set_figures(evaluation.trials[0], {}, Options(), fars=(0.5,))
    assert found.combination == "rgb+infrared+sketch+text>rgb"
    (point,) = found.points
    assert (point.num_mated, point.num_non_mated) == (6, 6)
    assert point.fpir <= 0.5
    assert "other half" in found.calibrated_by
    assert found.own == ()
    # A model folder's calibration brings its own thresholds: they are tried as they are.
    calibration = Calibration(slope=4, offset=-1, no_match=-1.0, strict=1.5)
    (own,) = open_set_figures(evaluation.trials[0], {found.combination: calibration}, Options())
    assert own.calibrated_by == "the model's own calibration"
    assert sum(own.reliability.counts) == 12
    assert [(p.far, p.threshold, p.fpir, p.fnir) for p in own.own] == [
        (0.1, -1.0, 1.0, own.own[0].fnir),
        (0.01, 1.5, 0.0, 1.0),
    ]
    assert own.own[0].fnir < 1.0
    assert 0 < own.chance_ece < 1


def test_a_fitted_sigmoid_recovers_the_one_that_made_the_outcomes() -> None:
    rng = np.random.default_rng(0)
    scores = rng.uniform(-1, 1, 20_000)
    outcomes = rng.random(20_000) < 1 / (1 + np.exp(-(4 * scores - 1)))
    fitted = fit_sigmoid(scores, outcomes)
    assert (fitted.slope, fitted.offset) == pytest.approx((4, -1), abs=0.15)


def test_a_sigmoid_of_perfectly_separated_scores_stays_finite() -> None:
    fitted = fit_sigmoid(np.array([0.1, 0.2, 0.8, 0.9]), np.array([False, False, True, True]))
    assert math.isfinite(fitted.slope)
    assert fitted.slope > 0


def test_rank_lists_show_the_best_and_the_worst_people(
    evaluated: tuple[DataSet, Evaluation, EmbeddingCache],
) -> None:
    _, evaluation, _ = evaluated
    figures = query_figures(evaluation)
    best, worst = rank_lists(evaluation.trials[0], figures.precisions, count=3, length=4)
    assert (len(best), len(worst)) == (3, 3)
    assert best[0].average_precision >= worst[0].average_precision
    for one in (*best, *worst):
        scores = [item.score for item in one.items]
        assert scores == sorted(scores, reverse=True)
        rights = [item.right for item in one.items]
        assert rights.index(True) + 1 == one.first_right if True in rights else True
        # The rule holds in pictures too: no item of the same person and camera.
        assert all(
            (item.identity, item.camera) != (one.query.identity, one.query.camera)
            for item in one.items
        )


def test_copies_and_two_names_for_one_file_are_found(tmp_path: Path) -> None:
    first = paint(tmp_path / "a.png", "red", "blue")
    copy = paint(tmp_path / "sub" / "a.png", "red", "blue")
    other = paint(tmp_path / "c.png", "green", "blue")
    query = [Sample("1", rgb=(first,))]
    assert audit_test(query, query) == ()
    (copies,) = audit_test(query, [Sample("1", rgb=(copy,)), Sample("2", rgb=(other,))])
    assert copies.count == 1
    assert "both query and gallery" in copies.what
    # The very same file under both splits of a table is a copy too, though its path is the same.
    (again,) = audit_test([Sample("1", rgb=(first,), camera="gate")], [Sample("1", rgb=(first,))])
    assert "both query and gallery" in again.what
    (twice,) = audit_test(
        [Sample("9", rgb=(other,))], [Sample("1", rgb=(first,)), Sample("1", rgb=(copy,))]
    )
    assert twice.what == "files that are in the gallery more than once"
    same_row = [Sample("1", rgb=(first,)), Sample("1", rgb=(first,))]
    assert [one.count for one in audit_test([Sample("9", rgb=(other,))], same_row)] == [1]
    found = audit_test(query, [Sample("2", rgb=(copy,))])
    assert any("two identities" in overlap.what for overlap in found)


def test_training_data_in_the_test_are_found_by_content_and_by_name(tmp_path: Path) -> None:
    path = paint(tmp_path / "a.png", "red", "blue")
    train = [Sample("7", rgb=(path,)), Sample("8", text="a woman")]
    test = [Sample("9", rgb=(path,)), Sample("8", text="a man")]
    files, names = audit_training(train, test)
    assert (files.count, names.examples) == (1, ("8",))
    assert len(audit_training(train, test, same_naming=False)) == 1


def test_sharing_is_read_from_the_words_of_a_model() -> None:
    assert sets_named_in("SYNTH-PEDES, then Market-1501.") == ("market1501", "synth_pedes")
    assert sets_named_in("petals and Tri-CUHK-PEDES") == ("tri_cuhk",)
    named = sets_named_in("Market 1501, CUHK03-NP; MSMT17_V2, SYSUMM01, tri cuhk pedes")
    assert named == ("cuhk03", "market1501", "msmt17", "sysu_mm01", "tri_cuhk")
    assert sets_named_in("MSMT17v1, MSMT172, our-PETA, CUHK033") == ("msmt17",)
    assert known_sharing("rendered people", "market1501") == ()
    assert known_sharing("Market-1501", "market1501") == ("the model was trained on Market-1501",)
    (note,) = known_sharing("SYNTH-PEDES", "cuhk_pedes")
    assert "captioner" in note


def _rows(cameras: list[str | None]) -> DataSet:
    rows = tuple(
        Sample(str(n // 2), text=f"red {n}", camera=camera, picture=str(n))
        for n, camera in enumerate(cameras)
    )
    return DataSet("folder", Path("x.csv"), {"all": rows})


@pytest.mark.parametrize("camera", ["gate", None])
def test_data_of_one_camera_get_a_rule_that_works(camera: str | None) -> None:
    found = check_data(_rows([camera] * 6), find_protocol("folder"))
    assert (found.num_scorable, found.num_query) == (0, 6)
    assert found.scorable_by_rule["same_picture"] == 6
    assert "--exclusion same_picture" in found.advice[0]
    better = check_data(_rows([camera] * 6), find_protocol("folder"), SAME_PICTURE)
    assert (better.num_scorable, better.unscorable) == (6, {})


def test_a_query_never_finds_itself(encoder: ColourEncoder, tmp_path: Path) -> None:
    rows = tuple(
        Sample(str(n // 2), rgb=(paint(tmp_path / f"{n}.png", "red", "blue", 40),), picture=str(n))
        for n in range(6)
    )
    data = DataSet("folder", tmp_path, {"all": rows})
    folder, cache = find_protocol("folder"), EmbeddingCache(None)
    with pytest.raises(InputError, match="6 queries are gallery items too"):
        evaluate_protocol(encoder, data, folder, cache, Options(exclusion=NO_EXCLUSION))
    right = evaluate_protocol(encoder, data, folder, cache, Options(exclusion=SAME_PICTURE))
    assert right.result.num_valid == 6
    advice = check_data(data, folder, NO_EXCLUSION).advice
    assert "every query would find itself" in advice[0]
    assert not any("--exclusion none" in text for text in check_data(data, folder).advice)


def test_the_validator_names_queries_that_cannot_be_scored() -> None:
    data = DataSet(
        "folder",
        Path("x.csv"),
        {
            "query": (
                Sample("1", text="a", camera="gate"),
                Sample("2", text="b", camera="gate"),
                Sample("3", text="c", camera="gate"),
            ),
            "gallery": (
                Sample("1", text="d", camera="yard"),
                Sample("2", text="e", camera="gate"),
            ),
        },
    )
    found = check_data(data, find_protocol("folder"))
    assert found.num_scorable == 1
    assert sum(found.unscorable.values()) == 2
    assert "2: b" in found.examples["the exclusion rule removes every gallery item of the identity"]
    assert any("1 query identity is not in the gallery (3)" in text for text in found.advice)
    assert any("only 3 people" in text for text in found.advice)


def test_the_validator_counts_what_can_be_read_as_an_evaluation_does(
    encoder: ColourEncoder, tmp_path: Path
) -> None:
    good, kept = (paint(tmp_path / name, "red", "blue") for name in ("good.png", "kept.png"))
    broken = tmp_path / "broken.png"
    broken.write_bytes(good.read_bytes()[:60])
    data = DataSet(
        "folder",
        tmp_path / "x.csv",
        {
            "query": tuple(Sample("1", rgb=(file,), camera="a") for file in (good, broken)),
            "gallery": tuple(Sample("1", rgb=(file,), camera="b") for file in (kept, broken)),
        },
    )
    folder, steps = find_protocol("folder"), []
    found = check_data(data, folder, progress=lambda done, of: steps.append((done, of)))
    result = evaluate_protocol(encoder, data, folder, EmbeddingCache(None)).result
    assert (found.num_query, found.num_scorable, found.num_gallery) == (2, 1, 1)
    assert (result.num_valid, result.num_gallery) == (1, 1)
    assert found.unscorable == {"a picture of it cannot be read": 1}
    assert [problem.where for problem in found.problems] == [str(broken)]
    assert steps == [(4, 4)]
    alone = DataSet("folder", tmp_path / "x.csv", {**data.splits, "query": data.split("query")[1:]})
    assert check_data(alone, folder).unscorable == {"a picture of it cannot be read": 1}


def test_the_validator_says_who_names_no_camera() -> None:
    drawn, seen = Sample("1", text="red"), Sample("1", text="blue", camera="gate")
    for query, gallery, words in (
        (drawn, seen, "the rule compares cameras and the queries name none"),
        (seen, drawn, "the rule compares cameras and the gallery names none"),
        (drawn, drawn, "the rule compares cameras and the data name none"),
    ):
        data = DataSet("folder", Path("x.csv"), {"query": (query,), "gallery": (gallery,)})
        assert check_data(data, find_protocol("folder")).unscorable == {words: 1}
    pictures = check_data(data, find_protocol("folder"), SAME_PICTURE).unscorable
    assert pictures == {"the rule compares pictures and the data name none": 1}


def _regdb(**changed: tuple[Sample, ...]) -> DataSet:
    """Ten trials of one person, but for those splits that are given."""
    query, kept = Sample("1", text="seen", camera="v"), Sample("1", text="warm", camera="t")
    splits = {
        f"{trial}.test.{modality}": (sample,)
        for trial in range(1, 11)
        for modality, sample in (("rgb", query), ("infrared", kept))
    }
    return DataSet("regdb", Path("regdb"), {**splits, **changed})


def test_the_validator_looks_at_every_trial() -> None:
    known, stranger = Sample("1", text="a"), Sample("9", text="nobody")
    data = _regdb(**{"4.test.rgb": (known, stranger), "7.test.infrared": (stranger,)})
    found = check_data(data, find_protocol("regdb.v2t"))
    assert (found.num_query, found.num_scorable, found.protocol_trials) == (1, 1, 10)
    assert [trial.number for trial in found.trials] == list(range(1, 11))
    counts = {trial.number: (trial.num_query, trial.num_scorable) for trial in found.trials}
    assert counts.pop(4) == (2, 1)
    assert counts.pop(7) == (1, 0)
    assert set(counts.values()) == {(1, 1)}
    assert found.trials[3].unscorable == {"the identity is not in the gallery": 1}
    assert found.trials[3].examples == {"the identity is not in the gallery": ("9: nobody",)}
    (fourth,) = check_data(data, find_protocol("regdb.v2t"), trials=(4,)).trials
    assert fourth == found.trials[3]


def test_the_validator_counts_every_trial_as_an_evaluation_does(
    encoder: ColourEncoder, tmp_path: Path
) -> None:
    names = ("query.png", "kept.png", "broken.png", "absent.png")
    query, kept, broken, absent = (paint(tmp_path / name, "red", "blue") for name in names)
    broken.write_bytes(query.read_bytes()[:60])
    asked, wrong, unknown = (
        Sample(identity, rgb=(file,), camera="v")
        for identity, file in (("1", query), ("1", broken), ("2", absent))
    )
    data = _regdb(
        **{f"{trial}.test.rgb": (asked,) for trial in range(1, 11)},
        **{
            f"{trial}.test.infrared": (Sample("1", rgb=(kept,), camera="t"),)
            for trial in range(1, 11)
        },
    )
    splits = {**data.splits, "3.test.rgb": (asked, wrong, unknown)}
    data, steps = DataSet("regdb", tmp_path, splits), []
    protocol = find_protocol("regdb.v2t")
    found = check_data(data, protocol, progress=lambda done, of: steps.append((done, of)))
    per_trial = evaluate_protocol(encoder, data, protocol, EmbeddingCache(None)).result.per_trial
    for checked, evaluated in zip(found.trials, per_trial, strict=True):
        lost = checked.unscorable.get("a picture of it cannot be read", 0)
        assert checked.number == evaluated.number
        assert checked.num_scorable == evaluated.num_valid
        assert checked.num_query - lost == evaluated.num_query
        assert checked.num_gallery == evaluated.num_gallery
    assert steps == [(4, 4)]  # a picture of ten trials is read once


def test_a_trial_that_this_copy_lacks_is_named() -> None:
    data = _regdb()
    short = replace(data, splits={k: v for k, v in data.splits.items() if k != "6.test.infrared"})
    with pytest.raises(InputError, match=r"trial 6 of regdb\.v2t cannot be drawn"):
        check_data(short, find_protocol("regdb.v2t"))
    assert check_data(short, find_protocol("regdb.v2t"), trials=(1, 2)).num_scorable == 1


def test_a_missing_camera_equals_no_other(encoder: ColourEncoder, tmp_path: Path) -> None:
    files = [paint(tmp_path / f"{n}.png", "red", "blue") for n in range(2)]
    data = DataSet(
        "folder",
        tmp_path,
        {
            "query": (
                Sample("1", rgb=(files[0],)),
                Sample("1", rgb=(files[1],), camera="gate"),
            ),
            "gallery": (Sample("1", rgb=(files[1],)), Sample("1", rgb=(files[0],), camera="gate")),
        },
    )
    result = evaluate_protocol(encoder, data, find_protocol("folder"), EmbeddingCache(None)).result
    assert result.num_valid == 2


def test_a_set_without_queries_is_an_error(encoder: ColourEncoder) -> None:
    data = DataSet("folder", Path("x.csv"), {"query": (), "gallery": ()})
    with pytest.raises(InputError, match="no row that can be used: there is none below the header"):
        evaluate_protocol(encoder, data, find_protocol("folder"), EmbeddingCache(None))


def test_every_named_rule_says_what_it_removes() -> None:
    for name, rule in EXCLUSIONS.items():
        assert str(rule).startswith(f"{name} (")
        assert str(rule).endswith("removed)")
