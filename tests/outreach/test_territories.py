"""`territories.csv`, and in which territory somebody lives."""

import csv
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from outreach.clock import FrozenClock
from outreach.database.models import Territory, TerritoryCommune
from outreach.places import places
from outreach.runtime import Runtime
from outreach.services import territories
from outreach.services.files import FileReport, ImportRefused
from outreach.services.territories_import import import_territories

HEADER = "name;kind;insee_codes"
BIEVRE = "CPTS Vallée de la Bièvre;CPTS;94076 94043|94021"
CRETEIL = "CPTS Créteil;CPTS;94028"


def _import(runtime: Runtime, folder: Path, *lines: str, header: str = HEADER) -> FileReport:
    path = folder / "territories.csv"
    path.write_text("\n".join((header, *lines)) + "\n", encoding="utf-8")
    return import_territories(path, runtime.transaction, runtime.clock)


def _kept(runtime: Runtime) -> dict[tuple[str, str], set[str]]:
    with runtime.transaction() as session:
        found: dict[tuple[str, str], set[str]] = {
            (one.kind, one.name): set() for one in session.scalars(select(Territory)) if one.left_on is None
        }
        rows = session.execute(
            select(Territory.kind, Territory.name, TerritoryCommune.insee_code).join(
                TerritoryCommune, TerritoryCommune.territory_id == Territory.id
            )
        )
        for kind, name, code in rows:
            found[kind, name].add(code)
    return found


def _place(runtime: Runtime, insee: str | None, postal: str | None, kind: str = "cpts") -> str | None:
    with runtime.transaction() as session:
        where = territories.placement(session).place(kind, insee, postal)
        return territories.get(session, where).name if where is not None else None


def test_each_territory_is_kept_with_its_communes(runtime: Runtime, tmp_path: Path) -> None:
    report = _import(runtime, tmp_path, BIEVRE, CRETEIL, "Île-de-France Sud;Department group;94 91")
    assert (report.rows, report.kept, report.added, report.rejected) == (3, 3, 3, [])
    kept = _kept(runtime)
    assert kept["cpts", "CPTS Vallée de la Bièvre"] == {"94076", "94043", "94021"}
    assert kept["cpts", "CPTS Créteil"] == {"94028"}
    of_departments = {place.insee_code for place in places().by_code.values() if place.department in {"94", "91"}}
    assert kept["department_group", "Île-de-France Sud"] == of_departments


def test_a_city_is_its_arrondissements(runtime: Runtime, tmp_path: Path) -> None:
    _import(runtime, tmp_path, "Paris 13;CPTS;75113", "Marseille;CPTS;13055", "Lyon Est;CPTS;69383,69387")
    kept = _kept(runtime)
    assert kept["cpts", "Paris 13"] == {"75113"}
    assert kept["cpts", "Marseille"] == {f"132{number:02d}" for number in range(1, 17)}
    assert _place(runtime, "75113", None) == "Paris 13"
    assert _place(runtime, "75056", "75013") == "Paris 13"
    assert _place(runtime, "75056", "75014") is None
    assert _place(runtime, "13055", None) == "Marseille"
    assert _place(runtime, "13055", "13009") == "Marseille"
    assert _place(runtime, None, "13009") == "Marseille"
    assert _place(runtime, "69123", None) is None
    assert _place(runtime, "69123", "69007") == "Lyon Est"


def test_somebody_is_placed_by_commune_else_by_a_postal_code_that_tells_one(runtime: Runtime, tmp_path: Path) -> None:
    shared = next(code for code, of in places().by_postal_code.items() if len(of) == 2 and code.startswith("38"))
    first, second = (place.insee_code for place in places().by_postal_code[shared])
    _import(runtime, tmp_path, BIEVRE, f"CPTS A;CPTS;{first}", f"CPTS B;CPTS;{second}")
    assert _place(runtime, "94076", "99999") == "CPTS Vallée de la Bièvre"
    assert _place(runtime, None, "94800") == "CPTS Vallée de la Bièvre"
    assert _place(runtime, "00000", "94800") == "CPTS Vallée de la Bièvre", "a code that no commune has says nothing"
    assert _place(runtime, "94028", "94800") is None, "the commune is known, and in none"
    assert _place(runtime, second, shared) == "CPTS B"
    assert _place(runtime, None, shared) is None, "the postal code tells two"
    assert _place(runtime, None, "") is None
    _import(runtime, tmp_path, f"CPTS A;CPTS;{first}")
    assert _place(runtime, None, shared) is None, "nor does one whose other commune is in none"


