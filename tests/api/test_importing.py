"""A patients' file by page: looked through before anything is written, imported in the background, never kept."""

import os
import stat
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select, update

from api.pages import steering_import, steering_words
from outreach.database.models import Contact, Import, Patient
from outreach.domain.patients_file import COLUMNS
from outreach.domain.words import ImportState
from outreach.services import campaigns, imports
from outreach.services.patients_import import import_patients
from outreach.services.patients_preview import look_through
from tests.api.test_steering import form_of
from tests.api.world import CAMPAIGN, Desk, csrf_of

Browse = Callable[[str], httpx.Client]
PAGE = f"/tableau/{CAMPAIGN}/import"
HEADER = "reference;last_name;first_name;birth_date;phone_1;postal_code;ehpad_finess"


def rows(count: int, start: int = 0) -> str:
    return "".join(
        f"Q{n:06d};Exemple;Odette;1947-03-12;019900{n % 10_000:04d};94800;\n" for n in range(start, start + count)
    )


def send(browser: httpx.Client, content: str | bytes, **fields: object) -> httpx.Response:
    form = {**form_of(browser, PAGE), **fields}
    held = content if isinstance(content, bytes) else content.encode()
    return browser.post(PAGE, data=form, files={"fichier": ("patients.csv", held, "text/csv")})


def import_at(answer: httpx.Response) -> UUID:
    return UUID(answer.headers["location"].rsplit("/", 1)[-1].partition("?")[0])


def held_files(desk: Desk) -> list[str]:
    folder = desk.runtime.settings.relais_var / "imports"
    return sorted(path.name.partition(".")[2] for path in folder.iterdir()) if folder.exists() else []


def read(desk: Desk, import_id: UUID) -> Import:
    with desk.runtime.transaction() as session:
        return imports.get(session, import_id, CAMPAIGN)


def count(desk: Desk, table: type[Patient] | type[Contact]) -> int:
    with desk.runtime.transaction() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def wait_for(desk: Desk, import_id: UUID, state: ImportState) -> Import:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        one = read(desk, import_id)
        if one.state == state:
            return one
        time.sleep(0.05)
    raise AssertionError(f"still {read(desk, import_id).state}")


def test_nothing_is_written_before_it_is_confirmed(desk: Desk, logged_in: Browse) -> None:
    desk.person(reference="Q000001")
    browser = logged_in("dominique")
    wrong = "Q900001;Exemple;;hier;0199000001;94800;\nQ900002;;;1947-03-12;0199000001;94800;\n"
    answer = send(browser, f"{HEADER}\n{rows(20)}{wrong}Q000030;Exemple;;1947-03-12;0199000031;94800;750000001\n")
    assert answer.status_code == 303
    import_id = import_at(answer)
    assert wait_for(desk, import_id, ImportState.CHECKED).rows == 23
    (path,) = (desk.runtime.settings.relais_var / "imports").iterdir()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    page = browser.get(answer.headers["location"]).text
    for told in ("reference, last_name, first_name", "n’est pas une date comme", "est vide", "Importer 21 lignes"):
        assert told in page
    assert "<dt>Personnes nouvelles</dt><dd>20</dd>" in page
    assert "<dt>Entreraient dans la campagne</dt><dd>20</dd>" in page
    assert "<dt>Que l’agent n’appellerait pas</dt><dd>masqué</dd>" in page
    assert count(desk, Patient) == 1

    form = form_of(browser, answer.headers["location"])
    confirmed = browser.post(f"{PAGE}/{import_id}/confirmer", data=form)
    assert confirmed.status_code == 303
    assert browser.post(f"{PAGE}/{import_id}/confirmer", data=form).status_code == 303
    done = wait_for(desk, import_id, ImportState.DONE)
    assert done.result is not None
    assert (done.result["rows"], done.result["added"], done.result["rejected"]) == (23, 20, 2)
    assert count(desk, Patient) == 21
    report = browser.get(f"{PAGE}/{import_id}/rejets.csv")
    lines = report.content.decode("utf-8-sig").splitlines()
    assert lines[0] == "ligne;colonne;raison"
    assert lines[1] == "22;birth_date;n’est pas une date comme 1947-03-12 ou 12/03/1947"
    assert "Exemple" not in report.text
    assert held_files(desk) == ["rejected.csv"]
    acts = [entry.act for entry in desk.audit(login="dominique")]
    assert acts == ["import_received", "import_confirmed", "patients_imported"]


