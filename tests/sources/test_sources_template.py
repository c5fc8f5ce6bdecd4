"""Camera and time from names."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.sources.template import compile_template

MOMENT = datetime(2024, 3, 5, 14, 7, 9)


@pytest.mark.parametrize(
    ("template", "name", "camera", "time"),
    [
        ("{camera}_{time:%Y%m%d-%H%M%S}_{}.jpg", "gate_20240305-140709_17.jpg", "gate", MOMENT),
        ("{camera}_{time:%Y%m%d%H%M%S}", "north_door_20240305140709.png", "north_door", MOMENT),
        ("{}_{camera}s{}", "0002_c1s1_000451_03.jpg", "c1", None),
        ("{camera}/{time:%Y-%m-%d}/{}", "a/b c/2024-03-05/x.jpg", "b c", datetime(2024, 3, 5)),
        ("{camera}/{}", "門/1.jpg", "門", None),
        ("{time:%y%m%d}.{}.jpg", "240305.a.b.jpg", None, datetime(2024, 3, 5)),
        ("(1){camera}+[x]", "(1)gate+[x].jpg", "gate", None),
    ],
)  # fmt: skip
def test_names_that_fit(
    template: str, name: str, camera: str | None, time: datetime | None
) -> None:
    assert compile_template(template).read(PurePosixPath(name)) == (camera, time)


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("", "neither"),
        ("{}.jpg", "neither"),
        ("{camera", "brace"),
        ("camera}", "brace"),
        ("{camera}{}", "touch"),
        ("{camera}_{camera}", "twice"),
        ("{time}_{camera}", "needs its layout"),
        ("{time:%Q}_{camera}", "%Q is no part of a time"),
        ("{time:%}_{camera}", "% is no part"),
        ("{kamera}_1.jpg", "{kamera} is no field"),
        ("{camera:03d}", "is no field"),
        ("{{camera}}", "brace"),
    ],
)
def test_templates_that_are_wrong(template: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        compile_template(template)
    assert why in caught.value.why


def test_names_that_do_not_fit() -> None:
    template = compile_template("{camera}_{time:%Y%m%d}.jpg")
    for name, why in (
        ("gate.jpg", "does not fit"),
        ("gate_20240305.png", "does not fit"),
        ("gate_20240230.jpg", "'20240230' is no time that exists"),
    ):
        with pytest.raises(InputError) as caught:
            template.read(PurePosixPath(name))
        assert why in caught.value.why


@given(st.text(alphabet="{}camertime:%YHM_/.x0", max_size=30), st.text(max_size=30))
def test_any_template_is_used_or_refused(template: str, name: str) -> None:
    with contextlib.suppress(InputError):
        camera, time = compile_template(template).read(PurePosixPath(name or "x"))
        assert camera or time or "camera" not in template
