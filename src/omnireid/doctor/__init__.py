"""What a site's engineer asks first: is this installation sound? Needs Python alone to start."""

from omnireid.doctor.examination import examine
from omnireid.doctor.findings import Finding, State, worst

__all__ = ["Finding", "State", "examine", "worst"]
