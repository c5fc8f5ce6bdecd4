"""Who acts on the command line: whoever has the machine's account."""

from __future__ import annotations

import getpass


def command_line_actor() -> str:
    """The name under which the audit log knows what is done on the command line."""
    try:
        return f"{getpass.getuser()} (command line)"
    # An account without a name, as containers have them.
    except (OSError, KeyError, ImportError):
        return "command line"
