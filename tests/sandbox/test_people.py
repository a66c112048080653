"""Invented people: only on numbers kept for fiction, always the same for a seed, and readable by anybody's csv reader."""

import ast
import csv
import re
import sys
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

import pytest

import sandbox
from sandbox.characters import CHARACTERS
from sandbox.invent import TODAY
from sandbox.people import Person, SimulatedPeople, invent_people, invent_physicians, write_patients_csv
from sandbox.places import COMMUNES, zone
from sandbox.telling import birth_in_words

FICTION = re.compile(r"\+33(?:19900|26191|35301|46571|53649|63998)\d{4}")
PATIENT_COLUMNS = [
    "reference", "civility", "last_name", "first_name", "birth_date", "phone_1", "phone_2", "postal_code", "insee_code",
    "fund", "ehpad_finess", "legal_protection", "objected", "regular_physician_rpps", "language",
]  # fmt: skip
SEEDS = range(1, 6)


@pytest.fixture(scope="module")
def people() -> list[Person]:
    return invent_people(200, 1)


def test_the_same_seed_gives_the_same_people_and_another_seed_others(people: list[Person]) -> None:
    assert invent_people(200, 1) == people
    assert [one.last_name for one in invent_people(200, 2)] != [one.last_name for one in people]


@pytest.mark.parametrize("seed", SEEDS)
def test_numbers_are_fiction_and_nobody_elses_but_a_households(seed: int) -> None:
    holders = Counter(number for one in invent_people(200, seed) for number in one.numbers)
    assert all(FICTION.fullmatch(number) for number in holders)
    shared = {number for number, count in holders.items() if count > 1}
    assert len(shared) == 2
    assert all(holders[number] == 2 and not number.startswith("+336") for number in shared)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_character_and_every_special_case_is_there(seed: int) -> None:
    invented = invent_people(200, seed)
    assert len({one.reference for one in invented}) == 200
    assert {one.character_name for one in invented} == set(CHARACTERS)
    departments = {one.department for one in invented}
    assert len(departments) >= 10
    assert len({code for code in departments if code.startswith("97")}) >= 2
    assert sum(bool(one.ehpad_finess) for one in invented) == 3
    assert all(re.fullmatch(r"[0-9A-Z]{9}", one.ehpad_finess) for one in invented if one.ehpad_finess)
    assert sum(one.legal_protection for one in invented) == 2
    assert sum(one.objected for one in invented) == 3
    assert sum(not one.numbers for one in invented) == 3
    assert sum(TODAY.year - one.birth_date.year < 16 for one in invented) == 1
    assert 4 <= sum(len(one.numbers) == 2 for one in invented) <= 30
    mobiles = sum(one.numbers[0].startswith("+336") for one in invented if one.numbers)
    assert 90 <= mobiles <= 135


def test_ages_are_those_of_adults_but_one(people: list[Person]) -> None:
    ages = sorted(TODAY.year - one.birth_date.year for one in people)
    assert ages[1] >= 18
    assert ages[-1] <= 101


@pytest.mark.parametrize("count", [0, 1, 7, 44, 100, 1000])
def test_any_number_of_people_can_be_invented(count: int) -> None:
    assert len(invent_people(count, 3)) == count


@pytest.mark.parametrize("seed", SEEDS)
def test_two_or_three_call_days_reach_a_desk_worth_looking_at(seed: int) -> None:
    """Mobiles are announced first and called once, the others twice: as in three working days."""
    accepting = 0
    for one in invent_people(200, seed):
        if not one.numbers or one.ehpad_finess or one.legal_protection or one.objected:
            continue
        number = one.numbers[0]
        days = (24, 26) if not number.startswith("+336") else (25,)
        for index, day in enumerate(days):
            at = datetime(2026, 11, day, 10 + 4 * index, 30, tzinfo=UTC)
            if one.plan_call(number, index, at).result == "answer":
                accepting += one.character_at(index).accepts
                break
    assert 65 <= accepting <= 105


def test_communes_have_plausible_codes() -> None:
    assert len({commune.insee_code for commune in COMMUNES}) == len(COMMUNES) >= 40
    for commune in COMMUNES:
        assert re.fullmatch(r"\d{5}", commune.postal_code)
        assert commune.insee_code.startswith(commune.department)
        assert commune.postal_code.startswith(commune.department)


def test_mornings_are_those_of_where_people_live() -> None:
    noon_in_paris = datetime(2026, 11, 24, 11, 0, tzinfo=UTC)
    assert noon_in_paris.astimezone(zone("974")).hour == 15
    assert noon_in_paris.astimezone(zone("971")).hour == 7


def test_a_person_survives_the_trip_as_a_document(people: list[Person]) -> None:
    directory = SimulatedPeople()
    directory.load([one.document() for one in people])
    assert [Person.from_document(document) for document in directory.documents()] == people
    with_phone = next(one for one in people if one.numbers)
    found = directory.find(with_phone.numbers[0])
    assert found is not None
    assert found.reference == with_phone.reference
    assert directory.find("+33199009999x") is None


