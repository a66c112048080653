"""relais talk: be the patient, in the terminal."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

import httpx
import typer

from outreach.database.models import Patient
from outreach.errors import BusinessError, NotFound
from outreach.runtime import Runtime, Session
from outreach.services import rehearsal
from relais.console import err, opened, out, say

_HELP = "Type what the patient says. Empty line: silence. #12031947: keys. Ctrl-D: hang up."


def talk(
    patient: Annotated[str | None, typer.Option(help="The reference of the patient to be.")] = None,
) -> None:
    """Be the patient, in the terminal: the real agent answers, and what is said is kept as in a call."""
    with opened() as runtime:
        _check_agent(runtime)
        with runtime.transaction() as session:
            conversation_id, who = _begin(session, patient, runtime.clock.now())
        say(who)
        err.print(_HELP, markup=False)
        _converse(runtime, conversation_id)
        with runtime.transaction() as session:
            outcome = rehearsal.finish(session, conversation_id, runtime.clock.now())
    say(f"[{outcome}]")


def _begin(session: Session, reference: str | None, now: datetime) -> tuple[UUID, str]:
    if reference is not None:
        known = rehearsal.patient_by_reference(session, reference)
        if known is None:
            raise NotFound(f"there is no patient with the reference {reference!r}")
        return rehearsal.begin(session, known, now), f"You are {reference}."
    odette = rehearsal.invented_patient(session, now)
    return rehearsal.begin(session, odette, now), _presentation(odette)


def _presentation(patient: Patient) -> str:
    born = patient.birth_date or date.min
    return f"You are {patient.first_name} {patient.last_name}, born on {born:%d/%m/%Y}, of Villejuif (invented)."


def _check_agent(runtime: Runtime) -> None:
    try:
        httpx.get(f"{runtime.settings.bot_url}/", timeout=3).raise_for_status()
    except httpx.HTTPError:
        raise BusinessError(
            f"the agent does not answer at {runtime.settings.bot_url}; "
            "start it with relais up, or relais bot and relais actions"
        ) from None


def _converse(runtime: Runtime, conversation_id: UUID) -> None:
    words = "/open"
    with httpx.Client(base_url=runtime.settings.bot_url, timeout=30) as agent:
        while True:
            try:
                answer = agent.post(
                    "/webhooks/rest/webhook", json={"sender": str(conversation_id), "message": words}
                ).raise_for_status()
            except httpx.HTTPError:
                raise BusinessError("the agent stopped answering; what was said so far is kept") from None
            hang_up = False
            for item in answer.json():
                if "text" in item:
                    out.print(f"[bold]Agent[/bold]  {item['text']}")
                hang_up = hang_up or bool(item.get("custom", {}).get("hang_up"))
            if hang_up:
                return
            try:
                typed = input("Vous   ").strip()
            except EOFError:
                return
            words = _as_heard(typed)


def _as_heard(typed: str) -> str:
    if not typed:
        return "/silence"
    if typed.startswith("#") and typed[1:].isdigit():
        return f'/keypad{{"digits": "{typed[1:]}"}}'
    return typed.lstrip("/")
