"""What commands write: results to stdout, progress and messages to stderr."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from omnireid.sources import Skipped

results = Console(highlight=False)
"""Stdout: what was asked for."""

messages = Console(stderr=True, highlight=False)
"""Stderr: progress, warnings, errors."""

Json = Annotated[
    bool, typer.Option("--json", help="Print one JSON document to stdout, for machines.")
]

_SHOWN_SKIPS = 20


def print_json(document: object) -> None:
    """Print one JSON document (keys as given, Japanese readable) to stdout."""
    results.file.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def print_done(sentence: str, document: object, *, as_json: bool) -> None:
    """Say what was done: a sentence for a person, or a document for machines."""
    if as_json:
        print_json(document)
    else:
        results.print(sentence, soft_wrap=True)


class WorkBar:
    """Long work on stderr: how many are done, the share where it is known, the time. Shown while
    it is entered as a context."""

    def __init__(self, what: str) -> None:
        """`what` is a plural, such as "pictures"."""
        self._what = what
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=messages,
            transient=True,
            disable=not messages.is_terminal,  # in a log file it would leave empty lines
        )
        self._task = self._progress.add_task(what, total=None)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.stop()

    def handled(self, count: int, total: int | None = None) -> None:
        """So many are done, of so many."""
        of = f" of {total:,}" if total else ""
        self._progress.update(self._task, description=f"{count:,}{of} {self._what}")
        if total:
            self.share(count / total)

    def share(self, done: float) -> None:
        """The share that is done, 0 to 1."""
        self._progress.update(self._task, total=1.0, completed=done)


def show_skipped(skipped: Sequence[Skipped]) -> None:
    """List on stderr what was left out and why; long lists are cut and the rest counted."""
    if not skipped:
        return
    messages.print(f"[yellow]{len(skipped)} skipped:[/yellow]")
    for item in skipped[:_SHOWN_SKIPS]:
        messages.print(f"  {escape(item.source)}: {escape(item.reason)}")
    if len(skipped) > _SHOWN_SKIPS:
        messages.print(f"  … and {len(skipped) - _SHOWN_SKIPS} more (all with --json)")
