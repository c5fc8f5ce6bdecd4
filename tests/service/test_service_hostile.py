"""Whatever arrives, the service answers without a fault."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from colour_encoder import picture

FIELDS = ("text", "held", "camera", "modality", "since", "until", "words", "page", "source",
          "limit", "offset")  # fmt: skip
anything = st.lists(st.tuples(st.sampled_from(FIELDS), st.text(max_size=40)), max_size=6)
calm = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@calm
@given(fields=anything)
def test_any_address_of_the_page(client: TestClient, fields: list[tuple[str, str]]) -> None:
    kept = [pair for pair in fields if pair != ("text", "break")]
    assert client.get("/", params=kept).status_code in (200, 410, 422)


@calm
@given(fields=anything)
def test_any_form_of_the_api(client: TestClient, fields: list[tuple[str, str]]) -> None:
    data = {name: [value for key, value in fields if key == name] for name, _ in fields}
    answer = client.post("/api/v1/search", data=data)
    assert answer.status_code in (200, 422)
    assert answer.json()


@calm
@given(data=st.binary(max_size=200), name=st.text(max_size=30))
def test_any_upload(client: TestClient, data: bytes, name: str) -> None:
    page = client.post("/search", files={"rgb": (name or "x", data)})
    assert page.status_code in (200, 400, 422)


@calm
@given(body=st.binary(max_size=300))
def test_any_broken_multipart(client: TestClient, body: bytes) -> None:
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    content = b"--b\r\nContent-Disposition: form-data; name=" + body
    for address in ("/search", "/api/v1/search"):
        assert client.post(address, content=content, headers=headers).status_code < 500


@calm
@given(path=st.text(max_size=60))
def test_any_path(client: TestClient, path: str) -> None:
    for start in ("/pictures/", "/held/", "/static/", "/language/", "/without/", "/api/v1/"):
        quoted = "".join(f"%{byte:02x}" for byte in path.encode("utf-8", "ignore"))
        assert client.get(start + quoted).status_code < 500


def test_many_at_once_get_their_own_answers(client: TestClient) -> None:
    def ask(colour: str) -> tuple[str, str]:
        files = {"rgb": ("a.png", picture(colour))}
        found = client.post(
            "/api/v1/search", files=files, data={"modality": "rgb", "purpose": "incident"}
        ).json()
        return colour, str(found["items"][0]["camera"])

    with ThreadPoolExecutor(8) as pool:
        for colour, camera in pool.map(ask, ["red", "green", "blue"] * 16):
            assert camera == f"{colour} gate"
