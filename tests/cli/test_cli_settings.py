"""The settings are told truly: by the command, by the sample file and by docs/settings.md."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from cli_runs import Run

from omnireid.settings import Settings
from omnireid.settings_listing import markdown_table, sample

ROOT = Path(__file__).parents[2]


def test_each_value_is_shown_with_where_it_comes_from(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "omnireid.toml").write_text("page_size = 48\nport = 9000\n")
    monkeypatch.setenv("OMNIREID_PORT", "9100")
    document = run("settings", "--json").document
    told = {one["name"]: (one["value"], one["origin"]) for one in document["settings"]}
    assert told["page_size"] == (48, "file")
    assert told["port"] == (9100, "environment")
    assert told["language"] == ("en", "default")
    assert set(told) == set(Settings.model_fields)
    assert document["file"] == "omnireid.toml"
    page = run("settings").out
    assert re.search(r"port +9100 +environment", page)


def test_an_unknown_name_in_the_file_is_an_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "omnireid.toml").write_text("pages = 48\n")
    ran = run("settings")
    assert ran.code == 3
    assert "pages" in ran.err


def test_the_sample_holds_every_default(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = run("settings", "--sample").out
    assert printed == sample()
    file = tmp_path / "all.toml"
    lines = re.findall(r"^#(\w+ = .*)$", printed, re.MULTILINE)
    assert len(lines) == len(Settings.model_fields)
    file.write_text("\n".join(line for line in lines if not line.endswith("…")), "utf-8")
    assert set(tomllib.loads(file.read_text("utf-8"))) <= set(Settings.model_fields)
    defaults = Settings()
    monkeypatch.setenv("OMNIREID_SETTINGS", str(file))
    assert Settings() == defaults


def test_every_setting_is_described() -> None:
    for name, field in Settings.model_fields.items():
        assert field.description, f"{name} has no docstring below it in settings.py"


def test_the_document_and_the_sample_file_are_up_to_date(run: Run) -> None:
    document = (ROOT / "docs" / "settings.md").read_text("utf-8")
    table = re.search(r"<!-- settings: .*? -->\n(.*?)\n<!-- end", document, re.DOTALL)
    assert table
    assert table[1] == markdown_table() == run("settings", "--table").out.rstrip(), (
        "put the output of `omnireid settings --table` into docs/settings.md"
    )
    assert (ROOT / "deploy" / "omnireid.toml").read_text("utf-8") == sample(), (
        "run `omnireid settings --sample > deploy/omnireid.toml`"
    )


def test_a_secret_is_not_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNIREID_OIDC_CLIENT_SECRET", "between us")
    for ran in (run("settings"), run("settings", "--json")):
        assert "between us" not in ran.out
        assert "********" in ran.out
