"""Reading and writing the moments of a record in every way that the folder format knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import NamedTuple

GRID = 48
"""Half hours in a day."""
DAY = 86_400_000_000
HALF_HOUR = DAY // GRID
_MIDNIGHT = "2024-03-09T"


class Moment(NamedTuple):
    """An instant in microseconds since the midnight that begins day 0, or the whole day that begins then."""

    at: int
    whole: bool

    @classmethod
    def of_half_hours(cls, at: int) -> Moment:
        """The instant at so many half hours."""
        return cls(at * HALF_HOUR, False)

    @classmethod
    def of_day(cls, day: int) -> Moment:
        """The whole of a day."""
        return cls(day * DAY, True)


@dataclass(frozen=True)
class Clock:
    """A patient's clock: the midnight of day 0 where a date is known, and whether the hour is known too."""

    midnight: datetime | None
    infusion: int | None

    @property
    def infusion_time(self) -> str:
        """The cell of `patients` that says so."""
        if self.midnight is None:
            return ""
        if self.infusion is None:
            return self.midnight.date().isoformat()
        return (self.midnight + timedelta(microseconds=self.infusion)).isoformat()

    @staticmethod
    def of_half_hours(kind: str, infusion: int | None) -> str:
        """The cell `infusion_time` of a clock of one kind: day, date, naive or aware."""
        if infusion is None:
            return "" if kind == "day" else _MIDNIGHT[:10]
        zone = "+01:00" if kind == "aware" else ""
        return f"{_MIDNIGHT}{infusion // 2:02}:{30 * (infusion % 2):02}:00{zone}"


def clock_of(patient: dict[str, str]) -> Clock:
    """The clock that a row of `patients` sets."""
    text = patient.get("infusion_time", "")
    if not text:
        return Clock(None, None)
    start = datetime.fromisoformat(text)
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    return Clock(midnight, None if len(text) == 10 else (start - midnight) // timedelta(microseconds=1))


def read(row: dict[str, str], prefix: str, clock: Clock) -> Moment | None:
    """The moment that the columns of a row say, None where they are blank."""
    time, day = row.get(f"{prefix}time", ""), row.get(f"{prefix}day", "")
    if time:
        assert clock.midnight is not None
        given = datetime.fromisoformat(time)
        if len(time) == 10:
            given = given.replace(tzinfo=clock.midnight.tzinfo)
        at = (given - clock.midnight) // timedelta(microseconds=1)
        return Moment(at, len(time) == 10 and not prefix)
    if not day:
        return None
    at = round(Decimal(day) * DAY)
    return Moment(at, at % DAY == 0 and not prefix)


def in_days(moment: Moment | None, prefix: str, clock: Clock) -> dict[str, str]:
    """A moment as a day, unless only a time can say it: a midnight that is no whole day."""
    if moment is None:
        return {}
    if moment.whole:
        return {f"{prefix}day": str(moment.at // DAY)}
    if moment.at % DAY == 0 and not prefix:
        return in_times(moment, prefix, clock)
    return {f"{prefix}day": f"{Decimal(moment.at) / DAY:.12f}"}


def in_times(moment: Moment | None, prefix: str, clock: Clock) -> dict[str, str]:
    """A moment as a date or a time, as the clock has it: without or with its offset."""
    if moment is None:
        return {}
    assert clock.midnight is not None
    when = clock.midnight + timedelta(microseconds=moment.at)
    return {f"{prefix}time": when.date().isoformat() if moment.whole else when.isoformat()}


def as_written(moment: Moment | None, prefix: str, clock: Clock) -> dict[str, str]:
    """A moment as times where the patient has a date, in days where not (a midnight moved by a minute)."""
    if clock.midnight is not None:
        return in_times(moment, prefix, clock)
    if moment and not moment.whole and moment.at % DAY == 0 and not prefix:
        moment = Moment(moment.at + 60_000_000, False)
    return in_days(moment, prefix, clock)
