"""When advisers answer the telephone: on working days of the patient's territory, by its clock."""

from dataclasses import replace
from datetime import datetime

from outreach.domain.calling_hours import local as local_time
from outreach.domain.calling_hours import windows_on
from outreach.domain.policy import DEFAULT, parse_windows


def advisers_are_in(hours: str, department: str, at: datetime) -> bool:
    """`hours` as in « 09:00-12:30,13:30-17:00 ». Raises ValueError when they can't be read."""
    office = replace(DEFAULT, windows=parse_windows(hours.split(",")))
    return any(at in window for window in windows_on(office, department, local_time(at, department).date()))
