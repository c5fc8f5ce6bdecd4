"""The provider of the settings. Its libraries are loaded only where one is configured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnireid.accounts import Role
from omnireid.errors import InputError
from omnireid.settings import Settings

if TYPE_CHECKING:
    from omnireid.accounts.provider import Provider


def provider_of(settings: Settings) -> Provider | None:
    """The provider that the settings describe; None where they name none.

    Raises:
        InputError: an address without TLS, no client id, or an unknown role.
    """
    if not settings.oidc_issuer:
        return None
    from omnireid.accounts.provider import Provider, ProviderConfig

    if not settings.oidc_client_id:
        raise InputError(
            "the provider cannot be used",
            "oidc_issuer is set and oidc_client_id is not",
            "set the client id that the provider gave this service",
        )
    roles = {}
    for value, name in settings.oidc_roles.items():
        try:
            roles[value] = Role(name)
        except ValueError:
            raise InputError(
                f"the provider's group {value!r} cannot be used",
                f"{name!r} is no role",
                f"choose among {', '.join(Role)}",
            ) from None
    return Provider(
        ProviderConfig(
            name=settings.oidc_name,
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            scopes=settings.oidc_scopes,
            name_claim=settings.oidc_name_claim,
            role_claim=settings.oidc_role_claim,
            roles=roles,
        )
    )
