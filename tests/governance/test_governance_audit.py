"""The audit log holds, says what was done to it, and forgets words without breaking."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gallery_fakes import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from omnireid.errors import GalleryError, InputError
from omnireid.gallery import Gallery
from omnireid.governance import Asked, AuditLog, Event, Governance, Head
from omnireid.governance.chain import entry_digest

Tamper = Callable[[sqlite3.Connection], None]


@pytest.fixture
def log(gallery: Gallery) -> AuditLog:
    """Ten searches."""
    made = AuditLog(gallery.database)
    for number in range(1, 11):
        made.record(
            Event("aya", "search", "incident", "C-1", {"shown": [number], "query": f"red {number}"})
        )
    return made


def raw(folder: Path, tamper: Tamper, *, guarded: bool = False) -> None:
    """What somebody does to the file behind the program's back."""
    connection = sqlite3.connect(folder / "ledger.sqlite")
    if not guarded:
        for kind in ("entries_no_update", "entries_no_delete", "payloads_no_delete"):
            connection.execute(f"DROP TRIGGER audit_{kind}")
        connection.execute("DROP TRIGGER audit_payloads_no_update")
    tamper(connection)
    connection.commit()
    connection.close()


def kinds(log: AuditLog, anchor: Head | None = None) -> list[tuple[str, int]]:
    return [(one.kind, one.seq) for one in log.verify(anchor).findings if one.kind != "guard"]


def test_a_whole_log_verifies(log: AuditLog) -> None:
    report = log.verify()
    assert report.ok
    assert (report.entries, report.head.seq) == (10, 10)
    assert [e.seq for e in log.entries(limit=3)] == [10, 9, 8]
    assert [e.seq for e in log.entries(before=3)] == [2, 1]
    assert log.count(Asked(actor="ben")) == 0
    assert log.count(Asked(actor="aya", purpose="incident", case="C-1")) == 10


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entries SET actor = 'x' WHERE seq = 3",
        "DELETE FROM audit_entries WHERE seq = 10",
        "DELETE FROM audit_payloads WHERE seq = 3",
        "UPDATE audit_payloads SET payload = '{}' WHERE seq = 3",
    ],
)
def test_the_database_refuses_changes(log: AuditLog, statement: str) -> None:
    with pytest.raises(GalleryError, match="append-only"), log.database.write() as connection:
        connection.exec_driver_sql(statement)
    assert log.verify().ok


def _rehash(connection: sqlite3.Connection, seq: int) -> None:
    connection.row_factory = sqlite3.Row
    row = connection.execute("SELECT * FROM audit_entries WHERE seq = ?", (seq,)).fetchone()
    digest = entry_digest(
        row["seq"], row["at"], row["actor"], row["action"], row["purpose"], row["case_ref"],
        row["facts"], row["sealed"], row["previous"],
    )  # fmt: skip
    connection.execute("UPDATE audit_entries SET digest = ? WHERE seq = ?", (digest, seq))


