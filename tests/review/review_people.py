"""Three people who review, and the query that found their candidates."""

from __future__ import annotations

from colour_encoder import ColourEncoder
from omnireid.accounts.permissions import GRANTS, Actor, Role
from omnireid.review import FoundBy

REVIEWER = GRANTS[Role.REVIEWER]
ANNA = Actor(1, "Anna", REVIEWER)
BEN = Actor(2, "Ben", REVIEWER)
CHIE = Actor(3, "千絵", REVIEWER)
FOUND_BY = FoundBy("a red coat 赤い上着", {"sketch": "ab" * 32}, ColourEncoder.model_id)
