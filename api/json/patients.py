"""GET /patients/{reference}."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request

from api.access import ByToken
from api.json.documents import PatientFile
from api.json.problems import PROBLEMS
from api.json.text import Text
from api.state import runtime_of
from outreach.database.models import Account
from outreach.domain.words import Role
from outreach.services import audit, patient_file

router = APIRouter(tags=["patients"], responses=PROBLEMS)
Reader = Annotated[Account, Depends(ByToken(Role.ADVISER, Role.SUPERVISOR))]


@router.get("/patients/{reference}", response_model=PatientFile, response_model_exclude_unset=True)
def read_patient(
    request: Request,
    reference: Text,
    reader: Reader,
    reason: Annotated[Text | None, Query(max_length=500, description="Why; kept in the audit trail.")] = None,
) -> dict[str, Any]:
    """One patient's contacts, attempts, conversations, consents and request, in order of time."""
    runtime = runtime_of(request)
    with runtime.transaction() as session:
        document = patient_file.build(session, reference)
        audit.record(session, reader.login, "patient_viewed", reference, reason, runtime.clock.now())
    return document
