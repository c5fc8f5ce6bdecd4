"""Exclusion rules: which gallery items a query never meets, as values that name themselves."""

from __future__ import annotations

from dataclasses import dataclass

from omnireid.errors import InputError


@dataclass(frozen=True)
class Exclusion:
    """What is removed from the gallery before the ranking of one query.

    `same_identity_and_camera`: items of the query's identity seen by the query's camera.
    `same_identity_and_picture`: items of the query's identity with the query's picture name (the
    photo that a sketch was made from; the query itself in a leave-one-out evaluation).
    `camera_pairs`: (query camera, gallery camera); those gallery items go whatever their identity.

    Raises:
        InputError: a rule without a name.

    >>> print(SAME_CAMERA)
    same_camera (same identity and same camera removed)
    """

    name: str
    same_identity_and_camera: bool = False
    same_identity_and_picture: bool = False
    camera_pairs: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InputError("an exclusion rule without a name", "results print it", "name it")

    @property
    def needs_cameras(self) -> bool:
        """Whether the rule reads cameras."""
        return self.same_identity_and_camera or bool(self.camera_pairs)

    @property
    def description(self) -> str:
        """The rule in words."""
        parts: list[str] = []
        if self.same_identity_and_camera:
            parts.append("same identity and same camera")
        if self.same_identity_and_picture:
            parts.append("same identity and same picture")
        parts += [f"camera {g} for queries of camera {q}" for q, g in self.camera_pairs]
        return f"{', '.join(parts)} removed" if parts else "nothing removed"

    def __str__(self) -> str:
        return f"{self.name} ({self.description})"


NO_EXCLUSION = Exclusion("none")
SAME_CAMERA = Exclusion("same_camera", same_identity_and_camera=True)
SAME_PICTURE = Exclusion("same_picture", same_identity_and_picture=True)
SYSU_CAMERAS = Exclusion("sysu_cameras", camera_pairs=(("3", "2"),))
"""SYSU-MM01: cameras 2 and 3 see the same place, so a camera-3 probe never meets camera 2."""

EXCLUSIONS = {rule.name: rule for rule in (NO_EXCLUSION, SAME_CAMERA, SAME_PICTURE, SYSU_CAMERAS)}
"""The named rules."""
