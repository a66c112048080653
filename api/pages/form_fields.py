"""What the forms of a request share: hidden fields, what was typed into them, what is wrong beside its field.

Not macros of the templates, for a page has a hundred such pieces.
"""

from typing import Protocol

from markupsafe import Markup

from api.drafts import Fields

_HIDDEN = Markup('<input type="hidden" name="{}" value="{}">')
_WRONG = Markup('<p class="wrong" id="{}-{}-erreur">{}</p>')
_INVALID = Markup(' aria-invalid="true" aria-describedby="{}"')
_DESCRIBED = Markup(' aria-describedby="{}"')
_NOTHING = Markup()


class Refused(Protocol):
    """Why a form was not done (`api.pages.acting.Refusal`)."""

    form: str
    field: str | None
    sentence: str


def hidden(csrf: str, jeton: str, version: int | None = None) -> Markup:
    """Where the form comes from, the page that showed it, and the version of the request that was shown."""
    fields = _HIDDEN.format("csrf", csrf) + _HIDDEN.format("jeton", jeton)
    return fields if version is None else fields + _HIDDEN.format("version", version)


def held(typed: dict[str, Fields], form: str, field: str) -> str:
    return (typed.get(form, {}).get(field) or [""])[0]


def tied(refused: Refused | None, form: str, field: str, described: str = "") -> Markup:
    """Attributes of a field: wrong or not, and what describes it."""
    if _is_wrong(refused, form, field):
        return _INVALID.format(f"{form}-{field}-erreur {described}".strip())
    return _DESCRIBED.format(described) if described else _NOTHING


def wrong(refused: Refused | None, form: str, field: str) -> Markup:
    return _WRONG.format(form, field, refused.sentence) if refused and _is_wrong(refused, form, field) else _NOTHING


def _is_wrong(refused: Refused | None, form: str, field: str) -> bool:
    return refused is not None and refused.form == form and refused.field == field
