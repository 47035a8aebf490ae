"""How a patient's moments are written: as decimal days, or as clock times, perhaps with offsets from UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from becalm.synthetic.course import SECONDS_PER_STEP, STEPS_PER_DAY
from becalm.synthetic.draw import Rng, one_of

HOME = timezone(timedelta(hours=1))
ELSEWHERE = (HOME, HOME, UTC, timezone(timedelta(hours=-5)))
Row = dict[str, str]


def midnight(number: int) -> datetime:
    """The midnight that begins patient `number`'s day 0: one of a year of dates."""
    return datetime(2024, 1, 8) + timedelta(days=7 * (number % 52))


def day_text(step: int) -> str:
    """A step as a decimal day, exactly: four digits."""
    return f"{step / STEPS_PER_DAY:.4f}"


def stamp(rng: Rng, clock: str, number: int, step: int, prefix: str = "") -> Row:
    """The columns (`day` or `time`, with a prefix) that say this step on this patient's clock."""
    where = one_of(rng, ELSEWHERE)
    if clock in ("day", "date"):
        return {f"{prefix}day": day_text(step)}
    moment = midnight(number) + timedelta(seconds=SECONDS_PER_STEP * step)
    if clock == "offset":
        moment = moment.replace(tzinfo=HOME).astimezone(where)
    return {f"{prefix}time": moment.isoformat()}


def whole_day(clock: str, number: int, step: int) -> Row:
    """The columns that say only the day of this step."""
    day = step // STEPS_PER_DAY
    if clock in ("day", "date"):
        return {"day": str(day)}
    return {"time": (midnight(number) + timedelta(days=day)).date().isoformat()}


def infusion_text(clock: str, number: int, step: int) -> str:
    """`infusion_time` as this patient's clock has it: blank, a date, or a date and time."""
    start = midnight(number)
    if clock == "day":
        return ""
    if clock == "date":
        return start.date().isoformat()
    moment = start + timedelta(seconds=SECONDS_PER_STEP * step)
    return (moment.replace(tzinfo=HOME) if clock == "offset" else moment).isoformat()
