"""A social-security number is taken out of what patients say, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from outreach.domain.social_security import NOT_KEPT, without_social_security_numbers


@pytest.mark.parametrize(
    "number",
    [
        "147039407612345",
        "1470394076123",
        "1 47 03 94 076 123 45",
        "1 47 03 94 076 123",
        "1.47.03.94.076.123.45",
        "1-47-03-94-076-123-45",
        "1-47-03-94-076-123/45",
        "1\u00a047\u00a003\u00a094\u00a0076\u00a0123\u202f45",
        "1, 47, 03, 94, 076, 123, 45",
        "1 4 7 0 3 9 4 0 7 6 1 2 3",
        "2 52 05 2A 004 123 45",
        "2 52 05 2b 004 123",
        "2 52 05 2 B 004 123 45",
        "252052A00412345",
        "2.52.05.2B.004.123",
        "2 52 99 99 076 123 45",
        "1 47 03 94 076 123 clé 45",
        "1470394076123, clef 45",
        "7 47 03 94 076 123",
    ],
)
@pytest.mark.parametrize("around", ["{}", "mon numéro c'est {} voilà", "({}).", "NIR{}", "NIR: {}\nmerci"])
def test_rule_07_a_number_that_nobody_asked_for_goes_no_further(number: str, around: str) -> None:
    assert without_social_security_numbers(around.format(number)) == around.format(NOT_KEPT)


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("12/03/1947 1 47 03 94 076 123 45", f"12/03/1947 {NOT_KEPT}"),
        ("12031947 147039407612345", f"12031947 {NOT_KEPT}"),
        ("1 47 03 94 076 123 45, 06 39 98 00 01", f"{NOT_KEPT}, 06 39 98 00 01"),
        ("06 39 98 00 01 1 47 03 94 076 123", f"06 39 98 00 01 {NOT_KEPT}"),
        ("94800 / 14703 94076 12388 / 94800", f"94800 / {NOT_KEPT} / 94800"),
        ("1470394076123 et 2520594076123", f"{NOT_KEPT} et {NOT_KEPT}"),
    ],
)
def test_a_number_among_other_figures_is_found(said: str, kept: str) -> None:
    assert without_social_security_numbers(said) == kept


@pytest.mark.parametrize(
    "said",
    [
        "",
        "oui c'est moi",
        NOT_KEPT,
        "le 12/03/1947",
        "12 mars 1947",
        "12031947",
        "11 01 1947 94800",
        "11/01/1947, 94800 Villejuif",
        "11011947 94800",
        "1947-03-12 94800",
        "12 03 47 06 39 98 00 01",
        "12/03/1947 06 39 98 00 01",
        "06 39 98 00 01",
        "06 39 98 00 01 ou 01 99 00 12 34",
        "01 99 00 12 34 06 39 98 00 01",
        "+33 6 39 98 00 01",
        "+33 3 53 01 12 34 9400",
        "+33639980001 94",
        "0033 6 39 98 00 01",
        "94800 12/03/1947",
        "1 47 03 94 076",
        "12345678901234567890",
        "20 minutes, pas plus de 10 km, le 94 ou le 75",
    ],
)
def test_everything_else_stays(said: str) -> None:
    assert without_social_security_numbers(said) == said


@given(
    st.sampled_from("12"), st.integers(0, 99), st.integers(1, 12), st.sampled_from(["01", "2A", "2B", "75", "97"]),
    st.integers(0, 999), st.integers(0, 999), st.lists(st.sampled_from(["", " ", ".", "-", " - "]), min_size=6, max_size=6),
)  # fmt: skip
def test_however_it_is_spaced(
    sex: str, year: int, month: int, department: str, commune: int, order: int, gaps: list[str]
) -> None:
    number = int(f"{sex}{year:02}{month:02}{department}{commune:03}{order:03}".replace("2A", "19").replace("2B", "18"))
    groups = [sex, f"{year:02}", f"{month:02}", department, f"{commune:03}", f"{order:03}", f"{97 - number % 97:02}"]
    typed = groups[0] + "".join(gap + group for gap, group in zip(gaps, groups[1:], strict=True))
    assert without_social_security_numbers(typed) == NOT_KEPT
    assert without_social_security_numbers(f"le 12/03/1947 {typed} 06 39 98 00 01").count(NOT_KEPT) == 1


@given(st.text(max_size=80))
def test_no_text_breaks_it_and_twice_is_once(text: str) -> None:
    kept = without_social_security_numbers(text)
    assert without_social_security_numbers(kept) == kept


@pytest.mark.parametrize(
    "said",
    [
        "deux quatre-vingt-quatorze zéro trois soixante-quinze cent vingt zéro quarante-cinq",
        "un quarante-sept zéro trois soixante-dix-huit cent douze zéro quarante-cinq vingt-trois",
        "c'est le deux euh quarante-sept zéro trois cinquante-neuf trois cent quatre-vingt-douze zéro quatorze clé vingt-sept",
        "un quatre sept zéro trois neuf quatre zéro sept six zéro zéro un",
    ],
)
def test_a_number_dictated_in_words_is_taken_out(said: str) -> None:
    kept = without_social_security_numbers(said)
    assert NOT_KEPT in kept
    assert not {"quarante", "soixante", "zéro"} & set(kept.replace("-", " ").split())


@pytest.mark.parametrize(
    "said",
    [
        "le douze mars mille neuf cent quarante-sept",
        "un deux zéro trois un neuf quatre sept",
        "le douze trois quarante-sept et mon code postal c'est quatre-vingt-quatorze mille huit cents",
        "zéro six trente-neuf quatre-vingt-dix-huit zéro zéro zéro un",
        "vingt minutes ou une demi-heure, deux ou trois kilomètres",
        "deux quarante-sept zéro trois",
    ],
)
def test_other_numbers_in_words_stay(said: str) -> None:
    assert without_social_security_numbers(said) == said
