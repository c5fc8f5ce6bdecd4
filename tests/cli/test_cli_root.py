"""The command line as a whole: help, exit codes, errors."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from cli_runs import Run

import omnireid
from omnireid import errors
from omnireid.cli.app import app, main

DOCUMENT = Path(__file__).parents[2] / "docs" / "errors.md"


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something."""
    if hasattr(command, "commands"):
        for name, inner in command.commands.items():
            yield from commands(inner, (*path, name))
    else:
        yield path


COMMANDS = list(commands(typer.main.get_command(app)))


def test_the_commands_that_the_product_promises_are_there() -> None:
    names = {path[0] for path in COMMANDS}
    assert names >= {"index", "search", "render", "train", "export", "models", "serve", "demo",
                     "verify", "delete"}  # fmt: skip
    assert {path[1] for path in COMMANDS if path[0] == "index"} == {"folder", "notes", "video"}


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_command_has_help_with_an_example_and_json(run: Run, path: tuple[str, ...]) -> None:
    ran = run(*path, "--help")
    assert ran.code == 0
    assert f"Example: omnireid {' '.join(path)}" in ran.out
    assert "--json" in ran.out


def test_exit_codes_are_in_the_help_and_in_the_document(run: Run) -> None:
    told = run("--help").out
    document = DOCUMENT.read_text("utf-8")
    kinds = errors.OmniReIDError.__subclasses__()
    assert {kind.exit_code for kind in kinds if kind.__module__ == errors.__name__} == {
        3,
        4,
        5,
        6,
        8,
        9,
    }
    for code in range(12):
        assert f"\n| {code} |" in document
        assert f"{code} " in told
    for kind in kinds:
        if kind.__module__ == errors.__name__:
            assert f"| {kind.exit_code} | `{kind.code}` |" in document


def test_version(run: Run) -> None:
    assert run("--version").out == f"omnireid {omnireid.__version__}\n"


def test_a_wrong_option_is_exit_code_2(run: Run) -> None:
    assert run("search", "--colour", "red").code == 2


def _broken(_: object) -> None:
    raise RuntimeError("the moon is [full]")


def test_a_fault_is_one_line_and_a_hint(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnireid.cli.gallery.gallery_folder", _broken)
    ran = run("verify")
    assert ran.code == 1
    assert "RuntimeError: the moon is [full]" in ran.err
    assert "Traceback" not in ran.err
    assert "--debug" in ran.err


@pytest.mark.parametrize("arguments", [["--debug", "verify"], ["verify", "--debug"]])
def test_debug_shows_the_traceback(arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omnireid.cli.gallery.gallery_folder", _broken)
    with pytest.raises(RuntimeError, match="moon"):
        main(arguments)


@pytest.mark.parametrize(
    ("package", "arguments"),
    [
        ("cv2", ["index", "video", "street.avi"]),
        ("cv2", ["demo", "--video", "street.avi", "--no-browser"]),
        ("torch", ["train", "r.toml", "--people", "p", "--out", "o"]),
        ("torch", ["export", "a.ckpt", "out"]),
    ],
)
def test_a_missing_part_says_how_to_install_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, package: str, arguments: list[str]
) -> None:
    for name in [n for n in sys.modules if n.split(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    for room in ("omnireid.sources.", "omnireid.training"):
        for name in [n for n in sys.modules if n.startswith(room)]:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    (tmp_path / "street.avi").write_bytes(b"x")
    ran = run(*arguments)
    assert ran.code == 6
    assert "pip install 'omnireid[" in ran.err


def test_models(run: Run, random_model: Path) -> None:
    document = run("models", "list", "--json").document
    assert all(one["model_id"] and one["modalities"] for one in document)
    shown = run("models", "card", random_model, "--json").document
    assert shown["name"] == str(random_model)
    assert shown["width"] == 256
    ran = run("models", "card", "nobody")
    assert ran.code == 4
    assert "nobody" in ran.err


def test_a_model_with_a_changed_byte_is_refused(
    run: Run, random_model: Path, tmp_path: Path, pictures: Path
) -> None:
    import shutil

    changed = tmp_path / "changed"
    shutil.copytree(random_model, changed)
    graph = changed / "text.onnx"
    data = bytearray(graph.read_bytes())
    data[len(data) // 2] ^= 1
    graph.write_bytes(data)
    ran = run("index", "folder", pictures, "--model", changed, "-g", "new")
    assert ran.code == 4
    assert "text.onnx" in ran.err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [("port = 'x'", "port"), ("prot = 80", "prot"), ("port = ", "not valid TOML")],
)
def test_a_wrong_settings_file_is_told(run: Run, tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "omnireid.toml").write_text(text)
    ran = run("verify")
    assert ran.code == 3
    assert told in ran.err
    assert "omnireid.toml" in ran.err
