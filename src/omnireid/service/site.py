"""What the routes share: one gallery, one encoder, the settings, the held pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta, tzinfo
from functools import cached_property
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
from fastapi import Depends
from starlette.requests import Request

from omnireid.accounts import Accounts, Passwords
from omnireid.gallery import Encoder, Gallery
from omnireid.governance import AuditLog, Governance
from omnireid.review import Casebook, held_items
from omnireid.service.held import HeldPictures
from omnireid.service.lately import Lately
from omnireid.service.trail import trail_into
from omnireid.settings import Settings

if TYPE_CHECKING:
    from omnireid.accounts.provider import Provider


@dataclass(frozen=True)
class Site:
    """Everything a route needs, made once when the service starts."""

    gallery: Gallery
    encoder: Encoder
    settings: Settings
    held: HeldPictures = field(default_factory=HeldPictures)
    vectors: Lately[npt.NDArray[np.float32]] = field(default_factory=lambda: Lately(512))
    heat: Lately[bytes] = field(default_factory=lambda: Lately(128))
    passwords: Passwords = field(default_factory=Passwords)
    provider: Provider | None = None

    @cached_property
    def accounts(self) -> Accounts:
        """Users, sessions and keys."""
        return Accounts(
            self.gallery.database,
            trail_into(self.audit),
            passwords=self.passwords,
            idle=timedelta(minutes=self.settings.session_idle_minutes),
            absolute=timedelta(hours=self.settings.session_hours),
        )

    @property
    def provider_name(self) -> str | None:
        """What the sign-in page calls the provider."""
        return self.provider.config.name if self.provider else None

    @cached_property
    def governance(self) -> Governance:
        """Purposes, retention, requests and erasure."""
        return Governance(self.gallery, held_items)

    @cached_property
    def review(self) -> Casebook:
        """Cases and decisions."""
        return Casebook(self.gallery.database)

    @cached_property
    def zone(self) -> tzinfo | None:
        """The gallery's time zone; None for that of this machine."""
        name = self.gallery.info().timezone
        return None if name is None else ZoneInfo(name)

    @property
    def audit(self) -> AuditLog:
        """Where searches, decisions and exports are recorded."""
        return self.governance.audit


def _site(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


SiteOf = Annotated[Site, Depends(_site)]
