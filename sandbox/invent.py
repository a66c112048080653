"""Invented patients: plausible, distinct, and reachable only on the numbers kept for fiction."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random

from sandbox.characters import CHARACTERS, NEEDS_MOBILE, NEEDS_OVERSEAS, Character
from sandbox.names import first_name, last_name
from sandbox.person import Person
from sandbox.places import COMMUNES, DEPARTMENTS, MOBILES, Commune, landline_prefix
from sandbox.telling import LANGUAGES

TODAY = date(2026, 11, 23)
"""Ages are counted from here, whatever the day: the same seed gives the same people."""
_MOBILES_SHARE = 0.55
_TWO_NUMBERS_SHARE = 0.08
_MOBILITY = {"autonomous": 55, "accompanied": 20, "transport_needed": 10, "wheelchair": 8, "home_visit": 7}
_PREFERENCE = {"none": 60, "female": 28, "male": 12}


class _Numbers:
    """Numbers never given twice."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self._left: dict[str, list[str]] = {}

    def take(self, prefix: str) -> str:
        left = self._left.get(prefix)
        if left is None:
            left = [f"{prefix}{end:04d}" for end in range(10_000)]
            self._draw.shuffle(left)
            self._left[prefix] = left
        if not left:
            raise ValueError(f"no number is left in {prefix}: fewer people, please")
        return left.pop()


def invent_people(count: int, seed: int) -> list[Person]:
    """Always the same for a count and a seed. Every character is there when there are enough people."""
    draw = Random(f"people|{seed}|{count}")
    numbers = _Numbers(draw)
    communes = _communes(count, draw)
    people = [
        _person(f"P{rank:06d}", character, commune, seed, draw, numbers)
        for rank, (character, commune) in enumerate(_match(_characters(count, draw), communes), start=1)
    ]
    if count >= 100:
        _set_apart(people, draw)
        _share_households(people, draw)
    return people


def _communes(count: int, draw: Random) -> list[Commune]:
    """Every department is there, then as it comes; the overseas ones stay a fifth."""
    by_department = {code: [c for c in COMMUNES if c.department == code] for code in DEPARTMENTS}
    chosen = [draw.choice(by_department[DEPARTMENTS[rank % len(DEPARTMENTS)]]) for rank in range(count)]
    draw.shuffle(chosen)
    return chosen


def _characters(count: int, draw: Random) -> list[Character]:
    known = list(CHARACTERS.values())
    once = known if count >= len(known) else []
    rest = draw.choices(known, weights=[character.share for character in known], k=count - len(once))
    chosen = [*once, *rest]
    draw.shuffle(chosen)
    return chosen


def _match(characters: list[Character], communes: list[Commune]) -> list[tuple[Character, Commune]]:
    """Gives those who live overseas a commune there."""
    left = list(communes)
    pairs: list[tuple[Character, Commune]] = []
    for character in sorted(characters, key=lambda one: one.name not in NEEDS_OVERSEAS):
        at = 0
        if character.name in NEEDS_OVERSEAS:
            at = next((rank for rank, commune in enumerate(left) if commune.department.startswith("97")), 0)
        pairs.append((character, left.pop(at)))
    by_character: dict[str, list[Commune]] = {}
    for character, commune in pairs:
        by_character.setdefault(character.name, []).append(commune)
    return [(character, by_character[character.name].pop()) for character in characters]


