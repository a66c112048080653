"""Forms of steering: several fields may be wrong at once, each is told, and nothing typed is lost."""

from collections.abc import Mapping

from api.drafts import Fields, typed_in
from outreach.errors import BadInput


class WrongFields(BadInput):
    """Fields that can't be understood, each with a sentence for whoever filled it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


class Shown:
    """What a form shows: what was typed or stands, and what is wrong beside its field."""

    def __init__(self, values: Mapping[str, object], problems: Mapping[str, str] | None = None) -> None:
        self._values = values
        self.problems = dict(problems or {})

    @classmethod
    def of(cls, fields: Fields, problems: Mapping[str, str]) -> "Shown":
        return cls(typed_in(fields), problems)

    def value(self, name: str) -> str:
        held = self._values.get(name, "")
        if isinstance(held, list | tuple):
            held = held[0] if held else ""
        return "" if held is None else str(held)

    def chosen(self, name: str, value: object) -> bool:
        held = self._values.get(name, ())
        return str(value) in {str(one) for one in (held if isinstance(held, list | tuple) else [held])}

    def wrong(self, name: str) -> str | None:
        return self.problems.get(name)
