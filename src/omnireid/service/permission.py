"""What a route asks of who calls it. A route that declares nothing is refused (`gate.py`).

@router.get("/cases", dependencies=[needs(Permission.REVIEW)])
def cases(site: SiteOf, actor: ActorOf) -> Response: ...
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request, params
from starlette.routing import BaseRoute

from omnireid.accounts.permissions import Actor, Permission
from omnireid.accounts.values import Session
from omnireid.service.csrf import changes, check_form
from omnireid.service.faults import PageError


@dataclass(frozen=True)
class Rule:
    """Who may call a route: holders of the permission, anyone signed in, or everyone."""

    permission: Permission | None
    everyone: bool = False

    async def __call__(self, request: Request) -> None:
        """As a dependency of the route: what the gate judged, judged again, and the token of a
        form, which is known only now that the body is read."""
        self.judge(actor_in(request))
        if changes(request) and not request.state.proven:
            await check_form(request)

    def judge(self, actor: Actor | None) -> None:
        """Let the actor pass.

        Raises:
            PageError: 401 for nobody, 403 for somebody without the permission.
        """
        if self.everyone:
            return
        if actor is None:
            raise PageError("sign_in", 401)
        if self.permission is not None and not actor.may(self.permission):
            raise PageError("forbidden", 403, permission=self.permission.value)


def needs(permission: Permission) -> Any:
    """The declaration of a route for holders of a permission."""
    return Depends(Rule(permission))


def signed_in() -> Any:
    """The declaration of a route for anyone who is signed in, whatever the roles."""
    return Depends(Rule(None))


def public() -> Any:
    """The declaration of a route for everyone, signed in or not."""
    return Depends(Rule(None, everyone=True))


def rules_of(route: BaseRoute) -> tuple[Rule, ...]:
    """What a route declares; empty for a route that forgot to."""
    declared: Iterable[params.Depends] = getattr(route, "dependencies", ())
    return tuple(one.dependency for one in declared if isinstance(one.dependency, Rule))


def actor_in(request: Request) -> Actor | None:
    """Who calls, as the gate found it out; None for nobody."""
    actor: Actor | None = getattr(request.state, "actor", None)
    return actor


def _actor(request: Request) -> Actor:
    actor = actor_in(request)
    if actor is None:
        raise PageError("sign_in", 401)
    return actor


def _session(request: Request) -> Session | None:
    session: Session | None = getattr(request.state, "session", None)
    return session


ActorOf = Annotated[Actor, Depends(_actor)]
"""Who calls; only in routes that are not public."""

SessionOf = Annotated[Session | None, Depends(_session)]
"""The browser's session, with the purpose and case chosen in it; None for an API key."""
