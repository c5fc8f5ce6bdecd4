"""The ledger's file: connections, transactions, schema version, errors a user can act on."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect
from sqlalchemy.exc import DatabaseError, DBAPIError

from omnireid.errors import GalleryError
from omnireid.gallery.schema import SCHEMA_VERSION

_log = logging.getLogger(__name__)

BUSY_SECONDS = 300
"""How long a writer waits for another process's transaction before giving up."""

_MIGRATIONS = Path(__file__).parent / "migrations"


class Database:
    """One SQLite file as the ledger: WAL, synchronous FULL, deleted bytes overwritten.

    Readers never wait. Writers queue: `write` takes SQLite's one write lock at once, in this
    process and across processes, and a killed process gives it back.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._engine = _engine(path)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of the ledger and writes nothing.

        Raises:
            GalleryError: the file cannot be read.
        """
        with _readable(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that holds the write lock; durable when the block ends without an error.

        Raises:
            GalleryError: the file cannot be written, or another process writes for too long.
        """
        with (
            _readable(self.path),
            self._engine.connect().execution_options(ledger_write=True) as connection,
            connection.begin(),
        ):
            yield connection

    def checkpoint(self) -> None:
        """Move the write-ahead log into the file and empty it, so that old bytes leave the disk.

        Waits for readers; when one reads for longer than BUSY_SECONDS, the next checkpoint or the
        last process to close the ledger does it.
        """
        with _readable(self.path), self._engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            busy = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        if busy:
            _log.warning("%s: deleted bytes stay in its log until its readers end", self.path)

    def integrity_problems(self) -> list[str]:
        """What SQLite's own checks of pages, indexes and references report."""
        with self.read() as connection:
            rows = connection.exec_driver_sql("PRAGMA integrity_check").fetchall()
            problems = [str(row[0]) for row in rows if row[0] != "ok"]
            broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            problems += [f"row {row[1]} of {row[0]} refers to a missing {row[2]}" for row in broken]
        return problems

    def close(self) -> None:
        """Close every connection."""
        self._engine.dispose()


def is_empty(path: Path) -> bool:
    """Whether the file is a sound SQLite database without a table."""
    try:
        connection = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)
        with closing(connection):
            return connection.execute("SELECT 1 FROM sqlite_master").fetchone() is None
    except sqlite3.Error:
        return False


def schema_version(connection: Connection) -> str | None:
    """The schema version of the ledger, None for an empty file."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").fetchone()
    return None if row is None else str(row[0])


def migrate(connection: Connection) -> None:
    """Bring the ledger to this release's schema, inside the caller's write transaction.

    Raises:
        GalleryError: the ledger was written by a newer release.
    """
    found = schema_version(connection)
    if found == SCHEMA_VERSION:
        return
    # Alembic takes 0.2 s to import; an up-to-date ledger never needs it.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise GalleryError(
            "the gallery cannot be opened",
            f"it has schema {found}, and this release knows none after {SCHEMA_VERSION}",
            "install the newer omnireid that wrote it",
        )
    command.upgrade(config, "head")


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        pool_size=4,
        max_overflow=60,
    )

    @event.listens_for(engine, "connect")
    def _prepare(driver: sqlite3.Connection, _record: object) -> None:
        # The driver's own transactions would commit around DDL and begin too late: ours are
        # begun below.
        driver.isolation_level = None
        mode = driver.execute("PRAGMA journal_mode = WAL").fetchone()[0]
        if mode != "wal":
            raise sqlite3.OperationalError(f"write-ahead log not possible here ({mode})")
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute("PRAGMA secure_delete = ON")
        driver.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        write = connection.get_execution_options().get("ledger_write", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")

    return engine


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn the driver's errors into what, why, what to do."""
    try:
        yield
    except (DBAPIError, sqlite3.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        text = str(cause)
        for part, why, to_do in _CAUSES:
            if part in text:
                raise GalleryError(f"the ledger {path} cannot be used", why, to_do) from error
        if isinstance(error, (DatabaseError, sqlite3.DatabaseError)):
            raise GalleryError(
                f"the ledger {path} cannot be used",
                text,
                "check the disk, then run `omnireid verify`",
            ) from error
        raise


_CAUSES = (
    ("disk is full", "the disk is full", "free some space and run the same command again"),
    ("readonly", "the folder is read-only", "change its permissions, or copy it to another folder"),
    (
        "unable to open",
        "the file or its folder is missing or may not be written",
        "check the path and its permissions; a gallery needs a writable folder",
    ),
    (
        "locked",
        f"another process has been writing to it for over {BUSY_SECONDS} s",
        "wait for it to finish, then run the same command again",
    ),
    (
        "not possible here",
        "this file system has no shared memory for SQLite's write-ahead log",
        "put the gallery on a disk of this machine, not on a network drive",
    ),
    ("not a database", "its bytes are damaged", "restore the gallery folder from a backup"),
    (
        "malformed",
        "its bytes are damaged",
        "run `omnireid verify`; restore the gallery folder from a backup",
    ),
    ("disk I/O error", "the disk reports an error", "check the disk; restore from a backup"),
)
