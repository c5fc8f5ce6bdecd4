"""The notice to hang beside a camera, made from what the gallery is set to, in both languages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from omnireid.governance.certificate import printed, sentences
from omnireid.governance.purposes import Purpose
from omnireid.governance.retention import days_kept

LANGUAGES = ("ja", "en")


@dataclass(frozen=True)
class Notice:
    """What one camera's notice says. days: None without a limit."""

    camera: str
    purposes: tuple[Purpose, ...]
    days: int | None
    blurred: bool
    operator: str
    contact: str

    def text(self, language: str) -> str:
        """Plain text in one language."""
        t = sentences(language)
        lines = [
            t["notice_head"].format(camera=self.camera),
            t["notice_who"].format(operator=self.operator),
            "",
            t["notice_what"],
            *([t["notice_blur"]] if self.blurred else []),
            "",
            t["notice_purposes"] if self.purposes else t["notice_no_purposes"],
            *(f"・{p.name(language)}" for p in self.purposes),
            "",
            t["notice_kept"].format(days=self.days) if self.days else t["notice_unlimited"],
            t["notice_rights"].format(contact=self.contact),
        ]
        return "\n".join(lines)

    def html(self) -> str:
        """A page to print, both languages one below the other."""
        texts = [(language, self.text(language).split("\n")) for language in LANGUAGES]
        t = sentences(LANGUAGES[0])
        return printed("notice.html", LANGUAGES[0], t=t, texts=texts, camera=self.camera)


def notices(
    cameras: Sequence[str],
    purposes: Sequence[Purpose],
    rules: dict[tuple[str, str], int],
    *,
    blurred: bool,
    operator: str,
    contact: str,
) -> tuple[Notice, ...]:
    """One notice a camera."""
    return tuple(
        Notice(
            camera,
            tuple(p for p in purposes if p.allows(camera)),
            days_kept(camera, purposes, rules),
            blurred,
            operator,
            contact,
        )
        for camera in cameras
    )
