"""Dates and times as people and spreadsheets write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

from omnireid.errors import InputError

_ERAS = {"令和": 2018, "R": 2018, "平成": 1988, "H": 1988, "昭和": 1925, "S": 1925}
"""The year before the first of each Japanese era."""

_EXCEL_START = datetime(1899, 12, 30)
_EXCEL_DAYS = (20_000, 80_000)
"""Numbers that Excel shows as days from 1954 to 2119; others are no dates."""

_DATE = re.compile(
    r"""(?: (?P<era>令和|平成|昭和|[RHS]) \s* (?P<era_year>\d{1,2}|元) | (?P<year>\d{4}) )
        \s* [-/.年] \s* (?P<month>\d{1,2}) \s* [-/.月] \s* (?P<day>\d{1,2}) \s* 日?
        (?: \s* \([月火水木金土日]\) )?
        (?: [\sT]* (?P<half>午前|午後|[AaPp][Mm])? \s*
            (?P<hour>\d{1,2}) \s* [:時] \s* (?: (?P<minute>\d{1,2}) \s* 分? )?
            (?: \s* :? \s* (?P<second>\d{1,2}) (?P<fraction>\.\d{1,6})? \s* 秒? )?
            \s* (?P<after>[AaPp][Mm])? )?""",
    re.VERBOSE,
)


def parse_time(value: object) -> datetime:
    """The moment that a cell of a table means.

    Understands dates and times of spreadsheets, ISO 8601, `2024/3/5 14:07`, `2024年3月5日 14時7分`
    and the Japanese eras. A date alone is its midnight. Day before month is refused: 3/5/2024 has
    two meanings.

    Raises:
        InputError: the value is no date, or none that exists.

    >>> parse_time("令和6年3月5日 14時7分")
    datetime.datetime(2024, 3, 5, 14, 7)
    """
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time())
    if isinstance(value, (int, float)) and _EXCEL_DAYS[0] < value < _EXCEL_DAYS[1]:
        return _EXCEL_START + timedelta(seconds=round(value * 86_400))
    text = unicodedata.normalize("NFKC", str(value)).strip()
    try:
        return _from_text(text)
    except ValueError as error:
        raise InputError(
            f"the time {text[:60]!r} was not understood",
            str(error),
            "write it as 2024-03-05 14:07",
        ) from None


def _from_text(text: str) -> datetime:
    match = _DATE.fullmatch(text)
    if match is None:
        # ISO alone has time zones and dates without separators.
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            raise ValueError("it is in no known form") from None
    year = _year(match)
    hour = _hour(int(match["hour"] or 0), (match["half"] or match["after"] or "").lower())
    # Shifts that end at 24:00 are written so in Japan; it is the next day's midnight.
    day = datetime(year, int(match["month"]), int(match["day"]))
    if hour > 24:
        raise ValueError("hour must be in 0..24")
    minute, second = int(match["minute"] or 0), int(match["second"] or 0)
    if minute > 59 or second > 59 or (hour == 24 and minute + second > 0):
        raise ValueError("minute and second must be in 0..59")
    part = float(match["fraction"] or 0)
    return day + timedelta(hours=hour, minutes=minute, seconds=second + part)


def _year(match: re.Match[str]) -> int:
    if match["year"]:
        return int(match["year"])
    return _ERAS[match["era"]] + (1 if match["era_year"] == "元" else int(match["era_year"]))


def _hour(hour: int, half: str) -> int:
    if half in ("午後", "pm"):
        return hour + 12 if hour < 12 else hour
    if half in ("午前", "am"):
        return 0 if hour == 12 else hour
    return hour
