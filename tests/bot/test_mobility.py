"""How a person can travel, and how far (DOMAIN §4)."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.understanding.mobility import TravelLimit, read_keyed_mobility, read_mobility, read_travel_limit
from outreach.domain.words import Mobility

VALUES = Path(__file__).parent / "values"
WAYS = yaml.safe_load((VALUES / "mobility.yml").read_text(encoding="utf-8"))
LIMITS = yaml.safe_load((VALUES / "travel_limits.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("said", "expected"), [(said, key) for key, ways in WAYS.items() for said in ways])
def test_ways_of_travelling(said: str, expected: str) -> None:
    read = read_mobility(said)
    found = " ".join(sorted(way.value for way in read.ways))
    assert (found or ("no_way_known" if read.no_way_known else "nothing")) == expected


@pytest.mark.parametrize(
    ("digits", "ways"),
    [
        ("1", {Mobility.AUTONOMOUS}),
        ("2", {Mobility.ACCOMPANIED}),
        ("3", {Mobility.TRANSPORT_NEEDED}),
        ("4", {Mobility.WHEELCHAIR}),
        ("5", {Mobility.HOME_VISIT}),
        ("24", {Mobility.ACCOMPANIED, Mobility.WHEELCHAIR}),
        ("9", set()),
    ],
)
def test_keyed_ways_of_travelling(digits: str, ways: set[Mobility]) -> None:
    assert read_keyed_mobility(digits).ways == ways


def _shown(limit: TravelLimit | None) -> str:
    if limit is None:
        return "nothing"
    if limit.none or limit.near:
        return "no limit" if limit.none else "near"
    return " ".join([f"{limit.minutes} min"] * bool(limit.minutes) + [f"{limit.km} km"] * bool(limit.km))


@pytest.mark.parametrize(("said", "expected"), [(said, key) for key, ways in LIMITS.items() for said in ways])
def test_travel_limits(said: str, expected: str) -> None:
    assert _shown(read_travel_limit(said)) == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("peu importe", "nothing"),
        ("ça m'est égal", "nothing"),
        ("n'importe qui", "nothing"),
        ("n'importe où", "nothing"),
        ("homme ou femme peu importe", "nothing"),
        ("près de chez moi", "nothing"),
        ("pas loin", "nothing"),
        ("peu importe la distance", "no limit"),
        ("je peux aller loin", "no limit"),
        ("ma fille m'emmène mais pas plus de vingt minutes", "20 min"),
        ("en voiture, dix kilomètres maximum", "10 km"),
    ],
)
def test_a_limit_that_was_not_asked_for_needs_words_of_distance(said: str, expected: str) -> None:
    assert _shown(read_travel_limit(said, asked=False)) == expected


@given(st.integers(1, 240), st.sampled_from(["min", " minutes", "mn", " minutes maximum", " min en bus"]))
def test_minutes_in_figures(count: int, unit: str) -> None:
    assert read_travel_limit(f"{count}{unit}") == TravelLimit(minutes=count)


@given(st.integers(1, 300), st.sampled_from(["km", " kilomètres", " bornes", " kms max"]))
def test_kilometres_in_figures(count: int, unit: str) -> None:
    assert read_travel_limit(f"pas plus de {count}{unit}") == TravelLimit(km=count)


@given(st.integers(1, 3), st.integers(0, 59))
def test_hours_and_minutes(hours: int, minutes: int) -> None:
    assert read_travel_limit(f"{hours}h{minutes:02d}") == TravelLimit(minutes=hours * 60 + minutes)


@given(st.integers(0, 23), st.sampled_from(["à", "vers", "après", "dans", "avant"]))
def test_a_time_of_day_is_no_limit(hour: int, mark: str) -> None:
    assert read_travel_limit(f"rappelez {mark} {hour} heures") is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_readers(said: str) -> None:
    read_mobility(said)
    read_travel_limit(said)
