"""Forms of the desk's pages: sent twice they do one thing, sent too late they lose nothing."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from outreach.database.models import Account, Draft
from outreach.database.repositories import accounts, request_file, requests
from outreach.domain.words import Role
from outreach.runtime import Session

Fields = Mapping[str, Sequence[str]]
"""What a form holds, each field with its values."""


def key_of(token: str, form: str, fields: Fields) -> str:
    """The same page's form with the same words is the same act; with other words, it is another one."""
    return hashlib.sha256(
        json.dumps([token, form, sorted((name, list(held)) for name, held in fields.items())]).encode()
    ).hexdigest()


def is_first(session: Session, key: str, now: datetime) -> bool:
    """Whether to do what a form says. A second one that comes meanwhile waits until the first is done."""
    return requests.take_form(session, key, now)


def led_to(session: Session, key: str, address: str) -> None:
    requests.form_led_to(session, key, address)


def where_it_led(session: Session, key: str) -> str | None:
    return requests.where_form_led(session, key)


def keep(session: Session, account_id: UUID, request_id: UUID, form: str, fields: Fields, now: datetime) -> bool:
    """Keeps what an adviser typed and could not send any more. Whether it did: only for an account that is open."""
    account = accounts.by_id(session, account_id)
    known = account is not None and account.disabled_at is None and account.role == Role.ADVISER
    if not known or request_file.with_person(session, request_id) is None:
        return False
    requests.keep_draft(session, account_id, request_id, form, {name: list(held) for name, held in fields.items()}, now)
    return True


def drafts(session: Session, account: Account, request_id: UUID) -> dict[str, Draft]:
    """What this adviser typed into a request's forms and has not sent yet, by form."""
    return {draft.form: draft for draft in requests.drafts(session, account.id, request_id)}


def sent(session: Session, account: Account, form: str) -> None:
    """The form was sent after all, or what was kept isn't wanted."""
    requests.drop_draft(session, account.id, form)
