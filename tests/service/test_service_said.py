"""What the rooms below say of errors and skipped files, on the page of a Japanese reader."""

from __future__ import annotations

import ast
import csv
import io
import itertools
import re
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter

import pytest
from fastapi.testclient import TestClient

import omnireid
from colour_encoder import picture
from omnireid.accounts import Role
from omnireid.gallery import Gallery
from omnireid.jobs import Limits, work_off
from omnireid.service.language import strings
from omnireid.service.said import spoken, spoken_reason

ClientAs = Callable[..., TestClient]

JAPANESE = {"Accept-Language": "ja"}
ROOM = Path(omnireid.__file__).parent
ROOMS = ("gallery", "governance", "jobs", "runtime", "search", "service", "sources")
NOT_ON_A_PAGE = {
    # Said when a program starts, by the command line or the API, or to a programmer.
    "gallery/gallery.py", "gallery/opening.py", "gallery/scales.py", "gallery/values.py",
    "governance/restoring.py", "runtime/encoder.py", "runtime/model_folder.py", "runtime/text.py",
    "service/address.py", "service/provided.py", "service/api/asking.py",
    "sources/onnx_detector.py",
}  # fmt: skip
OF_ARRAYS = {
    "an array of shape 7 is not a picture", "expected (H, W), (H, W, 3) or (H, W, 4)",
    "give height, width and channels last", "an empty array is not a picture", "its shape is 7",
    "an array of 7 is not a picture", "its values are no real numbers",
    "give uint8, uint16 or floats",
    "crop with a larger box", "7 holds a 7", "convert it first",
    "a picture is a path, bytes, a PIL image or an array",
}  # fmt: skip
"""Said to a program that gives no file."""
EACH_VALUE_HAS_ITS_OWN = {"it is 7", "7 missing", "it has no name in 7"}
ONE_A_VALUE = {
    "job_queued", "job_running", "job_pausing", "job_paused", "job_cancelling", "job_cancelled",
    "job_done", "job_failed", "no_name_ja", "no_name_en", "log_entry_missing",
    "log_entries_missing",
}  # fmt: skip
SAID_BY_OTHERS = {
    "no_such_file", "permission", "no_space", "quota", "fs_read_only", "io_error", "is_directory",
    "no_zip_file",
}  # fmt: skip
"""The operating system's and the ZIP reader's."""
ERRORS = {"InputError", "GalleryError", "ModelError", "ReaderError"}
NAMED_FIRST = {"Skipped", "Refused", "Finding", "_wrong"}
"""Their first part is the name or the kind of what the rest is about."""


@pytest.fixture
def operator(client_as: ClientAs) -> TestClient:
    return client_as(Role.ADMINISTRATOR, Role.SEARCHER, name="operator")


