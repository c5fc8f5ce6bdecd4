"""Every command that a document or a help text shows can be typed as it stands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import typer

from omnireid.cli.app import app

ROOT = Path(__file__).parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def shown_in(text: str) -> list[str]:
    """The command lines of the shell blocks of a document; lines ending in \\ are joined."""
    blocks = re.findall(r"```(?:sh|bash|console)\n(.*?)```", text, re.DOTALL)
    lines = "\n".join(blocks).replace("\\\n", " ").splitlines()
    stripped = (line.strip().removeprefix("$ ") for line in lines)
    # What is written to a file is the shell's part.
    return [line.split(" > ")[0] for line in stripped if line.startswith("omnireid ")]


def helps(command: Any) -> list[str]:
    """The examples in the help of a command and of those below it."""
    found = re.findall(r"Example: (omnireid .*)", command.help or "")
    for inner in getattr(command, "commands", {}).values():
        found += helps(inner)
    return found


SHOWN = [
    *((path.name, line) for path in DOCUMENTS for line in shown_in(path.read_text("utf-8"))),
    *(("help", line) for line in helps(typer.main.get_command(app))),
]


@pytest.mark.parametrize(("where", "line"), SHOWN)
def test_a_shown_command_parses(where: str, line: str) -> None:
    command: Any = typer.main.get_command(app)
    arguments = shlex.split(line, comments=True)[1:]
    while hasattr(command, "commands") and arguments and arguments[0] in command.commands:
        command = command.commands[arguments.pop(0)]
    if arguments in (["--help"], []) and hasattr(command, "commands"):
        return
    # Parsing alone: nothing runs. Unknown options and missing arguments raise here.
    assert command.make_context(line, arguments), where


def test_documents_show_commands() -> None:
    assert sum(where == "README.md" for where, _ in SHOWN) >= 5
    assert sum(where == "quickstart.md" for where, _ in SHOWN) >= 10