def changed(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE audit_entries SET actor = 'somebody' WHERE seq = 4")


def changed_with_its_digest(connection: sqlite3.Connection) -> None:
    changed(connection)
    _rehash(connection, 4)


def removed(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM audit_entries WHERE seq IN (4, 5)")


def removed_and_renumbered(connection: sqlite3.Connection) -> None:
    removed(connection)
    connection.execute("DELETE FROM audit_payloads WHERE seq IN (4, 5)")
    for seq in range(6, 11):
        for table in ("entries", "payloads"):
            connection.execute(f"UPDATE audit_{table} SET seq = ? WHERE seq = ?", (seq - 2, seq))


def inserted(connection: sqlite3.Connection) -> None:
    for seq in range(10, 3, -1):
        for table in ("entries", "payloads"):
            connection.execute(f"UPDATE audit_{table} SET seq = ? WHERE seq = ?", (seq + 1, seq))
    connection.execute(
        "INSERT INTO audit_entries SELECT 4, at, 'ben', action, purpose, case_ref, facts, NULL, "
        "digest, '' FROM audit_entries WHERE seq = 3"
    )
    _rehash(connection, 4)


def reordered(connection: sqlite3.Connection) -> None:
    for table in ("entries", "payloads"):
        for old, new in ((4, 99), (5, 4), (99, 5)):
            connection.execute(f"UPDATE audit_{table} SET seq = ? WHERE seq = ?", (new, old))


def truncated(connection: sqlite3.Connection) -> None:
    connection.execute("DELETE FROM audit_entries WHERE seq > 7")
    connection.execute("DELETE FROM audit_payloads WHERE seq > 7")


@pytest.mark.parametrize(
    ("tamper", "found"),
    [
        (changed, ("changed", 4)),
        (changed_with_its_digest, ("changed", 4)),
        (removed, ("removed", 4)),
        (removed_and_renumbered, ("removed", 4)),
        (inserted, ("inserted", 4)),
        (reordered, ("reordered", 4)),
        (truncated, ("truncated", 8)),
    ],
)
def test_what_was_done_is_named(
    log: AuditLog, folder: Path, tamper: Tamper, found: tuple[str, int]
) -> None:
    raw(folder, tamper)
    assert found in kinds(log)
    if tamper not in (removed_and_renumbered,):
        assert {kind for kind, _ in kinds(log)} <= {found[0]}
    assert any(one.kind == "guard" for one in log.verify().findings)


def rewritten(connection: sqlite3.Connection) -> None:
    """Entry 4 changed and every digest from there made anew: the chain alone cannot tell."""
    changed(connection)
    for seq in range(4, 11):
        if seq > 4:
            connection.execute(
                "UPDATE audit_entries SET previous = "
                "(SELECT digest FROM audit_entries WHERE seq = ?) WHERE seq = ?",
                (seq - 1, seq),
            )
        _rehash(connection, seq)


def test_an_anchor_tells_what_the_chain_cannot(log: AuditLog, folder: Path) -> None:
    anchor = Head.from_json(log.head().to_json())
    assert log.verify(anchor).ok
    raw(folder, rewritten)
    assert kinds(log) == []
    assert kinds(log, anchor) == [("rewritten", 10)]


def test_a_tail_cut_without_a_trace_is_told_by_the_anchor(log: AuditLog, folder: Path) -> None:
    anchor = log.head()

    def cut(connection: sqlite3.Connection) -> None:
        truncated(connection)
        connection.execute("UPDATE sqlite_sequence SET seq = 7 WHERE name = 'audit_entries'")

    raw(folder, cut)
    assert kinds(log) == []
    assert kinds(log, anchor) == [("truncated", 8)]


def test_the_anchor_of_another_gallery_and_none(log: AuditLog) -> None:
    other = Head("0" * 32, 10, "0" * 64, "")
    assert kinds(log, other) == [("anchor", 0)]
    for text in ("", "[]", "{}", '{"seq": "x"}'):
        with pytest.raises(InputError, match="anchor"):
            Head.from_json(text)


def test_words_are_redacted_and_the_chain_holds(log: AuditLog, folder: Path) -> None:
    assert log.entries(limit=1)[0].personal == {"query": "red 10"}
    assert "query" not in log.entries(limit=1)[0].details
    assert log.redact([9, 10, 400], actor="dpo", reason="request 7") == 2
    assert log.redact([9, 10], actor="dpo", reason="request 7") == 0
    report = log.verify()
    assert report.ok
    assert report.redacted == 2
    entry = log.entries(before=11, limit=1)[0]
    assert entry.redacted
    assert entry.personal is None
    assert entry.details == {"shown": [10]}
    log.database.checkpoint()
    assert b"red 10" not in (folder / "ledger.sqlite").read_bytes()
    assert b"red 8" in (folder / "ledger.sqlite").read_bytes()


def test_a_payload_that_is_lost_or_changed_is_no_redaction(log: AuditLog, folder: Path) -> None:
    raw(folder, lambda c: c.execute("DELETE FROM audit_payloads WHERE seq = 2") and None)
    assert kinds(log) == [("payload", 2)]
    with sqlite3.connect(folder / "ledger.sqlite") as connection:
        connection.execute("""UPDATE audit_payloads SET payload = '{"query":"x"}' WHERE seq = 5""")
        connection.execute("INSERT INTO audit_redactions VALUES (2, 3)")
    assert kinds(log) == [("payload", 2), ("payload", 5)]


words = st.text(st.characters(codec="utf-8"), max_size=30)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | words
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(details=st.dictionaries(words, values, max_size=4), actor=words.filter(bool), case=words)
def test_any_event_comes_back_as_it_was(
    governance: Governance, details: dict, actor: str, case: str
) -> None:
    log = governance.audit
    log.record(Event(actor, "search", case=case, details=details))
    stored = log.entries(limit=1)[0]
    assert {**stored.details, **(stored.personal or {})} == details
    assert (stored.actor, stored.case) == (actor, case)
    assert log.verify().ok


def test_what_is_no_event() -> None:
    for event in (
        {"actor": "", "action": "search"},
        {"actor": "aya", "action": ""},
        {"actor": "aya", "action": "x", "details": {"a": object()}},
        {"actor": "aya", "action": "x", "details": {"a": float("nan")}},
    ):
        with pytest.raises(InputError):
            Event(**event)


def test_words_that_no_database_takes_are_written_out(log: AuditLog) -> None:
    log.record(Event("\ud800", "search", details={"query": "\udfff"}))
    assert log.entries(limit=1)[0].actor == "\\ud800"
    assert log.verify().ok


def test_an_event_goes_with_the_transaction_it_belongs_to(log: AuditLog) -> None:
    def half_done() -> None:
        with log.database.write() as connection:
            log.record(Event("aya", "export"), connection)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_done()
    assert log.count() == 10
    assert log.verify().ok


def _write_forever(folder: Path) -> None:
    with Gallery.open(folder, FakeEncoder()) as gallery:
        log = AuditLog(gallery.database)
        while True:
            log.record(Event("child", "search", details={"query": "x"}))


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is of POSIX")
def test_writers_killed_at_random_leave_a_whole_log(log: AuditLog, folder: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    for wait in (0.05, 0.1, 0.02):
        children = [context.Process(target=_write_forever, args=(folder,)) for _ in range(2)]
        before = log.count()
        for child in children:
            child.start()
        try:
            # They write until they are killed: however long it takes, the first entry comes.
            while log.count() == before:
                assert all(child.is_alive() for child in children)
                time.sleep(0.02)
            time.sleep(wait)
        finally:
            for child in children:
                child.kill()
                child.join()
        assert [child.exitcode for child in children] == [-signal.SIGKILL] * 2
        assert log.count() > before
        assert log.verify().ok
