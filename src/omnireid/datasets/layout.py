"""Reading folders and lists of data sets: what is missing is named, odd files are set aside."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from omnireid.datasets.registry import Card
from omnireid.datasets.samples import Problem
from omnireid.errors import InputError, MissingExtraError

PICTURES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})


def require(root: Path, card: Card, needed: Iterable[str]) -> None:
    """Check that these files and folders lie under `root`.

    Raises:
        InputError: something is missing; says what, the expected layout and how to get the set.
    """
    missing = [name for name in needed if not (root / name).exists()]
    if missing or not root.is_dir():
        raise not_the_set(root, card, missing)


def not_the_set(root: Path, card: Card, missing: list[str]) -> InputError:
    """The error for a folder that lacks these parts of the set's layout."""
    why = "missing in it: " + ", ".join(missing) if root.is_dir() else "there is no such folder"
    wanted = missing[0] if missing else "the layout above"
    return InputError(
        f"{root} does not hold {card.title}",
        f"{why}; expected layout:\n{card.layout.strip()}",
        f"give the folder that holds {wanted}. To get the set: {card.apply}",
    )


def first_present(root: Path, card: Card, choices: Iterable[str]) -> Path:
    """The first of these files or folders that exists under `root`.

    Raises:
        InputError: none does; says which were looked for.
    """
    names = list(choices)
    for name in names:
        if (root / name).exists():
            return root / name
    raise not_the_set(root, card, [" or ".join(names)])


def pictures_in(folder: Path) -> list[Path]:
    """The picture files of one folder, by name; hidden files and Thumbs.db are no pictures."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in PICTURES and not path.name.startswith(".")
    )


def parse_names(
    paths: Iterable[Path], pattern: re.Pattern[str], problems: list[Problem]
) -> list[tuple[Path, re.Match[str]]]:
    """Each path with the match of its name; names that do not fit go to `problems`."""
    found: list[tuple[Path, re.Match[str]]] = []
    for path in paths:
        match = pattern.match(path.name)
        if match is None:
            problems.append(Problem(str(path), f"the name does not fit {pattern.pattern}"))
        elif path.stat().st_size == 0:
            problems.append(Problem(str(path), "the file is empty"))
        else:
            found.append((path, match))
    return found


def present(path: Path, problems: list[Problem]) -> bool:
    """Whether a listed file exists; those that do not go to `problems`."""
    try:
        if path.is_file():
            return True
        why = "listed, but not on disk"
    except OSError as error:  # a sentence in the place of a path is too long to be one
        why = f"listed, but no path: {error.strerror}"
    problems.append(Problem(str(path), why))
    return False


def read_lines(path: Path) -> list[str]:
    """The non-empty lines of a list file.

    Raises:
        InputError: the file cannot be read as text.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} could not be read", str(error), "copy the set again") from error
    return [line.strip() for line in text.splitlines() if line.strip()]


def read_json(path: Path) -> Any:
    """A JSON document.

    Raises:
        InputError: the file is missing or no JSON.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise InputError(
            f"{path} could not be read as JSON", str(error), "copy the file again"
        ) from error


def read_json_list(path: Path) -> list[Any]:
    """A JSON document that is an array.

    Raises:
        InputError: the file is missing, no JSON, or no array.
    """
    found = read_json(path)
    if not isinstance(found, list):
        raise InputError(
            f"{path} is not the set's list", "it holds no JSON array", "copy the file again"
        )
    return found


def identity_of(value: Any) -> str | None:
    """An identity as a JSON list writes it, a number or a word; None where it names nobody.

    >>> identity_of(7), identity_of(7.0), identity_of(" "), identity_of(None)
    ('7', '7', None, None)
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip() or None


def captions_of(record: dict[str, Any]) -> list[str]:
    """The captions of a record that say something; one alone may stand without a list."""
    given = record.get("captions")
    listed = given if isinstance(given, list) else [given]
    return [text for text in listed if isinstance(text, str) and text.strip()]


def read_mat(path: Path) -> dict[str, Any]:
    """The variables of a MATLAB file (up to version 7).

    Raises:
        MissingExtraError: SciPy is not installed.
        InputError: the file is no such MATLAB file.
    """
    try:
        from scipy.io import loadmat
    except ImportError as error:
        raise MissingExtraError.for_package("scipy", "datasets") from error
    try:
        return dict(loadmat(str(path)))
    except Exception as error:  # SciPy raises many classes on damaged files
        raise InputError(
            f"{path} could not be read as a MATLAB file", str(error), "copy the file again"
        ) from error
