"""The physicians for a request."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request

from api.access import ByToken
from api.json.documents import SuggestionsDocument
from api.json.problems import PROBLEMS
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.services import audit, suggestions
from outreach.services.suggestions import Suggestion

router = APIRouter(tags=["requests"], responses=PROBLEMS)
Adviser = Annotated[Account, Depends(ByToken(Role.ADVISER))]


@router.get("/requests/{request_id}/suggestions", response_model=SuggestionsDocument)
def suggest(request: Request, request_id: UUID, adviser: Adviser, *, again: bool = False) -> dict[str, Any]:
    """The physicians who can take the patient; `again` shows those who declined this patient too."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        now = runtime.clock.now()
        found = suggestions.for_request(session, request_id, now, again=again)
        if found.reference is not None:
            audit.record(session, adviser.login, "suggestions_viewed", found.reference, None, now)
    return {
        "ranked": [_suggestion(one) for one in found.ranked],
        "misses": [_suggestion(one) for one in found.misses],
        "declined": found.declined,
        "regular": found.regular,
    }


def _suggestion(one: Suggestion) -> dict[str, Any]:
    physician = one.physician
    return {
        "rpps": physician.rpps,
        "site": physician.site,
        "name": f"{physician.first_name} {physician.last_name}".strip(),
        "commune": physician.commune,
        "department": physician.department,
        "minutes": one.minutes,
        "km": _rounded(one.km),
        "can_be_offered": one.can_be_offered,
        "reasons": [
            {"why": told.why, "favours": told.favours, "value": _value(told.value), "km": _rounded(told.km)}
            for told in one.reasons
        ],
        "gives": [{"limit": give.limit, "value": _value(give.value)} for give in one.gives],
    }


def _rounded(km: float | None) -> float | None:
    return round(km, 1) if km is not None else None


def _value(value: int | str | date | None) -> int | str | None:
    return value.isoformat() if isinstance(value, date) else value
