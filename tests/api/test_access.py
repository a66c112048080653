"""Every route is denied unless it says who may use it: this table says it a second time, and is compared."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute

from api.access import check_every_route, routes_of
from api.app import create_app
from api.pages.policy_form import values_of
from outreach.domain.policy import ContactPolicy
from outreach.domain.words import Role
from outreach.services import accounts
from tests.api.world import CAMPAIGN, TEAM, Desk, csrf_of

NOBODY: set[Role] = set()
ALL = set(Role)
READS = {Role.ADVISER, Role.SUPERVISOR}
WORKS, STEERS, MANAGES = {Role.ADVISER}, {Role.SUPERVISOR}, {Role.ADMINISTRATOR}

PUBLIC = {
    ("GET", "/health/live"),
    ("GET", "/health/ready"),
    ("GET", "/metrics"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/connexion"),
    ("POST", "/connexion"),
    ("GET", "/static"),
}
BY_TOKEN = {
    ("GET", "/api/v1/patients/{reference}"): READS,
    ("GET", "/api/v1/requests"): WORKS,
    ("GET", "/api/v1/requests/{request_id}/suggestions"): WORKS,
    ("POST", "/api/v1/requests/{request_id}/claim"): WORKS,
    ("POST", "/api/v1/requests/{request_id}/release"): WORKS,
    ("POST", "/api/v1/requests/{request_id}/close"): WORKS,
    ("POST", "/api/v1/requests/{request_id}/offers"): WORKS,
    ("POST", "/api/v1/offers/{offer_id}/accept"): WORKS,
    ("POST", "/api/v1/offers/{offer_id}/decline"): WORKS,
    ("POST", "/api/v1/offers/{offer_id}/withdraw"): WORKS,
    ("GET", "/api/v1/campaigns/{name}"): STEERS,
    ("GET", "/api/v1/campaigns/{name}/rates"): STEERS,
    ("POST", "/api/v1/campaigns/{name}/start"): STEERS,
    ("POST", "/api/v1/campaigns/{name}/pause"): STEERS,
    ("POST", "/api/v1/campaigns/{name}/resume"): STEERS,
    ("POST", "/api/v1/campaigns/{name}/stop"): STEERS,
}
BY_PAGE = {
    ("GET", "/"): ALL,
    ("POST", "/deconnexion"): ALL,
    ("GET", "/demandes"): WORKS,
    ("POST", "/demandes/suivante"): WORKS,
    ("GET", "/demandes/en-direct"): WORKS,
    ("GET", "/demandes/{request_id}"): READS,
    ("POST", "/demandes/{request_id}/prendre"): WORKS,
    ("POST", "/demandes/{request_id}/rendre"): WORKS,
    ("POST", "/demandes/{request_id}/passer"): WORKS,
    ("POST", "/demandes/{request_id}/note"): WORKS,
    ("POST", "/demandes/{request_id}/appel"): WORKS,
    ("POST", "/demandes/{request_id}/appeler"): WORKS,
    ("GET", "/demandes/{request_id}/appel-en-cours"): WORKS,
    ("POST", "/demandes/{request_id}/tache"): WORKS,
    ("POST", "/demandes/{request_id}/rappel"): WORKS,
    ("POST", "/demandes/{request_id}/reponses"): WORKS,
    ("POST", "/demandes/{request_id}/clore"): WORKS,
    ("GET", "/medecins"): WORKS,
    ("GET", "/medecins/{rpps}"): WORKS,
    ("POST", "/medecins/{rpps}/retraite"): WORKS,
    ("POST", "/medecins/{rpps}/retraite/annuler"): WORKS,
    ("POST", "/medecins/{rpps}/lieu"): WORKS,
    ("POST", "/demandes/{request_id}/proposer"): WORKS,
    ("GET", "/propositions"): WORKS,
    ("POST", "/propositions/{offer_id}/acceptee"): WORKS,
    ("POST", "/propositions/{offer_id}/declinee"): WORKS,
    ("POST", "/propositions/{offer_id}/retirer"): WORKS,
    ("POST", "/propositions/{offer_id}/rendez-vous"): WORKS,
    ("POST", "/propositions/{offer_id}/declaree"): WORKS,
    ("GET", "/propositions/{offer_id}/lettre"): WORKS,
    ("GET", "/propositions/{offer_id}/lettre.pdf"): WORKS,
    ("GET", "/listes"): WORKS,
    ("GET", "/listes/courriers"): WORKS,
    ("GET", "/listes/courriers.csv"): WORKS,
    ("GET", "/listes/etablissements"): WORKS,
    ("GET", "/listes/etablissements.csv"): WORKS,
    ("GET", "/listes/patientele"): WORKS,
    ("GET", "/listes/patientele/{rpps}"): WORKS,
    ("GET", "/listes/patientele/{rpps}/liste.csv"): WORKS,
    ("GET", "/listes/patientele/{rpps}/lettre"): WORKS,
    ("GET", "/listes/patientele/{rpps}/lettre.pdf"): WORKS,
    ("GET", "/listes/volontaires"): WORKS,
    ("GET", "/listes/volontaires/cpts"): WORKS,
    ("GET", "/listes/volontaires/{department}"): WORKS,
    ("GET", "/listes/volontaires/{department}/medecins.csv"): WORKS,
    ("POST", "/listes/volontaires/{rpps}/appel"): WORKS,
    ("GET", "/taches"): WORKS,
    ("POST", "/taches/{task_id}/faite"): WORKS,
    ("POST", "/taches/{task_id}/rouvrir"): WORKS,
    ("POST", "/demandes/{request_id}/annuler"): WORKS,
    ("POST", "/demandes/{request_id}/jeter"): WORKS,
    ("GET", "/tableau"): STEERS,
    ("GET", "/tableau/nouvelle"): STEERS,
    ("POST", "/tableau/nouvelle"): STEERS,
    ("GET", "/tableau/{name}"): STEERS,
    ("GET", "/tableau/{name}/taux"): STEERS,
    ("GET", "/tableau/{name}/taux/case"): STEERS,
    ("GET", "/tableau/{name}/taux/lignes"): STEERS,
    ("GET", "/tableau/{name}/moments"): STEERS,
    ("GET", "/tableau/{name}/carte"): STEERS,
    ("GET", "/tableau/{name}/conversations"): STEERS,
    ("GET", "/tableau/{name}/relais"): STEERS,
    ("GET", "/tableau/{name}/graphique/{chart}.{form}"): STEERS,
    ("GET", "/tableau/{name}/en-direct"): STEERS,
    ("POST", "/tableau/{name}/cible"): STEERS,
    ("GET", "/tableau/{name}/import"): STEERS,
    ("POST", "/tableau/{name}/import"): STEERS,
    ("GET", "/tableau/{name}/import/{import_id}"): STEERS,
    ("GET", "/tableau/{name}/import/{import_id}/suivi"): STEERS,
    ("GET", "/tableau/{name}/import/{import_id}/rejets.csv"): STEERS,
    ("POST", "/tableau/{name}/import/{import_id}/confirmer"): STEERS,
    ("POST", "/tableau/{name}/import/{import_id}/continuer"): STEERS,
    ("POST", "/tableau/{name}/import/{import_id}/abandonner"): STEERS,
    ("GET", "/tableau/{name}/apercu"): STEERS,
    ("GET", "/tableau/{name}/priorites"): STEERS,
    ("POST", "/tableau/{name}/priorites"): STEERS,
    ("GET", "/tableau/{name}/formulations"): STEERS,
    ("POST", "/tableau/{name}/formulations"): STEERS,
    ("POST", "/tableau/{name}/formulations/arreter"): STEERS,
    ("POST", "/tableau/{name}/formulations/adopter"): STEERS,
    ("GET", "/tableau/{name}/politique"): STEERS,
    ("POST", "/tableau/{name}/politique"): STEERS,
    ("POST", "/tableau/{name}/politique/confirmer"): STEERS,
    ("POST", "/tableau/{name}/politique/retirer"): STEERS,
    ("GET", "/politiques"): MANAGES,
    ("POST", "/politiques/{proposal_id}/autoriser"): MANAGES,
    ("POST", "/politiques/{proposal_id}/refuser"): MANAGES,
    ("GET", "/tableau/{name}/demarrer"): STEERS,
    ("POST", "/tableau/{name}/demarrer"): STEERS,
    ("GET", "/tableau/{name}/suspendre"): STEERS,
    ("POST", "/tableau/{name}/suspendre"): STEERS,
    ("GET", "/tableau/{name}/reprendre"): STEERS,
    ("POST", "/tableau/{name}/reprendre"): STEERS,
    ("POST", "/tableau/alertes/{alert_id}/vue"): STEERS,
    ("POST", "/tableau/{name}/alertes/{alert_id}/vue"): STEERS,
    ("GET", "/tableau/{name}/arreter"): STEERS,
    ("POST", "/tableau/{name}/arreter"): STEERS,
    ("GET", "/tableau/{name}/projection"): STEERS,
    ("POST", "/tableau/{name}/projection"): STEERS,
    ("GET", "/tableau/{name}/projection/{key}/{chart}.{form}"): STEERS,
    ("GET", "/pilotage"): STEERS,
    ("GET", "/pilotage/departements.csv"): STEERS,
    ("GET", "/pilotage/revue.pdf"): STEERS,
    ("GET", "/pilotage/territoires"): STEERS,
    ("GET", "/pilotage/territoires/{territory_id}.csv"): STEERS,
    ("GET", "/pilotage/cohortes"): STEERS,
    ("POST", "/pilotage/cohortes"): STEERS,
    ("GET", "/pilotage/{code}"): STEERS,
    ("GET", "/pilotage/{code}/territoires.csv"): STEERS,
    ("GET", "/comptes"): MANAGES,
    ("POST", "/comptes"): MANAGES,
    ("POST", "/comptes/{login}/fermer"): MANAGES,
    ("POST", "/comptes/{login}/telephone"): MANAGES,
    ("GET", "/journal"): MANAGES,
}
UNKNOWN = ("{alert_id}", "{task_id}", "{offer_id}", "{rpps}", "{import_id}", "{proposal_id}", "{key}", "/pilotage/")
POLICY = values_of(ContactPolicy(announce_sms=False))
FILES = {"/tableau/{name}/import": {"fichier": ("p.csv", b"reference,last_name,birth_date,phone_1,postal_code\n")}}
FORMS: dict[str, Any] = {
    "/listes/volontaires/{rpps}/appel": {"result": "thinks", "department": "94"},
    "/demandes/{request_id}/passer": {"a_qui": "alex"},
    "/demandes/{request_id}/note": {"note": "Rappelée."},
    "/demandes/{request_id}/tache": {"note": "Écrire à sa fille.", "jour": "2026-11-27"},
    "/demandes/{request_id}/appel": {"issue": "spoke"},
    "/demandes/{request_id}/appeler": {"numero": "+33199000001"},
    "/demandes/{request_id}/rappel": {"sans": "oui"},
    "/demandes/{request_id}/clore": {"result": "advised"},
    "/tableau/{name}/suspendre": {"reason": "essai"},
    "/tableau/{name}/arreter": {"reason": "essai", "nom": CAMPAIGN},
    "/tableau/nouvelle": {"nom": "pour-voir"},
    "/pilotage/cohortes": {"name": "automne", "campaign": CAMPAIGN, "on": "2026-11-01"},
    "/tableau/{name}/politique": POLICY,
    "/tableau/{name}/politique/confirmer": POLICY,
    "/politiques/{proposal_id}/autoriser": {"raison": "essai"},
    "/politiques/{proposal_id}/refuser": {"raison": "essai"},
    "/comptes": {"login": "marion", "password": "a good long password", "role": "adviser"},
}
BODIES = {"/api/v1/requests/{request_id}/offers": {"rpps": "10000000001"}}
SNAPSHOT = Path(__file__).parent / "openapi.json"


def _address(desk: Desk, path: str) -> str:
    request = desk.request() if "{request_id}" in path else None
    nowhere = "00000000-0000-4000-8000-000000000000"
    return path.format(
        reference=desk.person().reference if "{reference}" in path else "",
        request_id=request.id if request is not None else "",
        offer_id=nowhere,
        alert_id=nowhere,
        task_id=nowhere,
        import_id=nowhere,
        proposal_id=nowhere,
        territory_id=nowhere,
        code="94",
        key="nulle",
        rpps="99000000001",
        department="94",
        name=CAMPAIGN,
        chart="entonnoir",
        form="csv",
        login="alex",
    )


def test_the_table_names_every_route(desk: Desk) -> None:
    served = set()
    for path, route in routes_of(create_app(desk.runtime)):
        methods = (route.methods or set()) - {"HEAD"} if isinstance(route, APIRoute) else {"GET"}
        served |= {(method, path) for method in methods}
    assert served == PUBLIC | set(BY_TOKEN) | set(BY_PAGE)


def test_a_route_that_does_not_say_who_may_use_it_stops_the_start(desk: Desk) -> None:
    app, router = create_app(desk.runtime), APIRouter()
    router.add_api_route("/forgotten", lambda: None)
    app.include_router(router)
    with pytest.raises(TypeError, match="/forgotten"):
        check_every_route(app)


def test_public_routes_hold_nothing_of_anybody(desk: Desk, client: httpx.Client) -> None:
    desk.request()
    for method, path in sorted(PUBLIC - {("POST", "/connexion"), ("GET", "/static")}):
        answer = client.request(method, path)
        assert answer.status_code == 200, path
        assert "Exemple" not in answer.text, path
        assert "P0000" not in answer.text, path


def test_json_routes_by_role(desk: Desk, client: httpx.Client) -> None:
    for (method, path), roles in sorted(BY_TOKEN.items()):
        body, address = BODIES.get(path), _address(desk, path)
        for wrong in ({}, {"Authorization": "Bearer relais_nonsense"}, {"Authorization": "Basic Y2FtaWxsZTp4"}):
            answer = client.request(method, address, headers=wrong, json=body)
            assert (answer.status_code, list(answer.json())) == (401, ["error"]), path
        for login in ("camille", "dominique", "andrea"):
            answer = client.request(method, address, headers=desk.bearer(login), json=body)
            if TEAM[login] in roles:
                assert answer.status_code not in {401, 403, 405, 500}, (login, path)
            else:
                assert (answer.status_code, list(answer.json())) == (403, ["error"]), (login, path)


def test_pages_of_nobody_lead_to_the_login(desk: Desk, client: httpx.Client) -> None:
    html = {"Accept": "text/html"}
    for method, path in sorted(BY_PAGE):
        form, address = FORMS.get(path) if method == "POST" else None, _address(desk, path)
        # A token opens the JSON API, never a page.
        for headers in (html, html | desk.bearer("camille")):
            answer = client.request(method, address, headers=headers, data=form)
            assert answer.status_code == 303, path
            assert answer.headers["location"].startswith("/connexion"), path


@pytest.mark.parametrize("login", ["camille", "dominique", "andrea"])
def test_pages_by_role(desk: Desk, logged_in: Callable[[str], httpx.Client], login: str) -> None:
    home = {"camille": "/demandes", "dominique": "/tableau", "andrea": "/comptes"}[login]
    browser = logged_in(login)
    token = csrf_of(browser, home)
    # Logging out comes last: it ends the session with which the others are tried.
    for (method, path), roles in sorted(BY_PAGE.items(), key=lambda route: route[0][1] == "/deconnexion"):
        data = {"csrf": token, **FORMS.get(path, {})} if method == "POST" else None
        files = FILES.get(path) if method == "POST" else None
        with browser.stream(method, _address(desk, path), data=data, files=files) as answer:
            pass  # its head tells enough; the live page has no end
        if TEAM[login] in roles:
            unknown = {404} if any(name in path for name in UNKNOWN) else set()
            # No agent has told its wordings here, nobody waits to be called, and no quarter is asked for.
            unfit = (
                {422}
                if "formulations" in path or "cohortes" in path or "projection" in path or "revue" in path
                else set()
            )
            assert answer.status_code in {200, 303, 409} | unknown | unfit, path
            assert "/connexion" not in answer.headers.get("location", "") or path == "/deconnexion", path
        else:
            assert answer.status_code == 403, path


@pytest.mark.parametrize("login", ["camille", "dominique", "andrea"])
def test_a_form_without_its_token_changes_nothing(
    desk: Desk, logged_in: Callable[[str], httpx.Client], login: str
) -> None:
    browser = logged_in(login)
    addresses = {
        path: _address(desk, path)
        for method, path in BY_PAGE
        if method == "POST" and TEAM[login] in BY_PAGE[method, path]
    }
    before = len(desk.audit())
    for path, address in addresses.items():
        for token in ({}, {"csrf": ""}, {"csrf": "forged"}):
            assert browser.post(address, data={**FORMS.get(path, {}), **token}).status_code == 403, path
    assert len(desk.audit()) == before
    assert desk.campaign().status == "running"


def test_a_revoked_or_closed_account_is_out_at_once(
    desk: Desk, client: httpx.Client, logged_in: Callable[[str], httpx.Client]
) -> None:
    browser = logged_in("camille")
    assert browser.get("/demandes").status_code == 200
    with desk.runtime.transaction() as session:
        accounts.disable(session, "camille", desk.now, by="tests")
    assert browser.get("/demandes").status_code == 303
    assert client.get("/api/v1/requests", headers=desk.bearer("camille")).status_code == 401


def test_only_the_digest_of_a_token_is_kept(desk: Desk) -> None:
    with desk.runtime.transaction() as session:
        kept = session.connection().exec_driver_sql("select digest from api_tokens").scalars().all()
    assert all(len(digest) == 64 for digest in kept)
    assert not set(kept) & set(desk.tokens.values())


def test_the_openapi_document_is_the_agreed_one(desk: Desk, client: httpx.Client) -> None:
    """A change of the contract is wanted, never an accident: RELAIS_WRITE_OPENAPI=1 writes the snapshot again."""
    document = client.get("/openapi.json").json()
    if os.environ.get("RELAIS_WRITE_OPENAPI"):
        SNAPSHOT.write_text(json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    assert document == json.loads(SNAPSHOT.read_text(encoding="utf-8"))


def test_every_answer_bears_the_security_headers(desk: Desk, client: httpx.Client) -> None:
    for path in ("/connexion", "/api/v1/requests", "/static/relais.css", "/nowhere", "/health/live"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "'unsafe" not in policy
        assert "http" not in policy
        assert (headers["x-frame-options"], headers["x-content-type-options"]) == ("DENY", "nosniff")
        assert "referrer-policy" in headers
        if not path.startswith("/static"):
            assert headers["cache-control"] == "no-store"
