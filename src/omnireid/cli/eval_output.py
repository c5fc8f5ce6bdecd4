"""What `omnireid eval` prints."""

from __future__ import annotations

from collections.abc import Sequence

from rich.markup import escape
from rich.table import Table
from rich.text import Text

from omnireid.cli.output import print_json, results
from omnireid.datasets import cards, find_card
from omnireid.evaluation import DataCheck, TableRow, orbench_averages, protocols_of

_SHOWN = 10


def show_check(check: DataCheck) -> None:
    """Say which queries can be scored, why the others cannot, and what to do."""
    cameras = escape(", ".join(check.cameras)) or "none"
    results.print(f"[bold]{check.protocol}[/bold], exclusion: {escape(check.exclusion)}")
    results.print(
        f"  {check.num_scorable:,} of {check.num_query:,} queries can be scored against "
        f"{check.num_gallery:,} gallery items; cameras: {cameras}"
    )
    for reason, count in check.unscorable.items():
        some = ", ".join(check.examples.get(reason, ()))
        results.print(
            f"  {count:,} cannot: {escape(reason)}" + (f" ({escape(some)})" if some else "")
        )
    rules = ", ".join(f"{name} {count:,}" for name, count in check.scorable_by_rule.items())
    results.print(f"  scorable by rule: {rules}")
    for advice in check.advice:
        results.print(f"  [yellow]Advice:[/yellow] {escape(advice)}.", soft_wrap=True, emoji=False)
    for overlap in check.overlaps:
        results.print(
            f"  [yellow]Overlap:[/yellow] {escape(str(overlap))}.", soft_wrap=True, emoji=False
        )
    for problem in check.problems[:_SHOWN]:
        results.print(
            f"  [yellow]Left out:[/yellow] {escape(str(problem))}", soft_wrap=True, emoji=False
        )
    if len(check.problems) > _SHOWN:
        results.print(f"  … and {len(check.problems) - _SHOWN:,} more (all with --json)")


def show_rows(rows: Sequence[TableRow]) -> None:
    """The table, and under it every count and rule of each row."""
    table = Table("protocol", "model", "rank-1", "mAP", "mINP", "scored", "training", "published")
    for row in rows:
        result = row.result
        table.add_row(
            row.protocol,
            Text(row.model_id),
            *(
                f"{value:.1%}" if result.num_valid else "-"
                for value in (result.rank1, result.mAP, result.mINP)
            ),
            f"{result.num_valid:,}/{result.num_query:,}",
            row.acquaintance,
            "\n".join(row.published) or "-",
        )
    results.print(table)
    for row in rows:
        results.print(
            f"{row.protocol}, {escape(row.model_id)}: {escape(str(row.result))}",
            soft_wrap=True,
            emoji=False,
        )
        for note in row.notes:
            results.print(f"  [yellow]Note:[/yellow] {escape(note)}", soft_wrap=True, emoji=False)
    for model, groups in orbench_averages(rows).items():
        for count, (rank1, precision, tasks) in groups.items():
            results.print(
                f"ORBench, {count} modalities, {escape(model)}: mean of {tasks} tasks: "
                f"rank-1 {rank1:.1%}, mAP {precision:.1%}",
                soft_wrap=True,
                emoji=False,
            )


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
    results.print(f"[bold]{escape(card.title)}[/bold] ({card.name}), {escape(card.licence)}")
    results.print(escape(card.layout.strip()))
    for note in card.notes:
        results.print(escape(note), soft_wrap=True, emoji=False)
    results.print(f"To get it: {escape(card.apply)}", soft_wrap=True, emoji=False)
    results.print(f"Paper: {escape(card.paper)}", soft_wrap=True, emoji=False)
