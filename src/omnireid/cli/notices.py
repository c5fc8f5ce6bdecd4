"""`omnireid notices`: the text to hang beside each camera."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from omnireid.cli.governing import governed
from omnireid.cli.opening import GalleryOption
from omnireid.cli.output import Json, print_json, results
from omnireid.errors import InputError
from omnireid.governance import Notice, notices
from omnireid.settings import load_settings


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("notices")(print_notices)


def print_notices(
    operator: Annotated[str, typer.Option("--operator", help="Who is responsible for the site.")],
    contact: Annotated[str, typer.Option("--contact", help="Where a person may turn to.")],
    gallery: GalleryOption = None,
    to: Annotated[
        Path | None,
        typer.Option("--to", metavar="FOLDER", help="Write a page to print for each camera there."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Print the notice of each camera in Japanese and English: purposes, retention, rights.

    They follow what the gallery is set to now. Have them checked by who knows the law of the place.

    Example: omnireid notices --operator "Kita Station" --contact privacy@example.jp -g site
    """
    with governed(gallery) as site:
        rules = {(rule.camera, rule.purpose): rule.days for rule in site.retention.rules()}
        made = notices(
            site.gallery.info().cameras,
            site.purposes.all(),
            rules,
            blurred=load_settings().blur_faces != "off",
            operator=operator,
            contact=contact,
        )
    if to is not None:
        _write(to, made)
    if as_json:
        print_json([{"camera": n.camera, "ja": n.text("ja"), "en": n.text("en")} for n in made])
        return
    for notice in made:
        results.print(escape(f"{notice.text('ja')}\n\n{notice.text('en')}\n\n"), soft_wrap=True)


def _write(folder: Path, made: tuple[Notice, ...]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, notice in enumerate(made, start=1):
            # Names of cameras may hold anything; the number keeps them apart.
            name = re.sub(r"[^\w-]+", "-", notice.camera)[:60]
            (folder / f"{number:02d}-{name}.html").write_text(notice.html(), encoding="utf-8")
    except OSError as error:
        raise InputError(
            f"the notices were not written to {folder}",
            error.strerror or str(error),
            "choose another folder",
        ) from error
