"""Where a physician is looked for: a table of what people say, and what holds for every place."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.understanding.departments import department_named
from bot.actions.understanding.gazetteer import Place, around, distance_km, gazetteer, place_of
from bot.actions.understanding.lexicon import lexicon
from bot.actions.understanding.places import Ambiguous, others_named, resolve
from bot.actions.understanding.text import plain

TABLE = yaml.safe_load((Path(__file__).parent / "values" / "places.yml").read_text(encoding="utf-8"))
PLACES = st.sampled_from(sorted(gazetteer().by_code))


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row['said']} ({row['home']})")
def test_what_people_say(row: dict[str, Any]) -> None:
    home = gazetteer().by_code[row["home"]]
    found = resolve(row["said"], home.department, home)
    if "which" in row:
        assert isinstance(found, Ambiguous)
        assert set(row["which"]) <= set(found.departments)
        return
    assert (found.insee_code if isinstance(found, Place) else found) == row.get("means")
    if "also" in row and isinstance(found, Place):
        others = others_named(row["said"], found, home.department, home)
        assert [place.insee_code for place in others] == row["also"]


def test_without_a_home_namesakes_are_asked_for() -> None:
    assert isinstance(resolve("Saint-Denis", "48"), Ambiguous)


@given(PLACES)
def test_an_official_name_is_found_in_its_department(code: str) -> None:
    place = gazetteer().by_code[code]
    if lexicon("not_a_place").fullmatch(plain(place.name)) or department_named(place.name) is not None:
        return
    found = resolve(place.name, place.department, place)
    assert isinstance(found, Place)
    assert found.department == place.department


@given(PLACES, PLACES)
def test_a_distance_is_the_same_both_ways(one: str, other: str) -> None:
    a, b = gazetteer().by_code[one], gazetteer().by_code[other]
    assert distance_km(a, a) in {0, None}
    assert distance_km(a, b) == pytest.approx(distance_km(b, a))


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [("94076", "75113", 4), ("75056", "13055", 661), ("97411", "97416", 51), ("69123", "31555", 360)],
)
def test_known_distances(one: str, other: str, km: float) -> None:
    known = gazetteer().by_code
    assert distance_km(known[one], known[other]) == pytest.approx(km, rel=0.15, abs=1.5)


def test_every_inhabited_place_has_a_point_in_its_own_department() -> None:
    """A wrong namesake's point would lie far from the rest of the department."""
    for department, places in gazetteer().by_department.items():
        if department in {"978", "977"} or department.startswith("98"):
            continue
        points = [place.point for place in places]
        assert all(points), department
        first = max(places, key=lambda place: place.population)
        # Guiana is the widest: 400 km.
        limit = 420 if department == "973" else 200
        assert all((distance_km(first, place) or 0) < limit for place in places), department


def test_around_home_are_places_of_other_departments() -> None:
    home = place_of("94076", None)
    assert home is not None
    near = around(home)
    assert {"75113", "92002"} <= {place.insee_code for place in near}
    assert all(place.department != "94" for place in near)
    assert all((distance_km(home, place) or 0) < 120 for place in near)


@given(st.text(max_size=60), PLACES)
def test_no_text_breaks_the_resolver(said: str, code: str) -> None:
    home = gazetteer().by_code[code]
    assert isinstance(resolve(said, home.department, home), Place | Ambiguous | None)
