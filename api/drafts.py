"""What somebody typed into a form of a request and sent once their session had ended."""

import re
from collections.abc import Mapping
from uuid import UUID

from starlette.datastructures import FormData

from outreach.runtime import Runtime
from outreach.services import forms

Fields = dict[str, list[str]]

_OF_A_REQUEST = re.compile(
    r"(?P<page>/demandes/(?P<id>[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}))/(?P<form>[a-z-]+)"
)
_OURS = frozenset({"csrf", "jeton", "version"})
_LONGEST = 4000


def fields_of(form: FormData) -> Fields:
    """The texts of a form, without the one sign that the database can't keep."""
    fields: Fields = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            fields.setdefault(name, []).append(value.replace("\x00", ""))
    return fields


def typed_in(fields: Mapping[str, list[str]]) -> Fields:
    """What somebody chose or wrote, without what the page itself put there."""
    return {name: values for name, values in fields.items() if name not in _OURS}


def form_of(path: str) -> str:
    """The name of a request's form, the last part of its address."""
    return path.rsplit("/", 1)[-1]


def keep(runtime: Runtime, path: str, account_id: UUID, fields: Fields) -> str | None:
    """Keeps what a form of a request held for the account whose session ended. The form's page; None when not kept."""
    found, typed = _OF_A_REQUEST.fullmatch(path), typed_in(fields)
    if found is None or not any(value.strip() for values in typed.values() for value in values):
        return None
    if sum(len(value) for values in typed.values() for value in values) > _LONGEST:
        return None
    with runtime.transaction() as session:
        kept = forms.keep(session, account_id, UUID(found["id"]), path, typed, runtime.clock.now())
    return found["page"] if kept else None
