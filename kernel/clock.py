"""The one clock: moments are aware, days are Shanghai's."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Give the present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """Give the present day in Shanghai."""
    return now().astimezone(SHANGHAI).date()


def local(moment: datetime) -> datetime:
    """Give a moment as the clocks in Shanghai show it."""
    return moment.astimezone(SHANGHAI)


def day_of(moment: datetime) -> date:
    """Give the day in Shanghai on which a moment falls."""
    return local(moment).date()


def at(day: date, hour: int = 0, minute: int = 0) -> datetime:
    """Give the moment of a clock time in Shanghai."""
    return datetime.combine(day, time(hour, minute), SHANGHAI)


def end_of(day: date) -> datetime:
    """Give the last second of a day in Shanghai: a deadline that is a day ends here."""
    return at(day) + timedelta(days=1, seconds=-1)


def months_later(day: date, months: int) -> date:
    """Give the same day some months later, or earlier for less than 0; the month's last day where it has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