@pytest.fixture
def job(operator: TestClient, gallery: Gallery) -> str:
    """The address of a job that left out four files."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name in (".hidden.png", "../out.png", "n/b.png"):
            packed.writestr(name, picture((4, 5, 7)))
    answer = operator.post(
        "/jobs/pictures",
        data={"camera": "yard", "modality": "rgb"},
        files=[
            ("files", ("torn.jpg", b"\xff\xd8 torn")),
            ("files", ("empty.png", b"")),
            ("files", ("n.zip", file.getvalue())),
        ],
        follow_redirects=False,
    )
    work_off(gallery, Limits(memory=500_000_000, seconds=20), threading.Event())
    return answer.headers["location"]


WHY = {
    ".hidden.png": "隠しファイルです",
    "../out.png": "ファイル名がアーカイブの外を指しています",
    "torn.jpg": "ファイルが壊れているか、対応していない形式です",
    "empty.png": "ファイルが空です",
}


def test_a_japanese_reader_learns_why_files_were_skipped(operator: TestClient, job: str) -> None:
    assert "the file is empty" in operator.get(job).text
    told = re.findall(
        r'<td class="wrap">([^<]+)</td><td>([^<]+)</td>', operator.get(job, headers=JAPANESE).text
    )
    assert sorted(reason for _, reason in told) == sorted(WHY.values())


def test_the_report_is_in_the_language_of_the_page(operator: TestClient, job: str) -> None:
    english = operator.get(f"{job}/report.csv").text
    assert english.startswith("\ufeffsource,result,reason,item")
    assert "the file is empty" in english
    japanese = operator.get(f"{job}/report.csv", headers=JAPANESE).text.removeprefix("\ufeff")
    heading, *rows = csv.reader(io.StringIO(japanese))
    assert heading == ["ファイル・行・通過", "結果", "理由", "項目の番号"]
    assert {reason for _, _, reason, _ in rows} == set(WHY.values())
    assert {result for _, result, _, _ in rows} == {"除外"}


def test_a_failed_job_and_a_wrong_turn_are_told_in_japanese(
    operator: TestClient, gallery: Gallery, job: str
) -> None:
    answer = operator.post(
        "/jobs/video",
        data={"camera": "gate", "modality": "rgb"},
        files=[("files", ("gate.mp4", b"no film"))],
    )
    work_off(gallery, Limits(seconds=20), threading.Event())
    page = operator.get(answer.url.path, headers=JAPANESE).text
    assert "gate.mp4 を動画として読み込めません" in page
    assert "could not be read" not in page
    turned = operator.post(f"{job}/resume", headers=JAPANESE)
    assert turned.status_code == 422
    assert "すでに完了しています" in turned.text


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("since=tomorrow", "&#39;tomorrow&#39; を日時として読み取れません"),
        ("text=red&weight_text=0", "比べるものがありません"),
        ("zone=moon", "区域はありません"),
        ("text=red&after=zzz", "検索結果の位置ではありません"),
    ],
)
def test_a_search_that_cannot_be_done_says_so_in_japanese(
    operator: TestClient, query: str, told: str
) -> None:
    page = operator.get(f"/?{query}", headers=JAPANESE)
    assert page.status_code == 422
    notice = re.search(r'role="alert">(.*?)</div>', page.text, re.DOTALL)
    assert notice is not None
    assert told in notice[1]
    assert not re.search(r"[a-z]+ [a-z]+", re.sub(r"<[^>]*>", "", notice[1]))


def test_what_a_reason_is_about_may_stand_before_it() -> None:
    pixels = "it claims 9 x 8 pixels, above 70"
    assert spoken_reason(f"a.jpg was refused: {pixels}", "ja").startswith("a.jpg を受け付け")
    assert spoken_reason(f"C: x: {pixels}", "ja") == spoken(pixels, "ja")
    assert spoken_reason("something: new", "ja") == "something: new"
    assert spoken_reason(pixels, "en") == pixels


def _texts(node: ast.expr) -> Iterator[str]:
    """What an expression can say, with 7 for what only a run knows."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.JoinedStr(values=values):
            for parts in itertools.product(*([*_texts(value)] for value in values)):
                yield "".join(parts)
        case ast.FormattedValue(value=value):
            yield from _texts(value)
        case ast.BinOp(left=left, right=right):
            for parts in itertools.product([*_texts(left)], [*_texts(right)]):
                yield "".join(parts)
        case ast.IfExp(body=body, orelse=orelse):
            yield from _texts(body)
            yield from _texts(orelse)
        case ast.BoolOp(values=values):
            for value in values:
                yield from _texts(value)
        case _:
            yield "7"


def _trees() -> Iterator[tuple[str, ast.AST]]:
    for room in ROOMS:
        for path in sorted((ROOM / room).rglob("*.py")):
            yield str(path.relative_to(ROOM)), ast.parse(path.read_text("utf-8"))
    for name in ("images.py", "observation.py", "errors.py"):
        yield name, ast.parse((ROOM / name).read_text("utf-8"))


def _said() -> Iterator[tuple[str, str]]:
    """Each sentence of an error or a reason in the rooms below the page, with its file."""
    for name, tree in _trees():
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=call)) if call in ERRORS | NAMED_FIRST:
                    given = node.args[call in NAMED_FIRST :]
                    yield from ((name, text) for one in given for text in _texts(one))


def test_every_error_that_a_page_can_show_has_its_japanese() -> None:
    missing = {
        (name, text)
        for name, text in _said()
        if name not in NOT_ON_A_PAGE
        and re.search("[a-z]{2}", text)
        and text not in EACH_VALUE_HAS_ITS_OWN | OF_ARRAYS
        and spoken(text, "ja") == spoken_reason(text, "ja") == text
    }
    assert missing == set()


def test_a_sentence_that_is_translated_is_one_that_is_said() -> None:
    """The English sentence is recognised by its words: they stand where it is made."""
    code = " ".join(
        part
        for _, tree in _trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.expr)
        for part in _texts(node)
        if part != "7"
    )
    for key, sentence in strings("en").items():
        name = key.removeprefix("error_said_")
        if name == key or name in SAID_BY_OTHERS | ONE_A_VALUE:
            continue
        for text, *_ in Formatter().parse(sentence):
            assert text.strip(" ,():") in code, key
