"""What was typed into a form, read field by field: whatever is wrong is said beside its field."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar

from api.drafts import Fields
from api.pages.acting import WrongField
from api.pages.labels import PARIS

Word = TypeVar("Word", bound=StrEnum)


class Typed:
    """The fields of a form; every method raises WrongField with a sentence for whoever typed."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def text(self, name: str, longest: int) -> str:
        value = (self._fields.get(name) or [""])[0].replace("\r\n", "\n").strip()
        if len(value) > longest:
            raise WrongField(name, f"C’est trop long : {longest} caractères au plus, il y en a {len(value)}.")
        return value

    def needed(self, name: str, longest: int, missing: str) -> str:
        value = self.text(name, longest)
        if not value:
            raise WrongField(name, missing)
        return value

    def choice(self, name: str, words: type[Word], missing: str) -> Word:
        value = self.text(name, 64)
        if value not in set(words):
            raise WrongField(name, missing)
        return words(value)

    def choices(self, name: str, words: type[Word]) -> list[Word]:
        """In the words' own order; what isn't one of them is nobody's choice."""
        chosen = set(self._fields.get(name) or [])
        return [word for word in words if word.value in chosen]

    def whole(self, name: str, least: int, most: int) -> int | None:
        """A whole number, None when nothing was typed."""
        value = self.text(name, 12)
        if not value:
            return None
        if not value.isdecimal() or not least <= int(value) <= most:
            raise WrongField(name, f"Écrivez un nombre entre {least} et {most}, ou rien.")
        return int(value)

    def day(self, name: str) -> date:
        try:
            return date.fromisoformat(self.text(name, 10))
        except ValueError:
            raise WrongField(name, "Choisissez un jour, comme 2026-11-30.") from None

    def moment(self, name: str, day: date) -> datetime:
        """An hour of this day, in Paris like every hour of the pages."""
        try:
            return datetime.combine(day, time.fromisoformat(self.text(name, 8)), PARIS)
        except ValueError:
            raise WrongField(name, "Écrivez une heure, comme 14:30.") from None
