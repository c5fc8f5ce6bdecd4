"""What the killed children do: one job, until a named point is reached."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "gallery"))

from gallery_fakes import FakeEncoder

from omnireid.gallery import Gallery, faults


def run(folder: Path, job: str, point: str, argument: object) -> None:
    """Do a job and die at a point."""

    def trap(reached: str) -> None:
        if reached == point:
            os.kill(os.getpid(), signal.SIGKILL)

    faults.trap = trap
    from omnireid import governance

    if job == "restore":
        governance.restore(argument, folder, actor="ops", replace=True)
        return
    with Gallery.open(folder, FakeEncoder()) as gallery:
        if job == "backup":
            governance.create_backup(gallery, argument, actor="ops")
        elif job == "erase":
            governance.Governance(gallery).erase(
                argument, actor="dpo", reference="request 7", reason="asked"
            )
        elif job == "retention":
            governance.Governance(gallery).retention.run(actor="dpo")
