from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnireid.errors import InputError
from omnireid.gallery.moments import NO_TIME, from_text, to_microseconds, to_text, zone

moments = st.datetimes(
    min_value=datetime(1, 1, 3), max_value=datetime(9999, 12, 29), timezones=st.timezones()
)


@given(moments)
def test_a_moment_comes_back_as_it_was_to_the_microsecond(moment: datetime) -> None:
    assert from_text(to_text(moment, None), UTC) == moment.astimezone(UTC)


@given(st.lists(moments, min_size=2, max_size=6))
def test_texts_and_microseconds_sort_as_time_does(many: list[datetime]) -> None:
    texts = [to_text(m, None) for m in many]
    numbers = to_microseconds(texts).tolist()
    universal = [m.astimezone(UTC) for m in many]
    assert [m for _, m in sorted(zip(texts, universal, strict=True))] == sorted(universal)
    assert [m for _, m in sorted(zip(numbers, universal, strict=True))] == sorted(universal)


def test_a_time_without_an_offset_is_in_the_given_zone() -> None:
    nine = datetime(2026, 11, 23, 9)
    assert to_text(nine, ZoneInfo("Asia/Tokyo")) == to_text(nine.replace(hour=0), UTC)


def test_no_time_is_below_every_time() -> None:
    none, first = to_microseconds([None, "0001-01-01T00:00:00.000000Z"]).tolist()
    assert none == NO_TIME < first


def test_a_time_outside_the_calendar_is_refused() -> None:
    with pytest.raises(InputError, match="outside the calendar"):
        to_text(datetime(1, 1, 1, 1), ZoneInfo("Asia/Tokyo"))


@pytest.mark.parametrize("name", ["Asia/Atlantis", "../../etc/passwd", "", "\0"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(InputError, match="time zone"):
        zone(name)
