"""One settings object: the environment over a TOML file over the defaults."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from omnireid.errors import InputError

SETTINGS_FILE = "omnireid.toml"


class Settings(BaseSettings):
    """What the commands and the page fall back on when an option is not given.

    The environment (OMNIREID_GALLERY, OMNIREID_MODEL, …) wins over the file, the file over the
    defaults. An unknown name in the file is an error, never dropped in silence.
    """

    model_config = SettingsConfigDict(
        env_prefix="OMNIREID_", extra="forbid", frozen=True, use_attribute_docstrings=True
    )

    gallery: Path = Path("gallery")
    """Folder of the gallery."""
    model: str = "default"
    """Name of a shipped model, or the path of a model folder."""
    host: str = "127.0.0.1"
    """Address that the page listens on."""
    port: int = Field(default=8000, ge=0, le=65535)
    """Port that the page listens on; 0 takes a free one."""
    language: Literal["en", "ja"] = "en"
    """Language of the page for a browser that asks for neither English nor Japanese."""
    page_size: int = Field(default=24, ge=1, le=200)
    """Results on one page."""
    max_upload_mb: int = Field(default=20, ge=1, le=500)
    """Largest request body the page accepts, in megabytes."""
    log_format: Literal["text", "json"] = "text"
    """How the service writes its log to stderr: lines for people, or one JSON object a line."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    """The least serious entries that the log holds; `info` has one line a request."""
    integrity_hours: float = Field(default=24.0, ge=0)
    """Hours from one background check of the whole gallery to the next; 0 makes none."""
    idempotency_hours: float = Field(default=24.0, gt=0, le=24 * 30)
    """Hours for which a repeated Idempotency-Key gets the first answer again."""

    session_idle_minutes: int = Field(default=60, ge=1, le=24 * 60)
    """Minutes without a request after which a person is signed out."""
    session_hours: int = Field(default=12, ge=1, le=24 * 30)
    """Hours after which a person must sign in again, in use or not."""
    tls_certificate: Path | None = None
    """Certificate file (PEM, with its chain) with which the page is served over TLS."""
    tls_key: Path | None = None
    """Private key file (PEM) that belongs to the certificate."""
    blur_faces: Literal["off", "thumbnails", "embedding"] = "off"
    """Whether heads are blurred in pictures taken in from now on: in what is kept, or before the
    model sees them as well."""
    audit_words_days: int = Field(default=365, ge=1, le=36_500)
    """Days for which the audit log keeps the words of searches; the entries themselves stay."""
    backup_folder: Path = Path("backups")
    """Folder in which backups are made; put it on another disk."""
    behind_proxy: bool = False
    """Whether a reverse proxy on this machine ends TLS and tells who calls (X-Forwarded-For)."""
    oidc_issuer: str = ""
    """Address of an OpenID Connect provider at which people may sign in; empty for none."""
    oidc_name: str = "OpenID Connect"
    """What the sign-in page calls the provider."""
    oidc_client_id: str = ""
    """The name under which the provider knows this service."""
    oidc_client_secret: str = Field(default="", repr=False)
    """The secret agreed with the provider; empty for a public client."""
    oidc_scopes: str = "openid profile"
    """What is asked of the provider."""
    oidc_name_claim: str = "preferred_username"
    """The claim that becomes a newcomer's user name."""
    oidc_role_claim: str = "groups"
    """The claim that decides the roles."""
    oidc_roles: dict[str, str] = Field(default_factory=dict)
    """From a value of that claim to a role here, such as {"reid-reviewers": "reviewer"}."""

    ingest_roots: tuple[Path, ...] = ()
    """Folders of the server below which the page may index or watch; none: only uploads."""
    max_ingest_mb: int = Field(default=2000, ge=1, le=100_000)
    """Largest upload of pictures, notes or a video to be indexed, in megabytes, also unpacked."""
    job_worker: bool = True
    """Whether `omnireid serve` does the jobs of the queue itself, in a process beside the page."""
    job_memory_mb: int = Field(default=2000, ge=200, le=100_000)
    """Memory that reading one file may take, in megabytes; a file that needs more is listed."""
    job_file_seconds: float = Field(default=60.0, ge=1, le=3600)
    """Seconds without a sign of life after which reading a file is given up."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - the signature is pydantic's
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        file = TomlConfigSettingsSource(settings_cls, settings_file())
        return init_settings, env_settings, file


def settings_file() -> Path:
    """The settings file in use: OMNIREID_SETTINGS if set, else omnireid.toml in this folder."""
    return Path(os.environ.get("OMNIREID_SETTINGS", SETTINGS_FILE))


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        InputError: the file is not TOML, or a value (of file or environment) does not fit.
    """
    if "OMNIREID_SETTINGS" in os.environ and not settings_file().is_file():
        raise InputError(
            f"the settings file {settings_file()} could not be read",
            "OMNIREID_SETTINGS names it and there is no such file",
            "correct the path or unset OMNIREID_SETTINGS",
        )
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"the setting {name!r} cannot be used",
            first["msg"][:1].lower() + first["msg"][1:],
            f"correct it in {settings_file()} or in the environment (OMNIREID_{name.upper()})",
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f"the settings file {settings_file()} could not be read",
            f"it is not valid TOML ({error})",
            "correct the line, or rename the file to go on with the defaults",
        ) from error
