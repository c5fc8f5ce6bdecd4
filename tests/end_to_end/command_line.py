"""Running the command line in this process and reading its JSON."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

import pytest

from omnireid.cli import main


def omnireid(*arguments: object) -> Any:
    """What `omnireid ARGUMENTS --json` prints; fails unless it ends well."""
    written = io.StringIO()
    with contextlib.redirect_stdout(written), pytest.raises(SystemExit) as left:
        main([*(str(argument) for argument in arguments), "--json"])
    assert not left.value.code, f"omnireid {arguments} ended with {left.value.code}"
    return json.loads(written.getvalue())
