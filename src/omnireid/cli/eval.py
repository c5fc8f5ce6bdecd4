"""`omnireid eval`: any model on any protocol or on one's own data, checked, scored, reported."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.markup import escape

import omnireid
from omnireid.cli.eval_output import (
    show_check,
    show_layout,
    show_list,
    show_rows,
    show_unfinished,
    show_unscored,
)
from omnireid.cli.output import Json, WorkBar, print_json, results
from omnireid.datasets import DataSet, Sample, cards, find_card, load_dataset
from omnireid.errors import InputError, OmniReIDError
from omnireid.evaluation import (
    EXCLUSIONS,
    DataCheck,
    EmbeddingCache,
    Encoding,
    Exclusion,
    ModelFacts,
    Options,
    Protocol,
    Reranking,
    TableRow,
    check_data,
    evaluate_protocol,
    evaluate_splits,
    find_protocol,
    make_report,
    models_named,
    protocols,
    protocols_of,
    table_row,
    write_report,
    write_table,
)
from omnireid.runtime import Encoder

UNUSABLE = 3


@dataclass(frozen=True)
class _Work:
    """What the options ask for."""

    chosen: tuple[Protocol, ...]
    optional: frozenset[str]
    model_per_trial: bool
    data: Mapping[str, Path]
    options: Options
    out: Path
    pictures: bool
    trained_on: Mapping[str, tuple[Sample, ...]]


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("eval")(evaluate)


def evaluate(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Protocols, or data sets for all of their protocols (see --list). "
            "A name that is both, such as market1501, is the protocol."
        ),
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", help="Where a set lies: SET=FOLDER. May be given several times."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--folder", help="Your own data: a CSV, see --layout folder.")
    ] = None,
    model: Annotated[
        list[str] | None,
        typer.Option("--model", help="Name of a shipped model, or a folder. May be repeated."),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("--out", help="Folder for the reports; it may come to hold pictures."),
    ] = Path("evaluation"),
    exclusion: Annotated[
        str | None,
        typer.Option(
            "--exclusion", help="Instead of the protocol's rule: " + ", ".join(EXCLUSIONS)
        ),
    ] = None,
    rerank: Annotated[
        bool, typer.Option("--rerank", help="k-reciprocal re-ranking; named in every result.")
    ] = False,
    trials: Annotated[
        str | None,
        typer.Option(
            "--trials",
            help="Only these trials of each protocol, such as 3 or 1-5; said in the result.",
        ),
    ] = None,
    model_per_trial: Annotated[
        bool,
        typer.Option(
            "--model-per-trial",
            help="The first --model for the first trial, and so on: for sets such as RegDB, where "
            "a model is trained once a split.",
        ),
    ] = False,
    trained_on: Annotated[
        list[str] | None,
        typer.Option(
            "--trained-on",
            help="Data that the model was trained on (SET=FOLDER or a CSV): its files and names "
            "are compared with the test's.",
        ),
    ] = None,
    pictures: Annotated[
        bool, typer.Option("--pictures/--no-pictures", help="Show rank lists as pictures.")
    ] = True,
    cache: Annotated[
        Path | None,
        typer.Option("--cache", help="File for vectors; by default vectors.sqlite in --out."),
    ] = None,
    memory_mb: Annotated[
        int, typer.Option("--memory-mb", min=1, help="Bound for blocks of similarities.")
    ] = 256,
    check: Annotated[
        bool, typer.Option("--check", help="Only say which queries can be scored, and why not.")
    ] = False,
    layout: Annotated[
        str | None, typer.Option("--layout", help="Show a set's layout and how to apply for it.")
    ] = None,
    list_all: Annotated[
        bool, typer.Option("--list", help="List the sets and their protocols.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Evaluate models: Rank-k, mAP and mINP with every count and rule, as a table and a report.

    Nothing is downloaded. Several sets and models give one table (zero-shot, leave one domain out)
    with published figures beside it.

    Example: omnireid eval market1501 --data market1501=/data/Market-1501-v15.09.15

    Example: omnireid eval --folder people.csv --check
    """
    if list_all:
        show_list(as_json)
        return
    if layout is not None:
        show_layout(layout, as_json)
        return
    places = {key: Path(value) for key, value in map(_pair, data or [])}
    if folder is not None:
        places["folder"] = folder
    chosen, optional = _chosen(names or [], places)
    work = _Work(
        chosen,
        optional,
        model_per_trial,
        places,
        Options(
            exclusion=_exclusion(exclusion),
            reranking=Reranking() if rerank else None,
            memory_mb=memory_mb,
            trials=_numbers(trials) if trials is not None else None,
        ),
        out,
        pictures,
        _training_samples(trained_on or []),
    )
    if check:
        _check(work, as_json)
        return
    _evaluate(work, model or ["default"], cache or out / "vectors.sqlite", as_json)


