"""Files beside a rendered set that appear under their name when they are complete."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from omnireid.errors import RenderError


@contextmanager
def written_whole(path: Path, what: str, otherwise: str) -> Iterator[Path]:
    """A path to write to, that becomes `path` when the block ends without an error.

    `what` names the file ("the table"), `otherwise` what one could name instead ("another folder").

    Raises:
        RenderError: the folder cannot be written, or the disk is full.
    """
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield partial
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise RenderError(
            f"{what} {path} could not be written", str(error),
            f"make room or name {otherwise}, and run the same command again: what was rendered is "
            "kept",
        ) from error  # fmt: skip
