"""Whom the agent may call at all (DOMAIN §2)."""

from datetime import date

MINIMUM_AGE = 16


def age_on(birth_date: date, day: date) -> int:
    return day.year - birth_date.year - ((day.month, day.day) < (birth_date.month, birth_date.day))


def ineligible_because(
    *, ehpad: bool, legal_protection: bool, objected: bool, suppressed: bool, birth_date: date | None, today: date
) -> str | None:
    """Why the agent never calls this person, or None. EHPAD and legal protection are for an adviser."""
    if objected:
        return "objected"
    if suppressed:
        return "suppressed"
    if ehpad:
        return "ehpad"
    if legal_protection:
        return "legal_protection"
    if birth_date is not None and age_on(birth_date, today) < MINIMUM_AGE:
        return "minor"
    return None
