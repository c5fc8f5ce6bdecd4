"""Writes of the API that may be sent twice: the header Idempotency-Key.

The first request with a key is done and its answer kept; a repetition gets that answer and does
nothing. Of two at once the second waits for the first. A key belongs to its caller.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from tempfile import SpooledTemporaryFile
from typing import Any

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from omnireid.accounts.permissions import Actor
from omnireid.service.faults import PageError
from omnireid.service.kept_answers import Answer, KeptAnswers

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE"})

_PREFIX = "/api/"
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_IN_MEMORY = 1_000_000
"""Bytes of a body that are held in memory; a larger one waits on the disk, as uploads do."""
_PART = 256 * 1024
_KEPT_HEADERS = ("content-type", "location")

Body = SpooledTemporaryFile[bytes]
Tell = Callable[[Request, Exception], Response]


def answers_a_question() -> Any:
    """Declares a route that changes nothing, such as a search: a key means nothing to it."""
    return Depends(_nothing_changes)


def answers_with_a_secret() -> Any:
    """Declares a route whose answer must not be kept: a repetition is told so."""
    return Depends(_secret)


def _nothing_changes(request: Request) -> None:
    request.state.idempotency = "question"


def _secret(request: Request) -> None:
    request.state.idempotency = "secret"


@dataclass(frozen=True)
class _Asked:
    caller: str
    key: str
    request: str


class Idempotency:
    """Stands before the routes of the API, behind the gate that knows who calls."""

    def __init__(self, app: ASGIApp, kept: KeptAnswers, tell: Tell) -> None:
        """`tell` makes the answer to an error."""
        self._app, self._kept, self._tell = app, kept, tell
        self._locks: dict[tuple[str, str], asyncio.Lock] = {}
        self._waiting: Counter[tuple[str, str]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        actor: Actor | None = scope.get("state", {}).get("actor")
        given = Headers(scope=scope).get(HEADER) if scope["type"] == "http" else None
        if (
            given is None
            or actor is None
            or scope["method"] not in WRITING
            or not scope["path"].startswith(_PREFIX)
        ):
            await self._app(scope, receive, send)
            return
        if not _KEY.fullmatch(given):
            refusal = self._tell(Request(scope), PageError("idempotency_key", 422))
            await refusal(scope, receive, send)
            return
        caller = f"user {actor.user_id}" if actor.key_id is None else f"key {actor.key_id}"
        with SpooledTemporaryFile(max_size=_IN_MEMORY) as body:
            try:
                request = await _take(scope, receive, body)
            except ClientDisconnect:
                return
            except HTTPException as error:  # above the limit
                refusal = self._tell(Request(scope), error)
                await refusal(scope, receive, send)
                return
            asked = _Asked(caller, _digest(given.encode()), request)
            async with self._in_turn(asked):
                answer = await self._answer(scope, asked)
                if answer is not None:
                    await answer(scope, receive, send)
                else:
                    await self._do(scope, body, receive, send, asked)

    async def _answer(self, scope: Scope, asked: _Asked) -> Response | None:
        """The answer to a repetition; None for a request that is new."""
        earlier = await run_in_threadpool(self._kept.begin, asked.caller, asked.key, asked.request)
        if earlier is None:
            return None
        request, answer = Request(scope), earlier.answer
        if earlier.request != asked.request:
            return self._tell(request, PageError("idempotency_changed", 422))
        if answer is None:
            return self._tell(request, PageError("idempotency_unfinished", 409))
        if answer.body is None:
            return self._tell(request, PageError("idempotency_secret", 409))
        headers = {REPLAYED: "true"} | ({"Location": answer.location} if answer.location else {})
        return Response(
            answer.body, answer.status, media_type=answer.media_type or None, headers=headers
        )

    async def _do(
        self, scope: Scope, body: Body, receive: Receive, send: Send, asked: _Asked
    ) -> None:
        """Do the request, and keep its answer once it is whole and before it is sent."""
        messages: list[Message] = []
        read = False
        await run_in_threadpool(body.seek, 0)

        async def receive_again() -> Message:
            nonlocal read
            if read:
                return await receive()
            part = await run_in_threadpool(body.read, _PART)
            read = len(part) < _PART
            return {"type": "http.request", "body": part, "more_body": not read}

        async def collect(message: Message) -> None:
            messages.append(message)

        try:
            await self._app(scope, receive_again, collect)
        except BaseException:
            await run_in_threadpool(self._kept.drop, asked.caller, asked.key)
            raise
        answer = _answer_in(messages, scope["state"].get("idempotency"))
        if answer is None:
            await run_in_threadpool(self._kept.drop, asked.caller, asked.key)
        else:
            await run_in_threadpool(self._kept.finish, asked.caller, asked.key, answer)
        for message in messages:
            await send(message)

    @asynccontextmanager
    async def _in_turn(self, asked: _Asked) -> AsyncIterator[None]:
        """One request a key at a time."""
        name = (asked.caller, asked.key)
        lock = self._locks.setdefault(name, asyncio.Lock())
        self._waiting[name] += 1
        try:
            async with lock:
                yield
        finally:
            self._waiting[name] -= 1
            if not self._waiting[name]:
                del self._waiting[name], self._locks[name]


def _answer_in(messages: list[Message], kind: str | None) -> Answer | None:
    """What is to be kept of an answer: of those that say that something was done."""
    start = next(message for message in messages if message["type"] == "http.response.start")
    if kind == "question" or not 200 <= start["status"] < 300:
        return None
    headers = Headers(raw=start["headers"])
    content_type, location = (headers.get(name) for name in _KEPT_HEADERS)
    body = b"".join(message.get("body", b"") for message in messages[1:])
    return Answer(start["status"], content_type or "", location, None if kind == "secret" else body)


async def _take(scope: Scope, receive: Receive, body: Body) -> str:
    """Write a request's body down, and name the request: the sha-256 of its address and body."""
    address = f"{scope['method']} {scope['path']}?{scope['query_string'].decode('latin-1')}\n"
    digest = hashlib.sha256(address.encode())
    async for part in Request(scope, receive).stream():
        digest.update(part)
        await run_in_threadpool(body.write, part)
    return digest.hexdigest()


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