def test_a_code_that_is_nobodys_or_two_territories_is_reported_and_left_out(runtime: Runtime, tmp_path: Path) -> None:
    report = _import(
        runtime,
        tmp_path,
        "CPTS A;CPTS;94076 94999",
        "CPTS B;CPTS;94076 94028",
        "CPTS C;CPTS;13055",
        "CPTS D;CPTS;13201 94043",
        "CPTS E;autre;94076",
        "CPTS F;CPTS;",
        ";CPTS;94021",
        "CPTS G;;94021",
        "CPTS A;CPTS;94021",
    )
    assert report.rejected == [
        (2, "insee_codes", "94076 is also that of 'CPTS B' (line 3); it is in neither"),
        (2, "insee_codes", "94999 is the code of no commune, arrondissement or department"),
        (3, "insee_codes", "94076 is also that of 'CPTS A' (line 2); it is in neither"),
        (4, "insee_codes", "13201 is also that of 'CPTS D' (line 5); it is in neither"),
        (5, "insee_codes", "13201 is also that of 'CPTS C' (line 4); it is in neither"),
        (7, "insee_codes", "is empty"),
        (8, "name", "is empty or longer than 120 characters"),
        (9, "kind", "is not a word such as CPTS or department_group"),
        (10, "name", "stands in line 2 already, with the same kind"),
    ]
    assert report.report is not None
    with report.report.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1] == ["2", "insee_codes", report.rejected[0][2]]
    kept = _kept(runtime)
    assert kept["cpts", "CPTS A"] == set()
    assert kept["cpts", "CPTS B"] == {"94028"}
    assert len(kept["cpts", "CPTS C"]) == 15
    assert kept["autre", "CPTS E"] == {"94076"}


def test_importing_twice_changes_nothing(runtime: Runtime, clock: FrozenClock, tmp_path: Path) -> None:
    _import(runtime, tmp_path, BIEVRE, CRETEIL)
    with runtime.transaction() as session:
        before = {one.id: one.updated_at for one in territories.everything(session)}
    clock.advance(timedelta(days=1))
    report = _import(runtime, tmp_path, CRETEIL, BIEVRE)
    assert (report.added, report.changed, report.left) == (0, 0, 0)
    with runtime.transaction() as session:
        assert {one.id: one.updated_at for one in territories.everything(session)} == before
    report = _import(runtime, tmp_path, CRETEIL + " 94021", BIEVRE.replace("|94021", ""))
    assert (report.added, report.changed, report.left) == (0, 2, 0)
    assert _place(runtime, "94021", None) == "CPTS Créteil"


def test_a_territory_that_left_the_file_is_told_and_kept_out(
    runtime: Runtime, clock: FrozenClock, tmp_path: Path
) -> None:
    _import(runtime, tmp_path, BIEVRE, CRETEIL)
    clock.advance(timedelta(days=1))
    report = _import(runtime, tmp_path, CRETEIL)
    assert (report.left, report.departed) == (1, ["CPTS Vallée de la Bièvre"])
    assert _place(runtime, "94076", None) is None
    with runtime.transaction() as session:
        known = {one.name: (one.id, one.left_on) for one in territories.everything(session)}
    assert known["CPTS Vallée de la Bièvre"][1] == date(2026, 11, 25)
    assert _import(runtime, tmp_path, CRETEIL).left == 0, "who left leaves once"
    back = _import(runtime, tmp_path, CRETEIL, BIEVRE)
    assert (back.added, back.left) == (1, 0)
    with runtime.transaction() as session:
        again = {one.name: (one.id, one.left_on) for one in territories.everything(session)}
    assert again["CPTS Vallée de la Bièvre"] == (known["CPTS Vallée de la Bièvre"][0], None)


@pytest.mark.parametrize(
    ("header", "line", "why"),
    [
        ("name;kind", "A;CPTS", "'insee_codes' is missing"),
        ("name;kind;insee_codes;siret", "A;CPTS;94076;1", "'siret' is unknown"),
        (HEADER, "A;CPTS;99999", "holds no territory with a commune"),
        (HEADER, "", "holds no territory with a commune"),
        ("", "", "'name' is missing"),
    ],
)
def test_a_file_that_is_none_changes_nothing(
    runtime: Runtime, tmp_path: Path, header: str, line: str, why: str
) -> None:
    _import(runtime, tmp_path, BIEVRE)
    with pytest.raises(ImportRefused, match=why):
        _import(runtime, tmp_path, line, header=header)
    assert _place(runtime, "94076", None) == "CPTS Vallée de la Bièvre"
