"""Users and keys."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from omnireid.accounts import CodeKind, Key, Permission, Role, User
from omnireid.service.api.values import Name, Number
from omnireid.service.faults import PageError
from omnireid.service.idempotency import answers_with_a_secret
from omnireid.service.permission import ActorOf, needs, signed_in
from omnireid.service.site import SiteOf

router = APIRouter(prefix="/api/v1", tags=["users and keys"])

Names = Annotated[list[Name], Field(max_length=500)]


class _Read(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ActorOut(BaseModel):
    """Who is calling, and what this key or session may do. Empty lists restrict nothing."""

    user_id: int = Field(examples=[3])
    name: str = Field(examples=["sato"])
    key_id: int | None = Field(description="the API key's number; null in a browser", examples=[7])
    permissions: list[Permission] = Field(examples=[["search", "view"]])
    cameras: list[str] = Field(examples=[["gate"]])
    purposes: list[str] = Field(examples=[[]])


class UserOut(_Read):
    """A user. Empty lists of cameras and purposes restrict nothing."""

    id: int = Field(validation_alias="user_id", examples=[3])
    name: str = Field(examples=["sato"])
    roles: list[Role] = Field(examples=[["reviewer"]])
    cameras: list[str] = Field(examples=[["gate", "yard"]])
    purposes: list[str] = Field(examples=[[]])
    created: datetime
    disabled: datetime | None

    @classmethod
    def of(cls, user: User) -> UserOut:
        """The user as the API shows it."""
        made = cls.model_validate(user)
        made.roles.sort()
        return made


class UsersOut(BaseModel):
    """Every user."""

    users: list[UserOut]


class NewUserIn(BaseModel):
    """A user to be made."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=64, examples=["sato"])
    roles: list[Role] = Field(max_length=len(Role), examples=[["reviewer"]])
    cameras: Names = Field(default=[], description="empty: every camera", examples=[["gate"]])
    purposes: Names = Field(default=[], description="empty: every purpose")


class NewUserOut(BaseModel):
    """The user, and the one-time code with which he or she sets a password. Shown once."""

    user: UserOut
    code: str = Field(examples=["7KQ4-2MXD-9RTB"])


class UserChangeIn(BaseModel):
    """What is to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid")

    roles: list[Role] | None = Field(default=None, max_length=len(Role), examples=[["searcher"]])
    cameras: Names | None = Field(default=None, description="empty: every camera")
    purposes: Names | None = Field(default=None, description="empty: every purpose")
    enabled: bool | None = Field(default=None, description="false: ends sessions and keys at once")


class CodeOut(BaseModel):
    """A one-time code for a new password. Shown once."""

    code: str = Field(examples=["7KQ4-2MXD-9RTB"])


class KeyOut(_Read):
    """An API key without its secret."""

    id: int = Field(validation_alias="key_id", examples=[7])
    owner: str = Field(examples=["sato"])
    label: str = Field(examples=["nightly ingest"])
    prefix: str = Field(description="how the key begins after omr_", examples=["3f9a01c2"])
    permissions: list[Permission] = Field(examples=[["ingest"]])
    cameras: list[str] = Field(description="empty: those of the owner", examples=[[]])
    created: datetime
    expires: datetime
    revoked: datetime | None
    used: datetime | None

    @classmethod
    def of(cls, key: Key) -> KeyOut:
        """The key as the API shows it."""
        made = cls.model_validate(key)
        made.permissions.sort()
        return made


class KeysOut(BaseModel):
    """Keys, the newest first."""

    keys: list[KeyOut]


class NewKeyIn(BaseModel):
    """A key to be made. It may never do more than who makes it."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(min_length=1, max_length=80, examples=["nightly ingest"])
    permissions: list[Permission] = Field(
        min_length=1, max_length=len(Permission), examples=[["ingest"]]
    )
    days: int = Field(ge=1, le=366, description="how long it lasts", examples=[90])
    cameras: Names = Field(default=[], description="empty: the cameras of its owner")


class NewKeyOut(BaseModel):
    """The whole key, shown once, and what is kept of it."""

    secret: str = Field(examples=["omr_3f9a01c2_…"])
    key: KeyOut


@router.get("/me", dependencies=[signed_in()])
def me(actor: ActorOf) -> ActorOut:
    """Who is calling, and what this key may do."""
    return ActorOut(
        user_id=actor.user_id,
        name=actor.name,
        key_id=actor.key_id,
        permissions=sorted(actor.permissions),
        cameras=list(actor.cameras),
        purposes=list(actor.purposes),
    )


