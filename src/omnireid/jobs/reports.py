"""What a job left out, as a table that a spreadsheet program can open without harm."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

from omnireid.jobs.queue import JobQueue
from omnireid.jobs.values import Result

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_PAGE = 1000


def report_rows(
    queue: JobQueue, job_id: int, say: Callable[[str], str] = str
) -> Iterator[tuple[str, str, str, str]]:
    """A header, then source, result, reason and item of each file that gave no new item.

    say: tells headings, results and reasons in another language.
    """
    yield say("source"), say("result"), say("reason"), say("item")
    for result in (Result.SKIPPED, Result.DUPLICATE):
        after = 0
        while page := queue.listed(job_id, result, limit=_PAGE, after=after):
            for one in page:
                item = "" if one.item_id is None else str(one.item_id)
                reason = harmless(say(one.reason) if one.reason else "")
                yield harmless(one.name), say(result.value), reason, item
            after = page[-1].id


def report_lines(queue: JobQueue, job_id: int, say: Callable[[str], str] = str) -> Iterator[str]:
    """The table as lines of CSV, with the mark by which spreadsheet programs know UTF-8."""
    yield "\ufeff"
    for row in report_rows(queue, job_id, say):
        line = io.StringIO()
        csv.writer(line).writerow(row)
        yield line.getvalue()


def harmless(text: str) -> str:
    """Text that no spreadsheet program takes for a formula.

    >>> harmless('=HYPERLINK("http://evil")'), harmless("gate.jpg")
    ('\\'=HYPERLINK("http://evil")', 'gate.jpg')
    """
    return f"'{text}" if text.startswith(_FORMULA) else text
