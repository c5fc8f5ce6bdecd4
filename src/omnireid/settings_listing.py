"""The settings as a person reads them: values and where they come from, a sample, a table."""

from __future__ import annotations

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from omnireid.settings import Settings, settings_file

Origin = Literal["environment", "file", "default"]
_PREFIX = "OMNIREID_"
_MASK = "********"


@dataclass(frozen=True)
class Setting:
    """One setting: its effective value as JSON, where that comes from, what it is for."""

    name: str
    value: object
    default: object
    origin: Origin
    description: str

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return _PREFIX + self.name.upper()


def effective(settings: Settings) -> tuple[Setting, ...]:
    """Every setting, its value and where it comes from; secrets (not in the repr) are masked."""
    in_file = _file_names(settings_file())
    variables = {name.upper() for name in os.environ}
    values = {
        name: _MASK if value and not Settings.model_fields[name].repr else value
        for name, value in settings.model_dump(mode="json").items()
    }

    def origin(name: str) -> Origin:
        if _PREFIX + name.upper() in variables:
            return "environment"
        return "file" if name in in_file else "default"

    return tuple(
        Setting(name, values[name], _default(field), origin(name), _sentence(field))
        for name, field in Settings.model_fields.items()
    )


def sample() -> str:
    """A settings file with every setting at its default, each a comment to be taken out."""
    lines = [
        "# Settings of OmniReID: docs/settings.md explains them.",
        "# Take out the # before a line to change it. The environment (OMNIREID_PORT=8080) wins",
        "# over this file. `omnireid settings` shows what is in force and where it comes from.",
    ]
    for name, field in Settings.model_fields.items():
        default = _default(field)
        value = "…" if default is None else toml_value(default)
        lines += ["", *_wrapped(_sentence(field)), f"#{name} = {value}"]
    return "\n".join(lines) + "\n"


def markdown_table() -> str:
    """The table of docs/settings.md."""
    rows = ["| Setting | Default | What it does |", "|---|---|---|"]
    for name, field in Settings.model_fields.items():
        default = _default(field)
        shown = "not set" if default is None else f"`{toml_value(default)}`"
        rows.append(f"| `{name}` | {shown} | {_sentence(field)} |")
    return "\n".join(rows)


def toml_value(value: object) -> str:
    """A JSON value as TOML.

    >>> print(toml_value(["a", "b"]), toml_value(True), toml_value({"days": 30}))
    ["a", "b"] true { days = 30 }
    """
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key} = {toml_value(one)}" for key, one in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    if isinstance(value, list):
        return "[" + ", ".join(toml_value(one) for one in value) + "]"
    # Strings, numbers and booleans read alike in both.
    return json.dumps(value, ensure_ascii=False)


def _default(field: FieldInfo) -> object:
    return to_jsonable_python(field.get_default(call_default_factory=True))


def _sentence(field: FieldInfo) -> str:
    return " ".join((field.description or "").split())


def _wrapped(text: str, width: int = 90) -> list[str]:
    lines = ["#"]
    for word in text.split():
        if len(lines[-1]) + 1 + len(word) > width:
            lines.append("#")
        lines[-1] += f" {word}"
    return lines


def _file_names(path: Path) -> frozenset[str]:
    if not path.is_file():
        return frozenset()
    return frozenset(tomllib.loads(path.read_text(encoding="utf-8")))
