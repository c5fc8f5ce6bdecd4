"""Whether the service lives, and whether it can answer a search."""

from __future__ import annotations

from fastapi import APIRouter

from omnireid.service.site import SiteOf

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live")
def live() -> dict[str, str]:
    """The process answers."""
    return {"status": "live"}


@router.get("/ready")
def ready(site: SiteOf) -> dict[str, str | int]:
    """The gallery opens and the model is the one that made it."""
    return {
        "status": "ready",
        "model_id": site.encoder.model_id,
        "items": site.gallery.count(),
    }
