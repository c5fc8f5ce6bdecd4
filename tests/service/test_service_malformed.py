"""What a reader is told of a value that does not fit: in the own language, not in pydantic's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from omnireid.accounts import Role
from omnireid.errors import InputError
from omnireid.jobs import read_options
from omnireid.service.app import ROUTERS
from omnireid.service.faults import notice_of
from omnireid.service.language import LANGUAGES, strings
from omnireid.service.malformed import FAMILY, fault_in_words

JAPANESE = {"Accept-Language": "ja"}

EVERYWHERE = {"missing", "json_invalid"}
BY_KIND = {
    "str": {"string_type", "string_unicode"},
    "str.min_length": {"string_too_short"},
    "str.max_length": {"string_too_long"},
    "str.pattern": {"string_pattern_mismatch"},
    "int": {"int_type", "int_parsing", "int_parsing_size", "int_from_float", "finite_number"},
    "int.ge": {"greater_than_equal"},
    "int.gt": {"greater_than"},
    "int.le": {"less_than_equal"},
    "int.lt": {"less_than"},
    "float": {"float_type", "float_parsing", "finite_number"},
    "float.ge": {"greater_than_equal"},
    "float.le": {"less_than_equal"},
    "bool": {"bool_type", "bool_parsing"},
    "datetime": {
        "datetime_type", "datetime_parsing", "datetime_from_date_parsing",
        "datetime_object_invalid",
    },
    "enum": {"enum"},
    "literal": {"literal_error"},
    "list": {"list_type"},
    "list.min_length": {"too_short"},
    "list.max_length": {"too_long"},
    "model": {"model_type", "model_attributes_type", "extra_forbidden"},
    "model-fields": {"dict_type", "model_attributes_type"},
    "tagged-union": {"union_tag_invalid", "union_tag_not_found"},
    "function-after": {"value_error"},
    "function-plain": {"value_error"},
    "lax-or-strict": {"path_type"},
}  # fmt: skip
"""The errors that a kind of schema, or a limit of one, can end in."""
HARMLESS = {
    "default", "nullable", "model-field", "no-info", "with-info", "union", "json-or-python",
    "is-instance", "str.strict", "tagged-union.strict",
}  # fmt: skip
"""They end in the errors of what is in them."""
LIMITS = ("min_length", "max_length", "pattern", "ge", "gt", "le", "lt", "strict", "multiple_of")
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def _fields(needed: Dependant) -> Iterator[Any]:
    for given in (needed.path_params, needed.query_params, needed.body_params):
        yield from given
    for one in needed.dependencies:
        yield from _fields(one)


def _kinds(schema: object) -> Iterator[str]:
    """Every kind of schema in this one, and its limits as `kind.limit`."""
    if isinstance(schema, dict):
        kind = schema.get("type")
        if isinstance(kind, str):
            yield kind
            yield from (f"{kind}.{one}" for one in LIMITS if schema.get(one) is not None)
        for name, part in schema.items():
            if name not in ("metadata", "serialization"):
                yield from _kinds(part)
    elif isinstance(schema, (list, tuple)):
        for part in schema:
            yield from _kinds(part)


def test_every_fault_that_a_request_can_have_has_its_sentence() -> None:
    kinds = {
        kind
        for route in ROUTES
        for field in _fields(route.dependant)
        for kind in _kinds(field._type_adapter.core_schema)
    }
    assert {"str", "int.ge", "tagged-union", "model"} <= kinds
    assert kinds <= BY_KIND.keys() | HARMLESS
    types = EVERYWHERE | {one for kind in kinds & BY_KIND.keys() for one in BY_KIND[kind]}
    for language in LANGUAGES:
        told = {key.removeprefix(FAMILY) for key in strings(language) if key.startswith(FAMILY)}
        # Our own checks say why themselves.
        assert types - {"value_error"} <= told
        assert told <= types | {one for some in BY_KIND.values() for one in some} | {"other"}


def _notice(page: str) -> str:
    found = re.search(r'role="alert">(.*?)</div>', page, re.DOTALL)
    assert found is not None, page
    return re.sub(r"<[^>]*>", "", found[1])


@pytest.mark.parametrize(
    ("address", "data", "told"),
    [
        ("/privacy/holds", {"kind": "item", "reason": "x" * 1001}, "reason：1000 文字以内で"),
        ("/cases/one/close", {}, "case_id：整数が必要です"),
        ("/cases/0/close", {}, "case_id：1 以上の値が必要です"),
        ("/cases/1/export", {"form": "exe"}, "form：使える値は次のいずれかです：zip、pdf"),
        ("/privacy/retention", {}, "days：必要な値がありません"),
        ("/privacy/retention", {"days": "1.5"}, "days：整数が必要です"),
        ("/privacy/requests", {"threshold": "half"}, "threshold：数値が必要です"),
        ("/privacy/holds", {"kind": "moon"}, "kind：使える値は次のいずれかです："),
    ],
)
def test_a_form_that_does_not_fit_is_told_in_japanese(
    client: TestClient, address: str, data: dict[str, str], told: str
) -> None:
    answer = client.post(address, data=data, headers=JAPANESE)
    assert answer.status_code == 422
    notice = _notice(answer.text)
    assert told in notice
    assert not re.search(r"[a-z]+ [a-z]+", notice)


def test_no_page_answers_a_wrong_number_in_english(client: TestClient, client_as: Any) -> None:
    """Every page with a number in its address, asked for something that is none."""
    auditor = client_as(Role.AUDITOR)
    tried = 0
    for route in ROUTES:
        if route.path.startswith("/api/") or "{" not in route.path or ":int}" in route.path:
            continue
        for method in route.methods:
            address = re.sub(r"\{[^}]*\}", "none", route.path)
            asker = auditor if "/audit" in address else client
            answer = asker.request(method, address, headers=JAPANESE, follow_redirects=False)
            if answer.status_code != 422:
                continue
            tried += 1
            assert not re.search(r"[a-z]+ [a-z]+", _notice(answer.text)), address
    assert tried > 15


def test_a_body_that_cannot_be_read_is_told_in_japanese(client: TestClient) -> None:
    headers = {**JAPANESE, "Content-Type": "multipart/form-data"}
    answer = client.post("/search", content=b"--b", headers=headers)
    assert answer.status_code == 400
    assert "Content-Type と異なるか" in _notice(answer.text)


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"kind": "folder", "path": "/x", "camera": "c" * 201}, "200 文字以内"),
        ({"kind": "folder", "path": "/x", "modality": "x-ray"}, "rgb、infrared、sketch、text"),
        ({"kind": "folder"}, "必要な値がありません"),
        ({"kind": "moon"}, "'kind' に使える値は次のいずれかです：folder、notes"),
        ({"kind": "folder", "path": "/x", "pattern": "{camera"}, "波かっこ"),
        ({"kind": "folder", "path": "/x", "modality": "text"}, "画像"),
    ],
)
def test_an_option_that_a_job_refuses_is_told_in_japanese(
    values: dict[str, str], told: str
) -> None:
    with pytest.raises(InputError) as refused:
        read_options(values)
    notice = notice_of(refused.value, "ja")
    assert told in notice.why
    assert not re.search(r"[a-z]+ [a-z]+", notice.what + notice.why + notice.to_do)
    assert notice_of(refused.value, "en").why == refused.value.why


def test_a_library_s_own_check_is_not_told_in_its_words() -> None:
    fault = {"type": "value_error", "loc": ("body", "rgb"), "ctx": {"error": ValueError("Boo Boo")}}
    assert fault_in_words(fault, "ja") == strings("ja")["error_value_other"]
    assert fault_in_words(fault, "en") == "Boo Boo"
    unknown = {"type": "uuid_parsing", "loc": ("body", "x"), "ctx": {"error": "no"}}
    assert fault_in_words(unknown, "ja") == strings("ja")["error_value_other"]


def test_the_api_tells_what_was_expected(client: TestClient) -> None:
    told = client.post("/api/v1/cases", json={"title": "x", "colour": "red"}).json()["detail"]
    assert told == "purpose: it is missing"
    told = client.post("/api/v1/cases", content=b"{", headers={"Content-Type": "application/json"})
    assert told.json()["detail"] == "the body is no valid JSON"
    asked = {"kind": "moon", "path": "/x"}
    told = client.post("/api/v1/watches", json=asked).json()["detail"]
    assert told == "'kind' may be one of: folder, video"
