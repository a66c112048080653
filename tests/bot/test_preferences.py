"""Which physician is asked for (DOMAIN §4)."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from bot.actions.understanding.languages import LANGUAGES, SPEAKERS
from bot.actions.understanding.preferences import Preference, read_preference

TABLE = yaml.safe_load((Path(__file__).parent / "values" / "preferences.yml").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("said", "expected"), [(row["said"], row["expected"]) for row in TABLE])
def test_preferences(said: str, expected: dict[str, Any]) -> None:
    read = read_preference(said)
    found = {
        "gender": read.physician_gender,
        "name": read.physician_name,
        "excluded": read.excluded_physician,
        "language": read.language,
        "other": read.other == said or None,
        "none": read.none or None,
    }
    assert {key: value for key, value in found.items() if value is not None} == expected


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("turc si vous avez", Preference(language="tr")),
        ("anglais", Preference(language="en")),
        ("portuguais", Preference(language="pt")),
        ("pas lefebvre", Preference(excluded_physician="Lefebvre")),
        ("surtout pas ce charlatan de marchetti", Preference(excluded_physician="Marchetti")),
        ("pas trop jeune", Preference()),
        ("une femme pour moi et un homme pour mon mari", Preference("female")),
    ],
)
def test_what_answers_the_question_by_itself(said: str, expected: Preference) -> None:
    read = read_preference(said, asked=True)
    assert replace(read, other=None) == expected


def test_a_bare_name_or_language_tells_nothing_when_something_else_was_asked() -> None:
    assert not read_preference("pas lefebvre").says_something
    assert not read_preference("turc si vous avez").says_something


def test_languages_are_iso_639_1() -> None:
    assert all(len(code) == 2 and code.islower() for code in {*LANGUAGES.values(), *SPEAKERS.values()})


@pytest.mark.parametrize("name", sorted(LANGUAGES))
def test_every_language_is_understood(name: str) -> None:
    assert read_preference(f"un médecin qui parle {name}").language == LANGUAGES[name]


def test_names_and_own_words_are_not_shown() -> None:
    shown = repr(read_preference("le docteur Petit, surtout pas le docteur Grand, en secteur un"))
    assert "Petit" not in shown
    assert "Grand" not in shown
    assert "secteur" not in shown


def test_a_social_security_number_is_not_kept_in_the_own_words() -> None:
    other = read_preference("en secteur un, mon numéro c'est 1 47 03 94 076 123 45").other
    assert other == "en secteur un, mon numéro c'est [numéro non conservé]"


@given(st.sampled_from(["Martin", "Lefebvre", "Nguyen", "Ben Salah", "de Brito", "Saint-Cyr"]), st.booleans())
def test_a_name_is_wanted_or_refused(name: str, refused: bool) -> None:
    read = read_preference(f"{'surtout pas ' if refused else ''}le docteur {name}")
    assert (read.excluded_physician if refused else read.physician_name) == name
    assert (read.physician_name if refused else read.excluded_physician) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reader(said: str) -> None:
    assert isinstance(read_preference(said), Preference)
