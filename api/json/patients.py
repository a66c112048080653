"""GET /patients/{reference}."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from api.access import ByToken
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.services import audit, patient_file

router = APIRouter(tags=["patients"])
Reader = Annotated[Account, Depends(ByToken(Role.ADVISER, Role.SUPERVISOR))]


@router.get("/patients/{reference}")
def read_patient(
    request: Request,
    reference: str,
    reader: Reader,
    reason: Annotated[str | None, Query(max_length=500, description="Why; kept in the audit trail.")] = None,
) -> dict[str, Any]:
    """One patient's contacts, attempts, conversations, consents and request, in order of time."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        document = patient_file.build(session, reference)
        audit.record(session, reader.login, "patient_viewed", reference, reason, runtime.clock.now())
    return document
