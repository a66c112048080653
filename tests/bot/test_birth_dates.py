"""Birth dates as people say, type and correct them (DOMAIN §4)."""

from datetime import date
from itertools import combinations
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.understanding.birth_dates import BirthDate, NotADate, joined, read_birth_date, read_keyed_birth_date
from bot.actions.understanding.text import for_the_record, holds_social_security_number

TODAY = date(2026, 11, 24)

TABLE = yaml.safe_load((Path(__file__).parent / "values" / "birth_dates.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("said", "expected"), [(said, key) for key, ways in TABLE.items() for said in ways])
def test_what_is_said_of_a_birth_date(said: str, expected: date | str) -> None:
    read = read_birth_date(said, TODAY)
    found = "nothing" if read is None else read.value or read.problem
    assert found == expected


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        ("12031947", date(1947, 3, 12)),
        ("120347", date(1947, 3, 12)),
        ("03052008", date(2008, 5, 3)),
        ("31021947", NotADate.IMPOSSIBLE),
        ("99999999", NotADate.IMPOSSIBLE),
        ("12032031", NotADate.IMPOSSIBLE),
        ("1", NotADate.PARTIAL),
        ("1203", NotADate.PARTIAL),
        ("120319471", NotADate.PARTIAL),
        ("", NotADate.PARTIAL),
    ],
)
def test_keyed_birth_dates(digits: str, expected: date | NotADate) -> None:
    read = read_keyed_birth_date(digits, TODAY)
    assert (read.value or read.problem) == expected


def _one_after_the_other(*answers: str) -> BirthDate:
    told: BirthDate | None = None
    for said in answers:
        now = read_birth_date(said, TODAY)
        assert now is not None, said
        told = now if told is None else joined(told, now, TODAY)
    assert told is not None
    return told


@pytest.mark.parametrize(
    "answers",
    [
        ("le douze mars", "quarante-sept"),
        ("le douze", "mars 47"),
        ("mars 47", "le douze"),
        ("mars 47", "12"),
        ("12/03", "c'est 1947"),
        ("1947", "12 mars"),
        ("12 mars", "j'ai 79 ans", "en 47"),
        ("47", "douze", "trois"),
        ("en mars", "1947", "le 12"),
        ("12 mars", "l'année c'est quarante-sept"),
        ("12 mars", "19 47"),
        ("12 mars", "mille neuf cent quarante-sept"),
        ("11 mars", "non le 12 mars", "47"),
        ("11 mars", "non le 12 mars 1947"),
        ("11 mars", "non le 12", "47"),
        ("12 mars 1847", "1947"),
        ("12 mars 2047", "mille neuf cent quarante-sept"),
        ("12 mars", "1 47 03 94 076 123 45", "1947"),
    ],
)
def test_answers_given_bit_by_bit_are_joined(answers: tuple[str, ...]) -> None:
    assert _one_after_the_other(*answers).value == date(1947, 3, 12)


def test_what_is_still_missing_is_told() -> None:
    told = _one_after_the_other("le douze mars")
    assert (told.day, told.month, told.year) == (12, 3, None)
    assert _one_after_the_other("le trente et un", "février").problem is NotADate.IMPOSSIBLE
    assert _one_after_the_other("12", "22").value is None


def test_a_birth_date_is_not_shown() -> None:
    for said in ("12/03/1947", "mars 1947", "47"):
        assert "47" not in repr(read_birth_date(said, TODAY))


UNITS = [
    "zéro",
    "un",
    "deux",
    "trois",
    "quatre",
    "cinq",
    "six",
    "sept",
    "huit",
    "neuf",
    "dix",
    "onze",
    "douze",
    "treize",
    "quatorze",
    "quinze",
    "seize",
]
TENS = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante", 8: "quatre-vingt"}
MONTHS = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]


def _words(number: int) -> str:
    if number < 17:
        return UNITS[number]
    if number < 20:
        return f"dix-{UNITS[number - 10]}"
    tens, unit = divmod(number, 10)
    if tens in {7, 9}:
        tens, unit = tens - 1, unit + 10
    if unit == 0:
        return TENS[tens]
    link = " et " if unit in {1, 11} and tens != 8 else "-"
    return f"{TENS[tens]}{link}{_words(unit)}"


def _year_words(year: int) -> str:
    century = "mille neuf cent" if year < 2000 else "deux mille"
    return f"{century} {_words(year % 100)}" if year % 100 else century


BORN = st.dates(date(1917, 1, 1), date(2010, 11, 1))


