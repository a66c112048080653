"""patients.csv: what is valid is kept, what isn't is told by line, column and reason, twice changes nothing."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from outreach.clock import FrozenClock
from outreach.database.models import Contact, Patient, PhoneNumber, Suppression
from outreach.domain.words import ContactState, SuppressionScope
from outreach.runtime import Runtime, Session
from outreach.services import patients_import
from outreach.services.files import ImportRefused
from outreach.services.patients_import import ImportReport, import_patients
from outreach.services.suppressions import suppress

HEADER = "reference,civility,last_name,first_name,birth_date,phone_1,phone_2,postal_code,insee_code,fund,ehpad_finess,legal_protection,objected,regular_physician_rpps,language"
MINIMAL = "reference;last_name;birth_date;phone_1;postal_code"


def _file(folder: Path, *lines: str, encoding: str = "utf-8", name: str = "patients.csv") -> Path:
    path = folder / name
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def _import(runtime: Runtime, path: Path) -> ImportReport:
    return import_patients(path, "ald-2026", runtime.transaction, runtime.clock)


def _refusals(path: Path) -> list[tuple[int, str]]:
    with path.with_name(f"{path.stem}.rejected.csv").open(encoding="utf-8", newline="") as file:
        return [(int(row["line"]), row["column"]) for row in csv.DictReader(file)]


def _states(runtime: Runtime) -> dict[str, tuple[str, str | None]]:
    with runtime.transaction() as session:
        rows = session.execute(select(Patient.reference, Contact.state, Contact.reason).join(Contact)).all()
    return {reference: (state, reason) for reference, state, reason in rows}


def test_valid_rows_are_kept_and_the_others_told(runtime: Runtime, tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        HEADER,
        "P1,MME,Exemple,Odette,1947-03-12,0199001111,0639981111,94800,94076,941,,,,,fr",
        "P2,M,Exemple,Paul,31/02/1950,0199001112,,94800,,,,,,,",
        "P3,M,Exemple,Paul,12/03/1950,12345,,94800,,,,,,,",
        "P1,M,Exemple,Paul,12/03/1950,0199001113,,94800,,,,,,,",
        "P4,M,Exemple,Paul,12/03/1950,0199001114,,99999,,,,,,,",
        "P5,M,Exemple,Paul,12/03/1950,0199001115",
        "",
        "P6,DR,Exemple,Paul,12/03/1950,0199001116,,75013,,,,,,,",
        "P7,M,,Paul,12/03/1950,0199001117,,75013,,,,,,,",
        "P8,M,147031212345678,Paul,12/03/1950,0199001118,,75013,,,,,,,",
        "P9,M,Exemple,Paul,12/03/1950,,,97400,,,,,,,",
    )
    report = _import(runtime, path)
    assert (report.added, report.rejected) == (2, 8)
    assert _refusals(path) == [
        (3, "birth_date"),
        (4, "phone_1"),
        (5, "reference"),
        (6, "postal_code"),
        (7, "phone_2"),
        (9, "civility"),
        (10, "last_name"),
        (11, "last_name"),
    ]
    assert _states(runtime) == {"P1": (ContactState.WAITING, None), "P9": (ContactState.NO_PHONE, "no_number")}
    text = path.with_name("patients.rejected.csv").read_text()
    for personal in ("12345,", "1950", "Exemple", "147031212345678"):
        assert personal not in text


def test_importing_twice_changes_nothing(runtime: Runtime, tmp_path: Path) -> None:
    path = _file(tmp_path, "\ufeff" + MINIMAL, "P1;Exemple;12/03/1947;0199001111;94800")
    assert _import(runtime, path).added == 1
    again = _import(runtime, path)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 1)


def test_a_changed_row_changes_the_patient(runtime: Runtime, tmp_path: Path) -> None:
    _import(runtime, _file(tmp_path, MINIMAL, "P1;Exemple;12/03/1947;0199001111;94800"))
    assert _import(runtime, _file(tmp_path, MINIMAL, "P1;Exemple;12/03/1947;0639981111;75013")).changed == 1
    with runtime.transaction() as session:
        assert session.scalars(select(Patient)).one().department == "75"


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ((), "is empty"),
        ((MINIMAL,), "no row"),
        (("reference;last_name;birth_date;postal_code", "P1;E;1947-03-12;94800"), "'phone_1' is missing"),
        ((MINIMAL + ";hat", "x"), "'hat' is unknown"),
        ((MINIMAL + ";NIR", "x"), "social-security number"),
        ((MINIMAL + ";n_secu", "x"), "social-security number"),
        ((MINIMAL + ";code_ald", "x"), "health data"),
        ((MINIMAL + ";ALD30", "x"), "health data"),
        ((MINIMAL + ";pathologie", "x"), "health data"),
        ((MINIMAL + ";reference", "x"), "stands twice"),
    ],
)
def test_a_file_that_cannot_be_taken_is_refused_in_one_sentence(
    runtime: Runtime, tmp_path: Path, lines: tuple[str, ...], told: str
) -> None:
    with pytest.raises(ImportRefused, match=told) as refusal:
        _import(runtime, _file(tmp_path, *lines))
    assert "\n" not in str(refusal.value)
    with runtime.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Patient)) == 0


def test_another_encoding_is_refused_with_its_line(runtime: Runtime, tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        MINIMAL,
        "P1;Exemple;12/03/1947;0199001111;94800",
        "P2;Noël;12/03/1947;0199001112;94800",
        encoding="latin-1",
    )
    with pytest.raises(ImportRefused, match=r"line 3 is not UTF-8"):
        _import(runtime, path)


def test_a_missing_file_is_told(runtime: Runtime, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="cannot be read"):
        _import(runtime, tmp_path / "nowhere.csv")


def test_an_interrupted_import_run_again_ends_the_same(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patients_import, "BATCH", 7)
    path = _file(tmp_path, MINIMAL, *(f"P{n};Exemple;12/03/1947;019900{n:04d};94800" for n in range(50)))
    batches = 0

    @contextmanager
    def failing() -> Iterator[Session]:
        nonlocal batches
        batches += 1
        with runtime.transaction() as session:
            yield session
            if batches == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_patients(path, "ald-2026", failing, runtime.clock)
    with runtime.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Patient)) == 14
    _import(runtime, path)
    with runtime.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Patient)) == 50
        assert session.scalar(select(func.count()).select_from(Contact)) == 50


def test_those_whom_the_agent_never_calls(runtime: Runtime, tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        HEADER,
        "P1,M,Exemple,Paul,1947-03-12,0199001111,,94800,,,940000001,,,,",
        "P2,M,Exemple,Paul,1947-03-12,0199001112,,94800,,,,oui,,,",
        "P3,M,Exemple,Paul,1947-03-12,0199001113,,94800,,,,,oui,,",
        "P4,M,Exemple,Paul,2015-03-12,0199001114,,94800,,,,,,,",
    )
    _import(runtime, path)
    assert {reference: reason for reference, (state, reason) in _states(runtime).items()} == {
        "P1": "ehpad",
        "P2": "legal_protection",
        "P3": "objected",
        "P4": "minor",
    }


def test_a_number_that_proved_unusable_stays_so_at_any_rank(
    runtime: Runtime, clock: FrozenClock, tmp_path: Path
) -> None:
    header = "reference,last_name,birth_date,phone_1,phone_2,postal_code"
    _import(runtime, _file(tmp_path, header, "P1,Exemple,1947-03-12,0199001111,,94800"))
    with runtime.transaction() as session:
        session.execute(update(PhoneNumber).values(unusable_since=clock.now(), unusable_because="wrong_number"))
    again = _import(runtime, _file(tmp_path, header, "P1,Exemple,1947-03-12,0199001111,,94800"))
    assert again.unchanged == 1
    assert _states(runtime)["P1"] == (ContactState.NO_PHONE, "no_number")
    _import(runtime, _file(tmp_path, header, "P1,Exemple,1947-03-12,0639981111,0199001111,94800"))
    assert _states(runtime)["P1"] == (ContactState.WAITING, "number_given")
    with runtime.transaction() as session:
        numbers = session.execute(
            select(PhoneNumber.e164, PhoneNumber.unusable_because).order_by(PhoneNumber.rank)
        ).all()
    assert [tuple(number) for number in numbers] == [("+33639981111", None), ("+33199001111", "wrong_number")]


def test_what_stands_before_a_line_that_cannot_be_read_is_imported(runtime: Runtime, tmp_path: Path) -> None:
    rows = [f"P{n};Exemple;12/03/1947;019900{n:04d};94800" for n in range(3)]
    path = _file(tmp_path, MINIMAL, *rows, f"P9;{'x' * 200_000};12/03/1947;0199009999;94800")
    with pytest.raises(ImportRefused, match="line 5 is not CSV"):
        _import(runtime, path)
    assert len(_states(runtime)) == 3


def test_progress_is_told_once_rows_are_written(runtime: Runtime, tmp_path: Path) -> None:
    path = _file(tmp_path, MINIMAL, *(f"P{n};Exemple;12/03/1947;019900{n:04d};94800" for n in range(7)), "wrong")
    told: list[tuple[int, int]] = []

    def progress(done: int) -> None:
        told.append((done, len(_states(runtime))))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(patients_import, "BATCH", 3)
        import_patients(path, "ald-2026", runtime.transaction, runtime.clock, progress)
    assert [done for done, _ in told] == [3, 6, 8, 8]
    assert all(written >= min(done, 7) for done, written in told)


def test_rule_09_a_stop_survives_a_re_import_and_holds_for_a_duplicate(
    runtime: Runtime, clock: FrozenClock, tmp_path: Path
) -> None:
    _import(runtime, _file(tmp_path, MINIMAL, "P1;Exemple;12/03/1947;0199001111;94800"))
    with runtime.transaction() as session:
        suppress(session, "P1", None, SuppressionScope.PERSON, "stop_sms", clock.now())
    path = _file(tmp_path, MINIMAL, "P1;Exemple;12/03/1947;0199001111;94800", "P2;EXEMPLE;12/03/1947;0199001111;94800")
    _import(runtime, path)
    assert _states(runtime)["P1"] == (ContactState.INELIGIBLE, "suppressed")
    assert _states(runtime)["P2"] == (ContactState.INELIGIBLE, "suppressed")


def test_rule_09_a_stop_survives_a_restored_backup(runtime: Runtime, clock: FrozenClock) -> None:
    from outreach import journal  # the edge that Runtime.start goes through

    with runtime.transaction() as session:
        suppress(session, "P1", None, SuppressionScope.PERSON, "stop_sms", clock.now())
    with runtime.transaction() as session:
        session.query(Suppression).delete()  # the backup dates from before the STOP
    with runtime.transaction() as session:
        assert journal.replay(session, runtime.settings.relais_var) == 1
    with runtime.transaction() as session:
        assert session.scalars(select(Suppression)).one().reference == "P1"
        assert journal.replay(session, runtime.settings.relais_var) == 0