def _person(
    reference: str, character: Character, commune: Commune, seed: int, draw: Random, numbers: _Numbers
) -> Person:
    age = min(95, max(18, round(draw.gauss(67, 16))))
    birth = TODAY - timedelta(days=age * 365 + age // 4 + draw.randrange(1, 360))
    woman = draw.random() < 0.54
    prefixes = [MOBILES, landline_prefix(commune.department)]
    mobile = draw.random() < _MOBILES_SHARE or character.name in NEEDS_MOBILE | NEEDS_OVERSEAS
    if not mobile:
        prefixes.reverse()
    two = draw.random() < _TWO_NUMBERS_SHARE and character.habit.always is None
    language = draw.choice(list(LANGUAGES)) if character.foreign else "fr"
    return Person(
        reference=reference,
        numbers=tuple(numbers.take(prefix) for prefix in prefixes[: 2 if two else 1]),
        character_name=character.name,
        seed=str(seed),
        civility="MME" if woman else "M",
        first_name=first_name(draw, woman, birth.year),
        last_name=last_name(draw, commune.department.startswith("97")),
        birth_date=birth,
        commune=commune.name,
        insee_code=commune.insee_code,
        postal_code=commune.postal_code,
        department=commune.department,
        language=language,
        mobility=draw.choices(list(_MOBILITY), weights=list(_MOBILITY.values()))[0],
        preference=draw.choices(list(_PREFERENCE), weights=list(_PREFERENCE.values()))[0],
        minutes=draw.choice((10, 15, 20, 20, 30, 30, 45)),
        fund=f"{commune.department[:2]}1" if len(commune.department) == 2 else commune.department,
        regular_physician_rpps=f"99{draw.randrange(1, 41):09d}" if draw.random() < 0.1 else "",
    )


def _ordinary(people: list[Person], draw: Random, most: int) -> list[int]:
    """Ranks of willing people with one number, of characters that others have as well."""
    seen: set[str] = set()
    ranks = []
    for rank, person in enumerate(people):
        if person.character.accepts and person.character_name in seen and len(person.numbers) == 1:
            ranks.append(rank)
        seen.add(person.character_name)
    return draw.sample(ranks, min(most, len(ranks)))


def _set_apart(people: list[Person], draw: Random) -> None:
    """Those whom the agent must not call: establishment, guardian, objection, no telephone, a minor."""
    ranks = iter(_ordinary(people, draw, 12))
    for end in range(3):
        rank = next(ranks)
        born = people[rank].birth_date.replace(year=1926 + 5 * end, day=1)
        finess = f"{people[rank].department[:2]}0{780000 + end:06d}"
        people[rank] = replace(people[rank], birth_date=born, ehpad_finess=finess)
    for _ in range(2):
        rank = next(ranks)
        people[rank] = replace(people[rank], legal_protection=True)
    for _ in range(3):
        rank = next(ranks)
        people[rank] = replace(people[rank], objected=True)
    for _ in range(3):
        rank = next(ranks)
        people[rank] = replace(people[rank], numbers=())
    rank = next(ranks)
    people[rank] = replace(people[rank], birth_date=date(2014, 5, 17), first_name="Lina", civility="MME")


def _share_households(people: list[Person], draw: Random) -> None:
    """Two couples, each with one landline for both."""
    free = [rank for rank in _ordinary(people, draw, 40) if _callable(people[rank])]
    for one, other in ((free[0], free[1]), (free[2], free[3])):
        first = people[one]
        line = next((n for n in first.numbers if not n.startswith(MOBILES)), None)
        if line is None:
            # A landline of one's own, whose end nobody else was given.
            taken = {number for person in people for number in person.numbers}
            prefix = landline_prefix(first.department)
            line = next(n for end in range(10_000) if (n := f"{prefix}{end:04d}") not in taken)
        woman = first.civility != "MME"
        people[one] = replace(first, numbers=(line,))
        people[other] = replace(
            people[other],
            numbers=(line,),
            civility="MME" if woman else "M",
            first_name=first_name(draw, woman, first.birth_date.year),
            last_name=first.last_name,
            birth_date=first.birth_date + timedelta(days=draw.randrange(200, 1500)),
            commune=first.commune,
            insee_code=first.insee_code,
            postal_code=first.postal_code,
            department=first.department,
            fund=first.fund,
        )


def _callable(person: Person) -> bool:
    apart = person.ehpad_finess or person.legal_protection or person.objected
    return bool(person.numbers) and not apart and 20 < TODAY.year - person.birth_date.year < 90
