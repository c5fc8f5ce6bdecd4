"""The service's log: what happened, where and how long it took, and nothing about anyone.

Entries hold a request's id, the template of its route, status, milliseconds and the number of the
user. Never query words, names, addresses with their values, pictures or tokens. The text of an
exception may quote what a person typed, so a fault is told by its class and its place alone.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Any

from omnireid.settings import Settings

_DEEPEST = 30


def entry(**fields: str | int | float | None) -> dict[str, Mapping[str, object]]:
    """Fields of a log entry, for the `extra` of a logging call; those that are None are dropped."""
    return {"fields": {name: value for name, value in fields.items() if value is not None}}


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        line: dict[str, Any] = {
            "time": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            line["fault"] = _kind(record.exc_info[0])
            line["at"] = _places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False, default=str)


class PlainLines(logging.Formatter):
    """One line for people; a fault adds the places it passed."""

    def format(self, record: logging.LogRecord) -> str:
        """See logging.Formatter."""
        fields = "".join(
            f" {name}={value}" for name, value in getattr(record, "fields", {}).items()
        )
        lines = [f"{_moment(record)} {record.levelname.lower()} {record.getMessage()}{fields}"]
        if record.exc_info and record.exc_info[0]:
            lines.append(f"  {_kind(record.exc_info[0])}")
            lines += [f"    at {place}" for place in _places(record.exc_info[2])]
        return "\n".join(lines)


def configure_log(settings: Settings, stream: IO[str] | None = None) -> None:
    """Write the log of this process to stderr (or `stream`) as the settings say."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if settings.log_format == "json" else PlainLines())
    handler.addFilter(_told_already)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    # Libraries may write what they are given into their lesser entries.
    root.setLevel(logging.WARNING)
    logging.getLogger("omnireid").setLevel(settings.log_level.upper())


def _told_already(record: logging.LogRecord) -> bool:
    """uvicorn tells a fault of a route once more, after the service has."""
    return not (record.name == "uvicorn.error" and record.exc_info)


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _kind(error: type[BaseException]) -> str:
    return f"{error.__module__}.{error.__qualname__}"


def _places(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-_DEEPEST:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
