"""Kinds of values that requests of several subjects hold."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field

Number = Annotated[int, Path(ge=1, lt=2**63)]
"""The number in an address."""
ItemNumber = Annotated[int, Field(ge=1, lt=2**63)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
Words = Annotated[str, Field(min_length=1, max_length=1000)]
