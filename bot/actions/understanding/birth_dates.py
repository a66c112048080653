"""Birth dates as people say, type and key them."""

from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum

from bot.actions.understanding.date_pieces import Pieces, read_pieces
from bot.actions.understanding.date_words import MONTHS
from bot.actions.understanding.text import holds_social_security_number

YOUNGEST, OLDEST = 16, 110

_MONTH = "|".join(sorted(MONTHS, key=len, reverse=True))


class NotADate(StrEnum):
    """Why words that speak of a birth date do not give one."""

    PARTIAL = "partial"
    IMPOSSIBLE = "impossible"
    AGE = "age"
    SOCIAL_SECURITY = "social_security"


@dataclass(frozen=True, slots=True)
class BirthDate:
    # Kept out of the repr: a birth date never reaches a log.
    value: date | None = field(default=None, repr=False)
    problem: NotADate | None = None
    # What is known of a partial one; `joined` completes it with the next answer.
    day: int | None = field(default=None, repr=False)
    month: int | None = field(default=None, repr=False)
    year: int | None = field(default=None, repr=False)
    # A number alone: which part it is depends on what is missing.
    bare: str | None = field(default=None, repr=False)


def read_birth_date(text: str, today: date) -> BirthDate | None:
    """The birth date said, or why it is not one; None when the words do not speak of a date at all."""
    if holds_social_security_number(text):
        return BirthDate(problem=NotADate.SOCIAL_SECURITY)
    pieces = read_pieces(text)
    if pieces is not None:
        return _of(pieces, today)
    return None


def read_keyed_birth_date(digits: str, today: date) -> BirthDate:
    """JJMMAAAA on the keypad; JJMMAA is understood too."""
    if len(digits) not in {6, 8}:
        return BirthDate(problem=NotADate.PARTIAL)
    return _checked(int(digits[:2]), int(digits[2:4]), digits[4:], today)


def joined(before: BirthDate, now: BirthDate, today: date) -> BirthDate:
    """What two answers come to: « le douze mars », then « quarante-sept »."""
    if now.value is not None:
        return now
    known = {"day": before.day, "month": before.month, "year": before.year}
    if now.problem is not NotADate.PARTIAL:
        return replace(now, day=before.day, month=before.month, year=before.year)
    told = {name: part for name in known if (part := getattr(now, name)) is not None}
    if now.bare is not None:
        told = _bare_part(now.bare, known, today)
    parts = {**known, **told}
    day, month, year = parts["day"], parts["month"], parts["year"]
    if day is not None and month is not None:
        if year is not None:
            return _checked(day, month, str(year), today)
        if not _exists(day, month):
            return BirthDate(problem=NotADate.IMPOSSIBLE)
    return BirthDate(problem=NotADate.PARTIAL, day=day, month=month, year=year)


def _bare_part(bare: str, known: dict[str, int | None], today: date) -> dict[str, int]:
    number = int(bare)
    year = _year_alone(bare, today)
    if known["day"] is None and number <= 31 and len(bare) <= 2:
        return {"day": number}
    if known["month"] is None and known["day"] is not None and 1 <= number <= 12:
        return {"month": number}
    if year is None and number <= 31 and len(bare) <= 2:
        # « Non, le treize » corrects the day.
        return {"day": number}
    return {"year": year} if year is not None else {}


def _of(pieces: Pieces, today: date) -> BirthDate:
    day, month, year = pieces.day, pieces.month, pieces.year
    if pieces.impossible and not pieces.unsure:
        return BirthDate(problem=NotADate.IMPOSSIBLE)
    if day is not None and month is not None:
        if year is not None and not pieces.unsure:
            return _checked(day, month, year, today)
        if not _exists(day, month):
            return BirthDate(problem=NotADate.IMPOSSIBLE)
    elif (day is not None and not 1 <= day <= 31) or (month is not None and not 1 <= month <= 12):
        return BirthDate(problem=NotADate.IMPOSSIBLE)
    if pieces.age and day is None and month is None and year is None:
        return BirthDate(problem=NotADate.AGE)
    full = _year_alone(year, today) if year is not None and not pieces.unsure else None
    if year is not None and full is None and not pieces.unsure and pieces.bare is None:
        return BirthDate(problem=NotADate.IMPOSSIBLE)
    return BirthDate(problem=NotADate.PARTIAL, day=day, month=month, year=full, bare=pieces.bare)


def _exists(day: int, month: int) -> bool:
    try:
        date(2000, month, day)
    except ValueError:
        return False
    return True


def _checked(day: int, month: int, year: str, today: date) -> BirthDate:
    """A year of two digits is the one that gives an age between 16 and 110 (DOMAIN §4)."""
    centuries = ("",) if len(year) == 4 else ("19", "20")
    youngest = 0 if len(year) == 4 else YOUNGEST
    for century in centuries:
        try:
            value = date(int(century + year), month, day)
        except ValueError:
            continue
        if value < today and youngest <= _age(value, today) <= OLDEST:
            return BirthDate(value)
    # Only the year is wrong: the day and the month are worth keeping.
    known = _exists(day, month) and (day, month) != (29, 2)
    return BirthDate(problem=NotADate.IMPOSSIBLE, day=day if known else None, month=month if known else None)


def _year_alone(year: str, today: date) -> int | None:
    if len(year) == 4:
        return int(year) if today.year - OLDEST - 1 <= int(year) <= today.year else None
    if len(year) != 2:
        return None
    fits = [full for full in (1900 + int(year), 2000 + int(year)) if YOUNGEST <= today.year - full <= OLDEST]
    return fits[0] if fits else None


def _age(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