def test_a_document_that_is_no_person_is_refused_in_a_sentence() -> None:
    with pytest.raises(ValueError, match="character"):
        Person.from_document({"reference": "P1", "character": "nobody"})
    with pytest.raises(ValueError, match="no person"):
        Person.from_document({"reference": "P1", "numbers": [], "shoe_size": 42})


def test_a_person_of_the_telephone_page_needs_little() -> None:
    one = Person.from_document({"reference": "MOI", "numbers": ["+33639980000"], "manual": True})
    assert one.manual
    assert one.numbers == ("+33639980000",)


def test_loading_somebody_again_replaces_them() -> None:
    directory = SimulatedPeople()
    directory.load([{"reference": "P1", "numbers": ["+33199000001"]}])
    directory.load([{"reference": "P1", "numbers": ["+33199000002"]}])
    assert directory.find("+33199000001") is None
    assert directory.find("+33199000002") is not None
    assert len(directory.documents()) == 1


def test_in_a_household_whoever_is_asked_for_comes_to_the_telephone(people: list[Person]) -> None:
    number = next(n for n, count in Counter(n for one in people for n in one.numbers).items() if count == 2)
    members = [one for one in people if number in one.numbers]
    home = SimulatedPeople(people).find(number)
    assert home is not None
    for member in members:
        title = {"M": "Monsieur", "MME": "Madame"}[member.civility]
        talker = home.converse(number, 0)
        talker.hear("Bonjour. Ici l'assistant automatique. Est-ce que vous m'entendez ?", True)
        talker.hear(f"Je voudrais parler à {title} {member.last_name}. Est-ce que c'est vous ?", True)
        said = [talker.hear("Quelle est votre date de naissance ?", True) for _ in range(2)]
        told = " ".join(reply.speech or reply.digits or "" for reply in said)
        forms = {birth_in_words(member.birth_date, Random(n)).removeprefix("le ") for n in range(200)}
        assert any(form in told for form in forms)


def test_personal_facts_are_not_in_a_repr(people: list[Person]) -> None:
    for one in people[:20]:
        assert one.last_name not in repr(one)
        assert one.birth_date.isoformat() not in repr(one)


def test_patients_csv_is_what_the_contract_says(people: list[Person], tmp_path: Path) -> None:
    path = tmp_path / "patients.csv"
    write_patients_csv(people, path)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == PATIENT_COLUMNS
    assert [row["reference"] for row in rows] == [one.reference for one in people]
    for row, one in zip(rows, people, strict=True):
        assert row["civility"] in {"M", "MME", ""}
        assert date.fromisoformat(row["birth_date"]) == one.birth_date
        phones = [row[name] for name in ("phone_1", "phone_2") if row[name]]
        assert all(re.fullmatch(r"0\d{9}", phone) for phone in phones)
        assert ["+33" + phone[1:] for phone in phones] == list(one.numbers)
        assert row["legal_protection"] in {"oui", "non"}
        assert re.fullmatch(r"(\d{11})?", row["regular_physician_rpps"])
        assert re.fullmatch(r"[a-z]{2}", row["language"])


def test_physicians_are_an_extract_and_its_volunteers(tmp_path: Path) -> None:
    extract, volunteers = invent_physicians(60, 1, tmp_path / "new")
    lines = extract.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("|")
    assert len(header) == len(set(header)) == 56
    assert {line.count("|") for line in lines} == {55}
    rows = [dict(zip(header, line.split("|"), strict=True)) for line in lines[1:]]
    general = [
        row for row in rows if row["Code profession"] == "10" and row["Code savoir-faire"] in {"SM26", "SM53", "SM54"}
    ]
    assert len(general) == 60
    assert len(rows) > 60
    assert len({row["Identifiant PP"] for row in rows}) == len(rows)
    assert all(re.fullmatch(r"99\d{9}", row["Identifiant PP"]) for row in rows)
    assert all(FICTION.fullmatch("+33" + row["Téléphone (coord. structure)"][1:]) for row in rows)
    with volunteers.open(encoding="utf-8", newline="") as file:
        places = list(csv.DictReader(file))
    assert {row["rpps"] for row in places} <= {row["Identifiant PP"] for row in general}
    assert len(places) > 30
    assert all(int(row["capacity"]) > 0 for row in places)
    again, _ = invent_physicians(60, 1, tmp_path / "again")
    assert again.read_bytes() == extract.read_bytes()


def test_the_simulated_people_know_nothing_of_the_agent() -> None:
    folder = Path(next(iter(sandbox.__path__)))
    modules = [
        "people",
        "person",
        "talk",
        "telling",
        "speech",
        "invent",
        "names",
        "places",
        "physicians",
        "line",
        "characters/*",
    ]
    for path in (path for module in modules for path in folder.glob(f"{module}.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom):
                names.append(node.module or "")
            for name in names:
                top = name.split(".")[0]
                assert top == "sandbox" or top in sys.stdlib_module_names
