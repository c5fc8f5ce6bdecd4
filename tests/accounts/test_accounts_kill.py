"""A process killed in the middle: what it reported is there, and nothing is there by halves."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from account_fakes import CHEAP

from omnireid.accounts import Accounts, Role
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog
from omnireid.service import trail_into

ROUNDS = 5
LEAST = 4
"""Changes that are reported in each round before the kill."""
_HERE = Path(__file__).parent


def work_and_die(folder: Path, seconds: float) -> list[tuple[str, str]]:
    """What a child reported before it was killed."""
    environment = {**os.environ, "PYTHONPATH": f"{_HERE}{os.pathsep}{_HERE.parent}"}
    command = [sys.executable, str(_HERE / "account_child.py"), str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as child:
        assert child.stdout
        # It works until it is killed; how far it comes in a while is the machine's affair.
        lines = [child.stdout.readline() for _ in range(LEAST)]
        time.sleep(seconds)
        child.kill()
        lines += child.stdout
    assert child.returncode == -9
    # The last line may have been cut.
    return [tuple(line.split()) for line in lines if line.endswith("\n")]  # type: ignore[misc]


def test_acknowledged_changes_survive_and_none_is_without_its_event(gallery: Gallery) -> None:
    folder = gallery.folder
    told: list[tuple[str, str]] = []
    chance = random.Random(7)
    for _ in range(ROUNDS):
        told += work_and_die(folder, chance.uniform(0.05, 0.6))
        audit = AuditLog(gallery.database)
        accounts = Accounts(gallery.database, trail_into(audit), passwords=CHEAP)
        users = {user.name: user for user in accounts.users.all()}
        events = Counter(
            (entry.action, entry.details["user"])
            for entry in audit.oldest_first()
            if "user" in entry.details
        )
        for what, of in told:
            if what == "add":
                assert users[of].has_password
            elif what == "role":
                assert users[of].roles == {Role.REVIEWER}
            elif what == "disable":
                assert users[of].disabled
            elif what == "key":
                # A key may belong to a user disabled since; but it is known.
                assert of.split("_")[1] in {key.prefix for key in accounts.keys.all()}
            elif what == "password":
                assert events["account.password", of] == 1
        for name, user in users.items():
            assert events["account.add", name] == 1
            assert events["account.role", name] == (user.roles == {Role.REVIEWER})
            assert events["account.disable", name] == bool(user.disabled)
        assert sum(
            count for (action, _), count in events.items() if action == "account.key"
        ) == len(accounts.keys.all())
        assert {name for _, name in events} <= set(users)
    assert len(told) >= ROUNDS * LEAST
