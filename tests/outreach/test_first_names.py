"""Which twin it is, told by a first name that a recogniser wrote down."""

import pytest

from outreach.domain.first_names import who_is_called


@pytest.mark.parametrize(
    ("said", "names", "who"),
    [
        ("odette", ["Odette", "Suzanne"], 0),
        ("je m'appelle Suzanne", ["Odette", "Suzanne"], 1),
        ("c'est audette", ["Odette", "Suzanne"], 0),
        ("O D E T T E", ["Odette", "Suzanne"], 0),
        ("marie", ["Marie", "Marie-Claude"], 0),
        ("Marie Claude", ["Marie", "Marie-Claude"], 1),
        ("anne élise", ["Anne-Élise", "Anne-Sophie"], 0),
        ("josé", ["Jose", "Joseph"], 0),
        ("oui", ["Odette", "Suzanne"], None),
        ("odette et suzanne", ["Odette", "Suzanne"], None),
        ("mario", ["Marie", "Maria"], None),
        ("odette", ["Odette", "Odette"], None),
        ("odette", ["", "Suzanne"], None),
        ("", ["Odette", "Suzanne"], None),
    ],
)
def test_a_first_name_tells_twins_apart_or_tells_nobody(said: str, names: list[str], who: int | None) -> None:
    assert who_is_called(said, names) == who
