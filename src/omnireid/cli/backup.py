"""`omnireid backup`: make, list, rehearse and restore backups."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from omnireid.cli.acting import command_line_actor
from omnireid.cli.governing import DAMAGED, governed
from omnireid.cli.opening import GalleryOption, gallery_folder
from omnireid.cli.output import Json, messages, print_done, print_json, results
from omnireid.governance import Backup, create_backup, drop_backup, list_backups
from omnireid.governance import rehearse as rehearse_backup
from omnireid.governance import restore as restore_backup
from omnireid.settings import load_settings

backup = typer.Typer(no_args_is_help=True, help="Backups, and the proof that they carry.")
BackupArgument = Annotated[Path, typer.Argument(metavar="BACKUP", help="Folder of the backup.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(backup, name="backup")


@backup.command("create")
def create(
    gallery: GalleryOption = None,
    to: Annotated[
        Path | None,
        typer.Option(
            "--to", metavar="FOLDER", help="Where.", show_default="the setting 'backup_folder'"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Copy the gallery, which may be in use, with a sha-256 of every file.

    Example: omnireid backup create --to /mnt/backups --gallery site
    """
    with governed(gallery) as site, messages.status("Copying"):
        made = create_backup(
            site.gallery, to or load_settings().backup_folder, actor=command_line_actor()
        )
    if as_json:
        print_json(_document(made))
    else:
        results.print(f"{escape(str(made.path))}: {made.items:,} items, {made.bytes:,} bytes.")


@backup.command("list")
def list_all(gallery: GalleryOption = None, as_json: Json = False) -> None:
    """List the backups that this gallery's commands made.

    Example: omnireid backup list --gallery site
    """
    with governed(gallery) as site:
        found = list_backups(site.gallery.database)
    if as_json:
        print_json([_document(one) for one in found])
        return
    table = Table("no.", "made (UTC)", "items", "MB", "state", "folder", box=None)
    for one in found:
        table.add_row(
            str(one.backup_id),
            f"{one.made:%Y-%m-%d %H:%M}",
            f"{one.items:,}",
            f"{one.bytes / 1e6:,.1f}",
            one.state,
            escape(str(one.path)),
        )
    results.print(table)


@backup.command("drop")
def drop(
    number: Annotated[int, typer.Argument(metavar="NO", help="Number, as the list shows it.")],
    gallery: GalleryOption = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Delete a backup; for one whose disk is gone, note that it was destroyed.

    A backup that is only missing leaves every later erasure incomplete.

    Example: omnireid backup drop 3 --gallery site
    """
    with governed(gallery) as site:
        if not yes:
            typer.confirm(f"Delete backup {number} for good?", abort=True, err=True)
        dropped = drop_backup(site.gallery.database, number, actor=command_line_actor())
    print_done(
        f"{escape(str(dropped.path))}: deleted (it was {dropped.state}).",
        {"backup": number, "path": str(dropped.path), "was": dropped.state},
        as_json=as_json,
    )


@backup.command("rehearse")
def rehearse(
    folder: BackupArgument,
    as_json: Json = False,
) -> None:
    """Restore into a temporary folder, check every byte, run a search. Exit code 7 on damage.

    Example: omnireid backup rehearse /mnt/backups/omnireid-20261124T030000Z-1f3a
    """
    with messages.status("Restoring for a trial"):
        report = rehearse_backup(folder)
    if as_json:
        print_json(
            {
                "ok": report.ok,
                "items": report.items,
                "pictures": report.pictures,
                "forgotten": report.forgotten,
                "searched": report.searched,
                "seconds": round(report.seconds, 2),
                "problems": list(report.problems),
            }
        )
    else:
        for problem in report.problems:
            results.print(f"[red]damaged[/red] {escape(problem)}", soft_wrap=True)
        state = "it carries" if report.ok else "it does not carry"
        results.print(
            f"{report.items:,} items and {report.pictures:,} pictures restored in "
            f"{report.seconds:.1f} s: {state}."
        )
    if not report.ok:
        raise typer.Exit(DAMAGED)


@backup.command("restore")
def restore(
    folder: BackupArgument,
    gallery: GalleryOption = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Set a gallery that is there aside.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the gallery of a backup anew, without what was erased since. Stop the service first.

    Example: omnireid backup restore /mnt/backups/omnireid-20261124T030000Z-1f3a --gallery site
    """
    with messages.status("Restoring"):
        done = restore_backup(
            folder, gallery_folder(gallery), actor=command_line_actor(), replace=replace
        )
    if as_json:
        print_json(
            {
                "gallery": str(done.folder),
                "items": done.items,
                "forgotten": done.forgotten,
                "aside": None if done.aside is None else str(done.aside),
            }
        )
        return
    results.print(f"{escape(str(done.folder))}: {done.items:,} items restored.")
    if done.forgotten:
        results.print(f"{done.forgotten:,} items that were erased since are left out.")
    if done.aside is not None:
        results.print(
            f"The gallery that was there is now {escape(str(done.aside))}. It still holds personal "
            "data: delete it once all is well.",
            soft_wrap=True,
        )


def _document(one: Backup) -> dict[str, object]:
    return {
        "backup": one.backup_id,
        "path": str(one.path),
        "made": one.made.isoformat(),
        "made_by": one.made_by,
        "items": one.items,
        "bytes": one.bytes,
        "state": one.state,
        "manifest_sha256": one.manifest_sha256,
    }
