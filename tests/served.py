"""`omnireid serve` in a process of its own, and keys to call it with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from argon2 import PasswordHasher

from omnireid.accounts import Accounts, Passwords, Permission, Role
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog
from omnireid.service.trail import trail_into

PASSWORD = "correct horse battery"
_CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


def sign_in(page: Any, url: str, name: str) -> None:
    """Sign `name`, whose password is PASSWORD, in on a Playwright page."""
    page.goto(f"{url}/sign-in")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda address: "sign-in" not in address)


def make_key(
    folder: Path,
    name: str,
    roles: Iterable[Role],
    permissions: Iterable[Permission] | None = None,
    cameras: Sequence[str] = (),
) -> str:
    """A new user of the gallery in `folder`, and a key with all that the user may do."""
    with Gallery.open(folder) as gallery:
        trail = trail_into(AuditLog(gallery.database))
        accounts = Accounts(gallery.database, trail, passwords=_CHEAP)
        user = accounts.users.add(name, roles, by="(test)", password=PASSWORD)
        secret, _ = accounts.keys.add(
            user.user_id,
            "test",
            user.permissions if permissions is None else permissions,
            by="(test)",
            lasts=timedelta(days=1),
            cameras=cameras,
        )
        return secret


@dataclass
class Served:
    """A running service. Its log is in `log`; `kill` ends it as a power cut would."""

    process: subprocess.Popen[str]
    url: str
    log_file: Path
    told: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def start(
        cls, folder: Path, place: Path, *, environment: Mapping[str, str] | None = None
    ) -> Self:
        """Serve the gallery in `folder` on a free port; returns once it answers."""
        log_file = place / "service.log"
        kept = {name: value for name, value in os.environ.items() if "OMNIREID" not in name}
        command = [sys.executable, "-m", "omnireid", "serve", "--port", "0", "--json"]
        with log_file.open("a") as log:
            process = subprocess.Popen(
                [*command, "--gallery", str(folder)],
                cwd=place,
                env={**kept, "OMNIREID_LOG_FORMAT": "json", **(environment or {})},
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        told = _first_document(process, log_file)
        # What else it prints must not fill the pipe.
        threading.Thread(target=process.stdout.read, daemon=True).start()  # type: ignore[union-attr]
        return cls(process, told["url"].rstrip("/"), log_file, told)

    @property
    def log(self) -> str:
        """Everything that it has logged, in whole lines."""
        text = self.log_file.read_text(encoding="utf-8")
        return text[: text.rfind("\n") + 1]

    def logs(self, text: str) -> bool:
        """Whether `text` is logged within a minute: an answer goes out before its entry does."""
        until = time.monotonic() + 60
        while text not in self.log and time.monotonic() < until:
            time.sleep(0.05)
        return text in self.log

    def kill(self) -> None:
        """End it at once."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(timeout=120)

    def stop(self) -> int:
        """End it as systemd does; its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=120)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self.process.poll() is None:
            self.stop()


def _first_document(process: subprocess.Popen[str], log_file: Path) -> dict[str, Any]:
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if line.startswith("}"):
            document: dict[str, Any] = json.loads("".join(lines))
            return document
    raise AssertionError(f"the service did not start: {log_file.read_text(encoding='utf-8')}")
