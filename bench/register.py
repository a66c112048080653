"""An invented country of volunteers and the requests of patients in it: as many where more people live."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, text

from outreach.database.models import Account, Offer, Patient, Physician, Request, Volunteer
from outreach.database.repositories import physicians
from outreach.domain.distances import on_the_map
from outreach.domain.first_names import plain_name
from outreach.domain.words import OfferStatus, RequestKind, RequestStatus, Role
from outreach.places import Place, places
from outreach.runtime import Runtime

KINDS = ("twenty minutes", "a woman, step-free", "at home", "10 km, speaks Arabic", "in the department", "anywhere")
_LAST_NAMES = ("INVENTE", "EXEMPLE", "MODELE", "FICTIF", "ESSAI", "SUPPOSE")


@dataclass(frozen=True, slots=True)
class Asked:
    id: UUID
    kind: str
    point: tuple[float, float]


@dataclass(frozen=True, slots=True)
class World:
    """`points`: of every volunteer, latitude and longitude in degrees."""

    points: list[tuple[float, float]]
    requests: list[Asked]


def homes_of(how_many: int, chance: Random) -> list[Place]:
    """As many where more people live."""
    known = [place for place in places().by_code.values() if place.point is not None]
    return chance.choices(known, [place.population + 1 for place in known], k=how_many)


def invent_volunteers(runtime: Runtime, sites: int, chance: Random) -> list[Place]:
    """Volunteers with places, one at each of these homes."""
    now = runtime.clock.now()
    homes = homes_of(sites, chance)
    with runtime.transaction() as session:
        for begin in range(0, sites, 5_000):
            chosen = list(enumerate(homes))[begin : begin + 5_000]
            session.execute(insert(Physician), [_physician(number, home, chance, now) for number, home in chosen])
            session.execute(insert(Volunteer), [_volunteer(number, chance, now) for number, _ in chosen])
        physicians.place_volunteers(session)
    return homes


def invent(runtime: Runtime, sites: int, patients: int, chance: Random) -> World:
    """Volunteers with places, offers of the last months, and a request for each patient."""
    now = runtime.clock.now()
    homes = invent_volunteers(runtime, sites, chance)
    requests = []
    with runtime.transaction() as session:
        account = Account(login="bench", password_hash="-", role=Role.ADVISER, created_at=now)
        session.add(account)
        session.flush()
        for number, home in enumerate(homes_of(patients, chance)):
            requests.append(_request(session, number, home, now))
        session.flush()
        # What has been asked of volunteers before: a tenth of them, some several times.
        session.execute(insert(Offer), [_offer(requests, sites, account.id, chance, now) for _ in range(sites // 10)])
    with runtime.transaction() as session:
        session.execute(text("analyze"))
    return World([home.point for home in homes if home.point is not None], requests)


def _rpps(number: int) -> str:
    return f"99{number:09d}"


def _physician(number: int, home: Place, chance: Random, now: datetime) -> dict[str, object]:
    assert home.point is not None
    last_name = f"{chance.choice(_LAST_NAMES)} {number}"
    return {
        "rpps": _rpps(number),
        "site": "R1",
        "civility": "Madame",
        "gender": chance.choice(("female", "male")),
        "last_name": last_name,
        "first_name": "Odile",
        "name_key": f"{plain_name(last_name)},odile",
        "structure": "CABINET INVENTE",
        "address": "3 Rue DES LILAS",
        "postal_code": home.postal_code,
        "insee_code": home.insee_code,
        "commune": home.name,
        "commune_key": plain_name(home.name),
        "department": home.department,
        "east": on_the_map(home.point)[0],
        "north": on_the_map(home.point)[1],
        "telephone": "0199001234",
        "updated_at": now,
    }


def _volunteer(number: int, chance: Random, now: datetime) -> dict[str, object]:
    capacity = chance.randrange(1, 8)
    return {
        "rpps": _rpps(number),
        "capacity": capacity,
        "held": 0,
        # A third are full.
        "taken": capacity if chance.random() < 0.33 else chance.randrange(capacity),
        "available_from": now.date() + timedelta(days=30) if chance.random() < 0.1 else None,
        "home_visits": chance.random() < 0.3,
        "wheelchair_accessible": chance.random() < 0.6,
        "languages": ["fr", *(["ar"] if chance.random() < 0.05 else [])],
        "updated_at": now,
    }


def wants(kind: str, home: Place) -> dict[str, Any]:
    """What a request of this kind holds."""
    scope = {"in the department": "department", "anywhere": "anywhere"}.get(kind, "commune")
    others = {"a woman, step-free": ["wheelchair", "accompanied"], "at home": ["home_visit"]}
    return {
        "mobility": others.get(kind, ["autonomous"]),
        "max_travel_minutes": 20 if kind in {"twenty minutes", "a woman, step-free"} else None,
        "max_travel_km": 10 if kind.startswith("10 km") else None,
        "area": {
            "scope": scope,
            "commune": home.name,
            "insee_code": home.insee_code,
            "postal_code": home.postal_code,
            "department": home.department,
        },
        "preference": {
            "physician_gender": "female" if kind.startswith("a woman") else None,
            "physician_name": None,
            "excluded_physician": None,
            "language": "ar" if kind.endswith("Arabic") else None,
            "other": None,
        },
    }


def _request(session, number: int, home: Place, now: datetime) -> Asked:  # type: ignore[no-untyped-def]
    assert home.point is not None
    kind = KINDS[number % len(KINDS)]
    patient = Patient(
        reference=f"BENCH{number:05}",
        last_name="Exemple",
        birth_date=None,
        postal_code=home.postal_code or "00000",
        insee_code=home.insee_code,
        department=home.department,
        invented=True,
        created_at=now,
        updated_at=now,
    )
    session.add(patient)
    session.flush()
    request = Request(
        id=uuid4(),
        patient_id=patient.id,
        kind=RequestKind.MATCHING,
        status=RequestStatus.NEW,
        department=home.department,
        **wants(kind, home),
        created_at=now,
    )
    session.add(request)
    return Asked(request.id, kind, home.point)


def _offer(requests: list[Asked], sites: int, account: UUID, chance: Random, now: datetime) -> dict[str, object]:
    at = now - timedelta(days=chance.randrange(1, 200))
    return {
        "request_id": chance.choice(requests).id,
        "rpps": _rpps(chance.randrange(sites)),
        "status": chance.choice((OfferStatus.ACCEPTED, OfferStatus.DECLINED, OfferStatus.EXPIRED)),
        "proposed_by": account,
        "created_at": at,
        "expires_at": at + timedelta(days=7),
    }
