"""Erasure, and the certificates that prove it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import Actor, Permission
from omnireid.governance import Certificate, Erasure
from omnireid.service.api.values import ItemNumber, Name, Number, Words
from omnireid.service.faults import PageError
from omnireid.service.idempotency import answers_a_question
from omnireid.service.permission import ActorOf, needs
from omnireid.service.person_requests import certificate_of
from omnireid.service.site import Site, SiteOf

router = APIRouter(prefix="/api/v1", tags=["erasure"], dependencies=[needs(Permission.ERASE)])

Items = Annotated[list[ItemNumber],
                  Field(min_length=1, max_length=1000, examples=[[57, 58]])]  # fmt: skip


class ErasureIn(BaseModel):
    """What is to be erased, and why."""

    model_config = ConfigDict(extra="forbid")

    items: Items
    reference: Name = Field(examples=["request 2026-07"])
    reason: Words = Field(examples=["The person asked for it"])


class ErasurePlanIn(BaseModel):
    """What is to be looked at."""

    model_config = ConfigDict(extra="forbid")

    items: Items


class ErasurePlanOut(BaseModel):
    """What an erasure would touch. Items under legal hold would be refused."""

    items: list[int]
    unknown: list[int]
    pictures: int = Field(examples=[2])
    shared: int = Field(description="pictures that other items use as well, and that stay")
    held: dict[int, str]
    backups: int = Field(description="backups that hold them", examples=[1])


class CertificateOut(BaseModel):
    """What was done and proven, and its hash, which the audit log holds as well."""

    sha256: str
    complete: bool = Field(description="nothing was found, and no backup is outstanding")
    certificate: dict[str, Any]

    @classmethod
    def of(cls, made: Certificate) -> CertificateOut:
        """The certificate as the API shows it."""
        return cls(sha256=made.sha256, complete=made.complete, certificate=dict(made.body))


class ErasureOut(BaseModel):
    """An erasure. `step` is how far it got; what proves it is null until it is finished."""

    id: int = Field(examples=[3])
    reference: str = Field(examples=["request 2026-07"])
    asked_by: str = Field(examples=["sato"])
    started: datetime
    step: str = Field(examples=["finished"])
    complete: bool | None = Field(description="nothing was found, and no backup is outstanding")
    sha256: str | None = Field(description="of the certificate")

    @classmethod
    def of(cls, erasure: Erasure) -> ErasureOut:
        """The erasure as the API shows it."""
        proof = erasure.certificate
        return cls(
            id=erasure.erasure_id,
            reference=erasure.reference,
            asked_by=erasure.asked_by,
            started=erasure.started,
            step=erasure.step,
            complete=None if proof is None else proof.complete,
            sha256=None if proof is None else proof.sha256,
        )


class ErasuresOut(BaseModel):
    """Every erasure, the newest first."""

    erasures: list[ErasureOut]


class BackupOut(BaseModel):
    """What became of a backup: purged, dropped (it was damaged), or missing (not here now)."""

    name: str
    state: str = Field(examples=["purged"])
    items: int = Field(description="erased items that it held", examples=[2])


class BackupsOut(BaseModel):
    """The backups that held something erased."""

    backups: list[BackupOut]


@router.post("/erasures/plan", dependencies=[answers_a_question()])
def erasure_plan(site: SiteOf, actor: ActorOf, asked: ErasurePlanIn) -> ErasurePlanOut:
    """What erasing these items would touch. Changes nothing."""
    found = site.governance.erasures.plan(_within(site, actor, asked.items))
    return ErasurePlanOut(
        items=list(found.items),
        unknown=sorted(set(asked.items) - set(found.items)),
        pictures=found.pictures,
        shared=found.shared,
        held=found.held,
        backups=len(found.backups),
    )


@router.post("/erasures", status_code=201)
def erase(site: SiteOf, actor: ActorOf, asked: ErasureIn) -> CertificateOut:
    """Erase items from ledger, index, pictures and backups, and certify it. Cannot be undone.

    Takes as long as reading every file of the gallery does. If it is cut off, the service finishes
    it when it starts again.
    """
    known = _within(site, actor, asked.items)
    if len(known) < len(set(asked.items)):
        raise PageError("missing", 404)
    return CertificateOut.of(
        site.governance.erase(
            known, actor=actor.name, reference=asked.reference, reason=asked.reason
        )
    )


@router.get("/erasures")
def erasures(site: SiteOf) -> ErasuresOut:
    """Every erasure, with what became of it."""
    return ErasuresOut(erasures=[ErasureOut.of(one) for one in site.governance.erasures.all()])


@router.get("/erasures/{erasure_id}/certificate")
def certificate(site: SiteOf, erasure_id: Number) -> CertificateOut:
    """The certificate of a finished erasure."""
    return CertificateOut.of(certificate_of(site, erasure_id))


@router.post("/erasures/resume")
def resume(site: SiteOf) -> ErasuresOut:
    """Finish what was interrupted."""
    site.governance.erasures.resume()
    return erasures(site)


@router.post("/erasures/backups")
def purge_backups(site: SiteOf, actor: ActorOf) -> BackupsOut:
    """Take what was erased out of backups whose disk is here again."""
    purged = site.governance.erasures.purge_backups(actor=actor.name)
    return BackupsOut(
        backups=[BackupOut(name=one.path.name, state=one.state, items=one.items) for one in purged]
    )


def _within(site: Site, actor: Actor, items: list[int]) -> list[int]:
    """Those of the items that are there and in the caller's scope."""
    return sorted(site.gallery.browse.items_of(items, scope=actor.cameras))
