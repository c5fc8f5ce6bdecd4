"""What `omnireid eval` prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from omnireid.cli.output import messages, print_json, results
from omnireid.datasets import cards, find_card
from omnireid.evaluation import DataCheck, TableRow, orbench_averages, protocols_of

_SHOWN = 10
_SKIPPED_SHOWN = 5


def show_check(check: DataCheck) -> None:
    """Say which queries can be scored, why the others cannot, and what to do."""
    cameras = escape(", ".join(check.cameras)) or "none"
    _line(f"[bold]{check.protocol}[/bold], exclusion: {escape(check.exclusion)}")
    number = f"trial {check.trials[0].number} of {check.protocol_trials}: "
    _line(
        f"  {number if check.protocol_trials > 1 else ''}"
        f"{check.num_scorable:,} of {check.num_query:,} queries can be scored against "
        f"{check.num_gallery:,} gallery items; cameras: {cameras}"
    )
    for reason, count in check.unscorable.items():
        some = ", ".join(check.examples.get(reason, ()))
        shown = f" ({escape(some)})" if some else ""
        _line(f"  {count:,} cannot: {escape(reason)}{shown}")
    if len(check.trials) > 1:
        _show_other_trials(check)
    rules = ", ".join(f"{name} {count:,}" for name, count in check.scorable_by_rule.items())
    _line(f"  scorable by rule: {rules}")
    for advice in check.advice:
        _line(f"  [yellow]Advice:[/yellow] {escape(advice)}.")
    for overlap in check.overlaps:
        _line(f"  [yellow]Overlap:[/yellow] {escape(str(overlap))}.")
    for problem in check.problems[:_SHOWN]:
        label = "Counts differ" if problem.wrong_count else "Left out"
        _line(f"  [yellow]{label}:[/yellow] {escape(str(problem))}")
    if len(check.problems) > _SHOWN:
        _line(f"  … and {len(check.problems) - _SHOWN:,} more (all with --json)")


def _show_other_trials(check: DataCheck) -> None:
    """What the trials after the first have otherwise: ranges of counts, and which have nothing."""
    first, *others = check.trials
    name = f"the other {len(others)} trials" if len(others) > 1 else f"trial {others[0].number}"
    shown = [
        (trial.num_scorable, trial.num_query, trial.num_gallery, trial.unscorable)
        for trial in (first, *others)
    ]
    if all(one == shown[0] for one in shown):
        _line(f"  {name}: the same counts")
        return
    queries = _span([trial.num_query for trial in others])
    _line(
        f"  {name}: {_span([trial.num_scorable for trial in others])} of {queries} queries can be "
        f"scored against {_span([trial.num_gallery for trial in others])} gallery items"
    )
    for reason in dict.fromkeys(reason for trial in others for reason in trial.unscorable):
        counts = [trial.unscorable.get(reason, 0) for trial in others]
        worst = others[counts.index(max(counts))]
        some = ", ".join(worst.examples.get(reason, ()))
        where = f"most in trial {worst.number}" if len(others) > 1 else ""
        more = escape(": ".join(part for part in (where, some) if part))
        _line(f"    {_span(counts)} cannot: {escape(reason)}{f' ({more})' if more else ''}")
    empty = [str(trial.number) for trial in check.trials if not trial.num_scorable]
    if empty:
        _line(f"  [yellow]Nothing can be scored in trial {', '.join(empty)}.[/yellow]")


def _span(counts: Sequence[int]) -> str:
    """Counts as one number, or as the lowest to the highest."""
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def show_rows(rows: Sequence[TableRow]) -> None:
    """The table, and under it every count and rule of each row."""
    several = len({row.model_id for row in rows}) > 1
    paper = any(row.paper is not None for row in rows)
    table = Table(
        Column("protocol", overflow="fold"),
        *([Column("model", overflow="fold")] if several else []),
        *("rank-1", "mAP", "mINP", "scored", "training"),
        *(["paper's rank-1"] if paper else []),
    )
    for row in rows:
        result = row.result
        table.add_row(
            row.protocol,
            *([Text(row.model_id)] if several else []),
            *(
                f"{value:.1%}" if result.num_valid else "-"
                for value in (result.rank1, result.mAP, result.mINP)
            ),
            f"{result.num_valid:,}/{result.num_query:,}",
            row.acquaintance,
            *([f"{row.paper.rank1:.1f}%" if row.paper else "-"] if paper else []),
        )
    results.print(table)
    said: set[tuple[str, str]] = set()
    for row in rows:
        _line(f"{row.protocol}, {escape(row.model_id)}: {escape(str(row.result))}")
        counts = row.wrong_counts
        more = [f"and {len(counts) - _SHOWN:,} more counts differ"] if len(counts) > _SHOWN else []
        for note in (*row.notes, *counts[:_SHOWN], *more):
            if (row.dataset, note) not in said:  # a set's notes belong to all of its rows
                said.add((row.dataset, note))
                _line(f"  [yellow]Note:[/yellow] {escape(note)}")
    for model, groups in orbench_averages(rows).items():
        for count, (rank1, precision, tasks) in groups.items():
            _line(
                f"ORBench, {count} {'modality' if count == 1 else 'modalities'}, "
                f"{escape(model)}: mean of {tasks} tasks: "
                f"rank-1 {rank1:.1%}, mAP {precision:.1%}"
            )


def show_unscored(rows: Sequence[TableRow]) -> None:
    """Point rows without a scored query to the validator."""
    for row in rows:
        if not row.result.num_valid:
            messages.print(
                f"[yellow]Nothing scored:[/yellow] {escape(row.protocol)}; the same command with "
                "--check says why and what to do",
                soft_wrap=True,
                emoji=False,
            )


def show_unfinished(
    skipped: Sequence[str], failures: Sequence[str], verb: str = "evaluated"
) -> None:
    """Say which protocols this copy has no files for, and which failed, and why."""
    for one in skipped[:_SKIPPED_SHOWN]:
        messages.print(f"[yellow]Skipped:[/yellow] {escape(one)}", soft_wrap=True, emoji=False)
    if len(skipped) > _SKIPPED_SHOWN:
        messages.print(
            f"[yellow]Skipped:[/yellow] {len(skipped) - _SKIPPED_SHOWN} more protocols, of which "
            "this copy has no files either"
        )
    for failure in failures:
        messages.print(f"[red]Not {verb}:[/red] {escape(failure)}", soft_wrap=True, emoji=False)


def show_list(as_json: bool) -> None:
    """Every data set with its licence and protocols."""
    if as_json:
        print_json(
            {
                card.name: {
                    "title": card.title,
                    "use": card.use,
                    "licence": card.licence,
                    "apply": card.apply,
                    "protocols": [str(one) for one in protocols_of(card.name)],
                }
                for card in cards().values()
            }
        )
        return
    table = Table("set", "title", "licence", "protocols")
    for card in cards().values():
        names = [one.name for one in protocols_of(card.name)]
        shown = names[:8] + ([f"… {len(names) - 8} more"] if len(names) > 8 else [])
        table.add_row(card.name, card.title, card.licence, "\n".join(shown) or card.use)
    results.print(table)


def show_layout(name: str, as_json: bool) -> None:
    """A set's layout, notes, and how one applies for it."""
    card = find_card(name)
    if as_json:
        print_json(card.model_dump(mode="json"))
        return
    _line(f"[bold]{escape(card.title)}[/bold] ({card.name}), {escape(card.licence)}")
    _line(escape(card.layout.strip()))
    for note in card.notes:
        _line(escape(note))
    _line(f"To get it: {escape(card.apply)}")
    _line(f"Paper: {escape(card.paper)}")


def _line(text: str) -> None:
    """One line as it is: names of models and files are never read as emoji, nor broken."""
    results.print(text, soft_wrap=True, emoji=False)
