"""The examination on a terminal, without any package: for an installation that has none."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence

from omnireid.doctor.examination import examine
from omnireid.doctor.findings import Finding, State, worst

FOUND_FAILURE = 10
"""Exit code when something does not work."""

_MARKS = {State.WELL: "ok  ", State.WARNING: "look", State.FAILURE: "FAIL"}


def tell(*, as_json: bool) -> int:
    """Examine, print what was found, and return the exit code."""
    findings = list(examine())
    sys.stdout.write(document(findings) if as_json else page(findings))
    return FOUND_FAILURE if worst(findings) is State.FAILURE else 0


def tell_plainly(arguments: Sequence[str]) -> int:
    """`omnireid doctor` where the command line itself cannot be loaded."""
    return tell(as_json="--json" in arguments)


def page(findings: Sequence[Finding]) -> str:
    """Lines for a person."""
    lines: list[str] = []
    for one in findings:
        lines.append(f"{_MARKS[one.state]}  {one.subject}: {one.what}")
        if one.state is not State.WELL:
            lines += [f"        Why: {one.why}.", f"        What to do: {one.to_do}."]
    counts = {state: sum(one.state is state for one in findings) for state in State}
    lines.append(
        f"\n{counts[State.WELL]} well, {counts[State.WARNING]} to look at, "
        f"{counts[State.FAILURE]} to mend."
    )
    return "\n".join(lines) + "\n"


def document(findings: Iterable[Finding]) -> str:
    """One JSON document."""
    listed = [
        {"subject": f.subject, "state": f.state, "what": f.what, "why": f.why, "to_do": f.to_do}
        for f in findings
    ]
    state = worst(Finding(f["subject"], State(f["state"]), "") for f in listed)
    return json.dumps({"state": state, "findings": listed}, ensure_ascii=False, indent=2) + "\n"
