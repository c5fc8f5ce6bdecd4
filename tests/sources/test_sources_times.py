"""Times as people write them."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.sources.times import parse_time

MOMENT = datetime(2024, 3, 5, 14, 7)


@pytest.mark.parametrize(
    "written",
    [
        "2024-03-05T14:07",
        "2024-03-05 14:07:00",
        "20240305T140700",
        "2024/3/5 14:07",
        "2024.3.5 14:07",
        "２０２４／３／５　１４：０７",
        "2024年3月5日 14時7分",
        "2024年03月05日14時07分00秒",
        "2024年3月5日(火) 午後2時7分",
        "2024/3/5 2:07 PM",
        "令和6年3月5日 14時7分",
        "令和 6 年 3 月 5 日 14:07",
        "R6.3.5 14:07",
        " 2024/3/5 14:07 ",
        MOMENT,
        45356.588194444,
    ],
)
def test_one_moment_in_many_hands(written: object) -> None:
    assert parse_time(written) == MOMENT


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("令和元年5月1日", datetime(2019, 5, 1)),
        ("平成31年4月30日 9時", datetime(2019, 4, 30, 9)),
        ("昭和64年1月7日", datetime(1989, 1, 7)),
        ("2024/3/5", datetime(2024, 3, 5)),
        (date(2024, 3, 5), datetime(2024, 3, 5)),
        ("2024/3/5 24:00", datetime(2024, 3, 6)),
        ("2024/3/5 12:30 AM", datetime(2024, 3, 5, 0, 30)),
        ("2024年3月5日 午後12時30分", datetime(2024, 3, 5, 12, 30)),
        ("2024-03-05T14:07:00Z", datetime(2024, 3, 5, 14, 7, tzinfo=UTC)),
        ("2024-03-05T14:07:00.250", datetime(2024, 3, 5, 14, 7, 0, 250_000)),
        (45356, datetime(2024, 3, 5)),
    ],
)
def test_other_moments(written: object, moment: datetime) -> None:
    assert parse_time(written) == moment


@pytest.mark.parametrize(
    "written",
    ["", "soon", "3/5/2024", "2024/13/5", "2024/2/30", "2024/3/5 25:00", "2024/3/5 14:75", 7, True,
     "2024/3/5 24:30", "令和6年", "9" * 500],
)  # fmt: skip
def test_what_is_no_time_is_refused(written: object) -> None:
    with pytest.raises(InputError, match="was not understood"):
        parse_time(written)


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1)).map(lambda t: t.replace(microsecond=0))
)
def test_every_common_form_comes_back(moment: datetime) -> None:
    for form in ("%Y/%m/%d %H:%M:%S", "%Y年%m月%d日 %H時%M分%S秒", "%Y-%m-%dT%H:%M:%S"):
        assert parse_time(moment.strftime(form)) == moment


@given(st.text(max_size=40))
def test_any_text_is_a_time_or_an_error_for_the_user(written: str) -> None:
    with contextlib.suppress(InputError):
        assert isinstance(parse_time(written), datetime)
