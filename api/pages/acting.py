"""One act of a form: done once however often it is sent, and nothing typed is lost when it can't be done."""

from collections.abc import Callable
from datetime import datetime

from fastapi import Request
from fastapi.responses import Response

from api.drafts import Fields, form_of, typed_in
from api.pages import calling_words
from api.pages.rendering import redirect
from api.state import runtime_of
from outreach.database.models import Account
from outreach.errors import BadInput, BusinessError
from outreach.runtime import Session
from outreach.services import forms
from outreach.services.adviser_calls import CannotCall
from outreach.services.request_log import ChangedMeanwhile, NotYours

Doing = Callable[[Session, datetime], str]
"""Does what a form asks for and returns the address to go to, with what is said there (`?fait=`)."""


class WrongField(BadInput):
    """A field that can't be understood: `field` is its name, and the sentence is for whoever filled it."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(sentence)
        self.field = field


def version_in(fields: Fields) -> int | None:
    """The version of the request that the page showed."""
    told = (fields.get("version") or [""])[0]
    return int(told) if told.isdecimal() and len(told) < 10 else None


def once(request: Request, account: Account, do: Doing) -> Response:
    """Does an act, unless this very form was sent before: then only leads to where that led."""
    runtime, fields, path = runtime_of(request), request.state.fields, request.url.path
    token = (fields.get("jeton") or [""])[0]
    with runtime.transaction() as session:
        now = runtime.clock.now()
        key = forms.key_of(token, path, typed_in(fields)) if token else None
        if key is not None and not forms.is_first(session, key, now):
            return redirect(request, forms.where_it_led(session, key) or "/")
        address = do(session, now)
        forms.sent(session, account, path)
        if key is not None:
            forms.led_to(session, key, address)
    return redirect(request, address)


class Refusal:
    """Why an act was not done, for the page that shows again what was typed."""

    def __init__(self, request: Request, error: BusinessError) -> None:
        self.form = form_of(request.url.path)
        self.typed: Fields = typed_in(request.state.fields)
        self.field = error.field if isinstance(error, WrongField) else None
        self.status = error.status
        self.sentence = _sentence(error)


def _sentence(error: BusinessError) -> str:
    if isinstance(error, ChangedMeanwhile):
        who = f"par {error.by}" if error.by is not None else "par l’assistant"
        return (
            f"Cette demande a été modifiée entre-temps {who}. Rien n’est enregistré : "
            "relisez ce qui a changé, ce que vous avez écrit est gardé ci-dessous."
        )
    if isinstance(error, CannotCall):
        return calling_words.refusal(error.reasons)
    if isinstance(error, NotYours):
        return "Cette demande n’est plus à vous. Rien n’est enregistré : ce que vous avez écrit est gardé ci-dessous."
    if isinstance(error, WrongField):
        return str(error)
    return "Ce n’est plus possible : quelque chose a changé entre-temps. Ce que vous avez écrit est gardé ci-dessous."
