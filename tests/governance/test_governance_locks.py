"""An erasure keeps its hands off the ledger's locks: what is committed after it is not lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from PIL import Image

from colour_encoder import ColourEncoder
from omnireid import Observation
from omnireid.gallery import Gallery
from omnireid.governance import Event, Governance

_ANOTHER = """
import sys
from omnireid.gallery import Gallery
from omnireid.governance import AuditLog, Event
with Gallery.open(sys.argv[1]) as gallery:
    if sys.argv[2]:
        AuditLog(gallery.database).record(Event("another", sys.argv[2]))
    print(",".join(AuditLog(gallery.database).actions()))
"""


def another(folder: Path, action: str = "") -> str:
    """Another process that records an action, tells which it sees, and closes the ledger."""
    command = [sys.executable, "-c", _ANOTHER, str(folder), action]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_commits_of_both_processes_are_seen_after_an_erasure(tmp_path: Path) -> None:
    folder = tmp_path / "site"
    with Gallery.create(folder, ColourEncoder(), timezone="UTC") as gallery:
        gallery.add([Observation(rgb=Image.effect_noise((32, 64), 90).convert("RGB"))])
        governance = Governance(gallery)
        governance.erase([1], actor="officer", reference="1", reason="asked")
        # Closing, it would take the write-ahead log with it if it thought that it is alone.
        another(folder, "from.outside")
        assert "from.outside" in governance.audit.actions()
        governance.audit.record(Event("officer", "from.inside"))
        assert "from.inside" in another(folder)
        assert governance.audit.verify().ok
