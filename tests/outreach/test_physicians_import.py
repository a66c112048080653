"""The register as published: several sites, changes, departures, and files that aren't whole."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text

from outreach.clock import FrozenClock
from outreach.database.models import Physician, Volunteer
from outreach.domain.distances import flat_km, on_the_map
from outreach.domain.rpps_extract import published_at
from outreach.runtime import Runtime
from outreach.services.files import FileReport, ImportRefused
from outreach.services.physicians_import import import_physicians
from outreach.services.volunteers_import import import_volunteers
from tests.outreach.register import CRETEIL, MENDE, VILLEJUIF, extract, line, row, rpps


def _import(runtime: Runtime, path: Path, *, accept_departures: bool = False) -> FileReport:
    return import_physicians(path, runtime.transaction, runtime.clock, accept_departures=accept_departures)


def _sites(runtime: Runtime) -> dict[tuple[str, str], Physician]:
    with runtime.transaction() as session:
        return {(found.rpps, found.site): found for found in session.scalars(select(Physician))}


def test_general_practitioners_alone_are_kept_with_what_an_adviser_needs(runtime: Runtime, tmp_path: Path) -> None:
    others = [
        row(2, specialty="SM04"),
        row(3, profession="21", specialty=""),
        row(4, profession="40", specialty="SM54"),
        row(0) | {"rpps": "12345"},
    ]
    report = _import(runtime, extract(tmp_path, [row(1, structure="MAISON « LES LILAS »"), *others]))
    assert (report.rows, report.kept, report.skipped, report.added) == (5, 1, 4, 1)
    [found] = _sites(runtime).values()
    assert (found.name_key, found.gender, found.department) == ("inventee,odile", "female", "94")
    assert (found.address, found.structure, found.telephone) == (
        "3 Rue DES LILAS",
        "MAISON « LES LILAS »",
        "0199001234",
    )
    assert found.east is not None
    assert found.north is not None
    assert flat_km((found.east, found.north), on_the_map((48.79, 2.36))) < 2


def test_a_person_has_several_sites_and_one_row_for_each(runtime: Runtime, tmp_path: Path) -> None:
    rows = [row(1), row(1, site="R2", **CRETEIL), row(1, specialty="SM26")]
    assert _import(runtime, extract(tmp_path, rows)).added == 2
    assert {site: found.commune for (_, site), found in _sites(runtime).items()} == {
        "R9900000001": "VILLEJUIF",
        "R2": "CRETEIL",
    }


def test_importing_twice_changes_nothing_and_an_update_one_site(
    runtime: Runtime, clock: FrozenClock, tmp_path: Path
) -> None:
    rows = [row(1), row(2), row(3, site="R3", **MENDE)]
    _import(runtime, extract(tmp_path, rows))
    before = {key: found.updated_at for key, found in _sites(runtime).items()}
    clock.advance(timedelta(days=1))
    again = _import(runtime, extract(tmp_path, rows))
    assert (again.added, again.changed, again.left) == (0, 0, 0)
    moved = _import(runtime, extract(tmp_path, [rows[0] | CRETEIL, *rows[1:]]))
    assert (moved.added, moved.changed, moved.left) == (0, 1, 0)
    after = _sites(runtime)
    assert after[rpps(1), "R9900000001"].insee_code == "94028"
    assert [key for key in before if after[key].updated_at != before[key]] == [(rpps(1), "R9900000001")]


def test_who_is_no_longer_there_has_left_and_may_come_back(
    runtime: Runtime, clock: FrozenClock, tmp_path: Path
) -> None:
    rows = [row(1), row(1, site="R2", **CRETEIL), row(2)]
    _import(runtime, extract(tmp_path, rows))
    clock.advance(timedelta(days=30))
    report = _import(runtime, extract(tmp_path, rows[1:2]))
    assert report.left == 2
    found = _sites(runtime)
    assert len(found) == 3, "nobody is deleted"
    assert {key: site.left_on for key, site in found.items()} == {
        (rpps(1), "R9900000001"): date(2026, 12, 24),
        (rpps(1), "R2"): None,
        (rpps(2), "R9900000001"): date(2026, 12, 24),
    }
    assert _import(runtime, extract(tmp_path, rows[1:2])).left == 0, "who left leaves once"
    assert _import(runtime, extract(tmp_path, rows)).changed == 2
    assert all(site.left_on is None for site in _sites(runtime).values())


@pytest.mark.parametrize("kept", [0, 30, 70])
def test_a_file_that_loses_too_many_is_refused_whole(runtime: Runtime, tmp_path: Path, kept: int) -> None:
    rows = [row(number) for number in range(100)]
    _import(runtime, extract(tmp_path, rows))
    shorter = extract(tmp_path, [values | {"last_name": "AUTRE"} for values in rows[:kept]])
    with pytest.raises(ImportRefused, match="nothing was changed"):
        _import(runtime, shorter)
    found = _sites(runtime).values()
    assert {(site.last_name, site.left_on) for site in found} == {("INVENTÉE", None)}
    if kept:
        assert _import(runtime, shorter, accept_departures=True).left == 100 - kept


def test_a_few_departures_are_followed_whatever_their_share(runtime: Runtime, tmp_path: Path) -> None:
    _import(runtime, extract(tmp_path, [row(number) for number in range(300)]))
    assert _import(runtime, extract(tmp_path, [row(number) for number in range(275)])).left == 25


def test_a_file_that_was_cut_off_or_is_none_changes_nothing(runtime: Runtime, tmp_path: Path) -> None:
    whole = extract(tmp_path, [row(1), row(2)])
    _import(runtime, whole)
    cut = extract(tmp_path, [row(1, last_name="AUTRE")], tail="\n" + line(row(2))[:40])
    with pytest.raises(ImportRefused, match="cut off at line 3"):
        _import(runtime, cut)
    (tmp_path / "latin.txt").write_bytes(whole.read_bytes().replace("É".encode(), b"\xc9"))
    with pytest.raises(ImportRefused, match="UTF-8"):
        _import(runtime, tmp_path / "latin.txt")
    for content, reason in (("", "pipe"), ("a;b\n", "pipe"), ("a|b\n1|2\n", "is missing")):
        (tmp_path / "other.txt").write_text(content, encoding="utf-8")
        with pytest.raises(ImportRefused, match=reason):
            _import(runtime, tmp_path / "other.txt")
    with pytest.raises(ImportRefused, match="cannot be read"):
        _import(runtime, tmp_path / "absent.txt")
    assert {site.last_name for site in _sites(runtime).values()} == {"INVENTÉE"}


def test_the_last_line_may_have_no_end(runtime: Runtime, tmp_path: Path) -> None:
    assert _import(runtime, extract(tmp_path, [row(1), row(2)], tail="")).added == 2


def test_an_older_extract_comes_too_late(runtime: Runtime, tmp_path: Path) -> None:
    name = "PS_LibreAcces_Personne_activite_{}.txt"
    _import(runtime, extract(tmp_path, [row(1)], name.format("202611050840")))
    with pytest.raises(ImportRefused, match="a newer extract is imported already, that of 05/11/2026"):
        _import(runtime, extract(tmp_path, [row(1), row(2)], name.format("202610010840")))
    assert _import(runtime, extract(tmp_path, [row(1), row(2)], name.format("202612010840"))).added == 1
    assert published_at("PS_LibreAcces_Personne_activite_209913450840.txt") is None


def test_an_interrupted_import_has_changed_nothing(runtime: Runtime, tmp_path: Path) -> None:
    path = extract(tmp_path, [row(number) for number in range(20)])

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_physicians(path, runtime.transaction, runtime.clock, interrupted)
    assert _sites(runtime) == {}
    assert _import(runtime, path).added == 20


_ROWS = st.lists(
    st.tuples(
        st.integers(1, 6),
        st.sampled_from(["", "R1", "R2"]),
        st.sampled_from([VILLEJUIF, CRETEIL, MENDE]),
        st.booleans(),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_ROWS, min_size=1, max_size=4))
def test_whatever_was_imported_before_the_last_extract_tells_who_is_there(
    runtime: Runtime, tmp_path: Path, extracts: list[list[tuple[int, str, dict[str, str], bool]]]
) -> None:
    with runtime.transaction() as session:
        session.execute(text("delete from physicians"))
    ever: set[tuple[str, str]] = set()
    for rows in extracts:
        practising = [
            row(number, site=site, specialty="SM26" if older else "SM53", **where)
            for number, site, where, older in rows
        ]
        _import(runtime, extract(tmp_path, practising))
        there = {(values["rpps"], values["site"]) for values in practising}
        ever |= there
        found = _sites(runtime)
        assert set(found) == ever
        assert {key for key, site in found.items() if site.left_on is None} == there


def _volunteers(folder: Path, *lines: str) -> Path:
    path = folder / "volunteers.csv"
    path.write_text("\n".join(("rpps;capacity;available_from;languages", *lines)) + "\n", encoding="utf-8")
    return path


def _volunteer(runtime: Runtime, number: int) -> Volunteer:
    with runtime.transaction() as session:
        return session.get_one(Volunteer, rpps(number))


def test_places_are_those_of_one_site_that_is_there(runtime: Runtime, tmp_path: Path) -> None:
    rows = [row(1, site="R1"), row(1, site="R2", **MENDE)]
    _import(runtime, extract(tmp_path, rows))
    import_volunteers(_volunteers(tmp_path, f"{rpps(1)};3;;fr ar"), runtime.transaction, runtime.clock)
    found = _volunteer(runtime, 1)
    assert (found.site, found.department, found.gender, found.languages) == ("R1", "94", "female", ["fr", "ar"])
    with runtime.transaction() as session:
        session.get_one(Volunteer, rpps(1)).held = 1
    _import(runtime, extract(tmp_path, rows[1:]))
    found = _volunteer(runtime, 1)
    assert (found.site, found.department, found.held, found.left_on) == ("R2", "48", 1, None)
    _import(runtime, extract(tmp_path, rows))
    assert _volunteer(runtime, 1).site == "R2", "places stay where they are while that site is there"
    _import(runtime, extract(tmp_path, [row(2)]))
    assert _volunteer(runtime, 1).left_on == date(2026, 11, 24)


def test_volunteers_are_kept_and_what_is_wrong_is_told(runtime: Runtime, clock: FrozenClock, tmp_path: Path) -> None:
    path = _volunteers(
        tmp_path,
        f"{rpps(1)};3;;",
        "12;1;;",
        f"{rpps(2)};many;;",
        f"{rpps(3)};1;31/02/2026;",
        f"{rpps(4)};2;01/12/2026;",
    )
    report = import_volunteers(path, runtime.transaction, runtime.clock)
    assert (report.rows, report.kept, report.unplaced) == (5, 2, 2)
    assert [(number, column) for number, column, _ in report.rejected] == [
        (3, "rpps"),
        (4, "capacity"),
        (5, "available_from"),
    ]
    assert report.report is not None
    assert report.report.read_text().startswith("line,column,reason\n3,rpps,")
    with runtime.transaction() as session:
        session.get_one(Volunteer, rpps(1)).taken = 2
    clock.advance(timedelta(days=1))
    fewer = import_volunteers(
        _volunteers(tmp_path, f"{rpps(1)};1;;", f"{rpps(4)};2;01/12/2026;"), runtime.transaction, clock
    )
    assert [column for _, column, _ in fewer.rejected] == ["capacity"]
    assert (_volunteer(runtime, 1).capacity, _volunteer(runtime, 1).taken) == (3, 2)
    assert _volunteer(runtime, 4).updated_at < clock.now(), "the same row changes nothing"
    import_volunteers(_volunteers(tmp_path, f"{rpps(4)};2;01/12/2026;"), runtime.transaction, clock)
    assert not path.with_name("volunteers.rejected.csv").exists()


def test_an_unknown_column_is_refused(runtime: Runtime, tmp_path: Path) -> None:
    path = tmp_path / "volunteers.csv"
    path.write_text("rpps;capacity;site\n", encoding="utf-8")
    with pytest.raises(ImportRefused, match="'site' is unknown"):
        import_volunteers(path, runtime.transaction, runtime.clock)
    path.write_text("", encoding="utf-8")
    with pytest.raises(ImportRefused, match="is empty"):
        import_volunteers(path, runtime.transaction, runtime.clock)
    with runtime.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Volunteer)) == 0