@pytest.mark.parametrize("column", ["nir", "ALD", "numero_secu"])
def test_a_file_with_what_we_never_hold_is_refused_and_none_of_it_is_kept(
    desk: Desk, logged_in: Browse, column: str
) -> None:
    browser = logged_in("dominique")
    answer = send(browser, f"{HEADER};{column}\n{rows(3)}")
    assert answer.status_code == 422
    assert "Rien de ce fichier n’est gardé." in answer.text
    assert 'aria-describedby="fichier-erreur' in answer.text
    assert held_files(desk) == []
    with desk.runtime.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Import)) == 0
    assert [entry.act for entry in desk.audit(login="dominique")] == ["import_refused"]


def test_what_cannot_be_a_file_of_ours_says_why(desk: Desk, logged_in: Browse, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = logged_in("dominique")
    for content, sentence in (
        (b"", "Choisissez un fichier."),
        (b"\xff\xfe\x00r\x00e", "n’est pas en UTF-8"),
        (b"reference;last_name\n", "Il manque la colonne « birth_date »"),
        (b"reference;reference;last_name;birth_date;phone_1;postal_code\n", "« reference » paraît deux fois"),
        (b"couleur;last_name\n", "« couleur » est inconnue"),
    ):
        answer = send(browser, content)
        assert (answer.status_code, sentence in answer.text) == (422, True), sentence
    assert browser.post(PAGE, data=form_of(browser, PAGE)).status_code == 403
    monkeypatch.setattr(imports, "MOST_MEGABYTES", 1)
    large = send(browser, f"{HEADER}\n{rows(40_000)}")
    assert (large.status_code, "Le fichier dépasse 1 Mo" in large.text) == (422, True)
    monkeypatch.undo()
    late = send(browser, f"{HEADER}\n".encode() + b"Q1;\xff\xfe;;1947-03-12;0199000001;94800;\n")
    refused = wait_for(desk, import_at(late), ImportState.REFUSED)
    assert "n’est pas en UTF-8" in browser.get(f"{PAGE}/{refused.id}").text
    assert held_files(desk) == []


def test_a_file_is_taken_from_our_page_alone_and_once(desk: Desk, logged_in: Browse) -> None:
    browser = logged_in("dominique")
    assert send(browser, f"{HEADER}\n{rows(2)}", csrf="forged").status_code == 403
    assert held_files(desk) == []
    twice = {"jeton": "la même page"}
    first, second = (send(browser, f"{HEADER}\n{rows(2)}", **twice) for _ in range(2))
    assert first.headers["location"] == second.headers["location"]
    assert held_files(desk) == ["csv"]
    import_id = import_at(first)
    wait_for(desk, import_id, ImportState.CHECKED)
    dropped = browser.post(f"{PAGE}/{import_id}/abandonner", data=form_of(browser, f"{PAGE}/{import_id}"))
    assert dropped.status_code == 303
    assert (held_files(desk), count(desk, Patient)) == ([], 0)
    assert browser.post(f"{PAGE}/{import_id}/confirmer", data={"csrf": csrf_of(browser, PAGE)}).status_code == 409


def test_its_progress_is_told_and_outlives_the_page(
    desk: Desk, logged_in: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, told = threading.Event(), threading.Event()

    def slowly(path: Path, name: str, transaction: object, clock: object, progress: Callable[[int], None]) -> object:
        progress(7)
        told.set()
        go_on.wait(20)
        return import_patients(path, name, desk.runtime.transaction, desk.clock, progress)

    browser = logged_in("dominique")
    import_id = import_at(send(browser, f"{HEADER}\n{rows(20)}"))
    wait_for(desk, import_id, ImportState.CHECKED)
    monkeypatch.setattr(imports, "import_patients", slowly)
    monkeypatch.setattr(steering_import, "_A_MOMENT", 0.01)
    browser.post(f"{PAGE}/{import_id}/confirmer", data=form_of(browser, f"{PAGE}/{import_id}"))
    assert told.wait(20)
    with browser.stream("GET", f"{PAGE}/{import_id}/suivi") as stream:
        for line in stream.iter_lines():
            if '"done": 7' in line:
                break
    page = browser.get(f"{PAGE}/{import_id}").text
    assert '<progress id="barre" aria-labelledby="avance" max="20" value="7">' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    go_on.set()
    wait_for(desk, import_id, ImportState.DONE)
    assert "Ce qui a été importé" in browser.get(f"{PAGE}/{import_id}").text


def test_what_a_process_left_that_ended_is_taken_up(
    desk: Desk, logged_in: Browse, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = logged_in("dominique")
    import_id = import_at(send(browser, f"{HEADER}\n{rows(20)}"))
    wait_for(desk, import_id, ImportState.CHECKED)
    with monkeypatch.context() as patched:
        patched.setattr(steering_import, "_begin", lambda *_: None)  # the process ends here
        browser.post(f"{PAGE}/{import_id}/confirmer", data=form_of(browser, f"{PAGE}/{import_id}"))
    at_work = browser.post(f"{PAGE}/{import_id}/continuer", data={"csrf": csrf_of(browser, PAGE)})
    assert at_work.status_code == 409
    with desk.runtime.transaction() as session:
        session.execute(update(Import).values(seen_wall=func.now() - func.make_interval(0, 0, 0, 0, 0, 5)))
        import_patients(
            imports.file_of(desk.runtime.settings.relais_var, import_id), CAMPAIGN, desk.runtime.transaction, desk.clock
        )
    page = browser.get(f"{PAGE}/{import_id}").text
    assert "Le travail s’est interrompu" in page
    assert (
        browser.post(f"{PAGE}/{import_id}/continuer", data=form_of(browser, f"{PAGE}/{import_id}")).status_code == 303
    )
    done = wait_for(desk, import_id, ImportState.DONE)
    assert done.result is not None
    assert (done.result["added"], done.result["unchanged"]) == (0, 20)
    assert count(desk, Contact) == 20
    assert held_files(desk) == []


def test_stray_files_go(desk: Desk) -> None:
    folder = imports.folder(desk.runtime.settings.relais_var)
    for name in ("left.part", "left.csv", "old.rejected.csv", "new.rejected.csv"):
        (folder / name).write_text("")
        if not name.startswith("new"):
            age = imports.KEPT.total_seconds() + 60 if name.startswith("old") else imports.SILENT_SECONDS + 60
            os.utime(folder / name, (time.time() - age,) * 2)
    imports.tidy(desk.runtime)
    assert [path.name for path in folder.iterdir()] == ["new.rejected.csv"]


def test_the_preview_foretells_the_import(desk: Desk, tmp_path: Path) -> None:
    """Random files, good rows and bad ones: what was told is what is done."""
    draw = Random(7)
    values = {
        "reference": ["Q1", "Q2", "Q3", "Q 4", "", *(f"R{n}" for n in range(40))],
        "last_name": ["Exemple", "Modèle", ""],
        "birth_date": ["1947-03-12", "12/03/1947", "1947-13-01", "2090-01-01", "hier"],
        "phone_1": ["0199000001", "0639980001", "", "12", "0899000000"],
        "postal_code": ["94800", "1000", "00000", "ABCDE"],
        "civility": ["", "MME", "Docteur"],
        "ehpad_finess": ["", "", "", "750000001", "?"],
        "objected": ["", "oui", "peut-être"],
        "language": ["", "FR", "français"],
        "insee_code": ["", "94076", "x"],
    }
    columns = list(values)
    assert set(columns) <= set(COLUMNS)
    for number in range(4):
        lines = [",".join(columns)]
        for _ in range(60):
            cells = [draw.choice(values[column] + values[column][:1] * 6) for column in columns]
            lines.append(",".join(cells if draw.random() > 0.05 else cells[:-1]))
        path = tmp_path / f"{number}.csv"
        path.write_text("\n".join(lines), encoding="utf-8-sig")
        seen = look_through(path, desk.campaign().id, desk.runtime.transaction, desk.clock)
        before = count(desk, Contact)
        report = import_patients(path, CAMPAIGN, desk.runtime.transaction, desk.clock)
        assert (seen.rows, seen.added, seen.rejected) == (report.rows, report.added, report.rejected)
        assert seen.enrolled == count(desk, Contact) - before
        # Each reason has its French words.
        for _, _, reason in seen.errors:
            assert steering_words.row(reason) != reason


def test_a_stopped_campaign_takes_no_file(desk: Desk, logged_in: Browse) -> None:
    with desk.runtime.transaction() as session:
        campaigns.stop(session, CAMPAIGN, "fini", desk.now, "tests")
    browser = logged_in("dominique")
    token = csrf_of(browser, PAGE)
    answer = browser.post(
        PAGE, data={"csrf": token, "jeton": "x"}, files={"fichier": ("p.csv", f"{HEADER}\n".encode())}
    )
    assert answer.status_code == 409
    assert held_files(desk) == []
