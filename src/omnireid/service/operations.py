"""What runs beside the routes: metrics, the integrity check, kept answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends
from sqlalchemy import func, select
from starlette.requests import Request

from omnireid.gallery import stages
from omnireid.jobs.schema import jobs
from omnireid.service.integrity import Findings, IntegrityWatch, timed
from omnireid.service.kept_answers import KeptAnswers
from omnireid.service.metrics import Metrics, SiteFigures
from omnireid.service.site import Site


@dataclass(frozen=True)
class Operations:
    """Made once with the site; started and stopped with the service."""

    integrity: IntegrityWatch
    kept_answers: KeptAnswers
    metrics: Metrics = field(default_factory=Metrics)

    @classmethod
    def of(cls, site: Site) -> Operations:
        """The operations of a site, not started yet."""
        settings = site.settings
        made = cls(
            integrity=IntegrityWatch(
                lambda: timed(lambda: check(site)), settings.integrity_hours * 3600
            ),
            kept_answers=KeptAnswers(site.gallery.database, settings.idempotency_hours),
        )
        made.metrics.registry.register(
            SiteFigures(site.gallery, lambda: job_states(site), made.integrity.figures)
        )
        return made

    def start(self) -> None:
        """Begin to listen to searches and to check in the background."""
        stages.listen(self.metrics.observe_stage)
        self.integrity.start()

    def stop(self) -> None:
        """End what `start` began."""
        stages.listen_no_more(self.metrics.observe_stage)
        self.integrity.stop()


def check(site: Site) -> Findings:
    """Read the whole gallery and the whole audit log."""
    report = site.gallery.verify()
    audit = site.audit.verify()
    return Findings(
        began=datetime.now(UTC),
        seconds=0,
        items=report.items,
        pictures=report.pictures,
        problems=dict(Counter(problem.kind for problem in report.problems)),
        audit_entries=audit.entries,
        audit_whole=audit.ok,
        audit_head=audit.head.digest,
    )


def job_states(site: Site) -> Mapping[str, float]:
    """How many jobs there are in each state."""
    with site.gallery.database.read() as connection:
        counted = connection.execute(select(jobs.c.state, func.count()).group_by(jobs.c.state))
        return {state: float(count) for state, count in counted}


def _operations(request: Request) -> Operations:
    operations: Operations = request.app.state.operations
    return operations


OperationsOf = Annotated[Operations, Depends(_operations)]
