"""Keys pressed, or written by SMS: what each means depends on the question."""

from datetime import datetime

from bot.actions.understanding.birth_dates import read_keyed_birth_date
from bot.actions.understanding.callbacks import read_callback
from bot.actions.understanding.meaning import Act, Understanding
from bot.actions.understanding.mobility import read_keyed_mobility
from bot.actions.understanding.places import resolve
from bot.actions.understanding.preferences import Preference
from outreach.domain.calling_hours import local
from outreach.domain.words import AreaScope, Question


def keyed(digits: str, pending: Question | None, department: str, now: datetime) -> Understanding:
    today = local(now, department).date()
    if digits == "0":
        return Understanding(Act.HUMAN, digits=digits, explicit=True)
    if pending is Question.BIRTH_DATE or (pending is Question.IDENTITY and len(digits) > 1):
        return Understanding(Act.BIRTH_DATE, digits=digits, birth_date=read_keyed_birth_date(digits, today))
    if pending is Question.MOBILITY:
        return Understanding(Act.KEYS, digits=digits, mobility=read_keyed_mobility(digits))
    if pending is Question.AREA:
        scope = {"1": AreaScope.NEAR_HOME, "2": AreaScope.DEPARTMENT, "3": AreaScope.ANYWHERE}.get(digits)
        return Understanding(
            Act.KEYS,
            digits=digits,
            scope=scope,
            place=resolve(digits, department) if len(digits) == 5 else None,
        )
    if pending is Question.PREFERENCE:
        chosen = {"1": Preference("female"), "2": Preference("male"), "3": Preference(none=True)}.get(
            digits, Preference()
        )
        return Understanding(Act.KEYS, digits=digits, preference=chosen)
    if pending is Question.CALLBACK_TIME:
        words = {"1": "le matin", "2": "l'après-midi"}.get(digits, "")
        return Understanding(Act.KEYS, digits=digits, callback=read_callback(words, now, department))
    return Understanding(Act.KEYS, digits=digits)
