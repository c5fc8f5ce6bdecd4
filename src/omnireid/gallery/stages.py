"""How long the stages of a search take, told to whoever wants to know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

STAGES = ("encode", "index", "ledger")

Listener = Callable[[str, float], None]

_listeners: list[Listener] = []


def listen(listener: Listener) -> None:
    """Call `listener` with the name and the seconds of each stage from now on."""
    _listeners.append(listener)


def listen_no_more(listener: Listener) -> None:
    """Call it no more."""
    _listeners.remove(listener)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Time what is done inside."""
    began = time.perf_counter()
    try:
        yield
    finally:
        took = time.perf_counter() - began
        for listener in tuple(_listeners):
            listener(name, took)