@given(BORN)
def test_every_date_is_understood_as_it_is_written(born: date) -> None:
    for written in (
        f"{born:%d/%m/%Y}",
        f"{born:%d-%m-%y}",
        f"{born:%d%m%Y}",
        f"{born:%d %m %Y}",
        f"{born:%Y-%m-%d}",
        f"{born.day}.{born.month}.{born:%y}",
        f"né(e) le {born.day} {MONTHS[born.month - 1]} {born.year}",
        f"{born.day}{MONTHS[born.month - 1]}{born.year}",
    ):
        read = read_birth_date(written, TODAY)
        assert read is not None, written
        assert read.value == born, written


@given(BORN)
def test_every_date_is_understood_as_it_is_said(born: date) -> None:
    day, month, year = _words(born.day), MONTHS[born.month - 1], _year_words(born.year)
    said_ways = [f"le {day} {month} {year}", f"{day} {month} {_words(born.year % 100)}", f"en {year} le {day} {month}"]
    if born.year % 100 < 10:
        said_ways = said_ways[:1]
    for said in said_ways:
        read = read_birth_date(said, TODAY)
        assert read is not None, said
        assert read.value == born, said


@given(BORN)
def test_two_answers_make_a_date_whichever_part_came_first(born: date) -> None:
    for first in (*combinations("dmy", 1), *combinations("dmy", 2)):
        before, now = (
            BirthDate(
                problem=NotADate.PARTIAL,
                day=born.day if "d" in parts else None,
                month=born.month if "m" in parts else None,
                year=born.year if "y" in parts else None,
            )
            for parts in (set(first), set("dmy") - set(first))
        )
        assert joined(before, now, TODAY).value == born


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(said: str) -> None:
    read_birth_date(said, TODAY)


@given(
    st.lists(
        st.sampled_from(
            ["12", "le", "mars", "47", "1947", "non", "03", "en", "ou", "1", "0", "pas", "mai", "ans", "20", "19"]
        ),
        max_size=8,
    )
)
def test_no_order_of_words_breaks_the_reader(words: list[str]) -> None:
    read = read_birth_date(" ".join(words), TODAY)
    assert read is None or (read.value is None) != (read.problem is None)


@pytest.mark.parametrize(
    "said",
    [
        "c'est le 1 47 03 94 076 123 45",
        "147039407612345",
        "1470394076123",
        "1-47-03-94-076-123/45",
        "2.52.05.2B.004.123",
        "2 52 05 2A 004 123 45",
        "1 47 03 94 076",
        "un quarante-sept zéro trois quatre-vingt-quatorze zéro soixante-seize cent vingt-trois quarante-cinq",
        "deux cinquante-deux zéro cinq deux a zéro zéro quatre cent vingt-trois",
        "un quatre sept zéro trois neuf quatre zéro sept six",
        "c'est le un quarante-sept euh zéro trois ensuite quatre-vingt-quatorze zéro soixante-seize cent vingt-trois la clé quarante-cinq voilà",
    ],
)
def test_a_social_security_number_is_not_kept(said: str) -> None:
    kept = for_the_record(said)
    assert "[numéro non conservé]" in kept
    assert not any(letter.isdigit() for letter in kept)
    assert "quatre" not in kept
    assert holds_social_security_number(said)


@pytest.mark.parametrize(
    "said",
    [
        "le 12/03/1947",
        "12/03/1947 06 39 98 00 01",
        "06 39 98 00 01",
        "+33 6 39 98 00 01",
        "12 03 47 06 39 98 00 01",
        "le 11 10 47 mon numéro 06 39 98 00 01",
        "94800 Villejuif",
        "douze mars mille neuf cent quarante-sept",
        "11 01 1947 94800",
        "un deux zéro trois un neuf quatre sept",
        "11 octobre 1947, 11/10/1947",
    ],
)
def test_everything_else_is_kept(said: str) -> None:
    assert for_the_record(said) == said


def test_what_is_said_round_a_social_security_number_is_kept() -> None:
    said = "mon numéro c'est le 1 47 03 94 076 123 45 et je veux bien"
    assert for_the_record(said) == "mon numéro c'est le [numéro non conservé] et je veux bien"


@given(
    st.sampled_from("12"), st.integers(0, 99), st.integers(1, 12), st.integers(1, 95), st.integers(1, 990),
    st.integers(1, 999), st.sampled_from(["", " ", ".", "-", ", "]),
)  # fmt: skip
def test_every_social_security_number_is_found(
    sex: str, year: int, month: int, department: int, commune: int, order: int, gap: str
) -> None:
    groups = [sex, f"{year:02d}", f"{month:02d}", f"{department:02d}", f"{commune:03d}", f"{order:03d}"]
    assert holds_social_security_number(f"voilà {gap.join(groups)}")
    assert holds_social_security_number(f"voilà {gap.join([*groups, '45'])} merci")