def _evaluate(work: _Work, models: Sequence[str], cache_path: Path, as_json: bool) -> None:
    now = datetime.now().astimezone()
    cache = EmbeddingCache(cache_path)
    rows: list[TableRow] = []
    every: list[ModelFacts] = []
    skipped: list[str] = []
    failures: list[str] = []
    loaded: dict[str, DataSet] = {}
    groups = [tuple(models)] if work.model_per_trial else [(name,) for name in models]
    for group in groups:
        name = ", ".join(group)
        encoders = [omnireid.load(one) for one in group]
        facts = _facts(encoders)
        if facts.model_id in {known.model_id for known in every}:
            # Its report would take the place of the first one's.
            skipped.append(f"{name}: the same weights as a model before it ({facts.model_id})")
            continue
        every.append(facts)
        for protocol in work.chosen:
            try:
                found = _found(protocol, work, loaded)
                rows.append(_one(encoders, facts, found, protocol, cache, work, now))
            except OmniReIDError as error:
                # One unusable set must not cost the others their result.
                heap = skipped if protocol.name in work.optional else failures
                heap.append(f"{protocol.name}, {name}: {error}")
    cache.close()
    order = list(dict.fromkeys(row.protocol for row in rows))
    rows.sort(key=lambda row: order.index(row.protocol))  # models on one protocol stand together
    if rows:
        files = write_table(rows, every, work.out, created=now)
        if as_json:
            # Through JSON text: there a figure that is not known is null, which JSON can say.
            print_json(json.loads(TypeAdapter(list[TableRow]).dump_json(rows)))
        else:
            show_rows(rows)
            results.print(
                f"Reports: {escape(str(files[-1]))} and a folder for each row.", emoji=False
            )
    show_unscored(rows)
    show_unfinished(skipped, failures)
    if failures or not rows:
        raise typer.Exit(UNUSABLE)


def _found(protocol: Protocol, work: _Work, loaded: dict[str, DataSet]) -> DataSet:
    """The set of a protocol, read once for all of its protocols."""
    name = protocol.dataset
    if name not in loaded:
        loaded[name] = load_dataset(name, work.data[name])
    return loaded[name]


def _one(
    encoders: Sequence[Encoding],
    facts: ModelFacts,
    found: DataSet,
    protocol: Protocol,
    cache: EmbeddingCache,
    work: _Work,
    now: datetime,
) -> TableRow:
    with WorkBar(f"samples of {protocol.name} encoded") as bar:
        evaluation = (
            evaluate_splits(encoders, found, protocol, cache, work.options, bar.handled)
            if work.model_per_trial
            else evaluate_protocol(encoders[0], found, protocol, cache, work.options, bar.handled)
        )
        report = make_report(
            encoders[0],
            facts,
            found,
            evaluation,
            cache,
            work.options,
            created=now,
            trained_on=work.trained_on,
        )
    write_report(
        report, work.out / _file_name(facts.model_id) / protocol.name, pictures=work.pictures
    )
    return table_row(evaluation, facts, found, report.overlaps)


def _facts(encoders: Sequence[Encoder]) -> ModelFacts:
    """What a report says of a model, or of one model a trial: thresholds are those of the first."""
    infos = [encoder.info for encoder in encoders]
    return ModelFacts(
        models_named([encoder.model_id for encoder in encoders]),
        "; ".join(dict.fromkeys(info.licence for info in infos)),
        "; ".join(dict.fromkeys(info.training_data for info in infos)),
        infos[0].calibration,
    )