@router.get("/users", dependencies=[needs(Permission.ACCOUNTS)])
def users(site: SiteOf) -> UsersOut:
    """Every user, disabled ones last."""
    return UsersOut(users=[UserOut.of(user) for user in site.accounts.users.all()])


@router.post(
    "/users", status_code=201, dependencies=[needs(Permission.ACCOUNTS), answers_with_a_secret()]
)
def new_user(site: SiteOf, actor: ActorOf, asked: NewUserIn) -> NewUserOut:
    """Make a user, who sets a password with the one-time code in the answer."""
    accounts = site.accounts
    made = accounts.users.add(asked.name, asked.roles, by=actor.name)
    if asked.cameras or asked.purposes:
        made = accounts.users.set_scope(
            made.user_id, cameras=asked.cameras, purposes=asked.purposes, by=actor.name
        )
    code = accounts.reset(made.user_id, CodeKind.PASSWORD, by=actor.name)
    return NewUserOut(user=UserOut.of(made), code=code)


@router.get("/users/{user_id}", dependencies=[needs(Permission.ACCOUNTS)])
def user(site: SiteOf, user_id: Number) -> UserOut:
    """One user."""
    return UserOut.of(site.accounts.users.get(user_id))


@router.patch("/users/{user_id}", dependencies=[needs(Permission.ACCOUNTS)])
def change_user(site: SiteOf, actor: ActorOf, user_id: Number, asked: UserChangeIn) -> UserOut:
    """Change roles or scope, disable or enable."""
    known = site.accounts.users
    found = known.get(user_id)
    if asked.roles is not None:
        found = known.set_roles(user_id, asked.roles, by=actor.name)
    if asked.cameras is not None or asked.purposes is not None:
        found = known.set_scope(
            user_id,
            cameras=found.cameras if asked.cameras is None else asked.cameras,
            purposes=found.purposes if asked.purposes is None else asked.purposes,
            by=actor.name,
        )
    if asked.enabled is not None:
        found = known.set_enabled(user_id, asked.enabled, by=actor.name)
    return UserOut.of(found)


@router.post(
    "/users/{user_id}/code",
    status_code=201,
    dependencies=[needs(Permission.ACCOUNTS), answers_with_a_secret()],
)
def new_code(site: SiteOf, actor: ActorOf, user_id: Number) -> CodeOut:
    """A one-time code for a new password; an earlier one ends."""
    return CodeOut(code=site.accounts.reset(user_id, CodeKind.PASSWORD, by=actor.name))


@router.get("/keys", dependencies=[signed_in()])
def keys(site: SiteOf, actor: ActorOf) -> KeysOut:
    """One's own keys; every key for who may administer accounts."""
    whose = None if actor.may(Permission.ACCOUNTS) else actor.user_id
    return KeysOut(keys=[KeyOut.of(key) for key in site.accounts.keys.all(whose)])


@router.post("/keys", status_code=201, dependencies=[signed_in(), answers_with_a_secret()])
def new_key(site: SiteOf, actor: ActorOf, asked: NewKeyIn) -> NewKeyOut:
    """Make a key for oneself; in a browser alone, for a key could make itself last for ever."""
    if actor.key_id is not None:
        raise PageError("key_here", 403)
    beyond = set(asked.permissions) - actor.permissions
    foreign = set(asked.cameras) - set(actor.cameras) if actor.cameras else set()
    if beyond or foreign:
        raise PageError("key_beyond", 403, names=", ".join(sorted({*beyond, *foreign})))
    secret, key = site.accounts.keys.add(
        actor.user_id,
        asked.label,
        asked.permissions,
        by=actor.name,
        lasts=timedelta(days=asked.days),
        cameras=asked.cameras or actor.cameras,
    )
    return NewKeyOut(secret=secret, key=KeyOut.of(key))


@router.delete("/keys/{key_id}", dependencies=[signed_in()])
def revoke_key(site: SiteOf, actor: ActorOf, key_id: Number) -> KeyOut:
    """End a key at once: one's own, or anyone's for who may administer accounts."""
    whose = None if actor.may(Permission.ACCOUNTS) else actor.user_id
    return KeyOut.of(site.accounts.keys.revoke(key_id, by=actor.name, of_user=whose))
