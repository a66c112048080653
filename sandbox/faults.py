"""What may go wrong on purpose, each with a probability, drawn from the seed."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from math import inf


class FaultError(ValueError):
    """A fault with an unknown name, or a probability outside 0 to 1."""


_ALSO_SAID = {
    "duplicated": "duplicate",
    "reordered": "reorder",
    "lost": "lose",
    "errors": "server_error",
}


_AMOUNTS = ("per_second", "retry_after", "list_lag")


@dataclass(frozen=True)
class Faults:
    duplicate: float = 0.0  # a callback or a voice webhook is delivered twice
    late: float = 0.0  # a callback comes minutes after its time
    reorder: float = 0.0  # a callback is overtaken by the next one
    lose: float = 0.0  # a callback never comes
    server_error: float = 0.0  # the REST API answers 500 and has done nothing
    cut: float = 0.0  # the REST API has accepted, the connection drops before the answer
    rate_limit: float = 0.0  # the REST API answers 429
    # No probabilities.
    per_second: float = 0.0  # more calls and messages than this a second are answered 429; 0: any
    retry_after: float = 0.0  # real seconds that a 429 wants one to wait; 0: it doesn't say
    list_lag: float = 0.0  # seconds of the shared clock before a new call or message is in the lists

    @classmethod
    def parse(cls, text: str) -> Faults:
        """`duplicate=0.1,lose=0.05`, `all=0.1`, a JSON object, or nothing."""
        text = text.strip()
        if not text or text == "none":
            return cls()
        if text.startswith("{"):
            return cls.from_mapping(json.loads(text))
        values: dict[str, object] = {}
        for part in text.split(","):
            name, _, probability = part.partition("=")
            values[name.strip()] = probability.strip() or "0.1"
        return cls.from_mapping(values)

    @classmethod
    def from_mapping(cls, values: Mapping[str, object]) -> Faults:
        names = [field.name for field in fields(cls) if field.name not in _AMOUNTS]
        known: dict[str, float] = {}
        for said, value in values.items():
            name = _ALSO_SAID.get(said, said)
            try:
                probability = float(str(value))
            except ValueError:
                raise FaultError(f"fault {name}: {value!r} is not a probability") from None
            if name in _AMOUNTS and 0 <= probability < inf:
                known[name] = probability
                continue
            if not 0 <= probability <= 1:
                raise FaultError(f"fault {name}: {probability} is not between 0 and 1")
            if name == "all":
                known = dict.fromkeys(names, probability) | known
            elif name in names:
                known[name] = probability
            else:
                raise FaultError(f"unknown fault {name!r}; known: {', '.join([*names, *_AMOUNTS])}, all")
        return replace(cls(), **known)

    def as_dict(self) -> dict[str, float]:
        return asdict(self)


@dataclass
class FaultSwitch:
    """Holds the faults in force; each draw has its own random stream, so that the order of
    unrelated calls changes nothing."""

    faults: Faults
    seed: int

    def stream(self, *key: object) -> random.Random:
        return random.Random(f"{self.seed}:fault:" + ":".join(str(part) for part in key))

    def strikes(self, name: str, *key: object) -> bool:
        probability: float = getattr(self.faults, name)
        return probability > 0 and self.stream(name, *key).random() < probability
