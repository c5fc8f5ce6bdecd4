"""The command line `omnireid`."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code (docs/errors.md).

    Where a package is missing the command line cannot be loaded: then `omnireid doctor` runs
    without it, and every other command says what is missing.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        from omnireid.cli.app import main as run
    except ImportError as error:
        if given[:1] == ["doctor"]:
            from omnireid.doctor.telling import tell_plainly

            sys.exit(tell_plainly(given))
        sys.stderr.write(
            f"Error [EXTRA] omnireid cannot start\n  Why: {error}.\n"
            "  What to do: run `omnireid doctor`; install omnireid again from its wheels.\n"
        )
        sys.exit(6)
    run(given)
