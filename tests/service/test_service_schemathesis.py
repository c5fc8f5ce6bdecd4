"""Whatever fits (or does not fit) the OpenAPI document, the API answers without a fault."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

import pytest
import schemathesis
from argon2 import PasswordHasher
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from PIL import Image
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance, status_code_conformance

from colour_encoder import COLOURS, ColourEncoder
from omnireid import Observation
from omnireid.accounts import Passwords, Role
from omnireid.gallery import Gallery
from omnireid.service import create_app
from omnireid.settings import Settings

FEW = int(os.environ.get("OMNIREID_SCHEMATHESIS_EXAMPLES", "6"))
MANY = 150
_HERE = {"Host": "localhost"}


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[schemathesis.BaseSchema]:
    """The service over nine pictures, called with a key that allows everything but the audit."""
    folder = tmp_path_factory.mktemp("api") / "site"
    with Gallery.create(folder, ColourEncoder(), timezone="UTC") as gallery:
        gallery.add(
            Observation(
                rgb=Image.new("RGB", (16, 32), tuple(max(c - n, 0) for c in colour)), camera=name
            )
            for name, colour in COLOURS.items()
            for n in range(3)
        )
        cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        app = create_app(gallery, ColourEncoder(), Settings(), passwords=cheap)
        app.state.keys = [_key(app, role) for role in (Role.AUDITOR, None)]
        schema = schemathesis.openapi.from_asgi("/openapi.json", app, headers=_HERE)
        yield schema


def _key(app: object, only: Role | None) -> str:
    accounts = app.state.site.accounts  # type: ignore[attr-defined]
    roles = [only] if only else [role for role in Role if role is not Role.AUDITOR]
    user = accounts.users.add(f"tester {only}", roles, by="(test)")
    secret, _ = accounts.keys.add(
        user.user_id, "test", user.permissions, by="(test)", lasts=timedelta(days=1)
    )
    return str(secret)


@pytest.mark.parametrize(
    ("mode", "examples"),
    [
        *((mode, FEW) for mode in GenerationMode),
        *(pytest.param(mode, MANY, marks=pytest.mark.slow) for mode in GenerationMode),
    ],
)
@pytest.mark.timeout(1800)
def test_no_request_is_a_fault(
    api: schemathesis.BaseSchema, mode: GenerationMode, examples: int
) -> None:
    """Requests that fit the document (positive), and requests that do not (negative)."""
    faults: list[str] = []
    tried = 0
    for result in api.get_all_operations():
        operation = result.ok()

        @_limits(examples)
        @given(case=operation.as_strategy(generation_mode=mode))
        def answer(case: schemathesis.Case) -> None:
            nonlocal tried
            tried += 1
            _call(case)

        try:
            answer()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE  # nothing in it can be wrong
        except Exception as error:  # told together at the end, an operation each
            faults.append(f"{operation.label}: {error}")
    assert faults == []
    assert tried > 50


def _call(case: schemathesis.Case) -> None:
    auditor, everyone = case.operation.app.state.keys
    key = auditor if "/audit" in case.path else everyone
    response = case.call(headers={"Authorization": f"Bearer {key}", **_HERE})
    case.validate_response(
        response,
        checks=[not_a_server_error, content_type_conformance, status_code_conformance],
    )


def _limits(examples: int) -> settings:
    return settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
