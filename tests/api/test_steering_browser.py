"""Steering in a real browser: a campaign from its creation to its stop, with and without JavaScript, by keyboard."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from outreach.database.models import Comparison
from outreach.domain.words import CampaignStatus
from outreach.services import imports, patients_preview
from tests.api.test_browser import _log_in
from tests.api.test_steering import tell_wordings
from tests.api.world import CAMPAIGN, Desk
from tests.browser import looks_wrong, new_context
from tests.paper import wrong_on_paper

HEADER = "reference;last_name;first_name;birth_date;phone_1;postal_code"
PRINTED = {"verifie", "importe", "politique", "apercu", "demarrer", "priorites", "comparaison", "politiques"}


@contextmanager
def at_the_board(
    browser: Browser, address: str, login: str, path: str = "/tableau", *, scripts: bool = True
) -> Iterator[Page]:
    context = new_context(
        browser,
        viewport={"width": 1280, "height": 800},
        locale="fr-FR",
        reduced_motion="reduce",
        java_script_enabled=scripts,
    )
    page = context.new_page()
    _log_in(page, address, login, path)
    yield page
    context.close()


def seen(page: Page, name: str) -> None:
    """Nothing that axe finds, nothing that scrolls sideways; and nothing lost on paper, where one would print it."""
    found = looks_wrong(page)
    if name in PRINTED:
        found += wrong_on_paper(page)
    page.set_viewport_size({"width": 1280, "height": 800})
    assert found == [], "\n".join([name, *found])


def a_file(tmp_path: Path, rows: int = 30) -> Path:
    lines = [HEADER, *(f"Q{n:06d};Exemple;Odette;1947-03-12;0199{n:06d};94800" for n in range(rows))]
    lines += ["Q900001;Exemple;Odette;hier;0199000001;94800", "Q900002;;Odette;1947-03-12;0199000001;94800"]
    path = tmp_path / "patients.csv"
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.parametrize("scripts", [True, False])
def test_a_campaign_from_its_creation_to_its_stop(
    desk: Desk, address: str, browser: Browser, tmp_path: Path, scripts: bool
) -> None:
    with at_the_board(browser, address, "dominique", scripts=scripts) as page:
        look = seen if scripts else lambda *_: None
        page.get_by_role("link", name="Nouvelle campagne").click()
        look(page, "nouvelle")
        page.get_by_label("Nom", exact=True).fill(CAMPAIGN)
        page.get_by_role("button", name="Créer la campagne").click()
        expect(page.get_by_role("alert")).to_contain_text("Une campagne porte déjà ce nom")
        look(page, "nouvelle-refus")
        page.get_by_label("Nom", exact=True).fill("ald-2027")
        page.get_by_label("Date visée").fill("2027-06-30")
        page.get_by_role("button", name="Créer la campagne").click()
        expect(page.get_by_role("status")).to_contain_text("La campagne est créée.")
        look(page, "import")

        page.get_by_label("Fichier CSV").set_input_files(a_file(tmp_path))
        page.get_by_role("button", name="Vérifier le fichier").click()
        expect(page.get_by_role("heading", name="Ce que le fichier ferait")).to_be_visible()
        expect(page.get_by_role("row", name="birth_date")).to_contain_text("n’est pas une date")
        look(page, "verifie")
        page.get_by_role("button", name="Importer 30 lignes").click()
        expect(page.get_by_role("heading", name="Ce qui a été importé")).to_be_visible()
        look(page, "importe")
        with page.expect_download() as download:
            page.get_by_role("link", name="Télécharger les lignes rejetées").click()
        assert download.value.suggested_filename == "ald-2027-rejets.csv"

        page.get_by_role("link", name="Politique", exact=True).click()
        look(page, "politique")
        page.get_by_label("Plage 2, à").fill("18:00")
        page.get_by_label("Appels en même temps, au plus").fill("beaucoup")
        page.get_by_role("button", name="Voir ce qui changera").click()
        expect(page.get_by_role("alert")).to_contain_text("Écrivez un nombre entier de 1 à 10000.")
        look(page, "politique-refus")
        page.get_by_label("Appels en même temps, au plus").fill("10")
        page.get_by_role("button", name="Voir ce qui changera").click()
        expect(page.get_by_text("Les appels cesseront à 18 h au lieu de 19 h.")).to_be_visible()
        look(page, "politique-confirmer")
        page.get_by_role("button", name="Appliquer ces changements").click()
        expect(page.get_by_role("status")).to_contain_text("s’applique dès maintenant")
        page.get_by_label("Plage 2, à").fill("20:00")
        page.get_by_role("button", name="Voir ce qui changera").click()
        page.get_by_label("Pourquoi le faut-il ?").fill("Les gens rentrent tard.")
        look(page, "politique-large")
        page.get_by_role("button", name="Demander à un administrateur").click()
        expect(page.get_by_role("heading", name="En attente d’un administrateur")).to_be_visible()

        page.get_by_role("link", name="Aperçu", exact=True).click()
        expect(
            page.get_by_text("Toutes les personnes de la campagne ont été examinées, dont 30 éligibles")
        ).to_be_visible()
        look(page, "apercu")

        page.goto(f"{address}/tableau/ald-2027")
        page.get_by_role("link", name="Démarrer les appels").click()
        look(page, "demarrer")
        page.get_by_role("button", name="Démarrer les appels").click()
        expect(page.get_by_role("status")).to_have_text("Les appels commencent.")
        page.get_by_role("link", name="Suspendre les appels").click()
        page.get_by_label("Pourquoi").fill("panne annoncée")
        look(page, "suspendre")
        page.get_by_role("button", name="Suspendre les appels").click()
        page.get_by_role("link", name="Reprendre les appels").click()
        look(page, "reprendre")
        page.get_by_role("button", name="Reprendre les appels").click()
        page.get_by_role("link", name="Arrêter définitivement").click()
        page.get_by_label("Pourquoi").fill("tout le monde est joint")
        page.get_by_label("Recopiez le nom").fill("ald")
        page.get_by_role("button", name="Arrêter définitivement").click()
        expect(page.get_by_role("alert")).to_contain_text("Recopiez le nom de la campagne : ald-2027.")
        look(page, "arreter")
        page.get_by_label("Recopiez le nom").fill("ald-2027")
        page.get_by_role("button", name="Arrêter définitivement").click()
        expect(page.get_by_role("status")).to_have_text("La campagne est arrêtée.")
    assert desk.campaign("ald-2027").status == CampaignStatus.STOPPED
    assert [entry.act for entry in desk.audit(subject="ald-2027", login="dominique")] == [
        "campaign_created", "campaign_target", "import_received", "import_confirmed", "patients_imported",
        "policy_changed", "policy_proposed", "campaign_started", "campaign_paused", "campaign_resumed", "campaign_stopped",
    ]  # fmt: skip
    if scripts:
        with at_the_board(browser, address, "andrea", "/politiques") as page:
            seen(page, "politiques")


def test_a_campaign_is_created_by_keyboard_alone(desk: Desk, address: str, browser: Browser) -> None:
    with at_the_board(browser, address, "dominique", "/tableau/nouvelle") as page:
        page.get_by_label("Nom", exact=True).focus()
        page.keyboard.type("ald-2028")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("La campagne est créée.")
    assert desk.campaign("ald-2028").status == CampaignStatus.DRAFT


def test_the_bar_moves_until_the_import_is_done(
    desk: Desk, address: str, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    through = patients_preview.look_through

    def slowly(path: Path, campaign_id: object, transaction: object, clock: object, progress: object) -> object:
        progress(12)  # type: ignore[operator]
        go_on.wait(60)
        return through(path, campaign_id, transaction, clock, progress)  # type: ignore[arg-type]

    monkeypatch.setattr(imports, "look_through", slowly)
    with at_the_board(browser, address, "dominique", f"/tableau/{CAMPAIGN}/import") as page:
        page.get_by_label("Fichier CSV").set_input_files(a_file(tmp_path))
        page.get_by_role("button", name="Vérifier le fichier").click()
        expect(page.locator("[data-done]")).to_have_text("12")
        seen(page, "verification")
        go_on.set()
        expect(page.get_by_role("heading", name="Ce que le fichier ferait")).to_be_visible()


def test_priorities_and_wordings_are_legible_to_everybody(desk: Desk, address: str, browser: Browser) -> None:
    tell_wordings(desk)
    with at_the_board(browser, address, "dominique", f"/tableau/{CAMPAIGN}/priorites") as page:
        page.get_by_label("D’abord").fill("93, 2A")
        page.get_by_label("En dernier").fill("75")
        page.get_by_role("button", name="Enregistrer les priorités").click()
        expect(page.get_by_role("status")).to_contain_text("Les priorités sont enregistrées")
        seen(page, "priorites")
        page.get_by_role("link", name="Formulations").click()
        seen(page, "formulations")
        page.get_by_role("button", name="Commencer la comparaison").click()
        expect(page.get_by_role("heading", name="Comparaison en cours")).to_be_visible()
        with desk.runtime.transaction() as session:
            (running,) = session.scalars(select(Comparison)).all()
            half = {"verified": 412, "agreed": 251, "hung_up": 38, "paired_agreed": 250, "paired_hung_up": 38}
            other = {**half, "verified": 409, "agreed": 283, "hung_up": 6}
            running.result = {
                "halves": [half, other], "pairs": 409, "consent_evidence": 7.4, "hang_up_evidence": 0.3
            }  # fmt: skip
            running.looked_at = desk.now
        page.reload()
        seen(page, "comparaison")