def _numbers(given: str) -> tuple[int, ...]:
    """Trial numbers from `3`, `1,4` or `1-5`."""
    numbers: list[int] = []
    for part in given.split(","):
        first, _, last = part.strip().partition("-")
        if not first.isdigit() or not (last or first).isdigit():
            raise InputError(
                f"--trials {given!r} is not understood",
                "it holds numbers from 1, with commas, or a first and a last one",
                "write it as 3, or 1,4, or 1-5",
            )
        numbers += range(int(first), int(last or first) + 1)
    return tuple(numbers)


def _chosen(
    names: Sequence[str], places: Mapping[str, Path]
) -> tuple[tuple[Protocol, ...], frozenset[str]]:
    """The protocols asked for, and those among them that came with a whole set.

    Of a whole set, a protocol that this copy has no files for is skipped, not failed.
    """
    wanted = list(names) or (["folder"] if "folder" in places else [])
    if not wanted:
        raise InputError(
            "nothing to evaluate",
            "no protocol, no data set and no --folder was given",
            "see `omnireid eval --list`, or give --folder people.csv",
        )
    found: list[Protocol] = []
    optional: set[str] = set()
    for name in wanted:
        if name in cards() and name not in protocols():
            found += protocols_of(name)
            optional |= {protocol.name for protocol in protocols_of(name)}
            if not protocols_of(name):
                raise InputError(
                    f"{name} has no protocol", "it is for training only", "choose another set"
                )
        else:
            found.append(find_protocol(name))
    for protocol in found:
        if protocol.dataset not in places:
            raise InputError(
                f"{protocol.name} needs {find_card(protocol.dataset).title}",
                "no folder was given for it",
                f"add --data {protocol.dataset}=FOLDER; to get the set: "
                + find_card(protocol.dataset).apply,
            )
    return tuple(dict.fromkeys(found)), frozenset(optional - set(wanted))


def _pair(given: str) -> tuple[str, str]:
    name, separator, place = given.partition("=")
    if not separator or not place:
        raise InputError(
            f"--data {given!r} is not understood", "it has the form SET=FOLDER", "write it so"
        )
    return find_card(name).name, place


def _training_samples(given: Sequence[str]) -> dict[str, tuple[Sample, ...]]:
    """Training samples by set: the splits named train of a set, or every row of a CSV."""
    found: dict[str, tuple[Sample, ...]] = {}
    for one in given:
        name, place = _pair(one) if "=" in one else ("folder", one)
        for split, samples in load_dataset(name, place).splits.items():
            if name == "folder" or "train" in re.split(r"[._]", split):
                found[name] = (*found.get(name, ()), *samples)
    return found


def _exclusion(name: str | None) -> Exclusion | None:
    if name is None:
        return None
    if name not in EXCLUSIONS:
        raise InputError(
            f"no exclusion rule called {name!r}",
            "the rules are: " + ", ".join(EXCLUSIONS),
            "use one of these",
        )
    return EXCLUSIONS[name]


def _file_name(model_id: str) -> str:
    return re.sub(r"[^\w.-]+", "_", model_id)


def _check(work: _Work, as_json: bool) -> None:
    checks: list[DataCheck] = []
    skipped: list[str] = []
    failures: list[str] = []
    loaded: dict[str, DataSet] = {}
    for protocol in work.chosen:
        try:
            found = _found(protocol, work, loaded)
            with WorkBar(f"samples of {protocol.name} read") as bar:
                options = work.options
                checks.append(
                    check_data(found, protocol, options.exclusion, bar.handled, options.trials)
                )
        except OmniReIDError as error:
            heap = skipped if protocol.name in work.optional else failures
            heap.append(f"{protocol.name}: {error}")
    if as_json:
        print_json(TypeAdapter(list[DataCheck]).dump_python(checks, mode="json"))
    else:
        for one in checks:
            show_check(one)
    show_unfinished(skipped, failures, verb="checked")
    empty = any(trial.num_scorable == 0 for one in checks for trial in one.trials)
    if failures or not checks or empty:
        raise typer.Exit(UNUSABLE)
